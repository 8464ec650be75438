"""The command ``castlist completion``."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from .output import examples

SHELLS = ("bash", "zsh", "fish", "tcsh")


def add_parsers(commands: Any, whole: Callable[[], argparse.ArgumentParser]) -> None:
    """Add ``completion`` to the sub-commands that ``ArgumentParser.add_subparsers`` gave.

    Args:
        commands: where to.
        whole: gives the parser of all commands, whose words the shell is to complete.
    """
    parser = commands.add_parser(
        "completion",
        help="a script with which a shell completes commands and options",
        usage="castlist completion SHELL",
        epilog=examples(
            "castlist completion bash > ~/.local/share/bash-completion/completions/castlist",
            "castlist completion fish > ~/.config/fish/completions/castlist.fish",
        ),
    )
    parser.set_defaults(command=lambda arguments: completion(arguments, whole()))
    parser.add_argument("shell", choices=SHELLS, metavar="SHELL", help=", ".join(SHELLS))


def completion(arguments: argparse.Namespace, whole: argparse.ArgumentParser) -> int:
    """Run the command; returns the exit code."""
    import shtab

    print(shtab.complete(whole, shell=arguments.shell))
    return 0
