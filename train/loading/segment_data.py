"""Pictures of people with masks of their garments, cut out like portraits, and augmented."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pytorch_lightning as pl
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from ...data.errors import InputError
from ...data.garments.garments import Garments, hold_out, join
from ...data.garments.pictures import read_picture
from ...data.garments.sets import read_garments
from ..config import TrainConfig
from ..networks.export import import_onnx
from .augment import Augment, plain_crop
from .views import Notify, to_stderr

_LARGER = (1.1, 2.4)  # how much larger than the clothes' box the region is; a portrait's is 2.2
_SHIFT = 0.25
_MOST_TRIED = 20
_SIDE_PX = 128


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
        warn: Notify = to_stderr,
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
        # made here and not by each of the processes that read, which are new in every epoch
        self._augment = Augment(side) if split == "train" else None
        # In memory that workers share, as in Views.
        self._bad = torch.zeros(len(self._rows), dtype=torch.bool).share_memory_()  # type: ignore[no-untyped-call]

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, photo: Photo) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        for number in range(photo.number, photo.number + min(_MOST_TRIED, len(self))):
            number %= len(self)
            if self._bad[number]:
                continue
            try:
                return self._view(number, photo.seed)
            except InputError as error:
                self._bad[number] = True
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
            assert self._augment, "only views to train with are changed"
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


class SegmentData(pl.LightningDataModule):
    """Photos in another order in every epoch, each with another seed of its changes."""

    def __init__(self, config: TrainConfig, notify: Notify) -> None:
        super().__init__()
        self.side = config.input_size or _SIDE_PX
        if self.side % 16:
            raise InputError(
                f"input_size: expected a multiple of 16 for this task, got {self.side}"
            )
        import_onnx()  # otherwise a missing package is noticed at the end only
        named = zip(config.data, config.root, strict=True)
        tables = [read_garments(name, root) for name, root in named]
        self._given = tables
        self.garments = join([hold_out(table, config.held_out, config.seed) for table in tables])
        notify(self.garments.describe())
        self.config = config
        self._photos = {
            split: GarmentPhotos(self.garments, split, self.side, notify)
            for split in ("train", "val")
        }
        num_photos = len(self._photos["train"])
        self._size = min(num_photos, config.items_per_batch * config.views_per_item)
        self.steps_per_epoch = num_photos // self._size

    def digests(self) -> list[dict[str, Any]]:
        """Return what shows whether the sets are those of an earlier run."""
        return [table.digest() for table in self._given]

    def train_dataloader(self) -> DataLoader[Any]:
        """Return the batches of the trainer's present epoch; called for every epoch."""
        epoch = self.trainer.current_epoch if self.trainer else 0
        random = np.random.default_rng([self.config.seed, epoch])
        shuffled = random.permutation(len(self._photos["train"]))
        full = shuffled[: self.steps_per_epoch * self._size]
        batches = [
            [Photo(int(number), int(random.integers(2**31))) for number in batch]
            for batch in np.split(full, self.steps_per_epoch)
        ]
        return self._load("train", batch_sampler=batches)

    def val_dataloader(self) -> DataLoader[Any]:
        """Return the photos that are held out, as they are."""
        plain = [Photo(number, None) for number in range(len(self._photos["val"]))]
        return self._load("val", sampler=plain, batch_size=32)

    def _load(self, split: str, **order: Any) -> DataLoader[Any]:
        workers = self.config.workers
        return DataLoader(self._photos[split], num_workers=workers, collate_fn=collate, **order)


def collate(
    views: Sequence[tuple[NDArray[np.uint8], NDArray[np.uint8]]],
) -> tuple[Tensor, Tensor]:
    """Join views: pictures (n, side, side, 3) uint8, masks (n, side, side) uint8."""
    pictures, masks = (np.stack(part) for part in zip(*views, strict=True))
    return torch.from_numpy(pictures), torch.from_numpy(masks)
