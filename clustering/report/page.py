"""report.html: one page that needs no network and no other file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2

from ...data.result.cast import Cast
from ...data.result.facts import RunFacts
from ...data.tables.codes import UNKNOWN
from ...data.tables.faces import Faces
from . import palette
from .changes import Tally
from .figures import SMALL, Album
from .plan import Plan
from .skipped import losses, skipped_text
from .timeline import KIND_WORDS, Kind
from .wording import called, clock, count, duration, notices_text, reason_text, share, taken

_MAX_INTERVALS = 60
_MAX_SOURCES = 60
_MAX_CAST = 24
_MAX_FILMS = 12


def render_page(
    faces: Faces,
    run: RunFacts,
    plan: Plan,
    crops: Mapping[int, bytes],
    cast: Cast | None = None,
) -> str:
    """Write the page.

    Args:
        faces: the table.
        run: facts of the run.
        plan: what to show.
        crops: JPEGs, at least those of ``plan.rows``.
        cast: who the people are; None = nobody has a name.

    Returns:
        HTML with styles, script and pictures inside.
    """
    cast = cast or Cast.of_ranks(faces)
    album = Album(faces, {photo.name for photo in run.photos}, crops, len(run.sources) > 1, cast)
    pictured = {person.number: person for person in (*plan.cards, *plan.portraits)}
    return (
        environment()
        .get_template("page.html")
        .render(
            plan=plan,
            run=run,
            num_faces=len(faces),
            headline=headline(plan.tally, run),
            where=what_was_looked_at(run),
            portraits={
                number: album.portrait(person.representative) for number, person in pictured.items()
            },
            figure=album.figure,
            small=lambda row: album.figure(row, SMALL),
            span=album.span,
            stages=_stages(plan.tally),
            settings=flatten(run.configuration),
            reason=lambda rows: reason_text(faces, rows, run.models, cast),
            notices=notices_text(run),
            losses=losses(run),
            left_out=skipped_text(run),
            palette=palette,
            kind_words={int(kind): KIND_WORDS[kind] for kind in (*Kind,)[: Kind.SEVERAL]},
            max_intervals=_MAX_INTERVALS,
            max_sources=_MAX_SOURCES,
            max_films=_MAX_FILMS,
            max_cast=_MAX_CAST,
            UNKNOWN=UNKNOWN,
            anchor=cast.id_of,
            called=lambda number: called(cast, number),
        )
    )


def headline(counts: Tally, run: RunFacts) -> str:
    """Write in a line what was found: ``8 people in scene.mp4``."""
    where = what_was_looked_at(run)
    if not counts.faces:
        return f"No face was found in {where}"
    if not counts.people_after:
        return f"Nobody known in {where}"
    return f"{count(counts.people_after, 'person', 'people')} in {where}"


def what_was_looked_at(run: RunFacts) -> str:
    """Name the input: ``scene.mp4``, ``3 films``, ``scene.mp4 and 12 photos``."""
    parts = [
        sources[0].name if len(sources) == 1 else count(len(sources), sources[0].kind)
        for sources in (run.films, run.photos)
        if sources
    ]
    return " and ".join(parts) or "nothing"


def flatten(configuration: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Write nested settings in the form of ``--set``: ("people.wrong_merge_cost", "3")."""
    flat: list[tuple[str, str]] = []
    for key, value in configuration.items():
        if isinstance(value, Mapping) and value:
            flat.extend(flatten(value, f"{prefix}{key}."))
        else:
            flat.append((f"{prefix}{key}", str(value)))
    return flat


def _stages(tally: Tally) -> list[tuple[str, list[tuple[str, int]]]]:
    """Return the two bars before and after, as (label, [(kind of face, faces)])."""
    known_before = tally.faces - tally.unknown_before
    before = [("known", known_before), ("unknown", tally.unknown_before)]
    after = [
        (KIND_WORDS[Kind.STRONG], tally.strong),
        (KIND_WORDS[Kind.LOW], tally.low_confidence),
        (KIND_WORDS[Kind.CLOTH], tally.by_cloth),
        (KIND_WORDS[Kind.UNKNOWN], tally.unknown_after),
    ]
    return [("By face alone", before), ("With clothing", after)]


def _unbroken_share(part: int, whole: int) -> str:
    return share(part, whole).replace(" ", "\N{NO-BREAK SPACE}")


def environment() -> jinja2.Environment:
    """Return where the templates of the page are, with the filters that they need."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        clock=clock,
        count=count,
        duration=duration,
        share=_unbroken_share,
        taken=taken,
    )
    return environment
