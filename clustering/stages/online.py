"""The rule of the original project: nearest centroid below a threshold, face after face."""

from __future__ import annotations

import numpy as np

from ...data.tables.codes import UNKNOWN
from ...data.tables.faces import FloatArray, IntArray

ONLINE_THRESHOLD = 0.36


def online_labels(
    vectors: FloatArray,
    threshold: float = ONLINE_THRESHOLD,
    pictures: IntArray | None = None,
) -> IntArray:
    """Cluster faces in the given order; earlier decisions do not change.

    Each face goes to the person with the nearest centroid (plain mean of the person's faces) when
    that is nearer than the threshold; else to the nearest face still unknown when that is, and the
    two become a new person; else it waits as an unknown. The original's rule, kept as the baseline;
    with dlib's vectors it used 0.44 in its code and recommended 0.36.

    Args:
        vectors: (num_faces, face_dim) float32, in time order; a NaN row stays unknown,
            and so does every row of no length.
        threshold: euclidean distance, in the unit of the vectors.
        pictures: (num_faces,) int64, the picture of each face. When given, a face never goes to a
            person or an unknown seen in the same picture ("online-guarded"); None is the original.

    Returns:
        (num_faces,) int64, the person of every face in the order people were made, -1 = unknown.
    """
    labels = np.full(len(vectors), UNKNOWN, np.int64)
    exact = vectors.astype(np.float64)
    sums = np.zeros((0, vectors.shape[1]))
    counts = np.zeros(0)
    waiting: list[int] = []
    seen: list[set[int]] = []  # the pictures of each person
    describes = np.isfinite(exact).all(axis=1) & (vectors.shape[1] > 0)
    for row in np.flatnonzero(describes):
        picture = None if pictures is None else int(pictures[row])
        person_distance = _distances(sums / counts[:, None], exact[row])
        if picture is not None:
            shown = [number for number, of_person in enumerate(seen) if picture in of_person]
            person_distance[shown] = np.inf
        person = _nearest(person_distance, threshold)
        if person is None:
            other = _nearest_waiting(exact, waiting, int(row), threshold, pictures)
            if other is None:
                waiting.append(int(row))
                continue
            waiting.remove(other)
            person = len(counts)
            sums = np.vstack([sums, exact[other]])
            counts = np.append(counts, 1)
            seen.append(set() if pictures is None else {int(pictures[other])})
            labels[other] = person
        labels[row] = person
        sums[person] += exact[row]
        counts[person] += 1
        if picture is not None:
            seen[person].add(picture)
    return labels


def _nearest_waiting(
    vectors: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    waiting: list[int],
    row: int,
    threshold: float,
    pictures: IntArray | None,
) -> int | None:
    allowed = [other for other in waiting if pictures is None or pictures[other] != pictures[row]]
    found = _nearest(_distances(vectors[allowed], vectors[row]), threshold)
    return None if found is None else allowed[found]


def _distances(
    points: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    point: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.asarray(np.linalg.norm(points - point, axis=1))


def _nearest(
    distances: np.ndarray[tuple[int, ...], np.dtype[np.float64]], threshold: float
) -> int | None:
    if not len(distances):
        return None
    best = int(np.argmin(distances))
    return best if distances[best] < threshold else None
