"""Codes in the tables: what decided the person of a row, why, and notices about a result.

Tables hold codes and numbers only. ``clustering/report/wording.py`` alone makes sentences of them:
for the page, the summary and the command line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

UNKNOWN = -1
"""The person of a face that has none."""

Number = float | int | str | None
"""A number of a notice; None = not known."""


class DecidedBy(IntEnum):
    """What decided the person of a row."""

    NONE = 0
    FACE = 1
    CLOTH = 2


class Reason(IntEnum):
    """Why stage 2 assigned a row to a person, or did not."""

    NONE = 0
    """Stage 2 had nothing to decide: the row is strong, or there was no stage 2."""
    CLOTHES_AGREE = 1
    """Clothing votes for the person that stage 1 found."""
    SAME_CLOTHES = 2
    """Its clothes are those of ``about``, and it was assigned to ``about``."""
    CLOTH_ONLY_PERSON = 3
    """Its clothes are those of no known person; rows with these clothes became a new person."""
    NO_CLOTHES = 4
    """No clothes in sight."""
    NOBODY_NEAR = 5
    """There is no candidate: no known person near in time."""
    CLOTHES_DO_NOT_TELL = 6
    """Clothing does not separate people in this film."""
    NOT_CLEAR = 7
    """Nearest is ``about``, but not clearly."""
    SAME_PICTURE = 8
    """Its clothes are those of ``about``, but a picture shows both."""
    OTHER_FACE = 9
    """Its clothes are those of ``about``, but its clear face is too far from that person."""


class NoticeCode(StrEnum):
    """What a notice is about."""

    CLOTH_TRUST = "cloth_trust"
    """How far clothing could be trusted, measured on held-out tracks."""
    CLOTH_ONLY_PEOPLE = "cloth_only_people"
    """How many people were found by clothing alone."""
    SHARED_PICTURES = "shared_pictures"
    """How many pairs of faces share a picture and a person."""
    FILM_THRESHOLD = "film_threshold"
    """The threshold that was estimated from the film."""
    FILM_THRESHOLD_UNMEASURED = "film_threshold_unmeasured"
    """The film has too few pairs to estimate a threshold from."""


@dataclass(frozen=True)
class Notice:
    """A remark about a result, as a code and numbers.

    Attributes:
        code: what it is about.
        numbers: its numbers, by name.
    """

    code: NoticeCode
    numbers: Mapping[str, Number] = field(default_factory=dict)
