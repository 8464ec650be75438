"""What is said of a library: sentences about adding, decisions, people and questions."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...data.errors import first_few
from ...data.result.names import person_name
from ..library_files.decisions import LibraryDecision, Verb
from ..library_files.people import LibraryPeople, LibraryPerson
from ..report.wording import count, duration

if TYPE_CHECKING:
    from ..identity.assignment import LibraryChurn
    from .adding import Added
    from .deciding import Decided
    from .exchange import Exchanged
    from .film_names import NameConflict
    from .films import Removed
    from .status import LibraryStatus

_MOST_NAMED = 3  # files in a line
_MOST = 10  # lines of a kind; the rest is counted


def added_text(added: Added, people: LibraryPeople) -> list[str]:
    """Say what came of adding."""
    lines = [
        f"{count(len(added.looked_at), 'film or folder', 'films and folders')} looked at,"
        f" {count(added.num_known, 'film or photo', 'films and photos')} known already"
    ]
    if added.moved:
        lines.append(
            f"{count(len(added.moved), 'file')} moved: {first_few(added.moved, _MOST_NAMED)}"
        )
    if added.copies:
        lines.append(
            f"{count(len(added.copies), 'copy', 'copies')}: {first_few(added.copies, _MOST_NAMED)}"
        )
    if added.gone:
        lines.append(
            f"{count(len(added.gone), 'file is', 'files are')} gone since, and their people stay:"
            f" {first_few(added.gone, _MOST_NAMED)}"
        )
    lines += _listed([f"Left out: {line}" for line in added.failed])
    lines += _listed([f"Note: {line}" for line in added.left_out])
    lines += churn_text(added.churn, people)
    lines += exchanged_text(added.exchanged)
    lines.append(f"{count(added.num_people, 'person is', 'people are')} in the library")
    return lines


def removed_text(removed: Removed) -> list[str]:
    """Say what was taken out of a library."""
    titles = first_few([film.called for film in removed.films], _MOST)
    return [
        f"Taken out: {titles}. The files stay, and results of your own",
        *churn_text(removed.churn, removed.people),
        f"{count(len(removed.people.people), 'person is', 'people are')} in the library",
    ]


def exchanged_text(exchanged: Exchanged) -> list[str]:
    """Say into which results names were written, and what only the user can settle."""
    lines = []
    if exchanged.num_written:
        results = count(exchanged.num_written, "result has", "results have")
        lines.append(f"{results} the names of the library now")
    lines += _listed([f"Note: {line}" for line in exchanged.problems])
    return [*lines, *conflict_lines(exchanged.conflicts)]


def conflict_lines(conflicts: Sequence[NameConflict]) -> list[str]:
    """Say where a film calls somebody otherwise, with the command for either answer."""
    return _listed([_conflict_line(conflict) for conflict in conflicts])


def _conflict_line(conflict: NameConflict) -> str:
    film, called, name = conflict.film_name, conflict.called, conflict.name
    person, there = shlex.quote(called), shlex.quote(f"{called}@{film}")
    return (
        f'{film} calls {called} "{name}". The same person: name {person} "{name}".'
        f" Somebody else: apart {person} {there}"
    )


def churn_text(churn: LibraryChurn, people: LibraryPeople) -> list[str]:
    """Say who kept an id, and whom new evidence split or merged."""
    lines = [f"{count(churn.num_kept, 'person', 'people')} kept their id, {churn.num_new:,} new"]
    by_id = people.by_id
    merged = [
        f"{person_name(was)} is now {by_id[now].called if now in by_id else person_name(now)}"
        for was, now in churn.merged
    ]
    split = [
        f"{_called(by_id, was)} is now {count(len(others) + (was in by_id), 'person', 'people')}:"
        f" {', '.join(by_id[one].called for one in (was, *others) if one in by_id)}"
        for was, others in churn.split
        if was in by_id
    ]
    return [*lines, *_listed(merged), *_listed(split)]


def decided_text(done: Decided) -> list[str]:
    """Say what a decision did."""
    if done.decision is None:
        return ["Nothing to change"]
    return [
        *(_decision(line, done.before) for line in done.earlier),
        f"Taken back: {_decision(done.undone, done.before)}"
        if done.undone
        else _decision(done.decision, done.before),
        *churn_text(done.churn, done.people),
        *exchanged_text(done.exchanged),
    ]


def _decision(decision: LibraryDecision, before: LibraryPeople) -> str:
    one, other = (_called(before.by_id, who) for who in (decision.person, decision.other))
    match decision.verb:
        case Verb.NAME:
            called = f"is called {decision.name}" if decision.name else "has no name any more"
            return f"{person_name(decision.person)} {called}"
        case Verb.SAME:
            return f"{one} and {other if decision.other >= 0 else 'one of a film'} are the same"
        case Verb.APART:
            return f"{one} and {other if decision.other >= 0 else 'one of a film'} are two people"
        case Verb.HIDE:
            return f"{one} is hidden"
        case Verb.SHOW:
            return f"{one} is shown again"
        case Verb.FORGET:
            return f"{person_name(decision.person)} is forgotten in all films"
    return f"line {decision.undoes} of decisions.jsonl is taken back"


def people_lines(people: Sequence[LibraryPerson]) -> list[str]:
    """List people, a line each."""
    width = max((len(person.called) for person in people), default=0)
    places = max((len(in_films(person)) for person in people), default=0)
    return [
        f"{person.called:<{width}}  {in_films(person):>{max(places, 10)}}"
        f"  {count(person.faces, 'face'):>13}  {_on_screen(person):>12}"
        f"{'' if person.name is None else f'  {person.id}'}".rstrip()
        for person in people
    ]


def in_films(person: LibraryPerson) -> str:
    """Say in how many films and folders of photos a person is: ``2 films, 1 folder``."""
    kinds = ((person.films - person.folders, "film"), (person.folders, "folder"))
    return ", ".join(count(number, what) for number, what in kinds if number)


def _on_screen(person: LibraryPerson) -> str:
    return duration(person.screen_s) if person.screen_s else ""  # of photos there is no time


def person_dict(person: LibraryPerson) -> dict[str, Any]:
    """Return a person in the types of JSON."""
    return {
        "id": person.id, "name": person.name, "hidden": person.hidden, "films": person.films,
        "folders": person.folders, "faces": person.faces, "screen_time_s": person.screen_s,
    }  # fmt: skip


def asked_lines(
    asked: Sequence[tuple[LibraryPerson, LibraryPerson, float]], library: str
) -> Iterator[str]:
    """Ask whether pairs are the same, and give the command for either answer."""
    if not asked:
        yield "Nothing to ask: nobody is nearly like anybody else"
    for one, other, probability in asked:
        yield (
            f"{one.called} ({in_films(one)}) and {other.called} ({in_films(other)}):"
            f" {100 * probability:.0f} % sure that they are the same"
        )
        yield f"  castlist library {shlex.quote(library)} same {one.id} {other.id}    or: apart"


def status_lines(status: LibraryStatus) -> list[str]:
    """Say how a library is."""
    lines = [
        f"{count(status.num_films, 'film')} and {count(status.num_photos, 'photo')},"
        f" by the face networks {status.networks}",
        f"{count(status.num_people, 'person', 'people')}: {status.num_named:,} with a name,"
        f" {status.num_hidden:,} hidden; {count(status.num_asked, 'pair')} to be asked about",
    ]
    if status.gone:
        lines.append(
            f"{count(len(status.gone), 'file is', 'files are')} gone; their people stay, remove"
            " takes them out:"
        )
        lines += _listed([f"  {path}" for path in status.gone])
    if status.other_networks:
        lines.append(
            f"{count(len(status.other_networks), 'film')} of other networks, compared with nothing;"
            " add --again looks at them again:"
        )
        lines += _listed([f"  {name}" for name in status.other_networks])
    lines += conflict_lines(status.conflicts)
    lines += _listed([f"Damaged: {line}; add --again makes it again" for line in status.damaged])
    return lines


def added_dict(added: Added) -> dict[str, Any]:
    """Return what came of adding in the types of JSON."""
    return {
        "looked_at": list(added.looked_at),
        "known": added.num_known,
        "moved": [str(path) for path in added.moved],
        "copies": [str(path) for path in added.copies],
        "gone": [str(path) for path in added.gone],
        "failed": list(added.failed),
        "left_out": list(added.left_out),
        "people": added.num_people,
        **churn_dict(added.churn),
        **exchanged_dict(added.exchanged),
    }


def exchanged_dict(exchanged: Exchanged) -> dict[str, Any]:
    """Return what came of writing names into results in the types of JSON."""
    return {
        "results_written": exchanged.num_written,
        "results_not_written": list(exchanged.problems),
        "conflicts": [
            {"film": one.film_name, "person": person_name(one.library_id), "name_in_film": one.name}
            for one in exchanged.conflicts
        ],
    }


def churn_dict(churn: LibraryChurn) -> dict[str, Any]:
    """Return what became of people in the types of JSON."""
    return {
        "kept": churn.num_kept,
        "new": churn.num_new,
        "merged": [{"was": person_name(a), "now": person_name(b)} for a, b in churn.merged],
        "split": [
            {"was": person_name(a), "others": [person_name(library_id) for library_id in others]}
            for a, others in churn.split
        ],
    }


def _called(by_id: Mapping[int, LibraryPerson], library_id: int) -> str:
    return by_id[library_id].called if library_id in by_id else person_name(library_id)


def _listed(lines: Sequence[str]) -> list[str]:
    more = [f"... and {len(lines) - _MOST:,} more"] if len(lines) > _MOST else []
    return [*lines[:_MOST], *more]
