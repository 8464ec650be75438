"""What ``castlist info`` says: versions, weights with origin and licence, the cache."""

from __future__ import annotations

import functools
import json
import platform
import textwrap
from importlib import resources
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from ... import __version__, checkpoints
from .cache import size_bytes

_LIBRARIES = (
    "av", "hdbscan", "numpy", "opencv-python-headless", "openvino", "pyarrow",
    "scenedetect-headless", "scikit-learn", "scipy", "dlib-bin", "face-recognition",
    "albumentations", "onnxruntime", "pytorch-lightning", "torch", "torchvision",
)  # fmt: skip


_WIDTH = 100  # of a line, letters


def describe(cache: Path) -> str:
    """Return everything worth knowing about this installation, in lines."""
    return "\n".join(
        [
            f"castlist {__version__}, Python {platform.python_version()}, {platform.platform()}",
            "",
            "libraries",
            *(f"  {name:<28} {number}" for name, number in versions().items()),
            "",
            "weights that ship with castlist",
            *_shipped(),
            "",
            "networks that can be fetched, and where they are: castlist models",
            "",
            f"cache: {cache} ({size_bytes(cache) / 1e6:.0f} MB)",
        ]
    )


def facts(cache: Path) -> dict[str, Any]:
    """Return the same in the types of JSON."""
    return {
        "castlist": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "libraries": versions(),
        "weights": _cards(),
        "cache": {"folder": str(cache), "bytes": size_bytes(cache)},
    }


def versions() -> dict[str, str]:
    """Return the version of each library, by its name."""
    return {name: _version(name) for name in _LIBRARIES}


@functools.cache  # reading what pip noted of 16 libraries takes longer than grouping a short film
def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _shipped() -> list[str]:
    return [
        textwrap.fill(
            f"{card['name']}: {card['what']}; {card['licence']}; from {card['origin']}",
            width=_WIDTH, initial_indent="  ", subsequent_indent="    ",
            break_long_words=False, break_on_hyphens=False,
        )
        for card in _cards()
    ]  # fmt: skip


def _cards() -> list[dict[str, Any]]:
    files = sorted(resources.files(checkpoints).iterdir(), key=lambda file: file.name)
    return [json.loads(file.read_text("utf-8")) for file in files if file.name.endswith(".json")]
