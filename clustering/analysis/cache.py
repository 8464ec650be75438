"""Cache of the networks' output: clustering again with other thresholds decodes nothing."""

from __future__ import annotations

import errno
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
from uuid import uuid4

from ... import __version__
from ...data.files import clear_stale, json_of, openable, sync
from ...data.lock import is_in_use, marked_in_use
from ...data.result.crops import CropFile, CropWriter
from ...data.result.store import read_faces, write_faces
from ...data.tables.faces import Faces, IntArray
from .lease import in_use

KEEP_BYTES = 4 * 1024**3
"""Above this size the oldest entries are deleted, but for those that a run is using."""

SPARE_S = 24 * 3600.0
"""Seconds since its last use in which an entry is not deleted: where locks do not work (some
network disks), a run may still need it."""

ENGINE_VERSION = 11
"""Increase it with any change of the output for a picture that no card contains."""

_KEY = re.compile("[0-9a-f]{32}")
_FACES, _CROPS, _DIGESTS = "faces.parquet", "crops.bin", "digests.json"
_PARTIAL, _PIECES = ".partial-", ".pieces"
_FILES = {_FACES, _CROPS, f"{_CROPS}.npy"}


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
    """Return an entry's table, crops and facts; None when there is none, or it is damaged.

    An entry is damaged where a file does not match the digest that was written with it.
    """
    if not folder.is_dir():
        return None
    try:
        if not _agrees(folder):
            return None
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
    clear_stale(cache, _PARTIAL)
    partial = Path(tempfile.mkdtemp(prefix=_PARTIAL, dir=cache))
    try:
        with marked_in_use(partial):
            yield partial
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def crops_path(entry: Path) -> Path:
    """Return where an entry's crops are."""
    return entry / _CROPS


def keep(partial: Path, folder: Path, faces: Faces, facts: Mapping[str, Any]) -> None:
    """Complete an entry and give it its name, in one atomic step.

    Where another run has put the same entry there in the meantime, that one stays.
    """
    put(partial, folder, faces, facts)
    _forget_oldest(folder.parent, spare=folder)


def put(partial: Path, folder: Path, faces: Faces, facts: Mapping[str, Any]) -> None:
    """Complete an entry and name it as ``keep`` does, but delete no old ones."""
    _complete(partial, faces, facts)
    while not _put(partial, folder):
        pass
    sync(folder.parent)


def pieces_of(entry: Path) -> Path:
    """Return the folder that has the pieces of an entry that is still being made."""
    return entry.with_name(f"{entry.name}{_PIECES}")


def entries(cache: Path) -> list[Path]:
    """Return every entry of a cache; none where there is no such folder."""
    found = sorted(cache.iterdir()) if cache.is_dir() else []
    return [path for path in found if _KEY.fullmatch(path.name)]


def unfinished(cache: Path) -> list[Path]:
    """Return the folders of pieces of a cache; none where there is no such folder."""
    found = sorted(cache.iterdir()) if cache.is_dir() else []
    return [path for path in found if _is_pieces(path)]


def delete(entry: Path) -> None:
    """Delete an entry; its sources are analysed again when they are next needed."""
    shutil.rmtree(entry)


def replace(
    entry: Path, faces: Faces, crops: CropFile, rows: IntArray, facts: Mapping[str, Any]
) -> None:
    """Replace an entry by one of some of its faces only, in one atomic step.

    Args:
        entry: its folder.
        faces: those that stay.
        crops: of all faces.
        rows: (num_faces,) int64, the rows that stay.
        facts: as ``load`` gave them.
    """
    with new_entry(entry.parent) as partial:
        with CropWriter(crops_path(partial)) as writer:
            for row in rows.tolist():
                writer.append_jpeg(crops[row])
        _complete(partial, faces, facts)
        shutil.rmtree(entry)
        partial.rename(entry)
        sync(entry.parent)


def _complete(partial: Path, faces: Faces, facts: Mapping[str, Any]) -> None:
    """Write the table of an entry, and the digests by which damage is noticed."""
    write_faces(faces, partial / _FACES, facts)
    names = sorted(path.name for path in partial.iterdir())
    digests = {name: _digest(partial / name) for name in names}
    (partial / _DIGESTS).write_text(json.dumps(digests, indent=0))
    for name in (*names, _DIGESTS):
        sync(partial / name)
    sync(partial)


def _put(partial: Path, folder: Path) -> bool:
    """Rename an entry to its place; False = something came in between, try again."""
    try:
        partial.rename(folder)  # onto nothing, or an empty folder
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
    else:
        return True
    if _agrees(folder):
        return True  # of another run, and as good
    aside = folder.with_name(f"{_PARTIAL}{uuid4().hex}")
    with suppress(FileNotFoundError):  # another run has just moved it away
        folder.rename(aside)
    shutil.rmtree(aside, ignore_errors=True)
    return False


def _agrees(folder: Path) -> bool:
    try:
        digests = json_of(openable(folder / _DIGESTS).read_text())
        return set(digests) >= _FILES and all(
            _digest(folder / name) == digest for name, digest in digests.items()
        )
    except (OSError, ValueError, TypeError):
        return False


def _digest(path: Path) -> str:
    with openable(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def size_bytes(cache: Path) -> int:
    """Return the size of the cache; files that another run deletes meanwhile may count or not."""
    total = 0
    for folder, _, names in os.walk(cache):  # folders that vanish meanwhile are left out
        for name in names:
            with suppress(OSError):
                total += Path(folder, name).stat().st_size
    return total


def _forget_oldest(cache: Path, spare: Path) -> None:
    total, used = 0, in_use(cache)
    for used_s, entry in sorted(_entries(cache), reverse=True):
        total += size_bytes(entry)
        spared = entry == spare or time.time() - used_s < SPARE_S or entry.name in used
        if total > KEEP_BYTES and not spared and not is_in_use(entry):
            aside = cache / f"{_PARTIAL}{uuid4().hex}"  # gone at once, for whoever looks
            with suppress(OSError):
                entry.rename(aside)
            shutil.rmtree(aside, ignore_errors=True)


def _entries(cache: Path) -> Iterator[tuple[float, Path]]:
    """Yield when each entry was last used, seconds since 1970, and the entry."""
    for path in cache.iterdir():
        with suppress(OSError):  # another run has just deleted it
            if _is_entry(path) or _is_pieces(path):
                yield path.stat().st_mtime, path


def _is_entry(path: Path) -> bool:
    # Nothing else is deleted: --cache may be a folder that holds other files.
    return _KEY.fullmatch(path.name) is not None and (path / _FACES).is_file()


def _is_pieces(path: Path) -> bool:
    return _KEY.fullmatch(path.name.removesuffix(_PIECES)) is not None and path.suffix == _PIECES
