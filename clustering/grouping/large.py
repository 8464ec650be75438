"""Grouping of any number of tracks: scenes first, then the people of scenes across the film."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...data.tables.faces import BoolArray, IntArray
from ...data.tables.tracks import Tracks
from ..evidence.members import clearest_of_each
from ..evidence.protocols import GroupEvidence
from .average import average_groups, mean_evidence
from .constraints import Constraints, numbered
from .crowd import crowd_evidence
from .hdbscan_groups import hdbscan_groups

METHODS = {"hdbscan": hdbscan_groups, "agglomerative": average_groups}
"""How the tracks of a scene are grouped: HDBSCAN proposes and the mean evidence decides, or average
linkage over the evidence alone."""

MOST_AT_ONCE = 500
"""Up to so many tracks every pair is looked at; more are cut into scenes of this many."""

AS_WHOLES = math.log(100)
"""Additional evidence needed to join groups of two scenes or films, which are compared as wholes:
one in a hundred pairs of them is one person."""

IN_A_SCENE = math.log(10)
"""The same for two groups of one scene. They are compared as wholes, too: tracks of one person in
different light are not much alike, but their means are."""

CLEAR_LOOKS = 0.35
"""``Tracks.looks`` from which a track shows its person: one good look, or several poorer ones."""

_FEW_APART = 0.1
"""Two groups stay apart when at least this share of their pairs of tracks is surely two people,
whatever else says that they are one. Fewer such pairs come from odd looks."""

_MEMBERS = 8  # of the tracks of a scene's group, the clearest, represent it across scenes


class Grouped(NamedTuple):
    """Groups of tracks.

    Attributes:
        group: (num_tracks,) int64, 0-based.
        crowd: (num_tracks,) float64, how much more evidence one person needed, see ``crowd``.
    """

    group: IntArray
    crowd: NDArray[np.float64]


def group_tracks(
    evidence: GroupEvidence,
    constraints: Constraints,
    tracks: Tracks,
    stop: float,
    method: str = "hdbscan",
    start: IntArray | None = None,
) -> Grouped:
    """Group tracks by their evidence; memory and time grow with their number, not its square.

    How much evidence is needed in a scene depends on how many people there seem to be (``crowd``).
    Each film is grouped by itself first, then people are joined across films, at most one of each:
    whatever is given beside a film, its own people stay as they are.

    Args:
        evidence: of pairs of tracks.
        constraints: what it does not outrank.
        tracks: the tracks.
        stop: mean evidence from which two groups are one person.
        method: one of ``METHODS``, inside scenes; across them it is always average linkage.
        start: (num_tracks,) int64, groups to begin with, each of one film; None = each track by
            itself.

    Returns:
        The group of each track, 0-based by first appearance. Tracks that the user called one person
        are in one, whatever their evidence says.

    Raises:
        ValueError: an unknown method.
    """
    if method not in METHODS:
        raise ValueError(f"method: expected one of {', '.join(METHODS)}, got {method!r}")
    group = constraints.joined(np.arange(len(tracks)) if start is None else numbered(start))
    one_scene = _Scenes(evidence, constraints, tracks)
    films, crowd = scenes_of(tracks), np.zeros(len(tracks))
    for scenes in films:
        for scene in map(np.sort, scenes):
            group, crowd[scene] = one_scene.grouped(scene, group, stop, method)
        for stretch in _two_by_two(scenes):
            group = _join_wholes(evidence, constraints, stretch, group, stop + AS_WHOLES)
    for stretch in _two_by_two([np.concatenate(scenes) for scenes in films]):
        group = _join_wholes(evidence, constraints, stretch, group, stop + AS_WHOLES, tracks.film)
    return Grouped(numbered(group), crowd)


def likely_groups(evidence: GroupEvidence, constraints: Constraints, tracks: Tracks) -> IntArray:
    """Group each scene by what is more likely than not, for evidence to learn from.

    Returns:
        (num_tracks,) int64, groups of one scene each.
    """
    one_scene = _Scenes(evidence, constraints, tracks)
    group = constraints.joined(np.arange(len(tracks)))
    for scenes in scenes_of(tracks):
        for scene in map(np.sort, scenes):
            group, _ = one_scene.grouped(scene, group, 0.0, "agglomerative")
    return group


def scenes_of(tracks: Tracks) -> list[list[IntArray]]:
    """Return the tracks of each film in time order, cut into scenes of ``MOST_AT_ONCE``."""
    order = tracks.in_time_order
    begins = np.flatnonzero(np.diff(tracks.film[order], prepend=-1))
    return [
        [film[begin : begin + MOST_AT_ONCE] for begin in range(0, len(film), MOST_AT_ONCE)]
        for film in np.split(order, begins[1:])
        if len(film)
    ]


def _two_by_two(parts: list[IntArray]) -> Iterator[IntArray]:
    """Yield neighbours joined in pairs, then pairs of these, until all are one."""
    while len(parts) > 1:
        parts = [np.concatenate(parts[k : k + 2]) for k in range(0, len(parts), 2)]
        yield from parts


@dataclass(frozen=True, eq=False)
class _Scenes:
    """Groups the tracks of one scene at a time; attributes as in ``group_tracks``."""

    evidence: GroupEvidence
    constraints: Constraints
    tracks: Tracks

    def grouped(
        self, scene: IntArray, group: IntArray, stop: float, method: str
    ) -> tuple[IntArray, float]:
        """Return the new group of every track, and how much more evidence the crowd required."""
        pairs = _Pairs.of(self.evidence, self.constraints, scene, group)
        even = "agglomerative", min(stop, 0.0)
        joined = pairs.joined(*even)
        is_clear = self.tracks.has_face[scene] & (self.tracks.looks[scene] >= CLEAR_LOOKS)
        more = crowd_evidence(joined[pairs.own][is_clear])
        if (method, stop + more) != even:  # else it would be the same again
            joined = pairs.joined(method, stop + more)
        joined = pairs.joined_as_wholes(self.evidence, joined, stop + more + IN_A_SCENE)
        return _renamed(group, pairs.numbers, joined), more


@dataclass(frozen=True, eq=False)
class _Pairs:
    """Every two groups of a scene.

    Attributes:
        num_tracks: of the table.
        scene: (num_rows,) int64, tracks of the scene.
        own: (num_rows,) int64, the group of each, 0..num_groups-1.
        numbers: (num_groups,) int64, the numbers of these groups, sorted.
        mean: (num_groups, num_groups) float64, evidence of each two.
        sizes: (num_groups,) int64, tracks of each.
        apart: (num_groups, num_groups) float64, share of pairs of tracks that are two people.
        forbidden: (num_groups, num_groups) bool, pairs that no evidence makes one person.
    """

    num_tracks: int
    scene: IntArray
    own: IntArray
    numbers: IntArray
    mean: NDArray[np.float64]
    sizes: IntArray
    apart: NDArray[np.float64]
    forbidden: BoolArray

    @classmethod
    def of(
        cls, evidence: GroupEvidence, constraints: Constraints, scene: IntArray, group: IntArray
    ) -> _Pairs:
        """Look at every two tracks of a scene, and what no evidence outranks."""
        numbers, own = np.unique(group[scene], return_inverse=True)
        pairs = evidence.pairs(scene)
        side, count = constraints.side_of(scene), len(numbers)
        mean, sizes = mean_evidence(pairs.evidence, own, count, side=side, clothes=pairs.clothes)
        place = np.full(int(group.max(initial=-1)) + 1, -1)
        place[numbers] = np.arange(len(numbers))
        apart, _ = mean_evidence(pairs.apart.astype(np.float64), own, count)
        forbidden = constraints.forbidden(place[group], count)
        return cls(len(group), scene, own, numbers, mean, sizes, apart, forbidden)

    def joined(self, method: str, stop: float) -> IntArray:
        """Return what each group becomes, (num_groups,) int64, 0-based.

        Args:
            method: one of ``METHODS``.
            stop: mean evidence from which two groups are one person.
        """
        return METHODS[method](self.mean, self.sizes, self.forbidden | (self.apart > 0), stop)

    def joined_as_wholes(self, evidence: GroupEvidence, joined: IntArray, stop: float) -> IntArray:
        """Join groups further that are alike as wholes; ``joined`` and result as of ``joined()``.

        Repeated until nothing changes: a whole of more tracks is better known, and may then be like
        another one.
        """
        further = self._joined_once(evidence, joined, stop)
        while further.max(initial=-1) < joined.max(initial=-1):
            joined, further = further, self._joined_once(evidence, further, stop)
        return further

    def _joined_once(self, evidence: GroupEvidence, joined: IntArray, stop: float) -> IntArray:
        count = int(joined.max(initial=-1)) + 1
        forbidden, _ = mean_evidence(self.forbidden.astype(np.float64), joined, count)
        apart, _ = mean_evidence(self.apart, joined, count, self.sizes)
        never = (forbidden > 0) | (apart >= _FEW_APART)
        place = np.full(self.num_tracks, -1)
        place[self.scene] = joined[self.own]
        wholes, sizes = evidence.of_groups(place, never), np.ones(count, np.int64)
        return average_groups(wholes, sizes, never, stop)[joined]


def _join_wholes(
    evidence: GroupEvidence,
    constraints: Constraints,
    rows: IntArray,
    group: IntArray,
    stop: float,
    film: IntArray | None = None,
) -> IntArray:
    """Join the groups of several scenes or films, each seen as a whole.

    Args:
        evidence: of groups of tracks.
        constraints: what it does not outrank.
        rows: the tracks of these scenes or films.
        group: (num_tracks,) int64.
        stop: evidence from which two groups are one person.
        film: (num_tracks,) int64; groups of one film stay apart. None = they may be joined.

    Returns:
        (num_tracks,) int64, the new group of every track.
    """
    numbers, own = np.unique(group[rows], return_inverse=True)
    place = np.full(len(group), -1)
    place[rows] = own
    forbidden = constraints.forbidden(place, len(numbers))
    if film is not None:
        forbidden |= share_a_film(place, film, len(numbers))
    sizes = np.ones(len(numbers), np.int64)
    joined = average_groups(evidence.of_groups(place, forbidden), sizes, forbidden, stop)
    return _renamed(group, numbers, joined)


def _renamed(group: IntArray, numbers: IntArray, joined: IntArray) -> IntArray:
    """Give groups the number of the first that they were joined with.

    Args:
        group: (num_tracks,) int64.
        numbers: (num_groups,) int64, of the groups in question, sorted.
        joined: (num_groups,) int64, what each became, 0-based.
    """
    into = np.arange(int(group.max(initial=-1)) + 1)
    into[numbers] = numbers[joined]
    return np.asarray(into[group], dtype=np.int64)


def representatives(group: IntArray, clearness: NDArray[np.float64]) -> IntArray:
    """Return the clearest members of each group, sorted."""
    return np.sort(clearest_of_each(group, clearness, _MEMBERS))


def share_a_film(group: IntArray, film: IntArray, num_groups: int) -> NDArray[np.bool_]:
    """Say which groups are both seen in some film, (num_groups, num_groups) bool.

    Args:
        group: (num_tracks,) int64, 0..num_groups-1; -1 = in none.
        film: (num_tracks,) int64, a code per film.
        num_groups: how many groups there are.
    """
    seen = np.zeros((num_groups, int(film.max(initial=-1)) + 1), dtype=np.float32)
    known = group >= 0
    seen[group[known], film[known]] = 1
    shared = seen @ seen.T > 0
    np.fill_diagonal(shared, False)
    return np.asarray(shared)
