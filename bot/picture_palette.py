"""The colours and hatches of the picture: told apart by people who see few colours, and in grey."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from PIL import Image, ImageDraw

from bot.picture_layout import State

Colour = tuple[int, int, int]
Look = State | Literal["beyond", "band", "barred", "wish"]

# After Okabe and Ito; each differs from its neighbours in lightness too, and has a hatch of its own.
INK: Colour = (26, 28, 33)
SOFT: Colour = (90, 95, 105)
PAPER: Colour = (255, 255, 255)
LINE: Colour = (178, 183, 192)
GREEN: Colour = (0, 158, 115)
BLUE: Colour = (0, 91, 150)
ORANGE: Colour = (230, 159, 0)
RED: Colour = (190, 75, 0)
PURPLE: Colour = (150, 80, 130)
GREY: Colour = (222, 225, 230)
DARK: Colour = (112, 118, 128)
PALE: Colour = (250, 224, 160)

_GROUND: Mapping[Look, Colour] = {
    "free": PAPER, "busy": BLUE, "protected": PALE, "unknown": (244, 226, 239), "absent": GREY, "outside": GREY,
    "beyond": DARK, "band": (250, 214, 190), "barred": (253, 236, 224), "wish": PAPER,
}  # fmt: skip


def _slanted(pen: ImageDraw.ImageDraw, size: tuple[int, int], ink: Colour, step: int, width: int, rise: int) -> None:
    for start in range(-size[1] - step, size[0] + size[1] + step, step):
        pen.line([(start, size[1] * (rise > 0)), (start + size[1], size[1] * (rise < 0))], fill=ink, width=width)


def _dots(pen: ImageDraw.ImageDraw, size: tuple[int, int], ink: Colour) -> None:
    for row, y in enumerate(range(6, size[1] + 12, 12)):
        for x in range(6 * (row % 2), size[0] + 12, 12):
            pen.ellipse([x - 3, y - 3, x + 3, y + 3], fill=ink)


def _crosses(pen: ImageDraw.ImageDraw, size: tuple[int, int]) -> None:
    _slanted(pen, size, PURPLE, 12, 2, 1)
    _slanted(pen, size, PURPLE, 12, 2, -1)


def _bars(pen: ImageDraw.ImageDraw, size: tuple[int, int]) -> None:
    for x in range(0, size[0], 8):
        pen.line([(x, 0), (x, size[1])], fill=LINE, width=2)


_BARRED: Colour = (226, 168, 132)

_HATCH: Mapping[Look, Callable[[ImageDraw.ImageDraw, tuple[int, int]], None]] = {
    "protected": lambda pen, size: _dots(pen, size, RED),
    "unknown": _crosses,
    "absent": _bars,
    "band": lambda pen, size: _slanted(pen, size, RED, 14, 4, 1),
    "barred": lambda pen, size: _slanted(pen, size, _BARRED, 14, 2, 1),
    "wish": lambda pen, size: _slanted(pen, size, ORANGE, 14, 2, 1),
}


def strip(look: Look, width: int, height: int) -> Image.Image:
    """A strip of it as wide as the canvas: pieces are cut out of it, so that hatches go on from piece to piece."""
    image = Image.new("RGB", (width, height), _GROUND[look])
    if look in _HATCH:
        _HATCH[look](ImageDraw.Draw(image), (width, height))
    return image


def few_colours(image: Image.Image) -> Image.Image:
    """The same in a quarter of the size: our own colours, and the greys at the edges of letters."""
    greys = [tuple(255 - (255 - part) * step // 31 for part in INK) for step in range(32)]
    ours = [GREEN, BLUE, ORANGE, RED, PURPLE, GREY, DARK, LINE, SOFT, _BARRED, *_GROUND.values(), *greys]
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for colour in dict.fromkeys(ours) for part in colour])
    return image.quantize(palette=palette, dither=Image.Dither.NONE)
