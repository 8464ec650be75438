"""A colour for each person, distinct with any of the common kinds of colour blindness.

Eight colours in two sets, for light and for dark pages. Between any two of a set the OKLab distance
is at least 0.1 for normal sight and as people with protanopia, deuteranopia and tritanopia see
them (Machado et al., A Physiologically-based Model for Simulation of Color Vision Deficiency,
2009), and each has a contrast of 3:1 or more with the page. A search found them under these two
conditions. Person 9 has the colour of person 1: a colour always has a number beside it.
"""

from __future__ import annotations

from ...data.tables.codes import UNKNOWN

LIGHT = (
    *("#3949d3", "#d0791e", "#43a299", "#b62408"),
    *("#ab76f9", "#621615", "#805483", "#11326a"),
)
DARK = (
    *("#1b73f5", "#f6be5c", "#5ae6dd", "#bb453a"),
    *("#7e6199", "#f7700a", "#c887a8", "#3fb1fd"),
)
UNKNOWN_LIGHT = "#8a847b"
UNKNOWN_DARK = "#8f877c"


def slot(person: int) -> int:
    """Return which of the colours a person has."""
    return person % len(LIGHT)


def light(person: int) -> str:
    """Return a person's colour on a light page, a grey for the unknown."""
    return UNKNOWN_LIGHT if person == UNKNOWN else LIGHT[slot(person)]
