"""Where what is written about photos goes: beside them, or into a folder of its own."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from ...data.errors import InputError
from ...data.result.facts import SourceFacts
from ...data.shots.where import found_path
from .options import ExportOptions


def places(photos: Iterable[SourceFacts], folder: Path, options: ExportOptions) -> dict[str, Path]:
    """Return the place of each photo in a folder, by its name.

    In a folder that has the photos, at any depth, it is where they are. In another one it is a
    place as in the folder that they were found in.

    Raises:
        InputError: the folder has some of them, and others lie elsewhere.
    """
    named = list(photos)
    files = {photo.name: found_path(photo, options.moved_of(photo.name)) for photo in named}
    inside = {name: _inside(path, folder) for name, path in files.items() if path}
    here = {name: place for name, place in inside.items() if place}
    if not here:
        return {photo.name: folder / _as_found(photo.name) for photo in named}
    if other := next((photo.name for photo in named if photo.name not in here), None):
        known = [str(_unlinked(path).parent) for path in files.values() if path]
        raise InputError(
            f"{folder}: has {len(here):,} of {len(named):,} photos, and {other} is not among them;"
            f" give a folder that has all ({os.path.commonpath(known)}), or an empty one"
        )
    return here


def _inside(path: Path, folder: Path) -> Path | None:
    try:
        return folder / _unlinked(path).relative_to(folder.resolve())
    except ValueError:
        return None


def _unlinked(path: Path) -> Path:
    """Return a path without links to folders; a photo may be a link itself."""
    return path.parent.resolve() / path.name


def _as_found(name: str) -> Path:
    return Path(*(part for part in PurePosixPath(name).parts if part not in ("/", "..", "\\")))
