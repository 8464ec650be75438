"""Who looks at films: this process, processes of this machine, or a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ...data.errors import MisuseError
from ...data.progress import ProgressHook
from .looking import Work, look
from .unit import LookedAt, Unit

ENGINES = ("local", "ray")

Look = Callable[[Sequence[Unit], Work, ProgressHook], Iterator[LookedAt]]


def look_by(engine: str, jobs: int, address: str) -> Look:
    """Return what looks at films.

    Args:
        engine: one of ``ENGINES``.
        jobs: of ``local``: films at a time, each in a process of its own.
        address: of ``ray``: of the cluster.

    Raises:
        MisuseError: there is no such engine.
    """
    if engine == "ray":
        from .ray_cluster import look_with_ray

        return lambda units, work, progress: look_with_ray(units, work, address, progress)
    if engine != "local":
        raise MisuseError(f"--engine: expected one of {', '.join(ENGINES)}, got {engine}")
    return lambda units, work, progress: look(units, work, jobs, progress)
