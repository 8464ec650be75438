"""Augmentation: effects of film on pictures of clothes, such as blur, low light, few pixels."""

from __future__ import annotations

import math
import os
from random import Random
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ...data.clothes.cloth_crop import cut

Crop = NDArray[np.uint8]
"""(side, side, 4) uint8: red green blue, and how much a pixel counts, as ClothCropper's."""

SMALLEST_PX = 24
"""Crops get as few real pixels as this on a side: a face of about 10 px."""

SHIFT = 0.12
"""How far the box is moved, in box sides either way: faces are found a little off."""

SCALE = (0.8, 1.25)
"""How much larger or smaller the box becomes."""

_STRETCH = 0.1  # how much taller or wider, of the logarithm

REACH = SHIFT + SCALE[1] * math.exp(_STRETCH) / 2
"""How far from the middle of the box a view reaches at most, in box sides."""

CUT_OFF = 0.55
"""At most this share of a crop lies beyond the edge of the picture."""

_P_CUT_OFF, _P_BACKDROP, _P_ALL_COUNTS = 0.35, 0.6, 0.3
_MASK_ERROR = 0.06  # crop sides by which a mask is made too wide or too narrow


def plain_crop(
    picture: NDArray[np.uint8],
    mask: NDArray[np.uint8] | None,
    box: NDArray[np.float32],
    side: int,
) -> Crop:
    """Cut clothes out as they are.

    Args:
        picture: (height, width, 3) uint8.
        mask: (height, width) uint8, 0..255, how much a pixel counts; None = all alike.
        box: (4,), x1 y1 x2 y2 in pixels.
        side: of the crop, pixels.
    """
    counts = np.full(picture.shape[:2], 255, np.uint8) if mask is None else mask
    return np.dstack([cut(picture, box, side), cut(counts[..., None], box, side)])


class Augment:
    """Makes views of clothes as a film may show them, each repeatable by its seed.

    Clothes are recognised by colour, so light changes much and hue very little.

    Args:
        side: of the crops, pixels.
    """

    def __init__(self, side: int) -> None:
        self.side = side
        self._changes = _pixel_changes(side)

    def __call__(
        self,
        picture: NDArray[np.uint8],
        mask: NDArray[np.uint8] | None,
        box: NDArray[np.float32],
        seed: int,
        backdrop: NDArray[np.uint8] | None = None,
    ) -> Crop:
        """Make one view.

        Args:
            picture: (height, width, 3) uint8.
            mask: (height, width) uint8, 255 = the clothes; None = not known.
            box: (4,), x1 y1 x2 y2 in pixels.
            seed: same seed, same view.
            backdrop: (any height, any width, 3) uint8, put behind the clothes where their mask is
                known.

        Returns:
            A crop, in which some pixels count.
        """
        random = np.random.default_rng(seed)
        crop = plain_crop(picture, mask, _jitter(box, random), self.side)
        if mask is not None:
            crop = _behind(crop, backdrop, random)
        view = self.pixels(crop, random)
        if random.random() < _P_CUT_OFF:
            view = _cut_off(view, random)
        # a view without clothes is no training data
        return view if view[..., 3].any() else plain_crop(picture, mask, box, self.side)

    def pixels(self, crop: Crop, random: np.random.Generator) -> Crop:
        """Change the pixels of a crop: light, blur, noise, and what is in front."""
        # not set_random_seed, which gives each change the same numbers: all would occur together
        also = Random(int(random.integers(2**31)))  # noqa: S311
        self._changes.set_random_state(random, also)
        changed = self._changes(image=crop[..., :3].copy(), mask=crop[..., 3].copy())
        return np.dstack([changed["image"], changed["mask"]])


def _jitter(box: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.float32]:
    sides = box[2:] - box[:2]
    middle = (box[:2] + box[2:]) / 2 + sides * random.uniform(-SHIFT, SHIFT, 2)
    half = (
        sides
        / 2
        * np.exp(random.uniform(*np.log(SCALE)))
        * np.exp(random.uniform(-_STRETCH, _STRETCH, 2))
    )
    return np.concatenate([middle - half, middle + half]).astype(np.float32)


def _behind(crop: Crop, backdrop: NDArray[np.uint8] | None, random: np.random.Generator) -> Crop:
    """Put another background behind the clothes, and give their mask the errors of a network."""
    side = len(crop)
    mask = crop[..., 3]
    pixels = crop[..., :3]
    if backdrop is not None and random.random() < _P_BACKDROP:
        share = (cv2.GaussianBlur(mask, (3, 3), 0) / 255)[..., None]
        behind = cv2.resize(_patch(backdrop, random), (side, side), interpolation=cv2.INTER_AREA)
        pixels = np.round(pixels * share + behind * (1 - share)).astype(np.uint8)
    if random.random() < _P_ALL_COUNTS:
        return np.dstack([pixels, np.full_like(mask, 255)])
    width = round(random.uniform(-_MASK_ERROR / 2, _MASK_ERROR) * side)
    if width:
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (abs(width) * 2 + 1,) * 2)
        changed = cv2.dilate(mask, kernel) if width > 0 else cv2.erode(mask, kernel)
        mask = np.asarray(changed, np.uint8) if changed.any() else mask
    return np.dstack([pixels, mask])


def _patch(picture: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    height, width = picture.shape[:2]
    tall, wide = (max(1, int(length * random.uniform(0.3, 1))) for length in (height, width))
    top, left = random.integers(height - tall + 1), random.integers(width - wide + 1)
    return picture[top : top + tall, left : left + wide]


def _cut_off(view: Crop, random: np.random.Generator) -> Crop:
    """Blacken what lies beyond the edge of a picture: below most often, else on one side."""
    view = view.copy()
    beyond = int(random.uniform(0.1, CUT_OFF) * len(view))
    edge = random.random()
    if edge < 0.6:
        view[len(view) - beyond :] = 0
    elif edge < 0.8:
        view[:, :beyond] = 0
    else:
        view[:, len(view) - beyond :] = 0
    return view


def _pixel_changes(side: int) -> Any:
    os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")  # else its import sends a request
    import albumentations

    a = albumentations
    smallest = min(SMALLEST_PX / side, 1.0)
    area, linear = cv2.INTER_AREA, cv2.INTER_LINEAR
    hole = {"num_holes_range": (1, 2), "p": 1.0}
    sizes: dict[str, tuple[float, float]] = {
        "hole_height_range": (0.1, 0.4),
        "hole_width_range": (0.1, 0.4),
    }
    return a.Compose(
        [
            a.HorizontalFlip(p=0.5),
            a.OneOf(  # a person or an object in front: visible, or known and cut out
                [
                    a.CoarseDropout(fill="random_uniform", **hole, **sizes),
                    a.CoarseDropout(fill=0, fill_mask=0, **hole, **sizes),
                ],
                p=0.3,
            ),
            a.RandomBrightnessContrast(brightness_limit=(-0.2, 0.3), contrast_limit=0.35, p=0.7),
            a.RandomGamma(gamma_limit=(60, 160), p=0.4),
            a.ColorJitter(
                brightness=(1, 1), contrast=(1, 1), saturation=(0.75, 1.2), hue=(-0.02, 0.02), p=0.5
            ),
            a.RGBShift(r_shift_limit=10, g_shift_limit=10, b_shift_limit=10, p=0.4),
            a.OneOf(
                [
                    a.MotionBlur(blur_limit=(3, _odd(side / 9)), p=1.0),
                    a.Defocus(radius=(1, max(2, side // 32)), alias_blur=(0.1, 0.3), p=1.0),
                    a.GaussianBlur(sigma_limit=(0.5, side / 50), p=1.0),
                ],
                p=0.4,
            ),
            a.Downscale(
                scale_range=(smallest, 1.0),
                interpolation_pair={"downscale": area, "upscale": linear},
                p=0.6,
            ),
            a.OneOf(
                [
                    a.GaussNoise(std_range=(0.01, 0.07), p=1.0),
                    a.ISONoise(intensity=(0.05, 0.3), p=1.0),
                ],
                p=0.3,
            ),
            a.ImageCompression(quality_range=(20, 95), p=0.5),
        ],
        seed=0,
    )


def _odd(length: float) -> int:
    return max(5, int(length) // 2 * 2 + 1)
