"""What the decisions of a user require and forbid of tracks."""

from __future__ import annotations

from collections.abc import Iterable

from ...data.tables.faces import IntArray
from ...data.tables.tracks import Tracks
from ..grouping.constraints import Constraints
from .standing import Pair, Standing


def limits_of(tracks: Tracks, track: IntArray, standing: Standing) -> Constraints:
    """Return the constraints of both stages: pictures, and what the user said.

    What the user said outranks all evidence. Two faces of one picture stay two people all the same,
    and of two decisions that contradict each other the later one holds.

    Args:
        tracks: the tracks.
        track: (num_faces,) int64, the track of every row that ``standing`` speaks of, -1 = none.
        standing: the decisions in force.
    """
    limits = _Limits(tracks)
    given: dict[int, list[int]] = {}
    for row, person_id in standing.given.items():
        if person_id >= 0 and track[row] >= 0:
            given.setdefault(person_id, []).append(int(track[row]))
    for rows in given.values():
        limits.join(rows)
    people = list(given.values())
    for place, rows in enumerate(people):  # faces given to two people
        for others in people[:place]:
            limits.part([(rows[0], others[0])])
    for links, apart in zip(reversed(standing.links), reversed(standing.apart), strict=True):
        limits.join(_tracks(links, track))
        pairs = [(int(track[row]), int(track[other])) for row, other in apart]
        limits.part(pair for pair in pairs if min(pair) >= 0)
    # who a track was before the user joined it with others
    part = {int(track[row]): place for place, rows in enumerate(standing.parts) for row in rows}
    side = {number: part.get(number, -1) for number in track.tolist()}
    return Constraints(tracks.pictures, limits.apart, limits.together, side)


def _tracks(rows: Iterable[int], track: IntArray) -> list[int]:
    return list(dict.fromkeys(int(track[row]) for row in rows if track[row] >= 0))


class _Limits:
    """Takes what the user said piece by piece; what contradicts earlier pieces is left out."""

    def __init__(self, tracks: Tracks) -> None:
        self.together: list[Pair] = []
        self.apart: list[Pair] = []
        self._parent = list(range(len(tracks)))
        self._pictures = list(tracks.pictures)  # of each root
        self._enemies: dict[int, set[int]] = {}  # of each root: tracks that it must not join

    def join(self, tracks: list[int]) -> None:
        """Join tracks with the first of them that they can be joined with."""
        for track in tracks[1:]:
            self._link(tracks[0], track)

    def part(self, pairs: Iterable[Pair]) -> None:
        """Keep pairs of tracks apart."""
        for first, second in pairs:
            one, other = self._root(first), self._root(second)
            if one != other:
                self.apart.append((first, second))
                self._enemies.setdefault(one, set()).add(second)
                self._enemies.setdefault(other, set()).add(first)

    def _link(self, first: int, second: int) -> None:
        one, other = self._root(first), self._root(second)
        if one == other:
            self.together.append((first, second))
            return
        at_odds = any(self._root(enemy) == other for enemy in self._enemies.get(one, ()))
        if at_odds or not self._pictures[one].isdisjoint(self._pictures[other]):
            return
        self.together.append((first, second))
        self._parent[other] = one
        self._pictures[one] = self._pictures[one] | self._pictures[other]
        self._enemies.setdefault(one, set()).update(self._enemies.pop(other, ()))

    def _root(self, track: int) -> int:
        while self._parent[track] != track:
            self._parent[track] = self._parent[self._parent[track]]
            track = self._parent[track]
        return track
