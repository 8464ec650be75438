"""The command ``castlist info``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from .output import examples, tell


def add_parsers(commands: Any) -> None:
    """Add ``info`` to the sub-commands that ``ArgumentParser.add_subparsers`` gave."""
    parser = commands.add_parser(
        "info",
        help="versions, weights with origin and licence, cache",
        usage="castlist info [options]",
        epilog=examples("castlist info", "castlist info --json > about.json"),
    )
    parser.set_defaults(command=info)
    parser.add_argument("--cache", type=Path, help="folder of the cache")


def info(arguments: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    from ..analysis.cache import default_cache
    from ..analysis.info import describe, facts

    cache = arguments.cache or default_cache()
    tell(arguments, describe(cache), facts(cache))
    return 0
