"""The command ``castlist review``: a page in the browser to put a result right."""

from __future__ import annotations

import argparse
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ...data.errors import InputError
from .output import examples
from .results import result_of

_NEEDS = ("starlette", "uvicorn")


def add_parsers(commands: Any) -> None:
    """Add ``review`` to the sub-commands that ``ArgumentParser.add_subparsers`` gave."""
    parser = commands.add_parser(
        "review",
        help="put a result right in the browser",
        description="Names, the same person or not, single shots and the unknown faces, on pages"
        " that only this machine can open. Every decision is kept at once, as castlist edit keeps"
        " it. Ctrl-C ends it. RESULT may be left out where this folder has exactly one.",
        usage="castlist review [RESULT] [options]",
        epilog=examples("castlist review film.castlist", "castlist review --learn people/"),
    )
    parser.set_defaults(command=review)
    parser.add_argument("result", nargs="?", metavar="RESULT", help="result folder")
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
    from ..review.serve import serve

    def tell(text: str) -> None:
        print(text, flush=True)

    serve(
        result_of(arguments.result),
        arguments.port,
        not arguments.no_open,
        arguments.film,
        tell,
        arguments.learn,
    )
    return 0
