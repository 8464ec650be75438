"""The fitted numbers that turn cosines into evidence, and the file they are kept in.

Evidence is the natural logarithm of a likelihood ratio: how many times likelier two tracks are if
they are one person than if they are two. 0 says nothing, 3 says 20 times likelier, -3 the opposite.
"""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib import resources
from typing import Any

import numpy as np
import safetensors.numpy
from numpy.typing import NDArray

from ... import checkpoints
from .children import load_children, with_directions
from .drawn import DrawnFaces
from .likelihood import excess_cosine, log_likelihood_ratio
from .vectors import FloatRows

ANY = "any"
"""The curve of vectors whose network was not fitted."""

FILE = "curves/evidence.json"
"""The fitted curves in checkpoints/, with their card: on what, when, by which command."""

NUISANCE_FILE = "curves/nuisance.safetensors"
"""The directions that are taken off face vectors, float32, by curve and network: CURVE/NETWORK."""


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

    def evidence(
        self,
        cosine: NDArray[np.float64],
        common: NDArray[np.float64],
        known: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        """Return what cosines are worth: log-likelihood ratios that both are one person.

        Args:
            cosine: any shape.
            common: what both have in common with strangers; of that shape, or one for all.
            known: of that shape, 0..1, how well both are known.
        """
        excess = excess_cosine(cosine, common)
        return log_likelihood_ratio(excess, self.alike * known, self.dimensions)


@dataclass(frozen=True)
class FaceCurve:
    """Evidence of faces: the sum of what the networks say, by how well both tracks are known.

    Attributes:
        networks: by name. Fitted together: what two networks both see is counted once.
        half_looks: ``Tracks.looks`` of a track whose mean is half noise.
        nuisance: (num_directions, dim) float64, orthonormal rows, by network: directions in which
            vectors of one person differ, taken off before anything is compared. A network that is
            not in it keeps its vectors.
    """

    networks: Mapping[str, VectorCurve]
    half_looks: float
    nuisance: Mapping[str, FloatRows] = field(default_factory=dict, compare=False, repr=False)

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
        drawn: tells drawn faces from people; None = all are people.
    """

    face: Mapping[str, FaceCurve]
    cloth: Mapping[str, ClothCurve]
    drawn: DrawnFaces | None = field(default=None, compare=False)

    def of_faces(self, networks: Mapping[str, object]) -> FaceCurve:
        """Return what cosines of these face networks together are worth.

        Networks that were not fitted together share the evidence: what two of them both see must
        not count twice. One that was not fitted at all counts as any network does.
        """
        if fitted := self.face.get(curve_name(networks)):
            return fitted
        alone = {name: self.face.get(name, self.face[ANY]) for name in networks}
        return FaceCurve(
            {name: _shared(next(iter(curve.networks.values())), len(alone))
             for name, curve in alone.items()},
            half_looks=max((curve.half_looks for curve in alone.values()), default=1.0),
            nuisance={name: rows for curve in alone.values()
                      for name, rows in curve.nuisance.items()},
        )  # fmt: skip

    def of_clothes(self, parts: Mapping[str, object]) -> ClothCurve:
        """Return what cosines of these parts of cloth vectors together are worth.

        As ``of_faces``; a part that was not fitted with the others counts as any vector of clothes.
        """
        if fitted := self.cloth.get(curve_name(parts)):
            return fitted
        anything = self.cloth[ANY]
        curve = next(iter(anything.parts.values()))
        return ClothCurve({name: _shared(curve, len(parts)) for name in parts}, anything.lasting_s)

    @classmethod
    def from_dict(
        cls, content: Mapping[str, Any], nuisance: Mapping[str, NDArray[Any]] | None = None
    ) -> Curves:
        """Make them of the content of the files.

        Args:
            content: as ``to_dict`` gave it.
            nuisance: as ``nuisance`` gave it, None = no directions.

        Raises:
            KeyError, TypeError, ValueError: something is missing, unknown or out of range.
        """
        rows = {
            name: directions.astype(np.float64) for name, directions in (nuisance or {}).items()
        }
        face = {
            name: FaceCurve(
                **{**fields, "networks": _vector_curves(fields["networks"])},
                nuisance=_nuisance_of(name, fields["networks"], rows),
            )
            for name, fields in content["face"].items()
        }
        cloth = {
            name: ClothCurve(**{**fields, "parts": _vector_curves(fields["parts"])})
            for name, fields in content["cloth"].items()
        }
        return cls(face, cloth)

    def to_dict(self) -> dict[str, Any]:
        """Return what a JSON file can hold: everything but ``nuisance`` and ``drawn``."""
        content = asdict(dataclasses.replace(self, drawn=None))
        del content["drawn"]
        for fields in content["face"].values():
            del fields["nuisance"]
        return content

    def nuisance(self) -> dict[str, NDArray[np.float32]]:
        """Return the directions of all face curves, by CURVE/NETWORK."""
        return {
            f"{curve}/{network}": np.ascontiguousarray(rows, np.float32)
            for curve, face_curve in self.face.items()
            for network, rows in face_curve.nuisance.items()
        }

    @classmethod
    @functools.cache
    def load(cls, childhood: bool = False) -> Curves:
        """Load the curves that ship, once a process: nothing in them is ever changed.

        Args:
            childhood: keep what children have in common.
        """
        folder = resources.files(checkpoints)
        content = json.loads((folder / FILE).read_text(encoding="utf-8"))["curves"]
        nuisance = safetensors.numpy.load((folder / NUISANCE_FILE).read_bytes())
        curves = dataclasses.replace(cls.from_dict(content, nuisance), drawn=DrawnFaces.load())
        return curves if childhood else curves.without_childhood(load_children())

    def without_childhood(self, directions: Mapping[str, FloatRows]) -> Curves:
        """Return curves that take off what children have in common, too, see ``children``."""
        face = {
            name: dataclasses.replace(curve, nuisance=with_directions(curve.nuisance, directions))
            for name, curve in self.face.items()
        }
        return dataclasses.replace(self, face=face)


def _shared(curve: VectorCurve, by: int) -> VectorCurve:
    return dataclasses.replace(curve, dimensions=curve.dimensions / by)


def _nuisance_of(
    curve: str, networks: Mapping[str, object], nuisance: Mapping[str, FloatRows]
) -> dict[str, FloatRows]:
    return {name: nuisance[f"{curve}/{name}"] for name in networks if f"{curve}/{name}" in nuisance}


def _vector_curves(content: Mapping[str, Any]) -> dict[str, VectorCurve]:
    return {name: VectorCurve(**fields) for name, fields in content.items()}


def curve_name(parts: Mapping[str, object]) -> str:
    """Return the name under which the curve of some vectors is kept."""
    return "+".join(sorted(parts))
