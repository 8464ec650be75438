"""Every set of clothes to train on, by name; a reader is imported when it reads."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError

if TYPE_CHECKING:
    from .garments import Garments


def read_garments(name: str, root: str | Path) -> Garments:
    """Read a set of clothes.

    Args:
        name: one of ``READERS``.
        root: its folder.

    Raises:
        InputError: no such name or folder, or what lies there is not such a set.
    """
    if name not in READERS:
        raise InputError(f"data: expected one of {', '.join(READERS)}, got {name!r}")
    root = Path(root)
    if not root.is_dir():
        raise InputError(f"{root}: expected the folder of {name}, found no such folder")
    return READERS[name](root)


def _inshop(root: Path, label: str) -> Garments:
    from .deepfashion import read_inshop

    return read_inshop(root, label=label)


def _consumer_to_shop(root: Path) -> Garments:
    from .deepfashion import read_consumer_to_shop

    return read_consumer_to_shop(root)


def _attribute_prediction(root: Path) -> Garments:
    from .deepfashion import read_attribute_prediction

    return read_attribute_prediction(root)


def _deepfashion2(root: Path) -> Garments:
    from .deepfashion2 import read_deepfashion2

    return read_deepfashion2(root)


def _imaterialist(root: Path) -> Garments:
    from .imaterialist import read_imaterialist

    return read_imaterialist(root)


def _ccp(root: Path) -> Garments:
    from .ccp import read_ccp

    return read_ccp(root)


def _clothing(root: Path) -> Garments:
    from .folders import read_clothing

    return read_clothing(root)


def _folder(root: Path) -> Garments:
    from .folders import read_folder

    return read_folder(root)


def _tracks(root: Path) -> Garments:
    from .result_tracks import read_tracks

    return read_tracks(root)


READERS: dict[str, Callable[[Path], Garments]] = {
    "deepfashion-inshop": partial(_inshop, label="item+colour"),
    "deepfashion-inshop-item": partial(_inshop, label="item"),
    "deepfashion-c2s": _consumer_to_shop,
    "deepfashion-attr": _attribute_prediction,
    "deepfashion2": _deepfashion2,
    "imaterialist": _imaterialist,
    "ccp": _ccp,
    "clothing": _clothing,
    "folder": _folder,
    "tracks": _tracks,
}
"""Names on the command line; ``deepfashion-inshop-item`` is the published protocol's label."""
