"""Faces of the demo, for comparing a converted network with its original on anyone's machine."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from castlist.clustering.face_models.alignment import Pyramid, similarity
from castlist.clustering.face_models.base import Detections, Picture
from castlist.clustering.face_models.centerface import CenterFace
from castlist.data.media.frames import open_film

SCENE = Path(__file__).resolve().parents[2] / "data" / "demo" / "scene.mp4"


def demo_faces(fps: float = 1.0) -> list[tuple[Picture, Detections]]:
    """Return pictures of the demo in which faces were found, with the faces."""
    detector = CenterFace()
    with open_film(SCENE, source=SCENE.name, fps=fps) as film:
        seen = [(frame.picture, detector.detect(frame.picture)) for frame in film]
    return [(picture, found) for picture, found in seen if len(found)]


def aligned_pictures(points: np.ndarray, side: int) -> np.ndarray:
    """Return faces of the demo and noise, (32, side, side, 3) uint8, red green blue.

    Args:
        points: (5, 2), where a network wants eyes, nose and mouth corners, pixels.
        side: of the pictures, pixels.
    """
    faces = [
        Pyramid(picture).warp(similarity(landmarks.astype(np.float64), points), side)
        for picture, found in demo_faces()
        for landmarks in found.landmarks
    ]
    return np.concatenate([np.stack(faces[:28]), noise(4, side)])


def noise(count: int, side: int) -> np.ndarray:
    """Return pictures of noise, (count, side, side, 3) uint8: they reach every number of a net."""
    return np.random.default_rng(0).integers(0, 256, (count, side, side, 3), np.uint8)
