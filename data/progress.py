"""Progress of long work: one hook, called as (step, completed, total)."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

_PLAIN_EVERY_S = 10.0


class ProgressHook(Protocol):
    """Called with a step's name, the amount done and the total amount (None: unknown)."""

    def __call__(self, step: str, completed: float, total: float | None) -> None:
        """Report progress."""
        ...


def silent(step: str, completed: float, total: float | None) -> None:
    """Ignore progress."""


class ProgressLines:
    """Shows steps with the time left: bars on a terminal, else a plain line every ten seconds.

    Args:
        stream: to write to.
        clock: gives the time, seconds; plain lines are told apart by it.
    """

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream, self._clock = stream, clock
        self._bars: Progress | None = None
        self._tasks: dict[str, TaskID] = {}
        self._step = ""
        self._began_s = self._shown_s = 0.0

    def __enter__(self) -> ProgressLines:
        if self._stream.isatty():
            self._bars = Progress(
                TextColumn("{task.description}", markup=False),  # a film may be called [a].mp4
                BarColumn(),
                TextColumn("{task.percentage:>3.0f} %"),
                TimeRemainingColumn(),
                console=Console(file=self._stream),
            )
            self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._bars:
            self._bars.stop()

    def __call__(self, step: str, completed: float, total: float | None) -> None:
        """Show the progress of a step."""
        if self._bars:
            if step not in self._tasks:
                self._tasks[step] = self._bars.add_task(step, total=total)
            self._bars.update(self._tasks[step], completed=completed, total=total)
        else:
            self._plain(step, completed, total)

    def _plain(self, step: str, completed: float, total: float | None) -> None:
        now = self._clock()
        if step != self._step:
            self._step, self._began_s, self._shown_s = step, now, now
            print(f"castlist: {step}", file=self._stream, flush=True)
        elif now - self._shown_s >= _PLAIN_EVERY_S:
            self._shown_s = now
            print(
                f"castlist: {step}: {_how_far(completed, total, now - self._began_s)}",
                file=self._stream,
                flush=True,
            )


def _how_far(completed: float, total: float | None, seconds: float) -> str:
    if not total or completed <= 0:
        return f"{completed:.0f} done"
    left_s = max(0.0, seconds * (total - completed) / completed)
    return f"{min(1.0, completed / total):.0%}, {left_s:.0f} s left"
