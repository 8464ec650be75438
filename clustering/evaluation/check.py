"""Whether labels fit a result, before anything is counted."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ...data.result.people_names import key_of
from ...data.result.result import StoredResult
from ...data.tables.labels import Labels
from ..report.wording import count
from .belonging import notes_on
from .matching import looked_at, match_labels
from .pooling import pair_results

_ALIKE = 0.8  # of two names, as difflib measures it: Anna and Ana


@dataclass(frozen=True)
class Checked:
    """How labels fit a result.

    Attributes:
        labels: labelled faces.
        people: how many faces each person has, by name.
        found: labelled faces that castlist found.
        missed: that it did not find.
        not_looked_at: in frames that were not analysed.
        without_labels: films and photos without any.
        alike: names that may be one.
        with_content: rows that state the content of their film.
        doubts: sentences on rows that were left out, or labels that hardly fit.
    """

    labels: int
    people: dict[str, int]
    found: int
    missed: int
    not_looked_at: int
    without_labels: list[str]
    alike: list[tuple[str, str]]
    with_content: int
    doubts: list[str]

    def to_dict(self) -> dict[str, Any]:
        """Return it in the types of JSON."""
        return dataclasses.asdict(self)

    def to_text(self) -> str:
        """Return it in lines."""
        lines = [
            f"{count(self.labels, 'labelled face')} of"
            f" {count(len(self.people), 'person', 'people')}: {self.found} found,"
            f" {self.missed} missed, {self.not_looked_at} not looked at",
            *(f"  {name:<20} {count(num, 'face'):>12}" for name, num in self.people.items()),
        ]
        for one, other in self.alike:
            lines.append(f"Note: are {one} and {other} one person? Names are compared exactly")
        lines += [f"Note: {sentence}" for sentence in self.doubts]
        if self.without_labels:
            names = ", ".join(self.without_labels[:5])
            lines.append(f"Note: no labels of {names}")
        if self.not_looked_at:
            lines.append(
                "Note: castlist find FILM --also-frames LABELS looks at the labelled frames too"
            )
        return "\n".join(lines)


def check_labels(result: StoredResult, files: Sequence[Labels]) -> Checked:
    """Say how labels fit a result.

    Raises:
        InputError: they are of another film, or outside its pictures.
    """
    [(_, labels)] = pair_results([result], files)
    matches = match_labels(result.faces, labels, looked_at(result.sources))
    faces = labels.is_face
    names, counts = _counted(labels)
    return Checked(
        labels=int(faces.sum()),
        people=dict(zip(names, counts, strict=True)),
        found=int((faces & (matches.face_of_label >= 0)).sum()),
        missed=int((faces & matches.looked_at & (matches.face_of_label < 0)).sum()),
        not_looked_at=int((faces & ~matches.looked_at).sum()),
        without_labels=sorted(result.source_names - {*labels.source.tolist()}),
        alike=_alike(names),
        with_content=int((labels.content != "").sum()),
        doubts=notes_on(labels, matches),
    )


def _counted(labels: Labels) -> tuple[list[str], list[int]]:
    people = labels.person[labels.is_face].tolist()
    names = sorted(set(people), key=lambda name: (-people.count(name), name))
    return names, [people.count(name) for name in names]


def _alike(names: Sequence[str]) -> list[tuple[str, str]]:
    keys = [key_of(name) for name in names]
    return [
        (names[one], names[other])
        for one in range(len(names))
        for other in range(one + 1, len(names))
        if keys[one][:1] == keys[other][:1]
        and difflib.SequenceMatcher(None, keys[one], keys[other]).ratio() >= _ALIKE
        and not _numbered(keys[one], keys[other])
    ]


def _numbered(one: str, other: str) -> bool:
    """Say whether two names differ by their numbers: ``guest 1`` and ``guest 2`` are two people."""
    digits = [[part for part in name if part.isdigit()] for name in (one, other)]
    return digits[0] != digits[1]
