"""The command ``castlist known``: a folder of known people, whose names new results get."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .output import examples, note, progress_of, tell
from .results import refuse_library, result_of
from .settings import add_settings, asked_for

if TYPE_CHECKING:
    from ..people.known import KnownPeople


def add_parsers(commands: Any) -> None:
    """Add it to the sub-commands that ``ArgumentParser.add_subparsers`` gave."""
    parser = commands.add_parser(
        "known",
        help="list known people, or add those of a result; find --known gives their names",
        usage="castlist known FOLDER [--add RESULT] [options]",
        description="Lists who is known by a folder with a folder of photos, or one photo, for each"
        " person, and what of it cannot be used. With --add the people of a result whom you have"
        " named come into it first: portraits and vectors.",
        epilog=examples("castlist known people/ --add film.castlist", "castlist known people/"),
    )
    parser.set_defaults(command=list_known)
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="of known people")
    parser.add_argument("--add", metavar="RESULT", help="a result whose people have names")
    add_settings(parser)


def list_known(arguments: argparse.Namespace) -> int:
    """Run ``castlist known``; returns the exit code.

    Raises:
        MisuseError: a setting that does not exist, or a value that it cannot have.
        InputError: the folder or the result cannot be used.
    """
    from ...data.result.result import StoredResult
    from ..learning import add_known
    from ..report.wording import count

    refuse_library(arguments.folder)
    added: list[str] = []
    if arguments.add:
        learnt = add_known(arguments.folder, StoredResult.load(result_of(arguments.add)))
        added = learnt.names
        note(arguments, f"added {', '.join(added)}", *learnt.notes)
    found = _read(arguments)
    photos = Counter(found.names)
    known = count(len(photos), "person is known", "people are known")
    lines = [f"{known} by {arguments.folder}"]
    width = max(map(len, photos))
    lines += [f"  {name:<{width}}  {count(photos[name], 'face')}" for name in found.people]
    lines += [f"Note: {problem}" for problem in found.problems]
    content = {
        "people": [{"name": name, "faces": photos[name]} for name in found.people],
        "problems": list(found.problems),
        "added": added,
    }
    tell(arguments, "\n".join(lines), content)
    return 0


def _read(arguments: argparse.Namespace) -> KnownPeople:
    from ..analysis.cache import default_cache
    from ..config import make_config
    from ..known_people import read_known
    from ..pipeline import load_networks

    config = make_config(asked_for(arguments))
    with progress_of(arguments) as progress:
        engine = load_networks(config, progress)
        cache = arguments.cache or default_cache()
        return read_known(arguments.folder, engine.facts, config, cache, progress, engine)
