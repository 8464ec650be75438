"""Shots and photos as plain values, for tables and JSON."""

from __future__ import annotations

from typing import Any

from ...data.shots.shots import InPhoto, Shot
from .selection import Chosen

COLUMNS = (
    *("person", "name", "source", "take", "first_frame", "last_frame", "start_s", "end_s"),
    *("tc_in", "tc_out", "num_faces", "strength", "decided_by"),
)
"""Of a table with a row for each shot and each photo; frames and times of photos are empty."""


def shot_fields(person_id: str, name: str, seen: Shot | InPhoto) -> dict[str, Any]:
    """Return a shot or a photo by the names of its columns."""
    fields: dict[str, Any] = {
        "person": person_id,
        "name": name,
        "source": seen.source,
        "num_faces": seen.num_faces,
        "strength": round(seen.mean_strength, 4),
        "decided_by": seen.decided_by.name.lower(),
    }
    if isinstance(seen, Shot):
        fields |= {
            "take": seen.take,
            "first_frame": seen.first_frame,
            "last_frame": seen.last_frame,
            "start_s": round(seen.start_s, 6),
            "end_s": round(seen.end_s, 6),
            "tc_in": seen.tc_in,
            "tc_out": seen.tc_out,
        }
    return {column: fields[column] for column in COLUMNS if column in fields}


def rows(people: list[Chosen]) -> list[dict[str, Any]]:
    """Return a row for each shot and photo, with all columns."""
    found: list[dict[str, Any]] = []
    for person in people:
        seen: list[Shot | InPhoto] = [*person.shots, *person.photos]
        found += [dict.fromkeys(COLUMNS) | shot_fields(person.id, person.name, one) for one in seen]
    return found
