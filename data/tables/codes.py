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
"""A number of a notice, or a name; None = not known."""


class DecidedBy(IntEnum):
    """What decided the person of a row."""

    NONE = 0
    FACE = 1
    CLOTH = 2
    USER = 3


class Reason(IntEnum):
    """Why stage 2 assigned a row to a person, or did not."""

    NONE = 0
    """Stage 2 had nothing to decide: the row is strong, or there was no stage 2."""
    CLOTHES_AGREE = 1
    """It has the person that stage 1 found, and clothing speaks for that person."""
    SAME_CLOTHES = 2
    """Clothing speaks for ``about``, and it was assigned to ``about``."""
    CLOTH_ONLY_PERSON = 3
    """Clothing joined it with others that stage 1 did not know: they are a new person."""
    FACES_AGREE = 4
    """It was assigned to ``about`` by its face, once clothing had settled whom it looks like."""
    NO_CLOTHES = 5
    """No clothes in sight."""
    NOBODY_NEAR = 6
    """There is no candidate: no known person with clothes in sight near in time."""
    CLOTHES_DO_NOT_TELL = 7
    """Clothing does not separate people in this film."""
    NOT_CLEAR = 8
    """Nearest is ``about``, but not clearly."""
    SAME_PICTURE = 9
    """Nearest is ``about``, but a picture shows both."""
    OTHER_FACE = 10
    """Its clothes are those of ``about``, but its face speaks against it."""
    OTHER_CLOTHES = 11
    """Stage 1 took it for ``about``, but its clothes speak against it."""
    GIVEN = 12
    """The user gave it to ``about``, or said that nobody knows who it is."""
    NOT_A_FACE = 13
    """The user said that it is no face: it counts for nothing."""
    NOT_THEM = 14
    """The user said that it is not ``about``, whom both stages took it for."""
    DRAWN = 15
    """It is drawn, painted or animated: no person."""
    IN_A_PICTURE = 16
    """It is in a picture that the film shows, such as a poster: nobody of the cast."""


class NoticeCode(StrEnum):
    """What a notice is about."""

    CLOTH_WEIGHT = "cloth_weight"
    """How much clothing says in each film, measured on its sure pairs."""
    CLOTH_ONLY_PEOPLE = "cloth_only_people"
    """How many people were found by clothing alone."""
    SHARED_PICTURES = "shared_pictures"
    """How many pairs of faces share a picture and a person."""
    DRAWN = "drawn"
    """How many faces are drawn, painted or animated, and so nobody."""
    OUT_OF_SCALE = "out_of_scale"
    """How many vectors of faces and of clothes count as none, being far too long or too short."""
    TURNED = "turned"
    """How many films and photos lay on their side or upside down, and the first of their names."""
    IN_PICTURES = "in_pictures"
    """How many faces, in how many tracks, are in pictures that the film shows, such as posters."""


@dataclass(frozen=True)
class Notice:
    """A remark about a result, as a code and numbers.

    Attributes:
        code: what it is about.
        numbers: its numbers, by name.
    """

    code: NoticeCode
    numbers: Mapping[str, Number] = field(default_factory=dict)
