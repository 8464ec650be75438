"""The tables for other programs: faces.csv and people.json."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from ..json_fields import plain
from ..tables.cells import shown_as_text
from ..tables.codes import DecidedBy, Reason
from ..tables.faces import Faces
from .cast import Cast
from .people import InFilm, Person


def write_faces_csv(
    faces: Faces, paths: Sequence[str], path: Path, cast: Cast | None = None
) -> None:
    """Write the table without its vectors and landmarks, UTF-8, a row per face.

    ``person`` is the number (-1 = unknown), ``id`` the lasting id, ``name`` the user's name (empty
    without one), ``decided_by`` and ``reason`` the names of their codes, ``crop`` the crop's file.
    Text that a spreadsheet would compute begins with an apostrophe. Times have milliseconds, boxes
    tenths of a pixel; NaN is an empty field.
    """
    columns = csv_columns(faces, paths, cast or Cast.of_ranks(faces))
    with path.open("w", newline="", encoding="utf-8", errors="backslashreplace") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(
            [shown_as_text(cell) for cell in row] for row in zip(*columns.values(), strict=True)
        )


def csv_columns(faces: Faces, paths: Sequence[str], cast: Cast) -> dict[str, list[Any]]:
    """Return the columns of faces.csv by their names, a value for each face."""
    sides = ("x1", "y1", "x2", "y2")
    return {
        "source": faces.source.tolist(),
        "frame": faces.frame.tolist(),
        "time_s": _numbers(faces.time_s, 3),
        "shot": faces.shot.tolist(),
        "track": faces.track.tolist(),
        **{name: _numbers(faces.box[:, side], 1) for side, name in enumerate(sides)},
        "detection": _numbers(faces.detection, 4),
        "quality": _numbers(faces.quality, 4),
        "noise": _numbers(faces.noise, 2),
        "brightness": _numbers(faces.brightness, 1),
        "still_s": _numbers(faces.still_s, 1),
        **{f"cloth_{name}": _numbers(faces.cloth_box[:, n], 1) for n, name in enumerate(sides)},
        "person_before": faces.person_before.tolist(),
        "person": faces.person.tolist(),
        "id": [cast.id_of(person) for person in faces.person.tolist()],
        "name": [cast.given_name(person) or "" for person in faces.person.tolist()],
        "second_person": faces.second_person.tolist(),
        "strength": _numbers(faces.strength, 4),
        "decided_by": [DecidedBy(code).name.lower() for code in faces.decided_by.tolist()],
        "reason": [Reason(code).name.lower() for code in faces.reason.tolist()],
        "about": faces.about.tolist(),
        "face_evidence": _numbers(faces.face_evidence, 2),
        "cloth_evidence": _numbers(faces.cloth_evidence, 2),
        "crop": list(paths),
    }


def people_json(
    faces: Faces,
    people: Sequence[Person],
    unknown: Person | None,
    paths: Sequence[str],
    cast: Cast | None = None,
) -> str:
    """Return the content of people.json: every person, and the unknown in the same form.

    Whom the user hid is not among the people but in ``hidden``, with as much as brings them back.
    """
    cast = cast or Cast.of_ranks(faces)
    shown = [person for person in people if not cast.is_hidden(person.number)]
    content = {
        "people": [_person(faces, person, paths, cast) for person in shown],
        "unknown": None if unknown is None else _person(faces, unknown, paths, cast),
    }
    if len(shown) < len(people):
        content["hidden"] = [
            {**_who(person.number, cast), "faces": len(person.rows)}
            for person in people
            if cast.is_hidden(person.number)
        ]
    return json.dumps(plain(content), indent=1, ensure_ascii=False) + "\n"


def _who(person: int, cast: Cast) -> dict[str, Any]:
    return {"id": cast.id_of(person), "name": cast.given_name(person)}


def _person(faces: Faces, person: Person, paths: Sequence[str], cast: Cast) -> dict[str, Any]:
    best = person.representative
    return {
        **_who(person.number, cast),
        "faces": len(person.rows),
        "tracks": person.num_tracks,
        "faces_decided_by": {
            "face": person.num_by_face,
            "cloth": person.num_by_cloth,
            "user": person.num_by_user,
        },
        "strong_faces": person.num_strong,
        "mean_strength": round(person.mean_strength, 4),
        "new_by_cloth": person.is_new_by_cloth,
        "screen_time_s": round(person.screen_time_s, 3),
        "representative_face": {
            "source": str(faces.source[best]),
            "frame": int(faces.frame[best]),
            "time_s": _rounded(float(faces.time_s[best])),
            "box": [round(side, 1) for side in faces.box[best].tolist()],
            "quality": round(float(faces.quality[best]), 4),
            "crop": paths[best],
        },
        "films": [_in_film(film) for film in person.films],
        "photos": list(person.photos),
    }


def _in_film(film: InFilm) -> dict[str, Any]:
    return {
        "source": film.source,
        "faces": film.num_faces,
        "first_s": _rounded(film.first_s),
        "last_s": _rounded(film.last_s),
        "screen_time_s": round(film.screen_time_s, 3),
        "intervals_s": [[round(part.start_s, 3), round(part.end_s, 3)] for part in film.stretches],
    }


def _rounded(value: float) -> float | None:
    return round(value, 3) if math.isfinite(value) else None


def _numbers(values: NDArray[Any], digits: int) -> list[str]:
    return [f"{value:.{digits}f}" if math.isfinite(value) else "" for value in values.tolist()]
