"""How a head is held, by the five landmarks of its face."""

from __future__ import annotations

import numpy as np

from .faces import FloatArray


def nose_aside(landmarks: FloatArray) -> FloatArray:
    """Measure how far the head is turned: 0 frontal, about 0.4 a profile.

    Args:
        landmarks: (num_faces, 5, 2) eye, eye, nose, mouth corner, mouth corner.

    Returns:
        (num_faces,) float32: distance of the nose from the middle of the face, over the distance
        of eyes and mouth; NaN where a landmark is NaN.
    """
    eyes, mouth = landmarks[:, :2].mean(axis=1), landmarks[:, 3:].mean(axis=1)
    across = landmarks[:, 1] - landmarks[:, 0] + landmarks[:, 4] - landmarks[:, 3]
    across = across / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-6)
    down = np.stack([-across[:, 1], across[:, 0]], axis=1)
    length = np.maximum(((mouth - eyes) * down).sum(axis=1), 1)
    aside = np.abs(((landmarks[:, 2] - (eyes + mouth) / 2) * across).sum(axis=1)) / length
    return np.asarray(aside, dtype=np.float32)
