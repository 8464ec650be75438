"""The commands ``castlist clips`` and ``castlist overlay``: films made of a result."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path
from typing import Any

from ...data.errors import InputError, MisuseError
from .output import examples, progress_of, tell
from .results import split_result
from .show import add_company, add_lengths, add_moved, add_people


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
    add_lengths(parser)
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
    add_people(parser)
    parser.add_argument("--source", metavar="NAME", help="which film, where there are several")
    add_moved(parser)


def clips(arguments: argparse.Namespace) -> int:
    """Run ``castlist clips``; returns the exit code.

    Raises:
        MisuseError: nobody is named, or a film where it takes a folder.
        InputError: no result, nobody of this name, nothing to cut, or the film is not there.
    """
    from ..api.result import load
    from ..clips.cut import write_clips
    from ..clips.encode import CONTAINERS
    from ..clips.names import clip_paths
    from ..clips.piece import pieces_of
    from ..report.wording import count

    folder, names = split_result(arguments.words)
    if not names:
        raise MisuseError(
            "expected a person too: castlist clips RESULT PERSON; castlist show lists"
        )
    for option, value in (("--min-s", arguments.min_s), ("--handles", arguments.handles)):
        if value < 0:
            raise MisuseError(f"{option}: expected seconds of 0 or more, got {value:g}")
    out: Path = arguments.out
    if out.suffix.lower() in CONTAINERS and not arguments.reel and not out.is_dir():
        raise MisuseError(f"-o {out}: expected a folder for the clips; --reel makes one film")
    if arguments.reel and len(names) > 1 and Path(names[-1]).suffix.lower() in CONTAINERS:
        raise MisuseError(f"--reel: expected the file after -o: --reel -o {shlex.quote(names[-1])}")
    result = load(folder)
    company = arguments.together, arguments.without
    shown = result.show(names, *company, arguments.min_s, arguments.handles)
    if not shown.shots:
        who = " and ".join(seen.name for seen in shown.people)
        raise InputError(f"nothing to cut: there is no such shot of {who}")
    with progress_of(arguments) as progress:
        if arguments.reel:
            path = shown.reel(out, arguments.film, progress)
            paths = [path]
            text = f"{path}: {count(len(shown.shots), 'shot')}"
        else:
            pieces = pieces_of(shown.shots, result.sources, arguments.film)
            called = {seen.person: seen.name for seen in shown.people}
            files = write_clips(pieces, clip_paths(out, pieces, called), progress)
            paths = [clip.path for clip in files]
            text = f"{out}: {count(len(files), 'clip')}"
            if copies := sum(clip.is_copy for clip in files):
                text += f" ({copies} without encoding the pictures again)"
    tell(arguments, text, {"files": [str(path) for path in paths]})
    return 0


def overlay(arguments: argparse.Namespace) -> int:
    """Run ``castlist overlay``; returns the exit code.

    Raises:
        InputError: no result, nobody of a name, several films, or the film is not there.
    """
    from ..api.result import load

    folder, words = split_result(arguments.words)
    if words:
        raise MisuseError(f"expected one result, got {' '.join(words)} too; people: --person NAME")
    with progress_of(arguments) as progress:
        path = load(folder).overlay(
            arguments.out, arguments.person, source=arguments.source, moved=arguments.film,
            progress=progress,
        )  # fmt: skip
    tell(arguments, str(path), {"path": str(path)})
    return 0
