"""The users' own results of the films of a library, and which of their decisions it knows."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from ...data.result.decisions import EDITS
from ...data.result.result import is_result
from ..api.places import ENDING, result_beside
from .catalogue import Catalogue
from .sources import LibrarySource


class Originals:
    """The users' own results of films; each folder is read once."""

    def __init__(self) -> None:
        self._names: dict[Path, frozenset[str]] = {}

    def of(self, rows: Sequence[LibrarySource]) -> Path | None:
        """Return the user's own result of a film: where it was taken from, or beside the film.

        Args:
            rows: the films and photos of one result of the library.
        """
        if not rows:
            return None
        if rows[0].original and is_result(Path(rows[0].original)):
            return Path(rows[0].original)
        if rows[0].kind != "film" or not rows[0].path:
            return None
        film = Path(rows[0].path)
        if self._here(film.parent).isdisjoint(names_beside(film)):
            return None
        return result_beside(film, rows[0].is_of)

    def changed(self, catalogue: Catalogue) -> dict[str, Path]:
        """Return those with other decisions than were seen last, by film."""
        found = {}
        for key, rows in sorted(catalogue.by_film.items()):
            original = self.of(rows)
            if original is not None and stamp_of_edits(original) != rows[0].seen:
                found[key] = original
        return found

    def _here(self, folder: Path) -> frozenset[str]:
        if folder not in self._names:
            try:
                self._names[folder] = frozenset(os.listdir(folder))  # noqa: PTH208
            except OSError:
                self._names[folder] = frozenset()
        return self._names[folder]


def names_beside(film: Path) -> tuple[str, str]:
    """Return the names that the folder of the result beside a film may have."""
    return f"{film.stem}{ENDING}", f"{film.name}{ENDING}"


def note_seen(catalogue: Catalogue, film: str, original: Path) -> None:
    """Note that the decisions of an original are in its copy, too."""
    for row in catalogue.of_film(film):
        given = row.original if row.original == str(original) else ""  # else beside the film
        catalogue.change(row, original=given, seen=stamp_of_edits(original))


def stamp_of_edits(folder: Path) -> str:
    """Return a text that changes with the decisions of a result."""
    try:
        stat = os.stat(folder / EDITS)  # noqa: PTH116
    except OSError:
        return "none"
    return f"{stat.st_size}-{stat.st_mtime_ns}"
