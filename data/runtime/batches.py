"""Networks that turn pictures of one size into vectors, in batches, run by OpenVINO."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .networks import _core, import_openvino

Blob = NDArray[np.float32]
"""(num_pictures, channels, height, width) float32."""


class BatchNetwork:
    """One input, one output; one instance serves one thread at a time.

    Numbers are float32 on every machine, so that the same picture gives the same vector everywhere.
    It uses as many threads as OpenCV has been given, and is compiled with the first pictures.

    Args:
        contents: an ONNX file; or the two of OpenVINO's own format, .xml and .bin.
        input_size: height and width of the pictures, pixels.

    Raises:
        InputError: OpenVINO is not installed, or the contents are no such network.
    """

    def __init__(self, contents: Sequence[bytes], input_size: tuple[int, int]) -> None:
        openvino = import_openvino()
        if openvino is None:
            raise InputError(
                "expected OpenVINO to run a network with, but it cannot be imported;"
                " run: pip install openvino"
            )
        self._core = _core(openvino)[0]
        self._model = self._read(contents)
        self._model.reshape([-1, 3, *input_size])
        self._compiled: Any = None
        self._threads = 0

    def run(self, pictures: Blob) -> NDArray[np.float32]:
        """Return the vectors, (num_pictures, dim) float32."""
        threads = max(cv2.getNumThreads(), 1)
        if threads != self._threads:
            settings = {
                "INFERENCE_PRECISION_HINT": "f32",
                "NUM_STREAMS": 1,
                "INFERENCE_NUM_THREADS": threads,
                "ENABLE_CPU_PINNING": False,  # other networks run beside this one
            }
            self._compiled = self._core.compile_model(self._model, "CPU", settings)
            self._threads = threads
        found = self._compiled(np.ascontiguousarray(pictures, np.float32))[0]
        return np.array(found, np.float32).reshape(len(pictures), -1)

    def _read(self, contents: Sequence[bytes]) -> Any:
        try:
            model = self._core.read_model(*map(BytesIO, contents))
        except RuntimeError as error:
            why = " ".join(str(error).split())[:200]
            raise InputError(
                f"expected a network that OpenVINO reads, got a file that it refuses ({why})"
            ) from error
        if len(model.inputs) != 1 or len(model.outputs) != 1:
            raise InputError(
                f"expected a network of one input and one output, got {len(model.inputs)} and"
                f" {len(model.outputs)}"
            )
        return model
