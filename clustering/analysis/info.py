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
    "av", "hdbscan", "numpy", "opencv-python-headless", "openvino", "pyarrow",
    "scenedetect-headless", "scikit-learn", "scipy", "dlib-bin", "face-recognition",
    "albumentations", "onnxruntime", "pytorch-lightning", "torch", "torchvision",
)  # fmt: skip


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
            "networks that can be fetched, and where they are: castlist models",
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
