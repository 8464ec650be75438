"""Shots of a result one after the other, in one film."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ...data.errors import InputError
from ...data.progress import ProgressHook, silent
from ...data.result.result import StoredResult
from ...data.shots.shots import Shot
from ..clips.cut import write_reel
from ..clips.names import reel_path
from ..clips.piece import pieces_of


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
    people = dict.fromkeys(shot.person for shot in shots)
    path = reel_path(path, [result.name_of(person) for person in people])
    write_reel(pieces_of(shots, result.sources, moved), path, progress)
    return path
