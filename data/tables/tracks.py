"""The table of tracks that calibrated evidence is computed from: means of their best faces."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .events import photo_events
from .faces import BoolArray, Faces, IntArray
from .groups import AT_ONCE, group_sums, ranked
from .pictures import is_sure, pictures_of, pictures_of_all
from .vectors import Vectors, is_whole

FloatVector = NDArray[np.float64]

_BEST_FACES = 12
"""A track's vectors are means of this many of its faces, the best ones: more would say the same."""

_LEAST_WEIGHT = 0.02  # of a face of quality 0: better a poor vector than none

_LOOK_S = 0.2
"""Faces of a track nearer in time than this are one look: a higher frame rate says no more."""


@dataclass(frozen=True, eq=False)
class Tracks:
    """One row per track; row ``i`` is the track numbered ``i`` in ``Faces.track``.

    Attributes:
        film: (num_tracks,) int64, 0-based code of the film; the photos of one folder are one.
        event: (num_tracks,) int64, 0-based code of the stretch within which clothes stay the same:
            of a photo its event, of a track in a film the film.
        is_photo: (num_tracks,) bool.
        shot: (num_tracks,) int64, as in ``Faces``.
        start_s, end_s: (num_tracks,) float64, seconds.
        num_faces: (num_tracks,) int64.
        num_looks: (num_tracks,) int64, how often it is seen, at most once in 0.2 s, whatever the
            frame rate.
        looks: (num_tracks,) float64, how much is known of its face: the geometric mean of its best
            quality and of the sum of the qualities of its best looks, at most one in 0.2 s. Many
            poor looks do not make up for a good one.
        face_px: (num_tracks,) float64, mean width of its faces in pixels, NaN = not known.
        face_mean: (num_tracks, face_dim) float64, quality-weighted mean of the unit vectors of its
            best faces; NaN = none has a vector.
        cloth_mean: (num_tracks, cloth_dim) float64, mean of its best faces; NaN = no clothes in
            sight.
        pictures: per track, the codes of the pictures that surely show it (``pictures.is_sure``).
    """

    film: IntArray
    event: IntArray
    is_photo: BoolArray
    shot: IntArray
    start_s: FloatVector
    end_s: FloatVector
    num_faces: IntArray
    num_looks: IntArray
    looks: FloatVector
    face_px: FloatVector
    face_mean: FloatVector
    cloth_mean: FloatVector
    pictures: list[set[int]]

    def __len__(self) -> int:
        return len(self.num_faces)

    @classmethod
    def of(cls, faces: Faces) -> Tracks:
        """Sum up each track of a table in which every row has a track.

        Raises:
            ValueError: a row has no track.
        """
        refuse_without_track(faces)
        track, quality = faces.track, faces.quality
        count = int(track.max(initial=-1)) + 1
        first = np.zeros(count, np.int64)
        first[track[::-1]] = np.arange(len(faces))[::-1]
        start_s, end_s = np.full(count, np.nan), np.full(count, np.nan)
        np.fmin.at(start_s, track, faces.time_s)
        np.fmax.at(end_s, track, faces.time_s)
        is_photo = faces.shot[first] < 0
        film, look = _films(faces.source[first], is_photo), look_codes(faces.time_s)
        num_faces = np.bincount(track, minlength=count).astype(np.int64)
        width_px = np.bincount(track, faces.box[:, 2] - faces.box[:, 0], minlength=count)
        return cls(
            film=film,
            event=_events(film, is_photo, start_s),
            is_photo=is_photo,
            shot=faces.shot[first],
            start_s=start_s,
            end_s=end_s,
            num_faces=num_faces,
            num_looks=num_looks_of(track, look),
            looks=looks_of(quality, track, look, faces.has_face_vector),
            face_px=width_px / num_faces,
            face_mean=mean_of_best(faces.face_vector, quality, track, faces.picture),
            cloth_mean=mean_of_best(faces.cloth_vector, quality, track, faces.picture),
            pictures=pictures_of(faces.picture, np.where(is_sure(faces), track, -1), count),
        )

    def without_repeats(self, first: IntArray) -> Tracks:
        """Return the tracks that are the first of their repeats, with faces and pictures of all.

        Args:
            first: (num_tracks,) int64, the first track that shows what each shows.
        """
        kept, place = np.unique(first, return_inverse=True)
        rows = {name: getattr(self, name)[kept] for name in _COLUMNS}
        rows["num_faces"] = np.bincount(place, weights=self.num_faces).astype(np.int64)
        return Tracks(**rows, pictures=pictures_of_all(self.pictures, first))

    @cached_property
    def has_face(self) -> BoolArray:
        """(num_tracks,) bool."""
        return is_whole(self.face_mean)

    @cached_property
    def has_clothes(self) -> BoolArray:
        """(num_tracks,) bool."""
        return is_whole(self.cloth_mean)

    @cached_property
    def in_time_order(self) -> IntArray:
        """(num_tracks,) int64, the tracks by film and time."""
        return np.lexsort((np.arange(len(self)), self.start_s, self.film))


_COLUMNS = tuple(name for name in Tracks.__dataclass_fields__ if name != "pictures")


def refuse_without_track(faces: Faces) -> None:
    """Raise a ValueError where a row has no track."""
    if len(faces) and faces.track.min() < 0:
        raise ValueError(
            "track: expected a track for every row, got -1; follow_tracks() gives them"
        )


def _films(source: NDArray[np.str_], is_photo: BoolArray) -> IntArray:
    names = [
        f"photos of {name.rpartition('/')[0]}" if photo else f"film {name}"
        for name, photo in zip(source.tolist(), is_photo.tolist(), strict=True)
    ]
    return np.unique(np.array(names, dtype=np.str_), return_inverse=True)[1].astype(np.int64)


def _events(film: IntArray, is_photo: BoolArray, start_s: FloatVector) -> IntArray:
    event = film.copy()
    rows = np.flatnonzero(is_photo)
    for number, photos in enumerate(photo_events(film[rows], start_s[rows])):
        event[rows[photos]] = int(film.max(initial=-1)) + 1 + number
    return event


def look_codes(time_s: NDArray[np.float64]) -> IntArray:
    """Return a code of the look that each face is seen in; faces of a photo have one.

    Args:
        time_s: (num_faces,) seconds, NaN = not known.
    """
    time_s = np.where(np.isfinite(time_s), time_s, 0.0)
    return np.floor(time_s / _LOOK_S + 1e-6).astype(np.int64)


def num_looks_of(track: IntArray, look: IntArray) -> IntArray:
    """Return how often each track is seen; faces of one track with equal codes are one look."""
    seen = np.unique(np.stack([track, look]), axis=1)[0]
    return np.bincount(seen, minlength=int(track.max(initial=-1)) + 1).astype(np.int64)


def looks_of(
    quality: NDArray[np.floating], track: IntArray, look: IntArray, has_vector: BoolArray
) -> FloatVector:
    """Return how much is known of the face of each track, see ``Tracks.looks``.

    Looks without a vector count, too: a few vectors stand for all looks at a track, since faces of
    one shot are much alike.

    Args:
        quality: (num_faces,) 0..1.
        track: (num_faces,) int64, 0-based, each with a face.
        look: (num_faces,) int64, a code; faces of one track with equal codes are one look.
        has_vector: (num_faces,) bool; of a track without any nothing is known.
    """
    count = int(track.max(initial=-1)) + 1
    is_described = np.bincount(track[has_vector], minlength=count) > 0
    use = np.flatnonzero(is_described[track])
    _, of = np.unique(np.stack([track[use], look[use]]), axis=1, return_inverse=True)
    best_of_look = np.zeros(int(of.max(initial=-1)) + 1)
    np.maximum.at(best_of_look, of, quality[use])
    track_of_look = np.zeros(len(best_of_look), np.int64)
    track_of_look[of] = track[use]
    kept = _best_of_each(track_of_look, best_of_look, np.arange(len(best_of_look)))
    total = np.bincount(track_of_look[kept], best_of_look[kept], minlength=count)
    best = np.zeros(count)
    np.maximum.at(best, track_of_look, best_of_look)
    return np.asarray(np.sqrt(total * best), dtype=np.float64)


def mean_of_best(
    vectors: NDArray[np.floating] | Vectors,
    quality: NDArray[np.floating],
    track: IntArray,
    then: IntArray,
) -> FloatVector:
    """Return the quality-weighted mean of the best faces of each track; NaN where none has one.

    Each face is scaled to unit length first: only quality says which weighs more.

    Args:
        vectors: (num_faces, dim); NaN rows do not count.
        quality: (num_faces,) 0..1.
        track: (num_faces,) int64, 0-based, each with a face.
        then: (num_faces,) int64, which of two faces of equal quality comes first.

    Returns:
        (num_tracks, dim) float64.
    """
    count = int(track.max(initial=-1)) + 1
    rows = np.flatnonzero(is_whole(vectors))
    best = rows[_best_of_each(track[rows], quality[rows], then[rows])]
    weight = np.maximum(quality[best], _LEAST_WEIGHT).astype(np.float64)
    blocks = [best[first : first + AT_ONCE] for first in range(0, len(best), AT_ONCE)]
    lengths = np.concatenate([np.empty(0), *(_lengths(vectors[block]) for block in blocks)])
    mean = group_sums(vectors, track[best], count, weight / lengths, which=best)
    total = np.bincount(track[best], weights=weight, minlength=count)
    with np.errstate(invalid="ignore"):  # nothing over nothing is NaN
        mean /= total[:, None]
    return mean


def _best_of_each(track: IntArray, quality: NDArray[np.floating], then: IntArray) -> IntArray:
    """Return the rows of the dozen of highest quality of each track, ties by ``then``."""
    order, place = ranked(track, quality, then)
    return order[place < _BEST_FACES]


def _lengths(vectors: NDArray[np.floating]) -> FloatVector:
    # In double precision, without a copy of the table that takes twice its memory.
    length = np.sqrt(np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64))
    return np.asarray(np.where(length > 0, length, 1.0))
