"""Views of garments, drawn by keys: (row, seed) is an augmented view, (row, None) the plain one."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from ...data.clothes.person_mask import PersonMask
from ...data.errors import InputError
from ...data.garments.garments import Garments
from ...data.garments.pictures import read_garment, read_picture
from .augment import Augment, Crop, plain_crop
from .prepared import SIDE_PX, Prepared, Read

_P_FOREIGN_BACKDROP = 0.7  # else no other picture is read, which takes as long as this one


class Key(NamedTuple):
    """Names a view.

    Attributes:
        row: of the table.
        seed: of the augmentation; None = as the picture is.
        is_query: a query of the validation.
        is_gallery: in the gallery of the validation.
    """

    row: int
    seed: int | None
    is_query: bool = False
    is_gallery: bool = False


Notify = Callable[[str], None]
"""Is called with what the user should know."""


def to_stderr(message: str) -> None:
    """Print a message for the user."""
    sys.stderr.write(f"castlist: {message}\n")


View = tuple[Crop, int, bool, bool]
Batch = tuple[Tensor, Tensor, Tensor, Tensor]


class Views(Dataset[View | None]):
    """Reads views by key: crop, item as a number, is_query, is_gallery.

    A picture that cannot be read is reported once. To train with, another one takes its place: of
    the same item if there is one, else of the next one in the table. A view to search with or among
    is None then.

    Args:
        garments: the table; items are numbered in the order of their names.
        side: of the crops, pixels.
        person_mask: find the person in pictures without a mask.
        warn: called with a sentence for each picture that cannot be read.
        prepared: where garments are kept that are cut out once; None = they are cut out each time.
    """

    def __init__(
        self,
        garments: Garments,
        side: int,
        person_mask: bool = False,
        warn: Notify = to_stderr,
        prepared: Prepared | None = None,
    ) -> None:
        self.garments = garments
        self._prepared = prepared
        self.side = side
        self.items: NDArray[np.int64] = np.unique(garments.item, return_inverse=True)[1]
        # Validation pictures must not occur in training, not even behind other clothes.
        self._rows_of_split = {
            str(split): np.flatnonzero(garments.split == split)
            for split in np.unique(garments.split)
        }
        self._finds_people = person_mask
        self._warn = warn
        # In memory that workers share: what one of them has reported, none reports again.
        self._bad = torch.zeros(len(garments), dtype=torch.bool).share_memory_()  # type: ignore[no-untyped-call]
        self._augment: Augment | None = None
        self._person_mask: PersonMask | None = None

    def __getstate__(self) -> dict[str, Any]:
        # A worker makes its own: networks cannot be sent to another process.
        return {**self.__dict__, "_person_mask": None}

    def __len__(self) -> int:
        return len(self.garments)

    def __getitem__(self, key: Key) -> View | None:
        searched = key.is_query or key.is_gallery
        for row in [key.row] if searched else self._candidates(key.row):
            crop = self._try(row, key.seed)
            if crop is not None:
                return crop, int(self.items[row]), key.is_query, key.is_gallery
        if searched:
            return None
        raise InputError(
            f"{self.garments.root}: expected pictures that can be read, but none can; look at the"
            " messages above"
        )

    def is_bad(self, row: int) -> bool:
        """Say whether a picture could not be read."""
        return bool(self._bad[row])

    def collate(self, views: Sequence[View | None]) -> Batch:
        """Join views: (n, side, side, 4) uint8, (n,) int64, (n,) bool, (n,) bool."""
        found = [view for view in views if view is not None]
        crops = np.zeros((len(found), self.side, self.side, 4), np.uint8)
        for place, view in enumerate(found):
            crops[place] = view[0]
        return (
            torch.from_numpy(crops),
            torch.tensor([view[1] for view in found], dtype=torch.int64),
            torch.tensor([view[2] for view in found], dtype=torch.bool),
            torch.tensor([view[3] for view in found], dtype=torch.bool),
        )

    def _try(self, row: int, seed: int | None) -> Crop | None:
        if self._bad[row]:
            return None
        try:
            return self._crop(row, seed)
        except InputError as error:
            self._bad[row] = True
            self._warn(f"{error}; it is left out")
            return None

    def _candidates(self, row: int) -> Iterator[int]:
        """Yield the row, then the rows that may replace it, nearest first."""
        yield row
        alike = np.flatnonzero(self.items == self.items[row])
        yield from np.roll(alike, -int(np.searchsorted(alike, row))).tolist()
        same_split = self.garments.split == self.garments.split[row]
        others = np.flatnonzero(same_split & (self.items != self.items[row]))
        yield from np.roll(others, -int(np.searchsorted(others, row))).tolist()

    def _crop(self, row: int, seed: int | None) -> Crop:
        picture, mask, box = self._garment(row)
        if seed is None:
            return plain_crop(picture, mask, box, self.side)
        self._augment = self._augment or Augment(self.side)
        backdrop = None if mask is None else self._backdrop(row, picture, seed)
        return self._augment(picture, mask, box, seed, backdrop)

    def _garment(self, row: int) -> Read:
        """Return picture, mask and box: prepared ones, or as the data set has them."""
        if self._prepared and (kept := self._prepared.read(row)):
            return kept
        side = SIDE_PX if self._prepared else self.side
        picture, mask, box = read_garment(self.garments, row, side)
        if mask is None and self._finds_people:
            self._person_mask = self._person_mask or PersonMask()
            mask = np.round(self._person_mask.mask(picture) * 255).astype(np.uint8)
        return (
            self._prepared.keep(row, picture, mask, box) if self._prepared else (picture, mask, box)
        )

    def _backdrop(self, row: int, picture: NDArray[np.uint8], seed: int) -> NDArray[np.uint8]:
        others = self._rows_of_split[str(self.garments.split[row])]
        random = np.random.default_rng([seed, 1])
        if random.random() >= _P_FOREIGN_BACKDROP:
            return picture[::-1]
        try:
            other = int(random.choice(others))
            if self._prepared:
                return self._garment(other)[0]
            path = self.garments.root / str(self.garments.path[other])
            return read_picture(path, self.side)
        except InputError:
            return picture[::-1]
