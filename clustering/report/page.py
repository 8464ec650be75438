"""report.html: one page that needs no network and no other file."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2

from ...data.result import palette
from ...data.result.facts import RunFacts
from ...data.result.result import StoredResult
from ...data.tables.codes import UNKNOWN
from ...data.tables.faces import STRONG_FROM
from .changes import Tally
from .figures import SMALL, Album
from .moments import Moments
from .plan import Plan
from .same import asked_pairs, nearly_same_text, perhaps_text, same_text
from .skipped import losses, skipped_text
from .timeline import KIND_WORDS, Kind
from .wording import (
    called,
    clock,
    count,
    duration,
    lost_text,
    notice_text,
    reason_text,
    share,
    taken,
)

_RESULT = "RESULT"  # the script puts in where the page is
_MAX_SHOTS = 60
_MAX_PHOTOS = 60
_MAX_SOURCES = 60
_MAX_CAST = 24
_FEW_TILES = 2  # half the width is enough for these
_MAX_FILMS = 12


def render_page(
    result: StoredResult,
    plan: Plan,
    crops: Mapping[int, bytes],
    folder: Path,
    faceless: Sequence[str] = (),
) -> str:
    """Write the page.

    Args:
        result: what was found.
        plan: what to show.
        crops: JPEGs, at least those of ``plan.rows``.
        folder: where the page goes; addresses of films, photos and crops are relative to it.
        faceless: lines on photos without a face.

    Returns:
        HTML with styles, script and pictures inside. Films play and photos open where they are.
    """
    faces, run, cast = result.faces, result.run, result.cast
    moments, asked = Moments(faces, run, folder), asked_pairs(result)
    album = Album(faces, moments, crops, result.crop_paths, len(moments.films) > 1, cast)
    pictured = {person.number: person for person in (*plan.cards, *plan.portraits)}
    unknown = [plan.unknown] if plan.unknown else []
    photos = [name for line in plan.timelines for name in line.photos]
    player = moments.for_player(
        [*pictured.values(), *unknown], lambda person: called(cast, person), photos
    )
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
            moments=moments,
            player=player,
            can_play=any(film["address"] for film in player["films"]),
            result_name=_RESULT,
            perhaps=perhaps_text(len(plan.people), asked, cast),
            same=same_text(asked, cast),
            figure=album.figure,
            small=lambda row: album.figure(row, SMALL),
            span=album.span,
            stages=_stages(plan.tally),
            settings=flatten(run.configuration),
            reason=lambda rows: reason_text(faces, rows, run, cast),
            notices=[notice_text(notice) for notice in run.notices],
            lost=lost_text(run),
            nearly_same_text=nearly_same_text,
            losses=losses(run),
            left_out=[*skipped_text(run), *faceless],
            palette=palette,
            kind_words={int(kind): KIND_WORDS[kind] for kind in (*Kind,)[: Kind.SEVERAL]},
            max_shots=_MAX_SHOTS,
            max_photos=_MAX_PHOTOS,
            max_sources=_MAX_SOURCES,
            max_films=_MAX_FILMS,
            few_tiles=_FEW_TILES,
            max_cast=_MAX_CAST,
            strong_from=STRONG_FROM,
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


@functools.cache
def environment() -> jinja2.Environment:
    """Return where the templates of the page are, with the filters that they need.

    One for all reports of a process: to compile the templates takes longer than to fill them.
    """
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
