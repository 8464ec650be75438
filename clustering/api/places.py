"""Where the result of a film or folder goes: ``film.castlist`` beside it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from ...data.errors import InputError, first_few
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
    there = {Path(file.path).name for file in files_in(short)}
    is_of_others = bool(there) and first.name not in there
    return long if is_of_others or is_result(long) else short


def _shortened(name: str) -> str:
    while len(os.fsencode(name)) > _LONGEST:
        name = name[:-1]
    return name


class File(NamedTuple):
    """A film or photo of a result: where it was, and the hashes that it is known by."""

    path: str
    content: str
    picture: str


def files_in(folder: Path) -> list[File]:
    """Return the films and photos of a result, [] where unreadable.

    Also of a result that another version of castlist wrote.
    """
    try:
        content = json_of(openable(folder / RUN).read_text(encoding="utf-8"))
        return [
            File(str(source["path"]), str(source["content"]), str(source.get("picture", "")))
            for source in content["sources"]
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return []


def is_result_of(folder: Path, paths: Iterable[str], is_it: Callable[[str, File], bool]) -> bool:
    """Say whether a folder is the result of one of some files, or of one that was moved since.

    Args:
        folder: of the result; it need not exist.
        paths: of the files, absolute.
        is_it: says of one of them whether it is a film or photo of the result.
    """
    before = files_in(folder)
    if {file.path for file in before} & {*paths}:
        return True
    named = {Path(file.path).name: file for file in before if file.content}
    return any(is_it(path, named[Path(path).name]) for path in paths if Path(path).name in named)


def refuse_fewer(
    folder: Path,
    paths: Collection[str],
    is_it: Callable[[str, File], bool],
    inputs: Iterable[Path] = (),
) -> None:
    """Refuse to replace a result with one of fewer films and photos that nobody took away.

    Args:
        folder: of the result.
        paths: of the films and photos that are given, absolute.
        is_it: as for ``is_result_of``: a film that was copied is given, too.
        inputs: all that is in a folder among them counts as given.

    Raises:
        InputError: some are still where they were, yet not given now.
    """
    given = {*(path.absolute() for path in inputs), *map(Path, paths)}
    named = {Path(path).name: path for path in paths}
    left_out = [
        path
        for file in files_in(folder)
        if not given & {(path := Path(file.path)), *path.parents}
        and path.is_file()
        and not (path.name in named and is_it(named[path.name], file))
    ]
    if left_out:
        raise InputError(
            f"{folder}: is also the result of {first_few([path.name for path in left_out], 3)};"
            " give these too, choose another -o, or add --overwrite to leave them out"
        )


def result_beside(film: Path, is_it: Callable[[File], bool]) -> Path | None:
    """Return the result beside a film, if it is of that film alone.

    Args:
        film: the film.
        is_it: says whether it is the film of a result; asked where there is such a result.
    """
    beside = result_folder([film], can_write=lambda _folder: True)
    files = files_in(beside)
    is_of_one = is_result(beside) and len({file.content for file in files}) == 1
    return beside if is_of_one and is_it(files[0]) else None
