"""Reader of Clothing Co-Parsing: street photos of one person each, some with masks.

Source: Yang, Luo and Lin, "Clothing Co-Parsing by Joint Image Segmentation and Labeling",
CVPR 2014.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .garments import Garments, Row
from .masks import BoolMask, LabelMask, bounds, resize

LICENCE = (
    "the publishers of Clothing Co-Parsing put it under Apache-2.0; the photos come from street"
    " fashion sites, and their photographers are not documented"
)
BACKGROUND = (0, 15, 17, 19, 20, 41, 47)
"""Labels left out: null, hair, skin; and on the head earrings, glasses, hat, sunglasses."""

TORSO_HEIGHT = 0.28
"""Height of the region in use, in heights of the clothes of somebody seen from head to foot."""

TORSO_HALF_WIDTH = 0.2
"""Half its width, in the same unit; by the proportions of the cloth box under a face."""


def read_ccp(root: str | Path, masked_only: bool = True) -> Garments:
    """Read Clothing Co-Parsing.

    Args:
        root: the folder that holds photos/ and either masks/0001.png ..., whose pixels are labels,
            or the published annotations/pixel-level/0001.mat ....
        masked_only: take only photos with a mask, of which the clothes can be cut out.

    Returns:
        One row per photo, each an item, since no person is in it twice; all of them train. Their
        region is the torso: the upper part of the clothes.

    Raises:
        InputError: there are no photos.
    """
    root = Path(root)
    photos = sorted((root / "photos").glob("*.jpg"))
    if not photos:
        raise InputError(f"{root}: expected photos/0001.jpg ..., found none")
    rows = []
    for photo in photos:
        mask = _mask(root, photo.stem)
        if mask or not masked_only:
            rows.append(Row(path=f"photos/{photo.name}", item=photo.stem, mask=mask))
    note = f"{len(photos) - len(rows)} photos without a mask"
    return Garments.of_rows(
        "ccp", LICENCE, root, rows, left_out=(note,) if len(rows) < len(photos) else ()
    )


def _mask(root: Path, stem: str) -> WornLabels | WornMatlabLabels | None:
    if (path := root / "masks" / f"{stem}.png").is_file():
        return WornLabels(path, BACKGROUND)
    if (path := root / "annotations" / "pixel-level" / f"{stem}.mat").is_file():
        return WornMatlabLabels(path)
    return None


@dataclass(frozen=True)
class WornLabels(LabelMask):
    """All clothes of a person; the region that is used is the torso."""

    def region(self, mask: BoolMask) -> NDArray[np.float32]:
        """Return the box of the torso."""
        return torso(mask)


@dataclass(frozen=True)
class WornMatlabLabels:
    """The same from a Matlab file with (height, width) uint8 ``groundtruth``."""

    path: Path
    any_size: ClassVar[bool] = True

    def read(self, height: int, width: int) -> BoolMask:
        """Return which pixels are clothes, (height, width) bool."""
        import scipy.io

        try:
            labels = scipy.io.loadmat(self.path)["groundtruth"]
        # scipy raises any error of a broken file, besides its MatReadError
        except Exception as error:
            raise InputError(
                f"{self.path}: expected a Matlab file with groundtruth ({error!r})"
            ) from None
        return resize(~np.isin(labels, BACKGROUND), height, width)

    def identity(self) -> bytes:
        """Return the size of the file."""
        return repr((self.path.name, self.path.stat().st_size)).encode()

    def region(self, mask: BoolMask) -> NDArray[np.float32]:
        """Return the box of the torso."""
        return torso(mask)


def torso(mask: BoolMask) -> NDArray[np.float32]:
    """Return where the cloth box under a face would be.

    Args:
        mask: (height, width) bool, the clothes of one person seen from head to foot.

    Returns:
        (4,) float32, x1 y1 x2 y2; NaN if the mask is empty.
    """
    box = bounds(mask)
    tall = box[3] - box[1]
    bottom = box[1] + TORSO_HEIGHT * tall
    if np.isnan(tall):
        return box
    columns = np.nonzero(mask[int(box[1]) : int(np.ceil(bottom))])[1]
    middle = float(np.median(columns)) + 0.5
    half = TORSO_HALF_WIDTH * tall
    return np.array([middle - half, box[1], middle + half, bottom], np.float32)
