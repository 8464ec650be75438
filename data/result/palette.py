"""A colour for each person, distinct with any of the common kinds of colour blindness.

Two sets, for light and for dark pages. Between any two of the first eight of a set the OKLab
distance is at least 0.1 for normal sight and as people with protanopia, deuteranopia and tritanopia
see them (Machado et al., A Physiologically-based Model for Simulation of Color Vision Deficiency,
2009); between any two of all 24 it is at least 0.09, and 0.05 with colour blindness. Each has a
contrast of 3:1 or more with the page. A search found them under these conditions, one after the
other. Person 25 has the colour of person 1: a colour always has a number beside it. White text
can be read on all of the first set.
"""

from __future__ import annotations

from ..tables.codes import UNKNOWN

LIGHT = (
    *("#3949d3", "#d0791e", "#43a299", "#b62408"),
    *("#ab76f9", "#621615", "#805483", "#11326a"),
    *("#6c009c", "#186048", "#3078b4", "#c024fc"),
    *("#fc3c78", "#0000cc", "#cc24a8", "#8490cc"),
    *("#543c78", "#a8603c", "#7860d8", "#780048"),
    *("#900000", "#90309c", "#e41818", "#a82460"),
)
DARK = (
    *("#1b73f5", "#f6be5c", "#5ae6dd", "#bb453a"),
    *("#7e6199", "#f7700a", "#c887a8", "#3fb1fd"),
    *("#ccfc00", "#d818cc", "#78b46c", "#307860"),
    *("#fc6ce4", "#b4c0fc", "#90fca8", "#30a800"),
    *("#fc9c9c", "#cc60b4", "#90c0c0", "#fcccfc"),
    *("#c0b430", "#c0d89c", "#a878fc", "#d80c90"),
)
UNKNOWN_LIGHT = "#8a847b"
UNKNOWN_DARK = "#8f877c"


def slot(person: int) -> int:
    """Return which of the colours a person has."""
    return person % len(LIGHT)


def light(person: int) -> str:
    """Return a person's colour on a light page, a grey for the unknown."""
    return UNKNOWN_LIGHT if person == UNKNOWN else LIGHT[slot(person)]
