"""Names and times as a reader needs them: people by name, instants in the reader's own zone, durations in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TypeVar

from bot.core.people import Directory
from bot.core.span import Span
from bot.core.span import zone as zone_of
from bot.core.words import listed, role_words, spoken
from bot.slack.text import safe

T = TypeVar("T")

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


@dataclass(frozen=True)
class Speech:
    """`zone` is the organisation's: where a text cannot follow its reader, times stand in it and say so."""

    people: Directory
    zone: str

    @cached_property
    def _given_names(self) -> Counter[str]:
        return Counter(_given(p.name) for p in self.people.people.values())

    def name(self, person: str) -> str:
        known = self.people.people.get(person)
        return "the bot" if person == "bot" else safe(known.name if known else person, 80)

    def short(self, person: str) -> str:
        """The given name where it tells who is meant; otherwise the whole name."""
        known = self.people.people.get(person)
        if known is None or self._given_names[_given(known.name)] != 1:
            return self.name(person)
        return safe(_given(known.name), 40)

    def names(self, people: tuple[str, ...], last: str = "and", most: int = 12) -> str:
        return _named(people, self.name, last, most)

    def shorts(self, people: tuple[str, ...], last: str = "and", most: int = 12) -> str:
        return _named(people, self.short, last, most)

    def role(self, role: str) -> str:
        return safe(role_words(role), 80)

    @property
    def place(self) -> str:
        """The organisation's zone as people call it: `New York`."""
        return safe(self.zone.rpartition("/")[2].replace("_", " "), 40)

    def _local(self, instant: datetime) -> datetime:
        return instant.astimezone(zone_of(self.zone))

    def clock(self, instant: datetime) -> str:
        """`10:30`, in the organisation's zone; where that comes twice, with the zone's letters."""
        local = self._local(instant)
        twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
        return f"{local:%H:%M} {local.tzname()}" if twice else f"{local:%H:%M}"

    def day(self, instant: datetime) -> str:
        """`Tue 1 Dec`, in the organisation's zone."""
        local = self._local(instant)
        return f"{DAYS[local.weekday()]} {local.day} {MONTHS[local.month - 1]}"

    def bare(self, instant: datetime) -> str:
        """`Tue 1 Dec 10:30`, in the organisation's zone, where a sentence says that zone already."""
        return f"{self.day(instant)} {self.clock(instant)}"

    def plain(self, instant: datetime) -> str:
        """`Tue 1 Dec 10:30 New York`: for places that take no token, such as buttons and headers."""
        return f"{self.bare(instant)} {self.place}"

    def bare_span(self, span: Span) -> str:
        same = self._local(span.start).date() == self._local(span.end).date()
        return f"{self.bare(span.start)} – {self.clock(span.end) if same else self.bare(span.end)}"

    def plain_span(self, span: Span) -> str:
        return f"{self.bare_span(span)} {self.place}"

    def day_and_time(self, instant: datetime) -> str:
        """The instant in the reader's own zone. Who cannot see that gets the organisation's, which says so."""
        return _token(instant, "{date_short_pretty} {time}", self.plain(instant))

    def time(self, instant: datetime) -> str:
        return _token(instant, "{time}", f"{self.clock(instant)} {self.place}")

    def span(self, span: Span) -> str:
        same = self._local(span.start).date() == self._local(span.end).date()
        end = f"{self.clock(span.end) if same else self.bare(span.end)} {self.place}"
        start = _token(span.start, "{date_short_pretty} {time}", self.bare(span.start))
        return f"{start} – {_token(span.end, '{time}', end)}"

    def left(self, until: datetime, now: datetime) -> str:
        """How long until then: a live token, so that it stays true without an update."""
        gone = until <= now
        words = duration(abs(until - now))
        return _token(until, "{ago}", f"{words} ago" if gone else f"in {words}")

    def say(self, words: str) -> str:
        """A sentence of the core, for mrkdwn: its marks spoken, everything else in it harmless."""
        return spoken(safe(words, 2000), self.name, self.day_and_time, self.time)

    def say_by_role(self, words: str, roles: Mapping[str, str]) -> str:
        """The same where others read along: whoever sits in a role is spoken of as that role (`roles`: by person)."""

        def seat(person: str) -> str:
            return f"the {self.role(roles[person])}" if person in roles else self.name(person)

        return spoken(safe(words, 2000), seat, self.day_and_time, self.time)


def _given(name: str) -> str:
    return name.split(" ")[0]


def _token(instant: datetime, shape: str, fallback: str) -> str:
    return f"<!date^{int(instant.timestamp())}^{shape}|{fallback}>"


def enumerated(words: list[str], last: str, most: int) -> str:
    """`a, b and 3 more`."""
    if len(words) <= most:
        return listed(words, last)
    return f"{', '.join(words[:most])} {last} {len(words) - most} more"


def _named(people: tuple[str, ...], name: Callable[[str], str], last: str, most: int) -> str:
    """The same for people: nobody is named who is not shown."""
    if len(people) <= most:
        return listed([name(p) for p in people], last)
    return f"{', '.join(name(p) for p in people[:most])} {last} {len(people) - most} more"


def some(words: list[str], separator: str, most: int) -> str:
    """The first of a long list, and how many more there are."""
    more = [f"{len(words) - most} more"] if len(words) > most else []
    return separator.join([*words[:most], *more])


def first_of(items: Sequence[T], say: Callable[[T], str], separator: str, most: int) -> str:
    """The same for what still has to be said: nothing is put into words that is not shown."""
    more = [f"{len(items) - most} more"] if len(items) > most else []
    return separator.join([*map(say, items[:most]), *more])


def number(count: int) -> str:
    """Small numbers are words: `five`."""
    return _NUMBERS[count] if 0 <= count < len(_NUMBERS) else str(count)


def counted(count: int, one: str, many: str | None = None) -> str:
    """`one calendar`, `five calendars`."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def duration(length: timedelta) -> str:
    """`3 s`, `45 min`, `3 h 58 min`, `46 h`, `5 days 3 h`."""
    seconds = int(length.total_seconds())
    if seconds < 60:
        return f"{seconds} s"
    minutes = seconds // 60
    if minutes >= 24 * 60:
        minutes = (minutes + 30) // 60 * 60
    hours, minutes = divmod(minutes, 60)
    if hours < 96:
        return " ".join(part for part in (f"{hours} h" if hours else "", f"{minutes} min" if minutes else "") if part)
    days, hours = divmod(hours, 24)
    return f"{days} days {hours} h" if hours else f"{days} days"
