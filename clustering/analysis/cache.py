"""Cache of the networks' output: clustering again with other thresholds decodes nothing."""

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
"""Above this size the oldest entries are deleted."""

SPARE_S = 24 * 3600.0
"""Seconds since its last use in which an entry is not deleted: a run may still need it."""

ENGINE_VERSION = 4
"""Increase it with any change of the output for a picture that no card contains."""

_KEY = re.compile("[0-9a-f]{32}")
_FACES, _CROPS = "faces.parquet", "crops.bin"


def default_cache() -> Path:
    """Return the user's cache folder: $CASTLIST_CACHE, else castlist/ in the user's caches."""
    if chosen := os.environ.get("CASTLIST_CACHE"):
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "castlist"


def cache_key(facts: Mapping[str, Any]) -> str:
    """Return a name for everything that determines the output of the networks.

    The version of castlist is part of it, so entries of an older version are not used.
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
    except Exception:  # with any error in a cache, the film is analysed again
        return None
    if not whole:
        return None
    with suppress(OSError):  # the cache of another user may be read-only
        os.utime(folder)  # used just now: deleted last
    return faces, crops, facts


@contextmanager
def new_entry(cache: Path) -> Iterator[Path]:
    """Give a folder to write an entry into; deleted at the end unless ``keep`` was called."""
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
    """Complete an entry and give it its name, in one atomic step."""
    write_faces(faces, partial / _FACES, facts)
    if folder.exists():
        shutil.rmtree(folder)
    partial.rename(folder)
    _forget_oldest(folder.parent, KEEP_BYTES, spare=folder)


def size_bytes(cache: Path) -> int:
    """Return the size of the cache."""
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
    # Nothing else is deleted: --cache may be a folder that holds other files.
    return _KEY.fullmatch(path.name) is not None and (path / _FACES).is_file()
