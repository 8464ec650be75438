"""People without a known face, found by clothing alone."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...data.tables.codes import UNKNOWN, Reason
from ...data.tables.faces import BoolArray, IntArray
from .calibration import MIN_HELD_OUT, Trust, wilson_bound
from .cloth_tracks import ClothTracks
from .constraints import Groups
from .decisions import Decisions
from .linkage import average_linkage
from .windows import Window

MIN_LIKENESS = 0.6
"""Clothes less similar than this are never of one new person, whatever the known people."""

MIN_FACES = 15
"""A new person needs so many faces, 3 s at 5 frames a second, ..."""

MIN_SHOTS = 2
"""... in so many shots: detections in one shot only may be a thing."""

STRENGTH = 0.3
"""Of the rows of a new person: low-confidence, whatever the clothes."""


def add_cloth_only_people(
    clothes: ClothTracks,
    decisions: Decisions,
    trusts: Sequence[Trust],
    precision: float,
    veto: float,
) -> int:
    """Make people of unknown pieces with the same clothes, which no known person has.

    Within each window, unknown pieces are joined by average linkage, never two of one picture, as
    long as they are as similar as pieces of one person in these films (``likeness_from``); films in
    which votes of clothing do not count are left out. A group stays unknown when a known person is
    as similar, when it has too few faces, or when two of its clear faces are too far apart.

    Args:
        clothes: the clothes of every piece.
        decisions: the decisions by votes; new people are written into it.
        trusts: for each film, how far clothing is trusted.
        precision: required precision of joining two pieces, 0..1.
        veto: two clear faces further apart than this are of two people.

    Returns:
        How many people were added.
    """
    trusted = [
        window
        for windows, trust in zip(clothes.windows_of_films, trusts, strict=True)
        for window in windows
        if np.isfinite(trust.margin)
    ]
    alike_from = likeness_from(clothes, trusted, precision)
    if not np.isfinite(alike_from):
        return 0
    next_person = int(max(decisions.person.max(initial=UNKNOWN), clothes.person.max(initial=-1)))
    added = 0
    for pieces in _groups(clothes, trusted, decisions.person, alike_from):
        if _seen_enough(clothes, pieces) and not _faces_contradict(clothes, pieces, veto):
            added += 1
            decisions.person[pieces] = next_person + added
            decisions.strength[pieces] = STRENGTH
            _note(clothes, decisions, pieces)
    return added


def likeness_from(clothes: ClothTracks, windows: Sequence[Window], precision: float) -> float:
    """Return the similarity from which clothes are of one person, by the known people of films.

    It is the lowest similarity of pairs of strong pieces of different shots from which the lower
    bound of the share that is one person reaches ``precision``. The pairs are not independent, so
    the bound is too high.

    Args:
        clothes: the clothes of every piece.
        windows: those of the films.
        precision: the required precision, 0..1.

    Returns:
        ``MIN_LIKENESS`` or more; inf where clothes do not separate people, or too few are known.
    """
    alike, same = [np.empty(0)], [np.empty(0, dtype=bool)]
    for window in windows:
        strong = window.context[clothes.votes_for[window.context]]
        pairs = np.triu_indices(len(strong), k=1)
        first, second = strong[pairs[0]], strong[pairs[1]]
        apart = _apart(clothes, first, second)
        alike.append(clothes.similarity(strong, strong)[pairs][apart])
        same.append((clothes.person[first] == clothes.person[second])[apart])
    likeness, is_same = np.concatenate(alike), np.concatenate(same)
    if len(likeness) < MIN_HELD_OUT or is_same.all():
        return float("inf")
    order = np.argsort(-likeness, kind="stable")
    counts = np.arange(1, len(order) + 1)
    bounds = wilson_bound(np.cumsum(is_same[order]) / counts, counts)
    enough = np.flatnonzero(bounds >= precision)
    return max(MIN_LIKENESS, float(likeness[order][enough[-1]])) if len(enough) else float("inf")


def _apart(clothes: ClothTracks, first: IntArray, second: IntArray) -> BoolArray:
    tracks = clothes.tracks
    other_film = tracks.source[first] != tracks.source[second]
    return np.asarray(other_film | (tracks.shot[first] != tracks.shot[second]), dtype=bool)


def _groups(
    clothes: ClothTracks, windows: Sequence[Window], person: IntArray, alike_from: float
) -> list[IntArray]:
    """Return the pieces of each group, the largest first."""
    tracks = clothes.tracks
    groups = Groups(tracks.pictures)
    taken: set[int] = set()
    for window in windows:
        here = window.context
        unknown = here[(person[here] == UNKNOWN) & tracks.has_cloth_vector[here]]
        known = here[clothes.votes_for[here]]
        if len(known):
            unknown = unknown[clothes.similarity(unknown, known).max(axis=1) < alike_from]
        if len(unknown) < 2:
            continue
        distance = float(np.sqrt(2 - 2 * alike_from))  # of unit rows
        pictures = [tracks.pictures[piece] for piece in unknown]
        number = average_linkage(tracks.cloth_vector[unknown], pictures, distance)
        for group in (unknown[number == each] for each in range(int(number.max()) + 1)):
            taken.update(group.tolist())
            for first, second in itertools.pairwise(group.tolist()):
                groups.join(first, second)
    pieces = np.array(sorted(taken), dtype=np.int64)
    label = groups.labels()[pieces]
    found = [pieces[label == each] for each in np.unique(label)]
    return sorted(found, key=lambda group: -int(tracks.num_faces[group].sum()))


def _seen_enough(clothes: ClothTracks, pieces: IntArray) -> bool:
    tracks = clothes.tracks
    return int(tracks.num_faces[pieces].sum()) >= MIN_FACES and _num_shots(clothes, pieces) >= (
        MIN_SHOTS
    )


def _num_shots(clothes: ClothTracks, pieces: IntArray) -> int:
    tracks = clothes.tracks
    return len(set(zip(tracks.source[pieces].tolist(), tracks.shot[pieces].tolist(), strict=True)))


def _faces_contradict(clothes: ClothTracks, pieces: IntArray, veto: float) -> bool:
    tracks = clothes.tracks
    clear = pieces[(tracks.num_good[pieces] > 0) & tracks.has_face_vector[pieces]]
    vectors: NDArray[np.float64] = tracks.face_vector[clear]
    return bool((2 - 2 * vectors @ vectors.T > veto**2).any())


def _note(clothes: ClothTracks, decisions: Decisions, pieces: IntArray) -> None:
    decisions.about[pieces] = decisions.person[pieces]
    decisions.reason[pieces] = Reason.CLOTH_ONLY_PERSON
    decisions.cloth_support[pieces] = int(clothes.tracks.num_faces[pieces].sum())
    # Whatever was measured before was about somebody else, to whom the piece was only nearest.
    decisions.cloth_similarity[pieces] = np.nan
    decisions.cloth_margin[pieces] = np.nan
    decisions.face_distance[pieces] = np.nan
