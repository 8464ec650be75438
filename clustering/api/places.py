"""Where the result of a film or folder goes: ``film.castlist`` beside it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from ...data.files import json_of, openable
from ...data.media.kinds import is_folder
from ...data.result.result import RUN, is_result

ENDING = ".castlist"
_LONGEST = 220  # bytes of a name; of 255 that a disk allows, the ending and ".partial-" take some


def can_write(folder: Path) -> bool:
    """Say whether files can be made in a folder."""
    try:
        with tempfile.TemporaryDirectory(prefix=".castlist-", dir=folder):
            return True
    except OSError:
        return False


def result_folder(
    inputs: Sequence[str | Path], can_write: Callable[[Path], bool] = can_write
) -> Path:
    """Return the folder for the result of some inputs.

    It is beside the first of them and named after it: ``film.castlist``, or ``film.mp4.castlist``
    where that is the result of another file; the end of a very long name is left out. In a folder
    that cannot be written to nothing is made: it is then in the working folder.

    Args:
        inputs: films, photos and folders, at least one.
        can_write: says whether a folder can be written to.
    """
    first = Path(inputs[0])
    first = first if first.name not in ("", "..") else first.resolve()
    parent = first.parent if can_write(first.parent) else Path()
    if is_folder(first):
        return parent / f"{_shortened(first.name) or 'films'}{ENDING}"
    short, long = (parent / f"{_shortened(name)}{ENDING}" for name in (first.stem, first.name))
    return long if is_of_others(short, first) or is_result(long) else short


def _shortened(name: str) -> str:
    while len(os.fsencode(name)) > _LONGEST:
        name = name[:-1]
    return name


def is_of_others(folder: Path, film: Path) -> bool:
    """Say whether a folder is the result of films or photos of other names only."""
    paths = paths_in(folder)
    return bool(paths) and film.name not in {Path(path).name for path in paths}


def paths_in(folder: Path) -> list[str]:
    """Return where the films and photos of a result were, [] where that cannot be read."""
    return [path for path, _ in files_in(folder)]


def files_in(folder: Path) -> list[tuple[str, str]]:
    """Return path and content hash of the films and photos of a result, [] where unreadable.

    Also of a result that another version of castlist wrote.
    """
    try:
        content = json_of(openable(folder / RUN).read_text(encoding="utf-8"))
        return [(str(source["path"]), str(source["content"])) for source in content["sources"]]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def is_result_of(folder: Path, paths: Iterable[str], content_of: Callable[[str], str]) -> bool:
    """Say whether a folder is the result of one of some files, or of one that was moved since.

    Args:
        folder: of the result; it need not exist.
        paths: of the files, absolute.
        content_of: gives the content hash of one of them.
    """
    before = files_in(folder)
    if {path for path, _ in before} & {*paths}:
        return True
    contents = {Path(path).name: content for path, content in before if content}
    return any(
        content_of(path) == contents[Path(path).name]
        for path in paths
        if Path(path).name in contents
    )


def result_beside(film: Path, content_of: Callable[[Path], str]) -> Path | None:
    """Return the result beside a film, if it is of that film alone.

    Args:
        film: the film.
        content_of: gives its content hash; asked where there is such a result.
    """
    beside = result_folder([film], can_write=lambda _folder: True)
    contents = {content for _, content in files_in(beside)}
    is_its = is_result(beside) and len(contents) == 1 and content_of(film) in contents
    return beside if is_its else None
