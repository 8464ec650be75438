"""What pictures and the user forbid and require of groups of tracks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from ...data.tables.faces import BoolArray, IntArray
from ...data.tables.pictures import pictures_of_all

VOUCHED = 3.0
"""Least evidence of two tracks that the user joined although they were two people before: nearly
sure, and no surer than faces are of pairs that need no user."""


@dataclass(frozen=True)
class Constraints:
    """What no evidence outranks.

    Attributes:
        pictures: codes of the pictures that show each track; tracks that share one are two people.
        apart: pairs of tracks that the user called two people.
        together: pairs of tracks that the user called one person; what they join shares no picture.
        side: who each such track was before the user joined them, any code; -1 = of a track that
            is not looked at.
    """

    pictures: Sequence[set[int]]
    apart: Sequence[tuple[int, int]] = ()
    together: Sequence[tuple[int, int]] = ()
    side: Mapping[int, int] = field(default_factory=dict)

    @property
    def decided(self) -> BoolArray:
        """(num_tracks,) bool, tracks of which the user said who they are, or are not."""
        mask = self.in_together
        mask[[track for pair in self.apart for track in pair]] = True
        mask[[track for track in self.side if track >= 0]] = True
        return mask

    def without_repeats(self, first: IntArray) -> Constraints:
        """Return what holds of the tracks that are the first of their repeats.

        Args:
            first: (num_tracks,) int64, the first track that shows what each shows; of ``decided``
                ones they themselves.
        """
        place = {track: place for place, track in enumerate(np.unique(first).tolist())}
        pictures = pictures_of_all(self.pictures, first)
        apart, together = (
            [(place[one], place[other]) for one, other in pairs]
            for pairs in (self.apart, self.together)
        )
        side = {place[track]: side for track, side in self.side.items() if track >= 0}
        return Constraints(pictures, apart, together, side)

    def joined(self, group: IntArray) -> IntArray:
        """Join groups that have tracks the user called one person.

        Args:
            group: (num_tracks,) int64, 0-based group of each track.

        Returns:
            (num_tracks,) int64, 0-based by first appearance.
        """
        if not self.together or not len(group):
            return numbered(group)
        first, second = group[np.array(self.together, dtype=np.int64)].T
        count = int(group.max()) + 1
        pairs = csr_matrix((np.ones(len(first)), (first, second)), shape=(count, count))
        return numbered(connected_components(pairs, directed=False)[1][group].astype(np.int64))

    def shown(self, tracks: IntArray) -> tuple[IntArray, IntArray]:
        """Return the pictures that show some tracks.

        Args:
            tracks: (num_rows,) int64.

        Returns:
            (num_shown,) int64, places in ``tracks``, ascending, and (num_shown,) int64, the picture
            that shows each.
        """
        begins, codes = self._flat_pictures
        lengths = begins[tracks + 1] - begins[tracks]
        line = np.repeat(np.arange(len(tracks)), lengths)
        inside = np.arange(len(line)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        return line, codes[begins[tracks][line] + inside]

    @cached_property
    def _flat_pictures(self) -> tuple[IntArray, IntArray]:
        """Where the pictures of each track begin, (num_tracks + 1,), and those of all in a row."""
        lengths = [len(pictures) for pictures in self.pictures]
        begins = np.cumsum([0, *lengths], dtype=np.int64)
        codes = np.fromiter(chain.from_iterable(self.pictures), np.int64, int(begins[-1]))
        return begins, codes

    @property
    def in_together(self) -> BoolArray:
        """(num_tracks,) bool, tracks that the user called one person with another one."""
        mask = np.zeros(len(self.pictures), dtype=bool)
        mask[[track for pair in self.together for track in pair]] = True
        return mask

    def side_of(self, tracks: IntArray) -> IntArray:
        """Return the side of each track, (len(tracks),) int64, -1 = none."""
        return np.array([self.side.get(track, -1) for track in tracks.tolist()], dtype=np.int64)

    def vouched(
        self, evidence: NDArray[np.float64], rows: IntArray, others: IntArray
    ) -> NDArray[np.float64]:
        """Raise the evidence of pairs that the user called one person, (len(rows), len(others))."""
        if not self.together:
            return evidence
        person = np.where(self.in_together, self.joined(np.arange(len(self.pictures))), -1)
        side = self.side_of(np.arange(len(self.pictures)))
        same = (person[rows][:, None] == person[others][None]) & (person[rows] >= 0)[:, None]
        across = same & (side[rows][:, None] != side[others][None])
        return np.where(across, np.maximum(evidence, VOUCHED), evidence)

    def forbidden(self, group: IntArray, num_groups: int) -> NDArray[np.bool_]:
        """Say which groups must stay two people, (num_groups, num_groups) bool.

        Args:
            group: (num_tracks,) int64, the group of each track, -1 = none.
            num_groups: how many groups there are.
        """
        members = np.flatnonzero(group >= 0)
        forbidden = np.zeros((num_groups, num_groups), dtype=bool)
        line, pictures = self.shown(members)
        if len(line):
            _, column = np.unique(pictures, return_inverse=True)
            seen = csr_matrix(
                (np.ones(len(line)), (group[members[line]], column)),
                shape=(num_groups, int(column.max()) + 1),
            )
            shared = (seen @ seen.T).tocoo()
            forbidden[shared.row, shared.col] = True
        for first, second in self.apart:
            if group[first] >= 0 and group[second] >= 0:
                forbidden[group[first], group[second]] = True
                forbidden[group[second], group[first]] = True
        np.fill_diagonal(forbidden, False)
        return forbidden


def numbered(labels: IntArray) -> IntArray:
    """Number labels 0, 1, 2 ... by first appearance, (num_rows,) int64; -1 stays -1."""
    values, first, code = np.unique(labels, return_index=True, return_inverse=True)
    first = np.where(values < 0, -1, first)
    rank = np.argsort(np.argsort(first)) - int((values < 0).any())
    return np.asarray(rank[code], dtype=np.int64)
