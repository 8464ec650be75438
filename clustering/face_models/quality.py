"""How far a face can be trusted to tell who it is: a number from 0 to 1 per face.

quality = size * sharpness * pose * score; each factor rises in a straight line between two limits:

    factor      of                                                       0 at     1 at
    size        logarithm of the box height, pixels                      12       48
    sharpness   logarithm of how much fine detail the chip has           e**-8    e**-6.5
    pose        how far the nose is beside the middle of the face        0.5      0.15
    score       the detector's                                           0.5      0.95

Fine detail: variance of the Laplacian of the slightly smoothed chip, over the variance of the chip,
so that neither contrast nor noise counts as detail. Nose: its distance from the line between the
middles of eyes and mouth, over the length of that line, so that a head held aslant does not count.
A factor for bowed heads did not predict the error any better on the labelled films: a bowed head
loses detector score. ``benchmarks/embedding.py`` prints how well the product predicts the distance
of a face vector from its person's centroid.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ...data.tables.pose import nose_aside
from .base import Detections

_SIZE_PX = (12.0, 48.0)
_LOG_DETAIL = (-8.0, -6.5)
_NOSE_ASIDE = (0.5, 0.15)
_SCORE = (0.5, 0.95)

# The rim of a chip is hair, collar and background; what is left is face in every pose.
_RIM = 1 / 6
_SMOOTHING_PX = 1.5
_SIDE_PX = 150  # the limits of detail hold for chips of this size; others are brought to it first

FloatArray = NDArray[np.float32]


def face_quality(chips: Sequence[NDArray[np.uint8]], faces: Detections) -> FloatArray:
    """Say how far each face of a picture can be trusted.

    Args:
        chips: the aligned faces, (num_faces, side, side, 3) uint8, from ``Embedder.align``.
        faces: their boxes in pixels, landmarks and scores. Without landmarks (NaN) a face counts
            as frontal: the detectors that give none find little else.

    Returns:
        (num_faces,) float32, 0..1.
    """
    height_px = np.maximum(faces.heights_px, 1).astype(np.float64)
    detail = np.array([fine_detail(chip) for chip in chips], dtype=np.float64)
    aside = np.nan_to_num(nose_aside(faces.landmarks), nan=0)
    quality = (
        _ramp(np.log(height_px), np.log(_SIZE_PX[0]), np.log(_SIZE_PX[1]))
        * _ramp(np.log(np.maximum(detail, 1e-9)), *_LOG_DETAIL)
        * _ramp(aside, *_NOSE_ASIDE)
        * _ramp(faces.scores, *_SCORE)
    )
    return np.asarray(quality, dtype=np.float32)


def fine_detail(chip: NDArray[np.uint8]) -> float:
    """Measure the sharpness of an aligned face: about 0.0003 is blurred, 0.002 sharp.

    Args:
        chip: (side, side, 3) uint8.

    Returns:
        Variance of the Laplacian over variance, 0 for a chip of one colour.
    """
    if len(chip) != _SIDE_PX:
        chip = np.asarray(cv2.resize(chip, (_SIDE_PX, _SIDE_PX)), np.uint8)
    rim = round(_SIDE_PX * _RIM)
    grey: Any = cv2.cvtColor(chip[rim:-rim, rim:-rim], cv2.COLOR_RGB2GRAY).astype(np.float32)
    variance = float(grey.var())
    if variance == 0:
        return 0.0
    smooth = cv2.GaussianBlur(grey, (0, 0), _SMOOTHING_PX)
    return float(np.var(cv2.Laplacian(smooth, cv2.CV_32F))) / variance


def _ramp(values: NDArray[Any], zero_at: float, one_at: float) -> NDArray[Any]:
    return np.clip((values - zero_at) / (one_at - zero_at), 0, 1)
