"""Which result a command reads."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from ...data.errors import InputError


def split_result(words: Sequence[str]) -> tuple[Path, list[str]]:
    """Take the result from the words of a command; where none is given, find the only one.

    Args:
        words: of the command, a result first where one is given: its folder, or the film or folder
            of photos that it is of.

    Returns:
        The folder of the result, and the other words.

    Raises:
        InputError: no result was given, and the working folder has none or several.
    """
    if words and (folder := _given(words[0])):
        return _in(folder), list(words[1:])
    return only_result(Path(), words[0] if words else ""), list(words)


def result_of(word: str | None) -> Path:
    """Return the result that a word means; None = the only one in the working folder.

    Raises:
        InputError: no result was given, and the working folder has none or several.
    """
    return only_result(Path()) if word is None else _in(_given(word) or Path(word))


def _given(word: str) -> Path | None:
    """Return the result that a word means, None where it means a person or a file."""
    from ...data.result.result import is_result

    path = Path(word)
    if path.is_file():
        return _beside(path)
    if is_result(path) or any(mark in word for mark in "/\\"):  # no name has such marks
        return path
    return path if path.is_dir() and len(_results_in(Path())) != 1 else None


def _beside(path: Path) -> Path | None:
    """Return the result of a film or a folder of photos, which is beside it."""
    from ...data.result.result import is_result
    from ..api.places import result_folder

    beside = result_folder([path])
    return beside if is_result(beside) else None


def _in(folder: Path) -> Path:
    """Return the result that a folder is, or the only one in it or beside it.

    Raises:
        InputError: it is a library, or has several.
    """
    if not folder.is_dir():
        return folder
    refuse_library(folder)
    if _results_in(folder):
        return only_result(folder, inside=True)
    return _beside(folder) or folder


def refuse_library(folder: Path) -> None:
    """Refuse a library where a result, or a folder of known people, is expected.

    Raises:
        InputError: it is one.
    """
    from ..library_files.places import is_library

    if is_library(folder):
        raise InputError(
            f"{folder}: is a library of films; castlist library {shlex.quote(str(folder))} people"
            " lists its people, show where they are, who whom of them a film has, add gives their"
            " names to further films"
        )


def _results_in(folder: Path) -> list[Path]:
    from ...data.result.result import is_result

    if is_result(folder):
        return [folder]
    inside = (path for path in folder.iterdir() if not path.name.startswith("."))
    return sorted(path for path in inside if path.is_dir() and is_result(path))


def only_result(folder: Path, first_word: str = "", inside: bool = False) -> Path:
    """Return the only result in a folder, which may be one itself.

    Args:
        folder: to look in.
        first_word: what was given, and is no result.
        inside: whether the folder was given, and is not the working folder.

    Raises:
        InputError: there is none, or there are several.
    """
    found = _results_in(folder)
    if len(found) == 1:
        return found[0]
    said = f'"{first_word}" is no result, and ' if first_word else ""
    if found:
        names = ", ".join(path.name for path in found[:5])
        if inside:
            raise InputError(f"{folder}: expected one result, found several ({names}); name one")
        raise InputError(f"{said}this folder has several ({names}); name one first")
    raise InputError(
        f"{said}this folder has none; name a result's folder first, or make one: castlist film.mp4"
    )
