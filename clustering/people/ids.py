"""Lasting ids: which person of a table is which earlier person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ...data.result.before import Before
from ...data.result.cast import Cast, Churn
from ...data.result.decisions import Decision, Decisions
from ...data.result.facts import SourceFacts
from ...data.result.marks import FaceFinder, marks_of
from ...data.result.result import StoredResult
from ...data.tables.codes import UNKNOWN
from ...data.tables.faces import Faces, IntArray
from .anchors import best_of_tracks, rows_of_track
from .standing import Standing


def ids_from(earlier: StoredResult, faces: Faces, sources: tuple[SourceFacts, ...]) -> IntArray:
    """Return the id that the same face had in an earlier result, (num_faces,) int64, -1 = none.

    Of every track of the earlier result one face is looked for, and its person goes to the whole
    track that it is found in now.
    """
    ids, before = np.full(len(faces), UNKNOWN), earlier.cast.of_faces(earlier.faces)
    known = np.flatnonzero(earlier.faces.is_known)
    for was, row in _found_again(earlier, known, FaceFinder(faces, sources)):
        ids[rows_of_track(faces, row)] = before[was]
    return ids


def churn_since(earlier: StoredResult, result: StoredResult) -> Churn:
    """Say who kept an id of an earlier result, and how many faces changed person.

    The faces may be others by now: those of a track count as changed where the best face of an
    earlier track is another person's, or nobody's.
    """
    was, now = (stored.cast.of_faces(stored.faces) for stored in (earlier, result))
    changed = np.zeros(len(now), dtype=bool)
    known = np.flatnonzero(was != UNKNOWN)
    for before, row in _found_again(earlier, known, FaceFinder(result.faces, result.sources)):
        if was[before] != now[row]:
            changed |= rows_of_track(result.faces, row)
    return Churn.of(was, now, int(changed.sum()))


def before_from(
    earlier: StoredResult, faces: Faces, sources: tuple[SourceFacts, ...]
) -> tuple[Before, ...]:
    """Return who the same faces were before, as an earlier result remembers it."""
    if not earlier.cast.before:
        return ()
    finder, found = FaceFinder(faces, sources), []
    for step in earlier.cast.before:
        rows = {}
        for person_id, was in step.rows.items():
            now = [rows_of_track(faces, row) for _, row in _found_again(earlier, was, finder)]
            if now:
                rows[person_id] = np.flatnonzero(np.any(now, axis=0))
        found.append(Before(step.line, rows))
    return tuple(found)


def _found_again(
    earlier: StoredResult, rows: IntArray, finder: FaceFinder
) -> list[tuple[int, int]]:
    """Return the best row of each track of some rows, and which row that face is now."""
    best = best_of_tracks(earlier.faces, rows)
    now = finder.find(marks_of(earlier.faces, earlier.sources, best))
    pairs = zip(best.tolist(), now.tolist(), strict=True)
    return [(was, row) for was, row in pairs if row >= 0]


def remembered(
    ids: IntArray,
    decisions: tuple[Decision, ...],
    faces: Faces,
    sources: tuple[SourceFacts, ...],
    overrule: bool,
) -> IntArray:
    """Fill in the ids that decisions remember of their faces, and so of the tracks of these.

    Args:
        ids: (num_faces,) int64, -1 = none.
        decisions: the earliest of them counts.
        faces: the table.
        sources: its films and photos.
        overrule: whether they count more than ``ids``.
    """
    ids, finder = ids.copy(), FaceFinder(faces, sources)
    for decision in reversed(decisions):
        for part in (decision.anchors, decision.faces):
            for person_id, marks in part.items():
                rows = finder.find(marks)
                rows = rows[rows >= 0]
                tracks = faces.track[rows]
                said = np.isin(faces.track, tracks[tracks >= 0])
                said[rows] = True
                ids[said if overrule else said & (ids == UNKNOWN)] = person_id
    return ids


def first_ids(
    faces: Faces, sources: tuple[SourceFacts, ...], decisions: Decisions, earlier: Cast
) -> IntArray:
    """Return ids by face as they would be without the decisions that were taken back since.

    Args:
        faces: the table.
        sources: its films and photos.
        decisions: all of them.
        earlier: ids as they were when the result was made.
    """
    now = {decision.line for decision in decisions.in_force}
    gone = [one for one in decisions.in_force_at(earlier.num_lines) if one.line not in now]
    return remembered(earlier.first_ids, tuple(gone), faces, sources, overrule=True)


def assigned(
    faces: Faces,
    ids: IntArray,
    now: IntArray,
    standing: Standing,
    next_id: int,
    steps: Sequence[Before] = (),
) -> tuple[IntArray, int]:
    """Give every person of a table an id, one to one, by the ids that their faces had.

    Ids that the user named or hid come first, then the one with most faces: a face that the user
    gave has its id anyway (see ``single_faces.settled``), and its neighbours do not lose their name
    by it.

    Args:
        faces: the table, with people.
        ids: (num_faces,) int64, the id that each face had, -1 = none.
        now: (num_faces,) int64, ids for people who get none by ``ids``: those that decisions before
            this one have made.
        standing: the decisions in force.
        next_id: lowest id that nobody has or had.
        steps: who faces were before: an id that nobody has now goes to whoever has most of the
            faces that had it last.

    Returns:
        (num_people,) int64, and the next id after those that are new.
    """
    ids, now = _renamed(ids, standing.became), _renamed(now, standing.became)
    for row, denied in standing.denied.items():  # they speak for nobody whom they are not
        whole = rows_of_track(faces, row)
        ids[whole & np.isin(ids, [*denied])] = UNKNOWN
        now[whole & np.isin(now, [*denied])] = UNKNOWN
    for row, person_id in standing.given.items():
        ids[rows_of_track(faces, row)] = person_id
    first = np.array(sorted(standing.names.keys() | standing.hidden), np.int64)
    found = _matched(faces, ids, first, {})
    found = _matched(faces, now, first, found)
    for step in reversed(steps):
        found = _returned(faces, step, standing.became, found)
    next_id = max(next_id, int(ids.max(initial=UNKNOWN)) + 1)
    for person in range(faces.num_people):
        if person not in found:
            found[person], next_id = next_id, next_id + 1
    return np.array([found[person] for person in range(faces.num_people)], np.int64), next_id


def _matched(
    faces: Faces, ids: IntArray, first: IntArray, found: Mapping[int, int]
) -> dict[int, int]:
    """Add to ``found``, id by person, whom most faces speak for, ``first`` before all others."""
    votes = np.flatnonzero(faces.is_known & (ids != UNKNOWN))
    pairs, counts = np.unique(
        np.stack([faces.person[votes], ids[votes]]), axis=1, return_counts=True
    )
    matched = dict(found)
    taken = {*matched.values()}
    order = np.lexsort((pairs[0], pairs[1], -counts, ~np.isin(pairs[1], first)))
    for person, person_id in pairs[:, order].T.tolist():
        if person not in matched and person_id not in taken:
            matched[person] = person_id
            taken.add(person_id)
    return matched


def _returned(
    faces: Faces, step: Before, became: Mapping[int, int], found: Mapping[int, int]
) -> dict[int, int]:
    """Add to ``found`` who has most of the faces that were somebody's whom nobody is now."""
    found, counts = dict(found), np.bincount(faces.person[faces.is_known])
    votes = []
    for person_id in step.rows.keys() - became.keys() - {UNKNOWN, *found.values()}:
        people, theirs = np.unique(faces.person[step.rows[person_id]], return_counts=True)
        for person, num in zip(people.tolist(), theirs.tolist(), strict=True):
            if person != UNKNOWN and 2 * num > min(len(step.rows[person_id]), counts[person]):
                votes.append((-num, person_id, person))
    for _, person_id, person in sorted(votes):
        if person not in found and person_id not in found.values():
            found[person] = person_id
    return found


def _renamed(ids: IntArray, became: Mapping[int, int]) -> IntArray:
    ids = ids.copy()
    for was, now in became.items():
        ids[ids == was] = now
    return ids
