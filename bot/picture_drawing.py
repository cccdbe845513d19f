"""The picture drawn: day beside day, role below role, in letters that can be read on a phone."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from functools import lru_cache
from math import ceil
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from bot.core.search import Found
from bot.picture_geometry import BADGE, LEVEL, MARGIN, WIDTH, Badge, Box, Columns, badges, columns, half_width
from bot.picture_layout import HOUR, NEAREST, Band, Layout, Piece, Row
from bot.picture_palette import DARK, GREEN, INK, LINE, PAPER, SOFT, Colour, Look, few_colours, strip
from bot.picture_words import (
    clocks_changed,
    dates,
    day_words,
    facts,
    legend,
    notes,
    result,
    short,
    title,
    weekday,
    window,
)

_FONTS = Path(__file__).parent / "fonts"
TITLE, TEXT, SMALL, TINY = 42, 30, 27, 25
LINE_OF_TEXT, ROW, LANE, FITS = 40, 54, 38, 32
MOST_LANES, MOST_LISTED = 4, 8
_OPTIONAL: tuple[Look, ...] = ("busy", "outside", "protected", "unknown", "absent")


@lru_cache(maxsize=8)
def _font(size: int, bold: bool = False) -> ImageFont.FreeTypeFont:
    name = "DejaVuSansCondensed-Bold.ttf" if bold else "DejaVuSansCondensed.ttf"
    # The basic layout: the same on every machine, whatever else is installed there.
    return ImageFont.truetype(_FONTS / name, size, layout_engine=ImageFont.Layout.BASIC)


def drawn(found: Found, told: Layout) -> bytes:
    """A PNG."""
    draft = _Sheet(None)  # once without ink, to learn how high it is
    _compose(draft, found, told)
    sheet = _Sheet(Image.new("RGB", (WIDTH, draft.y + MARGIN), PAPER))
    _compose(sheet, found, told)
    assert sheet.image is not None
    kept = io.BytesIO()
    few_colours(sheet.image).save(kept, "PNG")
    return kept.getvalue()


class _Sheet:
    """Paper, and how far down it is written. Without an image it only measures."""

    def __init__(self, image: Image.Image | None) -> None:
        self.image = image
        self.pen = ImageDraw.Draw(image) if image else None
        self.y = MARGIN
        self._strips: dict[Look, Image.Image] = {}

    def text(self, x: float, y: float, words: str, size: int, *, bold: bool = False, ink: Colour = INK,
             anchor: str = "lm") -> None:  # fmt: skip
        if self.pen:
            self.pen.text((round(x), round(y)), words, font=_font(size, bold), fill=ink, anchor=anchor)

    def fill(self, box: Box, top: int, height: int, look: Look) -> None:
        left, right = round(box.left), max(round(box.right), round(box.left) + 1)
        if self.image is None:
            return
        if look not in self._strips:
            self._strips[look] = strip(look, WIDTH, 2 * ROW)
        self.image.paste(self._strips[look].crop((left, 0, right, height)), (left, top))

    def frame(self, box: Box, top: float, bottom: float, ink: Colour, width: int) -> None:
        if self.pen:
            self.pen.rectangle([round(box.left), round(top), round(box.right), round(bottom)], outline=ink, width=width)

    def block(self, box: Box, top: float, bottom: float, ink: Colour) -> None:
        if self.pen:
            self.pen.rectangle([round(box.left), round(top), round(box.right), round(bottom)], fill=ink)

    def line(self, x: float, top: float, bottom: float, ink: Colour, width: int) -> None:
        if self.pen:
            self.pen.line([(round(x), round(top)), (round(x), round(bottom))], fill=ink, width=width)

    def across(self, left: float, right: float, y: float, ink: Colour) -> None:
        if self.pen:
            self.pen.line([(round(left), round(y)), (round(right), round(y))], fill=ink, width=1)

    def plate(self, x: float, y: float, half: float, ink: Colour) -> None:
        if self.pen:
            corners = [round(x - half), round(y) - BADGE, round(x + half), round(y) + BADGE]
            self.pen.rounded_rectangle(corners, radius=BADGE, fill=ink)

    def paragraph(self, words: str, size: int, *, ink: Colour = INK, indent: int = 0) -> None:
        for each in _wrapped(words, size, WIDTH - 2 * MARGIN - indent):
            self.text(MARGIN + indent, self.y + LINE_OF_TEXT // 2, each, size, ink=ink)
            self.y += LINE_OF_TEXT


def _width(words: str, size: int, bold: bool = False) -> float:
    return _font(size, bold).getlength(words)


def _wrapped(words: str, size: int, room: float) -> list[str]:
    lines = [""]
    for word in words.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and _width(longer, size) > room:
            lines.append(word)
        else:
            lines[-1] = longer
    return [_fitted(line, size, room) for line in lines]


def _fitted(words: str, size: int, room: float, bold: bool = False) -> str:
    """The words, cut with an ellipsis where they are too long."""
    if _width(words, size, bold) <= room:
        return words
    while words and _width(f"{words}…", size, bold) > room:
        words = words[:-1].rstrip()
    return f"{words}…"


def _compose(sheet: _Sheet, found: Found, told: Layout) -> None:
    sheet.text(MARGIN, sheet.y + 26, _fitted(title(found), TITLE, WIDTH - 2 * MARGIN, True), TITLE, bold=True)
    sheet.y += 60
    sheet.paragraph(facts(found, told), TEXT)
    for line in window(found):
        sheet.text(MARGIN, sheet.y + LINE_OF_TEXT // 2, _fitted(line, TEXT, WIDTH - 2 * MARGIN), TEXT)
        sheet.y += LINE_OF_TEXT
    sheet.paragraph(_result(found, told), TEXT)
    panels = columns(told, _label_room(told))
    if len(panels) > 2:  # where the end is far away what the signs mean is said first
        _legend(sheet, told, panels)
    for panel in panels:
        sheet.y += 18
        _Panel(sheet, told, panel).draw()
    sheet.y += 18
    if len(panels) <= 2:
        _legend(sheet, told, panels)
    _listed_bands(sheet, told)
    for note in notes(found, told):
        sheet.paragraph(note, SMALL, ink=SOFT)


def _label_room(told: Layout) -> float:
    """As wide as the longest label, within bounds that leave the days room."""
    widest = max((_width(row.label, *_label_font(row)) + _indent(row) for row in told.rows), default=0) + 14
    most = 410 if max(len(panel) for panel in told.panels) <= 3 else 300
    return min(max(widest, 200), most)


def _label_font(row: Row) -> tuple[int, bool]:
    return (SMALL, False) if row.person else (TEXT, False)


def _indent(row: Row) -> int:
    return 22 if row.person else 0


def _result(found: Found, told: Layout) -> str:
    words = result(found)
    lettered = bool(told.marked) and not told.marked[0].label.isdigit()
    ending = "; the letters are times with leave, or if one person can move something" if lettered else ""
    return f"{words[:1].upper()}{words[1:]}{ending}."


class _Panel:
    """Some days, with everything that belongs to them."""

    def __init__(self, sheet: _Sheet, told: Layout, panel: Columns) -> None:
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
        self._over(numbered, top)
        self._bound_lines(top)

    def _heads(self) -> None:
        sheet, panel = self.sheet, self.panel
        roomy = all(_width(f"{day_words(day)}*", TEXT, True) <= panel.width for day in panel.days)
        if not roomy:
            sheet.text(MARGIN, sheet.y + 18, _fitted(dates(panel.days), TEXT, panel.left - MARGIN - 8), TEXT, bold=True)
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
                    x + _width(words, SMALL) > WIDTH - MARGIN if after else x - _width(words, SMALL) < self.panel.left
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
        words = _fitted(f"{band.letter} {band.words}", SMALL, room)
        if len(words) < len(band.letter) + 6:
            words = band.letter
        wide = _width(words, SMALL)
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
        sheet, (size, _), indent = self.sheet, _label_font(row), _indent(row)
        room, ink, middle = self.panel.left - MARGIN - indent - 12, SOFT if row.person else INK, sheet.y + ROW / 2 - 1
        if _width(row.label, size) <= room or " " not in row.label:
            sheet.text(MARGIN + indent, middle, _fitted(row.label, size, room), size, ink=ink)
            return
        first, *rest = _wrapped(row.label, TINY, room)
        second = _fitted(" ".join(rest), TINY, room)
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


def _legend(sheet: _Sheet, told: Layout, panels: Sequence[Columns]) -> None:
    present = {
        state
        for row in told.rows
        for state, pieces in row.states.items()
        if any(panel.box(piece) for piece in pieces for panel in panels)
    }
    entries: list[tuple[Look, str]] = [("free", legend("free"))]
    entries += [(look, legend(look)) for look in _OPTIONAL if look in present]
    if _beyond(told):
        entries.append(("beyond", "outside the window"))
    x: float = MARGIN
    for look, words in entries:
        wide = 46 + 10 + _width(words, SMALL) + 26
        if x + wide > WIDTH - MARGIN and x > MARGIN:
            x, sheet.y = MARGIN, sheet.y + LINE_OF_TEXT
        box = Box(x, x + 46)
        sheet.fill(box, sheet.y + 6, 28, look)
        sheet.frame(box, sheet.y + 6, sheet.y + 34, DARK, 1)
        sheet.text(x + 56, sheet.y + 20, words, SMALL)
        x += wide
    sheet.y += LINE_OF_TEXT


def _beyond(told: Layout) -> bool:
    """Whether some hour that is shown lies outside the window."""
    for day in told.days:
        inside = sum(
            min(p.end, told.hours[1] * HOUR) - max(p.begin, told.hours[0] * HOUR) for p in told.window if p.day == day
        )
        if inside < (told.hours[1] - told.hours[0]) * HOUR:
            return True
    return False


def _listed_bands(sheet: _Sheet, told: Layout) -> None:
    """The names in full, as far as they go."""
    seen = [band for band in told.bands if any(piece.day in told.days for piece in band.pieces)]
    for band in seen[:MOST_LISTED]:
        look: Look = "band" if band.binding else "wish"
        box = Box(MARGIN, MARGIN + 46)
        sheet.fill(box, sheet.y + 6, 28, look)
        sheet.frame(box, sheet.y + 6, sheet.y + 34, DARK, 1)
        words = f"{band.letter}  {band.words}{'' if band.binding else ' (better not)'}"
        sheet.text(MARGIN + 56, sheet.y + 20, _fitted(words, SMALL, WIDTH - 2 * MARGIN - 56), SMALL)
        sheet.y += LINE_OF_TEXT
    if len(seen) > MOST_LISTED:
        sheet.paragraph(f"and {len(seen) - MOST_LISTED} more", SMALL, indent=56)
