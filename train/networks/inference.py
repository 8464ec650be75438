"""An encoder in torch as clustering asks it: crops in, vectors out."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from .checkpoint import load_encoder
from .encoder import folded, planes


class TorchNetwork:
    """Turns crops into vectors, on the processor in float32.

    Args:
        name: as for ``load_encoder``.

    Raises:
        InputError: as ``load_encoder``.
    """

    def __init__(self, name: str) -> None:
        encoder, card = load_encoder(name)
        self._encoder = folded(encoder).to(memory_format=torch.channels_last)
        self.input_size, self.dim = self._encoder.input_size, self._encoder.dim
        self.card = f"{card['name']} {card['sha256'][:12]}"

    def __call__(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Describe crops (n, side, side, 4) uint8: (n, dim) float32, unit rows."""
        with torch.inference_mode():
            vectors = self._encoder(*planes(torch.from_numpy(np.ascontiguousarray(crops))))
        found: NDArray[np.float32] = vectors.numpy()
        return found
