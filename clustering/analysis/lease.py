"""Which entries of a cache are in use: a run spares what it has read, and so do others."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from ...data.files import openable
from ...data.lock import is_in_use, mark_in_use

_PREFIX = ".in-use-"


class Lease:
    """The entries that a run uses, in a file beside them that is locked as long as this lives.

    Where the disk has no locks, nothing is held; entries are then spared by their age.

    Args:
        cache: the folder of the cache; made when missing.

    Raises:
        OSError: nothing can be written there.
    """

    def __init__(self, cache: Path) -> None:
        cache.mkdir(parents=True, exist_ok=True)
        self._path = cache / f"{_PREFIX}{uuid4().hex}"
        self._handle = os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_EXCL, 0o644)
        mark_in_use(self._handle)

    def add(self, entry: Path) -> None:
        """Spare an entry from now on."""
        os.write(self._handle, f"{entry.name}\n".encode())

    def close(self) -> None:
        """Let go of all."""
        if self._handle >= 0:
            with suppress(OSError):
                self._path.unlink()
            os.close(self._handle)
            self._handle = -1

    def __del__(self) -> None:
        if hasattr(self, "_handle"):
            self.close()


def in_use(cache: Path) -> set[str]:
    """Return the names of the entries that some run uses; clears away what dead runs left."""
    names: set[str] = set()
    for path in _files(cache):
        with suppress(OSError):
            if is_in_use(path):
                names.update(openable(path).read_text().split())
            else:
                path.unlink()
    return names


def _files(cache: Path) -> Iterator[Path]:
    with suppress(OSError):
        yield from cache.glob(f"{_PREFIX}*")
