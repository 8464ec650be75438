"""The store of networks: what ships, what lies in folders of the user's, what can be fetched."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from urllib.parse import quote

from ... import checkpoints
from ..errors import InputError
from ..files import replacing_file
from ..progress import ProgressHook, silent
from .download import UnreachableError, download
from .model_cards import ModelCard, ModelFile, known_models

FOLDERS_VARIABLE, CACHE_VARIABLE = "CASTLIST_MODELS", "CASTLIST_CACHE"
OFFLINE_VARIABLE = "CASTLIST_OFFLINE"
"""Fetch nothing where it is set, and not to 0."""

PATIENCE_S = 600.0
"""Seconds after a failure in which ``fetch_patiently`` does not try again."""

_FAILED = "fetching-failed"  # a file of the cache, as old as the last failure


@dataclass(frozen=True)
class Whereabouts:
    """Where a network is.

    Attributes:
        card: the network.
        paths: its files, in the order of the card; empty = it is not here.
    """

    card: ModelCard
    paths: tuple[Path, ...]

    @property
    def is_here(self) -> bool:
        """Whether all its files are on this machine."""
        return bool(self.paths)


class ModelStore:
    """Finds networks by name, and fetches them when asked to.

    Looked into, in this order: what ships, the folders of the user's, the cache. A file counts only
    with the size and the checksum of its card. A server that did not answer once is not asked again
    by the same store.

    Args:
        folders: looked into first.
        cache: where fetched files are kept.
        offline: fetch nothing.
        progress: called while a file is fetched: what, bytes done, bytes in all.
        cards: by name; None = all known ones.
    """

    def __init__(
        self,
        folders: Sequence[Path] = (),
        cache: Path | None = None,
        offline: bool = False,
        progress: ProgressHook = silent,
        cards: Mapping[str, ModelCard] | None = None,
    ) -> None:
        self.cards = dict(known_models() if cards is None else cards)
        self._folders = tuple(folders)
        self._cache = default_models_cache() if cache is None else cache
        self._offline = offline
        self._progress = progress
        self._unreachable: InputError | None = None

    @classmethod
    def of_environment(
        cls,
        offline: bool = False,
        progress: ProgressHook = silent,
    ) -> ModelStore:
        """Make a store that looks into the folders of CASTLIST_MODELS first.

        Args:
            offline: fetch nothing; the variable CASTLIST_OFFLINE says the same for all commands.
            progress: called while a file is fetched.
        """
        named = os.environ.get(FOLDERS_VARIABLE, "").split(os.pathsep)
        offline = offline or os.environ.get(OFFLINE_VARIABLE, "") not in ("", "0")
        return cls([Path(folder) for folder in named if folder], None, offline, progress)

    def card(self, name: str) -> ModelCard:
        """Return a card.

        Raises:
            InputError: no such network.
        """
        if name not in self.cards:
            raise InputError(f"expected a network of {', '.join(self.cards)}; got {name!r}")
        return self.cards[name]

    def all(self) -> list[Whereabouts]:
        """Return every network, and where it is."""
        return [self.find(name) for name in self.cards]

    def find(self, name: str) -> Whereabouts:
        """Look for a network on this machine.

        Raises:
            InputError: no such network.
        """
        card = self.card(name)
        paths = [self._find_file(file, card.ships) for file in card.files]
        found = tuple(path for path in paths if path is not None)
        return Whereabouts(card, found if len(found) == len(paths) else ())

    def get(self, name: str, source: str = "") -> Whereabouts:
        """Find a network, or fetch it.

        Args:
            name: of the network.
            source: a folder, or the address of one, that has its files; "" = where the card says.

        Raises:
            InputError: no such network, castlist is offline, or it cannot be fetched; the message
                is one line that says what to do.
        """
        found = self.find(name)
        if found.is_here:
            return found
        paths = tuple(self._fetch(file, source) for file in found.card.files)
        return Whereabouts(found.card, paths)

    def fetch_patiently(self, name: str) -> Whereabouts:
        """Find a network, or fetch it, for whoever can do without.

        After a failure nothing is fetched for ``PATIENCE_S``, by any run with the same cache, so
        that without a network not every run waits for an answer; ``get`` tries at once.

        Raises:
            InputError: as ``get``, or fetching failed a short while ago.
        """
        found = self.find(name)
        if found.is_here:
            return found
        failed = self._cache / _FAILED
        if not self._offline and self._unreachable is None and _is_younger(failed, PATIENCE_S):
            raise InputError(
                f"{name}: not on this machine, and fetching failed in the last"
                f" {PATIENCE_S / 60:.0f} minutes; run castlist models get {name} to try at once"
            )
        try:
            return self.get(name)
        except InputError:
            if not self._offline:
                with suppress(OSError):
                    self._cache.mkdir(parents=True, exist_ok=True)
                    failed.touch()
            raise

    def contents(self, name: str) -> tuple[bytes, ...]:
        """Return the content of each file of a network, fetched if need be.

        Raises:
            InputError: as ``get``.
        """
        return tuple(path.read_bytes() for path in self.get(name).paths)

    def _find_file(self, file: ModelFile, ships: bool) -> Path | None:
        if ships:
            return Path(str(resources.files(checkpoints) / file.name))
        places = (folder / file.name for folder in (*self._folders, self._cache))
        return next((path for path in places if _is_file(path, file)), None)

    def _fetch(self, file: ModelFile, source: str) -> Path:
        here = self._find_file(file, ships=False)  # one of two files may be here already
        if here is not None:
            return here
        if source and "://" not in source:
            return self._copy(file, Path(source))
        if self._offline:
            raise InputError(
                f"{file.name}: not on this machine, and castlist is offline; put it into a folder"
                f" that {FOLDERS_VARIABLE} names, or run castlist models get where there is a"
                " network"
            )
        if self._unreachable is not None:
            raise self._unreachable
        url = f"{source.rstrip('/')}/{quote(file.name)}" if source else file.url
        try:
            fetched = download(file, url, self._cache, self._progress)
            (self._cache / _FAILED).unlink(missing_ok=True)
            return fetched
        except UnreachableError as error:
            self._unreachable = error
            raise

    def _copy(self, file: ModelFile, folder: Path) -> Path:
        if not _is_file(folder / file.name, file):
            raise InputError(
                f"{folder}: expected {file.name} there, with sha256 {file.sha256[:12]}...; found"
                " no such file"
            )
        kept = self._cache / file.name
        try:
            with replacing_file(kept) as partial:
                shutil.copyfile(folder / file.name, partial)
        except OSError as error:
            raise InputError(
                f"{self._cache}: cannot keep {file.name} there ({error.strerror}); let"
                f" {CACHE_VARIABLE} name another folder"
            ) from error
        return kept


def default_models_cache() -> Path:
    """Return where fetched networks are kept: models/ in castlist's cache folder."""
    if folder := os.environ.get(CACHE_VARIABLE):
        return Path(folder) / "models"
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "castlist" / "models"


def _is_younger(path: Path, age_s: float) -> bool:
    try:
        return 0 <= time.time() - path.stat().st_mtime < age_s
    except OSError:
        return False


def _is_file(path: Path, wanted: ModelFile) -> bool:
    """Say whether a file is there and the one that is wanted."""
    try:
        if path.stat().st_size != wanted.size:
            return False
        return hashlib.sha256(path.read_bytes()).hexdigest() == wanted.sha256
    except OSError:
        return False
