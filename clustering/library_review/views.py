"""What the pages of a library show, as plain values for their templates."""

from __future__ import annotations

from typing import Any

from ..library.films import films_of
from ..library.recognised import Recognition, percent
from ..library.wording import in_films
from ..library_files.people import LibraryPerson, Member
from ..report.figures import data_uri
from ..report.portraits import portrait
from ..report.wording import count, duration
from ..review.app import PORTRAIT_PX
from ..review.views import MOST_IN_STRIP, played
from .session import LibraryNow

View = dict[str, Any]

MOST_PEOPLE = 200
"""People without a name, and films, that a page shows at first."""

_MOST_FILMS = 300  # of a person
_SURE = 0.95


def people_view(now: LibraryNow, shown: int) -> View:
    """Everybody: those without a name first, the most frequent first; the hidden apart."""
    people = now.people.people
    unnamed = [person for person in people if not person.name and not person.hidden]
    return {
        "unnamed": [_card(now, person) for person in unnamed[:shown]],
        "named": [_card(now, person) for person in people if person.name and not person.hidden],
        "hidden": [_card(now, person) for person in people if person.hidden],
        "more": shown + MOST_PEOPLE if len(unnamed) > shown else 0,
        "has_unknown": False,
        "is_of_films": True,
    }


def person_view(now: LibraryNow, person: LibraryPerson) -> View:
    """One person: whom they are in each film, the most doubtful first."""
    members = sorted(now.members(person), key=lambda member: member.probability)
    return {
        "person": _card(now, person),
        "tiles": [_tile(now, member) for member in members[:_MOST_FILMS]],
        "left": max(0, len(members) - _MOST_FILMS),
    }


def question_view(now: LibraryNow, asked: list[tuple[LibraryPerson, LibraryPerson, float]]) -> View:
    """The first of these questions; ``question`` is None where nothing is left."""
    if not asked:
        return {"question": None}
    one, other, probability = asked[0]
    sure = f"{100 * probability:.0f} %"
    return {
        "question": f"{one.id}|{other.id}",
        "left": len(now.people.open_pairs),
        "is_of_films": True,
        "first": _strip(now, one),
        "second": _strip(now, other),
        "says": f"By their faces, castlist is {sure} sure that this is one person.",
    }


def films_view(now: LibraryNow, shown: int) -> View:
    """The films and folders of photos by name, with who is in each."""
    every = films_of(now.films.catalogue, now.people, now.films.table)
    films = [
        {
            "key": film.key,
            "name": film.called,
            "is_gone": film.gone,
            "what": count(len(film.sources), "photo") if film.is_of_photos else "",
            "people": count(len(film.people), "person", "people"),
            "who": [one.person.called for one in film.people[:6]],
        }
        for film in every[:shown]
    ]
    more = shown + MOST_PEOPLE if len(every) > shown else 0
    return {"films": films, "num_films": _films_and_folders(now), "more": more}


def answers_view(now: LibraryNow, found: Recognition) -> View:
    """Who is on a photo: each face with whom of the library it may be."""
    return {
        "people": [
            {
                "where": one.where,
                "head": data_uri(portrait(one.crop, one.box, PORTRAIT_PX)),
                "is_sure": one.person is not None,
                "maybe": [
                    {**_card(now, who), "sure": percent(probability)}
                    for who, probability in one.maybe
                ],
            }
            for one in found
        ],
        "nobody_in": found.nobody_in,
    }


def counts_view(now: LibraryNow) -> View:
    """What every page says of the library."""
    shown = [person for person in now.people.people if not person.hidden]
    names = [person.name for person in shown if person.name]
    return {
        "people": count(len(shown), "person", "people"),
        "unknown": _films_and_folders(now),
        "names": names + [person.id for person in shown if not person.name][:MOST_PEOPLE],
    }


def _films_and_folders(now: LibraryNow) -> str:
    """Say how many films, and folders of photos, the library has."""
    folders = sum(now.films.rows[key][0].kind == "photo" for key in now.films.names)
    films = len(now.films.names) - folders
    parts = [count(films, "film")] if films or not folders else []
    if folders:
        parts.append(count(folders, "folder of photos", "folders of photos"))
    return ", ".join(parts)


def _card(now: LibraryNow, person: LibraryPerson) -> View:
    members = now.members(person)
    doubtful = sum(member.probability < _SURE for member in members) if len(members) > 1 else 0
    return {
        "id": person.id,
        "name": person.called,
        "given": person.name or "",
        "known": "",
        "portrait": now.films.portraits[members[0].film_person].crop if members else "",
        "faces": count(person.faces, "face"),
        "screen": duration(person.screen_s) if person.screen_s else "",
        "photos": in_films(person),
        "doubtful": doubtful,
        "hidden": person.hidden,
    }


def _tile(now: LibraryNow, member: Member, crop: str = "") -> View:
    is_film = now.films.rows[member.film][0].kind == "film"
    portrait = now.films.portraits[member.film_person]
    return {
        "crop": crop or portrait.crop,
        "source": "",
        "when": now.films.names[member.film],
        "film": f"{member.film}/{member.person}",
        "is_film": is_film,
        **played(is_film, portrait.from_s, portrait.to_s),
        "num_faces": member.faces,
        "strength": member.probability,
        "told": False,
        "by": "by face",
        "why": f"{now.films.names[member.film]}, {100 * member.probability:.0f} % sure",
    }


def _strip(now: LibraryNow, person: LibraryPerson) -> View:
    members = now.members(person)
    tiles = [_tile(now, member) for member in members[:MOST_IN_STRIP]]
    for member in members[:MOST_IN_STRIP]:  # of few films, several pictures each
        tiles += [
            _tile(now, member, crop) for crop in now.films.portraits[member.film_person].others
        ]
    return {
        "name": person.called,
        "id": person.id,
        "what": "",
        "faces": count(person.faces, "face"),
        "shots": in_films(person),
        "tiles": tiles[:MOST_IN_STRIP],
    }
