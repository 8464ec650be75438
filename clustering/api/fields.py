"""A result in the types of JSON: what ``castlist find --json`` prints."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from ...data.json_fields import plain
from ...data.result.decisions import Decisions
from ...data.result.result import PAGE, StoredResult
from ...data.tables.faces import Faces
from .seen import Seen, fields_of
from .shown import show


def result_fields(result: StoredResult) -> dict[str, Any]:
    """Return people with their shots and photos, and the sources; see ``Result.to_dict``."""
    decisions = result.decisions
    if decisions is None:
        decisions = Decisions.read(result.folder) if result.folder else Decisions()
    people = {person.id: person for person in result.people}
    return {
        "result": str(result.folder.absolute()) if result.folder else None,
        "report": str((result.folder / PAGE).absolute()) if result.folder else None,
        "sources": [
            {
                "name": source.name,
                "kind": source.kind,
                "path": source.path,
                "content": source.content,
            }
            for source in result.sources
        ],
        "skipped": [plain(dataclasses.asdict(item)) for item in result.run.skipped],
        "people": [
            {
                **_seen_fields(seen, result.faces),
                "known": decisions.known_by_photos(seen.name),
                "faces": len(people[seen.id].rows),
                "screen_time_s": round(people[seen.id].screen_time_s, 3),
            }
            for seen in show(result).people
        ],
        "unknown_faces": len(result.unknown.rows) if result.unknown else 0,
    }


def _seen_fields(seen: Seen, faces: Faces) -> dict[str, Any]:
    """Return where a person is seen, in photos with the boxes."""
    fields = seen.to_dict(fields_of)
    for photo in fields["photos"]:
        rows = (faces.person == seen.person) & (faces.source == photo["source"])
        photo["boxes"] = np.round(faces.box[rows].astype(np.float64), 1).tolist()
    return fields
