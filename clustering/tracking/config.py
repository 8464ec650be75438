"""TrackConfig: how a face is followed inside one shot."""

from __future__ import annotations

from dataclasses import dataclass

from ...data.settings import check_settings, setting


@dataclass(frozen=True)
class TrackConfig:
    """How tracks are made."""

    max_gap_s: float = setting(
        1.0, "a face that was not seen for longer starts a new track; seconds", at_least=0
    )
    reach: float = setting(
        0.5,
        "how far a face may have moved from one picture to the very next; face sizes",
        above=0,
    )
    reach_per_s: float = setting(
        1.5,
        "how much reach grows for every second between two pictures; face sizes per second",
        at_least=0,
    )
    max_growth: float = setting(
        1.6, "how many times larger or smaller a face may have become", at_least=1
    )
    max_face_distance: float | None = setting(
        None,
        "face vectors this far apart have the same cost as the full reach;"
        " in the unit of the face vectors; none = what the network's authors call another person"
        " (without a network 0.6, the distance of dlib's vectors)",
        above=0,
    )
    strong_detection: float = setting(
        0.6, "a track needs one detection of at least this score to be kept", at_least=0, at_most=1
    )
    photo_detection: float = setting(
        0.5,
        "a face of a photo, which no track supports, needs this score",
        at_least=0,
        at_most=1,
    )

    def __post_init__(self) -> None:
        check_settings(self, "track")
