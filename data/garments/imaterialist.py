"""Reader of iMaterialist Fashion 2019 and 2020: garments with masks, none matched across photos.

Source: the FGVC6 and FGVC7 challenges; Jia et al., "Fashionpedia", ECCV 2020.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv

from ..errors import InputError, quoted
from ..files import json_of
from .garments import Garments, Row
from .masks import RunMask
from .odd_rows import OddRows

LICENCE = (
    "the annotations of iMaterialist Fashion (Fashionpedia) are CC BY 4.0; the photos belong to"
    " their photographers, and the challenge's rules allow non-commercial research and education"
    " only. The pictures must not be passed on"
)
_LABEL = "each garment of each photo: no garment is known in two photos"
NUM_GARMENTS = 13
"""Categories 0 to 12 are worn on upper body, lower body or both; then come accessories, parts."""

_COLUMNS = ("ImageId", "EncodedPixels", "Height", "Width", "ClassId")
_BLOCK_BYTES = 1 << 26  # a row, with its mask, must fit into one block


def read_imaterialist(root: str | Path) -> Garments:
    """Read iMaterialist Fashion; the header of train.csv says whether it is 2019's or 2020's.

    Args:
        root: the folder that holds train.csv, train/ with the photos and, if it is there,
            label_descriptions.json with the names of the categories.

    Returns:
        One row per garment of a photo, each an item, all of them train. 2019 gives the parts
        of a garment in several rows, which are joined; 2020 has one row each. Accessories and
        parts of garments (sleeves, zips) are left out.

    Raises:
        InputError: a file is missing, or a row of it is wrong (file and line are named).
    """
    root = Path(root)
    path = root / "train.csv"
    names = _category_names(root / "label_descriptions.json")
    rows: list[Row] = []
    joined: dict[str, int] = {}
    odd = OddRows()
    for number, cells in _rows(path, odd):
        with odd.row():
            row = _garment(cells, names, f"{path} line {number}", number)
            if row is None:
                continue
            known = joined.setdefault(row.item, len(rows))
            if known == len(rows):
                rows.append(row)
                continue
            earlier, part = rows[known].mask, row.mask
            assert isinstance(earlier, RunMask)
            assert isinstance(part, RunMask)
            rows[known] = row._replace(
                mask=dataclasses.replace(earlier, runs=(*earlier.runs, *part.runs))
            )
    notes = odd.notes()
    taken = sum(len(row.mask.runs) for row in rows if isinstance(row.mask, RunMask))
    if others := odd.num_rows - odd.num_odd - taken:
        notes = (f"{others} accessories and parts of garments", *notes)
    return Garments.of_rows("imaterialist", LICENCE, root, rows, left_out=notes, label=_LABEL)


def _garment(cells: dict[str, str], names: dict[int, str], where: str, number: int) -> Row | None:
    """Return what a row of the table says, None where it is no garment."""
    category = _whole(cells["ClassId"].partition("_")[0], "ClassId", where)
    height, width = (_whole(cells[name], name, where) for name in ("Height", "Width"))
    if category >= NUM_GARMENTS:
        return None
    photo = cells["ImageId"] if cells["ImageId"].endswith(".jpg") else f"{cells['ImageId']}.jpg"
    item = str(number) if "AttributesIds" in cells else cells["ClassId"]
    return Row(
        path=f"train/{photo}",
        item=f"{photo}#{item}",
        category=names.get(category, str(category)),
        mask=RunMask((cells["EncodedPixels"],), height, width, where),
    )


def _rows(path: Path, odd: OddRows) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (line, cells by column); line 1 is the header."""

    def leave_out(row: Any) -> str:
        odd.num_rows += 1
        why = f"line {row.number}: Expected {row.expected_columns} columns, got"
        odd.leave_out(
            InputError(f"{path}: expected comma-separated values ({why} {row.actual_columns})")
        )
        return "skip"

    # pyarrow, because the csv module refuses cells as long as these masks are.
    try:
        with path.open("rb") as file:
            header = file.readline().decode("utf-8-sig").strip().split(",")
        if missing := [name for name in _COLUMNS if name not in header]:
            raise InputError(
                f"{path} line 1: expected the columns {', '.join(_COLUMNS)}, without"
                f" {', '.join(missing)} it cannot be read"
            )
        reader = pyarrow.csv.open_csv(
            path,
            read_options=pyarrow.csv.ReadOptions(use_threads=False, block_size=_BLOCK_BYTES),
            parse_options=pyarrow.csv.ParseOptions(invalid_row_handler=leave_out),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(header, pa.string())
            ),
        )
        number = 1
        for batch in reader:
            for cells in batch.to_pylist():
                number += 1
                yield number, cells
    except FileNotFoundError:
        raise InputError(f"expected {path}, found no such file") from None
    except (pa.ArrowInvalid, UnicodeDecodeError) as error:
        # pyarrow counts the header as row 1 too
        message = " ".join(str(error).split())[:200].replace("Row #", "line ")
        raise InputError(f"{path}: expected comma-separated values ({message})") from None


def _whole(text: str, column: str, where: str) -> int:
    if not text.isdecimal():
        raise InputError(f"{where}: {column}: expected a whole number, got {quoted(text)}")
    return int(text)


def _category_names(path: Path) -> dict[int, str]:
    if not path.is_file():
        return {}
    try:
        described: Any = json_of(path.read_text(encoding="utf-8"))
        return {int(one["id"]): str(one["name"]) for one in described["categories"]}
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{path}: expected JSON with categories of id and name, but {error!r}"
        ) from None
