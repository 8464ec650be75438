"""PersonMask: which pixels of a picture are a person."""

from __future__ import annotations

import importlib.resources
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .errors import InputError

WEIGHTS = "selfie_segmentation.tflite"
_SIDE_PX = 256
_ROOT = __name__.rpartition(".data.")[0]


class PersonMask:
    """MediaPipe's selfie segmentation, run by OpenCV.

    Made for people within two metres, so give it the portrait of a face (``boxes.portrait_boxes``)
    rather than a wide picture with small people in it. It does not tell one person from another.
    Source: MediaPipe Selfie Segmentation, general model, Apache-2.0; see its card in checkpoints.

    Raises:
        InputError: the weights are not in the installed package.
    """

    card = "mediapipe-selfie-segmentation-general-0.1.1675465747"

    def __init__(self) -> None:
        weights = importlib.resources.files(f"{_ROOT}.checkpoints") / WEIGHTS
        if not weights.is_file():
            raise InputError(
                f"expected the weights {WEIGHTS} among castlist's checkpoints, found no such file;"
                " install castlist again"
            )
        self._net: Any = cv2.dnn.readNetFromTFLite(np.frombuffer(weights.read_bytes(), np.uint8))

    def mask(self, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Find the people in a picture.

        Args:
            picture: (height, width, 3) uint8, red green blue. Of any shape: it is squeezed into a
                square, as MediaPipe does.

        Returns:
            (height, width) float32, 0..1, how likely each pixel is a person.

        Raises:
            ValueError: the picture has another shape or type, or no pixels.
        """
        if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8:
            raise ValueError(
                f"picture: expected (height, width, 3) uint8, got {picture.shape} {picture.dtype}"
            )
        height, width = picture.shape[:2]
        if not height or not width:
            raise ValueError(f"picture: expected at least one pixel, got {picture.shape}")
        self._net.setInput(cv2.dnn.blobFromImage(picture, 1 / 255, (_SIDE_PX, _SIDE_PX)))
        probability = self._net.forward()[0, 0]
        resized = cv2.resize(probability, (width, height), interpolation=cv2.INTER_LINEAR)
        return np.asarray(np.clip(resized, 0, 1), np.float32)
