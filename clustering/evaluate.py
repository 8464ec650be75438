"""Before and after stage 2 on labelled data, side by side.

Definitions, sources and worked examples of every figure: docs/metrics.md.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ..data.faces import UNKNOWN, Faces
from ..data.labels import NOT_A_FACE, Labels
from .bands import Bands, add_bands, count_bands
from .gain import SMALL_PX, GainCounts, LabelledFaces, judge
from .matching import FaceLabel, LookedAt, Matches, match_labels
from .scores import Additive, ClusterCounts, count_clusters, ratio

_Number = TypeVar("_Number", np.int64, np.float32)


@dataclass(frozen=True)
class DetectionCounts(Additive):
    """Labels met, labels missed, and detections that are no labelled face.

    Attributes:
        labels: labelled faces.
        not_looked_at: of these, in no picture that was looked at. All else is without them.
        found: met by a detection.
        missed: not met.
        false_faces: detections in labelled pictures that meet no label, or one of no face.
        false_faces_known_before: of these, in a person after stage 1.
        false_faces_known_after: of these, in a person after stage 2.
        not_a_face_labels: boxes marked as not a face.
        not_a_face_found: detections on them; they are among the false faces.
        not_a_face_known_before: of these, in a person after stage 1.
        not_a_face_known_after: of these, in a person after stage 2.
        people_before: people in the whole result after stage 1, labelled or not.
        people_after: people in the whole result after stage 2, labelled or not.
        new_people: people after stage 2 that stage 1 did not have.
        violations_before: pairs of faces of one picture in one person, in the whole result.
        violations_after: the same after stage 2.
    """

    labels: int = 0
    not_looked_at: int = 0
    found: int = 0
    missed: int = 0
    false_faces: int = 0
    false_faces_known_before: int = 0
    false_faces_known_after: int = 0
    not_a_face_labels: int = 0
    not_a_face_found: int = 0
    not_a_face_known_before: int = 0
    not_a_face_known_after: int = 0
    people_before: int = 0
    people_after: int = 0
    new_people: int = 0
    violations_before: int = 0
    violations_after: int = 0

    @property
    def found_share(self) -> float | None:
        """Found of the labelled faces that were looked at: the recall of the detector."""
        return ratio(self.found, self.found + self.missed)


@dataclass(frozen=True)
class Prediction(Additive):
    """What stage 2 foretold of its own precision, without labels.

    Attributes:
        changes: rows stage 2 changed in the films that made a prediction, found faces only.
        right_predicted: how many of them it expected to be right.
        right: how many are.
    """

    changes: int = 0
    right_predicted: float = 0.0
    right: int = 0

    @property
    def predicted_precision(self) -> float | None:
        """The precision stage 2 promised."""
        return ratio(self.right_predicted, self.changes)

    @property
    def true_precision(self) -> float | None:
        """The precision it had."""
        return ratio(self.right, self.changes)


@dataclass(frozen=True)
class Report:
    """Everything an evaluation counts. Reports of several films add.

    Attributes:
        detection: labels met and missed, false faces, people.
        before: people after stage 1.
        after: people after stage 2.
        gain: what stage 2 did, over all labelled faces.
        small: the same over labelled faces under SMALL_PX.
        prediction: the precision stage 2 foretold.
        bands: the gain by kind and name of band.
    """

    detection: DetectionCounts
    before: ClusterCounts
    after: ClusterCounts
    gain: GainCounts
    small: GainCounts
    prediction: Prediction = Prediction()
    bands: Bands = dataclasses.field(default_factory=dict)

    def __add__(self, other: Report) -> Report:
        return Report(
            self.detection + other.detection,
            self.before + other.before,
            self.after + other.after,
            self.gain + other.gain,
            self.small + other.small,
            self.prediction + other.prediction,
            add_bands(self.bands, other.bands),
        )


def evaluate(
    faces: Faces,
    labels: Labels,
    looked_at: Mapping[str, LookedAt] | None = None,
    min_iou: float = 0.4,
    predicted_precision: float | None = None,
) -> Report:
    """Compare the people of one result with labels, before and after stage 2.

    Args:
        faces: the result. ``person_before`` and ``person`` must number the same people alike.
        labels: who they are.
        looked_at: frames looked at, by source; see ``match_labels``.
        min_iou: overlap from which a detection is the labelled face.
        predicted_precision: what stage 2 said its precision would be, 0..1.

    Raises:
        InputError: the labels are of other films.
    """
    matches = match_labels(faces, labels, min_iou, looked_at)
    labelled = labelled_faces(faces, labels, matches)
    report = measure(labelled, predicted_precision)
    return dataclasses.replace(report, detection=_count_detections(faces, labels, matches))


def measure(labelled: LabelledFaces, predicted_precision: float | None = None) -> Report:
    """Count all that depends on the labelled faces alone, the table that a bootstrap resamples.

    Labels that were not looked at and false faces are not in it, so these counts are 0.
    """
    judged = judge(labelled)
    gain = judged.count()
    true, missed = labelled.true[labelled.found], gain.labels - gain.found
    return Report(
        detection=DetectionCounts(labels=gain.labels, found=gain.found, missed=missed),
        before=count_clusters(true, labelled.before[labelled.found], missed),
        after=count_clusters(true, labelled.after[labelled.found], missed),
        gain=gain,
        small=judged.count(labelled.height_px < SMALL_PX),
        prediction=_prediction(gain, predicted_precision),
        bands=count_bands(judged),
    )


def labelled_faces(faces: Faces, labels: Labels, matches: Matches) -> LabelledFaces:
    """Return the table of labelled faces that were looked at, found or missed."""
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
        track=of_face(faces.track, -1),
        strength=of_face(faces.strength, np.nan).astype(np.float64),
        height_px=np.where(np.isnan(height_px), detected_px, height_px),
        outfit=labels.outfit[rows],
        yaw_deg=labels.yaw_deg[rows],
        pitch_deg=labels.pitch_deg[rows],
        visibility=labels.visibility[rows],
    )


def count_violations(faces: Faces, person: NDArray[np.int64]) -> int:
    """Count the pairs of faces of one picture in one person.

    Args:
        faces: says which faces share a picture.
        person: (num_faces,) int64, UNKNOWN = -1 is no person.
    """
    is_known = person != UNKNOWN
    together = np.stack([faces.picture[is_known], person[is_known]])
    _, sizes = np.unique(together, axis=1, return_counts=True)
    return int((sizes * (sizes - 1) // 2).sum())


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
