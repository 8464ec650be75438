"""Groups of tracks, one person each, and how probable it is that a track belongs to its group."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from ...data.tables.codes import UNKNOWN
from ...data.tables.faces import BoolArray, IntArray
from ...data.tables.tracks import Tracks
from ..evidence.protocols import Evidence
from .constraints import Constraints
from .large import Grouped, representatives, scenes_of

_MOST_ALIKE = 16
"""Of a group, so many members count, those that a track is most like: in a long film nobody looks
alike in all scenes."""


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
    the surer it shows somebody and the less it is like anybody who is seen more: p = clearness /
    (1 + exp(rival)), where the rival has to be seen more, or two tracks alone that may be one
    person would both be unknown. In a crowd all evidence counts that much less.
    Only tracks of the same film count, so that what is given beside a film changes nothing in it.

    Args:
        grouped: the groups, 0..num_groups-1, each with a member.
        evidence: of pairs of tracks.
        constraints: groups that a track is forbidden to be in do not count as second.
        tracks: the tracks.
        clearness: (num_tracks,) float64, 0..1, how surely each shows somebody.
    """
    group, crowd = grouped
    own = np.full(len(group), np.nan)
    second, second_evidence = np.full(len(group), UNKNOWN), np.full(len(group), -np.inf)
    rival = second_evidence.copy()
    vouched = _Vouched(evidence, constraints)
    for scenes in scenes_of(tracks):
        rows = np.sort(np.concatenate(scenes))
        numbers, inside = np.unique(group[rows], return_inverse=True)
        seen = _SeenTogether(inside, rows, constraints)
        standing = _standing(inside, tracks.num_looks[rows])
        elsewhere = representatives(inside, clearness[rows]) if len(scenes) > 1 else rows[:0]
        for scene in scenes:
            here = np.searchsorted(rows, np.sort(scene))
            members = np.union1d(here, elsewhere)
            own[rows[here]], place, second_evidence[rows[here]], rival[rows[here]] = _rate(
                here, inside, rows, members, vouched, seen, standing
            )
            second[rows[here]] = np.where(place >= 0, numbers[place], UNKNOWN)
    probability = _probability(own - crowd, rival - crowd, clearness)
    return Groups(group, probability, own, second, second_evidence)


def _rate(
    rows: IntArray,
    group: IntArray,
    tracks: IntArray,
    members: IntArray,
    evidence: Evidence,
    seen: _SeenTogether,
    standing: IntArray,
) -> tuple[NDArray[np.float64], IntArray, NDArray[np.float64], NDArray[np.float64]]:
    """Return mean evidence with the own group, the second-best group and evidence with it, and
    the evidence with the group that it competes with: alone, the best of higher standing.

    A group that the user joined of parts counts by the part that is most like the track.

    Args:
        rows: (num_rated,) int64, of a film's tracks, those to rate.
        group: (num_rows,) int64, 0..num_groups-1, of all tracks of the film.
        tracks: (num_rows,) int64, the track of each row.
        members: rows that their groups are compared by; a group may have none.
        evidence: of pairs of tracks.
        seen: says which groups share no picture with a row, and the parts of groups.
        standing: (num_groups,) int64, their order, the most seen last.
    """
    pairs, of_group = _with_parts(rows, group, tracks, members, evidence, seen.side)
    means = np.full((len(rows), len(standing)), -np.inf)
    begins = np.flatnonzero(np.diff(of_group, prepend=-1))
    # What the user joined may look very different: the part that is most alike counts.
    means[:, of_group[begins]] = np.maximum.reduceat(pairs, begins, axis=1)
    line = np.arange(len(rows))
    with_own = means[line, group[rows]]
    own = np.where(np.isfinite(with_own), with_own, np.nan)
    means[line, group[rows]] = -np.inf
    means[~seen.may_be(rows)] = -np.inf
    best = means.max(axis=1, initial=-np.inf)
    rival, alone = best.copy(), np.flatnonzero(np.isnan(own))
    higher = standing[None] > standing[group[rows[alone]]][:, None]
    rival[alone] = np.where(higher, means[alone], -np.inf).max(axis=1, initial=-np.inf)
    # Where groups fit equally well, as when nothing is known of a track, none is second.
    one = np.isfinite(best) & ((means == best[:, None]).sum(axis=1) == 1)
    return own, np.where(one, means.argmax(axis=1), UNKNOWN), best, rival


def _with_parts(
    rows: IntArray,
    group: IntArray,
    tracks: IntArray,
    members: IntArray,
    evidence: Evidence,
    side: IntArray,
) -> tuple[NDArray[np.float64], IntArray]:
    """Return the mean evidence of each row with the members of each part of a group that it is most
    like, (num_rated, num_parts), -inf where a part has no other track; and the group of each part,
    sorted.

    Args:
        rows: as of ``_rate``, as are all but the last.
        group: of all tracks of the film.
        tracks: of each row.
        members: rows.
        evidence: of pairs of tracks.
        side: (num_rows,) int64, which part of its group a row is in.
    """
    members = members[np.lexsort((members, side[members], group[members]))]
    (of_group, _), part = np.unique(
        np.stack([group[members], side[members]]), axis=1, return_inverse=True
    )
    begins, sizes = np.searchsorted(part, np.arange(len(of_group))), np.bincount(part)
    pairs = evidence.between(tracks[rows], tracks[members])
    itself = rows[:, None] == members[None]
    others = sizes[None] - np.add.reduceat(itself.astype(np.int64), begins, axis=1)
    with np.errstate(invalid="ignore"):  # 0 / 0 where a part has no other track
        means = np.add.reduceat(np.where(itself, 0.0, pairs), begins, axis=1) / others
    means[others == 0] = -np.inf
    pairs[itself] = -np.inf
    for large in np.flatnonzero(sizes > _MOST_ALIKE).tolist():
        every = pairs[:, begins[large] : begins[large] + sizes[large]]
        means[:, large] = np.partition(every, -_MOST_ALIKE, axis=1)[:, -_MOST_ALIKE:].mean(axis=1)
    return means, of_group


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
        self._tracks, self._constraints = tracks, constraints
        self.side = constraints.side_of(tracks)
        line, pictures = constraints.shown(tracks)
        self._pictures, picture = np.unique(pictures, return_inverse=True)
        shape = len(self._pictures), self._num_groups
        self._seen_in = csr_matrix((np.ones(len(line)), (picture, group[line])), shape=shape)
        place = {track: row for row, track in enumerate(tracks.tolist())}
        self._apart: dict[int, set[int]] = {}
        for pair in constraints.apart:
            for track, other in (pair, pair[::-1]):
                if track in place and other in place:
                    self._apart.setdefault(place[track], set()).add(int(group[place[other]]))

    def may_be(self, rows: IntArray) -> BoolArray:
        """Say which groups rows may be in, (len(rows), num_groups) bool."""
        allowed = np.ones((len(rows), self._num_groups), dtype=bool)
        place, pictures = self._constraints.shown(self._tracks[rows])
        picture = np.searchsorted(self._pictures, pictures)
        shape = len(rows), len(self._pictures)
        shown = csr_matrix((np.ones(len(place)), (place, picture)), shape=shape)
        together = (shown @ self._seen_in).tocoo()
        allowed[together.row, together.col] = False
        for line, row in enumerate(rows.tolist()) if self._apart else ():
            allowed[line, list(self._apart.get(row, ()))] = False
        return allowed
