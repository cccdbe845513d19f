"""Some days of the picture side by side, with everything that belongs to them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil

from bot.picture_geometry import BADGE, LEVEL, MARGIN, WIDTH, Badge, Box, Columns, badges, half_width
from bot.picture_layout import HOUR, NEAREST, Band, Layout, Piece, Row
from bot.picture_palette import GREEN, INK, LINE, PAPER, SOFT
from bot.picture_sheet import ROW, SMALL, TEXT, TINY, Sheet, fitted, width_of, wrapped
from bot.picture_words import clocks_changed, dates, day_words, short, weekday

LANE, FITS = 38, 32
MOST_LANES = 4


def label_room(told: Layout) -> float:
    """As wide as the longest label, within bounds that leave the days room."""
    widest = max((width_of(row.label, *label_font(row)) + indent_of(row) for row in told.rows), default=0) + 14
    most = 410 if max(len(panel) for panel in told.panels) <= 3 else 300
    return min(max(widest, 200), most)


def label_font(row: Row) -> tuple[int, bool]:
    return (SMALL, False) if row.person else (TEXT, False)


def indent_of(row: Row) -> int:
    return 22 if row.person else 0


class Panel:
    """Some days, with everything that belongs to them."""

    def __init__(self, sheet: Sheet, told: Layout, panel: Columns) -> None:
        self.sheet, self.told, self.panel = sheet, told, panel
        self.changed = clocks_changed(told)
        self.forbidden = [box for band in told.bands if band.binding for box in self._boxes(band.pieces)]

    def draw(self) -> None:
        sheet = self.sheet
        self._heads()
        self._bounds_lane()
        for lane in _lanes(self._bands_here()):
            self._lane(lane)
        numbered = badges(self.told, self.panel)
        top = sheet.y
        self._numbers(numbered)
        self._fits()
        for row in self.told.rows:
            self._row(row)
        self._hour_lines(top)
        self._bound_lines(top)
        self._over(numbered, top)

    def _heads(self) -> None:
        sheet, panel = self.sheet, self.panel
        roomy = all(width_of(f"{day_words(day)}*", TEXT, True) <= panel.width for day in panel.days)
        if not roomy:
            sheet.text(MARGIN, sheet.y + 18, fitted(dates(panel.days), TEXT, panel.left - MARGIN - 8), TEXT, bold=True)
        for day in panel.days:
            box = panel.column(day)
            star = "*" if day in self.changed else ""
            words = f"{weekday(day)} {short(day) if roomy else day.day}{star}"
            sheet.text((box.left + box.right) / 2, sheet.y + 18, words, TEXT, bold=True, anchor="mm")
        sheet.y += 38
        for day in panel.days:
            for hour in self._ticks():
                x = panel.at(day, hour * HOUR)
                if x is not None:
                    sheet.text(x, sheet.y + 14, f"{hour:02d}", SMALL, ink=SOFT, anchor="mm")
        sheet.y += 32

    def _ticks(self) -> list[int]:
        """As many hours as can be written beside each other."""
        first, last = self.panel.hours
        scale = self.panel.width / (last - first)
        step = next((step for step in (1, 2, 3, 4, 6, 12) if step * scale >= 46), 12)
        hours = [hour for hour in range(ceil(first / step) * step, last + 1, step) if first < hour < last]
        return hours or [first]

    # -- the window's bounds

    def _bounds_lane(self) -> None:
        told, sheet = self.told, self.sheet
        said = [(told.opens.day, told.opens.begin, "opens", True), (told.closes.day, told.closes.end, "closes", False)]
        here = [(self.panel.at(day, second), word, after) for day, second, word, after in said]
        if all(x is None for x, _, _ in here):
            return
        for x, word, after in here:
            if x is not None:
                words = f"◄ {word}" if not after else f"{word} ►"
                over = (
                    x + width_of(words, SMALL) > WIDTH - MARGIN
                    if after
                    else x - width_of(words, SMALL) < self.panel.left
                )
                sheet.text(x, sheet.y + 16, words, SMALL, anchor="rm" if after == over else "lm")
        sheet.y += 36

    def _bound_lines(self, top: int) -> None:
        told = self.told
        for day, second in ((told.opens.day, told.opens.begin), (told.closes.day, told.closes.end)):
            x = self.panel.at(day, second)
            if x is not None:
                self.sheet.line(x, top, self.sheet.y, INK, 5)

    # -- freezes and the like

    def _bands_here(self) -> list[tuple[Band, list[Box]]]:
        seen = [(band, self._boxes(band.pieces)) for band in self.told.bands]
        return [(band, boxes) for band, boxes in seen if boxes]

    def _boxes(self, pieces: Iterable[Piece]) -> list[Box]:
        return [box for piece in pieces if (box := self.panel.box(piece))]

    def _lane(self, lane: Sequence[tuple[Band, list[Box]]]) -> None:
        sheet = self.sheet
        for band, boxes in lane:
            for box in boxes:
                sheet.fill(box, sheet.y, LANE - 4, "band" if band.binding else "wish")
                self._band_words(band, box)
        sheet.y += LANE

    def _band_words(self, band: Band, box: Box) -> None:
        """Its letter and as much of its name as there is room for."""
        sheet, room = self.sheet, box.right - box.left - 8
        letter = self.told.letter_of(band)
        words = fitted(f"{letter} {band.words}", SMALL, room)
        if len(words) < len(letter) + 6:
            words = letter
        wide = width_of(words, SMALL)
        if wide <= room:
            plate = Box(box.left + 2, box.left + wide + 8)
            sheet.block(plate, sheet.y + 2, sheet.y + LANE - 7, PAPER)
            sheet.text(box.left + 5, sheet.y + LANE / 2 - 2, words, SMALL)

    # -- offers

    def _numbers(self, numbered: tuple[Badge, ...]) -> None:
        if not numbered:
            return
        self.sheet.y += (1 + max(badge.level for badge in numbered)) * LEVEL

    def _over(self, numbered: tuple[Badge, ...], top: int) -> None:
        """Last, so that nothing hides them: the frame of each offer and its number."""
        sheet = self.sheet
        levels = 1 + max((badge.level for badge in numbered), default=0)
        for badge in numbered:
            y = top + (levels - badge.level) * LEVEL - BADGE - 4
            foot = top + levels * LEVEL
            middle = (badge.box.left + badge.box.right) / 2
            sheet.line(middle, y, foot, INK, 3)
            wide = max(badge.box.right - badge.box.left, 9)
            sheet.frame(Box(middle - wide / 2, middle + wide / 2), foot, sheet.y, INK, 4)
        for badge in numbered:
            y = top + (levels - badge.level) * LEVEL - BADGE - 4
            sheet.plate(badge.middle, y, half_width(badge.label), INK)
            size = TEXT if len(badge.label) == 1 else SMALL
            sheet.text(badge.middle, y, badge.label, size, bold=True, ink=PAPER, anchor="mm")

    def _fits(self) -> None:
        sheet, height = self.sheet, FITS
        if not self.told.fits:
            return
        sheet.text(MARGIN, sheet.y + height / 2, "fits everybody", SMALL)
        for box in self._boxes(self.told.fits):
            sheet.block(box, sheet.y + 6, sheet.y + height - 8, GREEN)
        sheet.y += height

    # -- rows

    def _row(self, row: Row) -> None:
        sheet, panel = self.sheet, self.panel
        self._label(row)
        top, height = sheet.y + (6 if row.person else 2), ROW - (16 if row.person else 6)
        for day in panel.days:
            sheet.fill(panel.column(day), top, height, "beyond")
        for state in NEAREST:  # on a repeated hour what is farthest from free is seen
            for box in self._boxes(row.states.get(state, ())):
                sheet.fill(box, top, height, state)
            for box in self.forbidden if state == "free" else ():  # white means that nothing at all stands against it
                sheet.fill(box, top, height, "barred")
        for day in panel.days:
            sheet.frame(panel.column(day), top, top + height, LINE, 1)
        sheet.y += ROW

    def _label(self, row: Row) -> None:
        """In one line, or in two smaller ones."""
        sheet, (size, _), indent = self.sheet, label_font(row), indent_of(row)
        room, ink, middle = self.panel.left - MARGIN - indent - 12, SOFT if row.person else INK, sheet.y + ROW / 2 - 1
        if width_of(row.label, size) <= room or " " not in row.label:
            sheet.text(MARGIN + indent, middle, fitted(row.label, size, room), size, ink=ink)
            return
        first, *rest = wrapped(row.label, TINY, room)
        second = fitted(" ".join(rest), TINY, room)
        sheet.text(MARGIN + indent, middle - 12 if second else middle, first, TINY, ink=ink)
        sheet.text(MARGIN + indent, middle + 12, second, TINY, ink=ink)

    def _hour_lines(self, top: int) -> None:
        for day in self.panel.days:
            for hour in self._ticks():
                x = self.panel.at(day, hour * HOUR)
                if x is not None:
                    self.sheet.line(x, top, self.sheet.y, LINE, 1)


def _lanes(bands: list[tuple[Band, list[Box]]]) -> list[list[tuple[Band, list[Box]]]]:
    """As few lanes as keep bands from hiding each other; what is too much for the panel is only listed below it."""
    lanes: list[list[tuple[Band, list[Box]]]] = []
    for band, boxes in bands:
        free = [lane for lane in lanes if not any(_touch(boxes, others) for _, others in lane)]
        if free:
            free[0].append((band, boxes))
        elif len(lanes) < MOST_LANES:
            lanes.append([(band, boxes)])
    return lanes


def _touch(boxes: list[Box], others: list[Box]) -> bool:
    return any(a.left < b.right and b.left < a.right for a in boxes for b in others)
