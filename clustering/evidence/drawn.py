"""Evidence of face vectors that a face is drawn, painted or animated: such a face is nobody.

A network that tells people apart sees figures as one more kind of face: a linear discriminant of
its vectors tells them from people (logistic regression, both kinds weighted as equally frequent).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

import numpy as np
import safetensors.numpy
from numpy.typing import NDArray

from ... import checkpoints
from ...data.tables.faces import BoolArray, IntArray
from ...data.tables.tracks import Tracks
from .vectors import Columns, unit_rows

FILE = "curves/drawn.safetensors"
"""The discriminant in checkpoints/, float32: NETWORK (dim,) and NETWORK/offset (1,)."""

DRAWN_FROM = 1.2
"""Mean log odds of the tracks of a group from which they are drawn; see docs/evidence.md."""

_UNSURE_LOOKS = 1.0
"""Looks of neither kind that are added: a smooth face seen for a moment is no figure yet."""


@dataclass(frozen=True, eq=False)
class DrawnFaces:
    """Tells drawn faces from people.

    Attributes:
        network: whose vectors it reads.
        weights: (dim,) float64, of a unit vector.
        offset: added to it.
    """

    network: str
    weights: NDArray[np.float64]
    offset: float

    def log_odds(self, tracks: Tracks, columns: Columns) -> NDArray[np.float64]:
        """Return the logarithm of how many times likelier each track is drawn than a person.

        Args:
            tracks: the tracks.
            columns: first and last column (exclusive) of each network in ``tracks.face_mean``.

        Returns:
            (num_tracks,) float64, NaN where the network gave no vector.
        """
        first, last = columns.get(self.network, (0, 0))
        if last - first != len(self.weights):
            return np.full(len(tracks), np.nan)
        odds = unit_rows(tracks.face_mean[:, first:last]) @ self.weights + self.offset
        return np.asarray(np.where(tracks.has_face, odds, np.nan))

    def of_groups(self, tracks: Tracks, columns: Columns, group: IntArray) -> BoolArray:
        """Return which tracks belong to a group that is drawn, (num_tracks,) bool.

        Args:
            tracks: the tracks.
            columns: as in ``log_odds``.
            group: (num_tracks,) int64, 0-based. The mean over a group is decided on, its clear
                tracks weighing most: one odd look does not make a figure of a person.
        """
        odds = self.log_odds(tracks, columns)
        weight = np.where(np.isnan(odds), 0.0, tracks.looks)
        total = np.bincount(group, weights=weight * np.nan_to_num(odds))
        mean = total / (np.bincount(group, weights=weight) + _UNSURE_LOOKS)
        return np.asarray((mean >= DRAWN_FROM)[group], dtype=bool)

    @classmethod
    def load(cls) -> DrawnFaces:
        """Load the one that ships."""
        content = safetensors.numpy.load((resources.files(checkpoints) / FILE).read_bytes())
        return cls.from_tensors(content)

    @classmethod
    def from_tensors(cls, content: Mapping[str, NDArray[Any]]) -> DrawnFaces:
        """Make it of what ``to_tensors`` returned."""
        (network,) = (name for name in content if "/" not in name)
        weights, offset = content[network], content[f"{network}/offset"]
        return cls(network, weights.astype(np.float64), float(offset[0]))

    def to_tensors(self) -> dict[str, NDArray[np.float32]]:
        """Return what its file holds."""
        return {
            self.network: self.weights.astype(np.float32),
            f"{self.network}/offset": np.array([self.offset], np.float32),
        }
