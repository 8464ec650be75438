"""YuNet: a small face detector from a file that the user gives. Its weights do not ship."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...data.runtime.onnx_files import Wanted, open_onnx
from .base import Detections, Picture
from .sifting import SiftingConfig, check_picture, input_scale, padded, resized, sift

STRIDES = (8, 16, 32)
"""Picture pixels per cell."""

_PARTS = ("cls", "obj", "bbox", "kps")  # of each size of cells: scores, boxes, landmarks
_OUTPUTS = tuple(f"{part}_{stride}" for stride in STRIDES for part in _PARTS)
_WANTED = Wanted(
    expected="YuNet weights, such as face_detection_yunet_2023mar.onnx of OpenCV's model zoo",
    remedy="give the path of such a file, or leave the detector at centerface",
)


@dataclass(frozen=True)
class YuNetConfig(SiftingConfig):
    """The same for YuNet, which was trained on faces of about 10 to 300 pixels."""

    min_score: float = 0.7


class YuNet:
    """Detector for ``face_detection_yunet_*.onnx`` of OpenCV's model zoo.

    Source: Wu, Peng, Yu, "YuNet: A Tiny Millisecond-level Face Detector", Machine Intelligence
    Research 20, 2023. One instance serves one thread at a time.

    Raises:
        InputError: there is no such file, or it is no YuNet.
    """

    def __init__(self, path: str | Path, config: YuNetConfig | None = None) -> None:
        self.config = config or YuNetConfig()
        self.max_side_px: int | None = self.config.max_side_px
        path = Path(path)
        self._network, sha256 = open_onnx(path, _WANTED, (1, 3, None, None), _OUTPUTS)
        try:
            self._run(np.zeros((64, 64, 3), np.uint8))
        except Exception as error:  # OpenVINO's errors have no base class of their own
            raise _WANTED.but_fails(path, error) from error
        self.card = f"yunet sha256={sha256} {self.config}"

    def detect(self, picture: Picture) -> Detections:
        """Find the faces of one picture; see ``Detector``."""
        check_picture(picture)
        scale = input_scale(picture, self.config.input_scale, self.config.max_side_px)
        found = self._run(resized(picture, scale))
        faces = Detections.concatenate(found).before_resizing(scale)
        return sift(faces, picture, self.config.min_height_px, self.config.max_overlap)

    def _run(self, shown: Picture) -> list[Detections]:
        """Return the faces in pixels of what the network is shown, for each size of cells."""
        pixels = padded(shown)[..., ::-1]  # blue green red
        blob = pixels.transpose(2, 0, 1)[None].astype(np.float32)
        made = self._network.run(blob)
        columns = [blob.shape[3] // stride for stride in STRIDES]
        return [
            decode(
                *made[4 * level : 4 * level + 4],
                columns=columns[level],
                stride=stride,
                min_score=self.config.min_score,
            )
            for level, stride in enumerate(STRIDES)
        ]


def decode(
    classes: NDArray[np.float32],
    objects: NDArray[np.float32],
    boxes: NDArray[np.float32],
    landmarks: NDArray[np.float32],
    *,
    columns: int,
    stride: int,
    min_score: float,
) -> Detections:
    """Read faces off the outputs for one size of cells, as OpenCV's ``FaceDetectorYN`` does it.

    Cells go row by row from the upper left; all numbers are in cells, from a cell's upper left
    corner.

    Args:
        classes: (1, num_cells, 1), 0..1, how much a face looks like one.
        objects: (1, num_cells, 1), 0..1, how much there is something; the score is the root of the
            product.
        boxes: (1, num_cells, 4), x y of the middle, logarithms of width and height.
        landmarks: (1, num_cells, 10), five times x y.
        columns: cells in a row.
        stride: pixels of a cell.
        min_score: faces below are left out.

    Returns:
        Faces in pixels of the network's input, in no order.
    """
    scores = np.sqrt(np.clip(classes.ravel(), 0, 1) * np.clip(objects.ravel(), 0, 1))
    cells = np.flatnonzero(scores >= min_score)
    corners = np.stack([cells % columns, cells // columns], axis=1).astype(np.float32)
    found = boxes.reshape(-1, 4)[cells]
    middle, half = corners + found[:, :2], np.exp(found[:, 2:]) / 2
    places = corners[:, None] + landmarks.reshape(-1, 5, 2)[cells]
    return Detections(
        np.concatenate([middle - half, middle + half], axis=1) * np.float32(stride),
        places * np.float32(stride),
        scores[cells],
    )
