"""find and find_many: the people of films and photos, from Python."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from typing import Any, Self

from ...data.errors import InputError
from ...data.progress import ProgressHook, ProgressLines, in_notebook, silent
from ...data.result.result import StoredResult
from .finding import Search
from .inputs import Given, Picture, as_files, without_places
from .places import result_folder
from .result import Result
from .settings import keys_of

_GRACE_S = 3.0  # in which a process that Ctrl-C has reached, too, clears away what it began


def find(
    inputs: Given | Iterable[Given] | Iterable[Picture],
    out: str | Path | None = None,
    *,
    cache: str | Path | None = None,
    also_frames: str | Path | None = None,
    known: str | Path | None = None,
    overwrite: bool = False,
    progress: bool | ProgressHook = True,
    **settings: Any,
) -> Result:
    """Find the people of films and photos: by face first, then by clothing.

    Examples:
        >>> result = find("film.mp4", fps=5, end="0:04")
        >>> result
        <Result 3 people in film.mp4>
        >>> for person in result:
        ...     print(person.name, len(person.shots()), person.screen_time_s)
        Anna 2 2.0
        person_002 2 2.0
        person_003 2 2.0

    Args:
        inputs: a film, photo or folder, or several; open files; or pictures with their times:
            (seconds, array), the array (height, width, 3) uint8, red green blue, in order.
        out: folder for the result; None = nothing is written, until ``save`` is called. A result
            that is there, or without ``out`` beside the film, is returned where nothing has
            changed; decisions in it hold.
        cache: folder for what the networks saw; None = the user's.
        also_frames: labels whose frames are analysed too.
        known: folder of known people, a folder or a photo each; whoever looks like them gets
            their names.
        overwrite: whether the result of other films, or of more, may be replaced.
        progress: whether to show bars, in a terminal and a notebook; or a function that is called
            as (step, completed, total).
        settings: as the options of ``castlist find``: ``fps=2``, ``start="1:30"``,
            ``wrong_merge_cost=10``, ``cloth_method="none"``. docs/python.md lists them.

    Raises:
        InputError: an input or a network cannot be used, or ``out`` cannot be written.
        ConfigError: a setting that does not exist, or a value that it cannot have.
    """
    keys = keys_of(settings)
    with as_files(inputs) as (paths, temporary), _shown(progress) as hook:
        if temporary and paths[0].name == "pictures.mkv":
            keys = {"frames.fps": 1000.0, **keys}  # each picture that was given
        search = Search.of(
            paths,
            keys,
            Path(also_frames) if also_frames else None,
            Path(cache) if cache else None,
            known=Path(known) if known else None,
        )
        if isinstance(hook, ProgressLines):
            hook.expect(search.work())
        if out is None:
            found = search.run(hook, None if temporary else result_folder(paths))
        else:
            found = search.run_into(Path(out), hook, replaces=overwrite)
        gone = without_places([source.path for source in search.sources], temporary)
    return Result.of(_without_temporary(found.result, gone) if gone else found.result)


def find_many(
    inputs: Iterable[str | Path],
    jobs: int = 1,
    *,
    place: Callable[[Sequence[str | Path]], Path] = result_folder,
    **settings: Any,
) -> Iterator[Result]:
    """Find the people of many films, each by itself, and save each beside its film.

    A call that was stopped carries on: what is done is loaded. A film that cannot be used does not
    stop the others.

    Args:
        inputs: films, photos and folders, one result each.
        jobs: how many at a time, each in a process of its own.
        place: gives the folder of a result, as ``castlist.clustering.api.places.result_folder``.
        settings: as for ``find``.

    Yields:
        The results, in the order of the inputs.

    Raises:
        InputError: after all others, some could not be used; the message names each.
        ConfigError: a setting that does not exist, or a value that it cannot have.
    """
    keys = keys_of(settings)
    failed: list[str] = []

    def one(given: str | Path) -> Path | InputError:
        out = place([given])
        try:
            if jobs > 1:
                processes.find(given, out, keys)
            else:
                Search.of([given], keys).run_into(out)
        except InputError as error:
            return error
        return out

    with ThreadPoolExecutor(max(jobs, 1)) as pool, FilmProcesses() as processes:
        for done in pool.map(one, inputs) if jobs > 1 else map(one, inputs):
            if isinstance(done, InputError):
                failed.append(str(done))
            else:
                yield Result.load(done)
    if failed:
        raise InputError("; ".join(failed))


class FilmProcesses:
    """Processes that look at a film each; those that run are ended with the block."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[str]] = set()
        self._is_over = False

    def __enter__(self) -> Self:
        """Begin the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Tell those that run to stop; Ctrl-C may have told them already."""
        self._is_over, ends = True, time.monotonic() + _GRACE_S
        for process in [*self._running]:
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, ends - time.monotonic()))
            process.terminate()

    def find(
        self,
        given: str | Path,
        out: Path,
        keys: dict[str, Any],
        cache: Path | None = None,
        again: bool = False,
    ) -> None:
        """Run ``castlist find`` in a process of its own: memory and threads are apart.

        Args:
            given: film, photo or folder.
            out: folder for the result.
            keys: {"section.key": value}.
            cache: folder of the cache; None = the user's.
            again: also where the result is there already.

        Raises:
            InputError: what it says.
        """
        command = [sys.executable, "-m", "castlist", "find", "--quiet", "--out", str(out)]
        command += ["--cache", str(cache)] if cache else []
        command += ["--overwrite"] if again else []
        for key, value in keys.items():
            command += ["--set", f"{key}={json.dumps(value, ensure_ascii=False)}"]
        command += ["--", str(given)]
        with subprocess.Popen(  # noqa: S603
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        ) as process:
            self._running.add(process)
            if self._is_over:
                process.terminate()
            _, said = process.communicate()
            self._running.discard(process)
        if process.returncode not in (0, 3):
            last = (said.strip().splitlines() or [f"{given}: castlist ended early"])[-1]
            raise InputError(last.removeprefix("castlist: error: "))


def _shown(progress: bool | ProgressHook) -> AbstractContextManager[ProgressHook]:
    if not isinstance(progress, bool):
        return nullcontext(progress)
    if progress and (sys.stderr.isatty() or in_notebook()):
        return ProgressLines(sys.stderr)
    return nullcontext(silent)


def _without_temporary(result: StoredResult, paths: set[str]) -> StoredResult:
    """Return a result that does not name files which are gone."""
    sources = tuple(
        dataclasses.replace(source, path="") if source.path in paths else source
        for source in result.sources
    )
    return dataclasses.replace(result, run=dataclasses.replace(result.run, sources=sources))
