"""Short names of files: the shortest end of each path that no other ends with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import PurePath


def short_names(paths: Mapping[tuple[str, str], str]) -> dict[tuple[str, str], str]:
    """Return the shortest end of each path that no other ends with; of equal paths, all of it."""
    parts = {key: PurePath(path).parts for key, path in paths.items()}
    names: dict[tuple[str, str], str] = {}
    left, size = set(parts), 1
    while left:
        by_name: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        for key in sorted(left):
            by_name["/".join(parts[key][-size:])].append(key)
        for name, keys in by_name.items():
            if len(keys) == 1:
                names[keys[0]] = name
            elif all(len(parts[key]) <= size for key in keys):  # one file in two results
                names |= {
                    key: name if not number else f"{name}~{number + 1}"
                    for number, key in enumerate(keys)
                }
        left -= set(names)
        size += 1
    return names
