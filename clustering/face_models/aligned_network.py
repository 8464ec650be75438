"""Face vectors from a network that its card describes: five points, colours, size.

Most face networks differ only in where they want eyes, nose and mouth, in the order of the colours
and in what they do to the numbers. A card says that, so each needs no code of its own: faceres and
dlib_resnet, which ship, and face-reidentification-retail-0095, which can be fetched, are such
cards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data.runtime.networks import Kind, Network
from .alignment import FaceAligner
from .base import Detections, Picture, check_chips, lengths
from .geometry import Points

_CHANNELS = ("RGB", "BGR")


@dataclass(frozen=True, eq=False)
class FaceInput:
    """What a face network wants to see.

    Attributes:
        side: of the square picture, pixels.
        points: (5, 2) float64, x y in pixels, where eye, eye, nose, mouth corner, mouth corner
            belong.
        channels: "RGB" or "BGR", the order of the colours.
        mean: taken off each colour, 0..255, in that order.
        scale: then multiplied with.
    """

    side: int
    points: Points
    channels: str
    mean: tuple[float, float, float]
    scale: float

    def __post_init__(self) -> None:
        if self.points.shape != (5, 2):
            raise ValueError(f"points: expected shape (5, 2), got {self.points.shape}")
        if self.channels not in _CHANNELS:
            raise ValueError(f"channels: expected RGB or BGR, got {self.channels!r}")
        if self.side < 16 or len(self.mean) != 3:
            raise ValueError(
                f"expected a side of 16 pixels and more and a mean of three colours, got"
                f" {self.side} and {self.mean}"
            )

    @classmethod
    def of_card(cls, card: Mapping[str, Any]) -> FaceInput:
        """Read it from the part ``input`` of a network's card.

        Raises:
            ValueError: something is missing or cannot be.
        """
        try:
            given = card["input"]
            return cls(
                side=int(given["side"]),
                points=np.array(given["points"], np.float64),
                channels=str(given["channels"]),
                mean=tuple(float(colour) for colour in given["mean"]),  # type: ignore[arg-type]
                scale=float(given["scale"]),
            )
        except (KeyError, TypeError) as error:
            raise ValueError(
                f"{card.get('name', 'card')}: expected input with side, points, channels, mean and"
                f" scale, got {card.get('input')!r}"
            ) from error


class AlignedNetwork:
    """Embedder for a network that a card describes.

    Vectors that are compared by cosine are unit rows, others are as the network gives them. In the
    box of a face without landmarks dlib's predictor looks for them.

    Args:
        card: the network's card: ``name``, ``dim``, ``input`` (see ``FaceInput``), ``compared_by``
            ("cosine" or "euclidean distance"), ``other_person_cosine`` (below it two vectors are of
            two people) or ``other_person_distance`` (above it), and ``sha256``.
        contents: the network's file or files, as ``Network`` takes them.
        batch: at most so many faces at once.

    Raises:
        InputError: OpenVINO is missing, or the contents are no network of one input and output.
        ValueError: the card lacks something, or the network's vectors are of another length.
    """

    def __init__(self, card: Mapping[str, Any], contents: Sequence[bytes], batch: int = 4) -> None:
        self._input = FaceInput.of_card(card)
        self._batch = batch
        self._aligner = FaceAligner()
        kind: Kind = "ir" if len(contents) == 2 else "onnx"
        shape = (None, 3, self._input.side, self._input.side)
        self._network = Network(contents, kind, shape)
        self.dim = int(card["dim"])
        self._by_angle = card["compared_by"] == "cosine"
        if self._by_angle:  # the euclidean distance of two unit vectors with that cosine
            self.other_person_distance = float(np.sqrt(2 - 2 * card["other_person_cosine"]))
        else:
            self.other_person_distance = float(card["other_person_distance"])
        self.card = f"{card['name']} {card['sha256'][:12]} float32, five points v1"

    def align(self, picture: Picture, faces: Detections) -> NDArray[np.uint8]:
        """Cut out aligned faces.

        Args:
            picture: (height, width, 3) uint8.
            faces: the faces to cut out; rows without landmarks (NaN) have boxes as dlib draws them.

        Returns:
            (num_faces, side, side, 3) uint8; black where the picture ends.
        """
        return self._aligner.cut_out(picture, faces, self._input.points, self._input.side)

    def embed(self, chips: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """Turn aligned faces into vectors.

        Args:
            chips: each (side, side, 3) uint8, red green blue; one array of all of them will do.

        Returns:
            (len(chips), dim) float32; NaN for black chips and where the network's answer is no
            number or has no direction.

        Raises:
            ValueError: a chip of another shape or dtype.
        """
        check_chips(chips, self._input.side)
        vectors = np.full((len(chips), self.dim), np.nan, np.float32)
        seen = [row for row, chip in enumerate(chips) if chip.any()]
        for start in range(0, len(seen), self._batch):
            rows = seen[start : start + self._batch]
            vectors[rows] = self._run(np.stack([chips[row] for row in rows]))
        return vectors

    def _run(self, chips: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return (len(chips), dim); at most a batch of chips."""
        colours = chips if self._input.channels == "RGB" else chips[..., ::-1]
        mean, scale = np.array(self._input.mean, np.float32), np.float32(self._input.scale)
        (found,) = self._network.run(((colours - mean) * scale).transpose(0, 3, 1, 2))
        found = found.reshape(len(chips), -1)
        if found.shape[1] != self.dim:
            raise ValueError(f"expected vectors of {self.dim} numbers, got {found.shape[1]}")
        length = lengths(found)
        return np.asarray(found / (length if self._by_angle else np.sign(length)), np.float32)
