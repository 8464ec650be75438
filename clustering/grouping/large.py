"""Grouping of any number of tracks: scenes first, then the people of scenes across the film."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ...data.tables.faces import BoolArray, IntArray
from ...data.tables.tracks import Tracks
from .average import average_groups, mean_evidence
from .constraints import Constraints, numbered
from .hdbscan_groups import hdbscan_groups

METHODS = {"hdbscan": hdbscan_groups, "agglomerative": average_groups}
"""How the tracks of a scene are grouped: HDBSCAN proposes and the mean evidence decides, or average
linkage over the evidence alone."""

MOST_AT_ONCE = 500
"""Up to so many tracks every pair is looked at; more are cut into scenes of so many."""

_MEMBERS = 8  # of a scene's group, the clearest, that stand for it across scenes


class Evidence(Protocol):
    """Says how likely pairs of tracks are one person, as a log-likelihood ratio."""

    def between(self, rows: IntArray, others: IntArray) -> NDArray[np.float64]:
        """Return the evidence of every row with every other, (len(rows), len(others))."""
        ...


class GroupEvidence(Evidence, Protocol):
    """Says that, and which pairs are two people for sure."""

    def apart(self, rows: IntArray, others: IntArray) -> BoolArray:
        """Say which of these pairs are two people, whatever other evidence of their groups says."""
        ...


def group_tracks(
    evidence: GroupEvidence,
    constraints: Constraints,
    tracks: Tracks,
    clearness: NDArray[np.float64],
    stop: float,
    method: str = "hdbscan",
    start: IntArray | None = None,
) -> IntArray:
    """Group tracks by their evidence; memory and time grow with their number, not its square.

    Each film by itself first, then the people of films across them, at most one of each: whatever
    is given beside a film, its own people stay as they are.

    Args:
        evidence: of pairs of tracks.
        constraints: what it does not outrank.
        tracks: the tracks.
        clearness: (num_tracks,) float64, which members stand for a group across scenes and films.
        stop: mean evidence from which two groups are one person.
        method: one of ``METHODS``, inside scenes; across them it is always average linkage.
        start: (num_tracks,) int64, groups to begin with, each of one film; None = each track by
            itself.

    Returns:
        (num_tracks,) int64, the group of each track, 0-based by first appearance. Tracks that the
        user called one person are in one, whatever their evidence says.

    Raises:
        ValueError: an unknown method.
    """
    if method not in METHODS:
        raise ValueError(f"method: expected one of {', '.join(METHODS)}, got {method!r}")
    group = constraints.joined(np.arange(len(tracks)) if start is None else numbered(start))
    films = scenes_of(tracks)
    for scenes in films:
        for scene in scenes:
            group = _join(evidence, constraints, np.sort(scene), group, stop, method)
        while len(scenes) > 1:  # neighbours first, so that no step sees more than two stretches
            scenes = [np.concatenate(scenes[k : k + 2]) for k in range(0, len(scenes), 2)]
            for scene in scenes:
                kept = scene[representatives(group[scene], clearness[scene])]
                group = _join(evidence, constraints, np.sort(kept), group, stop)
    whole = [np.concatenate(scenes) for scenes in films]
    while len(whole) > 1:
        whole = [np.concatenate(whole[k : k + 2]) for k in range(0, len(whole), 2)]
        for rows in whole:
            kept = rows[representatives(group[rows], clearness[rows])]
            group = _join(evidence, constraints, np.sort(kept), group, stop, film=tracks.film)
    return numbered(group)


def scenes_of(tracks: Tracks) -> list[list[IntArray]]:
    """Return the tracks of each film in time order, cut into scenes of ``MOST_AT_ONCE``."""
    order = tracks.in_time_order
    begins = np.flatnonzero(np.diff(tracks.film[order], prepend=-1))
    return [
        [film[begin : begin + MOST_AT_ONCE] for begin in range(0, len(film), MOST_AT_ONCE)]
        for film in np.split(order, begins[1:])
        if len(film)
    ]


def _join(
    evidence: GroupEvidence,
    constraints: Constraints,
    members: IntArray,
    group: IntArray,
    stop: float,
    method: str = "agglomerative",
    film: IntArray | None = None,
) -> IntArray:
    """Join the groups that ``members`` stand for; returns the new group of every track.

    Args:
        evidence: of pairs of tracks.
        constraints: what it does not outrank.
        members: tracks that stand for their groups.
        group: (num_tracks,) int64.
        stop: mean evidence from which two groups are one person.
        method: one of ``METHODS``.
        film: (num_tracks,) int64; groups of one film stay apart. None = they may be joined.
    """
    numbers, own = np.unique(group[members], return_inverse=True)
    pairs, side = evidence.between(members, members), constraints.side_of(members)
    mean, sizes = mean_evidence(pairs, own, len(numbers), side=side)
    place = np.full(int(group.max(initial=-1)) + 1, -1)
    place[numbers] = np.arange(len(numbers))
    two_people = evidence.apart(members, members).astype(np.float64)
    apart, _ = mean_evidence(two_people, own, len(numbers))
    forbidden = constraints.forbidden(place[group], len(numbers)) | (apart > 0)
    np.fill_diagonal(forbidden, False)
    if film is not None:
        forbidden |= _share_a_film(place[group], film, len(numbers))
    joined = numbers[METHODS[method](mean, sizes, forbidden, stop)]
    into = np.arange(len(place))
    into[numbers] = joined
    return np.asarray(into[group], dtype=np.int64)


def representatives(group: IntArray, clearness: NDArray[np.float64]) -> IntArray:
    """Return the clearest members of each group, sorted."""
    order = np.lexsort((-clearness, group))
    begins = np.flatnonzero(np.diff(group[order], prepend=-1))
    rank = np.arange(len(order)) - np.repeat(begins, np.diff(np.append(begins, len(order))))
    return np.sort(order[rank < _MEMBERS])


def _share_a_film(group: IntArray, film: IntArray, num_groups: int) -> NDArray[np.bool_]:
    """Say which groups are both seen in some film, (num_groups, num_groups) bool."""
    seen = np.zeros((num_groups, int(film.max(initial=-1)) + 1), dtype=np.float32)
    known = group >= 0
    seen[group[known], film[known]] = 1
    shared = seen @ seen.T > 0
    np.fill_diagonal(shared, False)
    return np.asarray(shared)
