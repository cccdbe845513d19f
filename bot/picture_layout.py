"""What a picture of a search shows, before anything is drawn: rows, days, bands, the window and the offers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from math import gcd
from typing import Literal, NamedTuple

from bot.core.explanation import rule_words
from bot.core.findings import Ask, Option
from bot.core.roles import Standing
from bot.core.search import Found
from bot.core.span import DAY, Stretch, ceil_second, floor_second, merged, offsets
from bot.core.starts import Starts, lowest, runs
from bot.core.study import Chair, Study
from bot.core.words import role_words

State = Literal["free", "protected", "unknown", "busy", "absent", "outside"]
NEAREST: tuple[State, ...] = ("free", "protected", "unknown", "busy", "absent", "outside")
"""From what lets a role sit to what is farthest from it: a role is shown as its nearest person."""

# What is said of a person whom several rules keep away: the first of these.
_FIRST: tuple[tuple[State, frozenset[str]], ...] = (
    ("outside", frozenset({"working_hours", "roster"})),
    ("absent", frozenset({"off_call", "language"})),
    ("busy", frozenset({"busy"})),
    ("unknown", frozenset({"unknown"})),
    ("protected", frozenset({"protected"})),
)
_QUARTER = 15 * 60
_EPOCH_DAY = date(1970, 1, 1).toordinal()
HOUR = 3600
MOST_COLUMNS = 6
FEW = 5  # a day of fewer hours would be no day: then all hours at which anybody works are shown
WHOLE = 10 * HOUR
MOST_MARKED = 20  # as many offers as the message ever shows
OPTIONS, ASKS = 5, 4  # as many as the message shows
ROOM = 200  # so many rows in all panels together: beyond, the picture would be too tall to open on a phone


class Piece(NamedTuple):
    """A stretch of one local day, in seconds after its midnight by the clock on the wall."""

    day: date
    begin: int
    end: int


@dataclass(frozen=True)
class Row:
    """One role, or (`person`) one person in it, with what is so when."""

    label: str
    person: bool
    states: Mapping[State, tuple[Piece, ...]]


@dataclass(frozen=True)
class Band:
    """A freeze, a blackout, a booked slot or the hours without coverage. `binding`: no meeting may meet it."""

    words: str
    binding: bool
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Marked:
    """An offer by its number; where there is none, an option or an ask by its letter: as the message calls them."""

    label: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Layout:
    """`panels` are the days drawn side by side; `hours` the first and the last hour that every day shows; `left_out` how
    many days of the window are not drawn, of them `idle` because nobody works then; `rosters`: somebody sits by one."""

    zone: str
    panels: tuple[tuple[date, ...], ...]
    hours: tuple[int, int]
    rows: tuple[Row, ...]
    bands: tuple[Band, ...]
    fits: tuple[Piece, ...]
    marked: tuple[Marked, ...]
    window: tuple[Piece, ...]
    opens: Piece
    closes: Piece
    idle: int
    left_out: int
    rosters: bool

    @property
    def days(self) -> tuple[date, ...]:
        return tuple(day for panel in self.panels for day in panel)

    def letter_of(self, band: Band) -> str:
        """a, b, … z, aa, ab, …, in the order of the bands."""
        return letters(self.bands.index(band)).lower()


def layout(found: Found, names: bool = False) -> Layout | None:
    """None where nothing was searched. Without `names` no person stands in it, by name or by id."""
    if found.study is None or found.window is None:
        return None
    return _Layout(found, found.study, names).whole()


def cells(found: Found) -> Starts:
    """The window in steps so small that every start's meeting is made of whole ones (of a quarter of an hour at most)."""
    assert found.window is not None
    kind, policy = found.problem.kind, found.problem.policy
    step = gcd(int(kind.duration.total_seconds()), int(policy.grid.total_seconds()), _QUARTER)
    first, last = -(-ceil_second(found.window.opens) // step) * step, floor_second(found.window.closes) // step * step
    return Starts(range(first, last, step), step, step)


class _Layout:
    def __init__(self, found: Found, study: Study, names: bool) -> None:
        self.found, self.study, self.names = found, study, names
        self.zone = found.problem.policy.time_zone
        self.steps = Study(found.problem, cells(found))

    def whole(self) -> Layout:
        window = self.found.window
        assert window is not None
        inside = self._pieces([(floor_second(window.opens), ceil_second(window.closes))])
        roles = [self._role(chair) for chair in self.steps.chairs]
        marked, fits = self._marked(), self._fits()
        hours = _hours(roles, marked, inside)
        shown, idle = _worked(roles, [piece for each in marked for piece in each.pieces], inside, hours)
        rows = tuple(self._rows(roles))
        panels, left_out = _panels(shown, {p.day for m in marked for p in m.pieces}, max(2, ROOM // (len(rows) + 4)))
        return Layout(
            zone=self.zone, panels=panels, hours=hours,
            rows=rows, bands=tuple(self._bands()), fits=fits, marked=marked, window=inside,
            opens=inside[0], closes=inside[-1], idle=idle, left_out=left_out,
            rosters=self._rosters(),
        )  # fmt: skip

    def _pieces(self, stretches: Iterable[Stretch]) -> tuple[Piece, ...]:
        return tuple(piece for start, end in stretches for piece in local_pieces(self.zone, start, end))

    def _of(self, mask: int) -> tuple[Piece, ...]:
        times = self.steps.starts.times
        step = self.steps.starts.length
        return self._pieces((times[first], times[past - 1] + step) for first, past in runs(mask))

    # -- rows

    def _rosters(self) -> bool:
        seats = [(chair.role, standing) for chair in self.steps.chairs for standing in chair.standings]
        every = self.steps.starts.every
        return any(self.steps.broken(role, standing).get("roster", 0) & every for role, standing in seats)

    def _role(self, chair: Chair) -> Row:
        """Each step as its nearest person with authority has it; where nobody stands in the role it is empty."""
        near: dict[State, int] = dict.fromkeys(NEAREST, 0)
        for standing, mask in chair.standings.items():
            if standing.confirmed:
                for state, steps in self._person(chair, standing, mask).items():
                    near[state] |= steps
        return self._row(role_words(chair.role), False, near)

    def _person(self, chair: Chair, standing: Standing, mask: int) -> dict[State, int]:
        broken = self.steps.broken(chair.role, standing)
        found: dict[State, int] = {}
        for state, rules in _FIRST:
            hit = 0
            for rule, steps in broken.items():
                if rule in rules and self.steps.binds(rule):
                    hit |= steps
            found[state] = hit & mask
            mask &= ~hit
        found["free"] = mask
        return found

    def _row(self, label: str, person: bool, found: Mapping[State, int]) -> Row:
        left, states = self.steps.starts.every, {}
        for state in NEAREST:
            states[state] = found.get(state, 0) & left
            left &= ~states[state]
        states["absent"] |= left
        return Row(label, person, {state: self._of(mask) for state, mask in states.items() if mask})

    def _rows(self, roles: list[Row]) -> Iterator[Row]:
        for chair, role in zip(self.steps.chairs, roles, strict=True):
            yield role
            people: dict[str, dict[State, int]] = {}
            words: dict[str, str] = {}
            for standing, mask in chair.standings.items() if self.names else ():
                words.setdefault(standing.person, self._name(standing))
                near = people.setdefault(standing.person, {})
                for state, steps in self._person(chair, standing, mask).items():
                    near[state] = near.get(state, 0) | steps
            for person, near in people.items():
                yield self._row(words[person], True, near)

    def _name(self, standing: Standing) -> str:
        name = self.found.problem.people.people[standing.person].name
        if standing.stands_as == "holder":
            return name
        return f"{name} (delegate)" if standing.confirmed else f"{name} (delegate, not confirmed)"

    # -- what lies over all rows

    def _bands(self) -> Iterator[Band]:
        whole: dict[tuple[str, str | None], int] = {}
        for each in self.steps.obstacles:
            whole[each.rule, each.name] = whole.get((each.rule, each.name), 0) | each.mask
        binding = {each.rule: self.steps.binds(each.rule) for each in self.steps.obstacles}
        by_time = sorted(whole.items(), key=lambda each: (lowest(each[1]), each[0][0], each[0][1] or ""))
        for (rule, name), mask in by_time:
            words = f"{rule_words(rule)}: {name}" if name else rule_words(rule)
            yield Band(words, next(b for r, b in binding.items() if r == rule), self._of(mask))

    def _fits(self) -> tuple[Piece, ...]:
        """All that some meeting would fill that fits as it is."""
        times, length = self.study.starts.times, self.study.starts.length
        feasible = (k for first, past in runs(self.study.feasible) for k in range(first, past))
        return self._pieces(merged((times[k], times[k] + length) for k in feasible))

    def _marked(self) -> tuple[Marked, ...]:
        named = [(str(i), each.start, each.end) for i, each in enumerate(self.found.offers[:MOST_MARKED], 1)]
        if not named:
            found = self.found
            helped: list[Option | Ask] = [*found.options_to_show(OPTIONS), *found.asks_to_show(ASKS)]
            named = [(letters(i), each.start, each.end) for i, each in enumerate(helped)]
        return tuple(
            Marked(label, self._pieces([(floor_second(start), ceil_second(end))])) for label, start, end in named
        )


def letters(number: int) -> str:
    """A, B, … Z, AA, AB, …"""
    head, last = divmod(number, 26)
    return (letters(head - 1) if head else "") + chr(ord("A") + last)


def local_pieces(zone_name: str, start: int, end: int) -> Iterator[Piece]:
    """A stretch cut at the midnights of the zone and where its clocks change."""
    for low, high, offset in offsets(zone_name, start, end):
        for midnight in range((low + offset) // DAY * DAY, high + offset, DAY):
            begin, past = max(low + offset - midnight, 0), min(high + offset - midnight, DAY)
            yield Piece(date.fromordinal(_EPOCH_DAY + midnight // DAY), begin, past)


def _worked(
    roles: list[Row], marked: list[Piece], inside: tuple[Piece, ...], hours: tuple[int, int]
) -> tuple[list[date], int]:
    """The days on which somebody works at the hours shown or something is offered, and how many others the window has."""
    days = sorted({piece.day for piece in inside})
    busy = {piece.day for piece in marked}
    working = [p for role in roles for state, pieces in role.states.items() if _works(state) for p in pieces]
    busy |= {p.day for p in working if p.begin < hours[1] * HOUR and p.end > hours[0] * HOUR}
    shown = [day for day in days if day in busy] or days
    return shown, len(days) - len(shown)


def _works(state: State) -> bool:
    return state not in ("outside", "absent")


def _panels(days: list[date], offered: set[date], most: int) -> tuple[tuple[tuple[date, ...], ...], int]:
    """Side by side while that stays readable, else week by week; too many weeks: those with offers, then the first."""
    if len(days) <= MOST_COLUMNS:
        return (tuple(days),), 0
    weeks: dict[date, list[date]] = {}
    for day in days:
        weeks.setdefault(day - timedelta(days=day.weekday()), []).append(day)
    first = sorted(weeks, key=lambda week: (not offered & set(weeks[week]), week))[:most]
    kept = tuple(tuple(weeks[week]) for week in sorted(first))
    return kept, len(days) - sum(map(len, kept))


def _hours(roles: list[Row], marked: tuple[Marked, ...], inside: tuple[Piece, ...]) -> tuple[int, int]:
    """From the first to the last hour in which half of the roles have somebody at work on some day, or one is offered;
    a window of a few hours is shown whole."""
    count: dict[tuple[date, int], int] = {}
    for role in roles:
        pieces = [p for state, found in role.states.items() if _works(state) for p in found]
        for place in {(p.day, hour) for p in pieces for hour in _touched(p)}:
            count[place] = count.get(place, 0) + 1
    hours = {hour for (_, hour), many in count.items() if 2 * many >= len(roles)}
    if not hours or max(hours) - min(hours) < FEW:
        hours = {hour for _, hour in count} or set(range(8, 18))
    hours |= {hour for each in marked for p in each.pieces for hour in _touched(p)}
    if len(inside) == 1 and inside[0].end - inside[0].begin <= WHOLE:
        hours |= set(_touched(inside[0]))
    return min(hours), max(hours) + 1


def _touched(piece: Piece) -> range:
    return range(piece.begin // HOUR, -(-piece.end // HOUR))


def covers(pieces: Iterable[Piece], second: int, zone_name: str) -> bool:
    """Whether an instant (in seconds) lies in one of the pieces."""
    [place] = local_pieces(zone_name, second, second + 1)
    return any(p.day == place.day and p.begin <= place.begin < p.end for p in pieces)


def clock(second: int) -> str:
    return f"{second // HOUR:02d}:{second % HOUR // 60:02d}"
