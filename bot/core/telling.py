"""What there is to say of single starts: who would sit, what it needs, who to ask, and why not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Literal

from bot.core.asking import freed_masks, savers
from bot.core.calendars import CALENDAR_RULES, Calendars
from bot.core.findings import (
    Against,
    Ask,
    Assignment,
    DistinctReason,
    MeetingReason,
    Need,
    Offer,
    Option,
    PersonReason,
    Reason,
    Rejected,
    RoleReason,
    Seat,
    Unfilled,
    Verdict,
    WindowReason,
)  # fmt: skip
from bot.core.roles import Standing
from bot.core.rules import INTERPRETER, MEETING_RULES, PERSON_RULES
from bot.core.seating import alike_within, leave, seats_at
from bot.core.span import instant, local_date, zone
from bot.core.starts import bits, lowest, parted, runs
from bot.core.study import DELEGATE, NEED, Candidate, Problem, Study
from bot.core.window import closing_bounds, opening_bounds


def offers(study: Study) -> Iterator[Offer]:
    """The feasible starts worth showing side by side, from the best."""
    for k, price in spread(study, study.ranked_feasible(), study.problem.kind.offer_count):
        yield _offer(study, k, price)


def spread(study: Study, ranked: Iterable[tuple[int, int]], most: int) -> Iterator[tuple[int, int]]:
    """Walk starts, given by price from the best; take what overlaps nothing taken and whose local date has room."""
    kind, zone_name = study.problem.kind, study.problem.policy.time_zone
    open_to, taken = study.starts.every, dict[object, int]()
    left = most
    for price, starts in ranked:
        while left and (here := starts & open_to):
            k = lowest(here)
            yield k, price
            left -= 1
            begin = study.starts.times[k]
            open_to ^= open_to & study.starts.meeting([(begin, begin + study.starts.length)])
            date = instant(begin).astimezone(zone(zone_name)).date()
            taken[date] = taken.get(date, 0) + 1
            if taken[date] >= kind.offers_per_day:
                reach = (study.starts.opens, study.starts.latest + 1)
                open_to ^= open_to & study.starts.beginning(local_date(zone_name, date, *reach))


def _offer(study: Study, k: int, price: int) -> Offer:
    start, end = span_of(study, k)
    assignment = assignment_at(study, k)
    assert assignment is not None, "a feasible start seats everybody"
    return Offer(start, end, price // DELEGATE, price % DELEGATE, assignment)


def options(study: Study, places: Sequence[int]) -> Iterator[Option]:
    """These starts as options; where the same people can sit at the same price, who sits is worked out once."""
    within, known = 0, dict[int, Option]()
    for k in places:
        within |= 1 << k
    for alike in alike_within(study, within):
        seats = _seated(study, lowest(alike))
        assignment, needed = assignment_of(study, seats), list(_leave(study, seats, alike))
        # At one price people break one rule here, another there.
        for same in parted(alike, [starts for _, starts in needed]):
            needs = tuple([need for need, starts in needed if starts & same])
            for k in bits(same):
                known[k] = Option(*span_of(study, k), needs, assignment)
    return (known[k] for k in places)


def option_at(study: Study, k: int) -> Option:
    """An option with all that it needs. The start must be one of `study.options`."""
    seats = _seated(study, k)
    return Option(*span_of(study, k), tuple(needs_of(study, k, seats)), assignment_of(study, seats))


def _seated(study: Study, k: int) -> Sequence[Standing]:
    seats = seats_at(study, k, NEED << 16)
    assert seats is not None, "an option seats everybody"
    return seats


def asks(study: Study, places: Sequence[int]) -> Iterator[Ask]:
    """These starts as asks; those at which the same people can do the same are worked out once."""
    within, known = 0, dict[int, Ask]()
    for k in places:
        within |= 1 << k
    for alike in alike_within(study, within, freed_masks(study, within)):
        row, seats = _asked(study, lowest(alike))
        asked, assignment = seats[row], assignment_of(study, seats)
        for k in bits(alike):
            rules = tuple([rule for rule in study.rules_at(row, asked, k) if rule in CALENDAR_RULES])
            known[k] = Ask(*span_of(study, k), asked.person, study.roles[row], rules, assignment)
    return (known[k] for k in places)


def ask_at(study: Study, k: int) -> Ask:
    """Whose calendar alone stands against it. The start must be one of `asks_of`."""
    return next(asks(study, (k,)))


def _asked(study: Study, k: int) -> tuple[int, Sequence[Standing]]:
    """The role of whoever must be asked, and who would sit; of several people the first by role, then by place in it."""
    best: tuple[tuple[int, int], Sequence[Standing]] | None = None
    for who in savers(study, k):
        seats = seats_at(study, k, NEED, who)
        if seats is None:
            continue
        row = next(row for row, seat in enumerate(seats) if seat.person == who)
        key = (row, [each.person for each in study.chairs[row].cast_at(1 << k)].index(who))
        if best is None or key < best[0]:
            best = (key, seats)
    assert best is not None, "an ask names somebody"
    return best[0][0], best[1]


def verdict(study: Study, k: int, place: Literal["start", "off_grid"], asks: int) -> Verdict:
    """All that is to be said of the k-th start, where these are the starts for which somebody could be asked."""
    start, end = span_of(study, k)
    return Verdict(
        start,
        end,
        place,
        reasons_at(study, k),
        assignment_at(study, k) if study.feasible >> k & 1 else None,
        option_at(study, k) if study.options >> k & 1 else None,
        ask_at(study, k) if asks >> k & 1 else None,
    )


def reasons_at(study: Study, k: int) -> tuple[Reason, ...]:
    """Why the k-th start does not fit, in full; empty when it does."""
    return tuple(reason for slot in study.reasons(1 << k) for reason, starts in slot.items() if starts)


def against(study: Study) -> Iterator[Against]:
    """What stands against starts, thing by thing, in the order of reasons, with all its ranges; nobody is named."""
    for each in study.obstacles:
        if study.binds(each.rule):
            yield Against(MeetingReason(each.rule, each.name), study.starts.ranges(each.mask))
    for role, mask in zip(study.roles, study.unfilled, strict=True):
        if mask:
            yield Against(Unfilled(role), study.starts.ranges(mask))
    for reason, mask in study.distinct_reasons(study.indistinct).items():
        yield Against(reason, study.starts.ranges(mask))


def rejected(study: Study) -> Iterator[Rejected]:
    """Every start that does not fit, in runs of starts one grid step apart with equal reasons."""
    edges: dict[int, list[tuple[int, Reason | None]]] = {
        edge: [] for edge in (study.starts.first, *study.starts.gaps())
    }
    wrong = study.starts.every & ~study.feasible
    for slot, found in enumerate(study.reasons(wrong)):
        for reason, starts in found.items():
            for begin, end in runs(starts):
                edges.setdefault(begin, []).append((slot, reason))
                # What ends is written before what begins there.
                edges.setdefault(end, []).insert(0, (slot, None))
    standing: dict[int, Reason] = {}
    gaps, times = study.starts.gaps(), study.starts.times
    first, equal = study.starts.first, tuple[Reason, ...]()
    for place in sorted(edges):
        for slot, change in edges[place]:
            if change is None:
                del standing[slot]
            else:
                standing[slot] = change
        reasons = tuple(standing[slot] for slot in sorted(standing))
        # One entry of a name may take over from another: nothing changes for the reader.
        if reasons == equal and place not in gaps:
            continue
        if equal:
            yield Rejected(instant(times[first]), instant(times[place - 1]), equal)
        first, equal = place, reasons
    if equal:
        yield Rejected(instant(times[first]), instant(study.starts.latest), equal)


def warnings(problem: Problem) -> Iterator[MeetingReason]:
    """What of the release calendar meets the record's own cutover: by rule, then in file order, each once."""
    record = problem.record
    if record.cutover is None:
        return
    met = dict.fromkeys(
        MeetingReason(entry.type, entry.name)
        for entry in problem.entries
        if entry.binds_record("cutovers", record.services) and entry.meets(problem.policy.time_zone, record.cutover)
    )
    for rule in MEETING_RULES:
        yield from (reason for reason in met if reason.rule == rule)


def assignment_at(study: Study, k: int) -> Assignment | None:
    """Who sits where at the k-th start, with nobody's leave; None when that cannot be."""
    seats = seats_at(study, k, NEED)
    return None if seats is None else assignment_of(study, seats)


def bounds_broken(problem: Problem, start: datetime, ignore_notice: bool) -> Iterator[WindowReason]:
    """Every bound of the window that a meeting from `start` would cross."""
    record, kind, now = problem.record, problem.kind, problem.now
    if start < now:  # a start at this very instant is one, where the policy asks for no notice
        yield WindowReason("now", now)
    for bound, name in opening_bounds(record, kind, now):
        if start < bound and not (ignore_notice and name == "notice"):
            yield WindowReason(name, bound)
    for bound, name in closing_bounds(record, kind, now):
        if start + kind.duration > bound:
            yield WindowReason(name, bound, ends=True)


def meeting_reasons(study: Study, k: int) -> Iterator[MeetingReason]:
    """The rules of the meeting, of strength never or exception, that the k-th start breaks."""
    here = 1 << k
    for each in study.obstacles:
        if each.mask & here and study.binds(each.rule):
            yield MeetingReason(each.rule, each.name)


def seats_broken(study: Study, assignment: Mapping[str, str]) -> Iterator[Reason]:
    """What stands against these people in these roles at the first start: rules, authority, eligibility, sitting twice."""
    for role, candidates in zip(study.roles, study.candidates(0), strict=True):
        if role not in assignment:
            yield RoleReason(role, ())
            continue
        who = assignment[role]
        known = next((each for each in candidates if each.standing.person == who), None)
        rules = _stranger_rules(study, role, who) if known is None else _known_rules(study, known)
        if rules:
            yield RoleReason(role, (PersonReason(who, rules),))
    for who in dict.fromkeys(assignment.values()):
        roles = tuple(role for role in study.roles if assignment.get(role) == who)
        if len(roles) > 1:
            yield DistinctReason(roles)


def _known_rules(study: Study, candidate: Candidate) -> tuple[str, ...]:
    rules = [rule for rule in candidate.rules if study.binds(rule)]
    return (*rules, *(() if candidate.standing.confirmed else ("unconfirmed",)))


def _stranger_rules(study: Study, role: str, who: str) -> tuple[str, ...]:
    """Somebody who does not stand in the role (any more): that, and what else is known of them."""
    problem = study.problem
    person = problem.people.people.get(who)
    if person is None:
        return ("not_eligible",)
    broken = dict(Calendars(problem.policy, study.starts, problem.availability).of(person).masks)
    language = problem.record.language
    if role == INTERPRETER and language is not None and not person.speaks(language):
        broken["language"] = study.starts.every
    named = problem.record.roles.get(role)
    gone = "not_on_call" if named and named.rota else "not_eligible"
    return (*(rule for rule in PERSON_RULES if rule in broken and study.binds(rule)), gone)


def assignment_of(study: Study, seats: Sequence[Standing]) -> Assignment:
    """Who sits where, given who sits in each role, in its order."""
    return {role: _seat(each.person, each.stands_as) for role, each in zip(study.roles, seats, strict=True)}


_seat = lru_cache(maxsize=4096)(Seat)  # offers, options and asks seat the same people again and again


def needs_of(study: Study, k: int, seats: Sequence[Standing]) -> Iterator[Need]:
    """Whose leave it takes: the meeting's rules, each once; people's rules by role; substitutions by role."""
    return (need for need, _ in _leave(study, seats, 1 << k))


def _leave(study: Study, seats: Sequence[Standing], within: int) -> Iterator[tuple[Need, int]]:
    """All leave that it takes somewhere in `within` to meet with these people, in order, each with the starts."""
    kind = study.problem.kind
    for rule, starts, row in leave(study, seats, within):
        whose = () if row is None else (study.roles[row], seats[row].person)
        yield Need(rule, kind.approvers_of(rule), *whose), starts
    for role, standing in zip(study.roles, seats, strict=True):
        if not standing.confirmed:
            yield Need("substitution", kind.substitutes_approved_by or (), role, standing.person), within


def span_of(study: Study, k: int) -> tuple[datetime, datetime]:
    """From when to when the meeting of the k-th start would last."""
    start = instant(study.starts.times[k])
    return start, start + timedelta(0, study.starts.length)
