"""Each search for the audit: what it read, by digest, what it found, and every start that it ruled out, with why."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from hashlib import sha256

from pydantic import BaseModel

from bot.core import facts as f
from bot.core.audit import CalendarSeen, Entry, Inputs, OnCall, Papers, Range, RuledOutDay, SearchAudit
from bot.core.explanation import HOURS, by_name, by_role
from bot.core.findings import Reason, Rejected, RoleReason
from bot.core.inputs import problem_from
from bot.core.people import Frozen
from bot.core.search import Found, Problem, search
from bot.core.sources import Sources, sources_from
from bot.core.span import zone
from bot.core.words import listed, role_words

_OUTCOMES: Mapping[str, str] = {
    "needs_exception": "None of {starts} starts fits within policy; some would do if people agree.",
    "none": "None of {starts} starts fits, and no agreement would make one fit.",
    "no_window": "No window is left in which the meeting could lie.",
}


def problem_kept(papers: Papers, digest: str | None) -> Problem | None:
    """The inputs of a search again; None where they were not kept, or were kept in a form that is not read any more."""
    kept = papers.documents.get(digest or "")
    if kept is None:
        return None
    try:
        return problem_from(kept)
    except ValueError:
        return None


def searches_of(papers: Papers, names: bool) -> tuple[SearchAudit, ...]:
    return tuple(_searches(papers, names))


def _searches(papers: Papers, names: bool) -> Iterable[SearchAudit]:
    begun: tuple[Entry, f.SearchStarted] | None = None
    policy = ""  # a search of an older version did not tell it: it was the one that the review was asked under
    for entry in papers.entries:
        match entry.fact:
            case f.Requested():
                policy = entry.fact.policy
            case f.SearchStarted():
                if begun is not None:
                    yield _running(*begun)
                begun = (entry, entry.fact)
            case f.Searched() if begun is not None:
                yield _finished(_running(*begun), entry, _under(policy, entry.fact), papers, names)
                begun = None
            case f.SearchStopped() if begun is not None:
                ended = {"ended_at": entry.at, "outcome": "stopped", "words": entry.fact.why}
                yield _running(*begun).model_copy(update=ended)
                begun = None
            case _:
                continue
    if begun is not None:
        yield _running(*begun)


def _under(policy: str, fact: f.Searched) -> f.Searched:
    return fact if fact.policy else fact.model_copy(update={"policy": policy})


def _running(entry: Entry, fact: f.SearchStarted) -> SearchAudit:
    return SearchAudit(
        search=fact.search, seq=entry.seq, at=entry.at, by=fact.by, why=fact.why, ended_at=None, outcome="running",
        words="It has not ended.",
    )  # fmt: skip


def _finished(begun: SearchAudit, entry: Entry, fact: f.Searched, papers: Papers, names: bool) -> SearchAudit:
    problem = problem_kept(papers, fact.inputs)
    found = search(problem) if problem else None
    return begun.model_copy(
        update={
            "ended_at": entry.at, "outcome": fact.outcome, "words": outcome_words(fact), "opens": fact.opens,
            "opens_by": fact.opens_by, "closes": fact.closes, "closes_by": fact.closes_by, "starts": fact.starts,
            "feasible": fact.feasible, "offers": tuple(offer.span for offer in fact.offers), "counted": fact.ruled_out,
            "inputs": _inputs(fact, found, papers, names), "ruled_out": days_ruled_out(found, names) if found else (),
        }
    )  # fmt: skip


def outcome_words(fact: f.Searched) -> str:
    if fact.outcome == "viable":
        return f"{fact.feasible} of {fact.starts} starts fit within policy."
    if fact.outcome == "incomplete":
        missing = [role_words(m) for m in (*fact.missing_facts, *fact.missing_roles)]
        return f"The record does not say: {listed(missing)}. What is missing is never assumed."
    return _OUTCOMES[fact.outcome].format(starts=fact.starts)


# What it read


def _inputs(fact: f.Searched, found: Found | None, papers: Papers, names: bool) -> Inputs:
    sources = sources_from(papers.documents.get(fact.sources or ""))
    told = Inputs(
        digest=fact.inputs, kept=found is not None, revision=fact.revision, policy=fact.policy or None,
        files=sources.files if sources else {}, calendars_read=fact.calendars_read, read_at=fact.read_at,
        unreadable=len(fact.unreadable),
    )  # fmt: skip
    return told.model_copy(update=_parts(found, sources, names)) if found else told


def _parts(found: Found, sources: Sources | None, names: bool) -> Mapping[str, object]:
    problem = found.problem
    return {
        "record": content(problem.record), "people": content(problem.people), "release_calendar": content(problem.entries),
        "on_call": tuple(_on_call(problem)), "calendars": tuple(_calendars(found, sources, names)),
    }  # fmt: skip


def content(part: BaseModel | Sequence[BaseModel]) -> str:
    """The digest of one part of the inputs: the same content has the same digest, whatever file it came from."""
    plain = part.model_dump(mode="json") if isinstance(part, BaseModel) else [e.model_dump(mode="json") for e in part]
    return sha256(json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()


def _on_call(problem: Problem) -> Iterable[OnCall]:
    for role, named in problem.record.roles.items():
        rota = problem.people.rotas.get(named.rota or "")
        if rota is not None:
            remote = f"{rota.remote[0]} {rota.remote[1]}" if rota.remote else "the shifts in people.yaml"
            yield OnCall(role=role, rota=rota.id, source=remote)


class _Owner(Frozen):
    person: str
    role: str | None


def _calendars(found: Found, sources: Sources | None, names: bool) -> Iterable[CalendarSeen]:
    """In the order in which they were read; of a search before that was kept, nothing is told."""
    owners = _owners(found)
    for read in sources.calendars if sources else ():
        owner = owners.get((read.provider, read.calendar))
        yield CalendarSeen(
            provider=read.provider, role=owner.role if owner else None, person=owner.person if owner and names else None,
            calendar=read.calendar if names else None, read_at=read.read_at, digest=read.digest,
            unreadable=read.unreadable,
        )  # fmt: skip


def _owners(found: Found) -> Mapping[tuple[str, str], _Owner]:
    roles = {each.person: role for role, cast in reversed(list(found.roles.items())) for each in cast}
    return {
        (ref.provider, ref.id): _Owner(person=person.id, role=roles.get(person.id))
        for person in found.problem.people.people.values() if person.id in found.problem.availability
        for ref in person.calendars
    }  # fmt: skip


# What it ruled out


def days_ruled_out(found: Found, names: bool) -> tuple[RuledOutDay, ...]:
    """Every start that does not fit, in exactly one range of its local day; neighbours of the same words are one."""
    grid, here = found.problem.policy.grid, zone(found.problem.policy.time_zone)
    say = by_name if names else by_role
    days: dict[date, list[Range]] = {}
    for run in found.rejected:
        words = _words(run.reasons, say)
        for piece in _by_day(run, grid, lambda at: at.astimezone(here).date(), words):
            _add(days.setdefault(piece.first.astimezone(here).date(), []), piece, grid)
    return tuple(
        RuledOutDay(day=day, starts=sum(r.starts for r in ranges), ranges=tuple(ranges))
        for day, ranges in sorted(days.items())
    )


def _words(reasons: Sequence[Reason], say: Callable[[Reason], str]) -> tuple[str, ...]:
    """A night is told as that alone: who else is busy then is no news."""
    if any(
        isinstance(r, RoleReason) and r.people and all("working_hours" in p.rules for p in r.people) for r in reasons
    ):
        return (HOURS,)
    return tuple(say(reason) for reason in reasons)


def _by_day(
    run: Rejected, grid: timedelta, day_of: Callable[[datetime], date], words: tuple[str, ...]
) -> Iterable[Range]:
    """The run cut where its starts pass from one local day to the next."""
    first = last = run.first
    while last < run.last:
        following = last + grid
        if day_of(following) != day_of(first):
            yield _range(first, last, grid, words)
            first = following
        last = following
    yield _range(first, last, grid, words)


def _range(first: datetime, last: datetime, grid: timedelta, words: tuple[str, ...]) -> Range:
    return Range(first=first, last=last, starts=round((last - first) / grid) + 1, words=words)


def _add(ranges: list[Range], new: Range, grid: timedelta) -> None:
    before = ranges[-1] if ranges else None
    if before is not None and before.words == new.words and new.first - before.last == grid:
        ranges[-1] = before.model_copy(update={"last": new.last, "starts": before.starts + new.starts})
    else:
        ranges.append(new)
