"""Which labelled box is which detected face."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from ...data.errors import InputError, shortened
from ...data.result.facts import SourceFacts
from ...data.tables.boxes import area, iou, overlaps
from ...data.tables.faces import Faces
from ...data.tables.labels import IGNORE, NOT_A_FACE, Labels, refuse_later, refuse_outside

MIN_IOU = 0.4
"""Overlap from which a detection is the labelled face."""

MAX_OFFSET_S = 0.1
"""How far in time a label may be from the frame it is compared with, seconds."""

NEAR_S = 0.5
"""The same for labels that state a time: people write it to the second."""

_Rows = NDArray[np.int64]
_Picture = tuple[str, int]


class FaceLabel(IntEnum):
    """What a detected face without a label is."""

    FALSE = -1
    """In a labelled picture, on no label."""
    NOT_A_FACE = -2
    """On a box marked as not a face."""
    IGNORED = -3
    """On a box that is not counted."""
    NOT_LABELLED = -4
    """In a picture without labels, or beside the one labelled face of a photo."""


@dataclass(frozen=True, eq=False)
class LookedAt:
    """The frames of one film that were analysed.

    Attributes:
        frame: (num_frames,) int64, 0-based, increasing.
        time_s: (num_frames,) float64, presentation times, seconds.
        cuts: (num_shots - 1,) int64, the first frame of each shot but the first, increasing.
        length_frames: how many frames the film has; None = not known.
        size_px: width and height of its upright pictures, pixels; None = not known.
        length_s: how long the film is, seconds; None = not known.
    """

    frame: NDArray[np.int64]
    time_s: NDArray[np.float64]
    cuts: NDArray[np.int64]
    length_frames: int | None = None
    size_px: tuple[int, int] | None = None
    length_s: float | None = None


def looked_at(sources: Iterable[SourceFacts]) -> dict[str, LookedAt]:
    """Return which frames of each source were analysed, by its name."""
    return {
        source.name: LookedAt(
            # A photo is a film of one frame.
            np.array(source.frames if source.kind == "film" else (0,), dtype=np.int64),
            np.array(source.frames_s if source.kind == "film" else (0.0,), dtype=np.float64),
            np.array(source.cuts, dtype=np.int64),
            source.length_frames if source.kind == "film" else 1,
            source.size_px,
            source.duration_s if source.kind == "film" else None,
        )
        for source in sources
    }


@dataclass(frozen=True, eq=False)
class Matches:
    """Labels and detected faces, paired.

    Attributes:
        face_of_label: (num_labels,) int64, row in the faces; -1 = missed, not analysed, or a row
            that names no person.
        label_of_face: (num_faces,) int64, row in the labels, or a ``FaceLabel``.
        looked_at: (num_labels,) bool, labels whose frame, or one near enough, was analysed.
    """

    face_of_label: NDArray[np.int64]
    label_of_face: NDArray[np.int64]
    looked_at: NDArray[np.bool_]


def match_labels(
    faces: Faces,
    labels: Labels,
    looked_at: Mapping[str, LookedAt] | None = None,
) -> Matches:
    """Pair labels with detected faces, picture by picture (Hungarian, largest sum of IoU).

    A label without a box is the largest face of its picture; one with a time instead of a frame is
    compared with the analysed frame nearest in time, at most NEAR_S away. What overlaps a
    NOT_A_FACE box by ``MIN_IOU``, or lies by half inside an IGNORE box, and is no labelled face, is
    marked so.

    Args:
        faces: the detected faces.
        labels: the labelled boxes.
        looked_at: the frames analysed, by source. A label is compared with the nearest of them in
            its shot if that is at most MAX_OFFSET_S away; otherwise it was not analysed. When two
            labelled frames share a nearest frame, the nearer one is compared. Without it, every
            labelled frame counts as analysed, which is true after ``--also-frames``.

    Raises:
        InputError: no label's source was analysed, or with ``looked_at`` any label's was not; a
            frame beyond the end of its film, or a box outside the picture.
    """
    if looked_at is None:
        known = set(faces.source.tolist())
        # A source without faces may have been analysed too.
        if known and not np.isin(labels.source, sorted(known)).any():
            refuse_unknown_sources(labels, known)
    else:
        refuse_unknown_sources(labels, looked_at)
        for source in sorted(set(labels.source.tolist())):
            film = looked_at[source]
            refuse_outside(labels, source, film.length_frames, film.size_px)
            refuse_later(labels, source, film.length_s)
        labels = _in_frames(labels, looked_at)
    frame_of_label = _frames_to_compare(labels, looked_at)
    is_looked_at = frame_of_label >= 0
    rows_of_faces = _rows_by_picture(faces.source, faces.frame)
    rows_of_labels = _rows_by_picture(labels.source, frame_of_label, is_looked_at)
    face_of_label = np.full(len(labels), -1, dtype=np.int64)
    label_of_face = np.full(len(faces), int(FaceLabel.NOT_LABELLED), dtype=np.int64)
    for picture, label_rows in rows_of_labels.items():
        face_rows = rows_of_faces.get(picture, np.empty(0, np.int64))
        boxes = faces.box[face_rows].astype(np.float64)
        label_of_face[face_rows] = _match_picture(boxes, labels, label_rows)
    matched = np.flatnonzero(label_of_face >= 0)
    face_of_label[label_of_face[matched]] = matched
    return Matches(face_of_label, label_of_face, is_looked_at)


def _match_picture(boxes: NDArray[np.float64], labels: Labels, label_rows: _Rows) -> _Rows:
    """Return (num_boxes,) the row in the labels of each detected box, or a FaceLabel."""
    matches = np.full(len(boxes), int(FaceLabel.FALSE), dtype=np.int64)
    if not len(boxes):
        return matches
    if not labels.has_box[label_rows].all():
        matches[:] = FaceLabel.NOT_LABELLED
        matches[np.argmax(area(boxes))] = label_rows[0]
        return matches
    people = label_rows[labels.is_face[label_rows]]
    overlap = iou(boxes, labels.box[people])
    overlap[overlap < MIN_IOU] = 0
    box, person = linear_sum_assignment(overlap, maximize=True)
    paired = overlap[box, person] > 0
    matches[box[paired]] = people[person[paired]]

    no_faces = labels.box[label_rows[labels.person[label_rows] == NOT_A_FACE]]
    ignored = labels.box[label_rows[labels.person[label_rows] == IGNORE]]
    on_no_face = (iou(boxes, no_faces) >= MIN_IOU).any(axis=1)
    in_ignored = (overlaps(boxes, ignored) >= area(boxes)[:, None] / 2).any(axis=1)
    matches[(matches == FaceLabel.FALSE) & in_ignored] = FaceLabel.IGNORED
    matches[(matches == FaceLabel.FALSE) & on_no_face] = FaceLabel.NOT_A_FACE
    return matches


def _rows_by_picture(
    source: NDArray[np.str_], frame: NDArray[np.int64], kept: NDArray[np.bool_] | None = None
) -> dict[_Picture, _Rows]:
    rows: dict[_Picture, list[int]] = defaultdict(list)
    for row, picture in enumerate(zip(source.tolist(), frame.tolist(), strict=True)):
        if kept is None or kept[row]:
            rows[picture].append(row)
    return {picture: np.array(members, np.int64) for picture, members in rows.items()}


def refuse_unknown_sources(labels: Labels, known: Collection[str]) -> None:
    """Refuse labels of which one names another source.

    Raises:
        InputError: naming its row.
    """
    unknown = np.flatnonzero(~np.isin(labels.source, sorted(known)))
    if unknown.size:
        row = int(unknown[0])
        raise InputError(
            f"{labels.where[row]}: expected one of the sources"
            f" {shortened(', '.join(sorted(known)[:5]), 100)},"
            f" got {shortened(str(labels.source[row]))}; are these the labels of another film?"
        )


def _frames_to_compare(labels: Labels, looked_at: Mapping[str, LookedAt] | None) -> _Rows:
    """Return (num_labels,) the frame each label is compared with, -1 = not analysed."""
    if looked_at is None:
        return labels.frame.copy()
    frames = np.full(len(labels), -1, dtype=np.int64)
    for source in sorted(set(labels.source.tolist())):
        rows = np.flatnonzero((labels.source == source) & (labels.frame >= 0))
        labelled, which = np.unique(labels.frame[rows], return_inverse=True)
        frames[rows] = nearest_looked_at(labelled, looked_at[source])[which]
    return frames


def _in_frames(labels: Labels, looked_at: Mapping[str, LookedAt]) -> Labels:
    """Return labels with the analysed frame of those that state a time, -1 = none is near.

    Of two times that are nearest to one frame, the nearer one has it.
    """
    frame = labels.frame.copy()
    for source in dict.fromkeys(labels.source[np.isfinite(labels.time_s)].tolist()):
        film = looked_at[source]
        rows = np.flatnonzero((labels.source == source) & np.isfinite(labels.time_s))
        times_s, which = np.unique(labels.time_s[rows], return_inverse=True)
        frame[rows] = _nearest_in_time(times_s, film)[which]
    return replace(labels, frame=frame)


def _nearest_in_time(times_s: NDArray[np.float64], film: LookedAt) -> _Rows:
    if not len(film.frame):
        return np.full(len(times_s), -1, dtype=np.int64)
    offset_s = np.abs(film.time_s[:, None] - times_s)
    nearest = offset_s.argmin(axis=0)
    offset_s = offset_s[nearest, np.arange(len(times_s))]
    frame = film.frame[nearest]
    frame[(offset_s > NEAR_S) | _beaten(nearest, offset_s)] = -1
    return np.asarray(frame, dtype=np.int64)


def _beaten(nearest: _Rows, offset_s: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Say which labels are not the nearest of those that share a frame."""
    order = np.lexsort((offset_s, nearest))
    again = np.zeros(len(nearest), dtype=bool)
    again[order[1:]] = nearest[order][1:] == nearest[order][:-1]
    return again


def nearest_looked_at(labelled: _Rows, film: LookedAt) -> _Rows:
    """Return (num_labelled,) the analysed frame each labelled one is compared with, -1 = none.

    Args:
        labelled: (num_labelled,) int64, frames, each once.
        film: the frames analysed.
    """
    if not len(film.frame):
        return np.full(len(labelled), -1, dtype=np.int64)
    after = np.searchsorted(film.frame, labelled)
    neighbours = np.stack([after - 1, after]).clip(0, len(film.frame) - 1)
    offset_s = np.abs(film.time_s[neighbours] - _times(labelled, film)).round(6)
    same_shot = _shots(film.frame[neighbours], film) == _shots(labelled, film)
    offset_s[~same_shot | (offset_s > MAX_OFFSET_S)] = np.inf
    column = np.arange(len(labelled))
    best = offset_s.argmin(axis=0)
    offset_s, nearest = offset_s[best, column], film.frame[neighbours[best, column]]
    nearest[np.isinf(offset_s)] = -1
    nearest[_beaten(nearest, offset_s)] = -1
    return np.asarray(nearest, dtype=np.int64)


def _shots(frame: _Rows, film: LookedAt) -> _Rows:
    return np.searchsorted(film.cuts, frame, side="right")


def _times(frame: _Rows, film: LookedAt) -> NDArray[np.float64]:
    """Times of frames: interpolated, and outside the analysed ones at their mean rate."""
    time_s = np.interp(frame, film.frame, film.time_s)
    if len(film.frame) < 2:
        return np.where(frame == film.frame[0], time_s, np.inf)
    frame_s = (film.time_s[-1] - film.time_s[0]) / (film.frame[-1] - film.frame[0])
    return np.asarray(time_s + frame_s * (frame - frame.clip(film.frame[0], film.frame[-1])))
