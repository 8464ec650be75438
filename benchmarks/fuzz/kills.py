"""Runs killed at any moment (SIGKILL), and what the next run makes of what they left."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

READY = "ready"
"""The line that a command prints when its work begins; moments are counted from it."""

_LATEST = 1.1  # moments, over the length of an undisturbed run
_MOST_KILLS = 3
_NOT_SAME = {"run.json", "report.html"}  # they say how long it took
_PATIENCE_S = 900.0


@dataclass
class Kill:
    """A run that was killed, once or several times, and then left alone.

    Attributes:
        number: of the moment.
        moments_s: of each kill, seconds from the beginning of the work.
        was_killed: whether it came before the run had ended, of each.
        went_on: whether the last run went on from pieces.
        wrong: what is wrong with what is there afterwards.
    """

    number: int
    moments_s: list[float]
    was_killed: list[bool] = field(default_factory=list)
    went_on: bool = False
    wrong: list[str] = field(default_factory=list)


class Kills:
    """Kills runs of one command at moments drawn by a seed.

    Args:
        words: the command; ``--out`` and ``--cache`` are added.
        earlier: a command for the earlier result that it replaces.
        folder: to work in, empty.
    """

    def __init__(
        self, words: Sequence[str | Path], earlier: Sequence[str | Path], folder: Path
    ) -> None:
        self._words, self._folder = list(words), folder
        self._out, self._cache = folder / "work" / "out", folder / "work" / "cache"
        self._reset()
        self._run(list(earlier))
        shutil.move(folder / "work", folder / "before")
        self._old = _contents(folder / "before" / "out")
        self._old_cache = _contents(folder / "before" / "cache")
        self._reset()
        self._takes_s, _ = self._run(self._words)
        self._new = _contents(self._out)

    def each(self, count: int, seed: int, first: int = 0) -> Iterator[Kill]:
        """Kill at so many moments, one after the other."""
        for number in range(first, first + count):
            rng = random.Random(f"{seed} {number}")  # noqa: S311 - no secret
            num_kills = rng.choice([1, 1, _MOST_KILLS])
            spread_s = self._takes_s * _LATEST
            kill = Kill(number, [rng.uniform(0, spread_s) for _ in range(num_kills)])
            self._reset()
            for moment_s in kill.moments_s:
                kill.was_killed.append(self._kill(moment_s))
                kill.wrong += self._lost()
            _, printed = self._run(self._words)
            kill.went_on = "going on from there" in printed
            if _same(_contents(self._out)) != _same(self._new):
                kill.wrong.append("another result than an undisturbed run gives")
            kill.wrong += self._left_over()
            yield kill

    def _reset(self) -> None:
        shutil.rmtree(self._folder / "work", ignore_errors=True)
        if (self._folder / "before").is_dir():
            shutil.copytree(self._folder / "before", self._folder / "work")
        else:
            self._out.parent.mkdir()

    def _begin(self, words: list[str | Path]) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*map(str, words), "--out", str(self._out), "--cache", str(self._cache), "--overwrite"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert process.stdout is not None
        for line in process.stdout:
            if line.strip() == READY:
                return process
        raise RuntimeError(f"the command ended before it said {READY!r}")

    def _run(self, words: list[str | Path]) -> tuple[float, str]:
        """Run a command to its end; returns the seconds that took, and what it printed."""
        process, began_s = self._begin(words), time.monotonic()
        printed, _ = process.communicate(timeout=_PATIENCE_S)
        if process.returncode:
            raise RuntimeError(f"exit code {process.returncode}: {printed}")
        return time.monotonic() - began_s, printed

    def _kill(self, moment_s: float) -> bool:
        """Begin a run and kill it; returns whether it had not ended yet."""
        with self._begin(self._words) as process:
            with suppress(subprocess.TimeoutExpired):
                process.communicate(timeout=moment_s)
            is_running = process.poll() is None
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGKILL)
            process.communicate()
        return is_running

    def _lost(self) -> list[str]:
        """Say what of before a kill is no longer there, old or new and whole."""
        wrong = []
        beside = self._out.parent.glob(f".{self._out.name}.partial-*.old")
        results = [_contents(path) for path in (self._out, *beside) if path.is_dir()]
        if not any(own == self._old or _same(own) == _same(self._new) for own in results):
            wrong.append("neither the earlier result nor the new one is there")
        now = _contents(self._cache)
        if any(now.get(name) != content for name, content in self._old_cache.items()):
            wrong.append("an earlier entry of the cache was changed")
        return wrong

    def _left_over(self) -> list[str]:
        """Say what a run that ended well leaves besides the result; half entries go in time."""
        found = [path.name for path in self._out.parent.iterdir() if path.name.endswith(".old")]
        found += [path.name for path in self._cache.iterdir() if path.name.endswith(".pieces")]
        return [f"left: {', '.join(sorted(found))}"] if found else []


def _contents(folder: Path) -> dict[str, bytes]:
    return {
        os.path.relpath(path, folder): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".in-use-")
    }


def _same(contents: dict[str, bytes]) -> dict[str, bytes]:
    return {name: own for name, own in contents.items() if name not in _NOT_SAME}
