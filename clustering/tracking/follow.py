"""Tracks: one face followed inside one shot."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from ...data.tables.faces import BoolArray, Faces, FloatArray, IntArray
from ...data.tables.tracks import refuse_without_track
from .config import TrackConfig

_USUAL = TrackConfig()
_FORBIDDEN = 1e6
_SAME_TIME_S = 1e-6  # times are sums of fractions


def follow_tracks(faces: Faces, config: TrackConfig = _USUAL) -> Faces:
    """Follow each face through its shot; each face of a photo is a track.

    Pictures of a shot are taken in time order; the faces of each are matched one to one with the
    tracks seen less than ``max_gap_s`` ago (Hungarian method, ``scipy``) by how far a face would
    have moved and how far apart the face vectors are. An impure track is worse than a short one,
    so both together must stay within limits, else a new track begins.

    Returns:
        The table with ``track`` filled: 0-based, in order of first appearance.
    """
    track = np.full(len(faces), -1, np.int64)
    for rows in _shots(faces):
        if faces.shot[rows[0]] < 0:
            track[rows] = np.arange(len(rows)) + track.max(initial=-1) + 1
        else:
            _follow_shot(faces, rows, track, config)
    return faces.replace(track=_by_first_appearance(faces, track))


def is_supported(faces: Faces, config: TrackConfig = _USUAL) -> BoolArray:
    """Return which rows are in a track with at least one strong detection, (num_faces,) bool.

    With weak detections a detector finds faces in motion and in profile, but also many things that
    are no face; tracks separate the two.

    Raises:
        ValueError: a row has no track.
    """
    refuse_without_track(faces)
    best = np.zeros(int(faces.track.max(initial=-1)) + 1, np.float32)
    np.maximum.at(best, faces.track, faces.detection)
    needed = np.where(faces.shot < 0, config.photo_detection, config.strong_detection)
    return np.asarray(best[faces.track] >= needed, dtype=bool)


def _shots(faces: Faces) -> list[IntArray]:
    """Return the rows of each shot in time order, shots in the order of their first row."""
    order = np.lexsort((faces.box[:, 1], faces.box[:, 0], faces.frame, faces.shot, faces.source))
    if not len(order):
        return []
    source, shot = faces.source[order], faces.shot[order]
    starts = np.flatnonzero((source[1:] != source[:-1]) | (shot[1:] != shot[:-1])) + 1
    return list(np.split(order, starts))


def _follow_shot(faces: Faces, rows: IntArray, track: IntArray, config: TrackConfig) -> None:
    last_rows: list[int] = []  # the row each track of this shot was last seen in
    described: list[int] = []  # the last of its rows with a vector, else its last row
    first_id = int(track.max(initial=-1)) + 1
    for picture in np.split(rows, np.flatnonzero(np.diff(faces.frame[rows])) + 1):
        now = faces.time_s[picture[0]]
        live = [
            number
            for number, row in enumerate(last_rows)
            if now - faces.time_s[row] <= config.max_gap_s + _SAME_TIME_S
        ]
        matched = _match(
            faces,
            np.array([last_rows[number] for number in live]),
            picture,
            config,
            np.array([described[number] for number in live]),
        )
        for column, row in enumerate(picture):
            if column in matched:
                number = live[matched[column]]
                last_rows[number] = int(row)
                if faces.has_face_vector[row] or not faces.has_face_vector[described[number]]:
                    described[number] = int(row)
            else:
                number = len(last_rows)
                last_rows.append(int(row))
                described.append(int(row))
            track[row] = first_id + number


def _match(
    faces: Faces, earlier: IntArray, later: IntArray, config: TrackConfig, described: IntArray
) -> dict[int, int]:
    """Match the faces of two moments; returns {index into later: index into earlier}."""
    if not len(earlier):
        return {}
    cost = link_cost(faces, earlier, later, config, described)
    pairs = zip(*linear_sum_assignment(cost), strict=True)
    return {int(new): int(old) for old, new in pairs if cost[old, new] < _FORBIDDEN}


def link_cost(
    faces: Faces,
    earlier: IntArray,
    later: IntArray,
    config: TrackConfig,
    described: IntArray | None = None,
) -> NDArray[np.float64]:
    """Return the cost of linking each two faces, (len(earlier), len(later)) float64.

    The sum of the distance moved and of the distance of the face vectors, each divided by its
    limit; links of more than 1.5 together are forbidden. Without a vector of both, half the limit.
    Over a gap somebody else may stand there, so the vectors must be within their limit alone, and
    within ``known`` of it where others of the shot were seen meanwhile.
    Where the camera pans, a face moves further than its size, to where a neighbour was. So from
    one picture to the next a face within ``known`` may move ``jump`` times as far, at the cost of
    the full reach.
    The further a face may have moved, the less it says that it stands here: as with any density,
    the logarithm of the spread is added. Else a track that was lost would win each face from the
    track that was seen a moment ago.

    Args:
        faces: the table.
        earlier: rows that tracks were last seen in.
        later: rows of one later picture.
        config: the limits.
        described: rows whose vectors stand for the tracks; None = ``earlier``.
    """
    before, after = faces.box[earlier].astype(np.float64), faces.box[later].astype(np.float64)
    size_before, size_after = _sizes(before)[:, None], _sizes(after)[None]
    moved = np.linalg.norm(_centres(before)[:, None] - _centres(after)[None], axis=2)
    gap_s = np.abs(faces.time_s[later][None] - faces.time_s[earlier][:, None])
    spread = config.reach + config.reach_per_s * gap_s
    reach = spread * np.minimum(size_before, size_after)
    growth = np.maximum(size_before, size_after) / np.minimum(size_before, size_after)
    described = earlier if described is None else described
    distance = _face_distances(faces.face_vector[described], faces.face_vector[later])
    apart = distance / config.max_face_distance
    cost = np.minimum(moved / reach, 1) + np.where(np.isnan(apart), 0.5, apart)
    was_missed = faces.time_s[earlier] < faces.time_s[earlier].max()
    limit = np.where(was_missed, config.known, 1.0)[:, None]
    is_another = (gap_s > config.gap_s) & (apart > limit)
    is_near = (moved <= reach) & (cost <= 1.5) & ~is_another
    is_known = (moved <= config.jump * reach) & (apart <= config.known) & (gap_s <= config.gap_s)
    is_allowed = (is_near | is_known) & (growth <= config.max_growth)
    return np.where(is_allowed, cost + np.log(spread / config.reach), _FORBIDDEN)


def _face_distances(before: FloatArray, after: FloatArray) -> NDArray[np.float64]:
    if not before.shape[1]:
        return np.full((len(before), len(after)), np.nan)
    difference = before[:, None].astype(np.float64) - after[None].astype(np.float64)
    return np.asarray(np.linalg.norm(difference, axis=2))


def _centres(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    return (boxes[:, :2] + boxes[:, 2:]) / 2


def _sizes(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.sqrt((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]))


def _by_first_appearance(faces: Faces, track: IntArray) -> IntArray:
    order = np.lexsort((faces.box[:, 1], faces.box[:, 0], faces.frame, faces.source))
    _, first, codes = np.unique(track[order], return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    numbered = np.empty(len(track), np.int64)
    numbered[order] = rank[codes]
    return numbered
