"""Looks at films on the machines of a Ray cluster: a task each; the stages know nothing of it.

A task makes the result in a folder of its machine and gives it back as an archive; only this
process writes into the library, so that a task that runs twice does no harm. Films have to be where
the tasks find them: on a disk that all machines share, or in a bucket.
"""

from __future__ import annotations

import io
import os
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from ...data.errors import InputError
from ...data.files import replacing_folder
from ...data.progress import ProgressHook
from ...data.result.result import RUN, is_result
from .looking import Work
from .unit import LookedAt, Unit

RETRIES = 5
"""How often a film is begun again whose machine or process died."""


def look_with_ray(
    units: Sequence[Unit], work: Work, address: str, progress: ProgressHook
) -> Iterator[LookedAt]:
    """Look at films and photos on a cluster; arguments and what is yielded as ``looking.look``.

    At most as many results as the cluster has processors are under way or wait to be written.

    Args:
        units: what is new.
        work: how it is looked at.
        address: of the cluster; ``auto`` = the one that this machine belongs to.
        progress: called as (step, completed, total).

    Raises:
        InputError: Ray is not installed, or no cluster answers.
    """
    if not units:
        return
    ray = _connected(address)
    try:
        yield from _looked_at(ray, units, work, progress)
    finally:
        ray.shutdown()


def _looked_at(
    ray: Any, units: Sequence[Unit], work: Work, progress: ProgressHook
) -> Iterator[LookedAt]:
    task = ray.remote(num_cpus=1, max_retries=RETRIES)(look_apart)
    most = max(1, int(ray.cluster_resources().get("CPU", 1)))
    waiting, yielded = list(enumerate(units))[::-1], 0
    running: dict[Any, int] = {}
    done: dict[int, LookedAt] = {}
    while len(done) < len(units):
        while waiting and len(running) < most:
            number, unit = waiting.pop()
            if unit.kind == "result":  # it lies here
                done[number] = _written(unit, work, None)
                continue
            before = packed(work.out(unit)) if is_result(work.out(unit)) else None
            running[task.remote(unit, work, before)] = number
        if running:
            (ready, *_), _ = ray.wait(list(running), num_returns=1)
            number = running.pop(ready)
            done[number] = _written(units[number], work, partial(ray.get, ready))
            del ready  # and what it held
        progress("looking at films", len(done), len(units))
        while yielded in done:
            yield done[yielded]
            yielded += 1


def look_apart(unit: Unit, work: Work, before: bytes | None) -> bytes | str:
    """Look at a film or photos in a folder of this machine; the task of a worker.

    Args:
        unit: what is looked at.
        work: how; its folder is not used.
        before: the result that is there already, whose decisions hold; None = none.

    Returns:
        The result as an archive, or why it cannot be used.
    """
    with tempfile.TemporaryDirectory(prefix="castlist-") as folder:
        here = replace(work, results=Path(folder))
        if before is not None:
            unpack(before, here.out(unit))
        try:
            here.look_at(unit)
        except InputError as error:
            return str(error)
        return packed(here.out(unit))


def packed(folder: Path) -> bytes:
    """Return a folder as an archive; crops are JPEG, so nothing is compressed."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.add(folder, ".")
    return buffer.getvalue()


def unpack(content: bytes, out: Path) -> None:
    """Write such an archive to a folder, whole or not at all."""
    with (
        replacing_folder(out, RUN, overwrite=True) as new,
        tarfile.open(fileobj=io.BytesIO(content)) as archive,
    ):
        archive.extractall(new, filter="data")


def _written(unit: Unit, work: Work, get: Callable[[], bytes | str] | None) -> LookedAt:
    was_there = is_result(work.out(unit))
    try:
        if get is None:
            work.look_at(unit)
        else:
            content = get()
            if isinstance(content, str):
                return LookedAt(unit, content, was_there)
            unpack(content, work.out(unit))
    except (InputError, OSError) as error:
        return LookedAt(unit, str(error), was_there)
    except Exception as error:
        text = (str(error).strip().splitlines() or [type(error).__name__])[0]
        return LookedAt(unit, f"{unit.name}: its worker failed: {text}", was_there)
    return LookedAt(unit, was_there=was_there)


def _connected(address: str) -> Any:
    """Connect to a cluster.

    Raises:
        InputError: Ray is not installed, or no cluster answers.
    """
    try:
        import ray
    except ImportError:
        raise InputError(
            "--engine ray needs Ray: pip install 'castlist[ray]' installs it, on every machine"
        ) from None
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing leaves the machines
    try:
        ray.init(address=address, log_to_driver=False, logging_level="ERROR")
    except (ConnectionError, ValueError, RuntimeError) as error:
        text = (str(error).strip().splitlines() or [""])[0]
        raise InputError(
            f"--address {address}: no Ray cluster answers ({text}); ray start --head begins one on"
            " this machine"
        ) from error
    return ray
