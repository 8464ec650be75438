"""Readers of plain folders: one sub-folder an item, or garments listed in images.csv."""

from __future__ import annotations

import csv
from pathlib import Path

from ..errors import InputError
from ..files import openable
from .garments import Garments, Row

FOLDER_LICENCE = "these are your own pictures: castlist does not know their terms"
CLOTHING_LICENCE = "CC0: the Clothing Dataset's contributors gave up their rights"
PICTURES = {".jpg", ".jpeg", ".png", ".webp", ".bmp"}
_NO_GARMENT = ("Skip", "Other", "Not sure")


def read_folder(root: str | Path) -> Garments:
    """Read a folder with one sub-folder for each item.

    Args:
        root: ``root/<item>/<picture>``; pictures may lie deeper; hidden files are ignored.

    Returns:
        All rows are train. The item is the name of the sub-folder.

    Raises:
        InputError: no folder, or fewer than two items in it.
    """
    root = Path(root)
    if not root.is_dir():
        raise InputError(f"{root}: expected a folder with one sub-folder for each item")
    rows = [
        Row(path=path.relative_to(root).as_posix(), item=folder.name)
        for folder in sorted(root.iterdir())
        if folder.is_dir() and not folder.name.startswith(".")
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in PICTURES and not path.name.startswith(".")
    ]
    if (num_items := len({row.item for row in rows})) < 2:
        raise InputError(
            f"{root}: expected pictures in a sub-folder for each of at least two items, such as"
            f" {root.name}/red coat/1.jpg, got {num_items}"
        )
    return Garments.of_rows("folder", FOLDER_LICENCE, root, rows)


def read_clothing(root: str | Path) -> Garments:
    """Read the Clothing Dataset: garments photographed flat or on a hanger.

    Source: A. Grigorev, "Clothing dataset (full)", 2020.

    Args:
        root: the folder that holds images.csv (image, sender_id, label, kids) and
            images/<image>.jpg.

    Returns:
        One row per photo, each an item; all of them train. Photos whose label says that they
        show no certain garment are left out.

    Raises:
        InputError: images.csv is missing or a row of it is wrong (its line is named).
    """
    root = Path(root)
    path = root / "images.csv"
    rows, num_rows = [], 0
    try:
        with openable(path).open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            if missing := {"image", "label"} - set(reader.fieldnames or ()):
                raise InputError(
                    f"{path} line 1: expected the columns image and label too, found no"
                    f" {' and no '.join(sorted(missing))}"
                )
            for cells in reader:
                num_rows += 1
                image, label = cells["image"], cells["label"]
                if not image or not label or None in cells:
                    raise InputError(
                        f"{path} line {reader.line_num}: expected as many cells as the header has,"
                        " with an image and a label"
                    )
                if label not in _NO_GARMENT:
                    rows.append(Row(path=f"images/{image}.jpg", item=image, category=label))
    except FileNotFoundError:
        raise InputError(f"expected {path}, found no such file") from None
    note = f"{num_rows - len(rows)} photos labelled {', '.join(_NO_GARMENT)}"
    return Garments.of_rows(
        "clothing", CLOTHING_LICENCE, root, rows, left_out=(note,) if len(rows) < num_rows else ()
    )
