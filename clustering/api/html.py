"""A result in a notebook: people with portraits, a person's sheet, a timeline."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
from jinja2 import Environment

from ...data.result import palette
from ...data.result.facts import SourceFacts
from ...data.result.people import Person
from ...data.result.result import StoredResult
from ...data.shots.shots import Shot, person_photos, person_shots
from ..report.figures import data_uri
from ..report.portraits import crop_or_plain
from ..report.sheets import thumbnail
from ..report.wording import clock, count
from ..report.write import summary
from .shown import show

_MOST_PEOPLE, _MOST_CROPS, _MOST_FILMS = 24, 12, 8
_PORTRAIT_PX = (88, 110)

_STYLE = """
<style>
.castlist { font: 14px/1.4 system-ui, sans-serif; max-width: 60em }
.castlist .faces { display: flex; flex-wrap: wrap; gap: 10px; margin: 8px 0 }
.castlist figure { margin: 0; width: 92px }
.castlist img { width: 88px; height: 110px; display: block; border-radius: 3px }
.castlist figcaption { font-size: 12px; overflow-wrap: anywhere }
.castlist .row { display: flex; align-items: center; gap: 8px; margin: 2px 0 }
.castlist .row span { flex: 0 0 9em; overflow: hidden; text-overflow: ellipsis; font-size: 12px }
.castlist .bar { position: relative; flex: 1; height: 12px; background: rgba(128,128,128,.15) }
.castlist .bar i { position: absolute; top: 0; bottom: 0; min-width: 2px;
 box-shadow: 0 0 0 1px rgba(128,128,128,.6) }
</style>
"""

_RESULT = """
<div class="castlist">
<strong>{{ headline }}</strong>
<div class="faces">
{% for person in people %}
<figure><img src="{{ person.image }}" alt=""
 style="border-bottom: 4px solid {{ person.colour }}">
<figcaption><strong>{{ person.name }}</strong><br>{{ person.text }}</figcaption></figure>
{% endfor %}
</div>
{% if left_out %}<p>and {{ left_out }} more</p>{% endif %}
{% for film in films %}
<div><em>{{ film.name }}</em>
{% for row in film.rows %}
<div class="row"><span>{{ row.name }}</span><div class="bar">
{% for bar in row.bars %}<i style="left: {{ bar.left }}%; width: {{ bar.width }}%;
 background: {{ row.colour }}" title="{{ bar.title }}"></i>{% endfor %}
</div></div>
{% endfor %}
</div>
{% endfor %}
</div>
"""

_PERSON = """
<div class="castlist">
<strong>{{ headline }}</strong>
<div class="faces">
{% for crop in crops %}
<figure><img src="{{ crop.image }}" alt=""><figcaption>{{ crop.text }}</figcaption></figure>
{% endfor %}
</div>
</div>
"""


def result_html(result: StoredResult) -> str:
    """Return a result as HTML: a portrait for each person, and a timeline for each film."""
    seen = {each.id: each for each in show(result).people}
    people = [person for person in result.people if person.id in seen]
    shown = people[:_MOST_PEOPLE]
    return _render(
        _RESULT,
        headline=summary(result).splitlines()[0],
        people=[
            {
                "image": _image(result, person.representative),
                "name": person.name,
                "text": seen[person.id].headline.removeprefix(f"{person.name}: "),
                "colour": palette.light(person.number),
            }
            for person in shown
        ],
        left_out=len(people) - len(shown),
        films=[_film(result, film, shown) for film in result.run.films[:_MOST_FILMS]],
    )


def person_html(result: StoredResult, person: Person) -> str:
    """Return a person as HTML: the best face of each shot and photo, twelve at the most."""
    [seen] = show(result, [person.id]).people
    return _render(
        _PERSON,
        headline=seen.headline,
        crops=[
            {"image": _image(result, row), "text": text} for row, text in _sheet(result, person)
        ],
    )


def _sheet(result: StoredResult, person: Person) -> list[tuple[int, str]]:
    """Return a row for each shot and photo of a person with its caption, in order."""
    found = []
    for shot in person_shots(result, person.number):
        frame = result.faces.frame[person.rows]
        inside = (frame >= shot.first_frame) & (frame <= shot.last_frame)
        found.append((_best(result, person, shot.source, inside), _text(shot)))
    for photo in person_photos(result, person.number):
        every = np.ones(len(person.rows), dtype=bool)
        found.append((_best(result, person, photo.source, every), photo.source))
    step = max(1, -(-len(found) // _MOST_CROPS))
    return found[::step]


def _best(result: StoredResult, person: Person, source: str, inside: Any) -> int:
    rows = person.rows[inside & (result.faces.source[person.rows] == source)]
    return int(rows[np.argmax(result.faces.quality[rows])])


def _text(shot: Shot) -> str:
    return shot.tc_in or clock(shot.start_s)


def _film(result: StoredResult, film: SourceFacts, people: Sequence[Person]) -> dict[str, Any]:
    length_s = film.last_s or float(np.max(film.frames_s, initial=1.0))
    rows = []
    for person in people:
        shots = [shot for shot in person_shots(result, person.number) if shot.source == film.name]
        if shots:
            bars = [
                {
                    "left": round(100 * shot.start_s / length_s, 2),
                    "width": round(100 * shot.length_s / length_s, 2),
                    "title": f"{clock(shot.start_s)} to {clock(shot.end_s)},"
                    f" {count(shot.num_faces, 'face')}",
                }
                for shot in shots
            ]
            rows.append({"name": person.name, "bars": bars, "colour": palette.light(person.number)})
    return {"name": film.name, "rows": rows}


def _image(result: StoredResult, row: int) -> str:
    return data_uri(thumbnail(crop_or_plain(result.crops, row), _PORTRAIT_PX))


def _render(template: str, **content: Any) -> str:
    return f"{_STYLE}{_template(template).render(**content)}"


@functools.cache
def _template(text: str) -> Any:
    return Environment(autoescape=True).from_string(text)
