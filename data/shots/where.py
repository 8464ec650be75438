"""Where the films and photos of a result are now."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..errors import InputError
from ..result.facts import SourceFacts

SAY_WHERE = "say where it is now with --film PATH (the file, or a folder with it)"
"""What to do where a film or photo is not there."""


def path_of(source: SourceFacts, moved: Path | None = None) -> Path:
    """Return the file of a film or photo.

    Args:
        source: it says where the file was when it was analysed.
        moved: the file, or a folder with it, where it is now; None: where it was.

    Raises:
        InputError: it is not there.
    """
    if path := found_path(source, moved):
        return path
    raise InputError(f"{missing_text(source, moved)}; {SAY_WHERE}")


def found_path(source: SourceFacts, moved: Path | None = None) -> Path | None:
    """Return the file of a film or photo, None = it is not there; arguments as ``path_of``."""
    for path in _candidates(source, moved):
        if path.is_file():
            return path.absolute()
    return None


def missing_text(source: SourceFacts, moved: Path | None = None) -> str:
    """Say that a film or photo is not there; arguments as ``path_of``."""
    place = moved or source.path or "an unknown place"
    return f"{source.name}: expected it at {place}, found no such file"


def paths_of(sources: Sequence[SourceFacts], moved: Path | None = None) -> dict[str, Path]:
    """Return the files of films and photos by their names; arguments and errors as ``path_of``.

    A file that was moved is one of them, see ``one_moved``.
    """
    one = one_moved(sources, moved)
    return {source.name: path_of(source, moved_of(source.name, one, moved)) for source in sources}


def moved_of(name: str, one: str | None, moved: Path | None) -> Path | None:
    """Return where one of several films and photos was moved, None = nowhere.

    Args:
        name: of the film or photo.
        one: which of them was moved, as ``one_moved`` says it.
        moved: as there.
    """
    return moved if one in (None, name) else None


def likely_path(source: SourceFacts, moved: Path | None = None) -> Path:
    """Return where a film or photo is, also if that cannot be seen from here."""
    for path in (candidates := _candidates(source, moved)):
        if path.is_file():
            return path.absolute()
    return candidates[0]


def one_moved(sources: Sequence[SourceFacts], moved: Path | None) -> str | None:
    """Return which of several films and photos a file is that was moved.

    The one of its name, else the only one, else the only one that is no longer where it was.

    Args:
        sources: those that are needed.
        moved: as in ``path_of``.

    Returns:
        Its name; None where nothing was moved, or into a folder, which is meant for all.

    Raises:
        InputError: it may be several of them: shots would be cut out of another film.
    """
    if moved is None or moved.is_dir() or not sources:
        return None
    called = [
        source for source in sources if moved.name in (Path(source.name).name, _file_name(source))
    ]
    missing = [source for source in sources if not _candidates(source, None)[0].is_file()]
    for found in (called, sources, missing):
        if len(found) == 1:
            return found[0].name
    raise InputError(
        f"{moved}: expected a folder, or one of {len(sources)} films and photos by its name, got a"
        " file that may be any of them"
    )


def _candidates(source: SourceFacts, moved: Path | None) -> list[Path]:
    here = Path(source.path or source.name)
    if moved is None:
        return [here]
    if not moved.is_dir():
        return [moved.absolute()]
    there = moved.absolute()
    return [there / source.name, there / _file_name(source), here]  # not all may have been moved


def _file_name(source: SourceFacts) -> str:
    return Path(source.path or source.name).name
