"""Both stages for a user's vectors, with the interface of scikit-learn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.utils.validation import (
    check_array,
    check_consistent_length,
    column_or_1d,
    validate_data,
)

from ..data.tables.codes import Notice
from ..data.tables.faces import Faces, IntArray
from ..data.tables.vectors import unit_rows
from .stages.cloth_stage import reassign_by_clothing
from .stages.config import FaceConfig, ReassignConfig
from .stages.face_stage import cluster_by_face

_APART_S = 1e6  # two windows are further apart than any window is long


class FaceClusterer(ClusterMixin, BaseEstimator):  # type: ignore[misc]
    """Stage 1 for a user's face vectors: people by face.

    Rows of one track are one person; two rows of one frame are two, at any threshold. This is
    ``cluster_by_face`` itself, on a table made of the arrays.

    Args:
        method: "hdbscan", "agglomerative", "online" or "online-guarded".
        distance: "film", "cosine", "euclidean" or "calibrated"; see ``FaceConfig``.
        threshold: rows within this distance are one person; None = the default of the
            distance, chosen for dlib's vectors.
        another_person: groups further apart than this on average, as the vectors are, are never
            joined; None = no such limit. 0.6 is right for dlib's vectors.
        good_quality: rows of at least this quality may found a person, 0..1.
        min_good_faces: good rows that a track needs to take part in founding a person; None = 2
            with tracks, 1 without.
        lone_faces: good rows with which a track alone is a person.
        centre: (dim,), mean of people in general; None = not known. See ``fit_film_space``.

    Attributes:
        labels_: (num_rows,) int64, the person of each row, 0 = the most frequent, -1 = unknown.
        strengths_: (num_rows,) float64, 0..1; below 0.5 the person is not sure.
        second_people_: (num_rows,) int64, the second-best person, -1 = none.
        notices_: remarks about the result, a ``Notice`` each.
        n_features_in_: length of the vectors.
    """

    def __init__(
        self,
        method: str = "hdbscan",
        distance: str = "film",
        threshold: float | None = None,
        another_person: float | None = None,
        good_quality: float = 0.2,
        min_good_faces: int | None = None,
        lone_faces: int = 8,
        centre: ArrayLike | None = None,
    ) -> None:
        self.method = method
        self.distance = distance
        self.threshold = threshold
        self.another_person = another_person
        self.good_quality = good_quality
        self.min_good_faces = min_good_faces
        self.lone_faces = lone_faces
        self.centre = centre

    def fit(
        self,
        vectors: ArrayLike,
        y: object = None,  # noqa: ARG002 - scikit-learn passes one
        tracks: ArrayLike | None = None,
        frames: ArrayLike | None = None,
        qualities: ArrayLike | None = None,
    ) -> Self:
        """Find the people.

        Args:
            vectors: (num_rows, dim), a NaN row = no vector: unknown, unless its track has a person.
            y: ignored.
            tracks: (num_rows,) any codes, rows of one track are one person; None = each row is
                a separate track.
            frames: (num_rows,) any codes, rows of one frame are different people; None = each
                row is from another picture.
            qualities: (num_rows,) 0..1, how reliable each vector is; None = all the same.

        Raises:
            ValueError: columns of different lengths, infinite values, settings out of range, or
                two rows of one track in one frame.
        """
        rows = validate_data(self, vectors, dtype=np.float64, ensure_all_finite="allow-nan")
        faces = table_of_vectors(rows, tracks, frames, qualities)
        found, notices = cluster_by_face(faces, self._config(tracks), _vector(self.centre))
        self._keep(found, notices)
        return self

    def _config(self, tracks: ArrayLike | None) -> FaceConfig:
        few = 1 if tracks is None else 2
        return FaceConfig(
            method=self.method,
            distance=self.distance,
            threshold=self.threshold,
            another_person=self.another_person,
            good_quality=self.good_quality,
            min_good_faces=few if self.min_good_faces is None else self.min_good_faces,
            lone_faces=self.lone_faces,
        )

    def _keep(self, found: Faces, notices: Sequence[Notice]) -> None:
        self.labels_ = found.person.copy()
        self.strengths_ = found.strength.astype(np.float64)
        self.second_people_ = found.second_person.copy()
        self.notices_ = list(notices)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


class TwoStageClusterer(FaceClusterer):
    """Both stages for a user's vectors: people by face, then by clothing.

    Takes two tables, so it fits in no scikit-learn pipeline. Every track counts as a separate
    shot when stage 2 measures how far clothing can be trusted.

    Args:
        precision: what stage 2 has to reach on held-out known tracks, 0..1; see ``ReassignConfig``.
        method, ..., centre: of stage 1, see ``FaceClusterer``.

    Attributes:
        labels_before_: (num_rows,) int64, after stage 1; people are numbered as in ``labels_``.
        reasons_: (num_rows,) uint8, a ``Reason`` each: why stage 2 assigned or refused a person.
        labels_, strengths_, second_people_, notices_, n_features_in_: as in ``FaceClusterer``,
            after both stages.
    """

    def __init__(
        self,
        method: str = "hdbscan",
        distance: str = "film",
        threshold: float | None = None,
        another_person: float | None = None,
        good_quality: float = 0.2,
        min_good_faces: int | None = None,
        lone_faces: int = 8,
        centre: ArrayLike | None = None,
        precision: float = 0.95,
    ) -> None:
        super().__init__(
            method,
            distance,
            threshold,
            another_person,
            good_quality,
            min_good_faces,
            lone_faces,
            centre,
        )
        self.precision = precision

    def fit(  # type: ignore[override]
        self,
        face_vectors: ArrayLike,
        cloth_vectors: ArrayLike,
        tracks: ArrayLike | None = None,
        frames: ArrayLike | None = None,
        windows: ArrayLike | None = None,
        qualities: ArrayLike | None = None,
    ) -> Self:
        """Find the people, then assign unknown and unsure rows by clothing.

        Args:
            face_vectors: (num_rows, face_dim), NaN row = no vector.
            cloth_vectors: (num_rows, cloth_dim), NaN row = no clothes in sight; of any length.
            tracks: as in ``FaceClusterer.fit``.
            frames: as in ``FaceClusterer.fit``.
            windows: (num_rows,) any codes: clothes are compared inside a window, such as a scene.
                A track belongs to the window of its first frame. None = all is one window.
            qualities: as in ``FaceClusterer.fit``.

        Raises:
            ValueError: as in ``FaceClusterer.fit``.
        """
        rows = validate_data(self, face_vectors, dtype=np.float64, ensure_all_finite="allow-nan")
        clothes = check_array(cloth_vectors, dtype=np.float64, ensure_all_finite="allow-nan")
        check_consistent_length(rows, clothes)
        faces = table_of_vectors(rows, tracks, frames, qualities)
        faces = faces.replace(cloth_vector=unit_rows(clothes), time_s=_times(faces, windows))
        centre = _vector(self.centre)
        by_face, notices_by_faces = cluster_by_face(faces, self._config(tracks), centre)
        config = ReassignConfig(precision=self.precision, good_quality=self.good_quality)
        found, notices_by_clothes, _ = reassign_by_clothing(by_face, config, centre)
        self._keep(found, notices_by_faces + notices_by_clothes)
        self.labels_before_ = found.person_before.copy()
        self.reasons_ = found.reason.copy()
        return self

    def fit_predict(
        self, face_vectors: ArrayLike, cloth_vectors: ArrayLike, **columns: Any
    ) -> IntArray:
        """Return ``labels_`` after ``fit`` with the same arguments."""
        return self.fit(face_vectors, cloth_vectors, **columns).labels_


def table_of_vectors(
    vectors: NDArray[np.float64],
    tracks: ArrayLike | None = None,
    frames: ArrayLike | None = None,
    qualities: ArrayLike | None = None,
) -> Faces:
    """Make the table that the stages work on; arguments as in ``FaceClusterer.fit``.

    Raises:
        ValueError: columns of different lengths, or two rows of one track in one frame.
    """
    num_rows = len(vectors)
    # Which row comes first must not depend on how the caller's rows are sorted.
    place = np.empty(num_rows, np.int64)
    place[np.lexsort(np.nan_to_num(vectors).T)] = np.arange(num_rows)
    frame = _codes("frames", frames, num_rows, otherwise=place)
    track = _codes("tracks", tracks, num_rows, otherwise=place)
    _, times = np.unique(np.stack([track, frame]), axis=1, return_counts=True)
    if (times > 1).any():
        raise ValueError(
            f"tracks: expected one row of a track in a frame, got {times.max()}; rows of one track"
            " are one person, rows of one frame are different ones"
        )
    corner = place.astype(np.float64)
    return Faces.of_detections(
        source=np.full(num_rows, "film"),
        frame=frame,
        time_s=np.zeros(num_rows),
        shot=track,
        track=track,
        box=np.stack([corner, corner * 0, corner + 1, corner * 0 + 1], axis=1),
        quality=np.ones(num_rows)
        if qualities is None
        else _column("qualities", qualities, num_rows),
        face_vector=vectors,
    )


def _codes(name: str, values: ArrayLike | None, num_rows: int, otherwise: IntArray) -> IntArray:
    if values is None:
        return otherwise
    _, code = np.unique(_column(name, values, num_rows), return_inverse=True)
    return np.asarray(code, np.int64)


def _column(name: str, values: ArrayLike, num_rows: int) -> NDArray[Any]:
    column = np.asarray(column_or_1d(values))
    if len(column) != num_rows:
        raise ValueError(f"{name}: expected one for each of {num_rows} rows, got {len(column)}")
    return column


def _times(faces: Faces, windows: ArrayLike | None) -> NDArray[np.float64]:
    """Return times, seconds, that put each track into the window of its first frame."""
    if windows is None:
        return np.zeros(len(faces))
    window = np.unique(_column("windows", windows, len(faces)), return_inverse=True)[1]
    order = np.lexsort((faces.frame, faces.track))
    _, first, track = np.unique(faces.track[order], return_index=True, return_inverse=True)
    times = np.empty(len(faces))
    times[order] = window[order[first]][track] * _APART_S
    return times


def _vector(values: ArrayLike | None) -> NDArray[np.float64] | None:
    return None if values is None else np.asarray(values, dtype=np.float64)
