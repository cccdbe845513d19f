"""Laws of a meeting's life: whatever is asked of it, in whatever order and at whatever time."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core import commands as c
from bot.core import decisions as d
from bot.core import facts as f
from bot.core.meeting import LIVE_HOLD, At, Meeting, claimed, evolve, folded
from bot.core.owing import Owed, owed
from bot.core.refusals import Refusal
from bot.core.span import Span

BEGIN = datetime(2026, 11, 30, 14, 0, tzinfo=UTC)
TTL = timedelta(hours=4)
CREW = ("dana", "lee", "mei")


def slot(number: int) -> f.Slot:
    start = BEGIN + timedelta(hours=20 + 3 * number)
    seats = {f"role_{p}": f.Seat(person=p) for p in CREW}
    return f.Slot(span=Span(start, start + timedelta(minutes=45)), seats=seats)


def requested(by: str = "priya") -> c.Request:
    return c.Request(
        requested=f.Requested(
            by=by, record="CHG-1", kind="review", title="Review", record_title="A change", policy="p", owner="priya",
            channel="C1", confirmers=("dana",),
        )
    )  # fmt: skip


def searched(number: int, outcome: Any = "viable") -> f.Searched:
    offers = tuple(slot(i) for i in range(3)) if outcome == "viable" else ()
    return f.Searched(search=number, outcome=outcome, offers=offers)


def chosen(by: str, number: int, now: datetime) -> c.Choose:
    planned = tuple(f.PlannedHold(key=f"k|{p}|{now}", person=p, provider="google", calendar=p) for p in CREW)
    until = min(now + TTL, slot(number).span.start)
    fact = f.SlotChosen(by=by, set=1, slot=slot(number), planned=planned, expires_at=until, draft="d")
    return c.Choose(chosen=fact)


class Life:
    """One meeting's stream, decided and folded as the journal does it."""

    def __init__(self) -> None:
        self.now = BEGIN
        self.meeting: Meeting | None = None
        self.entries: list[At] = []
        self.owed: list[Owed] = []

    @property
    def facts(self) -> list[f.AnyFact]:
        return [entry.fact for entry in self.entries]

    @property
    def state(self) -> str:
        assert self.meeting is not None
        return self.meeting.state

    def does(self, command: c.Command) -> d.Facts | Refusal:
        outcome = d.decide(self.meeting, command, self.now)
        if not isinstance(outcome, Refusal) and outcome:
            for fact in outcome:
                entry = At(version=len(self.entries) + 1, at=self.now, fact=fact)
                self.meeting = evolve(self.meeting, entry, "CHG-1")
                self.entries.append(entry)
            assert self.meeting is not None
            self.owed.extend(owed(self.meeting, outcome, self.now))
        return outcome

    def asks_and_holds(self) -> Life:
        for command in (requested(), c.FinishSearch(searched=searched(1)), chosen("lee", 0, self.now)):
            assert not isinstance(self.does(command), Refusal)
        self.does(c.FinishPlacing(set=1, placed=()))
        assert self.state == "held"
        return self


def command(life: Life, kind: str, number: int, by: str) -> c.Command | None:
    """The command of that name as it may come; None where nobody could ask for it yet."""
    meeting = life.meeting
    sets = [h.set for h in meeting.holds] if meeting else []
    a_set = sets[number % len(sets)] if sets else None
    search = meeting.searches - number % 2 if meeting else 1
    match kind:
        case "request":
            return requested(by)
        case "search_again":
            return c.SearchAgain(by=by, why="asked")
        case "finish_search":
            return c.FinishSearch(searched=searched(search, ("viable", "none", "needs_exception")[number % 3]))
        case "stop_search":
            return c.FinishSearch(searched=f.SearchStopped(search=search, why="gone"))
        case "choose":
            return chosen(by, number % 3, life.now)
        case "let_go":
            return c.LetGo(by=by, set=(None, 1, 2)[number % 3])
        case "extend":
            return c.Extend(by=by, ttl=TTL, set=(None, 1, 2)[number % 3])
        case "reject":
            return c.Reject(by=by, words="w", set=(None, 1, 2)[number % 3])
        case "approve":
            return c.Approve(by=by, set=(None, 1, 2)[number % 3])
        case "cancel":
            return c.Cancel(by=by)
        case "note":
            return c.Note(by=by, words="w")
    return None if a_set is None else worked(kind, a_set, number, life.now)


def worked(kind: str, a_set: int, number: int, now: datetime) -> c.Command:
    """What the worker reports of a set."""
    match kind:
        case "finish_placing":
            return c.FinishPlacing(set=a_set, placed=(f.PlacedKey(key="k", event_id="e"),))
        case "fail_placing":
            return c.FailPlacing(set=a_set, words="no")
        case "expire":
            return c.Expire(set=a_set)
        case "lift":
            return c.Lift(set=a_set, keys=("k",))
        case "put_back":
            return c.PutBack(set=a_set)
        case "stop":
            return c.StopApproval(set=a_set, changes=("busy",))
        case "clear":
            return c.Clear(set=a_set)
        case "remind":
            return c.Remind(set=a_set, which="half")
        case _:
            return c.Confirm(confirmed=f.Confirmed(by="dana", set=a_set, event_id="e", invite=f"i{a_set}"))


BY_PEOPLE = ("request", "search_again", "choose", "let_go", "extend", "reject", "approve", "cancel", "note")
BY_WORKERS = (
    "finish_search", "stop_search", "finish_placing", "fail_placing", "expire", "lift", "put_back", "stop", "clear",
    "remind", "confirm",
)  # fmt: skip
# The way to a confirmation is long: it is walked more often than chance would.
LIKELY = ("finish_search", "choose", "finish_placing", "approve", "confirm")
steps = st.lists(
    st.tuples(
        st.sampled_from(BY_PEOPLE + BY_WORKERS + LIKELY * 2), st.integers(0, 5), st.sampled_from(("priya", "dana")),
        st.sampled_from((0, 0, 0, 1, 30, 250, 1300)),
    ),
    max_size=40,
)  # fmt: skip


def lived(story: list[tuple[str, int, str, int]]) -> Life:
    life = Life()
    life.does(requested())
    for kind, number, by, pause in story:
        life.now += timedelta(minutes=pause)
        asked = command(life, kind, number, by)
        if asked is not None:
            outcome = life.does(asked)
            if isinstance(outcome, Refusal):
                assert "Nothing" in outcome.words or "nothing" in outcome.words
            check(life)
    return life


def check(life: Life) -> None:
    """What must be so after every single step."""
    meeting = life.meeting
    assert meeting is not None
    live = [h for h in meeting.holds if h.ended is None]
    assert len(live) <= meeting.request.hold_slots
    assert (meeting.state in LIVE_HOLD) == bool(live)
    claims = claimed(meeting)
    assert len(claims) == len(live) + (meeting.state == "confirmed") + (meeting.kept is not None)
    assert len({h.set for h in meeting.holds}) == len(meeting.holds)
    if meeting.state == "confirming":
        assert live[0].approved_by is not None


@given(steps)
@settings(max_examples=250, deadline=None)
def test_a_life_obeys_its_laws(story: list[tuple[str, int, str, int]]) -> None:
    """No command breaks it; replayed, and through JSON, it is the same; each effect is owed once, under a key of its own."""
    life = lived(story)

    assert folded("CHG-1", life.entries) == life.meeting
    through_json = [
        e.model_copy(update={"fact": f.fact_from(e.fact.tag, f.body_of(e.fact), e.fact.by)}) for e in life.entries
    ]
    assert folded("CHG-1", through_json) == life.meeting
    assert life.meeting == Meeting.model_validate(life.meeting.model_dump(mode="json")) if life.meeting else True
    assert [key for key, count in Counter(o.key for o in life.owed).items() if count > 1] == []


@given(steps)
@settings(max_examples=150, deadline=None)
def test_nothing_is_confirmed_without_somebodys_approval(story: list[tuple[str, int, str, int]]) -> None:
    """The approval stands before the confirmation, in the same round and for the same set."""
    approved: int | None = None
    for fact in lived(story).facts:
        match fact:
            case f.Requested() | f.Stopped() | f.SlotEnded():
                approved = None
            case f.Approved():
                assert fact.by != "bot"
                approved = fact.set
            case f.Confirmed():
                assert approved == fact.set
            case _:
                pass


@given(steps)
@settings(max_examples=150, deadline=None)
def test_what_is_over_stays_over(story: list[tuple[str, int, str, int]]) -> None:
    """After the confirmation only notes, the end of its holds and a cancellation; after that only a new request."""
    over: set[str] | None = None
    aftermath = {"holds.gone", "note.added"}
    for fact in lived(story).facts:
        if isinstance(fact, f.Requested):
            over = None
        if over is not None:
            assert fact.tag in over
        if isinstance(fact, f.Confirmed):
            over = {*aftermath, "slot.ended", "holds.lifted", "holds.put_back", "meeting.cancelled"}
        if isinstance(fact, f.Cancelled):
            over = {*aftermath, "invite.cancelled", "holds.lifted", "holds.put_back"}


@given(steps)
@settings(max_examples=100, deadline=None)
def test_every_set_ends_once_and_owes_its_release_and_its_expiry(story: list[tuple[str, int, str, int]]) -> None:
    life = lived(story)
    ends = Counter(fact.set for fact in life.facts if isinstance(fact, f.SlotEnded))
    kinds = Counter((o.kind, o.payload["number"]) for o in life.owed if o.kind in ("release", "expire"))

    assert all(count == 1 for count in ends.values())
    for hold in life.meeting.holds if life.meeting else ():
        assert kinds["release", hold.set] == (1 if hold.ended else 0)
        assert kinds["expire", hold.set] == (2 if hold.extended else 1)
        assert hold.expires_at <= hold.slot.span.start


# Examples that the laws have taught


def test_a_search_that_ends_after_the_cancellation_brings_nothing_back_to_life() -> None:
    life = Life()
    life.does(requested())
    life.does(c.Cancel(by="priya"))

    assert life.does(c.FinishSearch(searched=searched(1))) == ()
    assert life.state == "cancelled"


def test_a_search_is_on_record_once() -> None:
    """Whoever died right after it was recorded searches again, and may find something else by now: the offers stand there."""
    life = Life()
    life.does(requested())
    assert life.does(c.FinishSearch(searched=searched(1))) != ()

    for again in (searched(1), searched(1, "none"), f.SearchStopped(search=1, why="Nobody answers.")):
        assert life.does(c.FinishSearch(searched=again)) == ()
    assert life.meeting is not None and life.meeting.search == searched(1)


def test_a_search_that_was_given_up_is_told_once_and_may_be_found_after_all() -> None:
    """An operator has it tried again."""
    life = Life()
    life.does(requested())
    stopped = f.SearchStopped(search=1, why="Nobody answers.")
    assert life.does(c.FinishSearch(searched=stopped)) != ()

    assert life.does(c.FinishSearch(searched=stopped)) == ()
    assert life.does(c.FinishSearch(searched=searched(1))) != ()


def test_a_hold_whose_time_came_during_the_approval_runs_out_when_that_is_stopped() -> None:
    """Its deadline passed while everything was read again: it was not to be disturbed then, but it is not forgotten."""
    life = Life().asks_and_holds()
    life.does(c.Approve(by="dana", set=1))
    life.now += TTL
    assert life.does(c.Expire(set=1)) == ()

    life.does(c.StopApproval(set=1, changes=("busy",)))

    assert life.state == "choosing"
    assert life.meeting is not None
    assert life.meeting.holds[0].ended == "expired"
    assert "release" in [o.kind for o in life.owed]


def test_a_stopped_approval_owes_the_search_for_new_times_in_the_same_breath() -> None:
    """A process that dies between the two would leave people waiting for offers that nobody looks for."""
    life = Life().asks_and_holds()
    life.does(c.Approve(by="dana", set=1))

    told = life.does(c.StopApproval(set=1, changes=("busy",), again="something changed at the approval"))

    assert not isinstance(told, Refusal)
    assert [fact.tag for fact in told][:2] == ["approval.stopped", "search.started"]
    assert "search" in [o.kind for o in life.owed]


def test_a_hold_may_be_approved_until_it_runs_out_and_not_after() -> None:
    life = Life().asks_and_holds()
    life.now += TTL
    refused = life.does(c.Approve(by="dana", set=1))

    assert isinstance(refused, Refusal)
    assert refused.codes == ("lapsed",)
    assert "Nothing was sent." in refused.words


def test_an_extension_brings_new_deadlines_and_the_old_ones_do_nothing() -> None:
    life = Life().asks_and_holds()
    life.does(c.Extend(by="lee", ttl=TTL))
    life.now += TTL

    assert life.does(c.Expire(set=1)) == ()
    assert life.state == "held"
    life.now += TTL
    life.does(c.Expire(set=1))
    assert life.state == "choosing"


def test_the_first_fact_of_a_meeting_is_its_request() -> None:
    with pytest.raises(ValueError, match="the first fact of a meeting is its request"):
        evolve(None, At(version=1, at=BEGIN, fact=f.Noted(by="lee", words="w")), "CHG-1")


def test_nothing_can_be_asked_of_a_meeting_that_nobody_asked_for() -> None:
    for asked in (c.SearchAgain(), c.Cancel(by="priya"), c.Note(by="lee", words="w"), c.LetGo(by="lee")):
        refused = d.decide(None, asked, BEGIN)
        assert isinstance(refused, Refusal)
        assert refused.codes == ("no_meeting",)


@pytest.mark.parametrize(
    ("tag", "body"),
    [
        ("slot.approved", {"set": 1}),
        ("slot.ended", {"set": 1, "why": "rejected", "reason": "r1", "reason_words": None}),
        ("slot.extended", {"set": 1, "expires_at": "2026-11-30T22:02:00Z"}),
        ("agreement.answered", {"number": 1, "point": 0, "granted": False, "reason": None}),
        ("meeting.cancelled", {"reason": None, "withdraws": None}),
        ("reschedule.asked", {"set": 1}),
        ("reschedule.dropped", {"set": 1}),
        ("escalation.acknowledged", {"escalation": 1}),
    ],
)
def test_decisions_as_they_were_written_before_they_named_a_revision_are_read_for_ever(
    tag: str, body: dict[str, Any]
) -> None:
    """Bodies of format 1, word for word."""
    fact = f.fact_from(tag, body, "dana")

    assert isinstance(fact, f.Decided)
    assert fact.revision is None
    assert f.body_of(fact) == {**body, "revision": None}
