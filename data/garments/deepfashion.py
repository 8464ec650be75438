"""Readers of three DeepFashion benchmarks: In-shop, Consumer-to-shop, Category and Attribute.

Source: Liu et al., "DeepFashion: Powering Robust Clothes Recognition and Retrieval with Rich
Annotations", CVPR 2016. Their lists are texts: the number of rows, the names of the columns, then
the rows, whose columns are padded with runs of blanks.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..errors import InputError, quoted, shortened
from .garments import SPLITS, Garments, Row
from .lists import find, lines, maybe, table
from .odd_rows import OddRows

LICENCE = (
    "DeepFashion may be used for non-commercial research only, by agreement with the Multimedia"
    " Laboratory, The Chinese University of Hong Kong; the pictures must not be passed on. Weights"
    " trained on it fall under the same purpose"
)
_PARTITION = "list_eval_partition.txt"
_COLOURS = (
    "a colour of an item; the published protocol compares items whatever their colour:"
    " deepfashion-inshop-item"
)
_NO_ITEMS = "the title of a product or a picture; the benchmark itself identifies no garment"


def read_inshop(root: str | Path, label: str = "item+colour") -> Garments:
    """Read the In-shop Clothes Retrieval benchmark.

    Args:
        root: the folder that holds Img/ and Eval/ (or Anno/) with list_eval_partition.txt.
        label: what makes two pictures the same clothes: ``item`` as in the published protocol,
            or ``item+colour``, since one item is sold in several colours.

    Returns:
        The published split: train as it is; query and gallery are test, in those roles. Boxes come
        from list_bbox_inshop.txt where that is there.

    Raises:
        InputError: a list is missing or a row of it is wrong (file and line are named).
    """
    _check_label(label, ("item", "item+colour"))
    root = Path(root)
    partition = find(root, _PARTITION, "Eval", "Anno", ".")
    odd = OddRows()
    boxes = _boxes(root, "list_bbox_inshop.txt", 7, odd)
    rows, first_seen = [], dict[str, tuple[bool, str]]()
    for where, (name, item, status) in table(partition, 3, odd):
        with odd.row():
            if status not in ("train", "query", "gallery"):
                raise InputError(f"{where}: expected train, query or gallery, got {quoted(status)}")
            trains = status == "train"
            if first_seen.setdefault(item, (trains, where))[0] != trains:
                raise InputError(
                    f"{where}: expected items either to train or to test with, but {item} is both"
                    f" (see {first_seen[item][1]}); fetch the list again"
                )
            colour = _colour(name, where) if label == "item+colour" else ""
            rows.append(
                Row(
                    path=_picture(root, name),
                    item=item + colour,
                    split="train" if trains else "test",
                    role="any" if trains else status,
                    category=_part(name, 2),
                    box=boxes.get(name),
                )
            )
    return Garments.of_rows(
        "deepfashion-inshop" if label == "item+colour" else "deepfashion-inshop-item",
        LICENCE,
        root,
        rows,
        left_out=odd.notes(),
        ks=(1, 10, 20, 30, 40, 50),
        label=_COLOURS if label == "item+colour" else "",
    )


def read_consumer_to_shop(root: str | Path) -> Garments:
    """Read the Consumer-to-shop Clothes Retrieval benchmark.

    Args:
        root: the folder that holds Img/ and Eval/ with list_eval_partition.txt.

    Returns:
        Each picture once, though the list has a row for each pair. Consumers' pictures are queries,
        shops' the gallery, which val and test share.

    Raises:
        InputError: a list is missing or a row of it is wrong (file and line are named).
    """
    root = Path(root)
    odd = OddRows()
    boxes = _boxes(root, "list_bbox_consumer2shop.txt", 7, odd)
    rows: dict[str, Row] = {}
    partition = find(root, _PARTITION, "Eval", ".")
    for where, (consumer, shop, item, split) in table(partition, 4, odd):
        with odd.row():
            _check_split(split, where)
            for name, role in ((consumer, "query"), (shop, "gallery")):
                row = Row(_picture(root, name), item, split, role, _part(name, 2), boxes.get(name))
                if (known := rows.setdefault(name, row)) != row:
                    raise InputError(
                        f"{where}: expected {name} to be {known.item} {known.split} {known.role} as"
                        f" above, got {item} {split} {role}; fetch the list again"
                    )
    return Garments.of_rows(
        "deepfashion-c2s",
        LICENCE,
        root,
        list(rows.values()),
        shared_gallery=True,
        left_out=odd.notes(),
    )


def read_attribute_prediction(root: str | Path, label: str = "title") -> Garments:
    """Read the Category and Attribute Prediction benchmark, in which no garment is identified.

    Args:
        root: the folder that holds Img/ and Eval/ with list_eval_partition.txt, or Anno_fine/.
        label: ``title`` takes pictures of one product title (their folder) for the same clothes,
            which is often, not always true; ``picture`` makes each picture an item.

    Returns:
        The published split, with the category of each picture. Attributes are not read.

    Raises:
        InputError: a list is missing or a row of it is wrong (file and line are named).
    """
    _check_label(label, ("title", "picture"))
    root = Path(root)
    fine = root / "Anno_fine"
    whole = any((root / place / _PARTITION).is_file() for place in ("Eval", "."))
    odd = OddRows()
    entries = _coarse(root, odd) if whole or not fine.is_dir() else _fine(root, fine, odd)
    rows = [
        Row(
            path=_picture(root, name),
            item=_part(name, 1) if label == "title" else name,
            split=split,
            category=category,
            box=box,
        )
        for name, split, category, box in entries
    ]
    return Garments.of_rows(
        "deepfashion-attr", LICENCE, root, rows, left_out=odd.notes(), label=_NO_ITEMS
    )


_Entry = tuple[str, str, str, tuple[float, ...] | None]


def _coarse(root: Path, odd: OddRows) -> Iterator[_Entry]:
    boxes = _boxes(root, "list_bbox.txt", 5, odd)
    names, numbers = _categories(root), {}
    if (path := maybe(root, "list_category_img.txt")) and names:
        for where, (name, number) in table(path, 2, odd):
            with odd.row():
                numbers[name] = _category(number, names, where)
    for where, (name, split) in table(find(root, _PARTITION, "Eval", "."), 2, odd):
        with odd.row():
            _check_split(split, where)
            yield name, split, numbers.get(name, ""), boxes.get(name)


def _fine(root: Path, folder: Path, odd: OddRows) -> Iterator[_Entry]:
    """Read the labels of 2020: texts whose lines belong together, without headers."""
    names = _categories(root)
    for split in SPLITS:
        pictures = lines(folder / f"{split}.txt")
        columns: dict[str, list[tuple[str, list[str]]]] = {}
        for kind in ("bbox", "cate"):
            path = folder / f"{split}_{kind}.txt"
            columns[kind] = list(lines(path)) if path.is_file() else []
        for row, (where, cells) in enumerate(pictures):
            of_row = {
                kind: _same_row(columns[kind], row, where) for kind in columns if columns[kind]
            }
            box, category = None, ""
            with odd.row():
                if "bbox" in of_row:
                    box = _box(*of_row["bbox"])
                if "cate" in of_row and names:
                    place, values = of_row["cate"]
                    category = _category(values[0], names, place)
                yield cells[0], split, category, box


def _same_row(lines: list[tuple[str, list[str]]], row: int, where: str) -> tuple[str, list[str]]:
    if row >= len(lines):
        raise InputError(
            f"{where}: expected a row for it in {lines[-1][0].rpartition(' line ')[0]} too, which"
            f" ends after {len(lines)}; fetch both files again"
        )
    return lines[row]


def _categories(root: Path) -> list[str]:
    path = maybe(root, "list_category_cloth.txt")
    # no row of this short list may be odd: the others are numbered by their places
    return [name for _, (name, _) in table(path, 2)] if path else []


def _category(number: str, names: list[str], where: str) -> str:
    if not number.isdecimal() or not 1 <= int(number) <= len(names):
        raise InputError(
            f"{where}: expected a category from 1 to {len(names)}, got {quoted(number)}"
        )
    return names[int(number) - 1]


def _boxes(root: Path, name: str, num_columns: int, odd: OddRows) -> dict[str, tuple[float, ...]]:
    path, boxes = maybe(root, name), dict[str, tuple[float, ...]]()
    for where, cells in table(path, num_columns, odd) if path else ():
        with odd.row():
            boxes[cells[0]] = _box(where, cells[-4:])
    return boxes


def _box(where: str, cells: list[str]) -> tuple[float, ...]:
    try:
        box = tuple(float(cell) for cell in cells)
    except ValueError:
        box = ()
    if len(box) != 4 or not (box[0] < box[2] and box[1] < box[3]):
        raise InputError(
            f"{where}: expected x1 y1 x2 y2 with x1 < x2 and y1 < y2, got"
            f" {shortened(' '.join(cells))}"
        )
    return box


def _picture(root: Path, name: str) -> str:
    return f"Img/{name}" if (root / "Img").is_dir() else name


def _part(name: str, place: int) -> str:
    parts = name.split("/")
    return parts[place] if place < len(parts) - 1 else ""


def _colour(name: str, where: str) -> str:
    """Return the colour of ``…/02_1_front.jpg`` as an ending: _02."""
    colour, _, view = name.rpartition("/")[2].partition("_")
    if not colour.isdecimal() or not view:
        raise InputError(
            f"{where}: expected a picture called <colour>_<pose>_<view>.jpg, got {name!r};"
            " or use the label 'item'"
        )
    return f"_{colour}"


def _check_split(split: str, where: str) -> None:
    if split not in SPLITS:
        raise InputError(f"{where}: expected train, val or test, got {quoted(split)}")


def _check_label(label: Any, known: tuple[str, ...]) -> None:
    if label not in known:
        raise InputError(f"label: expected {' or '.join(known)}, got {label!r}")
