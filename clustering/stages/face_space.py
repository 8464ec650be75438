"""The space in which faces are compared, and the limits of distances in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...data.tables.codes import Notice, NoticeCode
from ...data.tables.faces import BoolArray, Faces
from ...data.tables.tracks import Tracks, mean_face_vectors, table_of_tracks
from ...data.tables.vectors import unit_rows
from .adaptation import FilmSpace, fit_film_space

MIN_PAIRS = 20
"""With fewer pairs of a kind than this there is no calibration."""

_ODDS = 20.0  # a link counts where one person is so many times likelier than two
_CROSS_SHOT = 2.0  # squared distances between shots over those between the ends of a track
_LEAST_SPREAD = 0.1  # of cosines; a handful of pairs may be alike by chance


@dataclass(frozen=True)
class Limits:
    """What distances mean; euclidean distances between vectors of tracks.

    Attributes:
        threshold: tracks within this distance may be linked.
        spread: two groups further apart than this on average are two people.
        doubt: two people within this distance on average may be one.
    """

    threshold: float
    spread: float
    doubt: float


LIMITS = {
    "film": Limits(1.05, 1.2, 1.3),
    "cosine": Limits(0.28, 0.32, 0.35),
    "euclidean": Limits(0.36, 0.42, 0.46),
}


@dataclass(frozen=True, eq=False)
class FaceSpace:
    """The tracks of a table, placed for comparison.

    Attributes:
        tracks: with their face vectors in this space.
        plain: (num_tracks, face_dim) float64, the tracks' vectors as the network gave them.
        limits: of the distances in this space.
        notices: remarks about the space.
    """

    tracks: Tracks
    plain: NDArray[np.float64]
    limits: Limits
    notices: list[Notice]


def place_tracks(
    faces: Faces,
    distance: str,
    good_quality: float,
    centre: NDArray[np.floating] | None = None,
) -> FaceSpace:
    """Average each track and place it in a space.

    "euclidean": the vectors as they are. "cosine": unit rows of them. "film": the film's space
    (``fit_film_space``). "calibrated": the film's space, with a threshold estimated from the film
    (``calibrated_threshold``), if it has enough pairs.

    Args:
        faces: the table, ``track`` filled with 0, 1, 2 ...
        distance: one of ``config.DISTANCES``.
        good_quality: faces of at least this quality count for their track, 0..1.
        centre: (face_dim,), mean of people in general in the vectors; None = not known.
    """
    bare = faces.replace(cloth_vector=np.empty((len(faces), 0)))  # sums of clothes take long
    tracks = table_of_tracks(bare, good_quality)
    plain = tracks.face_vector
    if distance in ("euclidean", "cosine"):
        if distance == "cosine":
            tracks = tracks.with_face_vectors(unit_rows(tracks.face_vector))
        return FaceSpace(tracks, plain, LIMITS[distance], [])
    good = faces.has_face_vector & (faces.quality >= good_quality)
    space = fit_film_space(faces.face_vector, faces.track, good, centre=centre)
    tracks = tracks.with_face_vectors(_placed(faces, space, good_quality))
    if distance == "calibrated":
        return FaceSpace(tracks, plain, *_calibrated(faces, space, good, tracks))
    return FaceSpace(tracks, plain, LIMITS["film"], [])


def calibrated_threshold(same: NDArray[np.float64], different: NDArray[np.float64]) -> float:
    """Return the distance of unit rows at which one person is 20 times likelier than two.

    Cosines of either kind are taken as normal. A track's two ends are nearer to each other than
    tracks of two shots are, so squared distances (2 - 2 cosine) and their spread are doubled.

    Args:
        same: (num_pairs,) cosines between the ends of tracks.
        different: (num_pairs,) cosines between tracks seen in one picture.
    """
    mean_same = 1 - _CROSS_SHOT * (1 - float(same.mean()))
    spread_same = max(_CROSS_SHOT * float(same.std()), _LEAST_SPREAD)
    mean_other, spread_other = float(different.mean()), max(float(different.std()), _LEAST_SPREAD)
    cosine = np.linspace(1, mean_other, 2001)
    ratio = (
        np.log(spread_other / spread_same)
        + ((cosine - mean_other) / spread_other) ** 2 / 2
        - (np.minimum(cosine - mean_same, 0) / spread_same) ** 2 / 2
    )
    enough = ratio >= np.log(_ODDS)
    # From the surest on down, as far as it holds throughout.
    last = len(enough) - 1 if enough.all() else int(np.argmin(enough)) - 1
    return float(np.sqrt(2 - 2 * cosine[max(last, 0)]))


def _placed(faces: Faces, space: FilmSpace, good_quality: float) -> NDArray[np.float64]:
    return unit_rows(mean_face_vectors(faces, space.transform(faces.face_vector), good_quality))


def _calibrated(
    faces: Faces, space: FilmSpace, good: BoolArray, tracks: Tracks
) -> tuple[Limits, list[Notice]]:
    same, different = _ends_of_tracks(faces, space, good), _seen_together(tracks)
    film = LIMITS["film"]
    counted = {"num_tracks": len(same), "num_pairs": len(different)}
    if min(len(same), len(different)) < MIN_PAIRS:
        return film, [
            Notice(
                NoticeCode.FILM_THRESHOLD_UNMEASURED,
                {**counted, "num_needed": MIN_PAIRS, "threshold": film.threshold},
            )
        ]
    threshold = calibrated_threshold(same, different)
    notice = Notice(NoticeCode.FILM_THRESHOLD, {**counted, "threshold": round(threshold, 2)})
    return Limits(threshold, film.spread, film.doubt), [notice]


def _ends_of_tracks(faces: Faces, space: FilmSpace, good: BoolArray) -> NDArray[np.float64]:
    """Return the cosine between the first and last third of each track of six good faces."""
    rows = np.flatnonzero(good)
    rows = rows[np.lexsort((faces.frame[rows], faces.track[rows]))]
    cosines = []
    for of_track in np.split(rows, np.flatnonzero(np.diff(faces.track[rows])) + 1):
        if (third := len(of_track) // 3) >= 2:
            ends = np.stack([of_track[:third], of_track[-third:]])
            first, last = (
                unit_rows(space.transform(faces.face_vector[ends.ravel()]))
                .reshape(2, third, -1)
                .mean(axis=1)
            )
            cosines.append(first @ last / (np.linalg.norm(first) * np.linalg.norm(last)))
    return np.array(cosines, dtype=np.float64)


def _seen_together(tracks: Tracks) -> NDArray[np.float64]:
    """Return the cosine of every two tracks that share a picture and have good faces."""
    seen_in: dict[int, list[int]] = {}
    for track in np.flatnonzero((tracks.num_good >= 2) & tracks.has_face_vector).tolist():
        for picture in tracks.pictures[track]:
            seen_in.setdefault(picture, []).append(track)
    pairs = {
        (one, other)
        for together in seen_in.values()
        for place, one in enumerate(together)
        for other in together[:place]
    }
    one, other = np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2).T
    return np.asarray(np.einsum("ij,ij->i", tracks.face_vector[one], tracks.face_vector[other]))
