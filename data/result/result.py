"""A result: what was found in films and photos, in memory and in its folder."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np

from ..errors import InputError, brief
from ..files import Swapping, json_of, replacing_folder
from ..progress import ProgressHook, silent
from ..tables.faces import BoolArray, Faces, IntArray
from .cast import Cast
from .crops import Crops, KeptCrops
from .decisions import EDITS, Decisions
from .facts import ModelFacts, RunFacts, SourceFacts
from .names import crop_names
from .people import Person, gather_people, gather_unknown
from .people_folder import (
    Edited,
    FolderCrops,
    copy_missing,
    crop_paths,
    edited,
    files_in,
    find_crops,
    looks_written,
    sheet_path,
    write_crops,
)
from .store import read_cast, read_faces, write_faces
from .tables import people_json, write_faces_csv

TABLE, RUN = "faces.parquet", "run.json"
"""The two files that a result is loaded from; a folder with ``RUN`` is a result."""

PAGE = "report.html"
"""The report, which ``clustering/report`` writes into the folder."""

_WRITTEN = frozenset({TABLE, RUN, PAGE, "faces.csv", "people.json"})
"""What castlist writes into the folder of a result besides people/."""


def is_own_file(path: Path) -> bool:
    """Say whether a path is one of the files that a result in a folder consists of."""
    is_written = path.name in {*_WRITTEN, EDITS}
    return is_written and path.is_file() and (path.parent / RUN).is_file()


@dataclass(frozen=True, eq=False)
class StoredResult:
    """Everything a run found. Loading and saving take no network and no film.

    Attributes:
        faces: the table, complete.
        run: sources, networks, settings and notices.
        crops: the JPEG crop of each row.
        folder: the folder it was loaded from; None = it was not.
        name: to tell it from others: its folder, or what was given.
        given_cast: ids and names of the people; None = nobody gave any.
        decisions: of the user and by known people that it follows; None = those in its folder.
    """

    faces: Faces
    run: RunFacts
    crops: Crops
    folder: Path | None = None
    name: str = ""
    given_cast: Cast | None = field(default=None, repr=False)
    decisions: Decisions | None = field(default=None, repr=False)

    @classmethod
    def load(cls, folder: str | Path) -> Self:
        """Load a result from its folder.

        Crops are found wherever in people/ somebody moved them.

        Raises:
            InputError: there is no result, or another version of castlist wrote it, or it is
                damaged.
        """
        folder = Path(folder)
        if not (folder / TABLE).is_file():
            raise InputError(
                f"{folder}: expected a result of castlist find, found no {TABLE} there"
            )
        faces, _ = read_faces(folder / TABLE)
        run = _read_run(folder / RUN)
        if unnamed := {*faces.source.tolist()} - {source.name for source in run.sources}:
            raise InputError(
                f"{folder / RUN}: expected every source of the table in it, found none called"
                f" {', '.join(sorted(unnamed)[:3])}; make the result again"
            )
        crops = FolderCrops(faces, _photos(run), find_crops(folder))
        return cls(faces, run, crops, folder, str(folder), read_cast(folder / TABLE, faces))

    @property
    def sources(self) -> tuple[SourceFacts, ...]:
        """Every film and photo, also those without a face."""
        return self.run.sources

    @property
    def source_names(self) -> set[str]:
        """The names of all films and photos."""
        return {source.name for source in self.run.sources}

    @property
    def contents(self) -> dict[str, str]:
        """Content hash of each film and photo, by its name."""
        return {source.name: source.content for source in self.run.sources}

    @property
    def models(self) -> ModelFacts:
        """The networks of the run."""
        return self.run.models

    @cached_property
    def cast(self) -> Cast:
        """Who the people of the table are: lasting ids, names, who is hidden."""
        return self.given_cast or Cast.of_ranks(self.faces)

    def name_of(self, person: int) -> str:
        """Return the name that the user gave to a person of the table, else the lasting id.

        Args:
            person: as in the ``person`` column; -1 is ``unknown``.
        """
        return self.cast.name_of(person)

    def is_hidden(self, person: int) -> bool:
        """Say whether the user left a person of the table out of pages, counts and exports."""
        return self.cast.is_hidden(person)

    @cached_property
    def people(self) -> Sequence[Person]:
        """Everyone who was found, the most frequent first; the unknown not among them."""
        return gather_people(self.faces, self.run, self.cast)

    @cached_property
    def unknown(self) -> Person | None:
        """The faces that stayed unknown, as if they were one person; None without any."""
        return gather_unknown(self.faces, self.run)

    @cached_property
    def crop_paths(self) -> list[str]:
        """Where each row's crop lies in a folder that the result is saved to."""
        return crop_paths(self.faces, _photos(self.run), self.cast)

    @property
    def crop_names(self) -> list[str]:
        """The name of each row's crop."""
        return crop_names(self.faces, _photos(self.run))

    def keep(self, rows: BoolArray | IntArray) -> StoredResult:
        """Return the result of some rows only, in that order. People keep numbers and ids."""
        places = np.arange(len(self.faces))[rows]
        faces = self.faces[places]
        cast = self.cast.kept(places, faces.num_people)
        return dataclasses.replace(
            self, faces=faces, crops=KeptCrops(self.crops, places), folder=None, given_cast=cast
        )

    def shown(self) -> StoredResult:
        """Return what pages and counts show: neither hidden people nor what is no face."""
        hidden = [number for number in range(len(self.cast.ids)) if self.cast.is_hidden(number)]
        rows = self.faces.is_face & ~np.isin(self.faces.person, hidden)
        return self if rows.all() else self.keep(np.flatnonzero(rows))

    def save(
        self,
        folder: str | Path,
        overwrite: bool = False,
        write_pages: Callable[[StoredResult, Path], None] | None = None,
        progress: ProgressHook = silent,
        edits: Edited | None = None,
        swapping: Swapping = nullcontext,
    ) -> None:
        """Save the result: all of it, or nothing where that fails.

        An earlier result there is replaced; whatever somebody else put into its folder stays. Of a
        result that was loaded everything in its folder comes along, crops where they lie.

        Args:
            folder: where to; made when missing.
            overwrite: whether an earlier result may be replaced.
            write_pages: writes the page and the contact sheets into the folder it is given.
            progress: called as (step, completed, total).
            edits: the decisions of the user; None = those that it follows, and edits.jsonl comes
                along as it is.
            swapping: is given the new folder, complete, and entered while it gets its name.

        Raises:
            InputError: something else is there, or nothing can be written there.
        """
        folder = Path(folder)
        if edits is None and self.decisions is not None:
            edits = edited(self.decisions, self.crop_paths, {})
        with replacing_folder(folder, RUN, overwrite, swapping) as partial:
            self._write(partial, progress, edits)
            if write_pages:
                write_pages(self, partial)
            if self.folder is not None:
                copy_missing(self.folder, partial)
            if folder.is_dir():
                written = edits.written if edits else None
                left_out = {*(_files_written(folder) if written is None else written)}
                left_out |= {*(edits.gone if edits else ())}
                copy_missing(folder, partial, left_out)

    @property
    def written(self) -> set[Path]:
        """What castlist wrote of a loaded result, relative to its folder.

        Crops that somebody moved are not where castlist wrote them, and so are not among it.
        """
        folders = {*self.cast.folders_of_faces(self.faces)}
        return {
            *map(Path, _WRITTEN),
            *map(Path, self.crop_paths),
            *(Path(sheet_path(folder)) for folder in folders),
        }

    def _write(self, out: Path, progress: ProgressHook, edits: Edited | None) -> None:
        metadata = {
            "configuration": self.run.configuration,
            "versions": self.run.versions,
            "input_hash": self.run.input_hash,
        }
        paths = edits.places if edits else self.crop_paths
        write_faces(self.faces, out / TABLE, metadata, self.models, self.cast)
        if len(self.faces):
            write_faces_csv(self.faces, paths, out / "faces.csv", self.cast)
        (out / "people.json").write_text(
            people_json(self.faces, self.people, self.unknown, paths, self.cast),
            encoding="utf-8",
            errors="backslashreplace",
        )
        if self.folder is None:
            write_crops(self.crops, paths, out, progress, link=edits is not None)
        if edits and len(edits.decisions):
            (out / EDITS).write_text(edits.decisions.to_text(), encoding="utf-8")
        (out / RUN).write_text(self.run.to_json(), encoding="utf-8", errors="backslashreplace")


def is_result(folder: Path) -> bool:
    """Say whether a folder is, or claims to be, a result."""
    try:
        return any((folder / name).is_file() for name in (TABLE, RUN))
    except OSError:  # nobody may look into it
        return False


def _photos(run: RunFacts) -> set[str]:
    return {photo.name for photo in run.photos}


def _read_run(path: Path) -> RunFacts:
    if not path.is_file():  # a pipe would be waited for
        raise InputError(f"expected {path}, found no such file")
    try:
        content: Any = json_of(path.read_text(encoding="utf-8"))
        return RunFacts.from_dict(content)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{path}: expected what castlist find wrote, but"
            f" {type(error).__name__}: {brief(error)};"
            " make the result again"
        ) from None


def _files_written(folder: Path) -> set[Path]:
    """Return what castlist wrote into the folder of an earlier result, relative to it."""
    try:
        return StoredResult.load(folder).written
    except InputError:  # of another version, or damaged: names say what castlist wrote
        return {path for path in files_in(folder) if looks_written(path, _WRITTEN)}
