"""How `demo --script` plays people against the bot: they act over the same path as on the page, and what they see is printed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from bot.auditing import chain_line, rows
from bot.slack.messages import presses

if TYPE_CHECKING:
    from bot.demo import Demo

SETTLE_SECONDS = 60.0
Json = Mapping[str, Any]
Step = Callable[[], None]


class Telling:
    """One record's story in one channel, as one person reads it. Every step is checked as it is told."""

    record = ""
    channel = ""
    reader = ""

    def __init__(self, demo: Demo) -> None:
        self._demo = demo
        self._slack = demo.sandbox.slack
        self._wrong: list[str] = []
        self._told: set[str] = set()

    def steps(self) -> tuple[Step, ...]:
        return ()

    def tell(self) -> int:
        """0 when everything was as it should be."""
        for step in self.steps():
            step()
        print()
        for wrong in self._wrong:
            print(f"NOT AS IT SHOULD BE: {wrong}")
        print(
            "The story went as it should."
            if not self._wrong
            else f"{len(self._wrong)} steps did not go as they should."
        )
        return 1 if self._wrong else 0

    def _audits(self) -> None:
        self._title("What the ledger says")
        bot = self._demo.bot
        view = bot.reviewing.view(self.record)
        verified = bot.store.verify()
        for at, what in rows(view) if view else []:
            print(f"    {at}  {what}")
        print(f"    {chain_line(verified).partition(', head')[0]}")
        self._expect("the chain is whole", verified.ok and verified.entries > 0)
        self._expect("what is told is what the ledger says", bot.store.projections_differ() == [])
        self._expect("nothing is left undone", bot.engine.pending() == [])

    # How people act, and what they see

    def _types(self, user: str, text: str) -> None:
        self._slack.command(user, self.channel, text)
        self._settle()

    def _approve(self, user: str) -> None:
        self._press(user, presses.APPROVE)
        self._dialog(user, submit=True)
        self._settle()

    def _press(self, user: str, action: str) -> None:
        """The newest button of that action, in what only they see or in the thread."""
        seen = [*reversed(self._slack.ephemerals(user)), *self._messages()]
        where = next(((m, b) for m in seen for b in m.get("blocks", []) if _element(b, action)), None)
        if where is None:
            self._wrong.append(f"there is no button {action} to press")
            return
        self._slack.press(user, self.channel, where[0]["ts"], action_id=action, block_id=where[1]["block_id"])

    def _dialog(self, user: str, submit: bool = False, **typed: str) -> str:
        """What it shows. `typed`: into its fields, by their names."""
        self._slack.wait_until(lambda: self._slack.modal(user) is not None)
        view = self._slack.modal(user)
        if view is None:
            self._wrong.append("no dialog opened")
            return ""
        shown = self._slack.plain_view(view, user)
        self._print("dialog", shown)
        if submit:
            self._slack.submit(user, view["id"], {name: {name: text} for name, text in typed.items()})
        else:
            self._slack.close_view(user, view["id"])
        return shown

    def _settle(self) -> None:
        self._demo.bot.engine.nudge()
        if not self._demo.bot.engine.idle(SETTLE_SECONDS):
            self._wrong.append("the bot did not come to rest")

    def _state(self) -> str:
        meeting = self._demo.bot.journal.meeting(self.record)
        return meeting.state if meeting else "none"

    def _holders(self) -> set[str]:
        book = self._demo.sandbox.book
        return {c.split("@")[0] for c in book.calendars for e in book.events(c) if e.title.startswith("Hold: ")}

    def _messages(self) -> list[Json]:
        """Newest first: people press what stands at the end of the thread."""
        roots = self._slack.messages(self.channel)
        replies = [reply for root in roots for reply in self._slack.thread(self.channel, root["ts"])]
        return [*reversed(replies), *reversed(roots)]

    def _thread_texts(self) -> list[str]:
        return [self._plain(m, self.reader) for m in self._messages()]

    def _plain(self, message: Json, user: str) -> str:
        return str(self._slack.plain(dict(message), user))

    # Printing

    def _title(self, words: str) -> None:
        now = self._demo.sandbox.clock.now()
        print(f"\n== {now:%a %-d %b %H:%M} UTC · {words}")

    def _print(self, where: str, text: str) -> None:
        print(f"  [{where}]")
        print("\n".join(f"    {line}" for line in text.splitlines()))

    def _channel(self) -> None:
        """The card as it stands, and what the thread says since it was last printed."""
        for root in self._slack.messages(self.channel):
            self._print("card", self._plain(root, self.reader))
            for reply in self._slack.thread(self.channel, root["ts"]):
                self._new(reply, "thread", self.reader)

    def _private(self, user: str) -> None:
        for message in self._slack.ephemerals(user):
            self._new(message, f"only {user[2:].capitalize()} sees", user)

    def _direct(self, user: str) -> None:
        for message in self._slack.dms(user):
            self._new(message, f"direct message to {user[2:].capitalize()}", user)

    def _new(self, message: Json, where: str, user: str) -> None:
        if message["ts"] not in self._told:
            self._told.add(message["ts"])
            self._print(where, self._plain(message, user))

    def _calendars(self) -> None:
        book = self._demo.sandbox.book
        for calendar in book.calendars:
            for event in book.events(calendar):
                if self.record in event.title:
                    print(
                        f"    {calendar}: {event.start:%a %-d %b %H:%M} – {event.end:%H:%M} UTC, {event.show_as}: {event.title}"
                    )

    def _expect(self, words: str, true: bool) -> None:
        print(f"  {'as it should be' if true else 'NOT AS IT SHOULD BE'}: {words}")
        if not true:
            self._wrong.append(words)


def _element(block: Json, action: str) -> bool:
    elements = block.get("elements", []) if block["type"] == "actions" else [block.get("accessory") or {}]
    return any(element.get("action_id") == action for element in elements)
