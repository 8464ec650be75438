"""Garments: the table that every reader of a training set returns."""

from __future__ import annotations

import dataclasses
import hashlib
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .masks import Mask, content_of

SPLITS = ("train", "val", "test")
ROLES = ("any", "query", "gallery")
ENOUGH_HELD_OUT = 10
"""Items to validate with, from which the best of several checks is more than luck."""

_FEWEST_HELD_OUT = 2  # one item alone is always found
_LOOKED_FOR = 20  # pictures; one may be missing, all of them means that the folder is wrong


class Row(NamedTuple):
    """One garment in one picture, as a reader finds it; the fields are the columns of Garments."""

    path: str
    item: str
    split: str = "train"
    role: str = "any"
    category: str = ""
    box: Sequence[float] | None = None
    mask: Mask | None = None


class Doubts(Protocol):
    """Which different items may still show the same clothes."""

    def between(self, items: Sequence[str]) -> NDArray[np.bool_]:
        """Return (num_items, num_items) bool, pairs that are uncertain; symmetric."""
        ...


@dataclass(frozen=True, eq=False)
class Garments:
    """One row per garment in a picture. Arrays are read-only.

    Attributes:
        name: of the data set.
        licence: its terms, as text for the user.
        root: folder that ``path`` is relative to.
        path: (num_rows,) str, the picture, with slashes.
        item: (num_rows,) str, which garment: two rows of one item show the same clothes.
        split: (num_rows,) str, one of ``SPLITS``.
        role: (num_rows,) str, one of ``ROLES``: what a row is when pictures are searched.
        category: (num_rows,) str, kind of garment, "" = not known.
        box: (num_rows, 4) float32, x1 y1 x2 y2 in pixels; NaN row = the whole mask, or picture.
        mask: (num_rows,) object, a ``Mask`` or None.
        shared_gallery: the searched pictures of val and test are one gallery.
        left_out: sentences on what the reader left out.
        doubts: which different items may be the same clothes; None = none.
        ks: the k of Recall@k, as the authors of the data set publish it.
        label: where an item is not what the published protocol compares, what it is; else "".

    Raises:
        ValueError: columns of different lengths, or a split or role that does not exist.
    """

    name: str
    licence: str
    root: Path
    path: NDArray[np.str_]
    item: NDArray[np.str_]
    split: NDArray[np.str_]
    role: NDArray[np.str_]
    category: NDArray[np.str_]
    box: NDArray[np.float32]
    mask: NDArray[np.object_]
    shared_gallery: bool = False
    left_out: tuple[str, ...] = ()
    doubts: Doubts | None = None
    ks: tuple[int, ...] = (1, 10, 20)
    label: str = ""

    def __post_init__(self) -> None:
        for name in _COLUMNS:
            column = np.array(getattr(self, name))
            if len(column) != len(self.path):
                raise ValueError(f"{name}: expected {len(self.path)} rows, got {len(column)}")
            column.setflags(write=False)
            object.__setattr__(self, name, column)
        for name, allowed in (("split", SPLITS), ("role", ROLES)):
            if strange := set(getattr(self, name).tolist()) - set(allowed):
                raise ValueError(f"{name}: expected {', '.join(allowed)}, got {sorted(strange)}")

    @classmethod
    def of_rows(
        cls, name: str, licence: str, root: Path, rows: Sequence[Row], **fields: Any
    ) -> Garments:
        """Make a table of rows.

        Raises:
            InputError: there are no rows, or the first pictures are all missing.
        """
        if not rows:
            raise InputError(f"{root}: expected clothes to train on, found none")
        looked_for = [root / row.path for row in rows[:_LOOKED_FOR]]
        if not any(path.is_file() for path in looked_for):
            raise InputError(
                f"{root}: expected the pictures that the lists name, such as {looked_for[0]},"
                f" found none of the first {len(looked_for)}; unpack the pictures there"
            )
        nowhere = (math.nan,) * 4
        mask = np.empty(len(rows), dtype=object)
        mask[:] = [row.mask for row in rows]
        return cls(
            name=name,
            licence=licence,
            root=root,
            path=np.array([row.path for row in rows], dtype=np.str_),
            item=np.array([row.item for row in rows], dtype=np.str_),
            split=np.array([row.split for row in rows], dtype=np.str_),
            role=np.array([row.role for row in rows], dtype=np.str_),
            category=np.array([row.category for row in rows], dtype=np.str_),
            box=np.array([nowhere if row.box is None else row.box for row in rows], np.float32),
            mask=mask,
            **fields,
        )

    def __len__(self) -> int:
        return len(self.path)

    def __getitem__(self, rows: NDArray[Any] | slice) -> Garments:
        return dataclasses.replace(self, **{name: getattr(self, name)[rows] for name in _COLUMNS})

    @property
    def has_mask(self) -> NDArray[np.bool_]:
        """(num_rows,) bool."""
        return np.array([mask is not None for mask in self.mask], dtype=bool)

    def digest(self) -> dict[str, Any]:
        """Return what tells whether data is the same, wherever its folder lies, as JSON has it.

        ``lists`` is a SHA-256 of the rows with their boxes and masks, ``pictures`` one of what the
        pictures contain, each of which is read once. When they were changed does not count: copies
        have other times.
        """
        return dict(self._digest)

    @cached_property
    def _digest(self) -> dict[str, Any]:
        lists, pictures = hashlib.sha256(), hashlib.sha256()
        for row in zip(*(getattr(self, name).tolist() for name in _COLUMNS[:-1]), strict=True):
            lists.update(repr(row).encode("utf-8", "backslashreplace"))
        for mask in self.mask:
            if mask is not None:
                lists.update(mask.identity())
        for path in dict.fromkeys(self.path.tolist()):
            pictures.update(content_of(self.root / path))
        return {
            "name": self.name,
            "rows": len(self),
            "items": len(np.unique(self.item)),
            "lists": lists.hexdigest(),
            "pictures": pictures.hexdigest(),
        }

    def describe(self) -> str:
        """Return counts and terms, some lines of text."""
        lines = [f"{self.name} in {self.root}"]
        for split in SPLITS:
            part = self[self.split == split]
            if len(part):
                roles = Counter(part.role.tolist())
                kinds = ", ".join(f"{roles[role]} {role}" for role in ROLES[1:] if roles[role])
                lines.append(
                    f"  {split}: {len(part)} garments of {len(np.unique(part.item))} items"
                    f" in {len(np.unique(part.path))} pictures{f' ({kinds})' if kinds else ''}"
                )
        lines += [f"  label: {self.label}"] if self.label else []
        lines += [f"  left out: {sentence}" for sentence in self.left_out]
        return "\n".join([*lines, f"  terms: {self.licence}"])


def join(tables: Sequence[Garments]) -> Garments:
    """Make one table of several; items of different tables are different clothes.

    Args:
        tables: at least one; a single one is returned as it is.

    Returns:
        The rows in the order of the tables. Paths are absolute, and items carry the number of their
        table. Doubts, and whether a gallery is shared, stay with the tables.
    """
    if len(tables) == 1:
        return tables[0]
    columns: dict[str, Any] = {
        name: np.concatenate([getattr(table, name) for table in tables]) for name in _COLUMNS
    }
    roots = [table.root.absolute() for table in tables]
    columns["path"] = np.array(
        [str(roots[n] / path) for n, table in enumerate(tables) for path in table.path.tolist()]
    )
    columns["item"] = np.array(
        [f"{n}:{item}" for n, table in enumerate(tables) for item in table.item.tolist()]
    )
    return Garments(
        name=" + ".join(table.name for table in tables),
        licence="; ".join(f"{table.name}: {table.licence}" for table in tables),
        root=Path(),
        left_out=tuple(f"{table.name}: {note}" for table in tables for note in table.left_out),
        ks=tuple(sorted({k for table in tables for k in table.ks})),
        **columns,
    )


_COLUMNS = ("path", "item", "split", "role", "category", "box", "mask")


def hold_out(garments: Garments, share: float, seed: int) -> Garments:
    """Make a val split of some train items, if the data set has none.

    Whether an item is held out depends on its name and the seed only, as far as rounding allows.

    Args:
        garments: any table.
        share: of the train items to hold out, 0..1; at least two are, and ten of forty or more.
        seed: chooses which.

    Raises:
        InputError: there are fewer than four train items.
    """
    if (garments.split == "val").any():
        return garments
    items = np.unique(garments.item[garments.split == "train"]).tolist()
    if len(items) < 2 * _FEWEST_HELD_OUT:
        raise InputError(
            f"{garments.root}: expected at least {2 * _FEWEST_HELD_OUT} items,"
            f" {_FEWEST_HELD_OUT} to train on and {_FEWEST_HELD_OUT} to validate with, got"
            f" {len(items)}"
        )
    items.sort(key=lambda item: hashlib.sha256(f"{seed}:{item}".encode()).digest())
    least = max(_FEWEST_HELD_OUT, min(ENOUGH_HELD_OUT, len(items) // 4))
    held_out = items[: min(max(least, round(share * len(items))), len(items) - _FEWEST_HELD_OUT)]
    moves = (garments.split == "train") & np.isin(garments.item, held_out)
    return dataclasses.replace(garments, split=np.where(moves, "val", garments.split))
