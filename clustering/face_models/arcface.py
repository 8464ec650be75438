"""Face vectors from an ONNX file that the user gives, in the convention of ArcFace.

The convention (Deng et al., "ArcFace: Additive Angular Margin Loss for Deep Face Recognition", CVPR
2019; the insightface project): a face of 112 x 112 pixels, red green blue, brought by a similarity
transform as near as it gets to five reference points; pixels as (value - 127.5) / 127.5; compared
by angle. A network that begins with a shift and a factor of its own, as the early MXNet ones do,
gets 0..255. No weights ship: those that insightface publishes are for non-commercial research.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...data.runtime.networks import Network
from ...data.runtime.onnx_files import Wanted, open_onnx
from .alignment import FaceAligner
from .base import Detections, Picture, check_chips, lengths

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

_BATCH = 32  # faces at once, where the network leaves it open

_ALIGNMENT = "arcface chips 112 px v1"
_WANTED = Wanted(
    expected="a face model in the convention of ArcFace (an .onnx file, 112 x 112 pixels)",
    remedy="give the path of such a file, or leave the face model at auto",
)


class ArcFace:
    """Embedder for an ONNX file in the convention of ArcFace; the vectors are unit rows.

    Two people are 1.2 and more apart: insightface's own example calls two faces one person from a
    cosine of 0.28, and unit vectors of that cosine are sqrt(2 - 2 * 0.28) = 1.2 apart.

    Args:
        path: the file. Input (batch, 3, 112, 112) or (batch, 112, 112, 3), the batch free or fixed;
            the first output holds one vector a face.

    Raises:
        InputError: there is no such file, it is no ONNX file, or it holds a network of other inputs
            or outputs.
    """

    other_person_distance = 1.2

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        self._network, sha256 = open_onnx(self._path, _WANTED)
        self._aligner = FaceAligner()
        self._channels_last, self._fixed_batch = self._read_input()
        self._mean, self._scale = (0.0, 1.0) if _normalises(self._network) else (MEAN, SCALE)
        self.dim = self._probe()
        self.card = f"arcface sha256={sha256}, {_ALIGNMENT}"

    def align(self, picture: Picture, faces: Detections) -> NDArray[np.uint8]:
        """Cut out aligned faces.

        Args:
            picture: (height, width, 3) uint8.
            faces: the faces; rows without landmarks (NaN) have boxes as dlib draws them, in which
                dlib's predictor looks for the points.

        Returns:
            (num_faces, 112, 112, 3) uint8; black where the picture ends.
        """
        return self._aligner.cut_out(picture, faces, REFERENCE_POINTS, CHIP_SIZE)

    def embed(self, chips: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """Turn aligned faces into vectors.

        Args:
            chips: each (112, 112, 3) uint8, red green blue; one array of all of them will do.

        Returns:
            (len(chips), dim) float32, unit rows; NaN where the network's answer has no direction.

        Raises:
            ValueError: a chip of another shape or dtype.
        """
        check_chips(chips, CHIP_SIZE)
        vectors = np.empty((len(chips), self.dim), np.float32)
        size = self._fixed_batch or _BATCH
        for start in range(0, len(chips), size):
            found = self._run(np.stack(list(chips[start : start + size])))
            vectors[start : start + size] = found / lengths(found)
        return vectors

    def _run(self, chips: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return (len(chips), dim); at most a batch of chips."""
        blob = (chips.astype(np.float32) - self._mean) * self._scale
        missing = (self._fixed_batch or len(chips)) - len(chips)
        if missing:  # the network wants a full batch
            blob = np.concatenate([blob, np.zeros((missing, *blob.shape[1:]), np.float32)])
        if not self._channels_last:
            blob = np.ascontiguousarray(blob.transpose(0, 3, 1, 2))
        found = self._network.run(blob)[0]
        if len(found) != len(blob):  # OpenVINO may cut what does not fit a layer into more rows
            raise ValueError(f"{len(found)} vectors for {len(blob)} faces")
        return found.reshape(len(found), -1)[: len(chips)]

    def _read_input(self) -> tuple[bool, int | None]:
        """Return whether colours come last, and the number of faces in a batch, None = any."""
        sizes = self._network.shape
        layouts = {False: [3, CHIP_SIZE, CHIP_SIZE], True: [CHIP_SIZE, CHIP_SIZE, 3]}
        fitting = [
            channels_last
            for channels_last, wanted in layouts.items()
            if len(sizes) == 4
            and all(size in (None, side) for size, side in zip(sizes[1:], wanted, strict=True))
        ]
        if not fitting or self._network.dtype.kind != "f":
            having = ": one input of (batch, 3, 112, 112) or (batch, 112, 112, 3) floats"
            raise _WANTED.but(self._path, self._network.takes, having)
        return fitting[0], sizes[0]  # all sides open counts as ArcFace's

    def _probe(self) -> int:
        """Run the network once; returns the length of its vectors."""
        grey = np.full((2, CHIP_SIZE, CHIP_SIZE, 3), 128, np.uint8)[: self._fixed_batch or 2]
        try:
            found = self._run(grey)
        except Exception as error:  # OpenVINO's errors have no base class of their own
            raise _WANTED.but_fails(self._path, error) from error
        if len(found) != len(grey) or found.shape[1] < 2:
            having = " whose first output has a vector for each face"
            got = f"{found.shape} numbers for {len(grey)} faces"
            raise _WANTED.but(self._path, got, having)
        return int(found.shape[1])


def _normalises(network: Network) -> bool:
    """Say whether the network begins with a shift and a factor of its own."""
    steps = set(network.starts_with())
    return bool(steps & {"Subtract", "Add"}) and bool(steps & {"Multiply", "Divide"})
