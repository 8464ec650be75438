"""Pieces: what was looked at so far of a long film, or of many photos, kept while the rest is.

Each piece is on the disk as soon as it is done, whole or not at all, with all that the next one
goes on from. So a run that is stopped, killed or cut off loses one piece at most, and the next run
makes what it would have made. Pieces end after a number of pictures, in every run at the same ones:
where they end has a say in which faces of a track are described.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data.errors import InputError
from ...data.files import json_of, openable, replacing_file
from ...data.lock import held
from ...data.result.crops import CropWriter
from ...data.tables.faces import Faces
from . import cache

FRAMES, PHOTOS = 1500, 100
"""Pictures that are looked at in one piece: five minutes of film at five a second, and photos."""

_STATE, _WAY = "state.npz", "way.json"

State = Mapping[str, NDArray[Any]]
"""What the next piece goes on from."""


class Pieces:
    """The pieces of one entry of the cache, in their order.

    Attributes:
        facts: of each piece, what was given to ``keep``.
        way: how all of it is looked at, as given to ``begin_anew``; {} = as it is.

    Args:
        folder: they are in.
        contents: of the sources by their names, in their order; the names are those of faces.
    """

    def __init__(self, folder: Path, contents: Mapping[str, str]) -> None:
        self._folder, self._contents = folder, dict(contents)
        self.way: dict[str, Any] = {}
        self._round = 0  # how often it was begun anew
        self._read_way()
        self._kept: list[Path] = []
        self.facts: list[dict[str, Any]] = []
        while (found := cache.load(self._path(len(self._kept)))) is not None:
            self._note(found[2])
        self._clear()

    @property
    def state(self) -> dict[str, State]:
        """What the last piece left for the next one; {} = there is none."""
        if not self._kept:
            return {}
        state: dict[str, dict[str, NDArray[Any]]] = {}
        with np.load(self._kept[-1] / _STATE) as arrays:
            for name, array in arrays.items():
                owner, _, column = name.partition(".")
                state.setdefault(owner, {})[column] = array
        return dict(state)

    @contextmanager
    def new(self) -> Iterator[Path]:
        """Give a folder for the next piece, gone at the end unless it was kept.

        Its crops are written to ``cache.crops_path``.
        """
        with cache.new_entry(self._folder) as partial:
            yield partial

    def keep(
        self,
        partial: Path,
        faces: Faces,
        facts: Mapping[str, Any],
        state: Mapping[str, State] | None = None,
    ) -> None:
        """Keep a piece: on the disk when this returns.

        Args:
            partial: from ``new``.
            faces: what was seen.
            facts: any JSON content.
            state: what the next piece goes on from, by the name of its owner.
        """
        arrays: dict[str, Any] = {
            f"{owner}.{name}": array
            for owner, columns in (state or {}).items()
            for name, array in columns.items()
        }
        with (partial / _STATE).open("wb") as file:
            np.savez_compressed(file, **arrays)
        given = {"contents": self._contents, "facts": dict(facts)}
        cache.put(partial, self._path(len(self._kept)), faces, given)
        self._note(given)

    def begin_anew(self, way: Mapping[str, Any]) -> None:
        """Forget all pieces, since everything is to be looked at in another way."""
        self._round, self.way = self._round + 1, dict(way)
        with replacing_file(self._folder / _WAY) as path:
            path.write_text(json.dumps({"round": self._round, "way": self.way}))
        self._kept, self.facts = [], []
        self._clear()

    def faces(self) -> Faces:
        """Return what was seen in all pieces, one at least.

        Raises:
            InputError: a piece cannot be read back.
        """
        tables = []
        for path in self._kept:
            faces, _, given = self._load(path)
            named = dict(zip(given["contents"], self._contents, strict=True))
            column = np.array([named[name] for name in faces.source.tolist()], dtype=np.str_)
            tables.append(faces.replace(source=column))
        return Faces.concatenate(tables)

    def copy_crops(self, entry: Path) -> None:
        """Write the crops of all pieces into an entry.

        Raises:
            InputError: a piece cannot be read back.
        """
        with CropWriter(cache.crops_path(entry)) as writer:
            for path in self._kept:
                crops = self._load(path)[1]
                for row in range(len(crops)):
                    writer.append_jpeg(crops[row])

    def delete(self) -> None:
        """Delete all of them."""
        _empty(self._folder)

    def _load(self, path: Path) -> tuple[Faces, Any, dict[str, Any]]:
        found = cache.load(path)
        if found is None:
            raise InputError(
                f"{self._folder}: what was written there cannot be read back; choose another"
                " --cache"
            )
        return found

    def _path(self, number: int) -> Path:
        return self._folder / f"{self._round}-{number:05d}"

    def _note(self, given: Mapping[str, Any]) -> None:
        self._kept.append(self._path(len(self._kept)))
        self.facts.append(given["facts"])

    def _read_way(self) -> None:
        try:
            kept = json_of(openable(self._folder / _WAY).read_text())
            self._round, self.way = int(kept["round"]), dict(kept["way"])
        except (OSError, ValueError, TypeError, KeyError):
            return  # there is none, or a damaged one: all is looked at anew

    def _clear(self) -> None:
        """Delete pieces that cannot be used: after one that is damaged, or of another way."""
        for path in self._folder.glob("*-*"):
            if path not in self._kept and not path.name.startswith("."):
                _remove(path)


@contextmanager
def folder_of(entry: Path) -> Iterator[tuple[Path, bool]]:
    """Give a folder for the pieces of an entry, and whether it is there for the next run, too.

    Where another run looks at the same, this one has a folder of its own, which goes at the end.

    Raises:
        OSError: it cannot be made.
    """
    with held(cache.pieces_of(entry)) as is_held:
        if is_held:
            yield cache.pieces_of(entry), True
        else:
            with cache.new_entry(entry.parent) as folder:
                yield folder, False


def clear_away(folder: Path) -> None:
    """Delete the pieces in a folder, if there is one, but not those that a run is using."""
    if folder.is_dir():
        with held(folder) as is_held:
            if is_held:
                _empty(folder)


def clear_away_of(cache_folder: Path, contents: Collection[str]) -> None:
    """Delete unused pieces of some contents, and those that cannot be read."""
    for folder in cache.unfinished(cache_folder):
        found = [cache.load(piece) for piece in folder.glob("*-*") if piece.is_dir()]
        if any(piece is None or {*contents} & {*piece[2]["contents"].values()} for piece in found):
            clear_away(folder)


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        _remove(path)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
