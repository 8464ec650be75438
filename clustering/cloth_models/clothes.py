"""ClothDescriber: from a picture and its faces to cloth vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...data.clothes.cloth_crop import ClothCropper, Crops, PixelMask
from ...data.clothes.colours import CARD as COLOUR_CARD
from ...data.clothes.colours import COLOUR_DIM, colours
from ...data.clothes.person_mask import PersonMask
from ...data.runtime.batches import in_batches
from ..face_models.base import Picture, columns_side_by_side
from .bodies import NETWORK, BodyCrops, BodyNetwork
from .cloth_network import SHIPPED, load_cloth_network
from .garment_mask import GarmentMask

BATCH_SIZE = 16
"""Crops that go through the network together; fewer where memory runs short."""

_EMPTY_BODIES = np.zeros((0, 0, 0, 3), np.uint8)


@dataclass(frozen=True)
class ClothConfig:
    """How vectors of clothes are computed.

    Attributes:
        encoder: a name or path for ``load_cloth_network``.
        person_mask: cut out what is no person.
        garment_mask: path of a network for ``GarmentMask`` that is used instead of the person
            mask; "" = none.
    """

    encoder: str = "film_lite0"
    person_mask: bool = True
    garment_mask: str = ""


@dataclass(frozen=True, eq=False)
class Worn:
    """What people of one or many pictures wear, cut out; for ``ClothDescriber.describe``.

    Attributes:
        boxes: (num_faces, 4) float32, x1 y1 x2 y2; NaN rows where not enough clothes are in sight.
        clothes: (num_faces, side, side, 4) uint8; zeros in those rows.
        bodies: for ``BodyNetwork``; empty without one.
    """

    boxes: NDArray[np.float32]
    clothes: Crops
    bodies: BodyCrops

    def __getitem__(self, rows: slice) -> Worn:
        return Worn(self.boxes[rows], self.clothes[rows], self.bodies[rows])

    @classmethod
    def concatenate(cls, parts: Sequence[Worn]) -> Worn:
        """Join what was cut out of several pictures, at least one."""
        return cls(
            np.concatenate([part.boxes for part in parts]),
            np.concatenate([part.clothes for part in parts]),
            np.concatenate([part.bodies for part in parts]),
        )


class ClothDescriber:
    """Turns the clothes under faces into vectors in two steps, so that batches may span pictures.

    A vector is several unit vectors side by side, each over the root of their number, so that the
    whole is a unit vector too: of the cloth encoder, the colour histogram, and a network of person
    recognition where there is one. The evidence says what each is worth.

    Attributes:
        card: names weights and settings: same card, same vectors.
        columns: first and last column (exclusive) of each part of a vector.
        dim: length of a vector.

    Args:
        config: how vectors of clothes are computed.
        bodies: the network of person recognition; None = there is none.

    Raises:
        InputError: as ``load_cloth_network``.
    """

    def __init__(
        self, config: ClothConfig | None = None, bodies: BodyNetwork | None = None
    ) -> None:
        self.config = config or ClothConfig()
        self._network = load_cloth_network(self.config.encoder)
        self._cropper = ClothCropper(self._network.input_size, self._mask())
        self._bodies = bodies
        parts = {SHIPPED.get(self.config.encoder, "network"): self._network.dim}
        parts["colours"] = COLOUR_DIM
        if bodies:
            parts[NETWORK] = BodyNetwork.dim
        self.columns = columns_side_by_side(parts)
        self.dim = sum(parts.values())
        cards = [self._network.card, COLOUR_CARD, *([bodies.card] if bodies else [])]
        self.card = f"{' + '.join(cards)}, {self._cropper.card}"

    def _mask(self) -> PixelMask | None:
        if self.config.garment_mask:
            return GarmentMask(self.config.garment_mask)
        return PersonMask() if self.config.person_mask else None

    def crop(
        self,
        picture: Picture,
        face_boxes: NDArray[np.float32],
        rows: NDArray[np.int64] | None = None,
    ) -> Worn:
        """Cut out what is under some faces of one picture.

        Args:
            picture: (height, width, 3) uint8.
            face_boxes: (num_faces, 4), x1 y1 x2 y2 in pixels, ALL faces of the picture, since
                what belongs to one face is cut out of the clothes of the others.
            rows: of the faces that are wanted; None = all.
        """
        rows = np.arange(len(face_boxes)) if rows is None else rows
        boxes, clothes = self._cropper.crop(picture, face_boxes, rows)
        bodies = self._bodies.crop(picture, face_boxes[rows]) if self._bodies else _EMPTY_BODIES
        return Worn(boxes, clothes, bodies)

    def describe(self, worn: Worn) -> NDArray[np.float32]:
        """Turn crops into vectors.

        Args:
            worn: from ``crop``.

        Returns:
            (num_faces, dim) float32, unit rows; NaN rows where no clothes are in sight, or too
            little for the network of person recognition.
        """
        vectors = np.full((len(worn.clothes), self.dim), np.nan, np.float32)
        rows = np.flatnonzero(worn.clothes[..., 3].any(axis=(1, 2)))
        described = in_batches(
            lambda batch: self._describe_batch(worn.clothes[rows[batch]]),
            len(rows),
            BATCH_SIZE,
            self._network.dim + COLOUR_DIM,
        )
        parts = [described]
        if self._bodies:
            parts.append(self._bodies.describe(worn.bodies[rows]))
        whole = np.concatenate(parts, axis=1) / np.sqrt(len(self.columns))
        whole[~np.isfinite(whole).all(axis=1)] = np.nan
        vectors[rows] = whole
        return vectors

    def _describe_batch(self, crops: Crops) -> NDArray[np.float32]:
        return np.concatenate([self._network(crops), colours(crops)], axis=1)
