"""What a library says of itself: the version of its files, its face networks, its settings."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ...data.errors import InputError, brief
from ...data.files import json_of, openable, replacing_file
from ...data.json_fields import plain
from ...data.result.facts import ModelFacts
from .places import Places

VERSION = 1
"""Of the files of a library; a newer one is refused."""


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
            known = networks and Networks(
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
                f"{places.root}: a library of version {version}, but this castlist knows versions"
                f" up to {VERSION}; use a newer castlist"
            )
        return cls(settings, known or None)

    @classmethod
    def of(cls, places: Places) -> Head:
        """Read it.

        Raises:
            InputError: as ``read``, or there is no library.
        """
        head = cls.read(places)
        if head is None:
            raise InputError(
                f"{places.root}: there is no library; make one: castlist library"
                f" {shlex.quote(str(places.root))} add FILMS"
            )
        return head

    def write(self, places: Places) -> None:
        """Write it, whole or not at all."""
        content = {
            "version": VERSION,
            "settings": plain(self.settings),
            "networks": self.networks and asdict(self.networks),
        }
        with replacing_file(places.head) as partial:
            partial.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


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
