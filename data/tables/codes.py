"""Codes that stand in the tables: who decided, why, and what is worth telling.

Tables hold codes and numbers only. Sentences are made of them in one place, for the page, the
summary and the command line alike: ``clustering/report/wording.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

UNKNOWN = -1
"""The person of a face that nobody could name."""

Number = float | int | str | None
"""What a notice tells; None = not known."""


class DecidedBy(IntEnum):
    """Who decided the person of a row."""

    NONE = 0
    FACE = 1
    CLOTH = 2


class Reason(IntEnum):
    """Why stage 2 gave a row a person, or did not."""

    NONE = 0
    """Stage 2 had nothing to decide: the row is strong, or there was no stage 2."""
    CLOTHES_AGREE = 1
    """Its clothes say the same as its face."""
    SAME_CLOTHES = 2
    """It wears what ``about`` wears, and became ``about``."""
    CLOTH_ONLY_PERSON = 3
    """It wears what nobody known wears, and became a new person with others who wear it."""
    NO_CLOTHES = 4
    """No clothes in sight."""
    NOBODY_NEAR = 5
    """Nobody known near in time could wear this."""
    CLOTHES_DO_NOT_TELL = 6
    """Clothing does not tell people apart in this film."""
    NOT_CLEAR = 7
    """Nearest is ``about``, but not clearly."""
    SAME_PICTURE = 8
    """It wears what ``about`` wears, but a picture shows both."""
    OTHER_FACE = 9
    """It wears what ``about`` wears, but its clear face is another."""


class NoticeCode(StrEnum):
    """What a notice is about."""

    CLOTH_TRUST = "cloth_trust"
    """How far clothing could be trusted, measured on held-out tracks."""
    CLOTH_ONLY_PEOPLE = "cloth_only_people"
    """How many people were found by clothing alone."""
    SHARED_PICTURES = "shared_pictures"
    """How many pairs of faces share a picture and a person."""
    FILM_THRESHOLD = "film_threshold"
    """The threshold that the film set itself."""
    FILM_THRESHOLD_UNMEASURED = "film_threshold_unmeasured"
    """The film has too few pairs to set a threshold itself."""


@dataclass(frozen=True)
class Notice:
    """Something worth telling about a result.

    Attributes:
        code: what it is about.
        numbers: what it tells, by name.
    """

    code: NoticeCode
    numbers: Mapping[str, Number] = field(default_factory=dict)
