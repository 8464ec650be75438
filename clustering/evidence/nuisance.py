"""In which directions the vectors of one person differ, learnt from labelled tracks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .labelled import LabelledTracks
from .vectors import Columns, FloatRows, parts_of

_LEAST_LOOKS = 0.3  # poorer tracks differ from their person by noise in any direction
_MOST_TRACKS = 20
"""A film counts as at most this many tracks, so that one long film does not decide."""

_LEAST_SCATTER = 1e-9  # of a direction; less is rounding


class PersonScatter:
    """How the vectors of one person differ from track to track, and from variant to variant.

    Light, angle, compression and camera move the vectors of everybody in a few directions of their
    own. Taking these off is nuisance attribute projection (NAP; Solomonoff, Campbell & Boardman
    2005), the hard form of within-class covariance normalization (WCCN; Hatch et al. 2006).

    Args:
        films: labelled tracks; tables of one film count as that film together.
        columns: first and last column (exclusive) of each network in ``Tracks.face_mean``.
    """

    def __init__(self, films: Sequence[LabelledTracks], columns: Columns) -> None:
        self._columns = columns
        self._by_film: dict[str, dict[str, FloatRows]] = {}
        for name in dict.fromkeys(film.film for film in films):
            tables = [film for film in films if film.film == name]
            self._by_film[name] = _scatter(tables, columns)

    def directions(self, number: int, without: str | None = None) -> dict[str, FloatRows]:
        """Return the directions of most scatter of each network.

        Args:
            number: how many at most; fewer where labelled people differ in fewer.
            without: name of a film that they must not know.

        Returns:
            By network, (num_directions, dim) float64, orthonormal rows, most scatter first.
        """
        rest = [scatter for film, scatter in self._by_film.items() if film != without]
        return {
            name: _largest([scatter[name] for scatter in rest], number) for name in self._columns
        }


def _scatter(tables: Sequence[LabelledTracks], columns: Columns) -> dict[str, FloatRows]:
    """Return the scatter around the mean of each person of one film, (dim, dim) by network."""
    person, rows = [], []
    for table in tables:
        use = (table.person != "") & table.tracks.has_face & (table.tracks.looks >= _LEAST_LOOKS)
        person.append(table.person[use])
        rows.append(table.tracks.face_mean[use])
    everyone = np.concatenate(person)
    scatter = {}
    for name, units in parts_of(np.concatenate(rows), columns).items():
        around = [
            units[everyone == who] - units[everyone == who].mean(axis=0)
            for who in np.unique(everyone)
            if (everyone == who).sum() > 1
        ]
        apart = np.concatenate([*around, np.zeros((0, units.shape[1]))])
        scatter[name] = apart.T @ apart * min(1.0, _MOST_TRACKS / max(len(apart), 1))
    return scatter


def _largest(scatters: Sequence[FloatRows], number: int) -> FloatRows:
    """Return the directions of most scatter, at most ``number``, (num_directions, dim)."""
    from scipy.linalg import eigh

    if not scatters or not number:
        return np.zeros((0, 0))
    scatter = np.asarray(sum(scatters[1:], start=scatters[0]))
    dim = len(scatter)
    values, vectors = eigh(scatter, subset_by_index=(max(dim - number, 0), dim - 1))
    return np.asarray(vectors[:, values > _LEAST_SCATTER][:, ::-1].T)
