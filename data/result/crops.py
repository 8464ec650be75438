"""Head-and-torso crops as JPEG in one file: those of a long film do not fit in memory."""

from __future__ import annotations

import math
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..tables.faces import IntArray

LONG_SIDE_PX = 256
_QUALITY = 88


class Crops(Protocol):
    """Pictures of faces with head and torso, a row of the table each."""

    def __len__(self) -> int: ...

    def __getitem__(self, row: int) -> bytes:
        """Return the crop of a row as a JPEG, its long side 256 px at most."""
        ...


class CropWriter:
    """Appends crops to a file; ``path`` gets the pictures, ``path`` + .npy where each one ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("wb")
        self._ends: list[int] = []

    def __enter__(self) -> CropWriter:
        return self

    def __exit__(self, error: object, *_: object) -> None:
        self._file.close()
        if error is None:
            np.save(_index_path(self._path), np.array(self._ends, dtype=np.int64))

    def append(self, picture: NDArray[np.uint8], box: NDArray[np.float32]) -> None:
        """Cut a box (x1 y1 x2 y2, pixels) out of a picture and append it; one pixel at least."""
        self.append_jpeg(_jpeg(picture, box))

    def append_jpeg(self, jpeg: bytes) -> None:
        """Append a crop that is packed already."""
        self._file.write(jpeg)
        self._ends.append(self._file.tell())


class CropFile:
    """Reads crops back: ``crops[row]`` is the JPEG of a row of the table of faces."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ends = np.load(_index_path(path))
        self._starts = np.concatenate([[0], self._ends[:-1]]).astype(np.int64)

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, item: int) -> bytes:
        with self._path.open("rb") as file:
            file.seek(int(self._starts[item]))
            return file.read(int(self._ends[item] - self._starts[item]))

    def is_whole(self) -> bool:
        """Return whether the size of the file agrees with its index."""
        return self._path.stat().st_size == (int(self._ends[-1]) if len(self._ends) else 0)


class JoinedCrops:
    """Several crop files one after the other, as their tables were joined.

    Args:
        parts: the files.
        keeps: what has to live as long as the crops are read.
    """

    def __init__(self, parts: Sequence[Crops], keeps: object = None) -> None:
        self._parts, self._keeps = parts, keeps
        self._ends = np.cumsum([len(part) for part in parts])

    def __len__(self) -> int:
        return int(self._ends[-1]) if len(self._ends) else 0

    def __getitem__(self, row: int) -> bytes:
        part = int(np.searchsorted(self._ends, row, side="right"))
        return self._parts[part][row - (int(self._ends[part - 1]) if part else 0)]


class KeptCrops:
    """The crops of some rows only, (num_kept,) int64, in that order."""

    def __init__(self, crops: Crops, rows: IntArray) -> None:
        self.whole, self.rows = crops, rows

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, row: int) -> bytes:
        return self.whole[int(self.rows[row])]


def _jpeg(picture: NDArray[np.uint8], box: NDArray[np.float32]) -> bytes:
    height, width = picture.shape[:2]
    x1, x2 = _pixels(box[0], box[2], width)
    y1, y2 = _pixels(box[1], box[3], height)
    image = Image.fromarray(np.ascontiguousarray(picture[y1:y2, x1:x2]))
    # By a whole number first: a third of the time that a finer filter takes.
    image.thumbnail((LONG_SIDE_PX, LONG_SIDE_PX), Image.Resampling.BILINEAR, reducing_gap=1.0)
    file = BytesIO()
    image.save(file, "JPEG", quality=_QUALITY)
    return file.getvalue()


def _pixels(start: float, end: float, length: int) -> tuple[int, int]:
    first = min(max(0, math.floor(start)), length - 1)
    return first, max(first + 1, min(length, math.ceil(end)))


def _index_path(path: Path) -> Path:
    return path.with_name(path.name + ".npy")
