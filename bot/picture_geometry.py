"""Where on the canvas each day, row and number of the picture lies, in pixels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from bot.picture_layout import HOUR, Layout, Piece

WIDTH = 1080  # on a phone, 390 wide, a letter of 28 is as high as one of 10
MARGIN = 24
LABELS = 300  # the room for what the rows are called, where nobody says otherwise
GAP = 10  # between two days
BADGE = 22  # half of a number's plate
LEVEL = 2 * BADGE + 6


class Box(NamedTuple):
    left: float
    right: float


class Badge(NamedTuple):
    """A number: the middle of its plate, on which level above the rows, and the box of the time it stands for."""

    label: str
    middle: float
    level: int
    box: Box


@dataclass(frozen=True)
class Columns:
    """The days of one panel side by side; every panel has the same scale."""

    days: tuple[date, ...]
    left: float
    width: float
    hours: tuple[int, int]

    def column(self, day: date) -> Box:
        left = self.left + self.days.index(day) * (self.width + GAP)
        return Box(left, left + self.width)

    def box(self, piece: Piece) -> Box | None:
        """What is seen of it; None when that is nothing: another day, or hours that are not shown."""
        if piece.day not in self.days:
            return None
        first, last = self.hours[0] * HOUR, self.hours[1] * HOUR
        begin, end = max(piece.begin, first), min(piece.end, last)
        if begin >= end:
            return None
        left, scale = self.column(piece.day).left, self.width / (last - first)
        return Box(left + (begin - first) * scale, left + (end - first) * scale)

    def at(self, day: date, second: int) -> float | None:
        """The place of an instant of the day, if it is shown."""
        if day not in self.days or not self.hours[0] * HOUR <= second <= self.hours[1] * HOUR:
            return None
        share = (second / HOUR - self.hours[0]) / (self.hours[1] - self.hours[0])
        return self.column(day).left + share * self.width

    @property
    def right(self) -> float:
        return self.column(self.days[-1]).right


def columns(told: Layout, labels: float = LABELS) -> tuple[Columns, ...]:
    left = MARGIN + labels
    most = max(len(panel) for panel in told.panels)
    width = (WIDTH - MARGIN - left - (most - 1) * GAP) / most
    return tuple(Columns(panel, left, width, told.hours) for panel in told.panels)


def badges(told: Layout, panel: Columns) -> tuple[Badge, ...]:
    """Each number above its time and inside its day; where two would touch, the later one stands a level higher. Times
    that overlap (options may, offers never do) share one frame: `A–C`."""
    placed: list[Badge] = []
    for labels, day, box in _together(sorted(_seen(told, panel), key=lambda each: (each[1], each[2].left, each[0]))):
        column, half = panel.column(day), half_width(_joined(labels))
        middle = min(max((box.left + box.right) / 2, column.left + half), column.right - half)
        taken = {e.level for e in placed if abs(e.middle - middle) < half + half_width(e.label) + 2}
        level = next(level for level in range(len(placed) + 1) if level not in taken)
        placed.append(Badge(_joined(labels), middle, level, box))
    return tuple(placed)


def half_width(label: str) -> float:
    """Half of how wide a number's plate is: round for one letter, longer for several."""
    return BADGE + max(0, len(label) - 2) * 8


Seen = tuple[str, date, Box]


def _seen(told: Layout, panel: Columns) -> Iterator[Seen]:
    for each in told.marked:
        for piece in each.pieces:
            box = panel.box(piece)
            if box is not None:
                yield each.label, piece.day, box
                break  # one that runs over midnight is numbered once


def _together(seen: Iterable[Seen]) -> list[tuple[list[str], date, Box]]:
    groups: list[tuple[list[str], date, Box]] = []
    for label, day, box in seen:
        if groups and groups[-1][1] == day and box.left < groups[-1][2].right - 0.01:
            labels, _, before = groups[-1]
            groups[-1] = ([*labels, label], day, Box(before.left, max(before.right, box.right)))
        else:
            groups.append(([label], day, box))
    return groups


def _joined(labels: list[str]) -> str:
    """`A`, `A–C`, `A C`."""
    ordered = sorted(labels)
    follow = all(ord(b[-1]) - ord(a[-1]) == 1 for a, b in pairwise(ordered))
    return f"{ordered[0]}–{ordered[-1]}" if len(ordered) > 2 and follow else " ".join(ordered)
