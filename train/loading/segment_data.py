"""Pictures of people with masks of their garments, cut out like portraits, and augmented."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from ...data.errors import InputError
from ...data.garments.garments import Garments
from ...data.garments.pictures import read_picture
from .augment import Augment, plain_crop
from .views import to_stderr

_LARGER = (1.1, 2.4)  # how much larger than the clothes' box the region is; a portrait's is 2.2
_SHIFT = 0.25
_MOST_TRIED = 20


class Photo(NamedTuple):
    """Names a view: a photo of ``GarmentPhotos``, and the seed of its changes, None = as it is."""

    number: int
    seed: int | None


class GarmentPhotos(Dataset[tuple[NDArray[np.uint8], NDArray[np.uint8]]]):
    """Reads photos with the masks of all their garments joined.

    Args:
        garments: the table; rows without masks are left out.
        split: of it.
        side: of the pictures, pixels.
        warn: called with a sentence for each photo that cannot be read; the next takes its place.

    Raises:
        InputError: no row of this split has a mask.
    """

    def __init__(
        self,
        garments: Garments,
        split: str,
        side: int,
        warn: Callable[[str], None] = to_stderr,
    ) -> None:
        masked = np.flatnonzero(garments.has_mask & (garments.split == split))
        if not len(masked):
            raise InputError(
                f"{garments.root}: expected garments with masks, found none; take imaterialist or"
                " ccp"
            )
        paths, number = np.unique(garments.path[masked], return_inverse=True)
        self._rows = [masked[number == photo] for photo in range(len(paths))]
        self._garments, self._side, self._warn = garments, side, warn
        self._augment: Augment | None = None
        self._bad: set[int] = set()

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, photo: Photo) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        for number in range(photo.number, photo.number + min(_MOST_TRIED, len(self))):
            number %= len(self)
            if number in self._bad:
                continue
            try:
                return self._view(number, photo.seed)
            except InputError as error:
                self._bad.add(number)
                self._warn(f"{error}; it is left out")
        raise InputError(f"{self._garments.root}: expected pictures that can be read")

    def _view(self, number: int, seed: int | None) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        rows = self._rows[number]
        picture = read_picture(self._garments.root / str(self._garments.path[rows[0]]))
        drawn = [self._garments.mask[row].read(*picture.shape[:2]) for row in rows]
        mask = np.any(drawn, axis=0)
        random = np.random.default_rng(0 if seed is None else seed)
        chosen = int(random.integers(len(rows)))
        box = self._garments.mask[rows[chosen]].region(drawn[chosen])
        if np.isnan(box).any():
            raise InputError(f"{self._garments.path[rows[0]]}: expected a mask, got an empty one")
        box = _around(box, random if seed is not None else None)
        crop = plain_crop(picture, mask.astype(np.uint8) * 255, box, self._side)
        if seed is not None:
            self._augment = self._augment or Augment(self._side)
            crop = self._augment.pixels(crop, random)
        return crop[..., :3], (crop[..., 3] > 127).astype(np.uint8)


def _around(box: NDArray[np.float32], random: np.random.Generator | None) -> NDArray[np.float32]:
    """Enlarge a box of clothes until head and surroundings are in it, a little off at random."""
    sides = box[2:] - box[:2]
    larger, shift = float(np.sqrt(_LARGER[0] * _LARGER[1])), np.zeros(2)
    if random is not None:
        larger = float(np.exp(random.uniform(*np.log(_LARGER))))
        shift = random.uniform(-_SHIFT, _SHIFT, 2)
    middle = (box[:2] + box[2:]) / 2 + shift * sides
    half = np.full(2, sides.max()) * larger / 2
    return np.concatenate([middle - half, middle + half]).astype(np.float32)


def collate(
    views: Sequence[tuple[NDArray[np.uint8], NDArray[np.uint8]]],
) -> tuple[Tensor, Tensor]:
    """Join views: pictures (n, side, side, 3) uint8, masks (n, side, side) uint8."""
    pictures, masks = (np.stack(part) for part in zip(*views, strict=True))
    return torch.from_numpy(pictures), torch.from_numpy(masks)
