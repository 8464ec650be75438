"""Before and after stage 2 on labelled data, side by side.

Definitions, sources and worked examples of every figure: docs/metrics.md.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ...data.result.result import StoredResult
from ...data.tables.codes import UNKNOWN
from ...data.tables.faces import Faces
from ...data.tables.labels import HARD_BELOW_PX, NOT_A_FACE, Labels
from ...data.tables.pictures import count_violations
from .bands import count_bands
from .gain import GainCounts, LabelledFaces, judge
from .matching import FaceLabel, LookedAt, Matches, looked_at, match_labels
from .report import DetectionCounts, Prediction, Report
from .scores import count_clusters

_Number = TypeVar("_Number", np.int64, np.float32)


def evaluate(
    faces: Faces,
    labels: Labels,
    frames: Mapping[str, LookedAt] | None = None,
    predicted_precision: float | None = None,
) -> Report:
    """Compare the people of one result with labels, before and after stage 2.

    Args:
        faces: the result. ``person_before`` and ``person`` must number the same people alike.
        labels: who they are.
        frames: frames analysed, by source; see ``match_labels``.
        predicted_precision: how often stage 2 is right by its own account, 0..1.

    Raises:
        InputError: the labels are of other films.
    """
    matches = match_labels(faces, labels, frames)
    return report_on(faces, labels, matches, predicted_precision)


def evaluate_result(result: StoredResult, labels: Labels) -> Report:
    """Compare the people of a result with labels, before and after stage 2; see ``evaluate``."""
    return evaluate(
        result.faces,
        labels,
        looked_at(result.sources) or None,
        predicted_precision=result.run.predicted_precision,
    )


def report_on(
    faces: Faces, labels: Labels, matches: Matches, predicted_precision: float | None = None
) -> Report:
    """Count everything, given which label is which face; arguments as in ``evaluate``."""
    labelled = labelled_faces(faces, labels, matches)
    return dataclasses.replace(
        measure(labelled, predicted_precision),
        detection=_count_detections(faces, labels, matches),
        bands=count_bands(judge(labelled)),
    )


def measure(labelled: LabelledFaces, predicted_precision: float | None = None) -> Report:
    """Count all that depends on the labelled faces alone, the table that a bootstrap resamples.

    Without bands, and without figures of the whole result, such as false faces.
    """
    judged = judge(labelled)
    gain = judged.count()
    true, missed = labelled.true[labelled.found], gain.labels - gain.found
    return Report(
        detection=DetectionCounts(labels=gain.labels, found=gain.found, missed=missed),
        before=count_clusters(true, labelled.before[labelled.found], missed),
        after=count_clusters(true, labelled.after[labelled.found], missed),
        gain=gain,
        small=judged.count(labelled.height_px < HARD_BELOW_PX),
        prediction=_prediction(gain, predicted_precision),
    )


def labelled_faces(faces: Faces, labels: Labels, matches: Matches) -> LabelledFaces:
    """Return the table of labelled faces in analysed frames, found or missed."""
    rows = np.flatnonzero(labels.is_face & matches.looked_at)
    face = matches.face_of_label[rows]
    found = face >= 0

    def of_face(column: NDArray[_Number], blank: float) -> NDArray[_Number]:
        values = np.full(len(rows), blank, dtype=column.dtype)
        values[found] = column[face[found]]
        return values

    height_px, detected_px = labels.height_px[rows], of_face(faces.height_px, np.nan)
    return LabelledFaces(
        name=labels.person[rows],
        found=found,
        before=of_face(faces.person_before, UNKNOWN),
        after=of_face(faces.person, UNKNOWN),
        unit=_units(of_face(faces.track, -1), of_face(faces.shot, -1), labels[rows]),
        strength=of_face(faces.strength, np.nan).astype(np.float64),
        height_px=np.where(np.isnan(height_px), detected_px, height_px),
        outfit=labels.outfit[rows],
        yaw_deg=labels.yaw_deg[rows],
        pitch_deg=labels.pitch_deg[rows],
        visibility=labels.visibility[rows],
    )


def _units(track: NDArray[np.int64], shot: NDArray[np.int64], labels: Labels) -> NDArray[np.int64]:
    """Return a code per row: equal for rows of one track, or else of one person in one shot."""
    keys: list[tuple[object, ...]] = []
    for row, (source, person) in enumerate(
        zip(labels.source.tolist(), labels.person.tolist(), strict=True)
    ):
        if track[row] >= 0:
            keys.append(("track", int(track[row])))
        elif shot[row] >= 0:
            keys.append(("shot", source, int(shot[row]), person))
        else:
            keys.append(("row", row))
    codes = {key: code for code, key in enumerate(dict.fromkeys(keys))}
    return np.array([codes[key] for key in keys], dtype=np.int64)


def _count_detections(faces: Faces, labels: Labels, matches: Matches) -> DetectionCounts:
    is_face, found = labels.is_face, int((matches.label_of_face >= 0).sum())
    not_a_face = matches.label_of_face == FaceLabel.NOT_A_FACE
    false_faces = not_a_face | (matches.label_of_face == FaceLabel.FALSE)
    known_before, known_after = faces.person_before != UNKNOWN, faces.is_known
    people_before = set(faces.person_before[known_before].tolist())
    people_after = set(faces.person[known_after].tolist())
    return DetectionCounts(
        labels=int(is_face.sum()),
        not_looked_at=int((is_face & ~matches.looked_at).sum()),
        found=found,
        missed=int((is_face & matches.looked_at).sum()) - found,
        false_faces=int(false_faces.sum()),
        false_faces_known_before=int((false_faces & known_before).sum()),
        false_faces_known_after=int((false_faces & known_after).sum()),
        not_a_face_labels=int(((labels.person == NOT_A_FACE) & matches.looked_at).sum()),
        not_a_face_found=int(not_a_face.sum()),
        not_a_face_known_before=int((not_a_face & known_before).sum()),
        not_a_face_known_after=int((not_a_face & known_after).sum()),
        people_before=len(people_before),
        people_after=len(people_after),
        new_people=len(people_after - people_before),
        violations_before=count_violations(faces, faces.person_before),
        violations_after=count_violations(faces, faces.person),
    )


def _prediction(gain: GainCounts, predicted_precision: float | None) -> Prediction:
    if predicted_precision is None:
        return Prediction()
    return Prediction(
        changes=gain.reassigned,
        right_predicted=predicted_precision * gain.reassigned,
        right=gain.reassigned_right,
    )
