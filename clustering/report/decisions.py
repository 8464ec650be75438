"""Decisions in words: what one does, what it did, and which fit nothing any more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...data.result.cast import Cast, Churn
from ...data.result.decisions import Decision, Decisions, What
from ...data.result.names import person_name
from ...data.result.people_folder import PEOPLE_FOLDER
from ...data.tables.codes import UNKNOWN
from .wording import count


def decision_text(decision: Decision, names: Mapping[int, str]) -> str:
    """Write what a decision does: ``person_003 is called Anna``.

    Args:
        decision: one that is not about another line.
        names: of people, by id.
    """

    def called(person_id: int) -> str:
        return names.get(person_id, person_name(person_id))

    faces, person = count(decision.num_faces, "face"), called(decision.person)
    was = ", ".join(called(person_id) for person_id in decision.faces)
    of = "" if {*decision.faces} <= {decision.person} else f" of {was}"
    return {
        What.NAME: f"{person_name(decision.person)} is called {decision.name}"
        if decision.name
        else f"{person_name(decision.person)} has no name any more",
        What.MERGE: f"{person_name(decision.person)} and {person_name(decision.other)} are one"
        f" person, {person}",
        What.MOVE: f"{_faces_of(decision, was)} to {person}"
        if decision.person != UNKNOWN
        else f"{_faces_of(decision, was)}: unknown who that is",
        What.NOT: f"{faces}{of}: not {person}",
        What.HIDE: f"{person} is hidden",
        What.SHOW: f"{person} is shown again",
        What.NOT_A_FACE: f"{count(decision.num_faces, 'crop')} of {was}: not a face",
        What.PORTRAIT: f"{person} has another portrait",
        What.FORGET: f"{person_name(decision.person)} is forgotten, {faces}",
        What.UNDO: f"line {decision.undoes} is taken back",
    }[decision.what]


def _faces_of(decision: Decision, was: str) -> str:
    """Write ``2 faces of Anna``, ``2 unknown faces``."""
    if {*decision.faces} == {UNKNOWN}:
        return count(decision.num_faces, "unknown face")
    return f"{count(decision.num_faces, 'face')} of {was}"


def made_text(made: Sequence[Decision], decisions: Decisions, cast: Cast) -> list[str]:
    """Write new decisions, a line each; those read from folders say so."""
    of_line = {decision.line: decision for decision in decisions.lines}
    lines = []
    for decision in made:
        text = decision_text(decision, cast.names)
        if decision.what is What.UNDO:
            text = f"Taken back: {decision_text(of_line[decision.undoes], cast.names)}"
        if decision.by_hand:
            lines.append(f"Read from {PEOPLE_FOLDER}/: {text}")
        else:
            lines.append(f"{text} ({by})" if (by := _by(decision)) else text)
    return lines


def _by(decision: Decision) -> str:
    """Say who decided it, "" = the user of this result."""
    if decision.known:
        return f"by known people, {percent(decision.known)} sure"
    if decision.library:
        return "in a library"
    return "read from people/" if decision.by_hand else ""


def percent(probability: float) -> str:
    """Write how sure known people are of a name."""
    return "over 99 %" if probability > 0.99 else f"{100 * probability:.0f} %"


def unfit_text(unfit: Sequence[Decision], cast: Cast) -> list[str]:
    """Write which decisions fit nothing of a result any more; they are kept all the same."""
    return [
        f"Note: line {decision.line} of edits.jsonl fits no face here any more, and is kept:"
        f" {decision_text(decision, cast.names)}"
        for decision in unfit
    ]


def log_rows(
    decisions: Decisions, unfit: Sequence[Decision], cast: Cast
) -> list[dict[str, int | str]]:
    """Return every decision in the types of JSON: its line, its time and whether it holds."""
    undone, fits_nothing = decisions.undone, {decision.line for decision in unfit}
    rows: list[dict[str, int | str]] = []
    for decision in decisions.lines:
        state = "taken back" if decision.line in undone else ""
        state = "fits no face here any more" if decision.line in fits_nothing else state
        rows.append(
            {
                "line": decision.line,
                "time": decision.time,
                "what": str(decision.what),
                "text": decision_text(decision, cast.names),
                "by": _by(decision),
                "state": state,
            }
        )
    return rows


def log_text(rows: Sequence[Mapping[str, int | str]]) -> list[str]:
    """Write the rows of a log, a line each."""
    return [
        f"{row['line']:>4}  {row['time']}  {row['text']}"
        + "".join(f"  ({row[name]})" for name in ("by", "state") if row[name])
        for row in rows
    ] or ["no decision yet"]


def churn_text(churn: Churn) -> str:
    """Write who stayed: ``12 people kept their id, 1 new, 3 of 2,313 faces changed person``."""
    people = count(churn.num_kept, "person kept their id", "people kept their id")
    of = f"{churn.num_changed:,} of {count(churn.num_faces, 'face')}"
    return f"{people}, {churn.num_new:,} new, {of} changed person"
