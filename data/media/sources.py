"""Finds inputs: films, photos and folders of them; each gets a short unique name."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError, NothingReadError, printable_name
from .decode import FilmDecoder
from .kinds import Kind
from .search import Found, Skip, Skipped, search


@dataclass(frozen=True)
class Source:
    """A film or photo to find people in.

    Attributes:
        path: where it is.
        name: short and unique among the sources; tables and labels use it.
        kind: "film" or "photo".
    """

    path: Path
    name: str
    kind: Kind


def find_sources(inputs: Sequence[Path], skip: Skip | None = None) -> list[Source]:
    """Find the films and photos among files and folders.

    Folders are searched with all that is in them, in the order of names; hidden files and folders
    are passed over. The content of a file says whether it is a photo or a film where it can, else
    the name. The clip of a live photo is left out where its photo lies beside it. A file that is
    given twice counts once. A source is named after its file, or by its path within the folder that
    was given; where two names collide, both get folders in front until they differ.

    Args:
        inputs: films, photos and folders, in any mixture.
        skip: called with everything that cannot be used, or is left out by design, so that it does
            not stop the rest; None = the first that cannot be used is an error.

    Returns:
        Sources in the order of the inputs.

    Raises:
        InputError: nothing can be used, or something cannot and ``skip`` is None.
    """
    bad: list[Skipped] = []

    def note(skipped: Skipped) -> None:
        if not skipped.is_meant:
            bad.append(skipped)
            if skip is None:
                raise _unusable(skipped)
        if skip is not None:
            skip(skipped)

    found: dict[Path, Found] = {}
    for given in inputs:
        for item in search(given, note):
            found.setdefault(item.path.resolve(), item)
    items = [item for item in found.values() if item.kind == "photo" or _opens(item, note)]
    if bad and not items:
        raise (
            _unusable(bad[0])
            if len(bad) == 1
            else NothingReadError([(str(left_out.path), left_out.reason) for left_out in bad])
        )
    return [
        Source(path=item.path, name=name, kind=item.kind)
        for item, name in zip(items, _names(items), strict=True)
    ]


def find_files(inputs: Sequence[Path], skip: Skip) -> list[tuple[Path, Kind]]:
    """Find the films and photos among files and folders, without decoding any film.

    As ``find_sources``, but that a film which cannot be decoded is among them; nothing is an error.

    Args:
        inputs: films, photos and folders, in any mixture.
        skip: called with everything that is no film or photo, or cannot be read.
    """
    found: dict[Path, tuple[Path, Kind]] = {}
    for given in inputs:
        for item in search(given, skip):
            found.setdefault(item.path.resolve(), (item.path, item.kind))
    return list(found.values())


def _opens(film: Found, note: Skip) -> bool:
    try:
        FilmDecoder(film.path).close()  # what is no film is reported before any work is done
    except InputError as error:
        note(Skipped(film.path, "film", str(error)))
        return False
    return True


def _unusable(skipped: Skipped) -> InputError:
    reason = skipped.reason
    if not reason.startswith(str(skipped.path)):
        reason = (
            f"{skipped.path}: expected a film, a photo or a folder of them, but {reason};"
            " check the path"
        )
    return InputError(reason)


def printable(sources: Sequence[Source]) -> list[Source]:
    """Name sources so that their names fit into a table, a page and a line of text.

    Names that become equal get ``~2``, ``~3`` in their order, so that each is one file still.
    """
    taken: set[str] = set()
    named = []
    for source in sources:
        base = name = printable_name(source.name)
        number = 1
        while name in taken:
            number += 1
            name = f"{base}~{number}"
        taken.add(name)
        named.append(dataclasses.replace(source, name=name))
    return named


def _names(items: Sequence[Found]) -> list[str]:
    parts = [item.path.absolute().parts for item in items]
    nums = [item.num_parts for item in items]
    while True:
        names = ["/".join(p[-num:]) for p, num in zip(parts, nums, strict=True)]
        counts = Counter(names)
        if len(counts) == len(names):
            return names
        # Paths differ, so names do at the latest when they are whole paths.
        nums = [num + (counts[name] > 1) for num, name in zip(nums, names, strict=True)]
