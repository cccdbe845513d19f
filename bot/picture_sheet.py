"""Paper for the picture: letters, blocks and hatches put at their places, in letters that can be read on a phone."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from bot.picture_geometry import BADGE, MARGIN, WIDTH, Box
from bot.picture_palette import INK, Colour, Look, strip

_FONTS = Path(__file__).parent / "fonts"
TITLE, TEXT, SMALL, TINY = 42, 30, 27, 25
LINE_OF_TEXT, ROW = 40, 54
LONGEST = 200  # more letters never fit into a line


@lru_cache(maxsize=8)
def font(size: int, bold: bool = False) -> ImageFont.FreeTypeFont:
    name = "DejaVuSansCondensed-Bold.ttf" if bold else "DejaVuSansCondensed.ttf"
    # The basic layout: the same on every machine, whatever else is installed there.
    return ImageFont.truetype(_FONTS / name, size, layout_engine=ImageFont.Layout.BASIC)


class Sheet:
    """Paper, and how far down it is written. Without an image it only measures."""

    def __init__(self, image: Image.Image | None) -> None:
        self.image = image
        self.pen = ImageDraw.Draw(image) if image else None
        self.y = MARGIN
        self._strips: dict[Look, Image.Image] = {}

    def text(self, x: float, y: float, words: str, size: int, *, bold: bool = False, ink: Colour = INK,
             anchor: str = "lm") -> None:  # fmt: skip
        if self.pen:
            self.pen.text((round(x), round(y)), one_line(words), font=font(size, bold), fill=ink, anchor=anchor)

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
        for each in wrapped(words, size, WIDTH - 2 * MARGIN - indent):
            self.text(MARGIN + indent, self.y + LINE_OF_TEXT // 2, each, size, ink=ink)
            self.y += LINE_OF_TEXT


def width_of(words: str, size: int, bold: bool = False) -> float:
    return font(size, bold).getlength(one_line(words))


def one_line(words: str) -> str:
    """Names come from people: a line break in one has no place here."""
    return " ".join(words.split())


def wrapped(words: str, size: int, room: float) -> list[str]:
    lines = [""]
    for word in words.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and width_of(longer, size) > room:
            lines.append(word)
        else:
            lines[-1] = longer
    return [fitted(line, size, room) for line in lines]


def fitted(words: str, size: int, room: float, bold: bool = False) -> str:
    """The words, cut with an ellipsis where they are too long."""
    words = one_line(words) if len(words) <= LONGEST else f"{one_line(words)[:LONGEST]}…"
    if width_of(words, size, bold) <= room:
        return words
    while words and width_of(f"{words}…", size, bold) > room:
        words = words[:-1].rstrip()
    return f"{words}…"
