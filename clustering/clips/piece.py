"""A stretch of a film that becomes a clip."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ...data.errors import InputError
from ...data.media.sources import hash_source
from ...data.result.facts import SourceFacts
from ...data.shots.shots import Shot


@dataclass(frozen=True)
class Piece:
    """A stretch of a film: a shot, and the file where the film is now."""

    shot: Shot
    film: SourceFacts
    path: Path


def refuse_changed(film: SourceFacts, path: Path) -> None:
    """Refuse another film that lies where the one of a result was; elsewhere the user names it.

    Raises:
        InputError: its content is not what was analysed, or it cannot be read.
    """
    if film.content and str(path.absolute()) == film.path and hash_source(path) != film.content:
        raise InputError(
            f"{path}: is no longer the film that was analysed; find its people again, or say where"
            " that film is with --film PATH"
        )
