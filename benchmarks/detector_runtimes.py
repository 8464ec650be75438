"""CenterFace's network in its runtimes: OpenCV's dnn module, OpenVINO, onnxruntime, plain torch.

    pip install onnx onnxruntime openvino
    python benchmarks/detector_runtimes.py

Prints milliseconds for one picture, processor time with one thread and the clock's with two, the
median of several after two to warm up, and the largest difference of heat maps to OpenCV's.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime
import torch
from castlist.data.runtime.networks import Network
from numpy.typing import NDArray
from onnx.numpy_helper import to_array
from torch import nn

WEIGHTS = Path(__file__).resolve().parents[1] / "checkpoints" / "centerface.onnx"
OUTPUTS = ("537", "538", "539", "540")
SIZES_PX = ((384, 640), (736, 1280), (1088, 1920))
REPEATS = 9

Blob = NDArray[np.float32]
Runtime = Callable[[Blob], Blob]


class TorchNet(nn.Module):
    """The graph of the file, batch normalisation folded into the transposed convolutions."""

    def __init__(self, graph: onnx.GraphProto) -> None:
        super().__init__()
        weights = {made.name: torch.tensor(to_array(made).copy()) for made in graph.initializer}
        self.layers = nn.ModuleDict()
        self.steps = [(node.op_type, list(node.input), node.output[0]) for node in graph.node]
        made: nn.Conv2d | nn.ConvTranspose2d
        for node in graph.node:
            if node.op_type == "Conv":
                made = _convolution(node, weights)
            elif node.op_type == "ConvTranspose":
                kernel = weights[node.input[1]]
                made = nn.ConvTranspose2d(kernel.shape[0], kernel.shape[1], 2, 2)
                made.weight.data, made.bias.data = kernel, torch.zeros(kernel.shape[1])
            elif node.op_type == "BatchNormalization":
                scale, shift, mean, variance = (weights[name] for name in node.input[1:])
                factor = scale / torch.sqrt(variance + 1e-3)
                made.weight.data *= factor[:, None, None]
                made.bias.data = (made.bias.data - mean) * factor + shift
                continue
            else:
                continue
            self.layers[node.output[0]] = made

    def forward(self, blob: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Run the steps in the order of the file."""
        values = {"input.1": blob}
        for kind, inputs, output in self.steps:
            first = values[inputs[0]]
            if output in self.layers:
                values[output] = self.layers[output](first)
            elif kind == "Relu":
                values[output] = first.relu_()
            elif kind == "Add":
                values[output] = first + values[inputs[1]]
            elif kind == "Sigmoid":
                values[output] = first.sigmoid()
            else:
                values[output] = first  # folded
        return tuple(values[name] for name in OUTPUTS)


def _convolution(node: onnx.NodeProto, weights: dict[str, torch.Tensor]) -> nn.Conv2d:
    kernel, bias = weights[node.input[1]], weights[node.input[2]]
    settings = {made.name: made.i or list(made.ints) for made in node.attribute}
    groups = settings["group"]
    made = nn.Conv2d(
        kernel.shape[1] * groups,
        kernel.shape[0],
        settings["kernel_shape"],
        settings["strides"],
        settings["pads"][:2],
        groups=groups,
    )
    made.weight.data, made.bias.data = kernel, bias
    return made


def runtimes(threads: int) -> dict[str, Runtime]:
    cv2.setNumThreads(threads)
    torch.set_num_threads(threads)
    model = onnx.load(WEIGHTS)

    opencv = cv2.dnn.readNetFromONNX(str(WEIGHTS))

    def run_opencv(blob: Blob) -> Blob:
        opencv.setInput(blob)
        return opencv.forward(OUTPUTS)[0]

    torch_net = TorchNet(model.graph).eval().to(memory_format=torch.channels_last)

    @torch.inference_mode()
    def run_torch(blob: Blob) -> Blob:
        picture = torch.from_numpy(blob).contiguous(memory_format=torch.channels_last)
        return torch_net(picture)[0].numpy()

    for value in (model.graph.input[0], *model.graph.output):  # any size of picture
        for axis in (0, 2, 3):
            value.type.tensor_type.shape.dim[axis].dim_param = f"{value.name}_{axis}"
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = threads, 3
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )

    def run_onnxruntime(blob: Blob) -> Blob:
        return session.run(OUTPUTS, {"input.1": blob})[0]

    found: dict[str, Runtime] = {
        "OpenCV dnn": run_opencv,
        "onnxruntime": run_onnxruntime,
        "torch": run_torch,
    }
    found.update(openvino_runtimes())
    return found


def openvino_runtimes() -> dict[str, Runtime]:
    """Make it compile for the size of the picture, as with films, and for any, as with photos."""
    weights = WEIGHTS.read_bytes()
    of_size: dict[tuple[int, ...], Network] = {}

    def run_one_size(blob: Blob) -> Blob:
        if blob.shape not in of_size:
            of_size[blob.shape] = Network(weights, "onnx", (1, 3, None, None), OUTPUTS)
        return of_size[blob.shape].run(blob)[0]

    any_size = Network(weights, "onnx", (1, 3, None, None), OUTPUTS)
    for side in (64, 96):  # any size from the second one on
        any_size.run(np.zeros((1, 3, side, side), np.float32))
    return {
        "OpenVINO, one size": run_one_size,
        "OpenVINO, any size": lambda blob: any_size.run(blob)[0],
    }


def measure(threads: int) -> None:
    clock = time.process_time if threads == 1 else time.perf_counter
    candidates = runtimes(threads)
    print(f"\n{threads} thread(s), {'processor' if threads == 1 else 'clock'} time\n")
    print(f"| runtime | {' | '.join(f'{w} x {h}' for h, w in SIZES_PX)} | difference |")
    print("|---" * (2 + len(SIZES_PX)) + "|")
    seconds = np.zeros((len(candidates), len(SIZES_PX), REPEATS))
    differences = np.zeros(len(candidates))
    for column, (height, width) in enumerate(SIZES_PX):
        blob = np.random.default_rng(0).integers(0, 256, (1, 3, height, width)).astype(np.float32)
        expected = candidates["OpenCV dnn"](blob).copy()
        for repeat in range(-2, REPEATS):
            for row, run in enumerate(candidates.values()):
                start = clock()
                heat = run(blob)
                seconds[row, column, repeat] = clock() - start
                differences[row] = max(differences[row], np.abs(heat - expected).max())
    for row, name in enumerate(candidates):
        cells = " | ".join(f"{1000 * value:.0f}" for value in np.median(seconds[row], axis=1))
        print(f"| {name} | {cells} | {differences[row]:.1e} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--threads", type=int, help="measure with so many in this process")
    threads = parser.parse_args().threads
    if threads:
        measure(threads)
    else:  # torch and OpenCV read OMP_NUM_THREADS when they are imported
        for num_threads in ("1", "2"):
            environment = {**os.environ, "OMP_NUM_THREADS": num_threads}
            subprocess.run(
                [sys.executable, __file__, "--threads", num_threads], env=environment, check=True
            )
