"""Groups of tracks, one person each, and how probable it is that a track belongs to its group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...data.tables.codes import UNKNOWN
from ...data.tables.faces import BoolArray, IntArray
from ...data.tables.track_means import TrackMeans
from .constraints import Constraints
from .large import MOST_AT_ONCE, Evidence, representatives

_BLOCK_ROWS = 512


@dataclass(frozen=True, eq=False)
class Groups:
    """One row per track.

    Attributes:
        group: (num_tracks,) int64, 0-based.
        probability: (num_tracks,) float64, 0..1, that the track belongs to its group.
        evidence: (num_tracks,) float64, mean evidence with the other members; NaN = there are none.
        second: (num_tracks,) int64, the group it fits second best, -1 = none.
        second_evidence: (num_tracks,) float64, mean evidence with that group; -inf = none.
    """

    group: IntArray
    probability: NDArray[np.float64]
    evidence: NDArray[np.float64]
    second: IntArray
    second_evidence: NDArray[np.float64]


def rate_groups(
    group: IntArray,
    evidence: Evidence,
    constraints: Constraints,
    tracks: TrackMeans,
    clearness: NDArray[np.float64],
) -> Groups:
    """Say how probable it is that each track belongs to its group, and which one comes second.

    A member competes with nobody (evidence 0) and with the second-best group:
    p = 1 / (1 + exp(-own) + exp(second - own)). A track alone is somebody new the likelier, the
    less it is like anybody else and the clearer its face: p = clearness / (1 + exp(second)).
    Only tracks of the same film count, so that what is given beside a film changes nothing in it.

    Args:
        group: (num_tracks,) int64, 0..num_groups-1, each with a member.
        evidence: of pairs of tracks.
        constraints: groups that a track is forbidden to be in do not count as second.
        tracks: the tracks.
        clearness: (num_tracks,) float64, 0..1, of its face.
    """
    own = np.full(len(group), np.nan)
    second, second_evidence = np.full(len(group), UNKNOWN), np.full(len(group), -np.inf)
    for film in np.unique(tracks.film):
        rows = np.flatnonzero(tracks.film == film)
        numbers, inside = np.unique(group[rows], return_inverse=True)
        members = representatives(inside, clearness[rows]) if len(rows) > MOST_AT_ONCE else None
        seen = _SeenTogether(inside, [constraints.pictures[row] for row in rows.tolist()])
        own[rows], place, second_evidence[rows] = _rate(inside, rows, members, evidence, seen)
        second[rows] = np.where(place >= 0, numbers[place], UNKNOWN)
    return Groups(
        group, _probability(own, second_evidence, clearness), own, second, second_evidence
    )


def _rate(
    group: IntArray,
    tracks: IntArray,
    members: IntArray | None,
    evidence: Evidence,
    seen: _SeenTogether,
) -> tuple[NDArray[np.float64], IntArray, NDArray[np.float64]]:
    """Return mean evidence with the own group, and the second-best group and evidence with it.

    Args:
        group: (num_rows,) int64, 0..num_groups-1, each with a member.
        tracks: (num_rows,) int64, the track of each row.
        members: rows that stand for their groups; None = all.
        evidence: of pairs of tracks.
        seen: says which groups share no picture with a row.
    """
    num_rows, num_groups = len(group), int(group.max(initial=-1)) + 1
    members = np.arange(num_rows) if members is None else members
    members = members[np.argsort(group[members], kind="stable")]
    begins = np.searchsorted(group[members], np.arange(num_groups))
    is_member = np.zeros(num_rows, dtype=bool)
    is_member[members] = True
    sizes = np.bincount(group[members], minlength=num_groups)
    own, best = np.full(num_rows, np.nan), np.full(num_rows, -np.inf)
    second = np.full(num_rows, UNKNOWN)
    for begin in range(0, num_rows, _BLOCK_ROWS):
        rows = np.arange(begin, min(begin + _BLOCK_ROWS, num_rows))
        line = np.arange(len(rows))
        pairs = evidence.between(tracks[rows], tracks[members])
        pairs[rows[:, None] == members[None]] = 0.0
        sums = np.add.reduceat(pairs, begins, axis=1)
        others = sizes[group[rows]] - is_member[rows]
        has_others = others > 0
        own[rows[has_others]] = sums[line, group[rows]][has_others] / others[has_others]
        means = sums / sizes
        means[line, group[rows]] = -np.inf
        means[~seen.may_be(rows)] = -np.inf
        best[rows] = means.max(axis=1, initial=-np.inf)
        second[rows] = np.where(np.isfinite(best[rows]), means.argmax(axis=1), UNKNOWN)
    return own, second, best


def _probability(
    own: NDArray[np.float64], second: NDArray[np.float64], clearness: NDArray[np.float64]
) -> NDArray[np.float64]:
    alone = np.isnan(own)
    fits = np.where(alone, 0.0, own)
    member = 1 / (1 + np.exp(-fits) + np.exp(second - fits))
    return np.asarray(np.where(alone, clearness / (1 + np.exp(second)), member))


class _SeenTogether:
    """Knows which groups each picture shows.

    Args:
        group: (num_rows,) int64, 0..num_groups-1.
        pictures: of every row.
    """

    def __init__(self, group: IntArray, pictures: Sequence[set[int]]) -> None:
        self._num_groups, self._pictures = int(group.max(initial=-1)) + 1, pictures
        self._seen_in: dict[int, set[int]] = {}
        for number, own in zip(group.tolist(), pictures, strict=True):
            for picture in own:
                self._seen_in.setdefault(picture, set()).add(number)

    def may_be(self, rows: IntArray) -> BoolArray:
        """Say which groups share no picture with rows, (len(rows), num_groups) bool."""
        allowed = np.ones((len(rows), self._num_groups), dtype=bool)
        for line, row in enumerate(rows.tolist()):
            for picture in self._pictures[row]:
                allowed[line, list(self._seen_in[picture])] = False
        return allowed
