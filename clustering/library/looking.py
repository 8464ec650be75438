"""Looks at new films and photos of a library, several at a time; each becomes a result."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...data.errors import InputError
from ...data.media.sources import hash_source
from ...data.progress import ProgressHook
from ...data.result.result import StoredResult, is_result
from ..api.find import find_in_process
from ..api.finding import Search
from ..api.places import files_in, result_folder
from ..naming.originals import copy_result
from .places import Networks, Places
from .scan import Unit


@dataclass(frozen=True)
class LookedAt:
    """What became of a film, or of the photos of a folder.

    Attributes:
        unit: what was looked at.
        error: why it could not be, in a line; "" = it is in the library.
        left_out: what of it could not be used, a line each.
    """

    unit: Unit
    error: str = ""
    left_out: tuple[str, ...] = ()


def look(
    units: Sequence[Unit],
    places: Places,
    settings: Mapping[str, Any],
    jobs: int,
    progress: ProgressHook,
    networks: Callable[[], Networks | None],
    cache: Path | None = None,
    again: bool = False,
) -> Iterator[LookedAt]:
    """Look at films and photos; one that cannot be used does not stop the others.

    Args:
        units: what is new.
        places: of the library.
        settings: {"section.key": value}.
        jobs: how many films at a time, each in a process of its own.
        progress: called as (step, completed, total).
        networks: gives those of the library, None = it has none yet.
        cache: folder of the cache; None = the user's.
        again: a result that is there already does not do.

    Yields:
        What became of each, in the order in which they were given.
    """
    in_turn = threading.Lock()  # photos are looked at in this process: their names fill no command

    def one(unit: Unit) -> LookedAt:
        out = places.result(unit.key)
        was_there = is_result(out)
        try:
            if unit.kind == "result":
                copy_result(unit.paths[0], out)
            elif unit.kind == "film" and jobs > 1:
                _begin_with_own(unit.paths[0], out)
                find_in_process(unit.paths[0], out, dict(settings), cache, again)
            else:
                with in_turn:
                    if unit.kind == "film":
                        _begin_with_own(unit.paths[0], out)
                    search = Search.of(unit.paths, settings, cache=cache)
                    search.run_into(out, progress, may_be_done=not again)
            done = _checked(unit, StoredResult.load(out), networks())
        except InputError as error:
            return LookedAt(unit, str(error))
        if done.error and not was_there:
            shutil.rmtree(out, ignore_errors=True)
        return done

    with ThreadPoolExecutor(max(jobs, 1)) as pool:
        try:
            yield from pool.map(one, units) if jobs > 1 else map(one, units)
        except BaseException:  # Ctrl-C, too: those that have not begun do not
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def _checked(unit: Unit, result: StoredResult, networks: Networks | None) -> LookedAt:
    """Refuse the result of other networks than the library's."""
    own = Networks.of(result.models)
    if networks is not None and len(result.faces) and own != networks:
        return LookedAt(
            unit,
            f"{unit.name}: seen by the networks {own.names}, this library has {networks.names},"
            " which cannot be compared; add it with --again to look at everything again",
        )
    left_out = [f"{own.name}: {own.reason}" for own in result.run.skipped if not own.is_meant]
    return LookedAt(unit, left_out=tuple(left_out))


def _begin_with_own(film: Path, out: Path) -> None:
    """Begin with the result beside a film, where there is one: its names and decisions hold."""
    beside = result_folder([film], can_write=lambda _folder: True)
    if is_result(out) or not is_result(beside):
        return
    before = {content for _, content in files_in(beside)}
    if len(before) == 1 and hash_source(film) in before:
        copy_result(beside, out)
