"""The vectors of an index: one file of float16 rows, read without being copied.

The file does not say whose a row is, nor where it ends: the tables of the index do.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

HalfRows = NDArray[np.float16]

_BYTES = 2  # of a number


def read_vectors(path: Path, dim: int) -> HalfRows:
    """Return the rows of a file, on the disk, (num_rows, dim); none where there is no file."""
    rows = path.stat().st_size // (dim * _BYTES) if dim and path.is_file() else 0
    if not rows:
        return np.empty((0, dim), np.float16)
    return np.memmap(path, np.float16, "r", shape=(rows, dim))


def append_vectors(path: Path, row: int, vectors: HalfRows) -> None:
    """Write vectors from a row on, and wait until they are on the disk.

    Args:
        path: of the file; made when missing.
        row: the first behind those in use; what lay there belongs to nobody.
        vectors: (num_vectors, dim).
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        os.ftruncate(handle, row * vectors.shape[1] * _BYTES)
        os.lseek(handle, 0, os.SEEK_END)
        with os.fdopen(os.dup(handle), "wb") as file:
            file.write(np.ascontiguousarray(vectors).tobytes())
        os.fsync(handle)
    finally:
        os.close(handle)


def wipe_vectors(path: Path, dim: int, parts: Iterable[tuple[int, int]]) -> None:
    """Overwrite vectors with zeros: somebody may have to be forgotten.

    Args:
        path: of the file; it may be missing.
        dim: numbers of a vector.
        parts: the first row and the number of rows of each part.
    """
    if not dim or not path.is_file():
        return
    with path.open("r+b") as file:
        for row, count in parts:
            file.seek(row * dim * _BYTES)
            file.write(b"\0" * (count * dim * _BYTES))
        file.flush()
        os.fsync(file.fileno())


def checksum(vectors: HalfRows) -> int:
    """Return a number that other vectors hardly have."""
    return zlib.crc32(np.ascontiguousarray(vectors).tobytes())
