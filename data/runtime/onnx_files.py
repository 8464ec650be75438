"""ONNX files that the user gives, opened with the extra ``onnx``; errors in one line."""

from __future__ import annotations

import hashlib
import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import InputError


@dataclass(frozen=True)
class Wanted:
    """What a file should be, for messages.

    Attributes:
        kind: such as "a face model".
        expected: what the file should be.
        remedy: what to do when it is not.
        otherwise: what to do without the libraries.
    """

    kind: str
    expected: str
    remedy: str
    otherwise: str

    def but(self, path: Path, got: str, having: str = "") -> InputError:
        """Return the error for a file that is something else, or has not what was expected."""
        return InputError(f"{path}: expected {self.expected}{having}, got {got}; {self.remedy}")


class OnnxFile:
    """A network in onnxruntime, on the processor.

    Attributes:
        graph: what the onnx library read, without numbers that lie in files of their own.
        session: onnxruntime's.
        sha256: 12 hexadecimal digits, of the file and of those beside it that hold its numbers.

    Args:
        path: the file.
        wanted: for messages.
        threads: of onnxruntime; 0 = as many as it likes.

    Raises:
        InputError: a library is missing, there is no such file, or it is no network.
    """

    def __init__(self, path: Path, wanted: Wanted, threads: int) -> None:
        onnx, runtime = _import("onnx", wanted), _import("onnxruntime", wanted)
        if not path.is_file():
            raise wanted.but(path, "no such file")
        self.graph = _read_graph(onnx, path, wanted)
        self.session = _start(runtime, path, threads, wanted)
        self.sha256 = _hash(self.graph, path)


def num_outputs(path: Path) -> int | None:
    """Return how many outputs a network in a file has; None where that cannot be told."""
    try:
        onnx = importlib.import_module("onnx")
        return len(onnx.load(path, load_external_data=False).graph.output)
    except Exception:  # whoever opens the file for good says what is wrong with it
        return None


def one_line(error: Exception) -> str:
    """Return the message of an error in one line."""
    return " ".join(str(error).split()) or type(error).__name__


def _import(name: str, wanted: Wanted) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise InputError(
            f"{wanted.kind} in an .onnx file needs {name}, which cannot be imported ({error});"
            f" run: pip install 'castlist[onnx]', or {wanted.otherwise}"
        ) from error


def _read_graph(onnx: Any, path: Path, wanted: Wanted) -> Any:
    try:
        graph = onnx.load(path, load_external_data=False).graph
    except Exception as error:  # protobuf's own error, of whatever protobuf is installed
        raise _no_network(path, one_line(error), wanted) from error
    if not graph.node:
        raise _no_network(path, "it is empty", wanted)
    return graph


def _start(runtime: Any, path: Path, threads: int, wanted: Wanted) -> Any:
    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3  # errors only; they are raised as well
    # Another network runs beside this one: threads that wait busily take its processor away.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors have no common base class
        raise _no_network(path, one_line(error), wanted) from error


def _no_network(path: Path, why: str, wanted: Wanted) -> InputError:
    return wanted.but(path, f"a file that is no ONNX network ({why})")


def _hash(graph: Any, path: Path) -> str:
    """Hash the file, and those beside it in which large networks keep their numbers."""
    beside = {
        entry.value
        for tensor in graph.initializer
        for entry in tensor.external_data
        if entry.key == "location"
    }
    digest = hashlib.sha256(path.read_bytes())
    for name in sorted(beside):
        digest.update((path.parent / name).read_bytes())
    return digest.hexdigest()[:12]
