"""A result as other files: for other programs, and drawn into its film."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from pathlib import Path

from ...data.errors import InputError
from ...data.progress import ProgressHook
from ...data.result.result import StoredResult
from ...data.shots.named import find_source, shown_people
from ...data.shots.where import path_of
from ..clips.overlay import write_overlay
from ..exports.export import export
from ..exports.options import ExportOptions
from .shown import Who, find_all, several


def export_to(
    result: StoredResult,
    path: Path,
    who: Who | Iterable[Who],
    format_name: str | None,
    source: str | Iterable[str],
    options: ExportOptions,
) -> Path:
    """Write shots or faces of a result to a file; see ``Result.export``."""
    people = tuple(find_all(result, several(who))) or None
    wanted = tuple(find_source(result, str(name)) for name in several(source))
    options = dataclasses.replace(options, people=people, sources=wanted)
    export(result, path, options, format_name)
    return path


def overlay_to(
    result: StoredResult,
    path: Path,
    who: Who | Iterable[Who],
    source: str | None,
    moved: Path | None,
    progress: ProgressHook,
) -> Path:
    """Write a film with boxes and names drawn into it; see ``Result.overlay``."""
    films = {film.name: film for film in result.run.films}
    if source:
        name = find_source(result, source)
        films = {name: films[name]} if name in films else {}
    if len(films) != 1:
        names = ", ".join(list(films)[:5]) or "none"
        raise InputError(f"expected one film to draw into, got {names}; choose with --source NAME")
    [film] = films.values()
    people = find_all(result, several(who)) if who else shown_people(result)
    called = {person: result.name_of(person) for person in people}
    write_overlay(result.faces, called, film, path_of(film, moved), path, progress)
    return path
