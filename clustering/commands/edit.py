"""The commands ``castlist name`` and ``castlist edit``: what a user decides about people."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...data.errors import InputError, MisuseError
from ...data.hints import did_you_mean
from .output import examples, in_quotes, tell
from .results import result_of, split_result
from .show import add_several

if TYPE_CHECKING:
    from ...data.result.decisions import Decision, Decisions
    from ...data.result.result import StoredResult
    from ..editing import Change

    Make = Callable[[StoredResult, Decisions], Sequence[Decision]]


def add_parsers(commands: Any) -> None:
    """Add both to the sub-commands that ``ArgumentParser.add_subparsers`` gave."""
    parser = commands.add_parser(
        "name",
        help="give a person of a result a name, or take it off",
        usage="castlist name [RESULT] PERSON NAME [options]",
        description="PERSON is an id (person_003), its number (3) or a name. RESULT may be left out"
        ' where this folder has exactly one. The name "" takes the name off.',
        epilog=examples(
            'castlist name film.castlist person_003 "Anna"',
            "castlist name --from names.csv --learn people/",
        ),
    )
    parser.set_defaults(command=name)
    parser.add_argument("words", nargs="*", metavar="[RESULT] PERSON NAME", help=argparse.SUPPRESS)
    parser.add_argument(
        "--from", dest="table", type=Path, metavar="CSV", help="names of many: columns person, name"
    )
    parser.add_argument(
        "--merge", action="store_true", help="whoever has that name already is the same person"
    )
    parser.add_argument(
        "--learn", type=Path, metavar="FOLDER",
        help="put all who have names into a folder of known people, for find --known",
    )  # fmt: skip
    parser = commands.add_parser(
        "edit",
        help="put people of a result right: merge, move, hide, forget, undo",
        description="Each decision is kept in edits.jsonl of the result and outlasts new runs. Both"
        " stages run again after it, without the film. PERSON is a name, an id (person_003)"
        " or its number (3), CROP a file of people/. RESULT may be left out where this folder has"
        " exactly one.",
        usage="castlist edit [RESULT] WHAT ...",
        epilog=examples(
            "castlist edit film.castlist merge person_001 person_004", "castlist edit undo"
        ),
    )
    parser.add_argument("result", metavar="RESULT", help="result folder")
    actions = parser.add_subparsers(required=True, metavar="WHAT", prog=f"{parser.prog} [RESULT]")
    for add, action, text, ends in _ACTIONS:
        action_parser = actions.add_parser(
            action, help=text, epilog=examples(
                f"castlist edit film.castlist {action} {ends[0]}".rstrip(),
                f"castlist edit {action} {ends[1]}".rstrip(),
            ),
        )  # fmt: skip
        action_parser.set_defaults(command=edit, action=action)
        add(action_parser)


def _people(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("person", metavar="PERSON", help="whose id and name stay")
    parser.add_argument("other", metavar="PERSON", help="the same person")


def _forgotten(parser: argparse.ArgumentParser) -> None:
    add_several(parser)
    parser.add_argument("--cache", type=Path, help="folder of the cache")
    parser.add_argument(
        "--known", type=Path, metavar="FOLDER", help="known people: they go from there, too"
    )


def _crops(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("crops", nargs="+", metavar="CROP", help="file of people/, or its name")


def _moved(parser: argparse.ArgumentParser) -> None:
    _crops(parser)
    parser.add_argument(
        "--to", required=True, metavar="PERSON|new|unknown", help="whose face it is"
    )


def _nothing(_parser: argparse.ArgumentParser) -> None:
    pass


_ACTIONS = (
    (_people, "merge", "two people are the same",
     ("person_001 person_004", 'Anna "person_004"')),
    (_moved, "move", "a face is somebody else, and so is the rest of its track",
     ("film_00h01m02.000s_f001550_0.jpg --to Anna", "CROP CROP --to new")),
    (_crops, "not", "a face is not the person it has",
     ("film_00h01m02.000s_f001550_0.jpg", "CROP CROP")),
    (add_several, "hide", "leave people out of page, counts and exports", ("person_007", "7 8 9")),
    (add_several, "show", "bring hidden people back", ("person_007", "7 8 9")),
    (_crops, "not-a-face", "a crop shows no face",
     ("film_00h01m02.000s_f001550_0.jpg", "CROP CROP")),
    (_forgotten, "forget", "remove vectors, crops and names of people", ("person_007", "Anna 9")),
    (_nothing, "undo", "take back the last decision", ("", "")),
    (_nothing, "redo", "bring back what was taken back last", ("", "")),
    (_nothing, "log", "list all decisions", ("", "--json")),
)  # fmt: skip
"""What adds the arguments of an action, its word, its help, and how two examples end."""

ACTIONS = frozenset(action for _, action, *_ in _ACTIONS)
"""The words that follow the result."""


def with_result(words: Sequence[str]) -> list[str]:
    """Put an empty word where the result is left out: the only one of the working folder.

    Args:
        words: those after ``edit``.

    Raises:
        MisuseError: the first is neither a result nor an action, but nearly one.
    """
    place = next((n for n, word in enumerate(words) if not word.startswith("-")), None)
    if place is None:
        return ["", *words]
    first = words[place]
    if first in ACTIONS:
        return [*words[:place], "", *words[place:]]
    if not Path(first).exists() and (hint := did_you_mean(first, ACTIONS)):
        raise MisuseError(f'"{first}": {hint}castlist edit --help lists what can be done')
    return list(words)


def name(arguments: argparse.Namespace) -> int:
    """Run ``castlist name``; returns the exit code.

    Raises:
        MisuseError: neither a name nor a table of names is given, or both.
        InputError: there is no such person, or the name cannot be one or is taken.
    """
    from ...data.result.people_names import key_of, read_names
    from ..people import deciding

    usage = "expected PERSON and NAME, or --from names.csv"
    if arguments.table is None and len(arguments.words) < 2:
        raise MisuseError(usage)
    folder, given = split_result(arguments.words)
    if arguments.table is None and len(given) > 2:
        raise MisuseError(f"{usage}; {in_quotes(given[1:])}")
    if len(given) != (2 if arguments.table is None else 0):
        raise MisuseError(usage)
    pairs = [("", given[0], given[1])] if not arguments.table else read_names(arguments.table)

    def make(result: StoredResult, decisions: Decisions) -> list[Decision]:
        made: list[Decision] = []
        called: dict[str, str] = {}
        for where, person, text in pairs:
            try:
                person_id = result.cast.find(person)
                made += deciding.name(result, person_id, text, arguments.merge, decisions)
                taken = called.setdefault(key_of(text), person)
                if taken != person:
                    raise InputError(f"{text}: given to {taken} and {person}; one name, one person")
            except InputError as error:
                raise InputError(f"{where}{error}") from None
        return made

    return _change(arguments, folder, make, lambda _: _learnt(arguments, folder))


def _learnt(arguments: argparse.Namespace, folder: Path) -> list[str]:
    if arguments.learn is None:
        return []
    from ...data.result.result import StoredResult
    from ..learning import add_known

    return add_known(arguments.learn, StoredResult.load(folder)).text(arguments.learn)


def edit(arguments: argparse.Namespace) -> int:
    """Run ``castlist edit``; returns the exit code.

    Raises:
        InputError: there is no such person or crop, the decision cannot be, or the result cannot be
            used.
    """
    folder = result_of(arguments.result or None)
    if arguments.action == "log":
        return _log(arguments, folder)
    if arguments.action == "forget":
        return _forget(arguments, folder)
    return _change(arguments, folder, _make(arguments))


def _forget(arguments: argparse.Namespace, folder: Path) -> int:
    from ...data.result.names import person_name
    from ..analysis.cache import default_cache
    from ..forgetting import forget_in_cache

    called: dict[str, str | None] = {}
    make = _make(arguments)

    def make_and_look(result: StoredResult, decisions: Decisions) -> Sequence[Decision]:
        made = make(result, decisions)
        called.update({person_name(one.person): result.cast.names.get(one.person) for one in made})
        return made

    def after(done: Change) -> list[str]:
        forget_in_cache(arguments.cache or default_cache(), done.decisions)
        known = arguments.known
        return [line for one in called.items() for line in _no_longer_known(known, *one)]

    if arguments.known is not None and not arguments.known.is_dir():
        raise InputError(f"{arguments.known}: expected a folder of known people, found none")
    return _change(arguments, folder, make_and_look, after)


def _no_longer_known(folder: Path | None, person: str, name: str | None) -> list[str]:
    """Take a person who is forgotten out of known people; returns what is to be said."""
    from ..learning import forget_known

    if folder is None:
        return []
    if name is None:
        return [f"Note: {person} has no name, so {folder} stays as it is"]
    left = forget_known(folder, name)
    return [
        f"{folder}: castlist's portraits and vectors of {name} are deleted",
        *(f"Note: {path} is yours and stays; delete it yourself" for path in left),
    ]


def _make(arguments: argparse.Namespace) -> Make:
    from ..people import deciding, finding, undoing

    def make(result: StoredResult, decisions: Decisions) -> Sequence[Decision]:
        person = result.cast.find
        match arguments.action:
            case "merge":
                return [deciding.merged(result, person(arguments.person), person(arguments.other))]
            case "move":
                to = finding.target(result, arguments.to, decisions)
                return [deciding.moved(result, finding.find_rows(result, arguments.crops), to)]
            case "not":
                return deciding.denied(result, finding.find_rows(result, arguments.crops))
            case "not-a-face":
                return [deciding.no_face(result, finding.find_rows(result, arguments.crops))]
            case "hide" | "show" as action:
                ids = dict.fromkeys(map(person, arguments.people))
                return [deciding.hidden(result, one, action == "hide") for one in ids]
            case "forget":
                ids = dict.fromkeys(map(person, arguments.people))
                return [deciding.forgotten(result, one) for one in ids]
            case "redo":
                return [decisions.to_bring_back]
        return [undoing.undo(decisions)]

    return make


def _change(
    arguments: argparse.Namespace,
    folder: Path,
    make: Make,
    after: Callable[[Change], list[str]] = lambda _: [],
) -> int:
    """Change a result and say what happened; ``after`` does more, and says so."""
    from ..editing import change
    from ..report.write import write_report

    done = change(folder, make, write_report)
    lines = _lines(done)
    try:
        lines += after(done)
    finally:  # what was decided holds, whatever else fails
        tell(arguments, "\n".join(lines), {"result": str(folder), "told": lines})
    return 0


def _lines(done: Change) -> list[str]:
    from ..report.decisions import churn_text, made_text, unfit_text

    cast = done.result.cast
    lines = made_text(done.made, done.decisions, cast) or ["Nothing to change"]
    lines += done.problems
    if done.made or done.churn.num_new or done.churn.num_changed:
        lines.append(churn_text(done.churn))
    lines += unfit_text(done.unfit, cast)
    lines += [f"Note: {path} is yours and stays; delete it yourself" for path in done.left]
    return lines


def _log(arguments: argparse.Namespace, folder: Path) -> int:
    from ...data.result.decisions import Decisions
    from ...data.result.result import StoredResult
    from ..editing import unfit
    from ..report.decisions import log_rows, log_text

    result, decisions = StoredResult.load(folder), Decisions.read(folder)
    rows = log_rows(decisions, unfit(decisions, result), result.cast)
    tell(arguments, "\n".join(log_text(rows)), {"result": str(folder), "decisions": rows})
    return 0
