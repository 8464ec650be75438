"""TrackConfig: how a face is followed inside one shot."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TrackConfig:
    """How tracks are made.

    Attributes:
        max_gap_s: a face that was not seen for longer starts a new track; seconds.
        gap_s: a face that was not seen for longer, so was missed or hidden, is no longer known by
            where it stands: it needs a face vector nearer than max_face_distance, if both have one.
        reach: how far a face may have moved from one picture to the very next; face sizes.
        reach_per_s: how much reach grows for every second between two pictures; face sizes a
            second.
        max_growth: how many times larger or smaller a face may have become.
        max_face_distance: face vectors this far apart have the same cost as the full reach; in the
            unit of the face vectors: what the network's authors call another person.
        known: a face is known again by a vector this near, as a share of max_face_distance.
        jump: how many times its reach such a face may have moved since the picture before.
        strong_detection: a track needs one detection of at least this score to be kept.
        photo_detection: a face of a photo, which no track supports, needs this score.
    """

    max_gap_s: float = 1.0
    gap_s: float = 0.3  # a picture every 0.2 s is looked at
    reach: float = 0.5
    reach_per_s: float = 1.5
    max_growth: float = 1.6
    max_face_distance: float = 0.6  # dlib's
    known: float = 0.85
    jump: float = 3.0
    strong_detection: float = 0.6
    photo_detection: float = 0.5
