"""A sheet of views as in training, for visual inspection."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from .augment import Crop
from .views import Key, Views

_HIDDEN = np.array([255, 0, 255])  # no clothes have this colour
_MAX_ROWS = 12
HEADER_PX, NAME_PX = 44, 150
"""Height of the legend and the titles, width of the names, pixels."""

_GAP_PX = 6
_LETTERS = 24  # of a name, which is cut in its middle
_PAPER, _INK = "#ffffff", "#202020"
_LEGEND = "Tinted: masked, what does not count. Left: as it is; then as training sees it."


def write_samples(views: Views, batch: list[Key], path: Path) -> None:
    """Write views of a batch, one line for each item: the plain picture, then augmented views.

    Pixels that do not count are dimmed and tinted. A legend says so; each line has the name of its
    item.

    Args:
        views: where they are read.
        batch: views of one item follow each other.
        path: of the PNG.
    """
    by_item: dict[int, list[Key]] = {}
    for key in batch:
        by_item.setdefault(int(views.items[key.row]), []).append(key)
    lines = []
    for keys in list(by_item.values())[:_MAX_ROWS]:
        line = [Key(keys[0].row, None), *keys]
        crops = [view[0] for view in map(views.__getitem__, line) if view is not None]
        lines.append((str(views.garments.item[keys[0].row]), crops))
    most = max(len(crops) for _, crops in lines)
    titles = ["as it is", *(f"view {place}" for place in range(1, most))]
    write_sheet(lines, views.side, titles, _LEGEND, path)


def write_sheet(
    lines: Sequence[tuple[str, Sequence[Crop]]],
    side: int,
    titles: Sequence[str],
    legend: str,
    path: Path,
) -> None:
    """Write crops in lines, with the name of each line and the title of each column.

    Args:
        lines: name and crops (side, side, 4) uint8 of each, at least one.
        side: of the crops, pixels.
        titles: of the columns.
        legend: a sentence above all.
        path: of the PNG.
    """
    shown = [(name, list(map(_visible, crops))) for name, crops in lines]
    _sheet(shown, side, titles, legend).save(path)


def _sheet(
    lines: list[tuple[str, list[NDArray[np.uint8]]]],
    side: int,
    titles: Sequence[str],
    legend: str,
) -> Image.Image:
    font = ImageFont.load_default(12)
    most = len(titles)
    legend_px = round(font.getlength(legend)) + 2 * _GAP_PX
    width = max(NAME_PX + most * side, legend_px)
    height = HEADER_PX + len(lines) * side
    sheet = Image.new("RGB", (width, height), _PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.text((_GAP_PX, HEADER_PX // 4), legend, _INK, font, anchor="lm")
    for place, title in enumerate(titles):
        at = (NAME_PX + place * side, HEADER_PX * 3 // 4)
        draw.text(at, title, _INK, font, anchor="lm")
    for number, (name, crops) in enumerate(lines):
        top = HEADER_PX + number * side
        draw.text((_GAP_PX, top + side // 2), _short(name), _INK, font, anchor="lm")
        for place, crop in enumerate(crops):
            sheet.paste(Image.fromarray(crop), (NAME_PX + place * side, top))
    return sheet


def _short(name: str) -> str:
    half = _LETTERS // 2 - 1
    return name if len(name) <= _LETTERS else f"{name[:half]}..{name[-half:]}"


def _visible(crop: NDArray[np.uint8]) -> NDArray[np.uint8]:
    counts = crop[..., 3:] / 255
    dimmed = crop[..., :3] * 0.4 + _HIDDEN * 0.25
    return np.round(crop[..., :3] * counts + dimmed * (1 - counts)).astype(np.uint8)
