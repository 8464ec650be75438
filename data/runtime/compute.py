"""Where the torch networks run, and how precisely: face vectors, dlib's CNN, cloth vectors."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import InputError

if TYPE_CHECKING:  # the help of the command line reads the names below
    import numpy as np
    import torch
    from numpy.typing import NDArray

DEVICES = re.compile(r"auto|cpu|cuda(:\d+)?")
PRECISIONS = ("float32", "bfloat16")


@dataclass(frozen=True)
class Compute:
    """A device as torch names it, and a precision.

    Attributes:
        device: "cpu", "cuda", "cuda:1".
        precision: "float32" or "bfloat16", which is faster where the hardware has it, with about
            three digits.
    """

    device: str = "cpu"
    precision: str = "float32"

    def __post_init__(self) -> None:
        if self.precision not in PRECISIONS:
            raise ValueError(
                f"precision: expected one of {', '.join(PRECISIONS)}, got {self.precision!r}"
            )

    @property
    def dtype(self) -> torch.dtype:
        """Of the networks' numbers."""
        import torch

        return torch.bfloat16 if self.precision == "bfloat16" else torch.float32

    @property
    def card(self) -> str:
        """What a card says of it: nothing of float32 on the processor, the usual way."""
        precision = "" if self.precision == "float32" else f", {self.precision}"
        return precision if self.device == "cpu" else f"{precision}, on {self.device.split(':')[0]}"


def choose_compute(device: str, precision: str) -> Compute:
    """Look which devices there are.

    Args:
        device: "auto" (CUDA where torch sees it, else the processor), "cpu", "cuda" or "cuda:1".
        precision: as of ``Compute``.

    Raises:
        InputError: CUDA is asked for and not there.
    """
    import torch

    if device == "auto":
        return Compute("cuda" if torch.cuda.is_available() else "cpu", precision)
    if device.startswith("cuda"):
        number, there = int(device.partition(":")[2] or 0), torch.cuda.device_count()
        if number >= there:
            raise InputError(
                f"engine.device: expected a device that is there, got {device}, but torch sees"
                f" {there or 'no'} CUDA device(s); take cpu, or auto for whatever there is"
            )
    return Compute(device, precision)


def in_batches(
    work: Callable[[slice], NDArray[np.float32]], num_items: int, size: int, dim: int
) -> NDArray[np.float32]:
    """Work through items in batches, and in ever smaller ones where memory runs short.

    Args:
        work: makes the rows of the items of a slice, (length, dim) float32.
        num_items: how many there are.
        size: of a batch at first; halved whenever there is not enough memory for it.
        dim: of a row.

    Returns:
        (num_items, dim) float32.
    """
    import numpy as np

    rows = np.empty((num_items, dim), np.float32)
    start = 0
    while start < num_items:
        batch = slice(start, start + size)
        try:
            rows[batch] = work(batch)
        except (MemoryError, RuntimeError) as error:
            if size == 1 or not _ran_short_of_memory(error):
                raise
            size //= 2
        else:
            start += size
    return rows


def _ran_short_of_memory(error: Exception) -> bool:
    import torch

    # torch has an error of its own for graphics cards only
    short = isinstance(error, MemoryError | torch.cuda.OutOfMemoryError)
    return short or "allocate memory" in str(error)
