"""Every set of clothes to train on, by name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from ..errors import InputError
from .ccp import read_ccp
from .deepfashion import read_attribute_prediction, read_consumer_to_shop, read_inshop
from .deepfashion2 import read_deepfashion2
from .folders import read_clothing, read_folder
from .garments import Garments
from .imaterialist import read_imaterialist
from .result_tracks import read_tracks

READERS: dict[str, Callable[[Path], Garments]] = {
    "deepfashion-inshop": partial(read_inshop, label="item+colour"),
    "deepfashion-inshop-item": partial(read_inshop, label="item"),
    "deepfashion-c2s": read_consumer_to_shop,
    "deepfashion-attr": read_attribute_prediction,
    "deepfashion2": read_deepfashion2,
    "imaterialist": read_imaterialist,
    "ccp": read_ccp,
    "clothing": read_clothing,
    "folder": read_folder,
    "tracks": read_tracks,
}
"""Names on the command line; ``deepfashion-inshop-item`` is the published protocol's label."""


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
