"""Short names of files: the shortest end of each path that no other ends with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import PurePath

_Parts = tuple[str, ...]


def short_names(paths: Mapping[tuple[str, str], str]) -> dict[tuple[str, str], str]:
    """Return the shortest end of each path that no other path ends with.

    Of several that had one path, as where a photo was replaced, all but the first get a number.
    """
    parts = {key: PurePath(path).parts for key, path in paths.items()}
    ends = _shortest_ends(parts.values())
    taken, names = {*ends.values()}, {}
    given: set[_Parts] = set()
    for key, own in parts.items():
        name, number = ends[own], 1
        while own in given and name in taken:
            number += 1
            name = f"{ends[own]}~{number}"
        given.add(own)
        taken.add(name)
        names[key] = name
    return names


def _shortest_ends(paths: Iterable[_Parts]) -> dict[_Parts, str]:
    found: dict[_Parts, str] = {}
    left, size = {*paths}, 1
    while left:
        by_end: defaultdict[_Parts, list[_Parts]] = defaultdict(list)
        for path in left:
            by_end[path[-size:]].append(path)
        for end, own in by_end.items():
            if len(own) == 1:
                found[own[0]] = PurePath(*end).as_posix()
            elif end in own:  # all of a path, with which others end
                found[end] = PurePath(*end).as_posix()
        left -= {*found}
        size += 1
    return found
