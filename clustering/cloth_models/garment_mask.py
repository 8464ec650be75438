"""Which pixels are garments, by an ONNX file of castlist, or a U2-Net for clothes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ...data.runtime.onnx_files import Wanted, open_onnx

_WANTED = Wanted(
    expected=(
        "the mask.onnx of castlist train --task segment, or a U2-Net for clothes of four classes"
    ),
    remedy="give such a file, or leave --cloth-mask out",
)
_U2NET_SIDE = 768


class GarmentMask:
    """A network that finds garments.

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
        InputError: there is no such file, or it is another network.
    """

    def __init__(self, path: str | Path) -> None:
        path = Path(path)
        self._network, sha256 = open_onnx(path, _WANTED)
        self.card = f"garment mask {sha256}"
        given, answer = self._network.shape, self._network.output_shapes[0]
        self._find: Callable[[NDArray[np.uint8]], NDArray[np.float32]]
        if self._network.dtype == np.uint8 and (len(given), len(answer)) == (4, 3) and given[1]:
            self._side, self._find = given[1], self._ours
        elif (given[1:2], answer[1:2]) == ((3,), (4,)) and len(given) == len(answer) == 4:
            self._side, self._find = given[2] or _U2NET_SIDE, self._u2net
        else:
            raise _WANTED.but(path, f"a network from {self._network.takes} to {list(answer)}")

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
        return np.asarray(self._network.run(square[None])[0][0], np.float32)

    def _u2net(self, square: NDArray[np.uint8]) -> NDArray[np.float32]:
        planes = square.transpose(2, 0, 1)[None].astype(np.float32) / 127.5 - 1
        scores = self._network.run(planes)[0][0]
        share = np.exp(scores - scores.max(axis=0))
        return np.asarray(1 - share[0] / share.sum(axis=0), np.float32)
