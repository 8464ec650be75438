"""Writes a result for another program."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

from ...data.errors import InputError, MisuseError
from ...data.files import replacing_file
from ...data.result.result import StoredResult, is_own_file
from ...data.shots.where import one_moved
from .catalogue import Format, find_format
from .options import ExportOptions


def export(
    result: StoredResult, path: Path, options: ExportOptions, format_name: str | None = None
) -> Format:
    """Write a result to a file, whole or not at all; returns the format.

    Args:
        result: what to export.
        path: the file; for sidecars a folder.
        options: which people, films and shots.
        format_name: a name in ``catalogue.py``; None: by the file's ending.

    Raises:
        MisuseError: no such format, or options that it cannot follow.
        InputError: there is nothing to export, a library is missing, the file is one of the
            result's own, or the film, or it is not clear which film was moved.
    """
    chosen = find_format(path, format_name)
    _check(chosen, path, options)
    sources = result.run.photos if chosen.kind == "sidecars" else result.run.films
    needed = [source for source in sources if options.wants(source.name)]
    one = one_moved(needed, options.moved)
    options = replace(options, title=path.stem, one_moved=one)
    writer = chosen.load()
    if chosen.kind == "sidecars":
        writer.write(result, path, options)
        return chosen
    if path.is_dir():
        raise InputError(f"{path}: expected a file to write, found a folder")
    _check_place(result, path)
    with replacing_file(path) as partial:
        writer.write(result, partial, options)
    return chosen


def _check_place(result: StoredResult, path: Path) -> None:
    """Refuse to replace what a result is made of."""
    if is_own_file(path):
        raise InputError(f"{path}: belongs to the result and stays as it is; choose another name")
    for source in result.sources:
        if source.path and path.is_file() and path.resolve() == Path(source.path).resolve():
            raise InputError(
                f"{path}: is the {source.kind} itself, which stays as it is; choose another name"
            )


def _check(chosen: Format, path: Path, options: ExportOptions) -> None:
    for name, value in (("--min-s", options.min_s), ("--handles", options.handles_s)):
        if not 0 <= value < math.inf:  # NaN neither
            raise MisuseError(f"{name}: expected seconds of 0 or more, got {value:g}")
        if value and chosen.kind != "shots":
            raise MisuseError(f"{name}: {path.name} is about faces, not shots; leave it out")
