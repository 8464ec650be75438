"""A sheet of views as in training, for visual inspection."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .views import Key, Views

_HIDDEN = np.array([255, 0, 255])  # no clothes have this colour
_MAX_ROWS = 12


def write_samples(views: Views, batch: list[Key], path: Path) -> None:
    """Write views of a batch, one line for each item: the plain picture, then augmented views.

    Pixels that do not count are dimmed and tinted.

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
        lines.append(np.hstack([_visible(crop) for crop in crops]))
    Image.fromarray(np.vstack(lines)).save(path)


def _visible(crop: NDArray[np.uint8]) -> NDArray[np.uint8]:
    counts = crop[..., 3:] / 255
    dimmed = crop[..., :3] * 0.4 + _HIDDEN * 0.25
    return np.round(crop[..., :3] * counts + dimmed * (1 - counts)).astype(np.uint8)
