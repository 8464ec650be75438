"""The command ``castlist library``: many films, one identity of their people."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from . import library_actions as actions
from .output import examples
from .settings import add_settings
from .show import (
    add_company,
    add_copying,
    add_lengths,
    add_min_s,
    add_people,
    add_person,
    add_several,
)


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
    whats = parser.add_subparsers(
        required=True, metavar="WHAT", title="what", prog=f"{parser.prog} LIB"
    )
    for add, run, name, words, text, ends in _ACTIONS:
        action_parser = whats.add_parser(
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


_ACTIONS = (
    (_add, actions.add, "add", "PATH... [options]",
     "look at what is new or changed, and find everybody again",
     ("films/ photos/ --jobs 2", "film.castlist")),
    (_all, actions.people, "people", "[options]", "who there is", ("", "--json")),
    (_show, actions.show, "show", "PERSON... [options]", "where people are seen, over all films",
     ('"Anna" --with "Carl"', "3 --from 2019 --copy-to album/")),
    (_films, actions.films, "films", "[FILM...]", "who is in each film and folder of photos",
     ("", "hotel.mp4 --json")),
    (_looked_at, actions.who, "who", "PATH... [options]",
     "who of the library is in photos or films; nothing is added",
     ("photo.jpg", "new.mp4 --json")),
    (_asked, actions.ask, "ask", "[options]", "are these the same? pairs that only you can tell",
     ("", "--most 30")),
    (_name, actions.decide, "name", "PERSON NAME", "give a person a name; \"\" takes it off",
     ('person_003 "Anna"', '7 "Anna" --merge')),
    (_two, actions.decide, "same", "PERSON PERSON", "two are one person",
     ("person_003 person_007", "Anna person_007@film.mp4")),
    (_two, actions.decide, "apart", "PERSON PERSON", "two are two people",
     ("person_003 person_007", "Anna Anna@film.mp4")),
    (add_several, actions.decide, "hide", "PERSON...", "leave people out of lists and exports",
     ("person_007", "7 8 9")),
    (add_several, actions.decide, "unhide", "PERSON...", "bring hidden people back",
     ("person_007", "7 8 9")),
    (_forgotten, actions.decide, "forget", "PERSON",
     "remove vectors, crops and name of a person in all films", ("person_007", "Carl")),
    (_nothing, actions.decide, "undo", "", "take back the last decision", ("", "-q")),
    (_nothing, actions.decide, "redo", "", "bring back what was taken back last", ("", "-q")),
    (_removed, actions.remove, "remove", "FILM...",
     "take films out; the files stay, add brings them back", ("hotel.mp4", "holiday/")),
    (_nothing, actions.status, "status", "", "films that are gone, damaged, or not compared",
     ("", "--json")),
    (_export, actions.export, "export", "FILE [options]",
     "take it along: into editing programs, players, tables",
     ("anna.otio --person Anna", "people.csv")),
)  # fmt: skip
"""What adds the arguments of an action and what runs it, its word, those that follow in its usage,
its help, and two examples without their beginning."""
