"""Reader of DeepFashion2: several garments a picture, matched between users and shops.

Source: Ge et al., "DeepFashion2: A Versatile Benchmark for Detection, Pose Estimation,
Segmentation and Re-Identification of Clothing Images", CVPR 2019.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..files import json_of
from .garments import Garments, Row
from .masks import PolygonMask, polygon
from .odd_rows import OddRows

LICENCE = (
    "DeepFashion2 may be used for non-commercial research only, by agreement with its authors (The"
    " Chinese University of Hong Kong and SenseTime); the pictures must not be passed on. Weights"
    " trained on it fall under the same purpose"
)
_FOLDERS = {"train": "train", "validation": "test"}  # the real test set has no annotations
_KS = (1, 5, 10, 15, 20)  # of Recall@k, as published
_ROLES = {"user": "query", "shop": "gallery"}


def read_deepfashion2(root: str | Path) -> Garments:
    """Read DeepFashion2.

    Args:
        root: the folder that holds train/ and, if there is one, validation/, each with image/ and
            annos/.

    Returns:
        One row per garment of a style above 0 (style 0 is seen in one picture only); the item is
        pair and style, as published: two garments of one pair and style are one item, whatever
        category they were given. The published validation set is test: users' garments are queries,
        shops' the gallery, and among it those of style 0, which answer no query.

    Raises:
        InputError: no annotations, or more than one in a hundred is wrong (its file is named).
    """
    root = Path(root)
    rows, num_left_out, odd = list[Row](), 0, OddRows()
    for folder, split in _FOLDERS.items():
        for path in sorted((root / folder / "annos").glob("*.json")):
            with odd.row():
                found, skipped = _read(path, folder, split)
                rows += found
                num_left_out += skipped
    notes = odd.notes()
    if not rows:
        raise InputError(
            f"{root}: expected garments of a style above 0 in train/annos/*.json, found none; give"
            " the folder that holds train/"
        )
    if num_left_out:
        notes = (f"{num_left_out} garments of style 0, which no other picture shows", *notes)
    return Garments.of_rows("deepfashion2", LICENCE, root, rows, left_out=notes, ks=_KS)


def _read(path: Path, folder: str, split: str) -> tuple[list[Row], int]:
    try:
        annotation = json_of(path.read_text(encoding="utf-8"))
    except ValueError as error:
        line = f" line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise InputError(f"{path}{line}: expected JSON ({error})") from None
    try:
        role = _ROLES[annotation["source"]]
        garments = {key: value for key, value in annotation.items() if key.startswith("item")}
        distracts = split == "test" and role == "gallery"
        rows = [
            Row(
                path=f"{folder}/image/{path.stem}.jpg",
                item=_item(annotation["pair_id"], garment, f"{path.stem}_{key}"),
                split=split,
                role="any" if split == "train" else role,
                category=str(garment["category_name"]),
                box=_box(garment["bounding_box"]),
                mask=PolygonMask.of([polygon(part) for part in garment["segmentation"]]),
            )
            for key, garment in garments.items()
            if int(garment["style"]) > 0 or distracts
        ]
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise InputError(
            f"{path}: expected source (user or shop), pair_id, and items with category_id,"
            f" category_name, style, bounding_box and segmentation, but {error!r}"
        ) from None
    return rows, len(garments) - len(rows)


def _item(pair: Any, garment: dict[str, Any], alone: str) -> str:
    style = int(garment["style"])
    return f"{int(pair)}_{style}" if style > 0 else f"{int(pair)}_0_{alone}"


def _box(numbers: list[float]) -> tuple[float, ...]:
    x1, y1, x2, y2 = (float(number) for number in numbers)
    if not (x1 < x2 and y1 < y2):
        raise ValueError(f"bounding_box {numbers} is not x1 y1 x2 y2")
    return x1, y1, x2, y2
