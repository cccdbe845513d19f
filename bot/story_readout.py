"""`demo --script readout`: a customer's readout, from the request over a time that needs leave to an invite that tells little."""

from __future__ import annotations

from bot.slack.messages import presses
from bot.story_telling import Step, Telling

PAULA, EVA, DARIO, LUPE = "U0PAULA", "U0EVA", "U0DARIO", "U0LUPE"
CUSTOMER = "ivan@acme.example.com"
SECRETS = ("Sign-in outage", "ESC-2207")
ASKED_FOR = "Thu 17:00"


class Readout(Telling):
    """A readout under a contract: an interpreter's roster, the customer's change board, and the duty manager's leave."""

    record, channel, reader = "ESC-2207", "C0SUPPORT", PAULA

    def steps(self) -> tuple[Step, ...]:
        return (
            self._asks,
            self._why_not,
            self._holds,
            self._another_time,
            self._agrees,
            self._holds_that,
            self._approves,
            self._figures,
            self._audits,
        )

    def _asks(self) -> None:
        self._title("Paula, the premium support manager, asks in #support-leadership: /rca-readout ESC-2207")
        self._types(PAULA, f"/rca-readout {self.record}")
        self._private(PAULA)
        self._channel()
        card = self._plain(self._messages()[-1], PAULA)
        ends = "Dec 3 19:00 (the contractual deadline)"
        self._expect("the window ends five business days on, Thanksgiving left out", ends in card)
        self._expect("offers stand in the thread", any("Hold" in line for line in self._thread_texts()))

    def _why_not(self) -> None:
        self._title("She wants to know why other times do not fit")
        self._press(PAULA, presses.WHY_NOT)
        shown = self._dialog(PAULA)
        self._expect("the customer's change board is among the reasons", "CAB" in shown)

    def _holds(self) -> None:
        self._title("She holds Tuesday, the first offer")
        self._press(PAULA, presses.HOLD)
        self._settle()
        self._channel()
        self._calendars()
        self._expect("ours are held, the customer is not", self._holders() == {"eva", "tom", "carla", "memo"})
        draft = next((t for t in self._thread_texts() if "This is the invite that would go out" in t), "")
        quoted = draft.partition("This is the invite")[2]
        self._expect("the invite tells no detail of the incident", not any(secret in quoted for secret in SECRETS))

    def _another_time(self) -> None:
        self._title(
            f"Acme rings Lupe, the interpreter: Thursday at 16:00 in Mexico City would suit them. She asks: {ASKED_FOR}"
        )
        self._types(LUPE, f"/rca-readout why {self.record} {ASKED_FOR}")
        self._private(LUPE)
        self._press(LUPE, presses.ASK_EXCEPTION_AT)
        self._dialog(LUPE, submit=True, reason="Acme's board meets on Friday morning.")
        self._settle()
        self._channel()
        self._direct(DARIO)
        asked = [self._plain(m, DARIO) for m in self._slack.dms(DARIO)]
        self._expect("the duty manager is asked", any("outside support coverage" in words for words in asked))
        self._expect("and reads why", any("board meets on Friday" in words for words in asked))

    def _agrees(self) -> None:
        self._title("Dario, the duty manager, agrees to this one time after hours")
        self._press(DARIO, presses.AGREE)
        self._settle()
        self._channel()
        self._expect("nothing is held by an agreement alone", self._holders() == {"eva", "tom", "carla", "memo"})

    def _holds_that(self) -> None:
        self._title("Paula lets go of Tuesday, and holds Thursday")
        self._press(PAULA, presses.LET_GO)
        self._settle()
        self._press(PAULA, presses.HOLD_AGREED)
        self._settle()
        self._channel()
        self._calendars()
        self._expect("Lupe is held in place of Memo", self._holders() == {"eva", "tom", "carla", "lupe"})
        self._expect("nothing stands on the customer's calendar", not self._of_ours(CUSTOMER))

    def _approves(self) -> None:
        self._title("Eva, the escalation manager, presses Approve and send")
        self._approve(EVA)
        self._channel()
        mails = self._demo.sandbox.book.mails
        print("\n".join(f"    mail to {m.to}: {m.title}" for m in mails))
        self._expect("the readout is confirmed", self._state() == "confirmed")
        self._expect("the customer is invited, once", [m.to for m in mails].count(CUSTOMER) == 1)
        told = [f"{e.title} {e.text}" for e in self._demo.sandbox.book.events(CUSTOMER)]
        self._expect("the invite tells no detail", not any(s in words for words in told for s in SECRETS))
        self._expect("no hold is left on any calendar", not self._holders())

    def _figures(self) -> None:
        self._title("Paula looks at the figures")
        self._types(PAULA, "/rca-readout metrics")
        self._private(PAULA)
        kinds = self._demo.bot.journal.figures().kinds.values()
        self._expect("the time since the analysis was approved is counted", any(k.counted_to_viable for k in kinds))

    def _of_ours(self, calendar: str) -> list[str]:
        return [e.title for e in self._demo.sandbox.book.events(calendar) if "RCA readout" in e.title]
