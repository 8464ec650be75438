"""Runs killed at any moment (SIGKILL), and what the next run makes of what they left."""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path

_FORKS = multiprocessing.get_context("forkserver")
"""Processes begin as copies of one that has imported everything, which takes 2 s."""

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
        command: runs words in a process of its own, by its name in a module.
        words: ``--out`` and ``--cache`` are added.
        earlier: words for the earlier result that it replaces.
        folder: to work in, empty.
        imports: modules that the processes share.
    """

    def __init__(
        self,
        command: Callable[[Sequence[str]], None],
        words: Sequence[str],
        earlier: Sequence[str],
        folder: Path,
        imports: Sequence[str] = (),
    ) -> None:
        _FORKS.set_forkserver_preload(list(imports))
        self._command, self._words, self._folder = command, list(words), folder
        self._out, self._cache = folder / "work" / "out", folder / "work" / "cache"
        self._printed = folder / "printed.txt"
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

    def _begin(self, words: list[str]) -> ForkServerProcess:
        words = [*words, "--out", str(self._out), "--cache", str(self._cache), "--overwrite"]
        process = _FORKS.Process(target=_print_into, args=(self._printed, self._command, words))
        process.start()
        return process

    def _run(self, words: list[str]) -> tuple[float, str]:
        """Run a command to its end; returns the seconds that took, and what it printed."""
        began_s = time.monotonic()
        process = self._begin(words)
        process.join(_PATIENCE_S)
        took_s, printed = time.monotonic() - began_s, self._printed.read_text(errors="replace")
        if process.exitcode:
            raise RuntimeError(f"exit code {process.exitcode}: {printed}")
        if process.exitcode is None:
            process.kill()
            raise RuntimeError(f"no end after {_PATIENCE_S:g} s: {printed}")
        return took_s, printed

    def _kill(self, moment_s: float) -> bool:
        """Begin a run and kill it; returns whether it had not ended yet."""
        process = self._begin(self._words)
        process.join(moment_s)
        is_running = process.exitcode is None
        process.kill()
        process.join()
        if not is_running:  # the machine has less to do than when an undisturbed run was timed
            self._takes_s = min(self._takes_s, moment_s)
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


def _print_into(file: Path, command: Callable[[Sequence[str]], None], words: Sequence[str]) -> None:
    with file.open("wb") as opened:
        for stream in (1, 2):
            os.dup2(opened.fileno(), stream)
    command(words)


def _contents(folder: Path) -> dict[str, bytes]:
    return {
        os.path.relpath(path, folder): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".in-use-")
    }


def _same(contents: dict[str, bytes]) -> dict[str, bytes]:
    return {name: own for name, own in contents.items() if name not in _NOT_SAME}
