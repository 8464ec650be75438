"""Stage 2: unknown and low-confidence faces, by clothing. Faces -> Faces."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...data.tables.codes import DecidedBy, Notice, NoticeCode
from ...data.tables.faces import BoolArray, Faces, IntArray
from . import likeness
from .calibration import MIN_HELD_OUT, Trust, measure_trust, together, trust_at
from .cloth_only_people import add_cloth_only_people
from .cloth_tracks import ClothTracks, describe_clothes, held_out_votes
from .config import ReassignConfig
from .decisions import Decisions, decide
from .people import by_first_row, picture_order, renumbering


def reassign_by_clothing(
    faces: Faces,
    config: ReassignConfig | None = None,
    centre: NDArray[np.floating] | None = None,
) -> tuple[Faces, list[Notice], Trust | None]:
    """Assign unknown and low-confidence faces to the person with the same clothes.

    Works on pieces of tracks to which stage 1 gives one person. Strong pieces vote, within a
    window, for the others. A vote counts from the margin on that was measured to be reliable on the
    film (``calibration``), unless a picture or a clear face forbids it. Strong rows never change,
    and two faces of one picture never become one person here.

    Args:
        faces: the table after stage 1.
        config: settings.
        centre: (face_dim,), mean of people in general in the face vectors, as in stage 1.

    Returns:
        The table with ``person``, ``strength``, ``decided_by``, ``reason`` and its numbers filled;
        notices; and how far clothing was trusted in all films together, None where nothing was
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
    )
    trusts = _trust_in_films(clothes, config)
    decisions = decide(clothes, trusts, config.veto)
    num_new = 0
    if config.new_people and config.method == "window":
        num_new = add_cloth_only_people(clothes, decisions, trusts, config.precision, config.veto)
    changed = _write_back(ordered, piece, clothes, decisions)
    notices = [_trust_notice(trusts, config.precision)]
    if num_new:
        notices.append(Notice(NoticeCode.CLOTH_ONLY_PEOPLE, {"num_people": num_new}))
    return changed[np.argsort(order)], notices, together(trusts)


def _trust_in_films(clothes: ClothTracks, config: ReassignConfig) -> list[Trust]:
    """Measure film by film: clothes separate people in one film, and not in another.

    Films too short to be measured are measured together, and have one Trust.
    """
    votes = [held_out_votes(clothes, windows) for windows in clothes.windows_of_films]
    long = [int((margin > 0).sum()) >= MIN_HELD_OUT for margin, _ in votes]

    def measured(margin: NDArray[np.float64], right: BoolArray) -> Trust:
        if config.margin is None:
            return measure_trust(margin, right, config.precision)
        return trust_at(config.margin, margin, right)

    short = [of_film for of_film, is_long in zip(votes, long, strict=True) if not is_long]
    of_short = measured(*map(np.concatenate, zip(*short, strict=True))) if short else None
    return [
        measured(*of_film) if is_long or of_short is None else of_short
        for of_film, is_long in zip(votes, long, strict=True)
    ]


def pieces_of(faces: Faces) -> IntArray:
    """Cut tracks where stage 1 gives their rows different people.

    Returns:
        (num_faces,) int64, 0-based by first row.

    Raises:
        ValueError: a row has no track.
    """
    if len(faces) and faces.track.min() < 0:
        raise ValueError(
            "track: expected a track for every row, got -1; follow_tracks() gives them"
        )
    one = np.stack([faces.track, faces.person, faces.is_strong])
    _, piece = np.unique(one, axis=1, return_inverse=True)
    return by_first_row(piece)


def _write_back(faces: Faces, piece: IntArray, clothes: ClothTracks, decisions: Decisions) -> Faces:
    """Write the decisions on pieces to their rows, and number people by their faces again."""
    moved = (decisions.person != clothes.person)[piece]
    person = decisions.person[piece]
    number = renumbering(person, faces.person_before)
    second_person = np.where(moved, decisions.second_person[piece], faces.second_person)
    return faces.replace(
        person_before=number[faces.person_before],
        person=number[person],
        second_person=number[second_person],
        strength=np.where(moved, decisions.strength[piece], faces.strength),
        decided_by=np.where(moved, int(DecidedBy.CLOTH), faces.decided_by),
        reason=decisions.reason[piece],
        about=number[decisions.about][piece],
        cloth_similarity=decisions.cloth_similarity[piece],
        cloth_margin=decisions.cloth_margin[piece],
        cloth_support=decisions.cloth_support[piece],
        face_distance=decisions.face_distance[piece],
    )


def _trust_notice(trusts: Sequence[Trust], precision: float) -> Notice:
    overall = together(trusts)
    margins = [trust.margin for trust in trusts if np.isfinite(trust.margin)]
    return Notice(
        NoticeCode.CLOTH_TRUST,
        {
            "num_films": len(trusts),
            "num_films_unmeasured": sum(trust.precision is None for trust in trusts),
            "num_films_off": len(trusts) - len(margins),
            "num_held_out": overall.num_held_out,
            "num_voted": overall.num_voted,
            "precision": overall.precision,
            "lower_bound": overall.bound,
            "precision_asked": precision,
            "lowest_margin": min(margins, default=None),
            "highest_margin": max(margins, default=None),
        },
    )
