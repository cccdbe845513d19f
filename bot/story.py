"""`demo --script`: the identity-service cutover, told from its request to its ledger; every step is checked as it is told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bot.auditing import chain_line, rows
from bot.slack.messages import presses

if TYPE_CHECKING:
    from bot.demo import Demo

RECORD, CHANNEL = "CHG-1042", "C0RELEASES"
PRIYA, DANA, LEE = "U0PRIYA", "U0DANA", "U0LEE"
HELD = ("dana", "lee", "ravi", "mei", "noor")
SETTLE_SECONDS = 60.0
Json = Mapping[str, Any]


class Story:
    """Plays people against the bot and prints what each of them sees."""

    def __init__(self, demo: Demo) -> None:
        self._demo = demo
        self._slack = demo.sandbox.slack
        self._wrong: list[str] = []
        self._told: set[str] = set()

    def tell(self) -> int:
        """0 when everything was as it should be."""
        for step in (
            self._asks,
            self._why_not,
            self._holds,
            self._may_not,
            self._reminds,
            self._changes,
            self._approves,
            self._audits,
        ):
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

    # The steps

    def _asks(self) -> None:
        self._title("Priya, the release owner, asks in #releases: /readiness-review CHG-1042")
        self._slack.command(PRIYA, CHANNEL, f"/readiness-review {RECORD}")
        self._settle()
        self._private(PRIYA)
        self._channel()
        self._expect("offers stand in the thread", any("Hold" in line for line in self._thread_texts()))

    def _why_not(self) -> None:
        self._title("She wants to know why other times do not fit")
        self._press(PRIYA, presses.WHY_NOT)
        shown = self._dialog(PRIYA)
        self._expect("the dialog tells reasons by day", "Wed 2 Dec" in shown)

    def _holds(self) -> None:
        self._title("She holds the first offer")
        self._press(PRIYA, presses.HOLD)
        self._settle()
        self._channel()
        self._calendars()
        self._expect("a hold stands on every attendee's calendar", self._holders() == set(HELD))
        self._expect(
            "the exact invite is shown as a draft",
            "This is the invite that would go out" in " ".join(self._thread_texts()),
        )
        self._expect("nobody was mailed", not self._demo.sandbox.book.mails)

    def _may_not(self) -> None:
        self._title("Lee, the service owner, presses Approve and send")
        self._press(LEE, presses.APPROVE)
        self._settle()
        self._private(LEE)
        self._expect("only the policy's confirmers may approve", self._state() == "held")

    def _reminds(self) -> None:
        self._title("Two hours pass; the confirmers are reminded")
        self._demo.sandbox.clock.move(timedelta(hours=2))
        self._slack.wait_until(lambda: self._demo.bot.clock.now() >= self._demo.sandbox.clock.now())
        self._settle()
        self._direct(DANA)
        self._expect("Dana got a reminder", any("half" in self._plain(m, DANA).lower() for m in self._slack.dms(DANA)))

    def _changes(self) -> None:
        self._title("Meanwhile Noor's calendar fills; Dana presses Approve and send")
        event = self._busy("noor@example.com")
        self._approve()
        self._channel()
        self._expect("nothing was sent", not self._demo.sandbox.book.mails and self._state() == "held")
        self._expect("the thread says what changed", any("Nothing was sent" in t for t in self._thread_texts()))
        self._demo.sandbox.book.remove("noor@example.com", event)

    def _approves(self) -> None:
        self._title("Noor has moved her meeting; Dana presses Approve and send again")
        self._approve()
        self._channel()
        self._calendars()
        mails = self._demo.sandbox.book.mails
        print("\n".join(f"    mail to {m.to}: {m.title}" for m in mails))
        self._expect("the review is confirmed", self._state() == "confirmed")
        self._expect(
            "one invite to each attendee", sorted(m.to for m in mails) == sorted(f"{p}@example.com" for p in HELD)
        )
        self._expect("no hold is left on any calendar", not self._holders())

    def _audits(self) -> None:
        self._title("What the ledger says")
        bot = self._demo.bot
        view = bot.reviewing.view(RECORD)
        verified = bot.store.verify()
        for at, what in rows(view) if view else []:
            print(f"    {at}  {what}")
        print(f"    {chain_line(verified).partition(', head')[0]}")
        self._expect("the chain is whole", verified.ok and verified.entries > 0)
        self._expect("what is told is what the ledger says", bot.store.projections_differ() == [])
        self._expect("nothing is left undone", bot.engine.pending() == [])

    # How people act, and what they see

    def _approve(self) -> None:
        self._press(DANA, presses.APPROVE)
        self._dialog(DANA, submit=True)
        self._settle()

    def _press(self, user: str, action: str) -> None:
        where = next(((m, b) for m in self._messages() for b in m.get("blocks", []) if _element(b, action)), None)
        if where is None:
            self._wrong.append(f"there is no button {action} to press")
            return
        self._slack.press(user, CHANNEL, where[0]["ts"], action_id=action, block_id=where[1]["block_id"])

    def _dialog(self, user: str, submit: bool = False) -> str:
        self._slack.wait_until(lambda: self._slack.modal(user) is not None)
        view = self._slack.modal(user)
        if view is None:
            self._wrong.append("no dialog opened")
            return ""
        shown = self._slack.plain_view(view, user)
        self._print("dialog", shown)
        if submit:
            self._slack.submit(user, view["id"], {})
        else:
            self._slack.close_view(user, view["id"])
        return shown

    def _busy(self, calendar: str) -> str:
        from integrations.sandbox.calendar_book import BookEvent

        start = datetime(2026, 12, 1, 15, 45, tzinfo=UTC)
        event = BookEvent(
            id="story-meeting", calendar=calendar, start=start, end=start + timedelta(minutes=30), title="Interview"
        )
        self._demo.sandbox.book.put(event)
        return event.id

    def _settle(self) -> None:
        self._demo.bot.engine.nudge()
        if not self._demo.bot.engine.idle(SETTLE_SECONDS):
            self._wrong.append("the bot did not come to rest")

    def _state(self) -> str:
        meeting = self._demo.bot.journal.meeting(RECORD)
        return meeting.state if meeting else "none"

    def _holders(self) -> set[str]:
        book = self._demo.sandbox.book
        return {c.split("@")[0] for c in book.calendars for e in book.events(c) if e.title.startswith("Hold: ")}

    def _messages(self) -> list[Json]:
        """Newest first: people press what stands at the end of the thread."""
        roots = self._slack.messages(CHANNEL)
        replies = [reply for root in roots for reply in self._slack.thread(CHANNEL, root["ts"])]
        return [*reversed(replies), *reversed(roots)]

    def _thread_texts(self) -> list[str]:
        return [self._plain(m, PRIYA) for m in self._messages()]

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
        """The card as it stands, and what the thread says since it was last printed. Priya reads."""
        for root in self._slack.messages(CHANNEL):
            self._print("card", self._plain(root, PRIYA))
            for reply in self._slack.thread(CHANNEL, root["ts"]):
                self._new(reply, "thread", PRIYA)

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
                if RECORD in event.title:
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
