"""Face vectors from an ONNX file that the user gives, in the convention of ArcFace.

The convention (Deng et al., "ArcFace: Additive Angular Margin Loss for Deep Face Recognition", CVPR
2019; the insightface project): a face of 112 x 112 pixels, red green blue, brought by a similarity
transform as near as it gets to five reference points; pixels as (value - 127.5) / 127.5; compared
by angle. A network that begins with a shift and a factor of its own, as the early MXNet ones do,
gets 0..255. No weights ship: those that insightface publishes are for non-commercial research.
"""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data.errors import InputError
from .alignment import FaceAligner, Pyramid, has_landmarks, similarity
from .base import Detections, Picture

CHIP_SIZE = 112
"""Side of an aligned face in pixels."""

REFERENCE_POINTS = np.array(
    [
        [38.2946, 51.6963],
        [73.5318, 51.5014],
        [56.0252, 71.7366],
        [41.5493, 92.3655],
        [70.7299, 92.2041],
    ]
)
"""Where eye, eye, nose and mouth corners belong in a face, x y; as insightface publishes them."""

MEAN, SCALE = 127.5, 1 / 127.5

_ALIGNMENT = "arcface chips 112 px v1"
_DTYPES = {"tensor(float)": np.float32, "tensor(float16)": np.float16}
_EXPECTED = "a face model in the convention of ArcFace (an .onnx file, 112 x 112 pixels)"
_REMEDY = "give the path of such a file, or leave the face model at dlib"


@dataclass(frozen=True)
class ArcFaceConfig:
    """How the network runs.

    Attributes:
        batch: at most so many faces at once; a network of a fixed batch size takes its own.
        threads: of onnxruntime; 0 = as many as it likes.
    """

    batch: int = 32
    threads: int = 0

    def __post_init__(self) -> None:
        if self.batch < 1:
            raise ValueError(f"batch: expected 1 or more faces, got {self.batch}")
        if self.threads < 0:
            raise ValueError(f"threads: expected 0 or more, got {self.threads}")


class ArcFace:
    """Embedder for an ONNX file in the convention of ArcFace; the vectors are unit rows.

    Two persons are 1.2 and more apart: insightface's own example calls two faces one person from a
    cosine of 0.28, and unit vectors of that cosine are sqrt(2 - 2 * 0.28) = 1.2 apart.

    Args:
        path: the file. Input (batch, 3, 112, 112) or (batch, 112, 112, 3), the batch free or fixed;
            the first output holds one vector a face.
        config: how the network runs.

    Raises:
        InputError: onnxruntime, onnx or dlib's weights are missing, there is no such file, it is
            no ONNX file, or it holds a network of other inputs or outputs.
    """

    other_person_distance = 1.2
    centre: NDArray[np.float32] | None = None

    def __init__(self, path: str | Path, config: ArcFaceConfig | None = None) -> None:
        self.config = config or ArcFaceConfig()
        self._path = Path(path)
        onnx, runtime = _import("onnx"), _import("onnxruntime")
        if not self._path.is_file():
            raise InputError(f"{path}: expected {_EXPECTED}, got no such file; {_REMEDY}")
        graph = _read_graph(onnx, self._path)
        self._aligner = FaceAligner()
        self._session = _start(runtime, self._path, self.config.threads)
        self._read_input()
        self._mean, self._scale = (0.0, 1.0) if _normalises(graph, self._input) else (MEAN, SCALE)
        self.dim = self._probe()
        self.card = f"arcface sha256={_hash(graph, self._path)}, {_ALIGNMENT}"

    def align(self, picture: Picture, faces: Detections) -> NDArray[np.uint8]:
        """Cut out aligned faces.

        Args:
            picture: (height, width, 3) uint8.
            faces: the faces; rows without landmarks (NaN) have boxes as dlib draws them, in which
                dlib's predictor looks for the points.

        Returns:
            (num_faces, 112, 112, 3) uint8; black where the picture ends.
        """
        chips = np.empty((len(faces), CHIP_SIZE, CHIP_SIZE, 3), np.uint8)
        picture = np.ascontiguousarray(picture)
        smaller = Pyramid(picture)
        for row, (box, landmarks) in enumerate(zip(faces.boxes, faces.landmarks, strict=True)):
            points = landmarks.astype(np.float64)
            if not has_landmarks(landmarks):
                points = self._aligner.landmarks(picture, box)
            chips[row] = smaller.warp(similarity(points, REFERENCE_POINTS), CHIP_SIZE)
        return chips

    def embed(self, chips: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """Turn aligned faces into vectors.

        Args:
            chips: each (112, 112, 3) uint8, red green blue; one array of all of them will do.

        Returns:
            (len(chips), dim) float32, unit rows; NaN where the network's answer has no direction.

        Raises:
            ValueError: a chip of another shape or dtype.
        """
        for chip in chips:
            if chip.shape != (CHIP_SIZE, CHIP_SIZE, 3) or chip.dtype != np.uint8:
                raise ValueError(
                    f"chips: expected uint8 pictures of shape {(CHIP_SIZE, CHIP_SIZE, 3)}, got"
                    f" {chip.dtype} of shape {chip.shape}; use align() to cut them out"
                )
        vectors = np.empty((len(chips), self.dim), np.float32)
        size = self._fixed_batch or self.config.batch
        for start in range(0, len(chips), size):
            found = self._run(np.stack(list(chips[start : start + size])))
            length = np.linalg.norm(found, axis=1, keepdims=True)
            length[~(np.isfinite(length) & (length > 0))] = np.nan
            vectors[start : start + size] = found / length
        return vectors

    def _run(self, chips: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return (len(chips), dim); at most a batch of chips."""
        blob = (chips.astype(np.float32) - self._mean) * self._scale
        missing = (self._fixed_batch or len(chips)) - len(chips)
        if missing:  # the network wants a full batch
            blob = np.concatenate([blob, np.zeros((missing, *blob.shape[1:]), np.float32)])
        if not self._channels_last:
            blob = np.ascontiguousarray(blob.transpose(0, 3, 1, 2))
        found = self._session.run([self._output], {self._input: blob.astype(self._dtype)})[0]
        return np.asarray(found, np.float32).reshape(len(found), -1)[: len(chips)]

    def _read_input(self) -> None:
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        shape = list(inputs[0].shape) if len(inputs) == 1 else []
        sizes = [side if isinstance(side, int) and side > 0 else None for side in shape]
        layouts = {False: [3, CHIP_SIZE, CHIP_SIZE], True: [CHIP_SIZE, CHIP_SIZE, 3]}
        fitting = [
            channels_last
            for channels_last, wanted in layouts.items()
            if len(sizes) == 4
            and all(size in (None, side) for size, side in zip(sizes[1:], wanted, strict=True))
        ]
        if not fitting or inputs[0].type not in _DTYPES:
            got = ", ".join(f"{own.name} {own.shape} {own.type}" for own in inputs)
            raise InputError(
                f"{self._path}: expected {_EXPECTED}: one input of (batch, 3, 112, 112) or"
                f" (batch, 112, 112, 3) floats, got {got}; {_REMEDY}"
            )
        self._channels_last = fitting[0]  # a network that leaves all sides open: as ArcFace's own
        self._fixed_batch = sizes[0]
        self._dtype = _DTYPES[inputs[0].type]
        self._input, self._output = inputs[0].name, outputs[0].name

    def _probe(self) -> int:
        """Run the network once; returns the length of its vectors."""
        grey = np.full((2, CHIP_SIZE, CHIP_SIZE, 3), 128, np.uint8)[: self._fixed_batch or 2]
        try:
            found = self._run(grey)
        except Exception as error:  # onnxruntime's errors have no common base class
            raise InputError(
                f"{self._path}: expected {_EXPECTED}, got a network that does not run"
                f" ({_one_line(error)}); {_REMEDY}"
            ) from error
        if len(found) != len(grey) or found.shape[1] < 2:
            raise InputError(
                f"{self._path}: expected {_EXPECTED} whose first output has a vector for each face,"
                f" got {found.shape} numbers for {len(grey)} faces; {_REMEDY}"
            )
        return int(found.shape[1])


def _import(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise InputError(
            f"a face model in an .onnx file needs {name}, which cannot be imported ({error});"
            " run: pip install 'castlist[onnx]', or leave the face model at dlib"
        ) from error


def _read_graph(onnx: Any, path: Path) -> Any:
    try:
        graph = onnx.load(path, load_external_data=False).graph
    except Exception as error:  # protobuf's own error, of whatever protobuf is installed
        raise _no_network(path, _one_line(error)) from error
    if not graph.node:
        raise _no_network(path, "it is empty")
    return graph


def _start(runtime: Any, path: Path, threads: int) -> Any:
    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3  # errors only; they are raised as well
    # Another network runs beside this one: threads that wait busily take its processor away.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors have no common base class
        raise _no_network(path, _one_line(error)) from error


def _no_network(path: Path, why: str) -> InputError:
    return InputError(
        f"{path}: expected {_EXPECTED}, got a file that is no ONNX network ({why}); {_REMEDY}"
    )


def _normalises(graph: Any, network_input: str) -> bool:
    """Say whether the network begins with a shift and a factor of its own."""
    steps: set[str] = set()
    values = {network_input}
    for node in graph.node:  # sorted: no node comes before what it reads
        if values & set(node.input):
            if node.op_type not in {"Sub", "Add", "Mul", "Div", "Cast", "Transpose", "Identity"}:
                break
            steps.add(node.op_type)
            values |= set(node.output)
    return bool(steps & {"Sub", "Add"}) and bool(steps & {"Mul", "Div"})


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


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
