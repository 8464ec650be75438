"""The content of the page: everything that grows with the film is limited to a fixed number.

72,000 faces of a two-hour film are in the folder and in the tables; the page shows a selection and
states how many it leaves out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ...data.result.cast import Cast
from ...data.result.facts import RunFacts
from ...data.result.people import Person, film_order, gather_people, gather_unknown
from ...data.result.portraits import portrait_scores
from ...data.tables.faces import Faces, IntArray
from ...data.tables.nearly_same import NearlySame
from .changes import Change, Refusal, Tally, find_changes, find_refusals, tally
from .events import Event, photo_events
from .sheets import NUM_TILES
from .tiles import choose_tiles
from .timeline import NUM_STEPS, Timeline, film_timeline, photo_timeline

MAX_CARDS = 60
"""People with a card of faces; more get a portrait."""
MAX_PORTRAITS = 240
MAX_CHANGES = 80
MAX_REFUSALS = 8
MAX_UNKNOWN_TILES = 24
MAX_EVENTS = 40
MAX_TIMELINES = 40

_TILES_PER_QUESTION = 4
_TILES_PER_CHANGE = 3
_TILES_PER_REFUSAL = 4
_TILES_PER_EVENT = 8


@dataclass(frozen=True, eq=False)
class EventStrip:
    """An event and its people: (person, row to show, number of photos), the most frequent first."""

    event: Event
    people: tuple[tuple[int, int, int], ...]
    num_left_out: int


@dataclass(frozen=True, eq=False)
class Question:
    """Two people who may be one, and the rows to show of each."""

    pair: NearlySame
    people: tuple[Person, Person]
    rows: tuple[IntArray, IntArray]


@dataclass(frozen=True, eq=False)
class Plan:
    """The selection to show.

    Attributes:
        people: everyone, the most frequent first.
        unknown: the faces that stayed unknown, None without any.
        tally: numbers before and after stage 2.
        tiles: rows of the contact sheet of every person, and of the unknown (-1).
        cards, portraits: the people shown with a card, and those shown with a portrait only.
        questions: people who may be one person.
        unknown_tiles: unknown rows to show.
        refusals: why faces stayed unknown, with rows to show; num_refusals counts all reasons.
        changes: what stage 2 changed, with rows to show, the least sure first; num_changes: all.
        timelines: one a film, one for all photos.
        events: photos by event.
    """

    people: list[Person]
    unknown: Person | None
    tally: Tally
    tiles: dict[int, IntArray]
    cards: list[Person]
    portraits: list[Person]
    questions: list[Question]
    unknown_tiles: IntArray
    refusals: list[tuple[Refusal, IntArray]]
    num_refusals: int
    changes: list[tuple[Change, IntArray]]
    num_changes: int
    timelines: list[Timeline]
    num_timelines: int
    events: list[EventStrip]
    num_events: int

    @property
    def rows(self) -> set[int]:
        """Every row whose crop is needed for a sheet or for the page."""
        chosen = [
            *self.tiles.values(),
            self.unknown_tiles,
            *(rows for _, rows in self.refusals),
            *(rows for _, rows in self.changes),
            *(rows for question in self.questions for rows in question.rows),
        ]
        return {
            *(row for rows in chosen for row in rows.tolist()),
            *(person.representative for person in self.people),
            *(row for strip in self.events for _, row, _ in strip.people),
        }


def make_plan(faces: Faces, run: RunFacts, cast: Cast | None = None) -> Plan:
    """Select the content of the page and the sheets; ``cast`` None = nobody has a name."""
    people, unknown = gather_people(faces, run, cast), gather_unknown(faces, run)
    unknown_rows = unknown.rows if unknown else np.empty(0, np.int64)
    changes = find_changes(faces, film_order(faces, run))
    changes.sort(key=lambda change: change.strength)
    refusals = find_refusals(faces, unknown_rows)
    events = photo_events(run.photos)
    timelines = _timelines(faces, run, events, people, unknown)
    scores = portrait_scores(faces, run.sources)

    def tiles(rows: IntArray, num_tiles: int) -> IntArray:
        return choose_tiles(faces, rows, num_tiles, scores)

    return Plan(
        people=people,
        unknown=unknown,
        tally=tally(faces),
        tiles={
            person.number: tiles(person.rows, NUM_TILES)
            for person in (*people, *([unknown] if unknown else []))
        },
        cards=people[:MAX_CARDS],
        portraits=people[MAX_CARDS : MAX_CARDS + MAX_PORTRAITS],
        questions=_questions(run.nearly_same, people, tiles),
        unknown_tiles=tiles(unknown_rows, MAX_UNKNOWN_TILES),
        refusals=[
            (refusal, tiles(refusal.rows, _TILES_PER_REFUSAL))
            for refusal in refusals[:MAX_REFUSALS]
        ],
        num_refusals=len(refusals),
        changes=[
            (change, tiles(change.rows, _TILES_PER_CHANGE)) for change in changes[:MAX_CHANGES]
        ],
        num_changes=len(changes),
        timelines=timelines[:MAX_TIMELINES],
        num_timelines=len(timelines),
        events=[_strip(faces, event) for event in events[:MAX_EVENTS]],
        num_events=len(events),
    )


def _questions(
    pairs: Sequence[NearlySame], people: list[Person], tiles: Callable[[IntArray, int], IntArray]
) -> list[Question]:
    """Return the pairs whose people are shown: nobody asks about those who are hidden."""
    by_number = {person.number: person for person in people}
    found = []
    for pair in pairs:
        if pair.first in by_number and pair.second in by_number:
            both = by_number[pair.first], by_number[pair.second]
            first, second = (tiles(person.rows, _TILES_PER_QUESTION) for person in both)
            found.append(Question(pair, both, (first, second)))
    return found


def _timelines(
    faces: Faces,
    run: RunFacts,
    events: list[Event],
    people: list[Person],
    unknown: Person | None,
) -> list[Timeline]:
    # many films: each a little coarser, so that together they do not fill the page
    steps = NUM_STEPS // max(1, min(len(run.films), MAX_TIMELINES) // 4)
    films = (film_timeline(faces, film, people, unknown, steps) for film in run.films)
    photos = photo_timeline(faces, events, people, unknown) if events else None
    return [line for line in (*films, photos) if line]


def _strip(faces: Faces, event: Event) -> EventStrip:
    rows = np.flatnonzero(np.isin(faces.source, event.photos) & faces.is_known)
    people = []
    for number in np.unique(faces.person[rows]).tolist():
        of_person = rows[faces.person[rows] == number]
        best = int(of_person[np.argmax(faces.quality[of_person])])
        people.append((number, best, len(np.unique(faces.source[of_person]))))
    people.sort(key=lambda entry: (-entry[2], entry[0]))
    return EventStrip(event, tuple(people[:_TILES_PER_EVENT]), len(people[_TILES_PER_EVENT:]))
