"""Decisions in the making: checked against the result as it is, then held on to faces by marks."""

from __future__ import annotations

import shlex

import numpy as np

from ...data.errors import InputError
from ...data.result.decisions import Decision, Decisions, What
from ...data.result.names import person_name
from ...data.result.people_names import clean_or_no_name, key_of, refuse_number
from ...data.result.result import StoredResult
from ...data.tables.codes import UNKNOWN, DecidedBy
from ...data.tables.faces import IntArray
from .anchors import anchor_rows, anchors_of, best_of_tracks, marks_by_id, rows_of


class SeenTogetherError(InputError):
    """Two people cannot be one, since pictures show both.

    Attributes:
        said: the message, without the command that helps.
        faces: of the first such picture, (id, name, crop) of both people.
        num_pictures: how many show both.
    """

    def __init__(self, result: StoredResult, person_id: int, other: int, rows: IntArray) -> None:
        picture = result.faces.picture
        first = int(rows[0])
        theirs = rows_of(result, other)
        second = int(theirs[picture[theirs] == picture[first]][0])
        crops = result.crop_names
        self.num_pictures = len(np.unique(picture[rows]))
        self.faces = tuple(
            (one, _called(result, one), crops[row])
            for one, row in ((person_id, first), (other, second))
        )
        self.said = (
            f"{_called(result, person_id)} and {_called(result, other)} are two people:"
            f" {_where(result, rows)} shows both"
        )
        super().__init__(
            f"{self.said}. If one face there has the wrong person, take it"
            f" out first: castlist edit {shlex.quote(result.name)} not {shlex.quote(crops[first])}"
        )


def name(
    result: StoredResult, person_id: int, text: str, merge: bool, decisions: Decisions | None = None
) -> list[Decision]:
    """Name a person, or take the name off; no decision where that is so already.

    Args:
        result: as it is.
        person_id: id of the person.
        text: the name; nothing, or blanks = without one.
        merge: whether a person of that name and this one are the same.
        decisions: all so far, where the user says it: a name that known people gave and that is
            given again becomes the user's own word. None = it does not.

    Raises:
        InputError: the name cannot be one, or is somebody's number, or somebody else has it and
            ``merge`` is False.
    """
    cast = result.cast
    called = clean_or_no_name(text)
    is_guess = decisions is not None and sure_of_name(result, decisions, person_id) is not None
    if cast.names.get(person_id, "") == called and not is_guess:
        return []
    if not called:
        return [Decision(What.NAME, person_id, anchors=anchors_of(result, person_id))]
    others = [other for other, given in cast.names.items() if key_of(given) == key_of(called)]
    if others and others[0] != person_id:
        if not merge:
            raise InputError(
                f"{called}: {out_of_sight(result, others[0])} has that name already; if"
                f" {person_name(person_id)} is the same person, add --merge"
            )
        return [merged(result, others[0], person_id)]
    if cast.names.get(person_id) != called:  # known people may have given a number
        command = (
            f"castlist edit {shlex.quote(result.name)} merge {person_name(person_id)} {called}"
        )
        refuse_number(called, {*cast.ids.tolist()} - {person_id}, f"if both are one: {command}")
    return [Decision(What.NAME, person_id, name=called, anchors=anchors_of(result, person_id))]


def sure_of_name(result: StoredResult, decisions: Decisions, person_id: int) -> float | None:
    """Return how sure known people are of a person's name, 0..1; None = they did not give it."""
    name = result.cast.names.get(person_id)
    return decisions.known_by_photos(name) if name else None


def out_of_sight(result: StoredResult, person_id: int) -> str:
    """Return the lasting id of a person, and why no page shows them if so: ``person_003 (hidden)``.

    Args:
        result: as it is.
        person_id: id of the person, who may have no face in it.
    """
    number = result.cast.number_of(person_id)
    if number == UNKNOWN:
        return f"{person_name(person_id)} (who has no face here)"
    return f"{person_name(person_id)}{' (hidden)' if result.is_hidden(number) else ''}"


def merged(result: StoredResult, person_id: int, other: int) -> Decision:
    """Say that two are one person, who keeps the first one's id.

    Raises:
        InputError: they are one already, or a picture shows both.
    """
    if person_id == other:
        raise InputError(f"{_called(result, person_id)}: expected two people, got one twice")
    rows, others = rows_of(result, person_id), rows_of(result, other)
    picture = result.faces.picture
    both = rows[np.isin(picture[rows], picture[others])]
    if len(both):
        raise SeenTogetherError(result, person_id, other, both)
    faces = {
        person_id: best_of_tracks(result.faces, rows),
        other: best_of_tracks(result.faces, others),
    }
    return Decision(What.MERGE, person_id, other, faces=marks_by_id(result, faces))


def moved(result: StoredResult, rows: IntArray, person_id: int) -> Decision:
    """Give faces to a person.

    Args:
        result: as it is.
        rows: the faces.
        person_id: id of the person, an unused one for somebody new, -1 = nobody knows.

    Raises:
        InputError: the person would have two faces in one picture.
    """
    if person_id != UNKNOWN and (problem := conflict(result, rows, person_id)):
        raise InputError(problem)
    was = _by_id(result, rows)
    people = [one for one in (*was, person_id) if one != UNKNOWN]
    anchors = {one: anchor_rows(result, one, rows) for one in dict.fromkeys(people)}
    return Decision(
        What.MOVE, person_id, faces=marks_by_id(result, was), anchors=marks_by_id(result, anchors)
    )


def conflict(result: StoredResult, rows: IntArray, person_id: int) -> str:
    """Say why faces cannot all be one person's, "" where they can.

    A face that castlist itself took for the person gives way; one that the user gave does not.
    """
    faces = result.faces
    picture = faces.picture
    codes, counts = np.unique(picture[rows], return_counts=True)
    twice = rows[np.isin(picture[rows], codes[counts > 1])]
    if len(twice):
        return (
            f"{len(rows)} crops: {_where(result, twice)} shows two of them, so they are two people"
        )
    given = _given_besides(result, rows, person_id)
    whole = rows[np.isin(picture[rows], picture[given])]
    if len(whole):
        return (
            f"{result.crop_names[int(whole[0])]}: {_where(result, whole)} shows another face that"
            f" you gave to {_called(result, person_id)}; move that one first"
        )
    return ""


def without_conflict(result: StoredResult, rows: IntArray, person_id: int) -> IntArray:
    """Return those of some faces that can all be given to a person; see ``conflict``.

    Of faces that one picture shows the clearest is left, and none where the user gave the person
    another one of that picture.
    """
    faces = result.faces
    given = _given_besides(result, rows, person_id)
    free = rows[~np.isin(faces.picture[rows], faces.picture[given])]
    clearest = free[np.argsort(-faces.quality[free], kind="stable")]
    _, first = np.unique(faces.picture[clearest], return_index=True)
    return np.sort(clearest[first])


def _given_besides(result: StoredResult, rows: IntArray, person_id: int) -> IntArray:
    """Return the faces that the user gave to a person, but for some."""
    theirs = rows_of(result, person_id)
    by_user = result.faces.decided_by[theirs] == DecidedBy.USER
    return np.setdiff1d(theirs[by_user], rows)


def denied(result: StoredResult, rows: IntArray) -> list[Decision]:
    """Say that faces are not the people that they have now, a decision for each person.

    Raises:
        InputError: one has no person.
    """
    was = _by_id(result, rows)
    if UNKNOWN in was:
        crop = result.crop_names[was[UNKNOWN][0]]
        raise InputError(f"{crop}: expected a face with a person, got one that is unknown")
    return [
        Decision(
            What.NOT,
            person_id,
            faces=marks_by_id(result, {person_id: of}),
            anchors=marks_by_id(result, {person_id: anchor_rows(result, person_id, rows)}),
        )
        for person_id, of in was.items()
    ]


def not_person(result: StoredResult, rows: IntArray, person_id: int) -> Decision:
    """Say that faces are not a person, whoever they were taken for so far."""
    return Decision(
        What.NOT,
        person_id,
        faces=marks_by_id(result, _by_id(result, rows)),
        anchors=marks_by_id(result, {person_id: anchor_rows(result, person_id, rows)}),
    )


def two_people(result: StoredResult, person_id: int, other: int) -> Decision:
    """Say that two people are two: of the second one, the faces that castlist is surest of.

    Raises:
        InputError: it is one person, given twice.
    """
    if person_id == other:
        raise InputError(f"{_called(result, person_id)}: expected two people, got one twice")
    return not_person(result, anchor_rows(result, other), person_id)


def no_face(result: StoredResult, rows: IntArray) -> Decision:
    """Say that crops show no face."""
    return Decision(What.NOT_A_FACE, faces=marks_by_id(result, _by_id(result, rows)))


def hidden(result: StoredResult, person_id: int, hide: bool) -> Decision:
    """Hide a person, or show them again.

    Raises:
        InputError: they are so already.
    """
    if (person_id in result.cast.hidden) == hide:
        now = "hidden already" if hide else "not hidden"
        raise InputError(f"{_called(result, person_id)}: {now}")
    what = What.HIDE if hide else What.SHOW
    return Decision(what, person_id, anchors=anchors_of(result, person_id))


def portrait(result: StoredResult, rows: IntArray) -> Decision:
    """Let a face stand for its person on pages.

    Raises:
        InputError: it has no person, or there are several.
    """
    was = _by_id(result, rows)
    if len(rows) != 1 or UNKNOWN in was:
        raise InputError("portrait: expected one face with a person; choose one")
    return Decision(What.PORTRAIT, next(iter(was)), faces=marks_by_id(result, was))


def forgotten(result: StoredResult, person_id: int) -> Decision:
    """Forget a person: all that stays is where faces are that are to be left out."""
    faces = {person_id: rows_of(result, person_id)}
    return Decision(What.FORGET, person_id, faces=marks_by_id(result, faces))


def same_people(decisions: Decisions, person_id: int) -> set[int]:
    """Return an id and all that were merged into it, however long ago, and still are."""
    ids, merges = {person_id}, [line for line in decisions.in_force if line.what is What.MERGE]
    while more := {line.other for line in merges if line.person in ids} - ids:
        ids |= more
    return ids


def _by_id(result: StoredResult, rows: IntArray) -> dict[int, IntArray]:
    ids = result.cast.of_faces(result.faces)[rows]
    return {person_id: rows[ids == person_id] for person_id in dict.fromkeys(ids.tolist())}


def _called(result: StoredResult, person_id: int) -> str:
    return result.cast.names.get(person_id, person_name(person_id))


def _where(result: StoredResult, rows: IntArray) -> str:
    row = int(rows[0])
    source, frame = str(result.faces.source[row]), int(result.faces.frame[row])
    return f"{source}, frame {frame}," if result.faces.shot[row] >= 0 else source
