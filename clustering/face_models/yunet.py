"""YuNet: a small face detector from a file that the user gives. Its weights do not ship."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from ...data.errors import InputError
from .base import Detections, Picture
from .sifting import check_input_size, check_picture, check_sifting, input_scale, resized, sift

_MAX_FACES = 5000  # per picture, before overlapping ones are dropped; OpenCV's own default
_EXPECTED = "YuNet weights, such as face_detection_yunet_2023mar.onnx of OpenCV's model zoo"
_REMEDY = (
    "give the path of such a file (an SCRFD's needs pip install 'castlist[onnx]'), or leave the"
    " detector at centerface"
)


@dataclass(frozen=True)
class YuNetConfig:
    """What counts as a face, and how large the picture is when the network sees it.

    Attributes:
        min_score: lowest score of a face, 0..1.
        min_height_px: lowest height of a face, pixels of the picture.
        input_scale: the picture is enlarged by this factor first.
        max_side_px: after enlarging, the longer side of the picture is at most this, pixels. The
            network was trained on faces of about 10 to 300 pixels.
        max_overlap: of two faces whose intersection over union is above this, the better stays.
    """

    min_score: float = 0.7
    min_height_px: float = 14.0
    input_scale: float = 1.0
    max_side_px: int = 1280
    max_overlap: float = 0.4

    def __post_init__(self) -> None:
        check_sifting(self.min_score, self.min_height_px, self.max_overlap)
        check_input_size(self.input_scale, self.max_side_px)


class YuNet:
    """Detector for ``face_detection_yunet_*.onnx`` of OpenCV's model zoo, run by OpenCV.

    Source: Wu, Peng, Yu, "YuNet: A Tiny Millisecond-level Face Detector", Machine Intelligence
    Research 20, 2023. One instance serves one thread at a time.

    Raises:
        InputError: there is no such file, or OpenCV cannot use it as a YuNet.
    """

    def __init__(self, path: str | Path, config: YuNetConfig | None = None) -> None:
        self.config = config or YuNetConfig()
        self._path = Path(path)
        if not self._path.is_file():
            raise InputError(f"{path}: expected {_EXPECTED}, got no such file; {_REMEDY}")
        weights = self._path.read_bytes()
        try:
            self._net = cv2.FaceDetectorYN.create(
                "onnx",
                np.frombuffer(weights, np.uint8),
                np.empty(0, np.uint8),
                (64, 64),
                self.config.min_score,
                self.config.max_overlap,
                _MAX_FACES,
            )
            self._net.detect(np.zeros((64, 64, 3), np.uint8))  # another network fails only here
        except cv2.error as error:
            raise InputError(
                f"{path}: expected {_EXPECTED}, got a file that OpenCV cannot use as such"
                f" ({' '.join(error.err.split())}); {_REMEDY}"
            ) from error
        self.card = f"yunet sha256={hashlib.sha256(weights).hexdigest()[:12]} {self.config}"

    def detect(self, picture: Picture) -> Detections:
        """Find the faces of one picture; see ``Detector``."""
        check_picture(picture)
        scale = input_scale(picture, self.config.input_scale, self.config.max_side_px)
        shown = cv2.cvtColor(resized(picture, scale), cv2.COLOR_RGB2BGR)
        self._net.setInputSize((shown.shape[1], shown.shape[0]))
        _, found = self._net.detect(shown)
        # Rows of 15: x y width height, then eye, eye, nose, mouth corner, mouth corner, left to
        # right in the picture, then the score. OpenCV returns None for no face.
        rows = np.zeros((0, 15), np.float32) if found is None else np.asarray(found, np.float32)
        pixels = np.asarray(rows[:, :14] / scale, np.float32)
        faces = Detections(
            boxes=np.concatenate([pixels[:, :2], pixels[:, :2] + pixels[:, 2:4]], axis=1),
            landmarks=pixels[:, 4:].reshape(-1, 5, 2),
            scores=np.clip(rows[:, 14], 0, 1),
        )
        return sift(faces, picture, self.config.min_height_px, self.config.max_overlap)
