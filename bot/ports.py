"""What we ask of the world, and how it may fail. Every adapter and every stand-in signs `tests/contracts`.

Failure
├── Unreachable   nobody answered, or the outcome is unknown: ask again, look before writing again
├── Throttled     too many requests: again, not before `retry_after` seconds (real time)
│   └── Shut      the service lets us in no more until an operator acts: it waits, and is no attempt
├── Denied        we may not: an operator must act
├── Gone          it is not there (any more): done, or ask a person
└── Conflict      somebody was faster: read again, decide again
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple, Protocol

from bot.core.concern import Concern
from bot.core.facts import AnyFact
from bot.core.figures import Figures
from bot.core.meeting import At, Meeting
from bot.core.people import Availability, Directory, Frozen
from bot.core.policy import Policy
from bot.core.record import Record
from bot.core.refusals import Refusal
from bot.core.release_calendar import Entry, Release
from bot.core.span import Span


class Failure(Exception):  # noqa: N818  # a Failure is the word of the glossary for what is broken
    """The outside did not do what was asked. The message is fit for people: no titles, bodies, tokens or addresses of
    meetings; `service` names who failed ("Google", "Microsoft", "Slack")."""

    def __init__(self, message: str, *, service: str = "") -> None:
        super().__init__(message)
        self.service = service


class Unreachable(Failure):
    """Time-out, connection lost, 5xx: perhaps it happened, perhaps not. For a write: look it up, never write blindly."""


class Throttled(Failure):
    """Refused for now and certainly not done."""

    def __init__(self, message: str, *, service: str = "", retry_after: float = 1.0) -> None:
        super().__init__(message, service=service)
        self.retry_after = retry_after


class Paced(Throttled):
    """We hold back ourselves, so that the service need not refuse: nothing was tried and nothing went wrong."""


class Shut(Throttled):
    """The service has shut us out whole until an operator acts: certainly not done, never given up over it, and no attempt."""


class Denied(Failure):
    """Credentials, scopes or rights are missing, or the request itself is wrong: asking again changes nothing."""


class Gone(Failure):
    """What was asked for does not exist (any more)."""


class Conflict(Failure):
    """It changed since it was read (etag, version)."""


class Clock(Protocol):
    """Business time: windows, expiry, escalation. Always aware, UTC."""

    def now(self) -> datetime: ...


class Capabilities(Frozen):
    """What a provider can do; differences between adapters are declared, never guessed."""

    writable: bool  # holds and invites can be written
    under_hold: Literal["lift", "set_aside", "none"]  # how the truth under our own hold is read
    tells_tentative: bool  # free-busy distinguishes tentative from busy


class HoldRequest(Frozen):
    """One private, tentative, attendee-less event on one calendar.

    The event's id is derived from (`key`, `generation`), so that the same request twice makes one event. `words` is the text
    people read in their calendar: the contact and the expiry, nothing of the record but its id.
    """

    key: str  # deterministic: installation|record|calendar|start|end|hold set
    tag: str  # common to all holds of this installation: lets `holds list` and the sweep find them
    record: str
    calendar: str  # the provider's calendar id
    span: Span
    title: str
    words: str
    expires_at: datetime
    generation: int = 0


class PlacedHold(Frozen):
    """A hold as the provider has it. `etag` is of the last time we looked; `lifted` while it is transparent (Google)."""

    calendar: str
    event_id: str
    key: str
    generation: int
    span: Span
    etag: str | None = None
    lifted: bool = False


class FoundHold(Frozen):
    """A tagged event found on a calendar, whoever remembers it. `key` and `record` come from our private properties."""

    calendar: str
    event_id: str
    key: str
    record: str
    span: Span
    expires_at: datetime | None = None
    lifted: bool = False


class Calendar(Protocol):
    """Free-busy and holds of one provider. Thread-safe: several threads may call at once.

    Every read parses an allow-list (status, start, end): titles, places and attendees never leave the adapter.
    """

    provider: str
    can: Capabilities

    def free_busy(self, calendars: Sequence[str], span: Span) -> Mapping[str, Availability]:
        """Every asked calendar is a key. What could not be read is an `unknown` span over all of `span`; one unreadable
        calendar never hides the others. Raises nothing for per-calendar errors, and turns a failing provider into
        `unknown` for all after its retries. Uncached. Fewest possible calls, concurrent."""
        ...

    def place(self, request: HoldRequest) -> PlacedHold:
        """Insert, then read again. The same request twice is one event. An id that was burned by a deletion is
        replaced by the next generation (returned). Raises Unreachable when the outcome is unknown even after looking."""
        ...

    def look_up(self, request: HoldRequest) -> PlacedHold | None:
        """What exists under this request's key on its calendar, any generation; None when there is no live event."""
        ...

    def let_go(self, hold: PlacedHold) -> None:
        """Remove it. Quiet when it is gone already (204, 404 and 410 are all done)."""
        ...

    def still_there(self, hold: PlacedHold) -> PlacedHold | None:
        """The hold as it is now: None when a human deleted it; another span when a human moved it."""
        ...

    def lift(self, hold: PlacedHold) -> PlacedHold:
        """`under_hold == "lift"` only: make it transparent, so that free-busy tells what lies under it. Idempotent."""
        ...

    def put_back(self, hold: PlacedHold) -> PlacedHold:
        """Undo `lift`. Idempotent; raises Gone when the event is not there."""
        ...

    def under(self, hold: PlacedHold) -> Availability:
        """The truth over the hold's span, as if it were not there. For "lift" the hold must be lifted already. For
        "set_aside" the hold is read by id, its span confirmed, exactly one tentative item with that span set aside, and
        everything else is kept. What cannot be told apart is `unknown`."""
        ...

    def holds(self, calendar: str, tag: str) -> Sequence[FoundHold]:
        """All live tagged events of that calendar."""
        ...


class Invitee(Frozen):
    name: str
    email: str
    role: str


class Invite(Frozen):
    """The real thing: sent once, on confirmation alone. These bytes are what the draft showed."""

    key: str  # deterministic: installation|record|confirmation
    tag: str
    record: str
    title: str
    text: str  # plain text: the meeting packet
    span: Span
    time_zone: str
    invitees: tuple[Invitee, ...]
    online: bool = True


class SentInvite(Frozen):
    event_id: str
    key: str
    join_url: str | None = None
    etag: str | None = None


class Invitations(Protocol):
    """The organiser's calendar: the only place from which invites with attendees are sent."""

    def send(self, invite: Invite) -> SentInvite:
        """Create the event with attendees, mailed once. The same key twice is one event and one mail."""
        ...

    def find(self, key: str) -> SentInvite | None:
        """What exists under that key; None when nothing live does."""
        ...

    def cancel(self, key: str, words: str) -> None:
        """A proper cancellation to everybody. Quiet when it is gone already."""
        ...

    def replies(self, key: str) -> Mapping[str, Literal["accepted", "declined", "tentative", "none"]]:
        """By e-mail address, lower case. Raises Gone when the event is not there."""
        ...


Severity = Literal["info", "warning", "error", "critical"]


class Pager(Protocol):
    """Where the people on call are woken. Each verb may be repeated: the key says which incident is meant."""

    def page(self, key: str, words: str, *, severity: Severity, link: str | None) -> None:
        """Open an incident, or add to the one that is open under that key: the same key twice is one incident. Once it is
        resolved, the same key would open a new one. After `Unreachable` the same call may simply be made again."""
        ...

    def acknowledge(self, key: str) -> None:
        """Somebody has taken it: it stops climbing at the pager. Quiet when no such incident is open."""
        ...

    def resolve(self, key: str) -> None:
        """It is settled. Quiet when no such incident is open."""
        ...


class Mailer(Protocol):
    """Where plain mails go out."""

    def send(self, key: str, to: Sequence[str], subject: str, body: str) -> None:
        """One mail to all of `to`. The same key twice is two mails with the same Message-ID, so that receivers can fold
        them: SMTP has no way to ask whether a mail was taken, and `look it up before writing again` cannot be kept. The
        window is small: `Unreachable` leaves it open only when the line broke between the end of the text and the
        server's answer. Refused addresses are `Denied`, with their number, never the addresses; whoever was not refused
        has the mail then, and nothing is sent to them again."""
        ...


class Records(Protocol):
    """The system that keeps the governing records."""

    def read(self, record_id: str) -> Record:
        """Raises Gone when there is no such record, Denied when it cannot be understood (the message says why)."""
        ...


class Organisation(Protocol):
    """The workspace as it stands: who there is, what meetings demand, the release calendar."""

    @property
    def policy(self) -> Policy: ...
    @property
    def people(self) -> Directory: ...
    @property
    def entries(self) -> tuple[Entry, ...]: ...
    @property
    def releases(self) -> tuple[Release, ...]:
        """Those that are planned, with their cutovers."""
        ...

    @property
    def policy_digest(self) -> str: ...
    @property
    def digests(self) -> Mapping[str, str]:
        """Each file that was read, by the digest of its bytes."""
        ...


class Organisations(Protocol):
    """Where the workspace is read again when it changes. A broken edit keeps the last good one."""

    def current(self) -> Organisation: ...


class Claim(NamedTuple):
    """A person kept for another meeting: they can be in no second one at that time."""

    person: str
    meeting: str
    span: Span


class Desk(Protocol):
    """What may be done inside the transaction in which a decision is written. Never the network."""

    def keep(self, document: Any) -> str:
        """Keep a JSON document under its digest."""
        ...

    def keep_words(self, text: str) -> str:
        """Keep what a person wrote beside the ledger, behind a salted digest: erasable without breaking the chain."""
        ...

    def clashes(self, people: Sequence[str], span: Span, meeting: str) -> Sequence[Claim]:
        """Who of `people` another meeting holds then. Locks those people until the transaction ends."""
        ...


class Done(NamedTuple):
    """What a decision brought about. `facts` is empty when it was so already."""

    meeting: Meeting
    facts: tuple[AnyFact, ...]


class Chain(NamedTuple):
    """What reading the whole ledger found: whether each entry still vouches for the one before it."""

    entries: int
    head: str
    ok: bool
    first_bad: int | None = None


Choice = Callable[[Meeting | None, Desk], "tuple[AnyFact, ...] | Refusal"]


class Journal(Protocol):
    """The memory: meetings as the ledger tells them, and the only way to add to it."""

    def meeting(self, meeting: str) -> Meeting | None: ...

    def history(self, meeting: str) -> tuple[At, ...]: ...

    def meetings(self) -> tuple[Meeting, ...]:
        """All meetings that ever were, by id."""
        ...

    def engaged(self, after: datetime) -> tuple[Meeting, ...]:
        """Meetings that keep somebody's time which ends after that instant: placed, held, confirmed, or kept until another
        slot is confirmed. By id."""
        ...

    def concerning(self, person: str) -> tuple[Concern, ...]:
        """Of the meetings that are not over and in whose state that person is named: those that concern them, by id. A meeting
        is over when it was cancelled, and when it was confirmed and its time has passed."""
        ...

    def live_ids(self) -> tuple[str, ...]:
        """Of all meetings that are not over: those that have a time, the earliest first, then the others, by id."""
        ...

    def hold_keys(self) -> frozenset[str]:
        """The keys of all holds that may stand on a calendar: meant, placed, or being taken off."""
        ...

    def decide(self, meeting: str, choice: Choice) -> Done | Refusal:
        """Read, choose, write facts with all that they owe, in one transaction. When somebody was faster, it reads and
        chooses again."""
        ...

    def kept(self, digest: str) -> Any:
        """The document kept under a digest, or None."""
        ...

    def figures(self) -> Figures:
        """The product's figures, counted from the whole ledger."""
        ...

    def words(self, digest: str) -> str | None:
        """What a person wrote, unless it was erased."""
        ...

    def verified(self) -> Chain:
        """Read the whole chain."""
        ...

    def claims(self, span: Span, other_than: str) -> tuple[Claim, ...]:
        """Whom other meetings hold within `span`."""
        ...


class SlackUserCopy(NamedTuple):
    """What Slack said of a user, and when (real time): authority is decided from such dated copies."""

    body: Mapping[str, Any]
    seen_at: datetime


class PostKept(NamedTuple):
    """A message that we mean to write or have written. `ts` is empty until Slack has told it."""

    ts: str
    unsure: bool  # it was being sent when something broke: look before sending again
    posted: int  # the revision of its content that Slack shows
    channel: str = ""  # or the user's id, for a direct message


class Begun(NamedTuple):
    """The sending of a message is on record. `number` tells this time from all others; with a `ts` somebody was quicker, and
    nothing is to be sent."""

    number: int
    ts: str = ""


class SlackMemory(Protocol):
    """What the Slack room must remember over a crash."""

    def hear(self, key: str, kind: str, lane: str | None, payload: Mapping[str, Any]) -> bool:
        """Keep what came in as work that is owed, in one durable transaction. False when that key came before."""
        ...

    def user(self, user: str, team: str) -> SlackUserCopy | None: ...

    def keep_user(self, user: str, team: str, body: Mapping[str, Any]) -> None: ...

    def post(self, key: str) -> PostKept | None: ...

    def posts(self, stream: str, kind: str) -> Mapping[str, PostKept]:
        """Those of one sort that were written because of one meeting, by key."""
        ...

    def sending(self, key: str, stream: str, channel: str, thread_ts: str | None, kind: str) -> Begun:
        """Recorded before it is sent, so that it is looked up before it is ever sent again. Where another sending may still
        be under way, it is owed with it that the message is looked at once more when none can be (`double`)."""
        ...

    def sent(self, key: str, ts: str, revision: int) -> None: ...

    def written(self, key: str, ts: str, revision: int) -> str:
        """For the first time. Gives the `ts` that counts: another one, where another replica wrote it too and was first."""
        ...

    def lost(self, key: str, number: int) -> None:
        """What that sending should have written is certainly not there. Nothing, where another one was begun since."""
        ...
