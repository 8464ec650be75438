"""Whether labels are of this film: refused if hardly any of them meets a face."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ...data.errors import InputError
from ...data.result.people_names import key_of
from ...data.tables.labels import Labels
from ..report.wording import count
from .matching import Matches

FEWEST, FEW = 0.2, 0.5
"""Shares of the labelled faces that are found: below the first labels are refused, below the second
there is a note. Labels meet faces of another film by chance: at the median of 115 pairs of films in
no case, in 95 % of the pairs in under 0.1 (benchmarks/label_mixups.py)."""

_TO_JUDGE = 5  # labelled faces of a film; fewer say nothing


def refuse_strangers(labels: Labels, matches: Matches, contents: Mapping[str, str]) -> None:
    """Refuse labels of which too few meet a face, unless they state the content of their film.

    Args:
        labels: sources named as in the result.
        matches: of them with the faces of the result.
        contents: content hash of each source, by its name.

    Raises:
        InputError: labels that are of another film, it seems, or of which nothing was found.
    """
    is_face, found = labels.is_face, matches.face_of_label >= 0
    sure = np.array(
        [
            bool(content) and content == contents.get(source)
            for source, content in zip(labels.source.tolist(), labels.content.tolist(), strict=True)
        ],
        dtype=bool,
    )
    for source, (rows, num_found) in _counts(labels, matches).items():
        if num_found < FEWEST * rows.size and rows.size >= _TO_JUDGE and not sure[rows].any():
            raise InputError(
                f"{labels.where[rows[0]]}: {num_found} of {rows.size} labelled faces of {source}"
                " found; expected labels of this film, not of another of that name or size. If they"
                " are its own, state its content as castlist labels make does"
            )
    if not is_face.any() or (is_face & found).any() or sure[is_face].any():
        return
    if not (is_face & matches.looked_at).any():
        raise InputError(
            f"{count(int(is_face.sum()), 'labelled face')}, none in a picture that was analysed;"
            " castlist find FILM --also-frames LABELS looks at them"
        )
    num = int((is_face & matches.looked_at).sum())
    raise InputError(
        f"{count(num, 'labelled face')}, none found, so there is nothing to measure; are these the"
        " labels of another film?"
    )


def notes_on(labels: Labels, matches: Matches) -> list[str]:
    """Return sentences on what makes figures of these labels doubtful."""
    few = [
        f"{num_found} of {count(rows.size, 'labelled face')} of {source} found: the figures are of"
        " these"
        for source, (rows, num_found) in _counts(labels, matches).items()
        if rows.size >= _TO_JUDGE and num_found < FEW * rows.size
    ]
    return [*labels.notes, *few, *_nearly_one(labels)]


def _nearly_one(labels: Labels) -> list[str]:
    """Return sentences on names that differ in capitals or in the width of letters only."""
    by_key: dict[str, list[str]] = {}
    for name in np.unique(labels.person[labels.is_face]).tolist():
        by_key.setdefault(key_of(name), []).append(name)
    return [
        f"{' and '.join(names)} count as {len(names)} people: names are compared exactly"
        for names in by_key.values()
        if len(names) > 1
    ]


def _counts(labels: Labels, matches: Matches) -> dict[str, tuple[NDArray[np.int64], int]]:
    """Return the rows of the faces that could be found, and how many were, by source."""
    counted = labels.is_face & matches.looked_at
    found = {}
    for source in dict.fromkeys(labels.source.tolist()):
        rows = np.flatnonzero(counted & (labels.source == source))
        found[source] = rows, int((matches.face_of_label[rows] >= 0).sum())
    return found
