"""ClothCropper: cuts out the clothes of a person, given all faces of the picture."""

from __future__ import annotations

from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from ..tables import boxes

Crops = NDArray[np.uint8]
"""(num_faces, side, side, 4) uint8: red green blue, and how much the pixel counts (0..255)."""

MIN_COUNTED = 0.06
"""Below this share of pixels that count, a crop does not show enough clothes."""

MIN_PERSON = 0.08
"""Below this share of person in the cloth box, the mask missed the person (blur): not used."""


class PixelMask(Protocol):
    """Computes which pixels count, such as ``PersonMask``.

    Attributes:
        card: names it: same card, same masks.
    """

    card: str

    def mask(self, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return (height, width) float32, 0..1, for a picture (height, width, 3) uint8."""
        ...


class ClothCropper:
    """Cuts out the clothes under faces, the same for training, measuring and clustering.

    A crop is the whole cloth box scaled to a square, also where it extends beyond the edge of the
    picture, so that a stripe of it is the same part of the body in a close-up and in a long
    shot. Its fourth plane is the weight of each pixel: only pixels of the person count, in the
    picture, and not those of another person in front.

    Args:
        side: of a crop, pixels.
        person_mask: separates people, or their garments, from the rest; None = the whole box.
    """

    def __init__(self, side: int, person_mask: PixelMask | None) -> None:
        self.side = side
        self.person_mask = person_mask
        region = (boxes.CLOTH_HALF_WIDTH, *boxes.CLOTH_BELOW_CHIN, MIN_COUNTED, MIN_PERSON)
        self.card = (
            f"crop {side}px {region}, {person_mask.card if person_mask else 'no person mask'}"
        )

    def crop(
        self,
        picture: NDArray[np.uint8],
        face_boxes: NDArray[np.float32],
        rows: NDArray[np.int64] | None = None,
    ) -> tuple[NDArray[np.float32], Crops]:
        """Cut out the clothes under faces of one picture.

        Args:
            picture: (height, width, 3) uint8, red green blue.
            face_boxes: (num_faces, 4), x1 y1 x2 y2 in pixels, ALL faces of the picture, since
                what belongs to one face is cut out of the clothes of the others.
            rows: (num_rows,) int64, of the faces that are wanted; None = all.

        Returns:
            cloth_boxes: (num_rows, 4) float32, NaN rows where not enough clothes are in sight.
            crops: (num_rows, side, side, 4) uint8; zeros in those rows.
        """
        height, width = picture.shape[:2]
        found = boxes.cloth_boxes(face_boxes, width, height)
        whole = boxes.whole_cloth_boxes(face_boxes)
        portraits = boxes.portrait_boxes(face_boxes, width, height)
        rows = np.arange(len(found)) if rows is None else rows
        crops = np.zeros((len(rows), self.side, self.side, 4), np.uint8)
        for place, row in enumerate(rows.tolist()):
            if not np.isfinite(found[row]).all():
                continue
            x1, y1, x2, y2 = np.round(portraits[row]).astype(int)
            offset = np.array([x1, y1, x1, y1], np.float32)
            patch = picture[y1:y2, x1:x2]
            counts = self._person(patch, found[row] - offset)
            xs, ys = np.arange(x1, x2) + 0.5, np.arange(y1, y2) + 0.5
            counts[boxes.in_front(face_boxes, row, xs, ys)] = 0
            crop = cut(np.dstack([patch, counts]), whole[row] - offset, self.side)
            if crop[..., 3].mean() >= 255 * MIN_COUNTED:
                crops[place] = crop
            else:
                found[row] = np.nan
        return found[rows], crops

    def _person(
        self, patch: NDArray[np.uint8], cloth_box: NDArray[np.float32]
    ) -> NDArray[np.uint8]:
        everything = np.full(patch.shape[:2], 255, np.uint8)
        if self.person_mask is None:
            return everything
        person = np.round(self.person_mask.mask(patch) * 255).astype(np.uint8)
        x1, y1, x2, y2 = np.round(cloth_box).astype(int)
        inside = person[max(y1, 0) : y2, max(x1, 0) : x2]
        return person if inside.size and inside.mean() >= 255 * MIN_PERSON else everything


def cut(picture: NDArray[np.uint8], box: NDArray[np.float32], side: int) -> NDArray[np.uint8]:
    """Cut a box out and scale it to a square; pixels outside the picture are zeros.

    Args:
        picture: (height, width, planes) uint8.
        box: (4,), x1 y1 x2 y2 in pixels.
        side: of the square, pixels.

    Returns:
        (side, side, planes) uint8.
    """
    height, width = picture.shape[:2]
    square = np.zeros((side, side, picture.shape[2]), np.uint8)
    seen = np.round(boxes.clip(box[None], width, height)[0]).astype(int)
    scale = side / (box[2:] - box[:2])
    into = np.round((seen - np.tile(box[:2], 2)) * np.tile(scale, 2)).astype(int).clip(0, side)
    # rounding to whole pixels must not leave an empty line along an edge that is in the picture
    into = np.where(np.round(box) == seen, [0, 0, side, side], into)
    if (seen[2:] <= seen[:2]).any() or (into[2:] <= into[:2]).any():
        return square
    part = picture[seen[1] : seen[3], seen[0] : seen[2]]
    size = (int(into[2] - into[0]), int(into[3] - into[1]))
    shrinks = part.shape[0] > size[1]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    resized = cv2.resize(part, size, interpolation=method)
    square[into[1] : into[3], into[0] : into[2]] = resized.reshape(*size[::-1], -1)
    return square
