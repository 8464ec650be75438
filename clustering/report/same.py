"""Who may be one person, in words: in the headline, in a line of questions, and on the page."""

from __future__ import annotations

from collections.abc import Sequence

from ...data.result.cast import Cast
from ...data.result.result import StoredResult
from ...data.tables.nearly_same import ASKED_FROM, NearlySame, compatible
from .wording import called, is_even, times_likelier

LIKELY_FROM = 0.5
"""Probability from which a headline counts two people as perhaps one: more likely than not."""

_MOST_NAMED = 4


def asked_pairs(result: StoredResult) -> list[NearlySame]:
    """Return whom a summary asks about, the likeliest first; nobody whom the user hid."""
    cast, pairs = result.cast, compatible(result.run.nearly_same, result.faces)
    return [
        pair
        for pair in pairs
        if pair.probability >= ASKED_FROM
        and not cast.is_hidden(pair.first)
        and not cast.is_hidden(pair.second)
    ]


def perhaps_text(num_people: int, pairs: Sequence[NearlySame], cast: Cast) -> str:
    """Write how many people there may be: ``perhaps 6: 4 = 6? 7 = 8?``; "" without such a pair.

    Args:
        num_people: how many were found.
        pairs: of ``asked_pairs``; those that are more likely one person than not are counted.
        cast: who the people are.
    """
    likely = [pair for pair in pairs if pair.probability >= LIKELY_FROM]
    return f"perhaps {num_people - len(likely):,}: {_listed(likely, cast)}" if likely else ""


def same_text(pairs: Sequence[NearlySame], cast: Cast) -> str:
    """Ask about the other pairs: ``Are these the same? 2 = 7?``; "" where there is none."""
    others = [pair for pair in pairs if pair.probability < LIKELY_FROM]
    return f"Are these the same? {_listed(others, cast)}" if others else ""


def nearly_same_text(pair: NearlySame) -> str:
    """Write what speaks for and against two people being one, in three sentences."""
    cloth = (
        "Their clothes cannot be compared."
        if pair.cloth_evidence is None
        else f"By clothes it is {_than_two(pair.cloth_evidence)}."
    )
    return (
        f"By face one person is {_than_two(pair.face_evidence)}. {cloth}"
        f" Together: {100 * pair.probability:.0f} % that they are one person."
    )


def _listed(pairs: Sequence[NearlySame], cast: Cast) -> str:
    asked = " ".join(
        f"{_short(cast, pair.first)} = {_short(cast, pair.second)}?" for pair in pairs[:_MOST_NAMED]
    )
    return f"{asked} and {len(pairs) - _MOST_NAMED} more" if len(pairs) > _MOST_NAMED else asked


def _short(cast: Cast, person: int) -> str:
    return called(cast, person).removeprefix("Person ")


def _than_two(evidence: float) -> str:
    return "as likely as two" if is_even(evidence) else f"{times_likelier(evidence)} than two"
