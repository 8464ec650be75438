"""A stretch of a film that becomes a clip."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...data.errors import InputError
from ...data.hashes.picture import is_same
from ...data.result.facts import SourceFacts
from ...data.shots.shots import Shot
from ...data.shots.where import paths_of


@dataclass(frozen=True)
class Piece:
    """A stretch of a film: a shot, and the file where the film is now."""

    shot: Shot
    film: SourceFacts
    path: Path


def pieces_of(
    shots: Sequence[Shot], sources: Iterable[SourceFacts], moved: Path | None = None
) -> list[Piece]:
    """Return shots with the files that they are cut out of.

    Args:
        shots: of any number of films.
        sources: all films and photos.
        moved: the film, or a folder with films, where they are now; None = where they were.

    Raises:
        InputError: a film is not there, or it is not clear which of several one file is.
    """
    films = {source.name: source for source in sources}
    names = dict.fromkeys(shot.source for shot in shots)
    paths = paths_of([films[name] for name in names], moved)
    return [Piece(shot, films[shot.source], paths[shot.source]) for shot in shots]


def refuse_changed(film: SourceFacts, path: Path) -> None:
    """Refuse another film that lies where the one of a result was; elsewhere the user names it.

    Raises:
        InputError: its content is not what was analysed, or it cannot be read.
    """
    if is_another(film, path):
        raise InputError(
            f"{another_text(film, path)}; find its people again, or say where that film is with"
            " --film PATH"
        )


def is_another(source: SourceFacts, path: Path) -> bool:
    """Say whether another film or photo lies where that of a result was.

    One into which a program has written a title, a date or a rating is the same.

    Raises:
        InputError: it cannot be read.
    """
    is_same_place = bool(source.content) and str(path.absolute()) == source.path
    return is_same_place and not is_same(path, source.content, source.picture)


def another_text(source: SourceFacts, path: Path) -> str:
    """Say that a film or photo is not the one that was analysed."""
    return f"{path}: is no longer the {source.kind} that was analysed"
