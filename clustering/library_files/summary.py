"""What a library keeps of each result at hand: its people in a few vectors, and when they are seen.

Everything here is computed of the results and can be made again. It is what the people of a
library are found by, and what questions are answered by: no result is read for either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data.result.decisions import Decisions
from ...data.result.people import Person
from ...data.result.result import StoredResult
from ...data.shots.shots import InPhoto, Shot, person_photos, person_shots
from ...data.tables.tracks import Tracks
from ..evidence.curves import Curves
from ..evidence.face import FaceEvidence, Summary
from ..naming.words import own_words
from ..people.known import without_clothes
from .moment_rows import row_of

_MOST_OTHERS = 5  # pictures of a person that pages show besides the portrait


@dataclass(frozen=True, eq=False)
class FilmSummary:
    """The people of one result.

    Attributes:
        film: its key.
        people: a row each: ``film``, ``person`` (lasting id in the film), ``name`` and ``hidden``
            (what the film's user says, not the library), ``named_at``, ``overrules`` (as of
            ``OwnWord``), ``called`` and ``is_hidden`` (what the result says), ``faces``,
            ``screen_s``, ``portrait`` and ``portrait_box`` (name of a crop, box of its face in the
            picture), ``source``, ``from_s`` and ``to_s`` (where that is seen), ``others`` (crops of
            other shots), ``looks`` and ``common`` of each vector, a list each: (1 + tracks,) and
            (1 + tracks) * networks; ``row``, of its first vector.
        vectors: (num_vectors, dim) float16: of each person the mean, then the clearest tracks.
        moments: a row for each shot and photo.
    """

    film: str
    people: list[dict[str, Any]]
    vectors: NDArray[np.float16]
    moments: list[dict[str, Any]]


def summarise(
    film: str, result: StoredResult, curves: Curves | None, taken_s: Mapping[str, float | None]
) -> FilmSummary:
    """Sum up the people of a result.

    Args:
        film: its key.
        result: the result.
        curves: what cosines are worth; the directions they take off are taken off here. None = no
            vectors: they are of other networks than the library's.
        taken_s: when its films and photos were taken, seconds since 1970, by name.
    """
    summary, of_number = _faces_of(result, curves) if curves else (None, {})
    words = own_words(result, Decisions.read(result.folder) if result.folder else Decisions())
    crops = result.crop_names
    people: list[dict[str, Any]] = []
    nobody, *_ = _of_group(summary, None)
    vectors, count = [nobody[:0]], 0
    for person in result.people:
        units, looks, common = _of_group(summary, of_number.get(person.number))
        lasting = int(result.cast.ids[person.number])
        word = words[lasting]
        people.append(
            {
                "film": film,
                "person": lasting,
                "name": word.name,
                "hidden": word.hidden,
                "named_at": word.named_at,
                "overrules": word.overrules,
                "called": person.given_name,
                "is_hidden": result.is_hidden(person.number),
                **_portrait(result, person.representative),
                "portrait": crops[person.representative],
                "others": [crops[row] for row in _others(result, person)],
                "faces": len(person.rows),
                "screen_s": person.screen_time_s,
                "looks": looks.tolist(),
                "common": common.ravel().tolist(),
                "row": count,
            }
        )
        vectors.append(units)
        count += len(units)
    return FilmSummary(film, people, np.concatenate(vectors), _moments(film, result, taken_s))


def _of_group(
    summary: Summary | None, group: int | None
) -> tuple[NDArray[np.float16], NDArray[np.float32], NDArray[np.float32]]:
    """Return vectors of a group, the mean first, with looks and common; a row of zeros of none."""
    if summary is None or group is None:
        networks = summary.units.values() if summary else ()
        dim = sum(units.shape[1] for units in networks)
        nothing = np.zeros((1, dim), np.float16)
        return nothing, np.zeros(1, np.float32), np.zeros((1, len(networks)), np.float32)
    rows = np.flatnonzero(summary.group == group)
    return (
        np.concatenate([units[rows] for units in summary.units.values()], axis=1).astype(
            np.float16
        ),
        summary.looks[rows].astype(np.float32),
        np.stack([common[rows] for common in summary.common.values()], axis=1).astype(np.float32),
    )


def _portrait(result: StoredResult, row: int) -> dict[str, Any]:
    """Return where the face that stands for a person is, and how long it is followed there."""
    faces = result.faces
    track = int(faces.track[row])
    seen = faces.time_s[faces.track == track] if track >= 0 else faces.time_s[[row]]
    return {
        "portrait_box": faces.box[row].tolist(),
        "source": str(faces.source[row]),
        "from_s": float(seen.min()),
        "to_s": float(seen.max()),
    }


def _others(result: StoredResult, person: Person) -> list[int]:
    """Return the best face of a few other tracks than that of the portrait."""
    faces, rows = result.faces, person.rows
    best: dict[int, int] = {}
    for row in rows[np.lexsort((rows, -faces.quality[rows]))].tolist():
        best.setdefault(int(faces.track[row]), row)
    best.pop(int(faces.track[person.representative]), None)
    return list(best.values())[:_MOST_OTHERS]


def _faces_of(result: StoredResult, curves: Curves) -> tuple[Summary | None, dict[int, int]]:
    """Return the summary of the people with a face vector, and the group of each by number."""
    faces = result.faces
    use = faces.is_known & faces.is_face & (faces.track >= 0)
    tracks = np.unique(faces.track[use & faces.has_face_vector])
    rows = np.flatnonzero(use & np.isin(faces.track, tracks))
    columns = dict(result.models.face_columns)
    if not len(rows) or not columns:
        return None, {}
    described = without_clothes(faces[rows])
    _, first, track = np.unique(described.track, return_index=True, return_inverse=True)
    described = described.replace(track=track)
    present, group = np.unique(described.person[first], return_inverse=True)
    evidence = FaceEvidence(Tracks.of(described), columns, curves.of_faces(columns))
    return evidence.summary(group), {int(n): g for g, n in enumerate(present.tolist())}


def _moments(
    film: str, result: StoredResult, taken_s: Mapping[str, float | None]
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for person in result.people:
        lasting = int(result.cast.ids[person.number])
        everywhere: list[Shot | InPhoto] = [
            *person_shots(result, person.number),
            *person_photos(result, person.number),
        ]
        found += [
            {"film": film, "person": lasting, "taken_s": taken_s.get(seen.source), **row_of(seen)}
            for seen in everywhere
        ]
    return found
