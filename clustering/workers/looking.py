"""Looks at new films and photos, one at a time or several; each becomes a result."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ...data.errors import InputError
from ...data.hashes.picture import is_same
from ...data.progress import ProgressHook, silent
from ...data.result.decisions import Decisions
from ...data.result.result import StoredResult, is_result
from ..analysis.jobs import LOOKING, PHOTOS
from ..api.find import FilmProcesses
from ..api.finding import Search
from ..api.places import result_beside
from ..editing import save
from ..naming.originals import copy_result
from ..report.write import write_report
from .remote import fetched
from .unit import LookedAt, Unit


@dataclass(frozen=True)
class Work:
    """How films are looked at.

    Attributes:
        results: a folder in which each gets a folder of its key.
        settings: {"section.key": value}.
        cache: folder of the cache; None = the user's.
        again: a result that is there already does not do.
    """

    results: Path
    settings: Mapping[str, Any]
    cache: Path | None = None
    again: bool = False

    def out(self, unit: Unit) -> Path:
        """Return the folder of the result of a unit."""
        return self.results / unit.key

    def look_at(
        self,
        unit: Unit,
        progress: ProgressHook = silent,
        processes: FilmProcesses | None = None,
    ) -> None:
        """Look at one.

        Args:
            unit: what is looked at.
            progress: called as (step, completed, total).
            processes: one more of which looks at a film; None = this one does.

        Raises:
            InputError: it cannot be used.
        """
        out = self.out(unit)
        if unit.url:
            with fetched(unit.url) as here:
                try:
                    self.look_at(Unit(unit.key, (here,), unit.kind), progress, processes)
                except InputError as error:  # nobody finds the copy: it is about to go
                    raise InputError(str(error).replace(str(here), unit.url)) from error
            say_where(out, unit.url)
            return
        if unit.kind == "result":
            copy_result(unit.paths[0], out)
            return
        if unit.kind == "film":
            begin_with_own(unit.paths[0], out)
        if unit.kind == "film" and processes is not None:
            processes.find(unit.paths[0], out, dict(self.settings), self.cache, self.again)
        else:
            search = Search.of(unit.paths, self.settings, cache=self.cache)
            is_own = unit.kind == "photos"  # the library says which photos of a folder it has
            search.run_into(out, _naming(unit, progress), is_own, may_be_done=not self.again)


def look(
    units: Sequence[Unit], work: Work, jobs: int, progress: ProgressHook
) -> Iterator[LookedAt]:
    """Look at films and photos; one that cannot be used does not stop the others.

    Args:
        units: what is new.
        work: how it is looked at.
        jobs: how many films at a time, each in a process of its own.
        progress: called as (step, completed, total).

    Yields:
        What became of each, in the order in which they were given.
    """
    in_turn = threading.Lock()  # photos are looked at in this process: their names fill no command

    def run(unit: Unit) -> None:
        if unit.kind == "film" and jobs > 1:
            work.look_at(unit, processes=processes)
        else:
            with in_turn:
                work.look_at(unit, silent if jobs > 1 else progress)

    def one(unit: Unit) -> LookedAt:
        was_there = is_result(work.out(unit))
        try:
            run(unit)
        except InputError as error:
            return LookedAt(unit, str(error), was_there)
        return LookedAt(unit, was_there=was_there)

    with ThreadPoolExecutor(max(jobs, 1)) as pool, FilmProcesses() as processes:
        try:
            for number, done in enumerate(pool.map(one, units) if jobs > 1 else map(one, units)):
                if jobs > 1:  # else each tells how far it is
                    progress("looking at films", number + 1, len(units))
                yield done
        except BaseException:  # Ctrl-C, too: those that have not begun do not
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _naming(unit: Unit, progress: ProgressHook) -> ProgressHook:
    """Let the progress say whose photos are looked at: a library has many folders of them."""

    def hook(step: str, completed: float, total: float | None) -> None:
        of_folder = unit.kind == "photos" and step == f"{LOOKING} {PHOTOS}"
        progress(f"{step} in {unit.name}" if of_folder else step, completed, total)

    return hook


def begin_with_own(film: Path, out: Path) -> None:
    """Begin with the result beside a film, where there is one: its names and decisions hold."""
    if not is_result(out) and (beside := _beside(film)):
        copy_result(beside, out)


def _beside(film: Path) -> Path | None:
    return result_beside(film, lambda file: is_same(film, file.content, file.picture))


def say_where(out: Path, url: str) -> None:
    """Let the result of a film that was fetched say where the film is."""
    result = StoredResult.load(out)
    sources = tuple(replace(source, path=url) for source in result.sources)
    moved = replace(result, run=replace(result.run, sources=sources), folder=None)
    save(moved, out, Decisions.read(out), result, write_report)
