"""The audit of a meeting as a value: what was read, what was ruled out and why, who was held, who decided what and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal

from bot.core import facts as f
from bot.core.people import Frozen
from bot.core.span import Span

# What is kept of a meeting, as it was written.


class Entry(Frozen):
    """A fact with its place in the ledger: `seq` counts over the whole ledger, `version` within the meeting."""

    seq: int
    version: int
    at: datetime
    hash: str
    fact: f.AnyFact


class ChainEnd(Frozen):
    """What reading the whole ledger found."""

    entries: int
    head: str
    whole: bool
    first_bad: int | None = None
    why: str | None = None


class Deed(Frozen):
    """One effect or deadline that was owed. `done_at` is by the machine's clock, all other times are business time."""

    key: str
    kind: str
    state: str
    due_at: datetime
    done_at: datetime | None = None
    failures: int = 0


class Message(Frozen):
    """One message in Slack: its key with us, and its channel and `ts` there."""

    key: str
    kind: str
    channel: str
    ts: str | None
    state: str


class Papers(Frozen):
    """Everything that is kept of one meeting. `documents` (inputs, sources, policies) and `words` are by digest; words that
    were erased are None."""

    meeting: str
    entries: tuple[Entry, ...]
    chain: ChainEnd
    documents: Mapping[str, Any] = {}
    words: Mapping[str, str | None] = {}
    deeds: tuple[Deed, ...] = ()
    messages: tuple[Message, ...] = ()


# What it comes to. `words` are sentences of the core: people and instants in them are still to be spoken.


class Quote(Frozen):
    """What a person wrote, under its digest; None when it was erased."""

    digest: str
    text: str | None


class CalendarSeen(Frozen):
    """One calendar that a search read. Whose it is and its address are left out where reasons are told by role."""

    provider: str
    role: str | None
    person: str | None
    calendar: str | None
    read_at: datetime
    digest: str
    unreadable: bool


class OnCall(Frozen):
    """Where it comes from who is on call in a role."""

    role: str
    rota: str
    source: str


class Inputs(Frozen):
    """What a search rests on, each by digest. `kept`: they are there to be run again."""

    digest: str | None
    kept: bool
    revision: str | None
    record: str | None = None
    policy: str | None = None
    people: str | None = None
    release_calendar: str | None = None
    files: Mapping[str, str] = {}
    on_call: tuple[OnCall, ...] = ()
    calendars: tuple[CalendarSeen, ...] = ()
    calendars_read: int = 0
    read_at: datetime | None = None
    unreadable: int = 0


class Range(Frozen):
    """An unbroken run of starts that the same things rule out."""

    first: datetime
    last: datetime
    starts: int
    words: tuple[str, ...]


class RuledOutDay(Frozen):
    day: date
    starts: int
    ranges: tuple[Range, ...]


class SearchAudit(Frozen):
    """One search. `outcome` is `stopped` when nothing could be searched, `running` when it has not ended."""

    search: int
    seq: int
    at: datetime
    by: str
    why: str
    ended_at: datetime | None
    outcome: str
    words: str
    opens: datetime | None = None
    opens_by: str | None = None
    closes: datetime | None = None
    closes_by: str | None = None
    starts: int = 0
    feasible: int = 0
    offers: tuple[Span, ...] = ()
    inputs: Inputs | None = None
    counted: tuple[tuple[str, int], ...] = ()  # reasons in words, and how many starts each
    ruled_out: tuple[RuledOutDay, ...] = ()


class HeldCalendar(Frozen):
    """`key` is ours, `event_id` the provider's, once it was placed."""

    key: str
    person: str
    provider: str
    calendar: str
    event_id: str | None = None


class HoldAudit(Frozen):
    """One set of holds: on which calendars, from when, until when, and why it ended."""

    set: int
    span: Span
    seats: tuple[tuple[str, str, str], ...]  # role, person, holder or delegate
    by: str
    chosen_at: datetime
    calendars: tuple[HeldCalendar, ...]
    not_held: tuple[tuple[str, str], ...]
    placed_at: datetime | None = None
    expires_at: datetime
    extended: bool = False
    ended: str | None = None
    ended_at: datetime | None = None
    ended_by: str | None = None
    gone_at: datetime | None = None


class Decision(Frozen):
    """What somebody decided, when, and in whose words; `bot` where the outcome needed nobody. `revision`: that of the record
    by which it was theirs to decide, where that is known."""

    seq: int
    at: datetime
    by: str
    words: str
    revision: str | None = None
    quote: Quote | None = None


class DecisionPoint(Frozen):
    """A place where the bot may not go on alone: what was to be decided, why by a person, by whom, and what they said."""

    sort: Literal["slot", "confirmation", "agreement", "escalation", "own"]
    seq: int
    at: datetime
    by: str
    question: str
    why: str
    deciders: tuple[str, ...] = ()
    quote: Quote | None = None
    decisions: tuple[Decision, ...] = ()


class Sent(Frozen):
    """An invite, by its key with us and the event it became."""

    seq: int
    at: datetime
    event_id: str
    invite: str
    invited: tuple[str, ...]
    withdrawn_at: datetime | None = None


class Audit(Frozen):
    """One page on one meeting, over all of its rounds. `names`: reasons are told by name, else by role."""

    meeting: str
    record: str
    record_title: str
    title: str
    names: bool
    asked_at: datetime
    asked_by: str
    state: str
    confirmed_at: datetime | None
    rounds: int
    policies: tuple[str, ...]
    searches: tuple[SearchAudit, ...]
    holds: tuple[HoldAudit, ...]
    points: tuple[DecisionPoint, ...]
    invites: tuple[Sent, ...]
    messages: tuple[Message, ...]
    deeds: tuple[Deed, ...]
    entries: tuple[Entry, ...]
    chain: ChainEnd


def quoted(papers: Papers, digest: str | None) -> Quote | None:
    return None if digest is None else Quote(digest=digest, text=papers.words.get(digest))


def digests_meant(entries: Sequence[Entry]) -> tuple[str, ...]:
    """Every document that these facts name, for whoever collects the papers."""
    found: dict[str, None] = {}
    for entry in entries:
        match entry.fact:
            case f.Requested():
                found[entry.fact.policy] = None
            case f.Searched():
                found |= dict.fromkeys(d for d in (entry.fact.inputs, entry.fact.sources, entry.fact.policy) if d)
            case _:
                continue
    return tuple(found)


def words_meant(entries: Sequence[Entry]) -> tuple[str, ...]:
    """The digests of everything that people wrote."""
    said = (getattr(e.fact, name, None) for e in entries for name in ("reason", "words", "source"))
    return tuple(dict.fromkeys(digest for digest in said if digest))
