"""The people with their shots and photos, as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ....data.result.facts import SourceFacts
from ....data.result.result import StoredResult
from ..options import ExportOptions
from ..selection import chosen_people, place_of
from ..shot_rows import shot_fields


def write(result: StoredResult, path: Path, options: ExportOptions) -> None:
    """Write films, people, and the shots and photos of each."""
    people = chosen_people(result, options)
    content = {
        "films": [_film(film, options) for film in result.run.films if options.wants(film.name)],
        "people": [
            {
                "id": person.id,
                "name": person.name,
                "shots": [shot_fields(person.id, person.name, shot) for shot in person.shots],
                "photos": [shot_fields(person.id, person.name, photo) for photo in person.photos],
            }
            for person in people
        ],
    }
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    path.write_text(text, encoding="utf-8", errors="backslashreplace")


def _film(film: SourceFacts, options: ExportOptions) -> dict[str, Any]:
    return {
        "source": film.name,
        "path": place_of(film, options),
        "rate": str(film.rate) if film.rate else None,
        "start_timecode": film.start_timecode,
        "duration_s": film.duration_s,
    }
