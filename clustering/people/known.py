"""Known people: faces with a name, and whom of a result they are."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...data.result.decisions import Decision, Decisions, What
from ...data.result.people_names import key_of
from ...data.result.result import StoredResult
from ...data.tables.codes import UNKNOWN
from ...data.tables.faces import Faces, IntArray
from ...data.tables.tracks import Tracks
from ..evidence.curves import ANY, Curves
from ..evidence.face import FaceEvidence
from .anchors import anchors_of
from .deciding import merged

SURE_FROM = 0.95
"""Probability from which a person gets a name: fewer than 1 of 100 are wrong (docs/known.md)."""

_NOBODY = 0.2  # odds that a person is none of the known ones
_NOT_THEIRS = 0.0  # evidence with the others of its name below which a photo shows somebody else
_TWO_PEOPLE = -2.0  # evidence of the only two photos of a name that show two people
_ONE_PERSON = 6.0  # evidence of two names that seem to be one person


@dataclass(frozen=True, eq=False)
class KnownPeople:
    """Reference faces.

    Attributes:
        faces: one row per reference face; vectors of the networks that the result has.
        names: the name of each row.
        photos: where each row is from, for messages.
        problems: what of the folder is left out, and why, a line each.
    """

    faces: Faces
    names: tuple[str, ...]
    photos: tuple[str, ...]
    problems: tuple[str, ...] = ()

    @property
    def people(self) -> list[str]:
        """Their names, sorted, each once."""
        return sorted(set(self.names))

    @property
    def group(self) -> IntArray:
        """(num_faces,) int64, the place in ``people`` of each row."""
        place = {name: number for number, name in enumerate(self.people)}
        return np.array([place[name] for name in self.names], dtype=np.int64)

    def keep(self, rows: IntArray, problems: Sequence[str] = ()) -> KnownPeople:
        """Return those of some rows, and say what is wrong with the others."""
        places = rows.tolist()
        return KnownPeople(
            self.faces[rows],
            tuple(self.names[row] for row in places),
            tuple(self.photos[row] for row in places),
            (*self.problems, *problems),
        )


@dataclass(frozen=True)
class Match:
    """A person of a result who is known.

    Attributes:
        person: number in the table.
        name: of the known person.
        probability: that this is right.
    """

    person: int
    name: str
    probability: float


def screened(known: KnownPeople, columns: dict[str, tuple[int, int]]) -> KnownPeople:
    """Leave out reference faces that the other faces of their name contradict.

    Of three and more, those that speak against the rest; of two that are two people, both. Two
    names whose faces seem to be one person's stay, and are reported.
    """
    rows = np.flatnonzero(known.faces.has_face_vector)
    problems = [
        f"{known.photos[row]}: no network could describe the face"
        for row in np.flatnonzero(~known.faces.has_face_vector).tolist()
    ]
    known = known.keep(rows, problems)
    if not len(known.names):
        return known
    pairs = _evidence(Tracks.of(_as_photos(known.faces)), columns)
    group, wrong = known.group, dict[int, str]()
    for number, name in enumerate(known.people):
        of_name = np.flatnonzero(group == number)
        inside = pairs.between(of_name, of_name)  # of 500 people a small part of all pairs
        np.fill_diagonal(inside, 0.0)
        if len(of_name) == 2 and inside[0, 1] < _TWO_PEOPLE:
            conflict = f"{known.photos[of_name[0]]} and {known.photos[of_name[1]]} show two people"
            wrong |= {int(of_name[0]): f"{conflict}; neither is used", int(of_name[1]): ""}
        elif len(of_name) > 2:
            for place in np.flatnonzero(inside.sum(axis=1) < _NOT_THEIRS).tolist():
                row = int(of_name[place])
                wrong[row] = (
                    f"{known.photos[row]}: left out, since it is not like the rest of {name}"
                    " (turned away, or somebody else)"
                )
    right = np.setdiff1d(np.arange(len(known.names)), list(wrong))
    known = known.keep(right, [text for text in wrong.values() if text])
    return dataclasses.replace(known, problems=(*known.problems, *_look_alikes(known, columns)))


def _look_alikes(known: KnownPeople, columns: dict[str, tuple[int, int]]) -> list[str]:
    people = known.people
    if len(people) < 2:
        return []
    pairs = _evidence(Tracks.of(_as_photos(known.faces)), columns).of_groups(known.group)
    return [
        f"{people[one]} and {people[other]} look like one person under two names: delete one of"
        " them, else neither name may be given"
        for one, other in np.argwhere(np.triu(pairs > _ONE_PERSON, 1)).tolist()
    ]


def find_known(result: StoredResult, known: KnownPeople) -> list[Match]:
    """Return who of a result is known, the most probable first; each person at most once.

    The probability weighs the evidence of the faces, each person as a whole (see
    ``FaceEvidence.of_groups``), against all other names and against being nobody of them.
    """
    faces, people = result.faces, known.people
    rows = np.flatnonzero(faces.is_known & faces.has_face_vector & (faces.track >= 0))
    if not len(rows) or not people:
        return []
    shown = without_clothes(faces[rows])
    shown = shown.replace(track=np.unique(shown.track, return_inverse=True)[1])
    num_tracks = int(shown.track.max()) + 1
    tracks = Tracks.of(Faces.concatenate([shown, _as_photos(known.faces, num_tracks)]))
    first = np.zeros(num_tracks, np.int64)
    first[shown.track] = np.arange(len(shown))
    present, code = np.unique(shown.person[first], return_inverse=True)
    group = np.concatenate([code, known.group + len(present)])
    evidence = _evidence(tracks, dict(result.models.face_columns)).of_groups(group)
    likelihood = np.exp(evidence[: len(present), len(present) :])
    probability = likelihood / (_NOBODY * len(people) + likelihood.sum(axis=1, keepdims=True))
    best = probability.argmax(axis=1)
    found = [
        Match(int(person), people[best[place]], float(probability[place, best[place]]))
        for place, person in enumerate(present.tolist())
    ]
    return sorted(found, key=lambda match: -match.probability)


def decide_names(
    result: StoredResult, decisions: Decisions, matches: Sequence[Match]
) -> list[Decision]:
    """Name the people of a result who are known for sure.

    What the user decided stays: a name that they gave, and a name by known people that they took
    back. Two people of one name are merged, unless a picture shows both: then the surer one has it.

    Args:
        result: as it is.
        decisions: so far.
        matches: the surest first.
    """
    cast, new = result.cast, []
    given = {one.person for one in decisions.in_force if one.what is What.NAME and not one.known}
    refused = {_gist(line) for line in decisions.lines if line.line in decisions.undone}
    owner = {key_of(name): person_id for person_id, name in cast.names.items()}
    seen_in = {person_id: _pictures(result, person_id) for person_id in cast.ids.tolist()}
    for match in matches:
        person_id = int(cast.ids[match.person])
        has_it = cast.names.get(person_id) == match.name
        if match.probability < SURE_FROM or person_id in given or has_it:
            continue
        theirs = owner.setdefault(key_of(match.name), person_id)
        if theirs == person_id:
            decision = Decision(
                What.NAME, person_id, name=match.name, anchors=anchors_of(result, person_id)
            )
        elif theirs not in seen_in or seen_in[theirs] & seen_in[person_id]:
            continue
        else:
            decision = merged(result, theirs, person_id)
        if _gist(decision) not in refused:
            new.append(dataclasses.replace(decision, known=round(match.probability, 4)))
            seen_in[theirs] |= seen_in[person_id]
    return new


def _gist(decision: Decision) -> tuple[What, int, int, str]:
    return decision.what, decision.person, decision.other, decision.name


def _pictures(result: StoredResult, person_id: int) -> set[int]:
    faces = result.faces
    return {*faces.picture[faces.person == result.cast.number_of(person_id)].tolist()}


def without_clothes(faces: Faces) -> Faces:
    """Return a table without vectors of clothes, which say nothing across films."""
    return faces.without_vectors("cloth_vector")


def _as_photos(faces: Faces, first_track: int = 0) -> Faces:
    """Return reference faces as a folder of photos, each face a track."""
    count = len(faces)
    return faces.replace(
        source=np.array([f"known people/{row}" for row in range(count)], dtype=np.str_),
        frame=np.zeros(count, np.int64),
        shot=np.full(count, -1),
        track=first_track + np.arange(count),
        time_s=np.full(count, np.nan),
        person=np.full(count, UNKNOWN),
    )


def _evidence(tracks: Tracks, columns: dict[str, tuple[int, int]]) -> FaceEvidence:
    columns = columns or {ANY: (0, tracks.face_mean.shape[1])}
    return FaceEvidence(tracks, columns, Curves.load().of_faces(columns))
