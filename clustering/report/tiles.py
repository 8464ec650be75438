"""Selection of a few faces that represent a person: one a shot."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ...data.tables.codes import UNKNOWN
from ...data.tables.faces import Faces, IntArray

EVERY_S = 10.0
"""A shot that lasts longer than this gives a face for each such stretch."""


def choose_tiles(
    faces: Faces, rows: IntArray, num_tiles: int, scores: NDArray[np.float64] | None = None
) -> IntArray:
    """Choose faces spread over what decided (face, clothing) and time: one a shot, the best of it.

    A moment is a shot of a person, or ten seconds of a longer one; a track of somebody unknown; a
    photo. With more moments than tiles, each of face and clothing gets tiles by its share of the
    moments, at least a quarter of them, and the moments of a kind are cut into as many stretches
    as it has tiles. Each stretch gives its best face.

    Args:
        faces: the table.
        rows: (num_rows,) int64, the faces to choose from, in the order of time.
        num_tiles: how many to choose at most.
        scores: (num_faces,), how good each face of the table is to show; None = its quality.

    Returns:
        (at most num_tiles,) int64, chosen rows in the order of ``rows``.
    """
    if not len(rows):
        return rows
    scores = faces.quality.astype(np.float64) if scores is None else scores
    places = _moments(faces, rows)
    kinds = np.array([np.bincount(faces.decided_by[rows[place]]).argmax() for place in places])
    chosen: list[int] = []
    names, counts = np.unique(kinds, return_counts=True)
    for kind, quota in zip(names, _quotas(counts, num_tiles, num_tiles // 4), strict=True):
        of_kind = [places[number] for number in np.flatnonzero(kinds == kind).tolist()]
        edges = np.linspace(0, len(of_kind), quota + 1).round().astype(int)
        for first, last in pairwise(edges.tolist()):
            stretch = np.concatenate(of_kind[first:last])
            chosen.append(int(stretch[np.argmax(scores[rows[stretch]])]))
    return rows[np.sort(np.array(chosen, dtype=np.int64))]


def _moments(faces: Faces, rows: IntArray) -> list[IntArray]:
    """Return the positions in ``rows`` of each moment, by first appearance."""
    sources = np.unique(faces.source[rows], return_inverse=True)[1]
    track = np.where(faces.track[rows] >= 0, faces.track[rows], -1 - np.arange(len(rows)))
    by_track = (faces.person[rows] == UNKNOWN) | (faces.shot[rows] < 0)
    key = np.stack([sources, faces.shot[rows], np.where(by_track, track, 0)])
    shot = np.unique(key, axis=1, return_inverse=True)[1]
    stretch = _stretches(shot, np.nan_to_num(faces.time_s[rows], nan=0.0))
    _, first, code = np.unique(
        np.stack([shot, stretch]), axis=1, return_index=True, return_inverse=True
    )
    appearance = np.argsort(np.argsort(first))[code]
    order = np.argsort(appearance, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(appearance[order])) + 1)


def _stretches(shot: IntArray, time_s: NDArray[np.float64]) -> IntArray:
    """Cut shots into equal parts of ``EVERY_S`` or more; the number of each row's part."""
    count = int(shot.max()) + 1
    begin_s, end_s = np.full(count, np.inf), np.full(count, -np.inf)
    np.minimum.at(begin_s, shot, time_s)
    np.maximum.at(end_s, shot, time_s)
    length_s = (end_s - begin_s)[shot]
    parts = np.maximum(length_s // EVERY_S, 1)
    part = (time_s - begin_s[shot]) / np.maximum(length_s, 1e-9) * parts
    return np.asarray(np.minimum(part, parts - 1), dtype=np.int64)


def _quotas(counts: IntArray, num_tiles: int, least: int) -> list[int]:
    """Share tiles out by size (D'Hondt), ``least`` to each first; never more than there are."""
    quotas = np.minimum(counts, least)
    while quotas.sum() < min(num_tiles, counts.sum()):
        quotas[np.argmax(np.where(quotas < counts, counts / (quotas + 1), -1.0))] += 1
    return [int(quota) for quota in quotas]
