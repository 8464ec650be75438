"""Both stages for a user's vectors, with the interface of scikit-learn."""

from __future__ import annotations

import sys
import warnings
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.utils.validation import check_array, validate_data

from ..data.tables.codes import Notice, NoticeCode
from ..data.tables.faces import IntArray
from ..data.tables.vectors import out_of_scale
from .evidence.curves import ANY, Curves
from .grouping.large import METHODS
from .own_vectors import Matrix, filled, tracks_of_vectors
from .stages.both import people_by_clothing, people_by_face
from .stages.config import PeopleConfig
from .stages.people import TrackPeople


class FaceClusterer(ClusterMixin, BaseEstimator):  # type: ignore[misc]
    """Stage 1 for a user's face vectors: people by face.

    Rows of one track are one person; two rows of one frame are two, whatever their vectors say.
    This is what ``castlist find`` does, on tracks made of the arrays.

    Args:
        method: "hdbscan" or "agglomerative".
        wrong_merge_cost: how many times worse a wrong merge is than a missed one, 1 or more.
        network: whose vectors they are, which says what their cosines are worth: a name of
            ``Curves.face`` of one network, such as "faceres"; "any" = another network.

    Attributes:
        labels_: (num_rows,) int64, the person of each row, 0 = the most frequent, -1 = unknown.
        strengths_: (num_rows,) float64, probability that the label is right, 0..1; 0 = unknown.
        second_people_: (num_rows,) int64, the second-best person, -1 = none.
        notices_: remarks about the result, a ``Notice`` each.
        n_features_in_: length of the vectors.
    """

    def __init__(
        self, method: str = "hdbscan", wrong_merge_cost: float = 3.0, network: str = ANY
    ) -> None:
        self.method = method
        self.wrong_merge_cost = wrong_merge_cost
        self.network = network

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
            vectors: (num_rows, dim), a NaN or masked row = no vector: unknown, unless its track has
                a person.
            y: ignored.
            tracks: (num_rows,) any codes, rows of one track are one person; None = each row is
                a separate track.
            frames: (num_rows,) any codes, rows of one frame are different people; None = each
                row is from another picture.
            qualities: (num_rows,) 0..1, how reliable each vector is; None = 1.

        Equal rows of a track are one look at it: given twice, they make nothing surer. Vectors are
        compared by their direction. One more than 100 times longer or shorter than most counts as
        none, with a warning and a notice.

        Raises:
            ValueError: columns of different lengths, infinite values, codes that are NaN, settings
                out of range, or two rows of one track in one frame.
        """
        rows = validate_data(self, filled(vectors), dtype=np.float64, ensure_all_finite="allow-nan")
        self._fit(rows, np.empty((len(rows), 0)), tracks, frames, None, qualities, "none")
        return self

    def _fit(
        self,
        faces: Matrix,
        clothes: Matrix,
        tracks: ArrayLike | None,
        frames: ArrayLike | None,
        windows: ArrayLike | None,
        qualities: ArrayLike | None,
        cloth_method: str,
    ) -> TrackPeople:
        if not isinstance(self.method, str) or self.method not in METHODS:
            raise ValueError(f"method: expected one of {', '.join(METHODS)}, got {self.method!r}")
        cost: object = self.wrong_merge_cost  # users give anything
        cost = cost.item() if isinstance(cost, np.number) else cost
        if not isinstance(cost, int | float) or not 1 <= cost <= sys.float_info.max:
            raise ValueError(f"wrong_merge_cost: expected 1 or more, got {cost!r}")
        config = PeopleConfig(self.method, cloth_method, float(cost))
        curves = Curves.load()
        alone = [name for name, curve in curves.face.items() if len(curve.networks) == 1]
        if self.network not in alone:
            raise ValueError(
                f"network: expected one of {', '.join(sorted(alone))}, got {self.network!r}"
            )
        faces, num_faces = _in_scale("faces", faces)
        clothes, num_clothes = _in_scale("clothes", clothes)
        table, track = tracks_of_vectors(faces, clothes, tracks, frames, windows, qualities)
        columns = {self.network: (0, faces.shape[1])}
        by_face = people_by_face(table, columns, curves, config)
        of_clothes = {ANY: (0, clothes.shape[1])}
        people, notices = people_by_clothing(table, by_face, of_clothes, curves, config)
        self.labels_ = people.person[track]
        self.strengths_ = people.strength[track]
        self.second_people_ = people.second_person[track]
        self.notices_: list[Notice] = list(notices)
        if num_faces or num_clothes:
            numbers = {"num_faces": num_faces, "num_clothes": num_clothes}
            self.notices_.append(Notice(NoticeCode.OUT_OF_SCALE, numbers))
        self._track = track
        return people

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


class TwoStageClusterer(FaceClusterer):
    """Both stages for a user's vectors: people by face, then by clothing.

    Takes two tables, so it fits in no scikit-learn pipeline.

    Args:
        method: see ``FaceClusterer``, as for the next two.
        wrong_merge_cost: how many times worse a wrong merge is than a missed one.
        network: whose curves to use.

    Attributes:
        labels_before_: (num_rows,) int64, after stage 1; people are numbered as in ``labels_``.
        reasons_: (num_rows,) uint8, a ``Reason`` each: why stage 2 assigned or refused a person.
        labels_, strengths_, second_people_, notices_, n_features_in_: as in ``FaceClusterer``,
            after both stages.
    """

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
        faces = filled(face_vectors)
        rows = validate_data(self, faces, dtype=np.float64, ensure_all_finite="allow-nan")
        clothes = check_array(
            filled(cloth_vectors),
            dtype=np.float64,
            ensure_all_finite="allow-nan",
            input_name="cloth_vectors",
        )
        if len(clothes) != len(rows):
            raise ValueError(
                f"cloth_vectors: expected one for each of {len(rows)} rows, got {len(clothes)}"
            )
        people = self._fit(rows, clothes, tracks, frames, windows, qualities, self.method)
        self.labels_before_ = people.person_before[self._track]
        self.reasons_ = people.reason[self._track]
        return self

    def fit_predict(
        self,
        face_vectors: ArrayLike,
        cloth_vectors: ArrayLike,
        tracks: ArrayLike | None = None,
        frames: ArrayLike | None = None,
        windows: ArrayLike | None = None,
        qualities: ArrayLike | None = None,
    ) -> IntArray:
        """Return ``labels_`` after ``fit`` with the same arguments."""
        return self.fit(face_vectors, cloth_vectors, tracks, frames, windows, qualities).labels_


def _in_scale(what: str, vectors: Matrix) -> tuple[Matrix, int]:
    """Return vectors with NaN rows for those out of scale, and how many these are."""
    wrong = out_of_scale(vectors)
    number = int(wrong.sum())
    if not number:
        return vectors, 0
    warnings.warn(
        f"{number} of {len(vectors)} vectors of {what} count as none: more than 100 times longer or"
        " shorter than most",
        stacklevel=4,  # of whoever calls fit
    )
    return np.where(wrong[:, None], np.nan, vectors), number
