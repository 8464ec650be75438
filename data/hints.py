"""What somebody may have meant by a word that is nearly right."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that is most like another one, None where none is like it.

    What stands behind a dot counts too: ``fps`` is like ``frames.fps``.

    >>> nearest("frame.fps", ["frames.fps", "people.face_method"])
    'frames.fps'
    """
    by_part: dict[str, str] = {}
    for candidate in known:
        by_part.setdefault(candidate, candidate)
        by_part.setdefault(candidate.rpartition(".")[2], candidate)
    for wanted in dict.fromkeys((word, word.rpartition(".")[2])):
        if found := difflib.get_close_matches(wanted, by_part, n=1, cutoff=0.65):
            return by_part[found[0]]
    return None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ``did you mean X? ``, or "" where no known word is like this one."""
    near = nearest(word, known)
    return f"did you mean {near}? " if near else ""
