"""What the pages show, as plain values for their templates."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ...data.result.names import person_name
from ...data.result.people import Person
from ...data.shots.timecode import FrameClock
from ...data.tables.codes import UNKNOWN, DecidedBy
from ...data.tables.faces import STRONG_FROM, IntArray
from ..people.parts import Part
from ..people.questions import Question, nearest_people
from ..people.undoing import last_to_undo
from ..report.decisions import percent
from ..report.wording import clock, count, duration, reason_text, taken, times_likelier
from .actions import question_key
from .snapshot import Snapshot

View = dict[str, Any]

MOST_IN_STRIP = 8
_MOST_IN_GROUP = 12  # faces of a group of leftovers that are shown at first
_MOST_GROUPS = 100
_BEFORE_S, _AFTER_S = 0.5, 1.0  # of film, played around a shot
_BY = {DecidedBy.FACE: "by face", DecidedBy.CLOTH: "by clothing", DecidedBy.USER: "by you"}


def people_view(now: Snapshot) -> View:
    """Everybody: those without a name first, the most frequent first; the hidden apart."""
    cards = [_card(now, person) for person in now.result.people]
    shown = [card for card in cards if not card["hidden"]]
    return {
        "unnamed": [card for card in shown if not card["given"]],
        "named": [card for card in shown if card["given"]],
        "hidden": [card for card in cards if card["hidden"]],
        "more": 0,
        "has_unknown": not now.result.faces.is_known.all(),
        "is_of_films": False,
    }


def person_view(now: Snapshot, person_id: int) -> View:
    """One person: their shots, the most doubtful first."""
    number = now.result.cast.number_of(person_id)
    (person,) = [one for one in now.result.people if one.number == number]
    tiles = [shot_view(now, rows) for rows in _by_shot(now, person.rows)]
    tiles.sort(key=lambda tile: (tile["told"], tile["strength"]))
    return {"person": _card(now, person), "tiles": tiles, "names": _names(now, person_id)}


def question_view(now: Snapshot, asked: Sequence[Question]) -> View:
    """The first of these questions; ``question`` is None where nothing is left."""
    if not asked:
        return {"question": None}
    question = asked[0]
    return {
        "question": question_key(question, now),
        "left": len(asked),
        "is_of_films": False,
        "first": _strip(now, question.first),
        "second": _strip(now, question.second),
        "says": _says(question),
    }


def leftovers_view(now: Snapshot) -> View:
    """The unknown faces in groups, the largest first."""
    people, _ = now.people_and_parts
    groups = [_group(now, people, part) for part in now.unknown[:_MOST_GROUPS]]
    return {
        "groups": groups,
        "more": max(0, len(now.unknown) - _MOST_GROUPS),
        "names": _names(now, UNKNOWN),
    }


def shot_view(now: Snapshot, rows: IntArray) -> View:
    """One tile: the faces of a person in one shot, or one photo."""
    faces, best = now.result.faces, now.best_row(rows)
    place = now.places_of_sources[str(faces.source[best])]
    source, decided_by = now.result.sources[place], DecidedBy(int(faces.decided_by[best]))
    is_film = source.kind == "film"
    frame_clock, time_s = FrameClock.of_film(source), float(faces.time_s[best])
    if is_film:  # as on the report
        when = frame_clock.timecode(int(faces.frame[best])) if frame_clock else clock(time_s)
    else:
        when = Path(source.name).name if np.isnan(time_s) else taken(time_s)
    return {
        "crop": now.crop_names[best],
        "source": source.name if len(now.places_of_sources) > 1 else "",
        "when": when,
        "film": place,
        "is_film": is_film,
        **played(is_film, float(faces.time_s[rows].min()), float(faces.time_s[rows].max())),
        "num_faces": len(rows),
        "strength": float(faces.strength[rows].min()),
        "told": decided_by is DecidedBy.USER,
        "by": _BY.get(decided_by, "unknown"),
        "why": reason_text(faces, rows[:1], now.result.run, now.result.cast),
    }


def played(is_film: bool, first_s: float, last_s: float) -> View:
    """Which moment of a film is played for faces from one time to another; 0 of a photo."""
    return {
        "from_s": round(max(0.0, first_s - _BEFORE_S), 2) if is_film else 0,
        "to_s": round(last_s + _AFTER_S, 2) if is_film else 0,
    }


def seen_as(now: Snapshot) -> str:
    """What a tile shows: a photo, where there are only photos; else a shot."""
    return "shot" if any(one.kind != "photo" for one in now.result.sources) else "photo"


def counts_view(now: Snapshot) -> View:
    """What every page says of the result."""
    result = now.result.shown()
    return {
        "people": count(len(result.people), "person", "people"),
        "unknown": count(int((~result.faces.is_known).sum()), "unknown face"),
        "names": _names(now, UNKNOWN),
    }


def line_to_undo(now: Snapshot) -> int:
    """Return the line of the decision that undo takes back, 0 where there is none."""
    last = last_to_undo(now.decisions)
    return 0 if last is None else last.line


def churn_view(now: Snapshot) -> str:
    """What the last decision did: ``12 faces moved, 7 people``."""
    if now.churn is None:
        return ""
    people = count(len(now.result.shown().people), "person", "people")
    moved = count(now.churn.num_changed, "face moved", "faces moved")
    return f"{moved}, {people}" if now.churn.num_changed else people


def _card(now: Snapshot, person: Person) -> View:
    cast, faces = now.result.cast, now.result.faces
    sure = now.sure_of_name(int(cast.ids[person.number]))
    is_doubtful = (faces.strength < STRONG_FROM) & (faces.decided_by != DecidedBy.USER)
    doubtful = _by_shot(now, person.rows[is_doubtful[person.rows]])
    return {
        "id": person.id,
        "name": person.name,
        "given": person.given_name or "",
        "known": "" if sure is None else percent(sure),
        "portrait": now.crop_names[person.representative],
        "faces": count(len(person.rows), "face"),
        "screen": duration(person.screen_time_s) if person.films else "",
        "photos": count(len(person.photos), "photo") if person.photos else "",
        "doubtful": len(doubtful),
        "hidden": cast.is_hidden(person.number),
    }


def _by_shot(now: Snapshot, rows: IntArray) -> list[IntArray]:
    """Cut rows into those of each track; a face without one is by itself."""
    if not len(rows):
        return []
    track = now.result.faces.track[rows]
    track = np.where(track >= 0, track, -2 - rows)
    order = np.argsort(track, kind="stable")
    return np.split(rows[order], np.flatnonzero(np.diff(track[order])) + 1)


def _strip(now: Snapshot, part: Part) -> View:
    result = now.result
    rows = now.rows_of(part)
    shown = part.tracks[:MOST_IN_STRIP].tolist()
    tiles = [shot_view(now, now.rows_of_track(track)) for track in shown]
    name, lasting_id = "Unknown faces", ""
    if part.person != UNKNOWN:
        name, lasting_id = result.name_of(part.person), result.cast.id_of(part.person)
    return {
        "name": name,
        "id": lasting_id,
        "what": "" if part.is_whole or part.person == UNKNOWN else "doubtful faces of ",
        "faces": count(len(rows), "face"),
        "shots": count(len(part.tracks), seen_as(now)),
        "tiles": tiles,
    }


def _says(question: Question) -> str:
    """Say in a sentence what faces and clothes say for one person."""
    parts = [
        f"{what} it {times_likelier(value)}" if value else f"{what.split()[0]} cannot be compared"
        for what, value in (("Faces make", question.face), ("clothes make", question.cloth))
    ]
    return f"{parts[0]} that this is one person, {parts[1]}."


def _group(now: Snapshot, people: list[Part], part: Part) -> View:
    cast = now.result.cast
    near = nearest_people(now.known, people, part)
    tiles = [shot_view(now, now.rows_of_track(track)) for track in part.tracks.tolist()]
    portraits = {person.number: person.representative for person in now.result.people}
    return {
        "key": tiles[0]["crop"],
        "faces": count(part.num_faces, "face"),
        "shots": count(len(tiles), seen_as(now)),
        "one": len(tiles) > 1,
        "tiles": tiles,
        "at_first": _MOST_IN_GROUP,
        "near": [
            {
                "id": cast.id_of(person),
                "name": cast.name_of(person),
                "portrait": now.crop_names[portraits[person]],
            }
            for person in near
        ],
    }


def _names(now: Snapshot, but: int) -> list[str]:
    """The names of everybody else, and the ids of those without one."""
    cast = now.result.cast
    return [
        cast.names.get(person_id, person_name(person_id))
        for person_id in cast.ids.tolist()
        if person_id != but
    ]
