"""The counts of an evaluation, and its figures by name."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from .bands import Bands, add_bands
from .gain import GainCounts
from .scores import Additive, ClusterCounts, ratio
from .text import Sections, report_to_markdown


@dataclass(frozen=True)
class DetectionCounts(Additive):
    """Labels found, labels missed, and detections that are no labelled face.

    Attributes:
        labels: labelled faces.
        not_looked_at: of these, in no analysed picture. They are in no other count.
        found: paired with a detection.
        missed: not paired.
        false_faces: detections in labelled pictures on no label, or on one of no face.
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
        """Share of the labelled faces in analysed pictures: the recall of the detector."""
        return ratio(self.found, self.found + self.missed)


@dataclass(frozen=True)
class Prediction(Additive):
    """The precision that stage 2 predicted without labels, and the true one.

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
        """The precision that stage 2 predicted."""
        return ratio(self.right_predicted, self.changes)

    @property
    def true_precision(self) -> float | None:
        """The true precision."""
        return ratio(self.right, self.changes)


@dataclass(frozen=True)
class Report:
    """Everything an evaluation counts. Reports of several films add.

    Attributes:
        detection: labels found and missed, false faces, people.
        before: people after stage 1.
        after: people after stage 2.
        gain: the changes of stage 2, over all labelled faces.
        small: the same over labelled faces under ``HARD_BELOW_PX``.
        prediction: the precision stage 2 predicted.
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

    def sections(self) -> Sections:
        """Return every figure: section -> name -> value, None where a ratio is over nothing."""
        ratios = self.ratios()
        return {
            "detection": {**self.detection.counts(), **self.detection.ratios()},
            "before": {**self.before.counts(), **ratios["before"]},
            "after": {**self.after.counts(), **ratios["after"]},
            "stage_2": {
                **self.gain.counts(),
                "small_labels": self.small.labels,
                "small_found": self.small.found,
                **self.prediction.counts(),
                **ratios["stage_2"],
            },
        }

    def ratios(self) -> Sections:
        """Return the ratios that depend on the labelled faces alone; a bootstrap uses these."""
        return {
            "before": self.before.ratios(),
            "after": self.after.ratios(),
            "stage_2": {
                **self.gain.ratios(),
                "small_right_before": self.small.right_share_before,
                "recovery_small": self.small.right_share_after,
                "recovery_small_all_labels": self.small.right_share_all_labels,
                **self.prediction.ratios(),
            },
        }

    def to_markdown(self) -> str:
        """Return tables to read; ratios over nothing are n/a."""
        return report_to_markdown(self.sections(), self.bands)
