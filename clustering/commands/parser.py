"""The parser of ``castlist``, with the commands of this room.

Nothing heavy is imported to show the help: a command imports what it needs when it runs.
"""

from __future__ import annotations

import argparse
from typing import NoReturn

from ... import __version__
from ...data.errors import MisuseError
from . import clips, cluster, edit, evaluate, export, info, label, models, review, show, train

_FAMILIES = (cluster, show, edit, review, export, clips, evaluate, label, train, models, info)


class _Parser(argparse.ArgumentParser):
    """Leaves it to the caller how a mistake is told, and which code ends the run."""

    def error(self, message: str) -> NoReturn:
        raise MisuseError(f"{message}; {self.prog} --help says what there is")


def make_parser() -> argparse.ArgumentParser:
    """Return the parser; what it parses holds ``command``, to be called with all of it.

    Its ``parse_args`` raises a MisuseError for what it does not understand.
    """
    parser = _Parser(
        prog="castlist",
        description="Who is in this video, and when? People by face, then by clothing.",
    )
    parser.add_argument("--version", action="version", version=f"castlist {__version__}")
    commands = parser.add_subparsers(required=True, metavar="command")
    for family in _FAMILIES:
        family.add_parsers(commands)
    return parser
