"""FaceConfig and ReassignConfig: how the two stages decide."""

from __future__ import annotations

from dataclasses import dataclass

from ...data.settings import check_settings, setting

FACE_METHODS = ("hdbscan", "agglomerative", "online", "online-guarded")
DISTANCES = ("film", "cosine", "euclidean", "calibrated")
CLOTH_METHODS = ("window", "nearest", "fusion-sum", "fusion-concat", "fusion-min", "none")
"""Those of ``likeness.METHODS``, which needs NumPy, and "none"."""


@dataclass(frozen=True)
class FaceConfig:
    """How people are found by face."""

    method: str = setting(
        "hdbscan", "how people are found by face", one_of=FACE_METHODS, flags=("--face-method",)
    )
    # "film" is a space fitted to the film, "calibrated" the same with a threshold estimated from
    # the film; "cosine" and "euclidean" use the vectors of the network. So do the online methods,
    # for any value.
    distance: str = setting("film", "in which space faces are compared", one_of=DISTANCES)
    # In a film's space, 0..2, strangers are about 1.4 apart. The default is 0.36 for the online
    # methods and that of ``face_space.LIMITS`` for the others, which compare tracks.
    threshold: float | None = setting(
        None,
        "euclidean distance within which faces are one person; none = the default of the"
        " method and the distance",
        above=0,
        flags=("--face-threshold",),
    )
    # Keeps a chain of near pairs from making one person of two.
    spread: float | None = setting(
        None,
        "two groups further apart than this on average are never joined by hdbscan; none = the"
        " default of the distance",
        above=0,
    )
    doubt: float | None = setting(
        None,
        "two people within this distance of each other may be one: the smaller one is"
        " low-confidence; none = the default of the distance",
        above=0,
    )
    another_person: float | None = setting(
        None,
        "two groups further apart than this on average, as the network gave their vectors, are"
        " never joined by hdbscan; none = what the network's authors call another person (0.6 for"
        " dlib's vectors; no limit without a network)",
        above=0,
    )
    good_quality: float = setting(
        0.2, "faces of at least this quality may found a person", at_least=0, at_most=1
    )
    min_good_faces: int = setting(
        2, "good faces that a track needs to take part in founding a person", at_least=1
    )
    lone_faces: int = setting(8, "good faces with which a track alone is a person", at_least=1)

    def __post_init__(self) -> None:
        check_settings(self, "face")


@dataclass(frozen=True)
class ReassignConfig:
    """How faces are assigned to people by clothing."""

    # "window" is castlist's method; "nearest" (the nearest clothes alone) and the fusions (face and
    # clothes in one number) are methods of other projects, for comparison.
    method: str = setting(
        "window",
        "how faces are assigned by clothing; all but window and none are for comparison",
        one_of=CLOTH_METHODS,
        flags=("--cloth-method",),
    )
    precision: float = setting(
        0.95,
        "precision that stage 2 has to reach, measured on held-out tracks of the film",
        above=0,
        below=1,
        flags=("--cloth-precision",),
    )
    margin: float | None = setting(
        None,
        "a vote counts from this margin on, whatever the film shows; none = from the one that"
        " reaches the precision",
        at_least=0,
    )
    new_people: bool = setting(
        True, "make new people of unknown faces with the same clothes, which no known person has"
    )
    window_s: float = setting(
        120.0, "clothes are compared within windows of this length; seconds", above=0
    )
    veto: float = setting(
        1.3,
        "a clear face further than this from a person's nearest face is not that person;"
        " euclidean, in the film's space, 0 to 2",
        above=0,
    )
    good_quality: float = setting(
        0.2, "faces of at least this quality are clear", at_least=0, at_most=1
    )

    def __post_init__(self) -> None:
        check_settings(self, "cloth")
