"""PeopleConfig: how the two stages decide."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ...data.settings import check_settings, setting

FACE_METHODS = ("hdbscan", "agglomerative", "online")
CLOTH_METHODS = ("hdbscan", "agglomerative", "none")


@dataclass(frozen=True)
class PeopleConfig:
    """How people are found, by face and by clothing."""

    face_method: str = setting(
        "hdbscan",
        "how people are found by face; online is the rule of the original project, for comparison:"
        " face after face, without clothing",
        one_of=FACE_METHODS,
        flags=("--face-method",),
    )
    cloth_method: str = setting(
        "hdbscan",
        "how unknown and low-confidence faces are assigned by clothing",
        one_of=CLOTH_METHODS,
        flags=("--cloth-method",),
    )
    wrong_merge_cost: float = setting(
        3.0,
        "how many times worse a wrong merge is than a missed one: more keeps people apart and faces"
        " unknown",
        at_least=1,
        flags=("--wrong-merge-cost",),
    )
    online_threshold: float = setting(
        0.36, "euclidean distance of one person's faces for online, chosen for dlib", above=0
    )

    def __post_init__(self) -> None:
        check_settings(self, "people")

    @property
    def stop(self) -> float:
        """Evidence from which two groups of tracks are one person, natural logarithm."""
        return math.log(self.wrong_merge_cost)
