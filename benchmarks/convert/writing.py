"""What all converters share: graphs with weights in half precision, checks, cards."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import openvino
from castlist.data.files import replacing_file
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

CHECKPOINTS = Path(__file__).resolve().parents[2] / "checkpoints"
_OPSET = 13  # what OpenCV, onnxruntime and OpenVINO of several years all read
_IR_VERSION = 8

Array = NDArray[Any]


class GraphWriter:
    """Collects the nodes of a network whose weights are kept in half precision.

    Args:
        half: whether weights are float16 in the file; they are float32 when the network runs.
    """

    def __init__(self, half: bool = True) -> None:
        self._half = half
        self._nodes: list[onnx.NodeProto] = []
        self._weights: list[onnx.TensorProto] = []

    def weight(self, values: Array) -> str:
        """Keep weights; returns their name in the graph."""
        name = f"w{len(self._weights)}"
        dtype = np.float16 if self._half else np.float32
        self._weights.append(numpy_helper.from_array(np.asarray(values, dtype), name))
        return self.add("Cast", [name], to=TensorProto.FLOAT) if self._half else name

    def numbers(self, values: Sequence[int]) -> str:
        """Keep whole numbers that say how a node works; returns their name in the graph."""
        name = f"w{len(self._weights)}"
        self._weights.append(numpy_helper.from_array(np.array(values, np.int64), name))
        return name

    def add(self, kind: str, inputs: Sequence[str], output: str = "", **attributes: Any) -> str:
        """Add a node; returns the name of its output."""
        output = output or f"n{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def network(
        self, name: str, given: tuple[str, Sequence[Any]], answer: tuple[str, int]
    ) -> bytes:
        """Return the file.

        Args:
            name: of the network.
            given: name and shape of the input, float32; a text stands for any number.
            answer: name and length of the output vectors.
        """
        inputs = helper.make_tensor_value_info(given[0], TensorProto.FLOAT, given[1])
        output = helper.make_tensor_value_info(answer[0], TensorProto.FLOAT, ["n", answer[1]])
        graph = helper.make_graph(self._nodes, name, [inputs], [output], self._weights)
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", _OPSET)], producer_name="castlist"
        )
        model.ir_version = _IR_VERSION
        onnx.checker.check_model(model)
        content: bytes = model.SerializeToString()
        return content


def compiled(content: bytes) -> Any:
    """Return a network from a file's content, in OpenVINO, in float32, on one thread."""
    core = openvino.Core()
    settings = {
        "INFERENCE_PRECISION_HINT": "f32",
        "NUM_STREAMS": 1,
        "INFERENCE_NUM_THREADS": 1,
        "ENABLE_CPU_PINNING": False,
    }
    return core.compile_model(core.read_model(content), "CPU", settings)


def run(network: Any, pictures: Array) -> Array:
    """Return what a network with one input and one output answers."""
    return np.array(network(np.ascontiguousarray(pictures))[0])


def ms_each(network: Any, pictures: Array, rounds: int = 5) -> float:
    """Return the time a picture takes, the best of some rounds, milliseconds."""
    spent = []
    for _ in range(rounds):
        start = time.perf_counter()
        run(network, pictures)
        spent.append(time.perf_counter() - start)
    return 1000 * min(spent) / len(pictures)


def cosine(first: Array, second: Array) -> Array:
    """Return the cosine of each pair of rows, (num_rows,) float64."""
    first, second = first.astype(np.float64), second.astype(np.float64)
    lengths = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    return np.asarray((first * second).sum(axis=1) / lengths)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def write(content: bytes, card: dict[str, Any]) -> None:
    """Write a network and its card into checkpoints/, and the file's checksum into the card."""
    file = CHECKPOINTS / card["file"]
    with replacing_file(file) as partial:
        partial.write_bytes(content)
    card = {**card, "size": len(content), "sha256": sha256(content)}
    with replacing_file(file.with_suffix(".json")) as partial:
        partial.write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    print(f"{file}: {len(content) / 1e6:.1f} MB, sha256 {card['sha256']}")
