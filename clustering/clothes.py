"""ClothDescriber: from a picture and its faces to cloth vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from ..data import boxes
from ..data.person_mask import PersonMask
from ..train.checkpoint import load_encoder
from .face_models.base import Picture

Crops = NDArray[np.uint8]
"""(num_faces, side, side, 4) uint8: red green blue, and how much the pixel counts (0..255)."""

STRIPES, LIGHT_BINS, CHROMA_BINS = 4, 6, 7
COLOUR_DIM = STRIPES * LIGHT_BINS * CHROMA_BINS**2


@dataclass(frozen=True)
class ClothConfig:
    """How clothes are described.

    Attributes:
        encoder: a name or path for ``train.checkpoint.load_encoder``.
        colour_weight: share of the colour histogram in the squared distance of two vectors, 0..1;
            the network has the rest.
        min_visible: a row is NaN where less than this share of its cloth box shows the person.
        person_mask: cut out what is no person.
        batch_size: crops that go through the network together.
    """

    encoder: str = "efficientnet_lite0"
    colour_weight: float = 0.5
    min_visible: float = 0.06
    person_mask: bool = True
    batch_size: int = 32

    def __post_init__(self) -> None:
        for name in ("colour_weight", "min_visible"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name}: expected 0..1, got {getattr(self, name)}")
        if self.batch_size < 1:
            raise ValueError(f"batch_size: expected 1 or more, got {self.batch_size}")


class ClothDescriber:
    """Turns the clothes under faces into vectors in two steps, so that batches may span pictures.

    Attributes:
        card: names weights and settings: same card, same vectors.
        dim: length of a vector.
    """

    def __init__(self, config: ClothConfig | None = None) -> None:
        self.config = config or ClothConfig()
        self._encoder, encoder_card = load_encoder(self.config.encoder)
        self._encoder.to(memory_format=torch.channels_last)
        self._mask = PersonMask() if self.config.person_mask else None
        self.side = self._encoder.input_size
        self.dim = self._encoder.dim + COLOUR_DIM
        self.card = " ".join(
            [
                f"{encoder_card['name']}@{encoder_card['sha256'][:12]}",
                f"{self.side}px",
                f"colour={self.config.colour_weight:g}",
                f"min_visible={self.config.min_visible:g}",
                f"mask={self._mask.card if self._mask else 'none'}",
                "v1",
            ]
        )

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
        height, width = picture.shape[:2]
        found = boxes.cloth_boxes(face_boxes, width, height)
        whole = boxes.whole_cloth_boxes(face_boxes)
        portraits = boxes.portrait_boxes(face_boxes, width, height)
        crops = np.zeros((len(found), self.side, self.side, 4), np.uint8)
        for row in np.flatnonzero(np.isfinite(found).all(axis=1)):
            x1, y1, x2, y2 = np.round(portraits[row]).astype(int)
            patch = picture[y1:y2, x1:x2]
            counts = self._person(patch)
            xs, ys = np.arange(x1, x2) + 0.5, np.arange(y1, y2) + 0.5
            counts[boxes.in_front(face_boxes, int(row), xs, ys)] = 0
            offset = np.array([x1, y1, x1, y1])
            crop = _cut(np.dstack([patch, counts]), whole[row] - offset, self.side)
            if crop[:, :, 3].mean() >= 255 * self.config.min_visible:
                crops[row] = crop
            else:
                found[row] = np.nan
        return found, crops

    def describe(self, crops: Sequence[NDArray[np.uint8]] | Crops) -> NDArray[np.float32]:
        """Turn crops into vectors.

        Args:
            crops: (num_faces, side, side, 4) uint8, from ``crop``; of many pictures, as you like.

        Returns:
            (num_faces, dim) float32, unit rows; NaN rows for crops in which no pixel counts.
        """
        vectors = np.full((len(crops), self.dim), np.nan, np.float32)
        stacked = np.asarray(crops, np.uint8).reshape(-1, self.side, self.side, 4)
        rows = np.flatnonzero(stacked[..., 3].any(axis=(1, 2)))
        for start in range(0, len(rows), self.config.batch_size):
            batch = rows[start : start + self.config.batch_size]
            parts = [
                np.sqrt(1 - self.config.colour_weight) * self._network(stacked[batch]),
                np.sqrt(self.config.colour_weight) * colours(stacked[batch]),
            ]
            vectors[batch] = np.concatenate(parts, axis=1)
        return vectors

    def _person(self, patch: Picture) -> NDArray[np.uint8]:
        if self._mask is None:
            return np.full(patch.shape[:2], 255, np.uint8)
        return np.asarray(self._mask.mask(patch) * 255, np.uint8)

    def _network(self, crops: Crops) -> NDArray[np.float32]:
        with torch.inference_mode():
            planes = torch.from_numpy(crops).permute(0, 3, 1, 2).float() / 255
            pictures = planes[:, :3].contiguous(memory_format=torch.channels_last)
            vectors: NDArray[np.float32] = self._encoder(pictures, planes[:, 3:]).numpy()
        return vectors


def colours(crops: Crops) -> NDArray[np.float32]:
    """Return colour histograms in stripes from top to bottom, (num_crops, COLOUR_DIM) unit rows.

    Square roots of shares, so that a dot product is the Bhattacharyya coefficient. A stripe out of
    sight looks like the rest of the clothes.
    """
    histograms = np.stack([_stripes(crop) for crop in crops]) if len(crops) else np.empty((0, 1, 1))
    return np.sqrt(histograms.reshape(len(crops), COLOUR_DIM)).astype(np.float32)


def _stripes(crop: NDArray[np.uint8]) -> NDArray[np.float64]:
    lab = cv2.cvtColor(np.ascontiguousarray(crop[:, :, :3]), cv2.COLOR_RGB2LAB)
    light = lab[..., 0].astype(int) * LIGHT_BINS // 256
    chroma = np.clip((lab[..., 1:].astype(int) - 128 + 56) * CHROMA_BINS // 112, 0, CHROMA_BINS - 1)
    code = (light * CHROMA_BINS + chroma[..., 0]) * CHROMA_BINS + chroma[..., 1]
    stripe = np.arange(len(crop))[:, None] * STRIPES // len(crop)
    flat = (stripe * (COLOUR_DIM // STRIPES) + code).ravel()
    counts = np.bincount(flat, crop[..., 3].ravel() / 255, minlength=COLOUR_DIM)
    counts = counts.reshape(STRIPES, -1)
    overall = counts.sum(axis=0) / counts.sum()
    # as if every stripe had shown some pixels of the overall colours besides its own
    smoothed = counts + overall * (0.02 * crop.shape[0] * crop.shape[1])
    shares: NDArray[np.float64] = smoothed / smoothed.sum(axis=1, keepdims=True) / STRIPES
    return shares


def _cut(picture: NDArray[np.uint8], box: NDArray[np.float32], side: int) -> NDArray[np.uint8]:
    """Cut a box that may reach over the edges into a square; what is outside gets zeros."""
    height, width = picture.shape[:2]
    square = np.zeros((side, side, picture.shape[2]), np.uint8)
    seen = np.round(boxes.clip(box[None], width, height)[0]).astype(int)
    scale = side / (box[2:] - box[:2])
    into = np.round((seen - np.tile(box[:2], 2)) * np.tile(scale, 2)).astype(int).clip(0, side)
    if (seen[2:] <= seen[:2]).any() or (into[2:] <= into[:2]).any():
        return square
    part = picture[seen[1] : seen[3], seen[0] : seen[2]]
    shrinks = part.shape[0] > into[3] - into[1]
    square[into[1] : into[3], into[0] : into[2]] = cv2.resize(
        part,
        (int(into[2] - into[0]), int(into[3] - into[1])),
        interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR,
    )
    return square
