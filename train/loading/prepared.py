"""Garments cut out and made small once, in a folder, for runs that read them many times."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from ...data.errors import InputError, brief
from ...data.files import replacing_file
from ...data.garments.garments import Garments
from ...data.tables import boxes
from .augment import REACH

SIDE_PX = 256
"""Sides of a garment's box in a prepared picture at most: crops are squares, so both alike."""

_QUALITY = 95  # of JPEG
_FORMAT = 1

Read = tuple[NDArray[np.uint8], NDArray[np.uint8] | None, NDArray[np.float32]]
"""Picture, mask and box, as ``read_garment`` gives them."""


class Prepared:
    """The garments of some data sets in a folder, one file per garment: what views can reach of it.

    A garment is written when it is first read. What is read later, in this run or in another, are
    the same pixels. Another data set, or another way to cut out, has another sub-folder.

    Args:
        folder: of all, made when missing.
        tables: the data sets, in the order in which their rows are counted.
        person_mask: whether people are found in pictures without a mask.
        warn: called with a sentence when the disk is full, once.

    Raises:
        InputError: the folder cannot be made.
    """

    def __init__(
        self,
        folder: Path,
        tables: Sequence[Garments],
        person_mask: bool,
        warn: Callable[[str], None],
    ) -> None:
        self._folders = [folder / _name(table, person_mask) for table in tables]
        self._ends = np.cumsum([len(table) for table in tables])
        self._warn = warn
        # In memory that workers share: one of them says it.
        self._is_full = torch.zeros(1, dtype=torch.bool).share_memory_()  # type: ignore[no-untyped-call]
        try:
            for path in self._folders:
                path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(
                f"{folder}: cannot write there ({error.strerror}); choose another --prepare"
            ) from error

    def read(self, row: int) -> Read | None:
        """Return a garment; None where it is not there yet, or its file is damaged."""
        try:
            with self._path(row).open("rb") as file, np.load(file, allow_pickle=False) as saved:
                return _decode(saved["picture"], saved["mask"], saved["box"])
        except (OSError, TypeError, ValueError, KeyError, EOFError, zipfile.BadZipFile, cv2.error):
            return None

    def keep(
        self,
        row: int,
        picture: NDArray[np.uint8],
        mask: NDArray[np.uint8] | None,
        box: NDArray[np.float32],
    ) -> Read:
        """Write a garment; returns it as ``read`` does, also where the disk is full.

        Args:
            row: of all tables together.
            picture: (height, width, 3) uint8.
            mask: (height, width) uint8; None = none.
            box: (4,) float32, x1 y1 x2 y2 in pixels.
        """
        encoded = _encode(*_smaller(picture, mask, box))
        if not self._is_full[0]:
            try:
                with replacing_file(self._path(row)) as partial, partial.open("wb") as file:
                    np.savez(file, picture=encoded[0], mask=encoded[1], box=encoded[2])
            except OSError as error:
                self._is_full[0] = True
                self._warn(
                    f"{self._path(row).parent}: no more crops can be written"
                    f" ({error.strerror or brief(error)}); the others are read from the data set"
                )
        return _decode(*encoded)

    def _path(self, row: int) -> Path:
        number = int(np.searchsorted(self._ends, row, side="right"))
        first = self._ends[number - 1] if number else 0
        return self._folders[number] / f"{row - first:07d}.npz"


def _name(table: Garments, person_mask: bool) -> str:
    made_of = [_FORMAT, SIDE_PX, _QUALITY, REACH, person_mask, table.digest()]
    return f"{table.name}-{hashlib.sha256(json.dumps(made_of).encode()).hexdigest()[:16]}"


def _smaller(
    picture: NDArray[np.uint8], mask: NDArray[np.uint8] | None, box: NDArray[np.float32]
) -> Read:
    """Cut out what views can reach, and shrink it until the box is of ``SIDE_PX``."""
    height, width = picture.shape[:2]
    middle, sides = (box[:2] + box[2:]) / 2, box[2:] - box[:2]
    reached = np.concatenate([middle - REACH * sides, middle + REACH * sides])
    reached = np.concatenate([np.floor(reached[:2]), np.ceil(reached[2:])]).astype(np.float32)
    left, top, right, bottom = boxes.clip(reached[None], width, height)[0].astype(int)
    factors = np.minimum(1, SIDE_PX / sides)
    size = np.maximum(1, np.round(factors * [right - left, bottom - top])).astype(int)
    factors = size / [right - left, bottom - top]

    def shrunk(plane: NDArray[np.uint8]) -> NDArray[np.uint8]:
        part = plane[top:bottom, left:right]
        return np.asarray(cv2.resize(part, size.tolist(), interpolation=cv2.INTER_AREA), np.uint8)

    moved = (box - np.array([left, top] * 2)) * np.tile(factors, 2)
    return shrunk(picture), None if mask is None else shrunk(mask), moved.astype(np.float32)


def _encode(
    picture: NDArray[np.uint8], mask: NDArray[np.uint8] | None, box: NDArray[np.float32]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.float32]]:
    """Return the bytes of a JPEG, of a PNG (none without a mask), and the box."""
    jpeg = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1]
    png = np.zeros(0, np.uint8) if mask is None else cv2.imencode(".png", mask)[1]
    return np.asarray(jpeg, np.uint8).ravel(), np.asarray(png, np.uint8).ravel(), box


def _decode(jpeg: NDArray[np.uint8], png: NDArray[np.uint8], box: NDArray[np.float32]) -> Read:
    picture = cv2.imdecode(jpeg, cv2.IMREAD_COLOR)
    drawn = cv2.imdecode(png, cv2.IMREAD_GRAYSCALE) if len(png) else None
    if picture is None or (len(png) and drawn is None):
        raise ValueError("expected a JPEG, and a PNG or nothing")
    mask = None if drawn is None else np.asarray(drawn, np.uint8)
    return np.ascontiguousarray(picture[..., ::-1], np.uint8), mask, box
