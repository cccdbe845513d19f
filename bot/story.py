"""`demo --script`: the identity-service cutover, told from its request to its ledger; every step is checked as it is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.slack.messages import presses
from bot.story_telling import Step, Telling

PRIYA, DANA, LEE = "U0PRIYA", "U0DANA", "U0LEE"
HELD = ("dana", "lee", "ravi", "mei", "noor")


class Story(Telling):
    """A review of a change: five people, a hold, somebody who may not, a change meanwhile, one invite."""

    record, channel, reader = "CHG-1042", "C0RELEASES", PRIYA

    def steps(self) -> tuple[Step, ...]:
        return (
            self._asks,
            self._why_not,
            self._holds,
            self._may_not,
            self._reminds,
            self._changes,
            self._approves,
            self._audits,
        )

    # The steps

    def _asks(self) -> None:
        self._title("Priya, the release owner, asks in #releases: /readiness-review CHG-1042")
        self._types(PRIYA, f"/readiness-review {self.record}")
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
        self._approve(DANA)
        self._channel()
        self._expect("nothing was sent", not self._demo.sandbox.book.mails and self._state() == "held")
        self._expect("the thread says what changed", any("Nothing was sent" in t for t in self._thread_texts()))
        self._demo.sandbox.book.remove("noor@example.com", event)

    def _approves(self) -> None:
        self._title("Noor has moved her meeting; Dana presses Approve and send again")
        self._approve(DANA)
        self._channel()
        self._calendars()
        mails = self._demo.sandbox.book.mails
        print("\n".join(f"    mail to {m.to}: {m.title}" for m in mails))
        self._expect("the review is confirmed", self._state() == "confirmed")
        self._expect(
            "one invite to each attendee", sorted(m.to for m in mails) == sorted(f"{p}@example.com" for p in HELD)
        )
        self._expect("no hold is left on any calendar", not self._holders())

    def _busy(self, calendar: str) -> str:
        from integrations.sandbox.calendar_book import BookEvent

        start = datetime(2026, 12, 1, 15, 45, tzinfo=UTC)
        event = BookEvent(
            id="story-meeting", calendar=calendar, start=start, end=start + timedelta(minutes=30), title="Interview"
        )
        self._demo.sandbox.book.put(event)
        return event.id
