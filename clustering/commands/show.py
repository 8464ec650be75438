"""The command ``castlist show``: a person's shots and photos."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...data.errors import MisuseError
from .find import SKIPPED
from .output import examples, progress_of, tell
from .results import split_result

if TYPE_CHECKING:
    from ..api.copying import Copied


def add_parsers(commands: Any) -> None:
    """Add ``show`` to the sub-commands that ``ArgumentParser.add_subparsers`` gave."""
    parser = commands.add_parser(
        "show",
        help="a person's shots and photos",
        usage="castlist show [RESULT] [PERSON ...] [options]",
        description="The shots of a person with timecode in and out, and the photos. RESULT may be"
        " left out where this folder has exactly one. PERSON is a name, an id (person_003) or its"
        " number (3); without one, everybody is listed.",
        epilog=examples(
            "castlist show film.castlist --at 1:30",
            "castlist show Anna --with Carl --copy-to album/",
        ),
    )
    parser.set_defaults(command=show)
    parser.add_argument("words", nargs="*", metavar="[RESULT] [PERSON ...]", help=argparse.SUPPRESS)
    company = parser.add_argument_group("company")
    add_company(company)
    parser.add_argument(
        "--at", metavar="TIME", help="who is on screen then: 1:30, 90, or timecode of the film"
    )
    add_min_s(parser)
    add_copying(parser, "the film")
    add_moved(parser)


def add_company(parser: Any) -> None:
    """Add the options that say with whom somebody is to be seen."""
    parser.add_argument(
        "--with", action="append", default=[], dest="together", metavar="NAME",
        help="only where this person is seen at the same time",
    )  # fmt: skip
    parser.add_argument(
        "--without", action="append", default=[], metavar="NAME",
        help="only where this person is not seen",
    )  # fmt: skip


def add_moved(parser: Any) -> None:
    """Add the option that says where films and photos are now."""
    parser.add_argument(
        "--film", type=Path, metavar="PATH", help="the film, or a folder, if it has moved"
    )


def add_person(parser: Any) -> None:
    """Add the word that says whom a decision is about."""
    parser.add_argument("person", metavar="PERSON", help="name, id or number")


def add_several(parser: Any) -> None:
    """Add the words that say whom a decision is about, one person or more."""
    parser.add_argument("people", nargs="+", metavar="PERSON", help="name, id or number")


def add_people(parser: Any) -> None:
    """Add the option that says whom a file is to be about."""
    parser.add_argument(
        "--person", nargs="+", action="extend", default=[], metavar="NAME", help="only these people"
    )


def add_min_s(parser: Any) -> None:
    """Add the option that says which shots are too short."""
    parser.add_argument("--min-s", type=float, default=0.0, metavar="S", help="the shortest shot")


def add_lengths(parser: Any) -> None:
    """Add the options that say which shots are too short, and how much longer others become."""
    add_min_s(parser)
    parser.add_argument(
        "--handles", type=float, default=0.0, metavar="S", help="seconds more at both ends"
    )


def add_copying(parser: Any, films: str) -> None:
    """Add the options that copy what is shown; ``films`` says what shots are cut out of."""
    parser.add_argument(
        "--copy-to", type=Path, metavar="FOLDER",
        help=f"copy the photos into a folder, and cut the shots out of {films} into it",
    )  # fmt: skip
    parser.add_argument(
        "--link", action="store_true", help="with --copy-to: links to the photos, no copies"
    )


def show(arguments: argparse.Namespace) -> int:
    """Run the command; returns the exit code.

    Raises:
        MisuseError: --link without --copy-to, or a time that is none.
        InputError: no result, nobody of this name, or nothing to copy.
    """
    from ..api.result import load

    if arguments.link and not arguments.copy_to:
        raise MisuseError("--link: expected --copy-to FOLDER too")
    folder, names = split_result(arguments.words)
    shown = load(folder).show(
        names, arguments.together, arguments.without, arguments.min_s, at=arguments.at
    )
    if not arguments.copy_to:
        tell(arguments, str(shown), shown.to_dict())
        return 0
    with progress_of(arguments) as progress:
        copied = shown.copy_to(arguments.copy_to, arguments.link, arguments.film, progress)
    return tell_copied(arguments, copied)


def tell_copied(arguments: argparse.Namespace, copied: Copied) -> int:
    """Say what was copied and what could not be; returns the exit code."""
    left_out = list(copied.left_out)
    lines = [f"{arguments.copy_to}: {copied}", *(f"Left out: {line}" for line in left_out)]
    files = [str(path) for path in copied.paths]
    content = {"folder": str(arguments.copy_to), "files": files, "left_out": left_out}
    tell(arguments, "\n".join(lines), content)
    return SKIPPED if left_out else 0
