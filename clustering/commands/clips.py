"""The commands ``castlist clips`` and ``castlist overlay``: films made of a result."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...data.errors import InputError, MisuseError
from .output import examples, progress_of, tell
from .results import find_people, split_result
from .show import add_company, add_moved

if TYPE_CHECKING:
    from ...data.result.result import StoredResult
    from ..clips.piece import Piece


def add_parsers(commands: Any) -> None:
    """Add both to the sub-commands that ``ArgumentParser.add_subparsers`` gave."""
    parser = commands.add_parser(
        "clips",
        help="a person's shots as files, or as one reel",
        usage="castlist clips [RESULT] PERSON ... [-o FOLDER] [options]",
        description="Cuts the shots of people out of the film, right to the frame, with sound."
        " Pictures are encoded again (H.264) unless the cut allows a copy; so is sound (AAC).",
        epilog=examples(
            "castlist clips Anna -o anna/ --handles 0.5",
            "castlist clips film.castlist Anna --with Carl --reel -o both.mp4",
        ),
    )
    parser.set_defaults(command=clips)
    parser.add_argument("words", nargs="+", metavar="[RESULT] PERSON", help=argparse.SUPPRESS)
    parser.add_argument(
        "-o", "--out", type=Path, default=Path("castlist-clips"), metavar="FOLDER",
        help="where to (%(default)s); with --reel also a file",
    )  # fmt: skip
    parser.add_argument("--reel", action="store_true", help="all shots in one file")
    add_company(parser)
    parser.add_argument("--min-s", type=float, default=0.0, metavar="S", help="the shortest shot")
    parser.add_argument(
        "--handles", type=float, default=0.0, metavar="S", help="seconds more at both ends"
    )
    add_moved(parser)

    parser = commands.add_parser(
        "overlay",
        help="the film with boxes and names drawn into it",
        usage="castlist overlay [RESULT] -o FILE [options]",
        epilog=examples(
            "castlist overlay -o film-with-names.mp4",
            "castlist overlay film.castlist -o anna.mp4 --person Anna",
        ),
    )
    parser.set_defaults(command=overlay)
    parser.add_argument("words", nargs="*", metavar="[RESULT]", help=argparse.SUPPRESS)
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="FILE", help="the film")
    parser.add_argument(
        "--person", nargs="+", action="extend", default=[], metavar="NAME", help="only these people"
    )
    parser.add_argument("--source", metavar="NAME", help="which film, where there are several")
    add_moved(parser)


def clips(arguments: argparse.Namespace) -> int:
    """Run ``castlist clips``; returns the exit code.

    Raises:
        MisuseError: nobody is named.
        InputError: no result, nobody of this name, nothing to cut, or the film is not there.
    """
    from ...data.result.result import StoredResult
    from ..clips.cut import write_clips, write_reel
    from ..clips.names import clip_path, reel_path
    from ..report.wording import count

    folder, names = split_result(arguments.words)
    if not names:
        raise MisuseError(
            "expected a person too: castlist clips RESULT PERSON; castlist show lists"
        )
    for option, value in (("--min-s", arguments.min_s), ("--handles", arguments.handles)):
        if value < 0:
            raise MisuseError(f"{option}: expected seconds of 0 or more, got {value:g}")
    result = StoredResult.load(folder)
    pieces = _pieces(result, find_people(result, names), arguments)
    who = {piece.shot.person: result.name_of(piece.shot.person) for piece in pieces}
    out: Path = arguments.out
    with progress_of(arguments) as progress:
        if arguments.reel:
            path = reel_path(out, list(who.values()))
            write_reel(pieces, path, progress)
            paths = [path]
            told = f"{path}: {count(len(pieces), 'shot')}"
        else:
            files = write_clips(pieces, lambda n, piece: clip_path(out, n, piece, who), progress)
            paths = [own.path for own in files]
            told = f"{out}: {count(len(pieces), 'clip')}"
            if copies := sum(own.is_copy for own in files):
                told += f" ({copies} without encoding the pictures again)"
    tell(arguments, told, {"files": [str(path) for path in paths]})
    return 0


def _pieces(
    result: StoredResult, people: Sequence[int], arguments: argparse.Namespace
) -> list[Piece]:
    from ...data.shots.company import in_company
    from ...data.shots.shots import ShotRules, person_shots
    from ...data.shots.where import path_of
    from ..clips.piece import Piece

    together, without = (
        find_people(result, names) if names else []
        for names in (arguments.together, arguments.without)
    )
    found = []
    for person in people:
        shots = person_shots(result, person, ShotRules(arguments.min_s))
        kept, _ = in_company(result, shots, [], together, without)  # handles are no company
        longer = person_shots(result, person, ShotRules(arguments.min_s, arguments.handles))
        found += [own for shot, own in zip(shots, longer, strict=True) if shot in kept]
    if not found:
        raise InputError(
            f"nothing to cut: there is no such shot of {' and '.join(_named(result, people))}"
        )
    films = {film.name: film for film in result.run.films}
    paths = {name: path_of(films[name], arguments.film) for name in {s.source for s in found}}
    return [Piece(shot, films[shot.source], paths[shot.source]) for shot in found]


def _named(result: StoredResult, people: Sequence[int]) -> list[str]:
    return [result.name_of(person) for person in people]


def overlay(arguments: argparse.Namespace) -> int:
    """Run ``castlist overlay``; returns the exit code.

    Raises:
        InputError: no result, nobody of a name, several films, or the film is not there.
    """
    from ...data.result.result import StoredResult
    from ...data.shots.named import find_source
    from ...data.shots.where import path_of
    from ..clips.overlay import write_overlay

    folder, words = split_result(arguments.words)
    if words:
        raise MisuseError(f"expected one result, got {' '.join(words)} too; people: --person NAME")
    result = StoredResult.load(folder)
    films = {film.name: film for film in result.run.films}
    if arguments.source:
        name = find_source(result, arguments.source)
        films = {name: films[name]} if name in films else {}
    if len(films) != 1:
        names = ", ".join(list(films)[:5]) or "none"
        raise InputError(f"expected one film to draw into, got {names}; choose with --source NAME")
    [film] = films.values()
    people = find_people(result, arguments.person)
    path = path_of(film, arguments.film)
    with progress_of(arguments) as progress:
        names_of = {person: result.name_of(person) for person in people}
        write_overlay(result.faces, names_of, film, path, arguments.out, progress)
    tell(arguments, str(arguments.out), {"path": str(arguments.out)})
    return 0
