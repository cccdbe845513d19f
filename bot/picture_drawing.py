"""The picture drawn: its head, its days, and below them what the signs mean."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace

from PIL import Image

from bot.core.search import Found
from bot.picture_geometry import MARGIN, WIDTH, Box, Columns, columns
from bot.picture_layout import HOUR, Layout
from bot.picture_palette import DARK, PAPER, SOFT, Look, few_colours
from bot.picture_panel import Panel, label_room
from bot.picture_sheet import LINE_OF_TEXT, SMALL, TEXT, TITLE, Sheet, fitted, width_of
from bot.picture_words import facts, legend, notes, result, title, window

MOST_LISTED = 8
_OPTIONAL: tuple[Look, ...] = ("busy", "outside", "protected", "unknown", "absent")


def drawn(found: Found, told: Layout) -> bytes:
    """A PNG."""
    draft = Sheet(None)  # once without ink, to learn how high it is
    _compose(draft, found, told)
    sheet = Sheet(Image.new("RGB", (WIDTH, draft.y + MARGIN), PAPER))
    _compose(sheet, found, told)
    assert sheet.image is not None
    kept = io.BytesIO()
    few_colours(sheet.image).save(kept, "PNG")
    return kept.getvalue()


def _compose(sheet: Sheet, found: Found, told: Layout) -> None:
    sheet.text(MARGIN, sheet.y + 26, fitted(title(found), TITLE, WIDTH - 2 * MARGIN, True), TITLE, bold=True)
    sheet.y += 60
    sheet.paragraph(facts(found, told), TEXT)
    for line in window(found):
        sheet.text(MARGIN, sheet.y + LINE_OF_TEXT // 2, fitted(line, TEXT, WIDTH - 2 * MARGIN), TEXT)
        sheet.y += LINE_OF_TEXT
    sheet.paragraph(_result(found, told), TEXT)
    panels = columns(told, label_room(told))
    told = with_bands_seen(told, panels)
    if len(panels) > 2:  # where the end is far away what the signs mean is said first
        _legend(sheet, told, panels)
    for panel in panels:
        sheet.y += 18
        Panel(sheet, told, panel).draw()
    sheet.y += 18
    if len(panels) <= 2:
        _legend(sheet, told, panels)
    _listed_bands(sheet, told)
    for note in notes(found, told):
        sheet.paragraph(note, SMALL, ink=SOFT)


def _result(found: Found, told: Layout) -> str:
    words = result(found)
    lettered = bool(told.marked) and not told.marked[0].label.isdigit()
    ending = "; the letters are times with leave, or if one person can move something" if lettered else ""
    return f"{words[:1].upper()}{words[1:]}{ending}."


def _legend(sheet: Sheet, told: Layout, panels: Sequence[Columns]) -> None:
    present = {
        state
        for row in told.rows
        for state, pieces in row.states.items()
        if any(panel.box(piece) for piece in pieces for panel in panels)
    }
    entries: list[tuple[Look, str]] = [("free", legend("free", told))]
    entries += [(look, legend(look, told)) for look in _OPTIONAL if look in present]
    if _beyond(told):
        entries.append(("beyond", "outside the window"))
    x: float = MARGIN
    for look, words in entries:
        wide = 46 + 10 + width_of(words, SMALL) + 26
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


def with_bands_seen(told: Layout, panels: Sequence[Columns]) -> Layout:
    """The same with the bands alone that lie in the hours that are drawn, lettered from a on: a freeze of the night before
    is not looked for in vain, and no letter is missed."""
    seen = [band for band in told.bands if any(panel.box(piece) for piece in band.pieces for panel in panels)]
    return replace(told, bands=tuple(seen))


def _listed_bands(sheet: Sheet, told: Layout) -> None:
    """The names in full, as far as they go."""
    for band in told.bands[:MOST_LISTED]:
        look: Look = "band" if band.binding else "wish"
        box = Box(MARGIN, MARGIN + 46)
        sheet.fill(box, sheet.y + 6, 28, look)
        sheet.frame(box, sheet.y + 6, sheet.y + 34, DARK, 1)
        words = f"{told.letter_of(band)}  {band.words}{'' if band.binding else ' (better not)'}"
        sheet.text(MARGIN + 56, sheet.y + 20, fitted(words, SMALL, WIDTH - 2 * MARGIN - 56), SMALL)
        sheet.y += LINE_OF_TEXT
    if len(told.bands) > MOST_LISTED:
        sheet.paragraph(f"and {len(told.bands) - MOST_LISTED} more", SMALL, indent=56)
