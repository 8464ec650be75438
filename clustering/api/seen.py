"""Where one person is seen."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ...data.shots.shots import InPhoto, Shot
from ..report.wording import count, duration


@dataclass(frozen=True)
class Seen:
    """Where one person is seen.

    Attributes:
        person: as in the ``person`` column.
        id: the lasting id, ``person_001``.
        name: the user's name, else the id.
        shots: in films, in the order of time.
        photos: by the time they were taken.
        company: who had to be seen with them, ``with Carl, without Ben``; "" = anybody.
    """

    person: int
    id: str
    name: str
    shots: tuple[Shot, ...]
    photos: tuple[InPhoto, ...]
    company: str = ""

    @property
    def headline(self) -> str:
        """``Anna with Carl: 14 shots, 3 photos, 1 min 29 s``."""
        parts = [count(len(self.shots), "shot")] if self.shots or not self.photos else []
        if self.photos:
            parts.append(count(len(self.photos), "photo"))
        if self.shots:
            parts.append(duration(sum(shot.length_s for shot in self.shots)))
        who = f"{self.name} {self.company}" if self.company else self.name
        return f"{who}: {', '.join(parts)}"

    def to_dict(self) -> dict[str, Any]:
        """Return it in the types of JSON."""
        return {
            "id": self.id,
            "name": self.name,
            "shots": [fields_of(shot) for shot in self.shots],
            "photos": [fields_of(photo) for photo in self.photos],
        }


def company_text(together: Sequence[str], others: Sequence[str]) -> str:
    """Write with whom, and without whom, people are asked for, by name."""
    kinds = (("with", together), ("without", others))
    return ", ".join(f"{word} {' and '.join(names)}" for word, names in kinds if names)


def fields_of(seen: Shot | InPhoto) -> dict[str, Any]:
    """Return a shot or photo in the types of JSON."""
    fields = dataclasses.asdict(seen)
    del fields["person"]
    fields["decided_by"] = seen.decided_by.name.lower()
    fields["mean_strength"] = round(seen.mean_strength, 4)
    return {k: round(v, 6) if k.endswith("_s") else v for k, v in fields.items()}
