"""Stage 2: unknown and low-confidence faces, by clothing. Faces -> Faces."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...data.tables.faces import BoolArray, DecidedBy, Faces, IntArray
from . import likeness
from .calibration import MIN_HELD_OUT, Trust, measure_trust, together, trust_at
from .cloth_only_people import add_cloth_only_people
from .cloth_tracks import ClothTracks, ColourNames, describe_clothes, held_out_votes
from .config import ReassignConfig
from .decisions import PERSON, Decisions, decide
from .people import by_first_row, person_name, picture_order, renumbering


def reassign_by_clothing(
    faces: Faces,
    config: ReassignConfig | None = None,
    centre: NDArray[np.floating] | None = None,
    colour_names: ColourNames | None = None,
) -> tuple[Faces, list[str], Trust | None]:
    """Give unknown and low-confidence faces to the person whose clothes they wear.

    Works on pieces of tracks of which stage 1 says one thing. Strong pieces vote, within a window,
    for the others; a vote counts from the margin on that its film itself has shown to be reliable
    (``calibration``), unless a picture or a clear face forbids it. Strong rows never change, and
    two faces of one picture never become one person here.

    Args:
        faces: the table after stage 1.
        config: settings.
        centre: (face_dim,), where people in general lie in the face vectors, as in stage 1.
        colour_names: names the colours of cloth vectors, for the reasons; None = no names.

    Returns:
        The table with ``person``, ``strength``, ``decided_by`` and ``reason`` filled; what is worth
        saying; and how far clothing was trusted in all films together, None where nothing was
        compared.
    """
    config = config or ReassignConfig()
    if config.method == "none" or not len(faces):
        return faces, [], None
    order = picture_order(faces)
    ordered = faces[order]
    piece = pieces_of(ordered)
    clothes = describe_clothes(
        ordered,
        piece,
        config.good_quality,
        config.window_s,
        centre,
        likeness.METHODS[config.method],
        colour_names,
    )
    trusts = _trust_in_films(clothes, config)
    decisions = decide(clothes, trusts, config.veto)
    num_new = 0
    if config.new_people and config.method == "window":
        num_new = add_cloth_only_people(clothes, decisions, trusts, config.precision, config.veto)
    changed = _write_back(ordered, piece, clothes, decisions)
    said = [_say(trusts, config.precision), *_say_new(num_new)]
    return changed[np.argsort(order)], said, together(trusts)


def _trust_in_films(clothes: ClothTracks, config: ReassignConfig) -> list[Trust]:
    """Measure film by film: what people wear tells them apart in one, and not in another.

    Films too short to be measured are measured together, and have one Trust.
    """
    answers = [held_out_votes(clothes, windows) for windows in clothes.windows_of_films]
    long = [int((margin > 0).sum()) >= MIN_HELD_OUT for margin, _ in answers]

    def measured(margin: NDArray[np.float64], right: BoolArray) -> Trust:
        if config.margin is None:
            return measure_trust(margin, right, config.precision)
        return trust_at(config.margin, margin, right)

    short = [own for own, is_long in zip(answers, long, strict=True) if not is_long]
    of_short = measured(*map(np.concatenate, zip(*short, strict=True))) if short else None
    return [
        measured(*own) if is_long or of_short is None else of_short
        for own, is_long in zip(answers, long, strict=True)
    ]


def pieces_of(faces: Faces) -> IntArray:
    """Cut tracks where stage 1 says different things of their rows.

    Returns:
        (num_faces,) int64, 0-based by first row.

    Raises:
        ValueError: a row has no track.
    """
    if len(faces) and faces.track.min() < 0:
        raise ValueError(
            "track: expected a track for every row, got -1; follow_tracks() gives them"
        )
    said = np.stack([faces.track, faces.person, faces.is_strong])
    _, piece = np.unique(said, axis=1, return_inverse=True)
    return by_first_row(piece)


def _write_back(faces: Faces, piece: IntArray, clothes: ClothTracks, decisions: Decisions) -> Faces:
    """Bring what was decided of pieces to their rows, and number people by their faces anew."""
    moved = (decisions.person != clothes.person)[piece]
    person = decisions.person[piece]
    number = renumbering(person, faces.person_before)
    reasons = [
        reason.replace(PERSON, person_name(int(number[about])))
        for reason, about in zip(decisions.reason, decisions.about.tolist(), strict=True)
    ]
    second_person = np.where(moved, decisions.second_person[piece], faces.second_person)
    return faces.replace(
        person_before=number[faces.person_before],
        person=number[person],
        second_person=number[second_person],
        strength=np.where(moved, decisions.strength[piece], faces.strength),
        decided_by=np.where(moved, int(DecidedBy.CLOTH), faces.decided_by),
        reason=np.array(reasons, dtype=np.str_)[piece],
    )


def _say_new(num_new: int) -> list[str]:
    if not num_new:
        return []
    people = "1 person" if num_new == 1 else f"{num_new} people"
    return [f"{people} nobody knows by face came from clothing alone, as low-confidence"]


def _say(trusts: Sequence[Trust], precision: float) -> str:
    if len(trusts) > 1:
        return _say_of_films(trusts)
    (trust,) = trusts
    if trust.precision is None:
        return (
            f"clothing, asked who {trust.num_held_out} hidden known tracks are, gave too few"
            " answers to measure it, so nothing is claimed; votes count from a margin of"
            f" {trust.margin:.2f} on"
        )
    if not np.isfinite(trust.margin):
        return (
            f"clothing does not tell people apart here: asked who {trust.num_held_out} hidden known"
            f" tracks are, it is {_measured(trust)}, where {precision:.0%} was asked for;"
            " stage 2 kept its hands off"
        )
    return (
        f"clothing, asked who {trust.num_held_out} hidden known tracks are, answered for"
        f" {trust.num_voted} and was {_measured(trust)}; votes count from a margin of"
        f" {trust.margin:.2f} on"
    )


def _say_of_films(trusts: Sequence[Trust]) -> str:
    overall = together(trusts)
    said = [f"clothing, asked film by film who {overall.num_held_out} hidden known tracks are,"]
    if overall.precision is None:
        said.append("gave too few answers to measure it in any, so nothing is claimed;")
    else:
        said.append(f"answered for {overall.num_voted} and was {_measured(overall)};")
        if few := sum(own.precision is None for own in trusts):
            said.append(f"too few answers to measure it in {few} of {len(trusts)} films;")
    margins = sorted(own.margin for own in trusts if np.isfinite(own.margin))
    if off := len(trusts) - len(margins):
        said.append(f"it does not tell people apart in {off}, where stage 2 kept its hands off;")
    if margins:
        ends = dict.fromkeys(f"{margin:.2f}" for margin in (margins[0], margins[-1]))
        said.append(f"votes count from a margin of {' to '.join(ends)} on")
    return " ".join(said).rstrip(";")


def _measured(trust: Trust) -> str:
    return f"{trust.precision:.0%} right (at least {trust.bound:.0%}, 7 chances in 10)"
