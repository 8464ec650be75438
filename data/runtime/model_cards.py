"""The cards of networks: what each is for, where it comes from, and how to know it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

from ... import checkpoints
from ..files import json_of


@dataclass(frozen=True)
class ModelFile:
    """One file of a network.

    Attributes:
        name: without folders.
        sha256: of its content, 64 hexadecimal digits.
        size: in bytes.
        url: where it can be fetched; "" = it ships.
    """

    name: str
    sha256: str
    size: int
    url: str = ""

    def __post_init__(self) -> None:
        if not self.name or "/" in self.name or "\\" in self.name or self.name.startswith("."):
            raise ValueError(f"name: expected the name of a file, got {self.name!r}")
        if len(self.sha256) != 64 or set(self.sha256) - set("0123456789abcdef"):
            raise ValueError(f"{self.name}: expected a sha256 of 64 digits, got {self.sha256!r}")
        if self.size < 1:
            raise ValueError(f"{self.name}: expected a size in bytes, got {self.size}")


@dataclass(frozen=True, eq=False)
class ModelCard:
    """What is known of a network.

    Attributes:
        name: by which it is asked for.
        task: such as "face vectors".
        licence: such as "Apache-2.0".
        origin: who made it, and where it was published.
        use: what castlist does with it.
        files: what it consists of.
        facts: the whole card, for whoever runs the network.
    """

    name: str
    task: str
    licence: str
    origin: str
    use: str
    files: tuple[ModelFile, ...]
    facts: Mapping[str, Any]

    @property
    def ships(self) -> bool:
        """Whether it is part of castlist, with nothing to fetch."""
        return not any(file.url for file in self.files)

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum(file.size for file in self.files)

    @classmethod
    def of_json(cls, text: str) -> ModelCard:
        """Read a card: of one shipped ``file``, or of ``files`` with addresses.

        Raises:
            ValueError: it is no JSON, or something is missing.
        """
        facts = json_of(text)
        try:
            # A shipped card describes its one file itself.
            kept = facts["files"] if "files" in facts else [{**facts, "name": facts["file"]}]
            files = tuple(
                ModelFile(file["name"], file["sha256"], int(file["size"]), file.get("url", ""))
                for file in kept
            )
            return cls(
                name=facts["name"],
                task=facts["task"],
                licence=facts["licence"],
                origin=facts["origin"],
                use=facts.get("use", ""),
                files=files,
                facts=facts,
            )
        except (KeyError, TypeError) as error:
            raise ValueError(
                "card: expected name, task, licence, origin, and file or files with sha256 and"
                f" size, got no {error}"
            ) from error


def known_models() -> dict[str, ModelCard]:
    """Return every card by name: first those that ship, then those that can be fetched."""
    cards = (ModelCard.of_json(file.read_text(encoding="utf-8")) for file in _card_files())
    return {card.name: card for card in cards}


def shipped(name: str) -> tuple[dict[str, Any], bytes]:
    """Return the card of a network that ships, as it is, and its file's content."""
    root = resources.files(checkpoints)
    facts: dict[str, Any] = json_of((root / f"{name}.json").read_text(encoding="utf-8"))
    return facts, (root / facts["file"]).read_bytes()


def _card_files() -> Iterator[Traversable]:
    root = resources.files(checkpoints)
    for folder in (root, root / "models"):
        for file in sorted(folder.iterdir(), key=lambda path: path.name):
            # Cards without a task are of things that are no network of their own.
            if file.name.endswith(".json") and '"task"' in file.read_text(encoding="utf-8"):
                yield file
