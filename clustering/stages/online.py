"""The rule of the original project: nearest centroid below a threshold, face after face."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...data.tables.codes import UNKNOWN, DecidedBy
from ...data.tables.faces import Faces, FloatArray, IntArray
from ...data.tables.vectors import is_whole

_STRENGTH = 0.5  # the rule gives no probability: its faces count as low-confidence

Points = NDArray[np.float64]


def people_online(faces: Faces, threshold: float) -> Faces:
    """Find people by the original rule, kept as the baseline: no tracks, no pictures, no clothes.

    Args:
        faces: the table; faces are taken by source, frame and place in the picture.
        threshold: see ``online_labels``.

    Returns:
        The table with people, numbered by their faces.
    """
    order = np.lexsort((faces.box[:, 1], faces.box[:, 0], faces.frame, faces.source))
    label = np.empty(len(faces), np.int64)
    label[order] = online_labels(faces.face_vector[order], threshold)
    known = label != UNKNOWN
    counts = np.bincount(label[known])
    number = np.empty(len(counts), np.int64)
    number[np.argsort(-counts, kind="stable")] = np.arange(len(counts))
    person = np.full(len(faces), UNKNOWN)
    person[known] = number[label[known]]
    return faces.replace(
        person_before=person,
        person=person,
        strength=np.where(known, _STRENGTH, 0.0),
        decided_by=np.where(known, DecidedBy.FACE, DecidedBy.NONE),
    )


def online_labels(vectors: FloatArray, threshold: float) -> IntArray:
    """Cluster faces in the given order; earlier decisions do not change.

    Each face goes to the person with the nearest centroid (plain mean of the person's faces) when
    that is nearer than the threshold; else to the nearest face still unknown when that is, and the
    two become a new person; else it waits as an unknown. With dlib's vectors the original used 0.44
    in its code and recommended 0.36.

    Args:
        vectors: (num_faces, face_dim) float32, in time order; a NaN row stays unknown,
            and so does every row of no length.
        threshold: euclidean distance, in the unit of the vectors.

    Returns:
        (num_faces,) int64, the person of every face in the order people were made, -1 = unknown.
    """
    labels = np.full(len(vectors), UNKNOWN, np.int64)
    exact = vectors.astype(np.float64)
    sums = np.zeros((0, vectors.shape[1]))
    counts = np.zeros(0)
    waiting: list[int] = []
    for row in np.flatnonzero(is_whole(vectors)).tolist():
        person = _nearest(sums / counts[:, None], exact[row], threshold)
        if person is None:
            place = _nearest(exact[waiting], exact[row], threshold)
            if place is None:
                waiting.append(row)
                continue
            other = waiting.pop(place)
            person = len(counts)
            sums, counts = np.vstack([sums, exact[other]]), np.append(counts, 1)
            labels[other] = person
        labels[row] = person
        sums[person] += exact[row]
        counts[person] += 1
    return labels


def _nearest(points: Points, point: Points, threshold: float) -> int | None:
    """Return which point is nearest, None = none is nearer than the threshold."""
    if not len(points):
        return None
    distances = np.linalg.norm(points - point, axis=1)
    best = int(distances.argmin())
    return best if distances[best] < threshold else None
