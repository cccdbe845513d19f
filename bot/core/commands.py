"""What can be asked of a meeting: by a person, who must have the right to it, and by the bot, which tells of its own deeds."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from bot.core import facts as f
from bot.core.people import Frozen
from bot.core.span import Span

# What people decide


class Request(Frozen):
    requested: f.Requested


class SearchAgain(Frozen):
    """Asked for by a person, or by the bot when something changed."""

    by: str = "bot"
    why: str = ""


class Choose(Frozen):
    chosen: f.SlotChosen


class LetGo(Frozen):
    by: str
    set: int | None = None


class Extend(Frozen):
    by: str
    ttl: timedelta
    set: int | None = None


class Reject(Frozen):
    by: str
    words: str  # digest of the reason
    set: int | None = None


class Approve(Frozen):
    by: str
    set: int | None = None


class Cancel(Frozen):
    by: str
    reason: str | None = None


class Note(Frozen):
    by: str
    words: str


class AskAgreement(Frozen):
    asked: f.AgreementAsked


class Answer(Frozen):
    by: str
    number: int
    point: int
    granted: bool
    reason: str | None = None  # digest
    deciders: tuple[str, ...] | None = None  # who may decide it now; None: as when it was asked
    stand_ins: tuple[str, ...] = ()


class Acknowledge(Frozen):
    by: str
    escalation: int


class Attest(Frozen):
    by: str
    person: str
    windows: tuple[Span, ...]
    source: str  # digest


class TakeBack(Frozen):
    """What was stated about a person counts no more."""

    by: str
    person: str
    source: str  # digest


class Reschedule(Frozen):
    by: str


class KeepSlot(Frozen):
    """Not another slot after all."""

    by: str


# What the bot tells of its deeds


class FinishSearch(Frozen):
    searched: f.Searched | f.SearchStopped


class FinishPlacing(Frozen):
    set: int
    placed: tuple[f.PlacedKey, ...]
    not_held: tuple[tuple[str, str], ...] = ()


class FailPlacing(Frozen):
    set: int
    words: str


class Expire(Frozen):
    set: int


class Lift(Frozen):
    set: int
    keys: tuple[str, ...]


class PutBack(Frozen):
    set: int


class StopApproval(Frozen):
    """`again`: why new times are looked for, if they are; in the same breath, so that no crash comes in between."""

    set: int
    changes: tuple[str, ...]
    causes: tuple[str, ...] = ()
    again: str = ""


class Check(Frozen):
    """Nothing stands against the slot: on record before the invite, so that no crash can lose it."""

    checked: f.Checked


class Confirm(Frozen):
    confirmed: f.Confirmed


class Clear(Frozen):
    set: int


class Remind(Frozen):
    set: int
    which: Literal["half", "last"]


class Escalate(Frozen):
    """Raised by time alone: an approver who does not answer."""

    agreement: int


class Rise(Frozen):
    """Who took a question has not settled it, and the window is near."""

    escalation: int


class Climb(Frozen):
    escalation: int
    rung: Literal["team", "pager", "mail"]
    asked: tuple[str, ...] = ()


class Veto(Frozen):
    """Somebody deleted or moved the hold on their calendar: their word about this slot."""

    set: int
    person: str


class Lose(Frozen):
    """Not one of the hold's events stands any more: that is no person's word about the slot."""

    set: int
    invited: bool  # an invite for the slot stands that the ledger does not know of


class Disturb(Frozen):
    """What watching found; nothing: all is well again."""

    changes: tuple[str, ...]
    causes: tuple[str, ...] = ()


Decision = (
    Request | SearchAgain | Choose | LetGo | Extend | Reject | Approve | Cancel | Note | AskAgreement | Answer
    | Acknowledge | Reschedule | KeepSlot | Attest | TakeBack
)  # fmt: skip
Deed = (
    FinishSearch | FinishPlacing | FailPlacing | Expire | Lift | PutBack | StopApproval | Check | Confirm | Clear
    | Remind | Escalate | Rise | Climb | Veto | Lose | Disturb
)  # fmt: skip
Command = Decision | Deed
