"""What the networks saw, kept: clustering again with other thresholds decodes nothing."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ... import __version__
from ...data.result.crops import CropFile
from ...data.result.store import read_faces, write_faces
from ...data.tables.faces import Faces

KEEP_BYTES = 4 * 1024**3
"""The cache forgets its oldest entries beyond this size."""

SPARE_S = 24 * 3600.0
"""Seconds since its last use in which an entry is not forgotten: a run may still need it."""

ENGINE_VERSION = 3
"""Raise it with anything that changes what is seen in a picture and that no card tells."""

_KEY = re.compile("[0-9a-f]{32}")
_FACES, _CROPS = "faces.parquet", "crops.bin"


def default_cache() -> Path:
    """Return the user's cache folder: $CASTLIST_CACHE, else castlist/ in the user's caches."""
    if chosen := os.environ.get("CASTLIST_CACHE"):
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "castlist"


def cache_key(facts: Mapping[str, Any]) -> str:
    """Return a name for everything that decides what the networks see.

    Castlist's own version is part of it: nothing that an older one saw is taken for its own.
    """
    text = json.dumps([__version__, ENGINE_VERSION, facts], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def load(folder: Path) -> tuple[Faces, CropFile, dict[str, Any]] | None:
    """Return an entry's table, crops and facts; None when there is none, or it is damaged."""
    if not folder.is_dir():
        return None
    try:
        faces, facts = read_faces(folder / _FACES)
        crops = CropFile(folder / _CROPS)
        whole = len(crops) == len(faces) and crops.is_whole()
    except Exception:  # whatever is wrong with a cache, the remedy is to look again
        return None
    if not whole:
        return None
    with suppress(OSError):  # somebody else's cache may be read
        os.utime(folder)  # used just now: forgotten last
    return faces, crops, facts


@contextmanager
def new_entry(cache: Path) -> Iterator[Path]:
    """Give a folder to write an entry into; gone at the end of the block unless kept."""
    cache.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=".partial-", dir=cache))
    try:
        yield partial
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def crops_path(entry: Path) -> Path:
    """Return where an entry's crops are."""
    return entry / _CROPS


def keep(partial: Path, folder: Path, faces: Faces, facts: Mapping[str, Any]) -> None:
    """Complete an entry and give it its name, in one step that either happens or does not."""
    write_faces(faces, partial / _FACES, facts)
    if folder.exists():
        shutil.rmtree(folder)
    partial.rename(folder)
    _forget_oldest(folder.parent, KEEP_BYTES, spare=folder)


def size_bytes(cache: Path) -> int:
    """Return how much the cache holds."""
    return sum(path.stat().st_size for path in cache.rglob("*") if path.is_file())


def _forget_oldest(cache: Path, keep_bytes: int, spare: Path) -> None:
    entries = sorted(
        (path for path in cache.iterdir() if _is_entry(path)),
        key=lambda path: path.stat().st_mtime,
        reverse=True,
    )
    total = 0
    for entry in entries:
        total += size_bytes(entry)
        spared = entry == spare or time.time() - entry.stat().st_mtime < SPARE_S
        if total > keep_bytes and not spared:
            shutil.rmtree(entry, ignore_errors=True)


def _is_entry(path: Path) -> bool:
    # Nothing else is ever removed: people point --cache at folders that hold other things.
    return _KEY.fullmatch(path.name) is not None and (path / _FACES).is_file()
