"""Progress of long work: one hook, called as (step, completed, total)."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_FIRST_AFTER_S, _EVERY_S = 5.0, 60.0  # of plain lines: soon how long it takes, then one a minute
_TELLING_SHARE = 0.005  # of a step, before which nobody can say how long it takes
_FROM_CACHE_S = 1.0  # a step that takes less did no work, and tells nothing of the others


class ProgressHook(Protocol):
    """Called with a step's name, the amount done and the total amount (None: unknown)."""

    def __call__(self, step: str, completed: float, total: float | None) -> None:
        """Report progress."""
        ...


def silent(step: str, completed: float, total: float | None) -> None:
    """Ignore progress."""


class ProgressLines:
    """Shows steps with the time left: bars on a terminal or in a notebook, else plain lines.

    A plain line comes when a step begins, after five seconds of it, and then once a minute.

    Args:
        stream: to write to.
        clock: gives the time, seconds; plain lines are told apart by it.
    """

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream, self._clock = stream, clock
        self._bars: Progress | None = None
        self._tasks: dict[str, TaskID] = {}
        self._step = ""
        self._due_s = 0.0
        self._pace = _Pace(0.0)
        self._work = _Work({})

    def __enter__(self) -> ProgressLines:
        if self._stream.isatty() or in_notebook():
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

            console = Console() if in_notebook() else Console(file=self._stream)
            self._bars = Progress(
                TextColumn("{task.description}", markup=False),  # a film may be called [a].mp4
                BarColumn(),
                TextColumn("{task.percentage:>3.0f} %"),
                TimeRemainingColumn(),
                console=console,
            )
            self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bars:
            self._bars.stop()

    def expect(self, work: Mapping[str, float]) -> None:
        """Say which long steps are to come, so that the time left is that of all of them.

        Args:
            work: how much there is to do in each, by step, in one unit.
        """
        self._work = _Work(work)

    def __call__(self, step: str, completed: float, total: float | None) -> None:
        """Show the progress of a step."""
        now_s = self._clock()
        self._work.note(step, completed, total, now_s)
        if self._bars:
            self._bar(step, completed, total)
            if self._work.is_several:
                self._bar(self._work.name, self._work.done, self._work.total)
        else:
            self._plain(step, completed, total, now_s)

    def _bar(self, step: str, completed: float, total: float | None) -> None:
        if self._bars:
            if step not in self._tasks:
                self._tasks[step] = self._bars.add_task(step, total=total)
            self._bars.update(self._tasks[step], completed=completed, total=total)

    def _plain(self, step: str, completed: float, total: float | None, now_s: float) -> None:
        if step != self._step:
            is_next = self._work.has(step) and self._work.has(self._step)
            self._step, self._pace = step, _Pace(now_s)
            self._due_s = self._due_s if is_next else now_s + _FIRST_AFTER_S
            print(f"castlist: {step}", file=self._stream, flush=True)
        self._pace.note(completed, now_s)
        if now_s >= self._due_s:
            self._due_s = now_s + _EVERY_S
            how_far = self._how_far(step, completed, total, now_s)
            print(f"castlist: {step}: {how_far}", file=self._stream, flush=True)

    def _how_far(self, step: str, completed: float, total: float | None, now_s: float) -> str:
        if not total or completed <= 0:
            return f"{completed:.0f} done"
        spent_s, done = self._pace.until(completed, now_s)
        if done < _TELLING_SHARE * total:
            return f"{min(1.0, completed / total):.0%}"
        left_s = max(0.0, spent_s / done * (total - completed))
        of_all = ""
        if self._work.is_several and self._work.has(step):
            left_s, of_all = self._work.left_s(now_s), f" for {self._work.name}"
        return f"{min(1.0, completed / total):.0%}, {_time(left_s)} left{of_all}"


class _Pace:
    """How long a part of a step took; what is made ready before its first part is no measure.

    Args:
        began_s: when the step began.
    """

    def __init__(self, began_s: float) -> None:
        self.began_s = began_s
        self._first: tuple[float, float] | None = None

    def note(self, done: float, now_s: float) -> None:
        """Begin to measure where something is done for the first time."""
        if done > 0 and not self._first:
            self._first = (now_s, done)

    def until(self, done: float, now_s: float) -> tuple[float, float]:
        """Return the seconds spent on a part of the step, and how large it is."""
        if self._first and done > self._first[1]:
            return now_s - self._first[0], done - self._first[1]
        return now_s - self.began_s, done  # nothing but the first part is known


class _Work:
    """Several long steps in a row; how long all of them take."""

    def __init__(self, amounts: Mapping[str, float]) -> None:
        self._amounts = dict(amounts)
        self._step: str | None = None
        self._finished: set[str] = set()
        self._part, self._pace = 0.0, _Pace(0.0)  # how much of the present step is done
        self._counted = self._spent_s = 0.0  # of steps before that did work

    @property
    def name(self) -> str:
        return f"all {len(self._amounts)}"

    @property
    def is_several(self) -> bool:
        return len(self._amounts) > 1

    def has(self, step: str) -> bool:
        return step in self._amounts

    @property
    def total(self) -> float:
        return sum(self._amounts.values())

    @property
    def done(self) -> float:
        before = sum(self._amounts[step] for step in self._finished)
        return before + (self._part if self._step else 0)

    def note(self, step: str, completed: float, total: float | None, now_s: float) -> None:
        if step != self._step and (self._step or self.has(step)):
            self._finish(now_s)
            self._step = step if self.has(step) else None
            self._part, self._pace = 0.0, _Pace(now_s)
        if self._step:
            share = min(1.0, completed / total) if total else 0.0
            self._part = self._amounts[step] * share
            self._pace.note(self._part, now_s)

    def _finish(self, now_s: float) -> None:
        if not self._step:
            return
        self._finished.add(self._step)
        if now_s - self._pace.began_s >= _FROM_CACHE_S:
            spent_s, done = self._pace.until(self._amounts[self._step], now_s)
            self._counted += done
            self._spent_s += spent_s

    def left_s(self, now_s: float) -> float:
        spent_s, done = self._pace.until(self._part, now_s)
        spent_s, done = self._spent_s + spent_s, self._counted + done
        return spent_s / done * (self.total - self.done) if done > 0 else 0.0


def in_notebook() -> bool:
    """Say whether this runs in a notebook that can show bars."""
    if "IPython" not in sys.modules:  # rich takes long to import, and a notebook has IPython
        return False
    from rich.console import Console

    return Console().is_jupyter and find_spec("ipywidgets") is not None


def _time(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
