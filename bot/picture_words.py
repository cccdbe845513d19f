"""What the picture says in words: its title, its legend, and the sentences for who cannot see it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from bot.core.explanation import bound_words
from bot.core.search import Found
from bot.core.span import zone
from bot.picture_layout import HOUR, Band, Layout, Piece, State, clock

LONGEST_ALT = 1000
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def weekday(day: date) -> str:
    return _DAYS[day.weekday()]


def short(day: date) -> str:
    """`24 Nov`."""
    return f"{day.day} {_MONTHS[day.month - 1]}"


def day_words(day: date) -> str:
    return f"{weekday(day)} {short(day)}"


def dates(days: Sequence[date]) -> str:
    """`30 Nov – 4 Dec`."""
    return short(days[0]) if len(days) == 1 else f"{short(days[0])} – {short(days[-1])}"


def title(found: Found) -> str:
    return f"{found.problem.record.id} · {found.problem.kind.title}"


def period(days: Sequence[date]) -> str:
    """`Tue 24 Nov – Fri 4 Dec 2026`; each year where there are two."""
    first, last = days[0], days[-1]
    if first == last:
        return f"{day_words(first)} {first.year}"
    year = "" if first.year == last.year else f" {first.year}"
    return f"{day_words(first)}{year} – {day_words(last)} {last.year}"


def length(span: timedelta) -> str:
    minutes = int(span.total_seconds()) // 60
    hours, rest = divmod(minutes, 60)
    return " ".join(part for part in (f"{hours} h" if hours else "", f"{rest} min" if rest else "") if part)


def instant(found: Found, moment: datetime) -> str:
    """`Tue 24 Nov 10:00`, in the organisation's zone."""
    here = moment.astimezone(zone(found.problem.policy.time_zone))
    return f"{day_words(here.date())} {here:%H:%M}"


def window(found: Found) -> tuple[str, str]:
    """When it opens and when it closes, and what decides that."""
    bounds = found.window
    assert bounds is not None
    opens, closes = instant(found, bounds.opens), instant(found, bounds.closes)
    return f"Opens {opens}: {bound_words(bounds.opens_by)}", f"Closes {closes}: {bound_words(bounds.closes_by)}"


def facts(found: Found, told: Layout) -> str:
    """What is above the picture in small letters."""
    return f"{length(found.problem.kind.duration)} · {period(told.days)} · times in {told.zone}"


_ROLE: dict[State, str] = {
    "free": "at least one person free", "busy": "busy", "outside": "outside working hours", "protected": "protected time",
    "unknown": "not known", "absent": "nobody there",
}  # fmt: skip


def legend(state: State, told: Layout) -> str:
    return f"{_ROLE[state]} or roster" if state == "outside" and told.rosters else _ROLE[state]


def clocks_changed(told: Layout) -> set[date]:
    """The days on which the zone's clocks are changed."""
    here, changed = zone(told.zone), set()
    for day in told.days:
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=here)
        before = noon - timedelta(days=1) if day > date.min + timedelta(days=1) else noon
        if noon.utcoffset() != before.utcoffset():
            changed.add(day)
    return changed


def notes(found: Found, told: Layout) -> list[str]:
    """What a reader should know of what is not drawn."""
    said = []
    first, last = told.hours
    if any(piece.begin < first * HOUR or piece.end > last * HOUR for piece in told.window):
        said.append(f"Shown from {first:02d}:00 to {last:02d}:00: at other hours few of the roles work.")
    if told.idle:
        said.append(f"{_days(told.idle)} on which hardly anybody works {'is' if told.idle == 1 else 'are'} left out.")
    if told.left_out:
        said.append(f"{_days(told.left_out)} more {'does' if told.left_out == 1 else 'do'} not fit into the picture.")
    if clocks_changed(told):
        said.append("* On this day the clocks change.")
    return said


def _days(count: int) -> str:
    return f"{count} day{'' if count == 1 else 's'}"


def result(found: Found) -> str:
    counts = found.counts
    match found.outcome:
        case "viable":
            return f"{counts.feasible} of {counts.starts} starts {'fits' if counts.feasible == 1 else 'fit'} everybody"
        case "needs_exception":
            return f"none of {counts.starts} starts fits without somebody’s leave"
        case _:
            return f"none of {counts.starts} starts fits"


def alt(found: Found, told: Layout) -> str:
    """The picture in sentences, for who does not see it: what Slack takes as alternative text."""
    said = [
        f"Free and busy times for {title(found)}, by role and day, {period(told.days)}, times in {told.zone}.",
        f"{_capital(result(found))}.",
        f"The window {'; it '.join(_small(line) for line in window(found))}.",
        *_marked(told),
        *_bands(told),
        *_rows(told),
    ]
    return cut(" ".join(said), LONGEST_ALT)


def _marked(told: Layout) -> list[str]:
    times = [f"{each.label} {_time(each.pieces)}" for each in told.marked if each.pieces]
    if not times:
        return []
    return [
        f"{'Offers' if told.marked[0].label.isdigit() else 'With leave, or if somebody moves what they have'}: {'; '.join(times)}."
    ]


def _time(pieces: Sequence[Piece]) -> str:
    return f"{day_words(pieces[0].day)} {clock(pieces[0].begin)}–{clock(pieces[-1].end)}"


def _bands(told: Layout) -> list[str]:
    seen = [f"{cut(band.words, 60)} ({_when(band)})" for band in told.bands if band.pieces]
    more = f" and {len(seen) - 4} more" if len(seen) > 4 else ""
    return [f"In the way: {'; '.join(seen[:4])}{more}."] if seen else []


def _when(band: Band) -> str:
    days = sorted({piece.day for piece in band.pieces})
    return " – ".join(day_words(day) for day in dict.fromkeys((days[0], days[-1])))


def _rows(told: Layout) -> list[str]:
    roles = [row for row in told.rows if not row.person]
    free = [f"{row.label} {_hours(row.states.get('free', ()))}" for row in roles]
    unknown = [row.label for row in roles if row.states.get("unknown")]
    said = [f"Hours free within the window: {', '.join(free)}."]
    return said + ([f"Not known for a part: {', '.join(unknown)}."] if unknown else [])


def _hours(pieces: Iterable[Piece]) -> str:
    hours = sum(piece.end - piece.begin for piece in pieces) / HOUR
    return f"{hours:.1f}".removesuffix(".0")


def cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def _small(text: str) -> str:
    return text[:1].lower() + text[1:]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
