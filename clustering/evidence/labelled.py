"""Labelled tracks that curves are fitted to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...data.tables.tracks import Tracks


@dataclass(frozen=True, eq=False)
class LabelledTracks:
    """The tracks of one film in one variant, and who they are.

    Attributes:
        tracks: the tracks.
        person: (num_tracks,) str, "" = not labelled. Variants of a film call a person the same.
        film: its name; variants of a film have the same.
    """

    tracks: Tracks
    person: NDArray[np.str_]
    film: str

    def pairs(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
        """Return both tracks of every labelled pair that no picture shows together, and if same."""
        labelled = self.person != ""
        seen = self.tracks.pictures
        first, second = np.triu_indices(len(self.tracks), 1)
        both = np.flatnonzero(labelled[first] & labelled[second])
        apart = [seen[first[row]].isdisjoint(seen[second[row]]) for row in both.tolist()]
        both = both[np.array(apart, dtype=bool)]
        return first[both], second[both], self.person[first[both]] == self.person[second[both]]
