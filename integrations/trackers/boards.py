"""Boards that are files in a folder: one YAML file states a release's record, checklist, tracker, links and queue entry."""

from __future__ import annotations

import fcntl
import hashlib
import os
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from bot.core.closing_found import (
    Accepted,
    FoundChecklist,
    FoundLinks,
    FoundQueue,
    FoundTracker,
    Item,
    Link,
    Order,
)
from bot.core.closing_plan import Milestone, SourcePlace
from bot.ports import Denied, Gone, Unreachable
from integrations.trackers.link_lines import expect, missing

SERVICE = "boards"
LARGEST = 1024 * 1024
Board = dict[str, Any]


class Boards:
    """The folder. Writers take turns by a lock beside the files, and a board is exchanged whole: nobody reads half of it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, at: str) -> tuple[Board, str]:
        """A board, and the print of its bytes as its version."""
        content = self._content(at)
        try:
            board = yaml.load(content.decode("utf-8"), Loader=yaml.BaseLoader)  # noqa: S506  # BaseLoader makes words alone
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            raise Denied(f"The board {at} is not YAML in UTF-8.", service=SERVICE) from error
        if not isinstance(board, dict):
            raise Denied(f"The board {at} is not a mapping of words to values.", service=SERVICE)
        return board, hashlib.sha256(content).hexdigest()[:32]

    def _content(self, at: str) -> bytes:
        path = self._path(at)
        try:
            # Without waiting: a pipe that somebody left there would never open.
            with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    raise Denied(f"The board {at} is not a file.", service=SERVICE)
                content = file.read(LARGEST + 1)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise Gone(f"There is no board {at}.", service=SERVICE) from error
        except (PermissionError, IsADirectoryError) as error:
            raise Denied(f"The board {at} may not be read.", service=SERVICE) from error
        except OSError as error:
            raise Unreachable(f"The board {at} cannot be read at present.", service=SERVICE) from error
        if len(content) > LARGEST:
            raise Denied(f"The board {at} is larger than 1 MiB.", service=SERVICE)
        return content

    def _path(self, at: str) -> Path:
        """Inside the folder, whatever links stand on the way."""
        try:
            root = self._folder.resolve(strict=True)
        except OSError as error:
            raise Unreachable("The boards' folder is not there: check READINESS_BOARDS.", service=SERVICE) from error
        path = (root / at).resolve()
        if not path.is_relative_to(root) or path == root:
            raise Denied(f"{at} leads out of the boards' folder.", service=SERVICE)
        return path

    def change(self, at: str, settled: Callable[[Board], bool], version: str, change: Callable[[Board], None]) -> None:
        """Compare, then exchange, while no other writer of ours is at it. Quiet when it is settled already."""
        with self._turn():
            board, now = self.read(at)
            if settled(board):
                return
            expect(version, now, f"The board {at}", SERVICE)
            change(board)
            self._exchange(at, yaml.safe_dump(board, sort_keys=False, allow_unicode=True, width=120))

    @contextmanager
    def _turn(self) -> Iterator[None]:
        try:
            lock = (self._folder / ".boards.lock").open("a")
        except OSError as error:
            raise Denied("The boards' folder may not be written to.", service=SERVICE) from error
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _exchange(self, at: str, text: str) -> None:
        path = self._path(at)
        try:
            with tempfile.NamedTemporaryFile(
                "w", encoding="utf-8", dir=path.parent, prefix=".board-", delete=False
            ) as made:
                made.write(text)
                made.flush()
                os.fsync(made.fileno())
            os.chmod(made.name, stat.S_IMODE(path.stat().st_mode))
            os.replace(made.name, path)
        except PermissionError as error:
            raise Denied(f"The board {at} may not be written.", service=SERVICE) from error
        except OSError as error:
            raise Unreachable(f"The board {at} cannot be written at present.", service=SERVICE) from error


class BoardSource:
    """`bot.closing_ports.Source`. `fields` names its keys, where they are others."""

    system = "files"

    def __init__(self, boards: Boards) -> None:
        self._boards = boards

    def read(self, place: SourcePlace) -> Accepted:
        board, version = self._boards.read(place.record)

        def word(name: str) -> str | None:
            return _word(board, place.fields.get(name, name), place.record)

        state = word("state")
        return Accepted(
            record=place.record, state=state or "", release=word("release"), review=word("review"),
            milestone=_milestone(board, place.record), evidence=word("evidence"), revision=version, url=_word(board, "url", place.record),
        )  # fmt: skip


class BoardChecklists:
    """`bot.closing_ports.Checklists`."""

    system = "files"

    def __init__(self, boards: Boards) -> None:
        self._boards = boards

    def read(self, at: str) -> FoundChecklist:
        board, version = self._boards.read(at)
        items = tuple(Item(name=_must(i, "name", at), done=_flag(i, "done", at)) for i in _items(board, at))
        return FoundChecklist(
            release=_word(board, "release", at), review=_word(board, "review", at), items=items,
            closed=_flag(_part(board, "checklist", at), "closed", at), version=version,
        )  # fmt: skip

    def close(self, at: str, order: Order, ticks: tuple[str, ...]) -> None:
        def change(board: Board) -> None:
            for item in _items(board, at):
                if not _flag(item, "done", at) and _must(item, "name", at) not in ticks:
                    raise Denied(
                        f"The board {at} has an open item that was not named: {item['name']}.", service=SERVICE
                    )
                item["done"] = True
            board["checklist"]["closed"] = True

        self._boards.change(at, lambda b: _flag(_part(b, "checklist", at), "closed", at), order.version, change)


class BoardTrackers:
    """`bot.closing_ports.Trackers`."""

    system = "files"

    def __init__(self, boards: Boards) -> None:
        self._boards = boards

    def read(self, at: str) -> FoundTracker:
        board, version = self._boards.read(at)
        return FoundTracker(
            release=_word(board, "release", at), review=_word(board, "review", at), milestone=_milestone(board, at),
            state=_word(board, "state", at) or "", approved_review=_word(board, "approved_review", at), version=version,
        )  # fmt: skip

    def approve(self, at: str, order: Order, state: str) -> None:
        self._boards.change(
            at, lambda board: _word(board, "state", at) == state, order.version,
            lambda board: board.update(state=state, approved_review=order.review),
        )  # fmt: skip


class BoardLinks:
    """`bot.closing_ports.EvidenceLinks`."""

    system = "files"

    def __init__(self, boards: Boards) -> None:
        self._boards = boards

    def read(self, at: str) -> FoundLinks:
        board, version = self._boards.read(at)
        return FoundLinks(release=_word(board, "release", at), links=_links(board, at), version=version)

    def attach(self, at: str, order: Order, links: tuple[Link, ...]) -> None:
        def change(board: Board) -> None:
            more = [link.model_dump() for link in missing(links, _links(board, at))]
            board["links"] = [*(board.get("links") or ()), *more]

        self._boards.change(at, lambda board: not missing(links, _links(board, at)), order.version, change)


class BoardQueues:
    """`bot.closing_ports.Queues`: `queue: {waiting: true}`."""

    system = "files"

    def __init__(self, boards: Boards) -> None:
        self._boards = boards

    def read(self, at: str) -> FoundQueue:
        board, version = self._boards.read(at)
        if not self._waiting(board, at):
            return FoundQueue(present=False, version=version)
        return FoundQueue(
            present=True, release=_word(board, "release", at), review=_word(board, "review", at), version=version
        )

    def clear(self, at: str, order: Order) -> None:
        self._boards.change(
            at, lambda board: not self._waiting(board, at), order.version,
            lambda board: board["queue"].update(waiting=False),
        )  # fmt: skip

    def _waiting(self, board: Board, at: str) -> bool:
        return "queue" in board and _flag(_part(board, "queue", at), "waiting", at)


def _word(board: Mapping[str, Any], name: str, at: str) -> str | None:
    value = board.get(name)
    if value is None or isinstance(value, str):
        return value or None
    raise Denied(f"The board {at} has something else than a word at {name}.", service=SERVICE)


def _must(part: Mapping[str, Any], name: str, at: str) -> str:
    word = _word(part, name, at)
    if word is None:
        raise Denied(f"The board {at} lacks {name} in one of its entries.", service=SERVICE)
    return word


def _flag(part: Mapping[str, Any], name: str, at: str) -> bool:
    """true or false; anything else is unknown, and unknown is refused."""
    word = part.get(name)
    if word not in ("true", "false"):
        raise Denied(f"The board {at} must say true or false at {name}.", service=SERVICE)
    return bool(word == "true")


def _part(board: Mapping[str, Any], name: str, at: str) -> Board:
    part = board.get(name)
    if not isinstance(part, dict):
        raise Denied(f"The board {at} has no {name} that can be understood.", service=SERVICE)
    return part


def _items(board: Mapping[str, Any], at: str) -> list[Board]:
    items = _part(board, "checklist", at).get("items") or []
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise Denied(f"The board {at} has no checklist.items that can be understood.", service=SERVICE)
    return items


def _links(board: Mapping[str, Any], at: str) -> tuple[Link, ...]:
    links = board.get("links") or []
    if not isinstance(links, list) or not all(isinstance(link, dict) for link in links):
        raise Denied(f"The board {at} has no links that can be understood.", service=SERVICE)
    return tuple(Link(name=_must(e, "name", at), url=_must(e, "url", at), sha256=_must(e, "sha256", at)) for e in links)


def _milestone(board: Mapping[str, Any], at: str) -> Milestone | None:
    if not board.get("milestone"):
        return None
    part = _part(board, "milestone", at)
    return Milestone(title=_must(part, "title", at), id=_word(part, "id", at))
