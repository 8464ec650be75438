"""The fitted numbers that turn cosines into evidence, and the file they are kept in.

Evidence is the natural logarithm of a likelihood ratio: how many times likelier two tracks are if
they are one person than if they are two. 0 says nothing, 3 says 20 times likelier, -3 the opposite.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib import resources
from typing import Any

from ... import checkpoints

FILE = "curves/evidence.json"
"""The fitted curves in checkpoints/, with their card: on what, when, by which command."""


@dataclass(frozen=True)
class VectorCurve:
    """What cosines of one network's vectors are worth; the formula is in ``likelihood``.

    Attributes:
        dimensions: in how many independent directions people differ.
        alike: excess cosine of two tracks of one person that are known perfectly, 0..1.
        strangers: median cosine of two people in ordinary films: what vectors have in common.
        most_common: what the tracks of a film have in common counts as at most this.
    """

    dimensions: float
    alike: float
    strangers: float
    most_common: float

    def __post_init__(self) -> None:
        if self.dimensions <= 0 or not 0 < self.alike < 1 or not self.most_common < 1:
            raise ValueError(
                f"expected dimensions > 0, 0 < alike < 1 and most_common < 1, got {self}"
            )


@dataclass(frozen=True)
class FaceCurve:
    """Evidence of faces: the sum of what the networks say, by how well both tracks are known.

    Attributes:
        networks: by name. Fitted together: what two networks both see is counted once.
        half_looks: ``TrackMeans.looks`` of a track whose mean is half noise.
    """

    networks: Mapping[str, VectorCurve]
    half_looks: float

    def __post_init__(self) -> None:
        if self.half_looks <= 0:
            raise ValueError(f"half_looks: expected more than 0, got {self.half_looks}")


@dataclass(frozen=True)
class ClothCurve:
    """Evidence of clothes: the sum of what the vectors of them say, by the time between.

    Attributes:
        parts: by name. Fitted together, as networks of faces are.
        lasting_s: seconds until clothes of one person are alike by 1/e of what they were.
    """

    parts: Mapping[str, VectorCurve]
    lasting_s: float

    def __post_init__(self) -> None:
        if self.lasting_s <= 0:
            raise ValueError(f"lasting_s: expected more than 0 seconds, got {self.lasting_s}")


@dataclass(frozen=True)
class Curves:
    """All fitted curves.

    Attributes:
        face: by ``curve_name`` of the face networks that a run uses together.
        cloth: by ``curve_name`` of the vectors of clothes that a run uses together.
    """

    face: Mapping[str, FaceCurve]
    cloth: Mapping[str, ClothCurve]

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Curves:
        """Make them of the content of the file, as ``to_dict`` gave it.

        Raises:
            KeyError, TypeError, ValueError: something is missing, unknown or out of range.
        """
        face = {
            name: FaceCurve(**{**own, "networks": _vector_curves(own["networks"])})
            for name, own in content["face"].items()
        }
        cloth = {
            name: ClothCurve(**{**own, "parts": _vector_curves(own["parts"])})
            for name, own in content["cloth"].items()
        }
        return cls(face, cloth)

    def to_dict(self) -> dict[str, Any]:
        """Return what a JSON file can hold."""
        return asdict(self)

    @classmethod
    def load(cls) -> Curves:
        """Load the curves that ship."""
        text = (resources.files(checkpoints) / FILE).read_text(encoding="utf-8")
        return cls.from_dict(json.loads(text)["curves"])


def _vector_curves(content: Mapping[str, Any]) -> dict[str, VectorCurve]:
    return {name: VectorCurve(**own) for name, own in content.items()}


def curve_name(parts: Mapping[str, object]) -> str:
    """Return the name under which the curve of some vectors is kept."""
    return "+".join(sorted(parts))
