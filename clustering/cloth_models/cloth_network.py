"""The network of cloth vectors: one that ships, one exported as ONNX, or an encoder in torch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ...data.clothes.cloth_crop import Crops
from ...data.errors import InputError
from ...data.runtime.model_cards import shipped
from ...data.runtime.networks import Network
from ...data.runtime.onnx_files import Wanted, open_onnx

SHIPPED = {"efficientnet_lite0": "cloth_imagenet_lite0", "film_lite0": "cloth_film_lite0"}
"""Networks that ship: the name of the encoder in train, and the name of its card."""

TORCH_NAMES = ("resnet18", "resnet50", "convnext_tiny", "vit_small")
"""Encoders with ImageNet weights that torchvision or timm fetches, and torch runs."""

_INPUT, _OUTPUT = "crops", "vectors"
_WANTED = Wanted(
    expected="a cloth encoder that castlist train export wrote (crops in, vectors out)",
    remedy="export it again, or give the encoder.safetensors",
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


def load_cloth_network(name: str) -> ClothNetwork:
    """Load the network.

    Args:
        name: of ``SHIPPED`` or ``TORCH_NAMES``, or the path of an .onnx file from ``castlist train
            export``, or of an encoder.safetensors.

    Raises:
        InputError: no such name or file, torch is missing where it is needed, or the file is no
            cloth encoder.
    """
    if name in SHIPPED:
        return _shipped(SHIPPED[name])
    for ending, load in FILES.items():
        if name.endswith(ending):
            return load(name)
    if name in TORCH_NAMES:
        return _by_torch(name)
    raise InputError(
        f"encoder: expected one of {', '.join([*SHIPPED, *TORCH_NAMES])} or the path of an"
        f" {' or '.join(FILES)} file, got {name!r}"
    )


class _OnnxNetwork:
    def __init__(self, network: Network, dim: int, card: str) -> None:
        self._network, self.dim, self.card = network, dim, card
        self.input_size = int(network.shape[1] or 0)

    def __call__(self, crops: Crops) -> NDArray[np.float32]:
        return np.array(self._network.run(crops)[0])


def _shipped(name: str) -> ClothNetwork:
    card, content = shipped(name)
    return _OnnxNetwork(Network(content), card["dim"], f"{name} {card['sha256'][:12]}")


def _exported(name: str) -> ClothNetwork:
    path = Path(name)
    network, sha256 = open_onnx(path, _WANTED)
    if [network.inputs, network.outputs] != [(_INPUT,), (_OUTPUT,)] or len(network.shape) != 4:
        names = ", ".join(network.inputs + network.outputs)
        raise _WANTED.but(path, f"a network of {names}")
    return _OnnxNetwork(network, int(network.output_shapes[0][1] or 0), f"onnx {sha256}")


def _by_torch(name: str) -> ClothNetwork:
    try:
        import torch  # noqa: F401 - only looked for: the next line needs it
    except ImportError as error:
        raise InputError(
            f"--cloth-model {name} needs torch, which cannot be imported ({error}); run: pip"
            " install 'castlist[train]', or give an .onnx file that castlist train export made"
        ) from error
    from ...train.networks.inference import TorchNetwork

    return TorchNetwork(name)


FILES: dict[str, Callable[[str], ClothNetwork]] = {
    ".onnx": _exported,
    ".safetensors": _by_torch,
}
"""By the ending of a file."""
