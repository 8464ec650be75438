"""A result: what was found in films and photos, in memory and in its folder."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from ..files import replacing_folder
from ..progress import ProgressHook, silent
from ..tables.faces import BoolArray, Faces, IntArray
from .crops import Crops, KeptCrops
from .facts import ModelFacts, RunFacts, SourceFacts
from .people import Person, gather_people, gather_unknown
from .people_folder import (
    PEOPLE_FOLDER,
    FolderCrops,
    crop_paths,
    find_crops,
    is_crop,
    is_sheet,
    sheet_path,
    write_crops,
)
from .store import read_faces, write_faces
from .tables import people_json, write_faces_csv

TABLE, RUN = "faces.parquet", "run.json"
"""The two files that a result is loaded from; a folder with ``RUN`` is a result."""

PAGE = "report.html"
"""The report, which ``clustering/report`` writes into the folder."""

_WRITTEN = frozenset({TABLE, RUN, PAGE, "faces.csv", "people.json"})
"""What castlist writes into the folder of a result besides people/."""


@dataclass(frozen=True, eq=False)
class StoredResult:
    """Everything a run found. Loading and saving take no network and no film.

    Attributes:
        faces: the table, complete.
        run: sources, networks, settings and notices.
        crops: the JPEG crop of each row.
        folder: the folder it was loaded from; None = it was not.
        name: to tell it from others: its folder, or what was given.
    """

    faces: Faces
    run: RunFacts
    crops: Crops
    folder: Path | None = None
    name: str = ""

    @classmethod
    def load(cls, folder: str | Path) -> StoredResult:
        """Load a result from its folder.

        Crops are found wherever in people/ somebody moved them.

        Raises:
            InputError: there is no result, or another version of castlist wrote it, or it is
                damaged.
        """
        folder = Path(folder)
        if not (folder / TABLE).is_file():
            raise InputError(
                f"{folder}: expected a result of castlist cluster, found no {TABLE} there"
            )
        faces, _ = read_faces(folder / TABLE)
        run = _read_run(folder / RUN)
        if unnamed := {*faces.source.tolist()} - {source.name for source in run.sources}:
            raise InputError(
                f"{folder / RUN}: expected every source of the table in it, found none called"
                f" {', '.join(sorted(unnamed)[:3])}; make the result again"
            )
        return cls(
            faces, run, FolderCrops(faces, _photos(run), find_crops(folder)), folder, str(folder)
        )

    @property
    def sources(self) -> tuple[SourceFacts, ...]:
        """Every film and photo, also those without a face."""
        return self.run.sources

    @property
    def source_names(self) -> set[str]:
        """The names of all films and photos."""
        return {source.name for source in self.run.sources}

    @property
    def models(self) -> ModelFacts:
        """The networks of the run."""
        return self.run.models

    @cached_property
    def people(self) -> list[Person]:
        """Everyone who was found, the most frequent first; the unknown not among them."""
        return gather_people(self.faces, self.run)

    @cached_property
    def unknown(self) -> Person | None:
        """The faces that stayed unknown, as if they were one person; None without any."""
        return gather_unknown(self.faces, self.run)

    @cached_property
    def crop_paths(self) -> list[str]:
        """Where each row's crop lies in a folder that the result is saved to."""
        return crop_paths(self.faces, _photos(self.run))

    def keep(self, rows: BoolArray | IntArray) -> StoredResult:
        """Return the result of some rows only, in that order."""
        places = np.arange(len(self.faces))[rows]
        return dataclasses.replace(
            self, faces=self.faces[places], crops=KeptCrops(self.crops, places), folder=None
        )

    def save(
        self,
        folder: str | Path,
        overwrite: bool = False,
        write_pages: Callable[[StoredResult, Path], None] | None = None,
        progress: ProgressHook = silent,
    ) -> None:
        """Save the result: all of it, or nothing where that fails.

        An earlier result there is replaced; whatever somebody else put into its folder stays. Of a
        result that was loaded everything in its folder comes along, crops where they lie.

        Args:
            folder: where to; made when missing.
            overwrite: whether an earlier result may be replaced.
            write_pages: writes the page and the contact sheets into the folder it is given.
            progress: called as (step, completed, total).

        Raises:
            InputError: something else is there, or nothing can be written there.
        """
        folder = Path(folder)
        with replacing_folder(folder, RUN, overwrite) as partial:
            self._write(partial, progress)
            if write_pages:
                write_pages(self, partial)
            if self.folder is not None:
                _copy_missing(self.folder, partial, lambda _: True)
            if folder.is_dir():
                written = _files_written(folder)
                _copy_missing(folder, partial, lambda path: path not in written)

    def _write(self, out: Path, progress: ProgressHook) -> None:
        metadata = {
            "configuration": self.run.configuration,
            "versions": self.run.versions,
            "input_hash": self.run.input_hash,
        }
        write_faces(self.faces, out / TABLE, metadata)
        write_faces_csv(self.faces, self.crop_paths, out / "faces.csv")
        (out / "people.json").write_text(
            people_json(self.faces, self.people, self.unknown, self.crop_paths),
            encoding="utf-8",
            errors="backslashreplace",
        )
        if self.folder is None:
            write_crops(self.crops, self.crop_paths, out, progress)
        (out / RUN).write_text(self.run.to_json(), encoding="utf-8", errors="backslashreplace")


def is_result(folder: Path) -> bool:
    """Say whether a folder is, or claims to be, a result."""
    return any((folder / name).is_file() for name in (TABLE, RUN))


def _photos(run: RunFacts) -> set[str]:
    return {photo.name for photo in run.photos}


def _read_run(path: Path) -> RunFacts:
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
        return RunFacts.from_dict(content)
    except FileNotFoundError:
        raise InputError(f"expected {path}, found no such file") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{path}: expected what castlist cluster wrote, but {type(error).__name__}: {error};"
            " make the result again"
        ) from None


def _files_written(folder: Path) -> set[Path]:
    """Return what castlist wrote into the folder of an earlier result, relative to it.

    Crops that somebody moved are not where castlist wrote them, and so are not among it.
    """
    try:
        earlier = StoredResult.load(folder)
    except InputError:  # of another version, or damaged: names say what castlist wrote
        return {path for path in _files(folder) if _looks_written(path)}
    people = {*earlier.faces.person.tolist()}
    return {
        *map(Path, _WRITTEN),
        *map(Path, earlier.crop_paths),
        *(Path(sheet_path(person)) for person in people),
    }


def _looks_written(path: Path) -> bool:
    if str(path) in _WRITTEN:
        return True
    if path.parts[0] != PEOPLE_FOLDER or len(path.parts) not in (2, 3):
        return False
    in_person = len(path.parts) == 3 and is_sheet(f"{path.parts[1]}.jpg")
    return is_crop(path.name) if in_person else len(path.parts) == 2 and is_sheet(path.name)


def _files(folder: Path) -> list[Path]:
    return [
        path.relative_to(folder)
        for path in sorted(folder.rglob("*"))
        if path.is_symlink() or not path.is_dir()
    ]


def _copy_missing(source: Path, target: Path, wanted: Callable[[Path], bool]) -> None:
    """Copy the files of a folder that another one does not have; links stay links."""
    for path in _files(source):
        if wanted(path) and not os.path.lexists(target / path):  # a link may lead nowhere
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source / path, target / path, follow_symlinks=False)
