"""The command ``castlist library``: many films, one identity of their people."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...data.errors import MisuseError
from .find import SKIPPED
from .output import examples, in_quotes, progress_of, tell
from .settings import add_settings, asked_for
from .show import (
    add_company,
    add_copying,
    add_lengths,
    add_min_s,
    add_people,
    add_person,
    add_several,
    tell_copied,
)

if TYPE_CHECKING:
    from ..library.deciding import Decided
    from ..library.library import Library


def add_parsers(commands: Any) -> None:
    """Add ``library`` to the sub-commands that ``ArgumentParser.add_subparsers`` gave."""
    parser = commands.add_parser(
        "library",
        help="many films and folders, one identity of their people",
        usage="castlist library LIB WHAT ...",
        description="Keeps the people of any number of films and folders of photos in the folder"
        " LIB: the same person across all of them, by face. PERSON is a name, an id (person_003) or"
        " its number (3); Anna@film.mp4 is whom Anna is in one film.",
        epilog=examples(
            "castlist library archive add films/ photos/", 'castlist library archive show "Anna"'
        ),
    )
    parser.add_argument("library", type=Path, metavar="LIB", help="folder of the library")
    actions = parser.add_subparsers(
        required=True, metavar="WHAT", title="what", prog=f"{parser.prog} LIB"
    )
    for add, run, name, words, text, ends in _ACTIONS:
        action_parser = actions.add_parser(
            name, help=text, usage=f"castlist library LIB {name} {words}".rstrip(),
            epilog=examples(*(f"castlist library archive {name} {end}".rstrip() for end in ends)),
        )  # fmt: skip
        action_parser.set_defaults(command=run, action=name)
        add(action_parser)


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "paths", nargs="+", metavar="PATH", help="film, photo, folder of them, or a result"
    )
    parser.add_argument(
        "--jobs", type=int, default=1, metavar="N", help="films at a time, a process each (1)"
    )
    parser.add_argument(
        "--engine", choices=("local", "ray"), default="local",
        help="ray: on the machines of a Ray cluster, a film at a time on each processor (local)",
    )  # fmt: skip
    parser.add_argument(
        "--address", default="auto", metavar="HOST:PORT", help="of the Ray cluster (auto)"
    )
    parser.add_argument(
        "--again", action="store_true", help="look again at what other networks have looked at"
    )
    add_settings(parser, ("frames.fps", "frames.start_s", "frames.end_s"))


def _show(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("people", nargs="+", metavar="PERSON", help="name, id or number")
    add_company(parser.add_argument_group("company"))
    parser.add_argument("--from", dest="from_day", metavar="DAY", help="taken then or later")
    parser.add_argument("--to", dest="to_day", metavar="DAY", help="taken then or before")
    add_min_s(parser)
    add_copying(parser, "the films")


def _name(parser: argparse.ArgumentParser) -> None:
    add_person(parser)
    parser.add_argument("name", nargs="+", metavar="NAME")
    parser.add_argument(
        "--merge", action="store_true", help="whoever has that name already is the same person"
    )


def _films(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("films", nargs="*", metavar="FILM", help="only these, with everybody")


def _looked_at(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "paths", nargs="+", metavar="PATH", help="photo, film, folder of them, or a result"
    )
    parser.add_argument("--cache", type=Path, help="folder of the cache")


def _removed(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "films", nargs="+", metavar="FILM", help="film or folder of photos, as films lists them"
    )


def _export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="as of castlist export")
    parser.add_argument("--as", dest="format", metavar="FORMAT", help="as castlist export lists")
    add_people(parser)
    add_lengths(parser)


def _forgotten(parser: argparse.ArgumentParser) -> None:
    add_person(parser)
    parser.add_argument("--cache", type=Path, help="folder of the cache")


def _two(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("person", metavar="PERSON", help="whose id and name stay")
    parser.add_argument("other", metavar="PERSON", help="the other one")


def _asked(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--most", type=int, default=10, metavar="N", help="pairs (10)")


def _all(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--hidden", action="store_true", help="those who are hidden, too")


def _nothing(_parser: argparse.ArgumentParser) -> None:
    pass


def add(arguments: argparse.Namespace) -> int:
    """Look at what is new; returns the exit code, 3 where something could not be used.

    Raises:
        MisuseError: a setting that does not exist, or a value that it cannot have.
        InputError: nothing can be used, or the library is in use or of other networks.
    """
    from ..library.wording import added_dict, added_text

    if arguments.jobs < 1:
        raise MisuseError(f"--jobs: expected 1 or more, got {arguments.jobs}")
    library = _library(arguments)
    with progress_of(arguments) as progress:
        done = library.add(
            arguments.paths, jobs=arguments.jobs, engine=arguments.engine,
            address=arguments.address, again=arguments.again, cache=arguments.cache,
            progress=progress,
            **asked_for(arguments),
        )  # fmt: skip
    lines = added_text(done, library.everybody)
    if done.num_people:
        lines.append(f"Next: castlist review {shlex.quote(str(arguments.library))}")
    tell(arguments, "\n".join(lines), added_dict(done))
    return 0 if done.is_whole else SKIPPED


def people(arguments: argparse.Namespace) -> int:
    """List everybody."""
    from ..library.wording import people_lines, person_dict

    found = _library(arguments).everybody
    wanted = list(found.people) if arguments.hidden else found.shown
    text = "\n".join(people_lines(wanted)) or "nobody yet"
    tell(arguments, text, {"people": [person_dict(one) for one in wanted]})
    return 0


def films(arguments: argparse.Namespace) -> int:
    """Say who is in each film and folder of photos.

    Raises:
        InputError: nothing is called so.
    """
    from ..library.films import film_lines, films_lines

    library = _library(arguments)
    if arguments.films:
        found = library.films_called(arguments.films)
        lines = [line for film in found for line in film_lines(film)]
    else:
        found = library.films
        lines = films_lines(found) or ["no film yet"]
    tell(arguments, "\n".join(lines), {"films": [film.to_dict() for film in found]})
    return 0


def remove(arguments: argparse.Namespace) -> int:
    """Take films and folders of photos out of the library.

    Raises:
        InputError: nothing is called so, or the library is in use.
    """
    from ..library.library import Library
    from ..library.wording import churn_dict, removed_text

    with progress_of(arguments) as progress:
        done = Library(arguments.library, progress).remove(arguments.films)
    content = {"removed": [film.to_dict() for film in done.films], **churn_dict(done.churn)}
    tell(arguments, "\n".join(removed_text(done)), content)
    return 0


def show(arguments: argparse.Namespace) -> int:
    """Say where people are seen, over all films.

    Raises:
        MisuseError: --link without --copy-to, or a day that does not exist.
        InputError: nobody of this name, or nothing to copy.
    """
    if arguments.link and not arguments.copy_to:
        raise MisuseError("--link: expected --copy-to FOLDER too")
    shown = _library(arguments).show(
        arguments.people, arguments.together, arguments.without, arguments.from_day,
        arguments.to_day, arguments.min_s,
    )  # fmt: skip
    if not arguments.copy_to:
        tell(arguments, str(shown), shown.to_dict())
        return 0
    with progress_of(arguments) as progress:
        copied = shown.copy_to(arguments.copy_to, arguments.link, progress)
    return tell_copied(arguments, copied)


def who(arguments: argparse.Namespace) -> int:
    """Say who of the library is in films and photos that are not added.

    Raises:
        InputError: they cannot be used, or the networks are not those of the library.
    """
    library = _library(arguments)
    with progress_of(arguments) as progress:
        found = library.who(arguments.paths, arguments.cache, progress)
    tell(arguments, str(found), found.to_dict())
    return 0


def decide(arguments: argparse.Namespace) -> int:
    """Decide something about people.

    Raises:
        MisuseError: a name of several words.
        InputError: nobody has that name, or it cannot be.
    """
    if arguments.action == "name" and len(arguments.name) > 1:
        raise MisuseError(f"expected one NAME; {in_quotes(arguments.name)}")
    from ..library.library import Library
    from ..library.wording import churn_dict, decided_text, exchanged_dict

    with progress_of(arguments) as progress:
        library = Library(arguments.library, progress)
        done = _DECISIONS[arguments.action](library, arguments)
    lines = decided_text(done)
    content = {"told": lines, **churn_dict(done.churn), **exchanged_dict(done.exchanged)}
    tell(arguments, "\n".join(lines), content)
    return 0


_DECISIONS: dict[str, Callable[[Library, argparse.Namespace], Decided]] = {
    "name": lambda library, given: library.name(given.person, given.name[0], given.merge),
    "same": lambda library, given: library.same(given.person, given.other),
    "apart": lambda library, given: library.apart(given.person, given.other),
    "hide": lambda library, given: library.hide(given.people),
    "unhide": lambda library, given: library.hide(given.people, hidden=False),
    "forget": lambda library, given: library.forget(given.person, given.cache),
    "undo": lambda library, _: library.undo(),
}


def ask(arguments: argparse.Namespace) -> int:
    """List pairs of people who may be one.

    Raises:
        MisuseError: fewer than one.
    """
    from ..library.wording import asked_lines

    if arguments.most < 1:
        raise MisuseError(f"--most: expected 1 or more, got {arguments.most}")
    asked = _library(arguments).asked(arguments.most)
    content = [
        {"first": one.id, "second": other.id, "probability": round(likely, 4)}
        for one, other, likely in asked
    ]
    tell(arguments, "\n".join(asked_lines(asked, str(arguments.library))), {"asked": content})
    return 0


def status(arguments: argparse.Namespace) -> int:
    """Say how the library is."""
    from dataclasses import asdict

    from ..library.wording import status_lines

    state = _library(arguments).status()
    tell(arguments, "\n".join(status_lines(state)), asdict(state))
    return 0


def export(arguments: argparse.Namespace) -> int:
    """Write people over all films for another program.

    Raises:
        MisuseError: no such format.
        InputError: nobody of a name, or nothing to export.
    """
    from ..exports.catalogue import find_format

    find_format(arguments.file, arguments.format)  # before results are read
    path = _library(arguments).export(
        arguments.file, arguments.person, format_name=arguments.format, min_s=arguments.min_s,
        handles_s=arguments.handles,
    )  # fmt: skip
    tell(arguments, str(path), {"path": str(path)})
    return 0


def _library(arguments: argparse.Namespace) -> Library:
    from ..library.library import Library

    return Library(arguments.library)


_ACTIONS = (
    (_add, add, "add", "PATH... [options]",
     "look at what is new or changed, and find everybody again",
     ("films/ photos/ --jobs 2", "film.castlist")),
    (_all, people, "people", "[options]", "who there is", ("", "--json")),
    (_show, show, "show", "PERSON... [options]", "where people are seen, over all films",
     ('"Anna" --with "Carl"', "3 --from 2019 --copy-to album/")),
    (_films, films, "films", "[FILM...]", "who is in each film and folder of photos",
     ("", "hotel.mp4 --json")),
    (_looked_at, who, "who", "PATH... [options]",
     "who of the library is in photos or films; nothing is added",
     ("photo.jpg", "new.mp4 --json")),
    (_asked, ask, "ask", "[options]", "are these the same? pairs that only you can tell",
     ("", "--most 30")),
    (_name, decide, "name", "PERSON NAME", "give a person a name; \"\" takes it off",
     ('person_003 "Anna"', '7 "Anna" --merge')),
    (_two, decide, "same", "PERSON PERSON", "two are one person",
     ("person_003 person_007", "Anna person_007@film.mp4")),
    (_two, decide, "apart", "PERSON PERSON", "two are two people",
     ("person_003 person_007", "Anna Anna@film.mp4")),
    (add_several, decide, "hide", "PERSON...", "leave people out of lists and exports",
     ("person_007", "7 8 9")),
    (add_several, decide, "unhide", "PERSON...", "bring hidden people back",
     ("person_007", "7 8 9")),
    (_forgotten, decide, "forget", "PERSON",
     "remove vectors, crops and name of a person in all films", ("person_007", "Carl")),
    (_nothing, decide, "undo", "", "take back the last decision", ("", "-q")),
    (_removed, remove, "remove", "FILM...",
     "take films out; the files stay, add brings them back", ("hotel.mp4", "holiday/")),
    (_nothing, status, "status", "", "films that are gone, damaged, or not compared",
     ("", "--json")),
    (_export, export, "export", "FILE [options]",
     "take it along: into editing programs, players, tables",
     ("anna.otio --person Anna", "people.csv")),
)  # fmt: skip
"""What adds the arguments of an action and what runs it, its word, those that follow in its usage,
its help, and two examples without their beginning."""
