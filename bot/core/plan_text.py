"""A search as `readiness-bot plan` tells it to people: what is so, why, and what they can do about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from bot.core.by_day import Day, Line, told_by_day
from bot.core.explanation import bound_words, clause_by_role, rule_words
from bot.core.findings import Assignment, MeetingReason, Need, Option
from bot.core.search import Found
from bot.core.span import zone
from bot.core.words import listed, role_words, spoken

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_FACTS: Mapping[str, str] = {
    "cutover": "when the cutover is",
    "rollback_checkpoint": "when the rollback checkpoint is",
    "evidence_cutoff": "when evidence for the review closes",
    "evidence": "which evidence the review rests on",
    "services": "which services it concerns",
    "customer": "which customer it serves",
    "language": "which language is spoken",
    "deadline": "by when the meeting must have been held",
    "url": "where it can be read",
}


def plan_text(found: Found) -> str:
    """The plan in words, times in the policy's zone, one newline at the end."""
    return "\n".join(_Telling(found).lines()) + "\n"


class _Telling:
    def __init__(self, found: Found) -> None:
        self.found = found
        self.zone = zone(found.problem.policy.time_zone)
        self.people = found.problem.people.people

    def lines(self) -> Iterator[str]:
        record, kind = self.found.problem.record, self.found.problem.kind
        yield f"{kind.title} · {record.id} {record.title}"
        if self.found.outcome == "incomplete":
            yield from self.incomplete()
            return
        yield from self.window()
        yield from self.roles()
        yield ""
        yield from self.outcome()
        for part in (self.offers, self.blocking, self.options, self.asks, self.rejected, self.warnings):
            lines = list(part())
            if lines:
                yield ""
                yield from lines

    # -- what is missing -------------------------------------------------------------------------------------------

    def incomplete(self) -> Iterator[str]:
        record, kind = self.found.problem.record, self.found.problem.kind
        for fact in self.found.missing_facts:
            if fact == "state":
                yield (
                    f"{record.id} is {record.state!r}, and a {kind.title} asks for {listed(list(kind.states or ()), 'or')}. "
                    "Nothing was searched. Move it on, then run this again."
                )
            elif fact == "touches":
                yield self._untouched()
            else:
                what = _FACTS.get(fact, f"its {role_words(fact)}")
                yield (
                    f"{record.id} does not say {what}, and no time can be judged without it. "
                    f"Add *{fact}* to the record, then run this again."
                )
        for role in self.found.missing_roles:
            yield self._unnamed(role)

    def _untouched(self) -> str:
        record, demands = self.found.problem.record, self.found.problem.kind.roles
        words = dict.fromkeys(word for demand in demands.values() for word in demand.when_touches or ())
        roles = [role_words(role) for role, demand in demands.items() if demand.when_touches is not None]
        return (
            f"{record.id} does not say whether it touches {listed(list(words), 'or')}, and that decides if a "
            f"{listed(roles)} must sit. Add *touches* to the record (an empty list is an answer), then run this again."
        )

    def _unnamed(self, role: str) -> str:
        record, people = self.found.problem.record, self.found.problem.people
        named = record.roles.get(role)
        if named is not None and named.rota is not None and named.rota not in people.rotas:
            return (
                f"{record.id} names the rota {named.rota} as {role_words(role)}, and people.yaml has no such rota. "
                "Correct one of the two, then run this again."
            )
        strangers = [who for who in (named.people if named else ()) if who not in people.people]
        if strangers:
            return (
                f"{record.id} names {listed(strangers)} as {role_words(role)}, whom people.yaml does not know. "
                "Correct one of the two, then run this again."
            )
        return (
            f"{record.id} names nobody as {role_words(role)}, and none is left out. "
            f"Add *{role}* to the record's roles, then run this again."
        )

    # -- what was looked at ----------------------------------------------------------------------------------------

    def window(self) -> Iterator[str]:
        window = self.found.window
        if window is not None:
            yield (
                f"Between {self.when(window.opens)} ({bound_words(window.opens_by)}) "
                f"and {self.when(window.closes)} ({bound_words(window.closes_by)}), {self.zone.key} time"
            )

    def roles(self) -> Iterator[str]:
        for role, cast in self.found.roles.items():
            people = [f"{self.name(each.person)}{self._standing(each.stands_as, each.confirmed)}" for each in cast]
            yield f"  {role_words(role)}: {listed(people, 'or') or 'nobody is on call in this window'}"

    def _standing(self, stands_as: str, confirmed: bool) -> str:
        if stands_as == "holder":
            return ""
        return " (delegate)" if confirmed else " (delegate, authority not confirmed)"

    def outcome(self) -> Iterator[str]:
        counts, kind = self.found.counts, self.found.problem.kind
        minutes = int(kind.duration / timedelta(minutes=1))
        starts = f"{counts.starts} start{'s' if counts.starts != 1 else ''}"
        match self.found.outcome:
            case "viable":
                yield f"{counts.feasible} of {starts} fit{'s' if counts.feasible == 1 else ''} everybody."
            case "no_window":
                yield f"There is no room for a meeting of {minutes} minutes between these two. Nothing was searched."
            case "needs_exception":
                yield f"None of {starts} fits everybody as things are; {counts.options} would do with somebody's agreement."
            case _:
                yield f"None of {starts} fits everybody, and nobody's agreement alone would change that."

    # -- what was found --------------------------------------------------------------------------------------------

    def offers(self) -> Iterator[str]:
        for number, offer in enumerate(self.found.offers, 1):
            yield f"{number} · {self.slot(offer.start, offer.end)}  {self._who(offer.assignment)}{self._worth(offer.preferences_broken)}"

    def _who(self, assignment: Assignment) -> str:
        stand_ins = [
            f"{self.name(seat.person)} sits in as {role_words(role)}"
            for role, seat in assignment.items()
            if seat.stands_as == "delegate"
        ]
        names = [self.name(seat.person) for seat in assignment.values()]
        return f"{listed(names)}{'; ' + listed(stand_ins) if stand_ins else ''}"

    def _worth(self, broken: int) -> str:
        return f"; goes against {broken} preference{'s' if broken != 1 else ''}" if broken else ""

    def options(self) -> Iterator[str]:
        if self.found.options:
            yield self._heading("With somebody's agreement", self.found.counts.options, len(self.found.options))
        for option in self.found.options:
            yield f"  {self.slot(option.start, option.end)}  {self._needs(option)}"

    def _needs(self, option: Option) -> str:
        return "; ".join(f"{self._need(need)} ({self._deciders(need)})" for need in option.needs)

    def _need(self, need: Need) -> str:
        if need.role is None or need.person is None:
            return rule_words(need.rule)
        name, role = self.name(need.person), role_words(need.role)
        if need.rule == "substitution":
            return f"{name} sits in as {role} without confirmed authority"
        return f"{name} ({role}): {rule_words(need.rule)}"

    def _deciders(self, need: Need) -> str:
        names = [approver.replace("_", " ") for approver in need.approvers]
        return f"{listed(names, 'or')} decide{'s' if len(names) == 1 else ''}"

    def asks(self) -> Iterator[str]:
        if self.found.asks:
            yield self._heading("Only one calendar stands against it", self.found.counts.asks, len(self.found.asks))
        for ask in self.found.asks:
            why = listed([rule_words(rule) for rule in ask.rules])
            yield f"  {self.slot(ask.start, ask.end)}  ask {self.name(ask.person)} ({role_words(ask.role)}): {why}"

    def _heading(self, words: str, all_of_them: int, shown: int) -> str:
        return f"{words}:" if all_of_them == shown else f"{words} (the first {shown} of {all_of_them}):"

    def blocking(self) -> Iterator[str]:
        """The few facts that leave no start; `plan` reads it before the options."""
        facts = self.found.blocking
        if facts:
            together = (
                "This rules everything out" if len(facts) == 1 else f"These {len(facts)} together rule everything out"
            )
            yield f"{together}; without {'it' if len(facts) == 1 else 'any one of them'} there is room:"
        for each in facts:
            words = self.say(clause_by_role(each.fact, self.found.roles))
            yield f"  {words} ({each.starts} of {self.found.counts.starts} starts)"

    def rejected(self) -> Iterator[str]:
        told = told_by_day(self.found)
        if told.days:
            yield "Why the other times do not fit (from the first start to the last):"
        for day in told.days:
            yield f"  {self._days(day)}"
            yield from (f"    {self._line(line)}" for line in day.lines)
        if told.hours:
            other = "Every other start that does not fit" if told.days else "Every start that does not fit"
            yield f"  {other} lies outside the working hours of somebody who must come."

    def _days(self, day: Day) -> str:
        first = f"{_DAYS[day.first.weekday()]} {day.first.day} {_MONTHS[day.first.month - 1]}"
        if day.last != day.first:
            return f"{first} to {_DAYS[day.last.weekday()]} {day.last.day} {_MONTHS[day.last.month - 1]}"
        return (
            f"{first} ({day.fits} start{'s' if day.fits != 1 else ''} fit{'s' if day.fits == 1 else ''})"
            if day.fits
            else first
        )

    def _line(self, line: Line) -> str:
        spans = [
            self.clock(first) if first == last else f"{self.clock(first)} to {self.clock(last)}"
            for first, last in line.stretches
        ]
        return f"{listed(spans) or 'all day'}: {self.say(line.words)}"

    def warnings(self) -> Iterator[str]:
        for warning in self.found.warnings:
            yield f"Careful: the cutover itself meets a {self._named(warning)}."

    def _named(self, reason: MeetingReason) -> str:
        return f"{rule_words(reason.rule)} ({reason.name})" if reason.name else rule_words(reason.rule)

    # -- names and times -------------------------------------------------------------------------------------------

    def name(self, person: str) -> str:
        return self.people[person].name if person in self.people else person

    def say(self, text: str) -> str:
        return spoken(text, self.name, self.when, self.clock)

    def when(self, instant: datetime) -> str:
        local = instant.astimezone(self.zone)
        return f"{_DAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]} {self.clock(instant)}"

    def clock(self, instant: datetime) -> str:
        return instant.astimezone(self.zone).strftime("%H:%M")

    def slot(self, start: datetime, end: datetime) -> str:
        return f"{self.when(start)} – {self.clock(end)}"
