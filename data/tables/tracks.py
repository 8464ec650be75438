"""The table of tracks: mean vectors, times and pictures of each track."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .codes import UNKNOWN
from .faces import BoolArray, Faces, IntArray
from .group_sums import group_sums
from .vectors import unit_rows

FloatVector = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Tracks:
    """One row per track; row ``i`` is the track numbered ``i`` in ``Faces.track``.

    Attributes:
        num_faces: (num_tracks,) int64.
        num_good: (num_tracks,) int64, faces with a vector and enough quality.
        face_vector: (num_tracks, face_dim) float64, quality-weighted mean of its good faces, or of
            all its faces where none is good; NaN row = no face vector, or no quality above 0.
        cloth_vector: (num_tracks, cloth_dim) float64, unit rows, mean of its faces; NaN row = none.
        source: (num_tracks,) int64, code of the source.
        shot: (num_tracks,) int64, as in ``Faces``.
        start_s, end_s: (num_tracks,) float64, seconds.
        pictures: per track, the codes of the pictures it is seen in.
    """

    num_faces: IntArray
    num_good: IntArray
    face_vector: FloatVector
    cloth_vector: FloatVector
    source: IntArray
    shot: IntArray
    start_s: FloatVector
    end_s: FloatVector
    pictures: list[set[int]]

    def __len__(self) -> int:
        return len(self.num_faces)

    def with_face_vectors(self, vectors: FloatVector) -> Tracks:
        """Return a copy with other face vectors."""
        return dataclasses.replace(self, face_vector=vectors)

    @cached_property
    def has_face_vector(self) -> BoolArray:
        """(num_tracks,) bool."""
        return _finite(self.face_vector)

    @cached_property
    def has_cloth_vector(self) -> BoolArray:
        """(num_tracks,) bool."""
        return _finite(self.cloth_vector)


def table_of_tracks(faces: Faces, good_quality: float) -> Tracks:
    """Sum up each track of a table in which every row has a track.

    Args:
        faces: the table, ``track`` filled.
        good_quality: faces of at least this quality count for their track, 0..1.

    Raises:
        ValueError: a row has no track.
    """
    if len(faces) and faces.track.min() < 0:
        raise ValueError(
            "track: expected a track for every row, got -1; follow_tracks() gives them"
        )
    num_tracks = int(faces.track.max(initial=-1)) + 1
    good = faces.has_face_vector & (faces.quality >= good_quality)
    num_good = np.bincount(faces.track[good], minlength=num_tracks)
    _, source = np.unique(faces.source, return_inverse=True)
    first = np.zeros(num_tracks, np.int64)
    first[faces.track] = np.arange(len(faces))
    start_s, end_s = np.full(num_tracks, np.nan), np.full(num_tracks, np.nan)
    np.fmin.at(start_s, faces.track, faces.time_s)
    np.fmax.at(end_s, faces.track, faces.time_s)
    return Tracks(
        num_faces=np.bincount(faces.track, minlength=num_tracks).astype(np.int64),
        num_good=num_good.astype(np.int64),
        face_vector=mean_face_vectors(faces, faces.face_vector, good_quality),
        cloth_vector=unit_rows(
            _means(faces.cloth_vector, faces.has_cloth_vector, faces.track, num_tracks)
        ),
        source=source[first].astype(np.int64),
        shot=faces.shot[first],
        start_s=start_s,
        end_s=end_s,
        pictures=pictures_of(faces, faces.track),
    )


def pictures_of(faces: Faces, group: IntArray) -> list[set[int]]:
    """Return the pictures that each group of faces is seen in.

    Args:
        faces: the table.
        group: (num_faces,) int64, 0-based group of every row, -1 = none.

    Returns:
        For each group a set of picture codes; ``Faces.picture`` gives the codes.
    """
    pictures: list[set[int]] = [set() for _ in range(int(group.max(initial=-1)) + 1)]
    for number, picture in zip(group.tolist(), faces.picture.tolist(), strict=True):
        if number >= 0:
            pictures[number].add(picture)
    return pictures


def pictures_of_people(pictures: Sequence[set[int]], person: IntArray) -> list[set[int]]:
    """Return the pictures that each person is seen in, from those of the tracks."""
    seen: list[set[int]] = [set() for _ in range(int(person.max(initial=UNKNOWN)) + 1)]
    for of_track, number in zip(pictures, person.tolist(), strict=True):
        if number != UNKNOWN:
            seen[number] |= of_track
    return seen


def mean_face_vectors(
    faces: Faces, vectors: NDArray[np.floating], good_quality: float
) -> FloatVector:
    """Return the quality-weighted mean of each track, as ``Tracks.face_vector`` is.

    Args:
        faces: the table, ``track`` filled.
        vectors: (num_faces, dim), those of the faces, or what a map makes of them.
        good_quality: faces of at least this quality count for their track, 0..1.
    """
    num_tracks = int(faces.track.max(initial=-1)) + 1
    good = faces.has_face_vector & (faces.quality >= good_quality)
    has_good = np.bincount(faces.track[good], minlength=num_tracks) > 0
    counts = np.where(has_good[faces.track], good, faces.has_face_vector)
    return _means(vectors, faces.quality * counts, faces.track, num_tracks)


def _means(
    vectors: NDArray[np.floating], weights: NDArray[np.generic], group: IntArray, num_groups: int
) -> FloatVector:
    """Return the weighted mean of each group; NaN where nothing has weight."""
    weight = np.where(_finite(vectors), weights, 0.0).astype(np.float64)
    sums = group_sums(vectors, group, num_groups, weight)
    total = np.bincount(group, weights=weight, minlength=num_groups)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(total[:, None] > 0, sums / total[:, None], np.nan))


def _finite(vectors: NDArray[np.floating]) -> BoolArray:
    if not vectors.shape[1]:
        return np.zeros(len(vectors), dtype=bool)
    return np.asarray(np.isfinite(vectors).all(axis=1), dtype=bool)
