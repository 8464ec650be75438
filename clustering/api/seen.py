"""Where one person is seen."""

from __future__ import annotations

import dataclasses
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
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
        parts = [count(len(self.shots), "shot")] if self.shots else []
        if self.photos:
            parts.append(count(len(self.photos), "photo"))
        if self.shots:
            parts.append(duration(sum(shot.length_s for shot in self.shots)))
        who = f"{self.name} {self.company}" if self.company else self.name
        return f"{who}: {', '.join(parts) or 'no shot or photo'}"

    def to_dict(self, fields: Callable[[Shot | InPhoto], dict[str, Any]]) -> dict[str, Any]:
        """Return it in the types of JSON; ``fields`` gives those of a shot or photo."""
        return {
            "id": self.id,
            "name": self.name,
            "shots": [fields(shot) for shot in self.shots],
            "photos": [fields(photo) for photo in self.photos],
        }


class SeenPeople(ABC):
    """Where some people are seen.

    Attributes:
        people: one for each.
    """

    people: tuple[Seen, ...]

    @property
    def shots(self) -> list[Shot]:
        """All shots, person by person."""
        return [shot for seen in self.people for shot in seen.shots]

    @property
    def photos(self) -> list[str]:
        """The names of all photos, each once."""
        return list(dict.fromkeys(photo.source for seen in self.people for photo in seen.photos))

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Return everything in the types of JSON: times in seconds, frames, timecode."""

    def to_json(self) -> str:
        """Return everything as JSON."""
        return json.dumps(self.to_dict(), indent=1, ensure_ascii=False)


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
