"""PersonMask: which pixels of a picture are a person."""

from __future__ import annotations

import importlib.resources

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..runtime.networks import Network

WEIGHTS = "selfie_segmentation.tflite"
_CARD = "mediapipe-selfie-segmentation-general-0.1.1675465747"
_SIDE_PX = 256

# OpenVINO does not know the network's last layer, a transposed convolution of one plane, which a
# matrix product computes quickly. So the network is made to end before it. The file lists its steps
# and its output at these bytes, as little-endian int32 (offset, value, new value), and holds that
# layer's numbers, float16, further up. A test checks the file's hash.
_ENDS_EARLIER = ((216048, 246, 242), (227348, 249, 245))
_KERNEL_AT, _BIAS_AT = 1168, 1152
_LAST_OUTPUT = "add_13__xeno_compat__1"
_ROOT = __name__.rpartition(".data.")[0]


class PersonMask:
    """MediaPipe's selfie segmentation.

    Made for people within two metres, so give it the portrait of a face (``boxes.portrait_boxes``)
    rather than a wide picture with small people in it. It does not separate two people.
    Source: MediaPipe Selfie Segmentation, general model, Apache-2.0; see its card in checkpoints.

    Attributes:
        card: names the weights: same card, same mask.

    Raises:
        InputError: the weights are not in the installed package.
    """

    def __init__(self) -> None:
        weights = importlib.resources.files(f"{_ROOT}.checkpoints") / WEIGHTS
        if not weights.is_file():
            raise InputError(
                f"expected the weights {WEIGHTS} among castlist's checkpoints, found no such file;"
                " install castlist again"
            )
        content = np.frombuffer(weights.read_bytes(), np.uint8).copy()
        for offset, given, wanted in _ENDS_EARLIER:
            number = content[offset : offset + 4].view("<i4")
            if number.tolist() != [given]:
                raise InputError(
                    f"expected the weights {WEIGHTS} that castlist came with, found another file of"
                    " that name; install castlist again"
                )
            number[:] = wanted
        self._net = Network(content.tobytes(), "tflite", (1, _SIDE_PX, _SIDE_PX, 3), [_LAST_OUTPUT])
        self.card = _CARD
        kernel = np.frombuffer(content, "<f2", count=64, offset=_KERNEL_AT)
        self._kernel = kernel.astype(np.float32).reshape(4, 16)  # four pixels from sixteen planes
        self._bias = np.frombuffer(content, "<f2", count=1, offset=_BIAS_AT).astype(np.float32)

    def mask(self, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Find the people in a picture.

        Args:
            picture: (height, width, 3) uint8, red green blue. Of any shape: it is squeezed into a
                square, as MediaPipe does.

        Returns:
            (height, width) float32, 0..1, how likely each pixel is a person.
        """
        height, width = picture.shape[:2]
        square = cv2.resize(picture, (_SIDE_PX, _SIDE_PX), interpolation=cv2.INTER_LINEAR)
        (cells,) = self._net.run(square[None].astype(np.float32) / 255)
        resized = cv2.resize(
            self._last_layer(cells[0]), (width, height), interpolation=cv2.INTER_LINEAR
        )
        return np.asarray(np.clip(resized, 0, 1), np.float32)

    def _last_layer(self, planes: NDArray[np.float32]) -> NDArray[np.float32]:
        """Turn (half, half, 16) into probabilities, (side, side): of each cell, 2 x 2 pixels."""
        half = planes.shape[0]
        # not @, whose threads would wait for each other and for the network beside this one
        product = np.einsum("cp,np->cn", self._kernel, planes.reshape(-1, 16))
        cells = (product + self._bias).reshape(2, 2, half, half)
        logits = cells.transpose(2, 0, 3, 1).reshape(2 * half, 2 * half)
        probability: NDArray[np.float32] = 1 / (1 + np.exp(-np.clip(logits, -60, 60)))
        return probability
