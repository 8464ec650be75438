"""The hash of a file's content."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import BinaryIO

from ..errors import InputError, SourceError

WHOLE_UP_TO = 256 * 2**20
"""Bytes of a file that is hashed whole, which takes a fraction of a second."""

NUM_SAMPLES = 64
"""Pieces of a larger file that are hashed."""

SAMPLE = 2**20
"""Bytes of each of them."""


def hash_source(path: Path) -> str:
    """Return a hash of a file's content, quick also for long films.

    Up to 256 MiB it is the SHA-256 of the file: ``sha256:…``, as sha256sum prints it. Of a larger
    file it is the SHA-256 of its size in decimal digits followed by 64 pieces of 1 MiB, the first
    at its beginning, the last at its end, evenly spaced: ``sha256-sampled:…``.

    Raises:
        InputError: the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hash_content(file, os.fstat(file.fileno()).st_size)
    except OSError as error:
        raise _unreadable(path, error) from error


def hash_content(file: BinaryIO, size: int) -> str:
    """Return the hash of an open file of so many bytes; see ``hash_source``."""
    if size <= WHOLE_UP_TO:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"  # type: ignore[arg-type]
    digest = hashlib.sha256(str(size).encode())
    for sample in range(NUM_SAMPLES):
        file.seek((size - SAMPLE) * sample // (NUM_SAMPLES - 1))
        digest.update(file.read(SAMPLE))
    return f"sha256-sampled:{digest.hexdigest()}"


def _unreadable(path: Path, error: OSError) -> InputError:
    return SourceError(
        f"{path}: expected something that can be read, but got: {error.strerror or error};"
        " check the path and its permissions"
    )
