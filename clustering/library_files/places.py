"""What lies where in the folder of a library."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ...data.errors import InputError

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
        is_own = path.suffix in (".json", ".jsonl", ".parquet") and path.is_file()
        if is_own and path.resolve().parent == self.root.resolve():
            raise InputError(
                f"{path}: lies among the files of the library, which stay as they are; choose"
                " another place"
            )

    def result(self, key: str) -> Path:
        """Return the folder of the result of a film."""
        return self.films / key


def is_library(folder: Path) -> bool:
    """Say whether a folder is a library."""
    return (folder / HEAD).is_file()
