"""The cast of a table: of a run, and after each decision."""

from __future__ import annotations

import dataclasses

import numpy as np

from ...data.result.before import Before
from ...data.result.cast import Cast
from ...data.result.decisions import Decisions, What
from ...data.result.facts import SourceFacts
from ...data.result.result import StoredResult
from ...data.tables.codes import UNKNOWN, DecidedBy, Reason
from ...data.tables.faces import Faces, IntArray
from .ids import assigned, before_from, ids_from, remembered
from .single_faces import settled
from .standing import Standing

FOUND = (
    *("person_before", "person", "second_person", "strength", "decided_by", "reason", "about"),
    *("face_evidence", "cloth_evidence"),
)
"""The columns that both stages fill."""


def without_people(faces: Faces) -> Faces:
    """Return a table in which nobody is known yet."""
    count = len(faces)
    blank = np.full(count, UNKNOWN)
    return faces.replace(
        **dict.fromkeys(("person_before", "person", "second_person", "about"), blank),
        strength=np.zeros(count),
        decided_by=np.full(count, DecidedBy.NONE),
        reason=np.full(count, Reason.NONE),
        face_evidence=np.full(count, np.nan),
        cloth_evidence=np.full(count, np.nan),
    )


def without_forgotten(
    faces: Faces, decisions: Decisions, sources: tuple[SourceFacts, ...]
) -> IntArray:
    """Return the rows of a table but those in tracks of people who are forgotten."""
    forgotten = Standing.of(decisions, faces, sources).forgotten
    tracks = faces.track[forgotten]
    return np.flatnonzero(~forgotten & ~np.isin(faces.track, tracks[tracks >= 0]))


def ids_before(
    faces: Faces,
    sources: tuple[SourceFacts, ...],
    decisions: Decisions,
    earlier: StoredResult | None,
) -> IntArray:
    """Return the id that each face of a run has by an earlier result, else by the decisions."""
    ids = np.full(len(faces), UNKNOWN)
    if earlier is not None:
        ids = ids_from(earlier, faces, sources)
    return remembered(ids, decisions.in_force, faces, sources, overrule=False)


def cast_anew(
    faces: Faces,
    before: IntArray,
    standing: Standing,
    decisions: Decisions,
    sources: tuple[SourceFacts, ...],
    earlier: StoredResult | None,
) -> tuple[Faces, Cast]:
    """Settle the people of a run; its cast begins with them."""
    start = Cast(
        np.empty(0, np.int64),
        first_ids=before,
        before=before_from(earlier, faces, sources) if earlier is not None else (),
        next_id=earlier.cast.next_id if earlier is not None else 0,
        num_lines=decisions.last_line,
        num_read=decisions.last_line,
    )
    faces, cast = cast_after(faces, before, before, standing, decisions, start)
    return faces, dataclasses.replace(cast, first_ids=cast.of_faces(faces))


def with_names(result: StoredResult, decisions: Decisions) -> StoredResult:
    """Follow decisions that say nothing of who is whom: names, and who is hidden."""
    standing = Standing.of(decisions, result.faces, result.sources)
    cast = dataclasses.replace(
        result.cast,
        names=standing.names,
        hidden=standing.hidden,
        portraits=standing.portraits,
        num_read=decisions.last_line,
    )
    return dataclasses.replace(result, given_cast=cast)


def cast_after(
    faces: Faces,
    before: IntArray,
    now: IntArray,
    standing: Standing,
    decisions: Decisions,
    cast: Cast,
) -> tuple[Faces, Cast]:
    """Settle the people that both stages found, and say who they are.

    Args:
        faces: the table with people.
        before: (num_faces,) int64, the id that each face had before all decisions, -1 = none.
        now: (num_faces,) int64, the id that it has now.
        standing: the decisions in force in this table.
        decisions: all of them.
        cast: the earlier one.
    """
    now, steps, undone = now.copy(), cast.before, decisions.undone
    while steps and steps[-1].line in undone:
        steps[-1].put_back(now)
        steps = steps[:-1]
    next_id = max(cast.next_id, decisions.next_id)
    ids, next_id = assigned(faces, before, now, standing, next_id, steps)
    faces, ids = settled(faces, ids, standing)
    next_id = max(next_id, int(ids.max(initial=UNKNOWN)) + 1)
    step = Before.between(_first_new(decisions, cast.num_read), now, Cast(ids).of_faces(faces))
    return faces, dataclasses.replace(
        cast,
        ids=ids,
        next_id=next_id,
        before=(*steps, step) if step.rows else steps,
        names=standing.names,
        hidden=standing.hidden,
        portraits=standing.portraits,
        num_read=decisions.last_line,
    )


def _first_new(decisions: Decisions, num_read: int) -> int:
    """Return the first line after those that were read, but for those that take others back."""
    lines = (
        decision.line
        for decision in decisions.lines
        if decision.line > num_read and decision.what is not What.UNDO
    )
    return min(lines, default=0)
