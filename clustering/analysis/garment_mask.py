"""Which pixels are garments, by an ONNX file of castlist, or a U2-Net for clothes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ...data.runtime.onnx_files import OnnxFile, Wanted
from ...data.runtime.threads import share_of_threads

_WANTED = Wanted(
    kind="a mask of garments",
    expected=(
        "the mask.onnx of castlist train --task segment, or a U2-Net for clothes of four classes"
    ),
    remedy="give such a file, or leave --cloth-mask out",
    otherwise="leave --cloth-mask out",
)
_U2NET_SIDE = 768


class GarmentMask:
    """A network that finds garments, run by onnxruntime.

    Two conventions are recognised by their inputs and outputs:

    - castlist's: (n, side, side, 3) uint8 in, (n, side, side) float in 0..1 out;
    - U2-Net for clothes (github.com/levindabhi/cloth-segmentation, exported): (1, 3, side, side)
      float in -1..1 in, red green blue; the first output (1, 4, side, side) holds a score for
      background, upper body, lower body, whole body.

    Args:
        path: the file.

    Attributes:
        card: names the weights.

    Raises:
        InputError: onnxruntime is missing, there is no such file, or it is another network.
    """

    def __init__(self, path: str | Path) -> None:
        path = Path(path)
        file = OnnxFile(path, _WANTED, share_of_threads(2))
        self._session = file.session
        self.card = f"garment mask {file.sha256}"
        given, outputs = self._session.get_inputs()[0], self._session.get_outputs()[0]
        self._input = given.name
        self._find: Callable[[NDArray[np.uint8]], NDArray[np.float32]]
        if given.type == "tensor(uint8)" and len(given.shape) == 4 and len(outputs.shape) == 3:
            self._side, self._find = int(given.shape[1]), self._ours
        elif [given.shape[1:2], outputs.shape[1:2]] == [[3], [4]] and len(outputs.shape) == 4:
            free = not isinstance(given.shape[2], int)
            self._side, self._find = _U2NET_SIDE if free else given.shape[2], self._u2net
        else:
            raise _WANTED.but(path, f"a network from {given.shape} to {outputs.shape}")

    def mask(self, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Find garments.

        Args:
            picture: (height, width, 3) uint8, red green blue; it is scaled to a square.

        Returns:
            (height, width) float32, 0..1, how likely each pixel is a garment's.
        """
        height, width = picture.shape[:2]
        square = cv2.resize(picture, (self._side, self._side), interpolation=cv2.INTER_AREA)
        found = self._find(np.asarray(square, np.uint8))
        resized = cv2.resize(found, (width, height), interpolation=cv2.INTER_LINEAR)
        return np.asarray(np.clip(resized, 0, 1), np.float32)

    def _ours(self, square: NDArray[np.uint8]) -> NDArray[np.float32]:
        return np.asarray(self._run(square[None])[0], np.float32)

    def _u2net(self, square: NDArray[np.uint8]) -> NDArray[np.float32]:
        planes = square.transpose(2, 0, 1)[None].astype(np.float32) / 127.5 - 1
        scores = np.asarray(self._run(planes)[0], np.float32)
        share = np.exp(scores - scores.max(axis=0))
        return np.asarray(1 - share[0] / share.sum(axis=0), np.float32)

    def _run(self, pictures: NDArray[Any]) -> Any:
        return self._session.run(None, {self._input: pictures})[0]
