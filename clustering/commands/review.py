"""The command ``castlist review``: a page in the browser to put a result right."""

from __future__ import annotations

import argparse
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ...data.errors import InputError, MisuseError
from .output import examples, progress_of
from .results import result_of

_NEEDS = ("starlette", "uvicorn")


def add_parsers(commands: Any) -> None:
    """Add ``review`` to the sub-commands that ``ArgumentParser.add_subparsers`` gave."""
    parser = commands.add_parser(
        "review",
        help="put a result right in the browser",
        description="Names, the same person or not, single shots and the unknown faces, on pages"
        " that only this machine can open. Every decision is kept at once, as castlist edit keeps"
        " it. Ctrl-C ends it. RESULT may be left out where this folder has exactly one. It may be"
        " the folder of a library, too: people of all films come first, then the films.",
        usage="castlist review [RESULT] [options]",
        epilog=examples("castlist review film.castlist", "castlist review archive/"),
    )
    parser.set_defaults(command=review)
    parser.add_argument("result", nargs="?", metavar="RESULT", help="result folder, or a library")
    parser.add_argument(
        "--port", type=int, default=0, metavar="N", help="of the address; left out: a free one"
    )
    parser.add_argument(
        "--no-open", action="store_true", help="only print the address, open no browser"
    )
    parser.add_argument(
        "--film", type=Path, metavar="PATH", help="the film, or a folder, if it has moved"
    )
    parser.add_argument(
        "--learn", type=Path, metavar="FOLDER",
        help="put all who have names into a folder of known people: at the end, and with a button",
    )  # fmt: skip


def review(arguments: argparse.Namespace) -> int:
    """Run the command; returns the exit code.

    Raises:
        InputError: the extra is not installed, there is no such result, or the port is taken.
    """
    missing = [name for name in _NEEDS if find_spec(name) is None]
    if missing:
        raise InputError(
            f"castlist review needs {' and '.join(missing)}:"
            " pip install 'castlist[review]' installs what it needs"
        )

    from ..library_files.places import is_library

    def tell(text: str) -> None:
        print(text, flush=True)

    where = arguments.port, not arguments.no_open, arguments.film, tell
    if arguments.result and is_library(Path(arguments.result)):
        if arguments.learn is not None:
            raise MisuseError(
                "--learn: expected a result, got a library, which knows people itself"
            )
        from ..library_review.serve import serve as serve_library

        with progress_of(arguments) as progress:
            serve_library(Path(arguments.result), *where, progress)
    else:
        from ..review.serve import serve

        serve(result_of(arguments.result), *where, arguments.learn)
    return 0
