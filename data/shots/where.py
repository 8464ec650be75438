"""Where the films and photos of a result are now."""

from __future__ import annotations

from pathlib import Path

from ..errors import InputError
from ..result.facts import SourceFacts


def path_of(source: SourceFacts, moved: Path | None = None) -> Path:
    """Return the file of a film or photo.

    Args:
        source: it says where the file was when it was analysed.
        moved: the file, or a folder with it, where it is now; None: where it was.

    Raises:
        InputError: it is not there.
    """
    for path in _candidates(source, moved):
        if path.is_file():
            return path.absolute()
    place = moved or source.path or "an unknown place"
    raise InputError(
        f"{source.name}: expected it at {place}, found no such file; say where it is now with"
        " --film PATH (the file, or a folder with it)"
    )


def likely_path(source: SourceFacts, moved: Path | None = None) -> Path:
    """Return where a film or photo is, also if that cannot be seen from here."""
    for path in (candidates := _candidates(source, moved)):
        if path.is_file():
            return path.absolute()
    return candidates[0]


def _candidates(source: SourceFacts, moved: Path | None) -> list[Path]:
    if moved is None:
        return [Path(source.path or source.name)]
    if not moved.is_dir():
        return [moved.absolute()]
    file_name = Path(source.path or source.name).name
    return [moved.absolute() / source.name, moved.absolute() / file_name]
