"""What commands that read a result share: which result, and whom."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ...data.errors import InputError

if TYPE_CHECKING:
    from ...data.result.result import StoredResult


def split_result(places: Sequence[str]) -> tuple[Path, list[str]]:
    """Take the result from the words of a command; where none is given, find the only one.

    Args:
        places: words of the command, a result first where one is given.

    Returns:
        The folder of the result, and the other words.

    Raises:
        InputError: no result was given, and the working folder has none or several.
    """
    if places and looks_like_result(places[0]):
        return Path(places[0]), list(places[1:])
    return only_result(Path(), places[0] if places else ""), list(places)


def looks_like_result(text: str) -> bool:
    """Say whether a word means a folder, rather than a person or a file."""
    return Path(text).is_dir() or text.endswith(("/", "\\"))


def only_result(folder: Path, first_word: str = "") -> Path:
    """Return the only result in a folder, which may be one itself.

    Raises:
        InputError: there is none, or there are several.
    """
    from ...data.result.result import is_result

    if is_result(folder):
        return folder
    found = sorted(path for path in folder.iterdir() if path.is_dir() and is_result(path))
    if len(found) == 1:
        return found[0]
    said = f'"{first_word}" is no result, and ' if first_word else ""
    if found:
        names = ", ".join(path.name for path in found[:5])
        raise InputError(f"{said}this folder has several ({names}); name one first")
    raise InputError(f"{said}this folder has none; name a result's folder first")


def find_people(result: StoredResult, names: Sequence[str]) -> list[int]:
    """Return the numbers of the people named, each once; nobody named: all but the hidden.

    Raises:
        InputError: nobody is called so.
    """
    from ...data.shots.named import find_person, shown_people

    if not names:
        return shown_people(result)
    return list(dict.fromkeys(find_person(result, name) for name in names))
