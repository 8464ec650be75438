"""dlib's HOG detector, face_recognition's default: frontal faces only, kept to compare with."""

from __future__ import annotations

import importlib
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...data.errors import InputError
from .base import Detections, Picture
from .sifting import check_picture, sift


@dataclass(frozen=True)
class HogConfig:
    """What counts as a face.

    Attributes:
        min_score: lowest score of a face, 0..1; 0.5 is dlib's own threshold.
        min_height_px: lowest height of a face, pixels of the picture.
        upsample: how often the picture is doubled first; dlib sees faces of 80 pixels at 0, of 40
            at 1. face_recognition takes 1.
        max_overlap: of two faces whose intersection over union is above this, the better stays.
    """

    min_score: float = 0.5
    min_height_px: float = 14.0
    upsample: int = 1
    max_overlap: float = 0.4


class Hog:
    """Detector with the weights inside dlib; it gives no landmarks (NaN).

    Source: King, "Max-Margin Object Detection", arXiv:1502.00046; Dalal and Triggs, "Histograms of
    Oriented Gradients for Human Detection", CVPR 2005. dlib's confidence has no upper end; its
    logistic function is the score, so 0 becomes 0.5.

    Raises:
        InputError: dlib is missing.
    """

    max_side_px: int | None = None

    def __init__(self, config: HogConfig | None = None) -> None:
        self.config = config or HogConfig()
        dlib = import_dlib("--detector hog")
        self._find = dlib.get_frontal_face_detector()
        self.card = f"dlib-hog dlib={dlib.__version__} {self.config}"

    def detect(self, picture: Picture) -> Detections:
        """Find the faces of one picture; see ``Detector``."""
        check_picture(picture)
        least = math.log(self.config.min_score / (1 - self.config.min_score))
        found, confidences, _ = self._find.run(
            np.ascontiguousarray(picture), self.config.upsample, least
        )
        corners = [(box.left(), box.top(), box.right() + 1, box.bottom() + 1) for box in found]
        faces = Detections.without_landmarks(
            np.array(corners, np.float32).reshape(-1, 4),
            (1 / (1 + np.exp(-np.array(confidences, np.float64)))).astype(np.float32),
        )
        return sift(faces, picture, self.config.min_height_px, self.config.max_overlap)


def import_dlib(what: str) -> Any:
    """Return the library.

    Args:
        what: needs it, for the message.

    Raises:
        InputError: it cannot be imported.
    """
    try:
        return importlib.import_module("dlib")
    except ImportError as error:
        raise InputError(
            f"{what} needs dlib, which cannot be imported ({error}); run: pip install"
            " 'castlist[dlib]'"
        ) from error
