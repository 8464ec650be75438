"""The network of cloth vectors: an encoder in torch, or one exported as ONNX."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from ...data.clothes.cloth_crop import Crops
from ...data.runtime.compute import Compute
from ...data.runtime.onnx_files import OnnxFile, Wanted
from ...data.runtime.threads import share_of_threads
from ...train.networks.checkpoint import load_encoder
from ...train.networks.encoder import folded

_WANTED = Wanted(
    kind="a cloth encoder",
    expected="a cloth encoder that castlist export wrote (crops in, vectors out)",
    remedy="export it again, or give the encoder.safetensors",
    otherwise="give the encoder.safetensors",
)


class ClothNetwork(Protocol):
    """Turns crops into vectors.

    Attributes:
        input_size: side of the crops, pixels.
        dim: length of a vector.
        card: names the weights: same card, same vectors.
    """

    input_size: int
    dim: int
    card: str

    def __call__(self, crops: Crops) -> NDArray[np.float32]:
        """Return the vectors of crops (n, side, side, 4) uint8: (n, dim) float32, unit rows."""
        ...


def load_cloth_network(name: str, compute: Compute) -> ClothNetwork:
    """Load the network.

    Args:
        name: as for ``load_encoder``, or the path of an .onnx file from ``castlist export``.
        compute: device and precision of torch; an .onnx file runs on the processor in float32.

    Raises:
        InputError: as ``load_encoder``, or there is no such ONNX file, onnxruntime is missing, or
            the file is no cloth encoder.
    """
    by_ending = (load for ending, load in FILES.items() if name.endswith(ending))
    return next(by_ending, _TorchNetwork)(name, compute)


class _TorchNetwork:
    def __init__(self, name: str, compute: Compute) -> None:
        encoder, card = load_encoder(name)
        self._compute = compute
        self._encoder = folded(encoder).to(device=compute.device, dtype=compute.dtype)
        self._encoder.to(memory_format=torch.channels_last)
        self.input_size, self.dim = self._encoder.input_size, self._encoder.dim
        self.card = f"{card['name']} {card['sha256'][:12]}"

    def __call__(self, crops: Crops) -> NDArray[np.float32]:
        compute = self._compute
        with torch.inference_mode():
            # The memory layout is channels_last already: permute copies nothing.
            pictures = torch.from_numpy(np.ascontiguousarray(crops[..., :3])).permute(0, 3, 1, 2)
            masks = torch.from_numpy(np.ascontiguousarray(crops[..., 3]))[:, None]
            shares = (
                (planes.to(compute.device) / 255).to(compute.dtype) for planes in (pictures, masks)
            )
            vectors: NDArray[np.float32] = self._encoder(*shares).float().cpu().numpy()
        return vectors


class _OnnxNetwork:
    def __init__(self, name: str, _compute: Compute) -> None:
        path = Path(name)
        file = OnnxFile(path, _WANTED, share_of_threads(2))
        self._session = file.session
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        shapes = {part.name: part.shape for part in (*inputs, *outputs)}
        if shapes.keys() != {"crops", "vectors"} or len(shapes["crops"]) != 4:
            raise _WANTED.but(path, f"a network of {', '.join(shapes)}")
        self.input_size, self.dim = int(shapes["crops"][1]), int(shapes["vectors"][1])
        self.card = f"onnx {file.sha256}"

    def __call__(self, crops: Crops) -> NDArray[np.float32]:
        given = {"crops": np.ascontiguousarray(crops)}
        return np.asarray(self._session.run(["vectors"], given)[0], np.float32)


FILES: dict[str, Callable[[str, Compute], ClothNetwork]] = {
    ".onnx": _OnnxNetwork,
    ".safetensors": _TorchNetwork,
}
"""By the ending of a file; a name without one of these is one that torch knows."""
