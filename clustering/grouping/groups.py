"""Groups of tracks, one person each, and how probable it is that a track belongs to its group."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...data.tables.codes import UNKNOWN
from ...data.tables.faces import BoolArray, IntArray
from ...data.tables.tracks import Tracks
from ..evidence.protocols import Evidence
from .constraints import Constraints
from .large import MOST_AT_ONCE, Grouped, representatives

_BLOCK_ROWS = 512


@dataclass(frozen=True, eq=False)
class Groups:
    """One row per track.

    Attributes:
        group: (num_tracks,) int64, 0-based.
        probability: (num_tracks,) float64, 0..1, that the track belongs to its group.
        evidence: (num_tracks,) float64, mean evidence with the other members; NaN = there are none.
        second: (num_tracks,) int64, the group it fits second best, -1 = none, or several equally.
        second_evidence: (num_tracks,) float64, mean evidence with that group; -inf = none.
    """

    group: IntArray
    probability: NDArray[np.float64]
    evidence: NDArray[np.float64]
    second: IntArray
    second_evidence: NDArray[np.float64]

    def surer(self, probability: NDArray[np.float64]) -> Groups:
        """Return a copy in which tracks belong to their groups with at least this probability."""
        return dataclasses.replace(self, probability=np.maximum(self.probability, probability))


def rate_groups(
    grouped: Grouped,
    evidence: Evidence,
    constraints: Constraints,
    tracks: Tracks,
    clearness: NDArray[np.float64],
) -> Groups:
    """Return how probable it is that each track belongs to its group, and which is second best.

    A member competes with nobody (evidence 0) and with the second-best group:
    p = 1 / (1 + exp(-own) + exp(second - own)). A track alone is the likelier to be somebody new,
    the clearer its face and the less it is like anybody who is seen more: p = clearness /
    (1 + exp(rival)), where the rival has to be seen more, or two tracks alone that may be one
    person would both be unknown. In a crowd all evidence counts that much less.
    Only tracks of the same film count, so that what is given beside a film changes nothing in it.

    Args:
        grouped: the groups, 0..num_groups-1, each with a member.
        evidence: of pairs of tracks.
        constraints: groups that a track is forbidden to be in do not count as second.
        tracks: the tracks.
        clearness: (num_tracks,) float64, 0..1, of its face.
    """
    group, crowd = grouped
    own = np.full(len(group), np.nan)
    second, second_evidence = np.full(len(group), UNKNOWN), np.full(len(group), -np.inf)
    rival = second_evidence.copy()
    for film in np.unique(tracks.film):
        rows = np.flatnonzero(tracks.film == film)
        numbers, inside = np.unique(group[rows], return_inverse=True)
        members = representatives(inside, clearness[rows]) if len(rows) > MOST_AT_ONCE else None
        seen = _SeenTogether(inside, rows, constraints)
        vouched = _Vouched(evidence, constraints)
        standing = _standing(inside, tracks.num_looks[rows])
        own[rows], place, second_evidence[rows], rival[rows] = _rate(
            inside, rows, members, vouched, seen, standing
        )
        second[rows] = np.where(place >= 0, numbers[place], UNKNOWN)
    probability = _probability(own - crowd, rival - crowd, clearness)
    return Groups(group, probability, own, second, second_evidence)


def _rate(
    group: IntArray,
    tracks: IntArray,
    members: IntArray | None,
    evidence: Evidence,
    seen: _SeenTogether,
    standing: IntArray,
) -> tuple[NDArray[np.float64], IntArray, NDArray[np.float64], NDArray[np.float64]]:
    """Return mean evidence with the own group, the second-best group and evidence with it, and
    the evidence with the group that it competes with: alone, the best of higher standing.

    A group that the user joined of parts counts by the part that is most like the track.

    Args:
        group: (num_rows,) int64, 0..num_groups-1, each with a member.
        tracks: (num_rows,) int64, the track of each row.
        members: rows that stand for their groups; None = all.
        evidence: of pairs of tracks.
        seen: says which groups share no picture with a row, and the parts of groups.
        standing: (num_groups,) int64, their order, the most seen last.
    """
    num_rows, num_groups = len(group), int(group.max(initial=-1)) + 1
    members = np.arange(num_rows) if members is None else members
    side = seen.side
    members = members[np.lexsort((members, side[members], group[members]))]
    # What the user joined may look very different: the part that is most alike counts.
    (of_group, _), part = np.unique(
        np.stack([group[members], side[members]]), axis=1, return_inverse=True
    )
    begins = np.searchsorted(part, np.arange(len(of_group)))
    groups_begin = np.searchsorted(of_group, np.arange(num_groups))
    part_of_row = np.full(num_rows, -1)
    part_of_row[members] = part
    sizes = np.bincount(part, minlength=len(of_group))
    own, best = np.full(num_rows, np.nan), np.full(num_rows, -np.inf)
    rival = best.copy()
    second = np.full(num_rows, UNKNOWN)
    for begin in range(0, num_rows, _BLOCK_ROWS):
        rows = np.arange(begin, min(begin + _BLOCK_ROWS, num_rows))
        line = np.arange(len(rows))
        pairs = evidence.between(tracks[rows], tracks[members])
        pairs[rows[:, None] == members[None]] = 0.0
        others = sizes - (part_of_row[rows][:, None] == np.arange(len(sizes))[None])
        with np.errstate(invalid="ignore"):  # 0 / 0 where a part has no other track
            parts = np.add.reduceat(pairs, begins, axis=1) / others
        parts[others == 0] = -np.inf
        means = np.maximum.reduceat(parts, groups_begin, axis=1)
        with_own = means[line, group[rows]]
        own[rows] = np.where(np.isfinite(with_own), with_own, np.nan)
        means[line, group[rows]] = -np.inf
        means[~seen.may_be(rows)] = -np.inf
        best[rows] = means.max(axis=1, initial=-np.inf)
        rival[rows] = best[rows]
        alone = np.flatnonzero(np.isnan(own[rows]))
        higher = standing[None] > standing[group[rows[alone]]][:, None]
        rival[rows[alone]] = np.where(higher, means[alone], -np.inf).max(axis=1, initial=-np.inf)
        # Where groups fit equally well, as when nothing is known of a track, none is second.
        one = np.isfinite(best[rows]) & ((means == best[rows][:, None]).sum(axis=1) == 1)
        second[rows] = np.where(one, means.argmax(axis=1), UNKNOWN) if num_groups else UNKNOWN
    return own, second, best, rival


def _standing(group: IntArray, num_looks: IntArray) -> IntArray:
    """Return the rank of each group by how much it is seen, the most seen last."""
    looks = np.bincount(group, weights=num_looks)
    standing = np.empty(len(looks), np.int64)
    standing[np.lexsort((-np.arange(len(looks)), looks))] = np.arange(len(looks))
    return standing


def _probability(
    own: NDArray[np.float64], second: NDArray[np.float64], clearness: NDArray[np.float64]
) -> NDArray[np.float64]:
    alone = np.isnan(own)
    fits = np.where(alone, 0.0, own)
    member = 1 / (1 + np.exp(-fits) + np.exp(second - fits))
    return np.asarray(np.where(alone, clearness / (1 + np.exp(second)), member))


@dataclass(frozen=True)
class _Vouched:
    """Evidence, raised where the user called two tracks one person."""

    evidence: Evidence
    constraints: Constraints

    def between(self, rows: IntArray, others: IntArray) -> NDArray[np.float64]:
        return self.constraints.vouched(self.evidence.between(rows, others), rows, others)


class _SeenTogether:
    """Knows which groups each picture shows, and which the user called other people than a track.

    Attributes:
        side: (num_rows,) int64, which part of what the user joined a row is in, -1 = none.

    Args:
        group: (num_rows,) int64, 0..num_groups-1.
        tracks: (num_rows,) int64, the track of each row.
        constraints: of the tracks.
    """

    def __init__(self, group: IntArray, tracks: IntArray, constraints: Constraints) -> None:
        self._num_groups = int(group.max(initial=-1)) + 1
        self._pictures = [constraints.pictures[track] for track in tracks.tolist()]
        self.side = constraints.side_of(tracks)
        self._seen_in: dict[int, set[int]] = {}
        for number, pictures in zip(group.tolist(), self._pictures, strict=True):
            for picture in pictures:
                self._seen_in.setdefault(picture, set()).add(number)
        place = {track: row for row, track in enumerate(tracks.tolist())}
        self._apart: dict[int, set[int]] = {}
        for pair in constraints.apart:
            for track, other in (pair, pair[::-1]):
                if track in place and other in place:
                    self._apart.setdefault(place[track], set()).add(int(group[place[other]]))

    def may_be(self, rows: IntArray) -> BoolArray:
        """Say which groups rows may be in, (len(rows), num_groups) bool."""
        allowed = np.ones((len(rows), self._num_groups), dtype=bool)
        for line, row in enumerate(rows.tolist()):
            for picture in self._pictures[row]:
                allowed[line, list(self._seen_in[picture])] = False
            allowed[line, list(self._apart.get(row, ()))] = False
        return allowed
