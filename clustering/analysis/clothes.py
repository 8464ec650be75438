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
from ..face_models.base import Picture
from .cloth_network import load_cloth_network
from .garment_mask import GarmentMask


@dataclass(frozen=True)
class ClothConfig:
    """How vectors of clothes are computed.

    Attributes:
        encoder: a name or path for ``load_cloth_network``.
        colour_weight: share of the colour histogram in the squared distance of two vectors, 0..1;
            the network has the rest.
        person_mask: cut out what is no person.
        garment_mask: path of a network for ``GarmentMask`` that is used instead of the person
            mask; "" = none.
        batch_size: crops that go through the network together; fewer where memory runs short.
    """

    encoder: str = "efficientnet_lite0"
    colour_weight: float = 0.7
    person_mask: bool = True
    garment_mask: str = ""
    batch_size: int = 16

    def __post_init__(self) -> None:
        if not 0 <= self.colour_weight <= 1:
            raise ValueError(f"colour_weight: expected 0..1, got {self.colour_weight}")
        if self.batch_size < 1:
            raise ValueError(f"batch_size: expected 1 or more, got {self.batch_size}")


class ClothDescriber:
    """Turns the clothes under faces into vectors in two steps, so that batches may span pictures.

    A vector is two unit vectors side by side, the network's and the colour histogram's, weighted so
    that the whole is a unit vector too: its squared distances are weighted means of theirs.

    Attributes:
        card: names weights and settings: same card, same vectors.
        dim: length of a vector.

    Raises:
        InputError: as ``load_cloth_network``.
    """

    def __init__(self, config: ClothConfig | None = None) -> None:
        self.config = config or ClothConfig()
        self._network = load_cloth_network(self.config.encoder)
        self._cropper = ClothCropper(self._network.input_size, self._mask())
        self.dim = self._network.dim + COLOUR_DIM
        self.card = (
            f"{self._network.card},"
            f" {COLOUR_CARD} x {self.config.colour_weight:g}, {self._cropper.card}"
        )

    def _mask(self) -> PixelMask | None:
        if self.config.garment_mask:
            return GarmentMask(self.config.garment_mask)
        return PersonMask() if self.config.person_mask else None

    def crop(
        self, picture: Picture, face_boxes: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], Crops]:
        """Cut out the clothes under every face of one picture.

        Args:
            picture: (height, width, 3) uint8.
            face_boxes: (num_faces, 4), x1 y1 x2 y2 in pixels, ALL faces of the picture, since
                what belongs to one face is cut out of the clothes of the others.

        Returns:
            cloth_boxes: (num_faces, 4) float32, NaN rows where not enough clothes are in sight.
            crops: (num_faces, side, side, 4) uint8, for ``describe``; zeros in those rows.
        """
        return self._cropper.crop(picture, face_boxes)

    def describe(self, crops: Sequence[NDArray[np.uint8]] | Crops) -> NDArray[np.float32]:
        """Turn crops into vectors.

        Args:
            crops: (num_faces, side, side, 4) uint8, from ``crop``; of one or many pictures.

        Returns:
            (num_faces, dim) float32, unit rows; NaN rows for crops in which no pixel counts.
        """
        side = self._network.input_size
        stacked = np.asarray(crops, np.uint8).reshape(-1, side, side, 4)
        vectors = np.full((len(stacked), self.dim), np.nan, np.float32)
        rows = np.flatnonzero(stacked[..., 3].any(axis=(1, 2)))
        vectors[rows] = in_batches(
            lambda batch: self._describe_batch(stacked[rows[batch]]),
            len(rows),
            self.config.batch_size,
            self.dim,
        )
        return vectors

    @property
    def columns(self) -> dict[str, tuple[int, int]]:
        """First and last column (exclusive) of each part of a vector with a meaning."""
        parts = {"network": (0, self._network.dim)}
        if self.config.colour_weight:
            parts["colours"] = (self._network.dim, self.dim)
        return parts

    def _describe_batch(self, crops: Crops) -> NDArray[np.float32]:
        by_network = np.sqrt(1 - self.config.colour_weight) * self._network(crops)
        by_colour = np.sqrt(self.config.colour_weight) * colours(crops)
        return np.concatenate([by_network, by_colour], axis=1)
