"""Pictures to look at: boxes with their surroundings, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE_PX = 120
SURROUNDINGS = 3  # a tile shows this many times the longer side of its box
COLUMNS = 12

Picture = NDArray[np.uint8]


def crop_with_box(picture: Picture, box: NDArray[np.float32], text: str) -> Picture:
    """Cut out a box with its surroundings, draw the box and write the text above."""
    corners = box.astype(float).reshape(2, 2)
    zoom = SIDE_PX / (SURROUNDINGS * (corners[1] - corners[0]).max())
    shift = SIDE_PX / 2 - zoom * corners.mean(axis=0)
    size = (SIDE_PX, SIDE_PX)
    tile = cv2.warpAffine(picture, np.column_stack([np.eye(2) * zoom, shift]), size)
    low, high = (corners * zoom + shift).round().astype(int).tolist()
    cv2.rectangle(tile, low, high, (0, 255, 0))
    return np.asarray(cv2.putText(tile, text, (2, 11), 0, 0.38, (255, 255, 0)), np.uint8)


def write_sheet(path: Path, tiles: Sequence[Picture]) -> None:
    """Write tiles as one picture, row by row."""
    blank = np.zeros((SIDE_PX, SIDE_PX, 3), np.uint8)
    padded = [*tiles, *[blank] * (-len(tiles) % COLUMNS)]
    rows = [np.hstack(padded[at : at + COLUMNS]) for at in range(0, len(padded), COLUMNS)]
    cv2.imwrite(str(path), cv2.cvtColor(np.vstack(rows), cv2.COLOR_RGB2BGR))
    print(f"wrote {path}")
