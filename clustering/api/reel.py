"""Shots of a result one after the other, in one film."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ...data.errors import InputError
from ...data.progress import ProgressHook, silent
from ...data.result.result import StoredResult
from ...data.shots.shots import Shot
from ...data.shots.where import path_of
from ..clips.cut import write_reel
from ..clips.names import reel_path
from ..clips.piece import Piece


def write_reel_of(
    result: StoredResult,
    shots: Sequence[Shot],
    path: Path,
    moved: Path | None,
    progress: ProgressHook = silent,
) -> Path:
    """Write shots one after the other into one film; see ``Shown.reel``."""
    if not shots:
        raise InputError("nothing to cut: there is no such shot")
    films = {film.name: film for film in result.run.films}
    paths = {name: path_of(films[name], moved) for name in {own.source for own in shots}}
    pieces = [Piece(own, films[own.source], paths[own.source]) for own in shots]
    path = reel_path(path, [result.name_of(own.person) for own in shots])
    write_reel(pieces, path, progress)
    return path
