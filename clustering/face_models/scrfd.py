"""SCRFD: a face detector from a file that the user gives. Its weights do not ship.

Those that the insightface project publishes are for non-commercial research.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ...data.runtime.onnx_files import Wanted, open_onnx
from .base import Detections, Picture
from .sifting import (
    MULTIPLE,
    SiftingConfig,
    check_picture,
    input_scale,
    padded,
    resized,
    sift,
)

FAMILY_OUTPUTS = (6, 9, 10, 15)
"""How many outputs insightface's SCRFD files have: three or five sizes of cells, of each the
scores, the boxes and, in those used here, the landmarks."""

STRIDES = (8, 16, 32)
"""Picture pixels per cell."""

ANCHORS = 2
"""Faces that each cell may have."""

_MEAN, _SCALE = 127.5, 1 / 128
_NUMBERS = (1, 4, 10)  # of each face: score, box, landmarks
_WANTED = Wanted(
    expected="an SCRFD with landmarks, such as scrfd_10g_bnkps.onnx of insightface",
    remedy="give the path of such a file, or leave the detector at centerface",
)


@dataclass(frozen=True)
class ScrfdConfig(SiftingConfig):
    """The same for SCRFD; a network of a fixed size sees the whole picture in that size."""


class Scrfd:
    """Detector for insightface's ``scrfd_*_bnkps.onnx``.

    Source: Guo et al., "Sample and Computation Redistribution for Efficient Face Detection",
    arXiv:2105.04714, and the ``SCRFD`` class of the insightface package.

    Args:
        path: the file. One input (1, 3, height, width), the sides free or fixed; nine outputs:
            scores, boxes and landmarks for cells of 8, 16 and 32 pixels, in any order, with or
            without a first axis for the batch.
        config: what counts as a face.

    Raises:
        InputError: there is no such file, it is no ONNX file, or it holds a network of other inputs
            or outputs.
    """

    def __init__(self, path: str | Path, config: ScrfdConfig | None = None) -> None:
        self.config = config or ScrfdConfig()
        self._path = Path(path)
        self._network, sha256 = open_onnx(self._path, _WANTED)
        self._fixed_size = self._read_input()
        self.max_side_px: int | None = max(self._fixed_size or (self.config.max_side_px,))
        self._outputs = self._read_outputs()
        self.card = f"scrfd sha256={sha256} {self.config}"

    def detect(self, picture: Picture) -> Detections:
        """Find the faces of one picture; see ``Detector``."""
        check_picture(picture)
        height, width = picture.shape[:2]
        if self._fixed_size:
            scale = min(self._fixed_size[0] / height, self._fixed_size[1] / width)
        else:
            scale = input_scale(picture, self.config.input_scale, self.config.max_side_px)
        blob = self._blob(resized(picture, scale))
        made = self._network.run(blob)
        found = [
            decode(
                *(made[place] for place in places),
                columns=blob.shape[3] // stride,
                stride=stride,
                min_score=self.config.min_score,
            )
            for stride, places in zip(STRIDES, self._outputs, strict=True)
        ]
        faces = Detections.concatenate(found).before_resizing(scale)
        return sift(faces, picture, self.config.min_height_px, self.config.max_overlap)

    def _blob(self, shown: Picture) -> NDArray[np.float32]:
        pixels = padded(shown, self._fixed_size)
        return np.asarray(cv2.dnn.blobFromImage(pixels, _SCALE, mean=(_MEAN,) * 3), np.float32)

    def _read_input(self) -> tuple[int, int] | None:
        sizes = self._network.shape
        fits = len(sizes) == 4 and sizes[0] in (None, 1) and sizes[1] in (None, 3)
        if not fits or self._network.dtype != np.float32:
            raise _WANTED.but(
                self._path, self._network.takes, ": one input of (1, 3, height, width) floats"
            )
        height, width = sizes[2:]
        if height is None or width is None:
            return None
        if height % MULTIPLE or width % MULTIPLE:
            having = f" for pictures whose sides are multiples of {MULTIPLE}"
            raise _WANTED.but(self._path, f"one for {height} x {width} pixels", having)
        return height, width

    def _read_outputs(self) -> list[list[int]]:
        """Run the network once; return where scores, boxes and landmarks of each stride are."""
        height, width = self._fixed_size or (64, 96)
        try:
            blob = self._blob(np.zeros((height, width, 3), np.uint8))
            made = self._network.run(blob)
        except Exception as error:  # OpenVINO's errors have no base class of their own
            raise _WANTED.but_fails(self._path, error) from error
        shapes = [output.shape[1:] if output.ndim == 3 else output.shape for output in made]
        wanted = [
            (height // stride * (width // stride) * ANCHORS, numbers)
            for stride in STRIDES
            for numbers in _NUMBERS
        ]
        if sorted(shapes) != sorted(wanted):
            having = (
                ": nine outputs, scores, boxes and landmarks of two faces in each cell of"
                " 8, 16 and 32 pixels"
            )
            raise _WANTED.but(self._path, f"outputs of {[output.shape for output in made]}", having)
        places = [shapes.index(shape) for shape in wanted]
        scores = np.concatenate([made[place].ravel() for place in places[:: len(_NUMBERS)]])
        if not ((scores >= 0) & (scores <= 1)).all():
            raise _WANTED.but(
                self._path, f"scores from {scores.min():.3g} to {scores.max():.3g}", " from 0 to 1"
            )
        return [places[start : start + len(_NUMBERS)] for start in range(0, 9, len(_NUMBERS))]


def decode(
    scores: NDArray[np.float32],
    distances: NDArray[np.float32],
    landmarks: NDArray[np.float32],
    *,
    columns: int,
    stride: int,
    min_score: float,
) -> Detections:
    """Read faces off the outputs for one size of cells.

    Cells go row by row from the upper left, each with ``ANCHORS`` faces one after the other. The
    point of a cell is its upper left corner; all numbers are in cells from there.

    Args:
        scores: (num_cells * ANCHORS, 1), 0..1; a first axis of 1 for the batch does not matter,
            here and below.
        distances: (num_cells * ANCHORS, 4), to the left, top, right and bottom of the box.
        landmarks: (num_cells * ANCHORS, 10), five times x y.
        columns: cells in a row.
        stride: pixels of a cell.
        min_score: faces below are left out.

    Returns:
        Faces in pixels of the network's input, in no order.
    """
    scores = scores.ravel()
    rows = np.flatnonzero(scores >= min_score)
    cells = rows // ANCHORS
    points = np.stack([cells % columns, cells // columns], axis=1).astype(np.float32)
    reach = distances.reshape(-1, 4)[rows]
    boxes = np.concatenate([points - reach[:, :2], points + reach[:, 2:]], axis=1)
    places = points[:, None] + landmarks.reshape(-1, 5, 2)[rows]
    return Detections(boxes * np.float32(stride), places * np.float32(stride), scores[rows])
