"""Networks from files: run by OpenVINO where it is installed, else by OpenCV's dnn module.

OpenVINO (``pip install 'castlist[fast]'``) needs about half of OpenCV's time for the same numbers
but for rounding, because it joins neighbouring layers: benchmarks/detector_runtimes.py.
"""

from __future__ import annotations

import functools
import importlib
import os
import sys
import tempfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, Literal, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

Blob = NDArray[np.float32]
"""(pictures, channels, height, width) float32."""

Kind = Literal["onnx", "tflite"]


class Network(Protocol):
    """One instance serves one thread at a time, and uses as many as OpenCV has been given.

    Attributes:
        runtime: "OpenVINO" or "OpenCV".
    """

    runtime: str

    def run(self, blob: Blob) -> list[Blob]:
        """Return the outputs; with the next call they may change."""
        ...


def load_network(weights: bytes, kind: Kind, outputs: Sequence[str]) -> Network:
    """Load a network that takes one picture of any size.

    Args:
        weights: content of the file.
        kind: of the file; a tflite network takes and gives colours last, here they come first.
        outputs: the names of all its outputs, in the order in which ``run`` returns them.
    """
    openvino = import_openvino()
    if openvino is None:
        return OpenCvNetwork(weights, kind, outputs)
    return OpenVinoNetwork(openvino, weights, kind, outputs)


def by_runtime(network: Network) -> str:
    """Return what a card says of the runtime: nothing of OpenCV's, the usual one."""
    return "" if network.runtime == OpenCvNetwork.runtime else f", by {network.runtime}"


def import_openvino() -> Any:
    """Return the library, None where it is not installed or does not load on this machine."""
    # Its tools for converting models report to its makers, over the network, that they are being
    # imported. They are not needed here, and the library does without what cannot be imported.
    reports = "openvino.tools.ovc"
    blocked = reports not in sys.modules
    if blocked:
        sys.modules[reports] = None  # type: ignore[assignment]  # so that importing it fails
    try:
        return importlib.import_module("openvino")
    except (ImportError, OSError):
        return None
    finally:
        if blocked:
            del sys.modules[reports]


@functools.cache
def _core(openvino: Any) -> tuple[Any, int]:
    """Return the core, and the process that made it."""
    # One for the whole program: each installs a stack for signals, and the second to go puts the
    # first one's back after it has been freed, so that Ctrl-C would end in a segmentation fault.
    return openvino.Core(), os.getpid()


class OpenCvNetwork:
    """Runs in OpenCV's dnn module."""

    runtime = "OpenCV"

    def __init__(self, weights: bytes, kind: Kind, outputs: Sequence[str]) -> None:
        self._weights = np.frombuffer(weights, np.uint8)
        readers: dict[Kind, Any] = {
            "onnx": cv2.dnn.readNetFromONNX,
            "tflite": cv2.dnn.readNetFromTFLite,
        }
        self._read = readers[kind]
        self._outputs = tuple(outputs)
        self._net: Any = self._read(self._weights)
        self._shape: tuple[int, ...] = ()

    def run(self, blob: Blob) -> list[Blob]:
        """Return the outputs, (1, channels, height, width) each."""
        if self._shape not in ((), blob.shape):
            # OpenCV 4.10 to 4.12 give wrong outputs when a network meets a second input size;
            # reading it again takes a fifth of a frame's time.
            self._net = self._read(self._weights)
        self._shape = blob.shape
        self._net.setInput(blob)
        return [np.asarray(output, np.float32) for output in self._net.forward(self._outputs)]


class OpenVinoNetwork:
    """Runs in OpenVINO, which reads and compiles the network when it meets the first picture.

    In a process forked from one that has used OpenVINO, as a DataLoader's workers are, it would
    wait for ever for threads that were not forked: there OpenCV runs the network.
    """

    runtime = "OpenVINO"

    def __init__(self, openvino: Any, weights: bytes, kind: Kind, outputs: Sequence[str]) -> None:
        self._openvino, self._weights, self._kind = openvino, weights, kind
        self._outputs = tuple(outputs)
        self._compiled: Any = None
        self._shape: tuple[int, ...] = ()
        self._any_size = False
        self._threads = 0
        self._stand_in: OpenCvNetwork | None = None

    def run(self, blob: Blob) -> list[Blob]:
        """Return the outputs, (1, channels, height, width) each."""
        core, made_by = _core(self._openvino)
        if made_by != os.getpid():
            self._stand_in = self._stand_in or OpenCvNetwork(
                self._weights, self._kind, self._outputs
            )
            return self._stand_in.run(blob)
        threads = max(cv2.getNumThreads(), 1)
        other_size = blob.shape != self._shape and not self._any_size
        if other_size or threads != self._threads:
            # Compiled for one size it takes up to a fifth less time, but compiling takes as long as
            # five pictures: films keep their size, photos do not.
            self._any_size = self._any_size or (other_size and self._compiled is not None)
            self._compiled = self._compile(core, blob.shape, threads)
        self._shape, self._threads = blob.shape, threads
        made = self._compiled(blob)
        return [np.asarray(made[name], np.float32) for name in self._outputs]

    def _compile(self, core: Any, shape: tuple[int, ...], threads: int) -> Any:
        model = self._read(core)
        sides = [-1, -1] if self._any_size else list(shape[2:])
        if self._kind == "tflite":
            model.reshape([1, *sides, shape[1]])
            model = self._colours_first(model)
        else:
            model.reshape([1, shape[1], *sides])
        settings = {
            "INFERENCE_PRECISION_HINT": "f32",
            "NUM_STREAMS": 1,
            "INFERENCE_NUM_THREADS": threads,
            "ENABLE_CPU_PINNING": False,  # other networks run beside this one
        }
        return core.compile_model(model, "CPU", settings)

    def _read(self, core: Any) -> Any:
        if self._kind == "onnx":
            return core.read_model(BytesIO(self._weights))
        core.set_property({"ENABLE_MMAP": False})  # or the file could not be removed everywhere
        with tempfile.TemporaryDirectory() as folder:  # tflite is read from a path only
            path = Path(folder) / "network.tflite"
            path.write_bytes(self._weights)
            return core.read_model(path)

    def _colours_first(self, model: Any) -> Any:
        prepared = self._openvino.preprocess.PrePostProcessor(model)
        prepared.input().tensor().set_layout(self._openvino.Layout("NCHW"))
        prepared.input().model().set_layout(self._openvino.Layout("NHWC"))
        for name in self._outputs:
            prepared.output(name).model().set_layout(self._openvino.Layout("NHWC"))
            prepared.output(name).tensor().set_layout(self._openvino.Layout("NCHW"))
        return prepared.build()
