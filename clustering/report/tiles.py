"""Selection of a few faces that represent a person."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from ...data.tables.faces import Faces, FloatArray, IntArray


def choose_tiles(faces: Faces, rows: IntArray, num_tiles: int) -> IntArray:
    """Choose faces spread over decision (face, clothing) and time, each the best of its stretch.

    Each of face and clothing gets tiles by its share of the faces, at least a quarter of the sheet
    when it has that many faces. Within a kind, tracks are the steps of time. With more tracks than
    tiles, the tracks are cut into as many stretches as there are tiles; otherwise every track gets
    a tile and the longer ones more, and is cut into so many stretches. Each stretch gives its best
    face.

    Args:
        faces: the table.
        rows: (num_rows,) int64, the faces to choose from, in the order of time.
        num_tiles: how many to choose at most.

    Returns:
        (min(num_tiles, num_rows),) int64, chosen rows in the order of ``rows``.
    """
    if len(rows) <= num_tiles:
        return rows
    chosen = np.zeros(len(rows), dtype=bool)
    decided_by = faces.decided_by[rows]
    kinds, counts = np.unique(decided_by, return_counts=True)
    for kind, quota in zip(kinds, _quotas(counts, num_tiles, num_tiles // 4), strict=True):
        among = np.flatnonzero(decided_by == kind)
        tracks = _by_track(faces.track[rows[among]])
        chosen[among[_best_of(tracks, faces.quality[rows[among]], quota)]] = True
    return rows[chosen]


def _best_of(tracks: list[IntArray], quality: FloatArray, quota: int) -> list[int]:
    """Choose positions; ``tracks`` holds those of each track, as it appears in the film."""
    if len(tracks) >= quota:
        edges = np.linspace(0, len(tracks), quota + 1).round().astype(int)
        stretches = [np.concatenate(tracks[a:b]) for a, b in pairwise(edges.tolist())]
    else:
        lengths = np.array([len(track) for track in tracks])
        stretches = [
            stretch
            for track, share in zip(tracks, _quotas(lengths, quota, 1), strict=True)
            for stretch in _stretches(track, share)
        ]
    return [int(stretch[np.argmax(quality[stretch])]) for stretch in stretches]


def _stretches(track: IntArray, count: int) -> list[IntArray]:
    """Cut a track; several stretches lose a quarter at each end, to separate the tiles."""
    if count == 1:
        return [track]
    parts = np.array_split(track, count)
    return [part[len(part) // 4 : len(part) - len(part) // 4] for part in parts]


def _quotas(counts: IntArray, num_tiles: int, least: int) -> list[int]:
    """Share tiles out by size (D'Hondt), ``least`` to each first; never more than there are."""
    quotas = np.minimum(counts, least)
    while quotas.sum() < min(num_tiles, counts.sum()):
        quotas[np.argmax(np.where(quotas < counts, counts / (quotas + 1), -1.0))] += 1
    return [int(quota) for quota in quotas]


def _by_track(track: IntArray) -> list[IntArray]:
    """Return the positions of each track, by first appearance; no track: each for itself."""
    distinct = np.where(track >= 0, track, -1 - np.arange(len(track)))
    _, first, code = np.unique(distinct, return_index=True, return_inverse=True)
    appearance = np.argsort(np.argsort(first))[code]
    order = np.argsort(appearance, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(appearance[order])) + 1)
