"""Files in the sandbox's Slack: an address to upload to, the bytes, and then a message that shows them."""

from __future__ import annotations

import copy
import json
import secrets
from dataclasses import dataclass
from typing import Any

from integrations.sandbox.slack_state import Channel, Json, SlackError, SlackState

LONGEST_ALT = 1000
LARGEST = 1_000_000_000  # a gigabyte; more is refused before it is sent
ADDRESS_LASTS = 3600.0  # real seconds in which an upload may be sent and completed
_TYPES = {"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif"}


@dataclass
class Upload:
    """One file on its way. `content` is None until its bytes came; `done` when a message shows it."""

    id: str
    key: str
    name: str
    length: int
    alt_text: str
    begun: float
    content: bytes | None = None
    done: bool = False

    @property
    def mimetype(self) -> str:
        return _TYPES.get(self.name.rpartition(".")[2].lower(), "application/octet-stream")


class Files:
    """The three steps of an upload. Each method takes the call's arguments and gives the fields of Slack's answer."""

    def __init__(self, state: SlackState) -> None:
        self._state = state
        self._uploads: dict[str, Upload] = {}  # by id
        self.base_url = ""

    def clear(self) -> None:
        self._uploads.clear()

    def begin(self, args: Json) -> Json:
        name, alt = str(args.get("filename") or ""), str(args.get("alt_txt") or "")
        length = _whole(args.get("length"))
        if not name:
            raise _wrong("filename")
        if length is None or length < 1:
            raise _wrong("length")
        if length > LARGEST:
            raise SlackError("file_upload_size_restricted")
        if len(alt) > LONGEST_ALT:
            raise SlackError("alt_txt_too_large")
        with self._state.lock:
            file = Upload(self._state.fresh("F"), secrets.token_urlsafe(16), name, length, alt, self._state.real_time())
            self._uploads[file.id] = file
        return {"upload_url": f"{self.base_url}/upload/v1/{file.key}", "file_id": file.id}

    def receive(self, key: str, content: bytes) -> tuple[int, str]:
        """The bytes themselves, without a token: the address is the secret. The status and words of the answer."""
        with self._state.lock:
            file = next((f for f in self._uploads.values() if f.key == key), None)
            if file is None or self._expired(file) or file.done:
                return 404, "not found"
            if len(content) != file.length:
                return 400, f"length mismatch: {file.length} announced, {len(content)} came"
            file.content = content
            return 200, f"OK - {file.length}"

    def complete(self, args: Json) -> Json:
        wanted = _listed(args.get("files"))
        with self._state.lock:
            files = [self._ready(each) for each in wanted]
            channel = self._place(args)
            for file in files:
                file.done = True
            shown = [self._shown(file, each) for file, each in zip(files, wanted, strict=True)]
            if channel is not None:
                self._post(channel, args, shown)
            return {"files": copy.deepcopy(shown)}

    def _ready(self, wanted: Json) -> Upload:
        file = self._uploads.get(str(wanted.get("id")))
        if file is None or self._expired(file):
            raise SlackError("file_not_found")
        if file.done:
            raise SlackError("file_already_completed")
        if file.content is None:
            raise SlackError("file_update_failed")
        return file

    def _place(self, args: Json) -> Channel | None:
        """Nowhere is allowed: then the file stays with the bot. A user's id is no channel here."""
        channel_id = str(args.get("channel_id") or "")
        if not channel_id:
            return None
        if channel_id in self._state.users:
            raise SlackError("channel_not_found")
        channel = self._state.writable(channel_id)
        thread = args.get("thread_ts")
        if thread and str(thread) not in channel.messages:
            raise SlackError("invalid_thread_ts")
        return channel

    def _post(self, channel: Channel, args: Json, shown: list[Json]) -> None:
        thread = {"thread_ts": str(args["thread_ts"])} if args.get("thread_ts") else {}
        said = {"text": str(args.get("initial_comment") or ""), "files": shown, "upload": True}
        self._state.post(channel, said | thread | self._state.bot_author())

    def _shown(self, file: Upload, wanted: Json) -> Json:
        return {
            "id": file.id,
            "name": file.name,
            "title": str(wanted.get("title") or file.name),
            "mimetype": file.mimetype,
            "filetype": file.name.rpartition(".")[2].lower(),
            "size": file.length,
            "alt_txt": file.alt_text,
            "url_private": f"https://files.slack.com/files-pri/{self._state.team['id']}-{file.id}/{file.name}",
        }

    def seen_by(self, user: str, file_id: str) -> Upload | None:
        """The file, if some conversation that this person sees shows it."""
        with self._state.lock:
            shown = (
                file
                for channel in self._state.channels.values()
                if channel.seen_by(user)
                for message in channel.messages.values()
                for file in message.get("files", ())
            )
            return self._uploads.get(file_id) if any(file["id"] == file_id for file in shown) else None

    def _expired(self, file: Upload) -> bool:
        return not file.done and self._state.real_time() - file.begun > ADDRESS_LASTS


def _whole(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError):
        return None


def _listed(files: Any) -> list[Json]:
    """`files` comes as JSON text, or as itself in a JSON body."""
    if isinstance(files, str):
        try:
            files = json.loads(files)
        except ValueError:
            files = None
    if not isinstance(files, list) or not files or not all(isinstance(f, dict) and f.get("id") for f in files):
        raise _wrong("files")
    return files


def _wrong(field: str) -> SlackError:
    return SlackError("invalid_arguments", response_metadata={"messages": [f"[ERROR] invalid required field: {field}"]})
