"""How many threads the networks get."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import cv2


def share_of_threads(num_networks: int) -> int:
    """Return how many threads each of some networks gets that run side by side, at least one."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, (cores or 1) // num_networks)


@contextmanager
def threads_per_network(num_networks: int) -> Iterator[None]:
    """Share the processors out among networks that run side by side, inside the block.

    Threads inside one network wait for each other at every layer; two networks side by side do not.
    On two processors that is 2 to 4 times as fast, more when something else is running too.
    """
    threads = share_of_threads(num_networks)
    torch = sys.modules.get("torch")  # where a cloth encoder of castlist train has loaded it
    before = cv2.getNumThreads(), torch.get_num_threads() if torch else 0
    cv2.setNumThreads(threads)
    if torch:
        torch.set_num_threads(threads)
    try:
        yield
    finally:
        cv2.setNumThreads(before[0])
        if torch:
            torch.set_num_threads(before[1])
