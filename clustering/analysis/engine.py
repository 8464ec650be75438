"""The networks of a run, chosen by name."""

from __future__ import annotations

from dataclasses import dataclass

from ...data.errors import InputError
from ...data.result.facts import ModelFacts
from ...data.runtime.compute import choose_compute
from ..face_models.base import Detector, Embedder
from ..face_models.catalogue import load_detector, load_embedder
from .clothes import ClothConfig, ClothDescriber
from .config import EngineConfig


@dataclass(frozen=True)
class Engine:
    """The networks, loaded."""

    detector: Detector
    embedder: Embedder
    clothes: ClothDescriber

    @property
    def card(self) -> dict[str, str]:
        """Names everything that decides what the networks see."""
        return {
            "detector": self.detector.card,
            "embedder": self.embedder.card,
            "clothes": self.clothes.card,
        }

    @property
    def facts(self) -> ModelFacts:
        """What the stages and the report need of the networks."""
        centre = self.embedder.centre
        return ModelFacts(
            cards=self.card,
            centre=None if centre is None else tuple(centre.tolist()),
            other_person_distance=self.embedder.other_person_distance,
            cloth_columns=self.clothes.columns,
        )


def load_engine(config: EngineConfig) -> Engine:
    """Load the networks.

    Raises:
        InputError: a network or its library cannot be had; the message says what to do.
    """
    compute = choose_compute(config.device, config.precision)
    try:
        return Engine(
            load_detector(config.detector, config.min_detection, compute),
            load_embedder(config.face_model, compute),
            ClothDescriber(
                ClothConfig(
                    encoder=config.cloth_model, garment_mask=config.cloth_mask, compute=compute
                )
            ),
        )
    except (FileNotFoundError, ValueError) as error:
        raise InputError(str(error)) from error
