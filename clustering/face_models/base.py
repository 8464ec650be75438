"""What a face detector and a face embedder are, and what embedders do alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
"""(height, width, 3) uint8, red green blue, upright."""


@dataclass(frozen=True, eq=False)
class Detections:
    """The faces of one picture.

    Attributes:
        boxes: (num_faces, 4) float32, x1 y1 x2 y2 in pixels.
        landmarks: (num_faces, 5, 2) float32, x y in pixels: eye, eye, nose, mouth corner, mouth
            corner, left to right in the picture; NaN where the detector gives none.
        scores: (num_faces,) float32, 0..1.
    """

    boxes: NDArray[np.float32]
    landmarks: NDArray[np.float32]
    scores: NDArray[np.float32]

    @classmethod
    def concatenate(cls, parts: Sequence[Detections]) -> Detections:
        """Join faces of one picture; at least one part."""
        return cls(
            np.concatenate([part.boxes for part in parts]),
            np.concatenate([part.landmarks for part in parts]),
            np.concatenate([part.scores for part in parts]),
        )

    @classmethod
    def empty(cls) -> Detections:
        """Return the faces of a picture without any."""
        return cls(
            np.empty((0, 4), np.float32), np.empty((0, 5, 2), np.float32), np.empty(0, np.float32)
        )

    @classmethod
    def without_landmarks(
        cls, boxes: NDArray[np.float32], scores: NDArray[np.float32]
    ) -> Detections:
        """Return the faces of a detector that gives no landmarks."""
        return cls(boxes, np.full((len(boxes), 5, 2), np.nan, np.float32), scores)

    def __len__(self) -> int:
        return len(self.boxes)

    @property
    def heights_px(self) -> NDArray[np.float32]:
        """(num_faces,) float32."""
        return self.boxes[:, 3] - self.boxes[:, 1]

    def __getitem__(self, rows: NDArray[np.int64] | list[int]) -> Detections:
        return Detections(self.boxes[rows], self.landmarks[rows], self.scores[rows])

    def where(self, wanted: NDArray[np.bool_]) -> Detections:
        """Return the faces that are wanted, (num_faces,) bool."""
        return self[np.flatnonzero(wanted)]

    def at_least(self, score: float) -> Detections:
        """Return the faces whose score is at least ``score``."""
        return self.where(self.scores >= score)

    def before_resizing(self, scale: float) -> Detections:
        """Return faces of a picture that was enlarged by ``scale`` in pixels of the original."""
        return Detections(self.boxes / scale, self.landmarks / scale, self.scores)

    def moved(self, corner: NDArray[np.floating] | NDArray[np.int64]) -> Detections:
        """Return faces of a part of a picture in the picture's pixels.

        Args:
            corner: (2,), the part's upper left one, x y.
        """
        corner = corner.astype(np.float32)
        return Detections(self.boxes + np.tile(corner, 2), self.landmarks + corner, self.scores)


class Detector(Protocol):
    """Finds faces.

    Attributes:
        card: names the weights and settings: same card, same detections.
        max_side_px: a picture whose longer side is above it is shrunk to this size first, pixels;
            None = pictures are never shrunk.
    """

    card: str
    max_side_px: int | None

    def detect(self, picture: Picture) -> Detections:
        """Find the faces of one picture, best score first.

        Args:
            picture: (height, width, 3) uint8, red green blue.

        Raises:
            ValueError: the picture is not of that shape and type.
        """
        ...


class Embedder(Protocol):
    """Turns faces into vectors in two steps, so that batches may span pictures.

    Attributes:
        card: names the weights and settings: same card, same vectors.
        dim: numbers in a vector.
        other_person_distance: euclidean distance from which the people who made the network call
            two of its vectors two people.
    """

    card: str
    dim: int
    other_person_distance: float

    def align(self, picture: Picture, faces: Detections) -> NDArray[np.uint8]:
        """Cut out aligned faces, (num_faces, chip_height, chip_width, 3) uint8."""
        ...

    def embed(self, chips: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """Turn aligned faces into vectors, (len(chips), dim) float32."""
        ...


def columns_side_by_side(dims: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    """Return first and last column (exclusive) of each part of a vector, given their lengths."""
    ends = np.cumsum([0, *dims.values()]).tolist()
    return {name: (ends[place], ends[place + 1]) for place, name in enumerate(dims)}


def check_chips(chips: Sequence[NDArray[np.uint8]], side: int) -> None:
    """Refuse what is no aligned face.

    Raises:
        ValueError: a chip is not (side, side, 3) uint8.
    """
    for chip in chips:
        if chip.shape != (side, side, 3) or chip.dtype != np.uint8:
            raise ValueError(
                f"chips: expected uint8 pictures of shape {(side, side, 3)}, got {chip.dtype} of"
                f" shape {chip.shape}; use align() to cut them out"
            )


def lengths(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the length of each vector, (num_vectors, 1); NaN where it has no direction."""
    length: NDArray[np.float32] = np.linalg.norm(vectors, axis=1, keepdims=True)
    length[~(np.isfinite(length) & (length > 0))] = np.nan
    return length
