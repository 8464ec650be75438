"""Networks from files, run by OpenVINO on the processor: all but those that are trained.

Vectors are made in float32 on every machine, so that the same picture gives the same vector
everywhere.
"""

from __future__ import annotations

import functools
import hashlib
import importlib
import os
import re
import sys
import tempfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, brief

Kind = Literal["onnx", "ir", "tflite"]
"""The format of a file; "ir" is OpenVINO's own, two files, .xml and .bin."""

Shape = tuple[int | None, ...]
"""Of a network's input; None = any length."""

PRECISIONS = {"float32": "f32", "bfloat16": "bf16"}
"""OpenVINO's word for each."""

_PLACES = re.compile(r"(Exception from|Check '[^']*' failed at) \S+:\d+:?\s*")
"""Where in its source OpenVINO stopped: of no use to a reader."""


def fastest_precision() -> str:
    """Return the name of what this processor computes fastest."""
    core, _ = _core()
    can = core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    return "bfloat16" if "BF16" in can else "float32"


class Network:
    """One input, some outputs; one instance serves one thread at a time.

    It uses as many threads as OpenCV has been given, and is compiled with the first pictures: for
    their size, or for any size once a second one comes. It does not run in a process forked from
    one that has used OpenVINO, which would wait for ever for threads that were not forked.

    Args:
        file: what is in it, or its path; of "ir" the contents of both.
        kind: of the file.
        shape: of the input, where the file says less or something else; None = as the file says.
        outputs: the names of those that ``run`` returns, in that order; () = all.
        precision: "float32", or "bfloat16", which is faster where the processor has it.

    Attributes:
        shape: of the input.
        output_shapes: as the file says.
        inputs, outputs: their names.
        dtype: of the input.
        takes_any_size: whether it is compiled for pictures of any size by now.

    Raises:
        InputError: OpenVINO cannot be imported, or it refuses the file.
    """

    def __init__(
        self,
        file: bytes | Path | Sequence[bytes],
        kind: Kind = "onnx",
        shape: Shape | None = None,
        outputs: Sequence[str] = (),
        precision: str = "float32",
    ) -> None:
        try:
            self._model = _read(_core()[0], file, kind)
            self.inputs = tuple(port.any_name for port in self._model.inputs if port.names)
            self.outputs = tuple(port.any_name for port in self._model.outputs if port.names)
            self.output_shapes = [_shape(output) for output in self._model.outputs]
            self.shape = self._input_shape() if shape is None else shape
            names = [output.names for output in self._model.outputs]
        except RuntimeError as error:
            raise refused(error) from error
        self.dtype: np.dtype[Any] = np.dtype(self._model.inputs[0].element_type.to_dtype())
        if missing := [name for name in outputs if not any(name in aliases for aliases in names)]:
            raise InputError(f"expected a network with the output(s) {', '.join(missing)} too")
        # names is a set for each output
        places = [
            place for name in outputs for place, aliases in enumerate(names) if name in aliases
        ]
        self._places = places or list(range(len(names)))
        self._precision = PRECISIONS[precision]
        self._compiled: Any = None
        self._seen: tuple[int, ...] = ()
        self.takes_any_size = False
        self._threads = 0

    def _input_shape(self) -> Shape:
        if len(self._model.inputs) != 1:
            raise InputError(f"expected a network of one input, got {len(self._model.inputs)}")
        return _shape(self._model.inputs[0])

    @property
    def takes(self) -> str:
        """The input, in words for messages."""
        sides = ", ".join("any" if side is None else str(side) for side in self.shape)
        return f"[{sides}] {self.dtype}"

    def run(self, pictures: NDArray[Any]) -> list[NDArray[np.float32]]:
        """Return the outputs; with the next call they may change.

        A network that takes any number of pictures is given one after another: compiled for one, it
        takes a tenth less time for each than for sixteen at once (docs/performance.md).

        Args:
            pictures: of the input's shape, the number of pictures first.
        """
        if self.shape[:1] == (None,) and len(pictures) != 1:
            return self._one_by_one(pictures)
        core, made_by = _core()
        if made_by != os.getpid():
            raise RuntimeError(
                "OpenVINO does not run in a process forked from one that has used it; start such"
                " processes by spawn"
            )
        threads = max(cv2.getNumThreads(), 1)
        other_size = pictures.shape[1:] != self._seen and not self.takes_any_size
        if other_size or threads != self._threads:
            # Compiled for one size it takes up to a fifth less time, but compiling takes as long as
            # five pictures: films keep their size, photos do not.
            self.takes_any_size = self.takes_any_size or (other_size and self._compiled is not None)
            self._compiled = self._compile(core, pictures.shape, threads)
            self._seen, self._threads = pictures.shape[1:], threads
        made = self._compiled(np.ascontiguousarray(pictures, self.dtype))
        return [np.asarray(made[place], np.float32) for place in self._places]

    def _one_by_one(self, pictures: NDArray[Any]) -> list[NDArray[np.float32]]:
        if not len(pictures):
            return [
                output[:0] for output in self.run(np.zeros((1, *pictures.shape[1:]), self.dtype))
            ]
        made = [[output.copy() for output in self.run(one[None])] for one in pictures]
        return [np.concatenate(outputs) for outputs in zip(*made, strict=True)]

    def starts_with(self) -> list[str]:
        """Return the kinds of operations that come first, as OpenVINO names them, up to a layer."""
        simple = {"Subtract", "Add", "Multiply", "Divide", "Convert", "Transpose"}
        kinds: list[str] = []
        reached = {self._model.inputs[0].get_node().get_friendly_name()}
        for node in self._model.get_ordered_ops():
            before = {value.get_node().get_friendly_name() for value in node.input_values()}
            if before & reached:
                if node.get_type_name() not in simple:
                    break
                kinds.append(node.get_type_name())
                reached.add(node.get_friendly_name())
        return kinds

    def hash_numbers(self) -> str:
        """Return the sha256 of all its weights, wherever they lie."""
        digest = hashlib.sha256()
        for node in self._model.get_ordered_ops():
            if node.get_type_name() == "Constant":
                digest.update(np.ascontiguousarray(node.data).tobytes())
        return digest.hexdigest()

    def _compile(self, core: Any, shape: tuple[int, ...], threads: int) -> Any:
        any_length = [shape[0], *([-1] * len(shape[1:]) if self.takes_any_size else shape[1:])]
        wanted = [
            free if length is None else length
            for length, free in zip(self.shape, any_length, strict=True)
        ]
        settings = {
            "INFERENCE_PRECISION_HINT": self._precision,
            "NUM_STREAMS": 1,
            "INFERENCE_NUM_THREADS": threads,
            "ENABLE_CPU_PINNING": False,  # other networks run beside this one
        }
        try:
            self._model.reshape(wanted)
            return core.compile_model(self._model, "CPU", settings)
        except RuntimeError as error:
            raise refused(error) from error


def refused(error: Exception) -> InputError:
    """Return the error for a network that OpenVINO does not read, or not run."""
    why = brief(ValueError(_PLACES.sub("", " ".join(str(error).split()))))
    return InputError(f"expected a network that OpenVINO runs, got one that it refuses ({why})")


def import_openvino() -> Any:
    """Return the library.

    Raises:
        InputError: it is not installed, or does not load on this machine.
    """
    # Its tools for converting models report to its makers, over the network, that they are being
    # imported. They are not needed here, and the library does without what cannot be imported.
    reports = "openvino.tools.ovc"
    blocked = reports not in sys.modules
    if blocked:
        sys.modules[reports] = None  # type: ignore[assignment]  # so that importing it fails
    try:
        return importlib.import_module("openvino")
    except (ImportError, OSError) as error:
        raise InputError(
            f"expected OpenVINO to run networks with, but it cannot be imported ({error}); run:"
            " pip install --force-reinstall openvino"
        ) from error
    finally:
        if blocked:
            del sys.modules[reports]


@functools.cache
def _core() -> tuple[Any, int]:
    """Return the core, and the process that made it."""
    # One for the whole program: each installs a stack for signals, and the second to go puts the
    # first one's back after it has been freed, so that Ctrl-C would end in a segmentation fault.
    core = import_openvino().Core()
    core.set_property({"ENABLE_MMAP": False})  # or a file could not be removed everywhere
    return core, os.getpid()


def _read(core: Any, file: bytes | Path | Sequence[bytes], kind: Kind) -> Any:
    if isinstance(file, Path):
        return core.read_model(file)
    contents = [file] if isinstance(file, bytes) else file
    if kind != "tflite":
        return core.read_model(*map(BytesIO, contents))
    with tempfile.TemporaryDirectory() as folder:  # tflite is read from a path only
        path = Path(folder) / "network.tflite"
        path.write_bytes(contents[0])
        return core.read_model(path)


def _shape(port: Any) -> Shape:
    partial = port.partial_shape
    if partial.rank.is_dynamic:
        return ()
    return tuple(None if axis.is_dynamic else axis.get_length() for axis in partial)
