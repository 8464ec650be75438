"""What a worker looks at as one, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Unit:
    """A film, or the photos of a folder; or a result that is there.

    Attributes:
        key: of its result in the library.
        paths: of the film or photos; of a result its folder.
        kind: ``film``, ``photos`` or ``result``.
        url: address of a film that is not on this machine; then there are no paths.
    """

    key: str
    paths: tuple[Path, ...]
    kind: str
    url: str = ""

    @property
    def name(self) -> str:
        """What to call it."""
        if self.url:
            return self.url
        return str(self.paths[0].parent if self.kind == "photos" else self.paths[0])


@dataclass(frozen=True)
class LookedAt:
    """What became of a unit.

    Attributes:
        unit: what was looked at.
        error: why it could not be, in a line; "" = its result is there.
        was_there: whether a result of it was there before.
    """

    unit: Unit
    error: str = ""
    was_there: bool = False
