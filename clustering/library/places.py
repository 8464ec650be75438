"""What lies where in the folder of a library, and what the library says of itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ...data.errors import InputError, brief
from ...data.files import json_of, openable, replacing_file
from ...data.result.facts import ModelFacts, plain

VERSION = 1
"""Of the files of a library; a newer one is refused."""

HEAD = "library.json"
"""The file that makes a folder a library."""


@dataclass(frozen=True)
class Places:
    """The files of a library.

    Attributes:
        root: its folder.
    """

    root: Path

    @property
    def head(self) -> Path:
        """Version, networks and settings."""
        return self.root / HEAD

    @property
    def films(self) -> Path:
        """A folder for the result of each film, and of each folder of photos."""
        return self.root / "films"

    @property
    def sources(self) -> Path:
        """Where films and photos are, a row each; made again where it is missing."""
        return self.root / "sources.parquet"

    @property
    def people(self) -> Path:
        """The people of the library, a row each."""
        return self.root / "people.parquet"

    @property
    def members(self) -> Path:
        """Which person of which film is whom, a row each."""
        return self.root / "members.parquet"

    @property
    def questions(self) -> Path:
        """Pairs of people who may be one."""
        return self.root / "questions.parquet"

    @property
    def index(self) -> Path:
        """A folder with what is computed of the results; made again where it is damaged."""
        return self.root / "index"

    def refuse_own(self, path: Path) -> None:
        """Refuse to write over a file of the library.

        Raises:
            InputError: it is one.
        """
        own = path.suffix in (".json", ".jsonl", ".parquet") and path.is_file()
        if own and path.resolve().parent == self.root.resolve():
            raise InputError(
                f"{path}: lies among the files of the library, which stay as they are; choose"
                " another place"
            )

    def result(self, key: str) -> Path:
        """Return the folder of the result of a film."""
        return self.films / key


@dataclass(frozen=True)
class Networks:
    """The face networks of a library: vectors of others are never compared with theirs.

    Attributes:
        columns: first and last column (exclusive) of each in the face vectors, by name.
        card: what castlist says of them: same card, same numbers.
    """

    columns: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    card: str = ""

    @classmethod
    def of(cls, models: ModelFacts) -> Networks:
        """Return those of a result."""
        return cls(dict(models.face_columns), str(models.cards.get("embedder", "")))

    @property
    def names(self) -> str:
        """Their names, for messages."""
        return " + ".join(self.columns) or "none"


@dataclass(frozen=True)
class Head:
    """What a library says of itself.

    Attributes:
        settings: {"section.key": value}, with which every film is looked at.
        networks: None = nothing was looked at yet.
    """

    settings: Mapping[str, Any] = field(default_factory=dict)
    networks: Networks | None = None

    @classmethod
    def read(cls, places: Places) -> Head | None:
        """Read it; None where there is no library yet.

        Raises:
            InputError: the folder is something else or of a newer castlist, or the file damaged.
        """
        try:
            content = json_of(openable(places.head).read_text(encoding="utf-8"))
            version = int(content["version"])
            networks = content["networks"]
            settings = dict(content["settings"])
            own = networks and Networks(
                {name: (int(a), int(b)) for name, (a, b) in networks["columns"].items()},
                str(networks["card"]),
            )
        except (FileNotFoundError, NotADirectoryError):
            _refuse_others(places)
            return None
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(
                f"{places.head}: expected what castlist library wrote, but {brief(error)}; delete"
                " this file and add the same paths again: films that were looked at stay"
            ) from error
        if version > VERSION:
            raise InputError(
                f"{places.root}: a library of version {version}, and this castlist knows up to"
                f" {VERSION}; use a newer castlist"
            )
        return cls(settings, own or None)

    def write(self, places: Places) -> None:
        """Write it, whole or not at all."""
        content = {
            "version": VERSION,
            "settings": plain(self.settings),
            "networks": self.networks and asdict(self.networks),
        }
        with replacing_file(places.head) as partial:
            partial.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def is_library(folder: Path) -> bool:
    """Say whether a folder is a library."""
    return (folder / HEAD).is_file()


def _refuse_others(places: Places) -> None:
    """Refuse a folder that holds other things: a library is a folder of its own."""
    if places.films.is_dir() or not places.root.exists():
        return
    if not places.root.is_dir():
        raise InputError(
            f"{places.root}: expected the folder of a library, found a file; choose another"
        )
    if any(not path.name.startswith(".") for path in places.root.iterdir()):
        raise InputError(
            f"{places.root}: expected the folder of a library, or a new one, found other files;"
            " choose another folder"
        )


def must_be_there(head: Head | None, places: Places) -> Head:
    """Return what a library says of itself.

    Raises:
        InputError: there is none.
    """
    if head is None:
        raise InputError(
            f"{places.root}: there is no library; make one: castlist library {places.root} add"
            " FILMS"
        )
    return head
