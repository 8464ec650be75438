"""Who is on screen when, drawn with Matplotlib."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...data.result import palette
from ...data.result.result import StoredResult
from ...data.shots.shots import person_shots

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ROW_IN, _WIDTH_IN = 0.32, 9.0  # inches


def draw_timeline(result: StoredResult, ax: Axes | None = None) -> Axes:
    """Draw a row for each person and film, a bar for each shot; returns the axes.

    Args:
        result: who was found; films only, since photos have no length.
        ax: where to; None = a new figure.
    """
    rows = [
        (person, film.name)
        for film in result.run.films
        for person in result.people
        if not result.is_hidden(person.number)
        and any(in_film.source == film.name for in_film in person.films)
    ]
    if ax is None:
        from matplotlib import pyplot

        _, ax = pyplot.subplots(figsize=(_WIDTH_IN, 1.0 + _ROW_IN * max(len(rows), 1)))
    for place, (person, film_name) in enumerate(rows):
        shots = [shot for shot in person_shots(result, person.number) if shot.source == film_name]
        bars = [(shot.start_s, shot.length_s) for shot in shots]
        ax.broken_barh(bars, (place - 0.35, 0.7), facecolors=palette.light(person.number))
    many = len(result.run.films) > 1
    ax.set_yticks(
        range(len(rows)),
        [f"{person.name}, {film}" if many else person.name for person, film in rows],
    )
    ax.invert_yaxis()
    ax.set_xlabel("seconds")
    return ax
