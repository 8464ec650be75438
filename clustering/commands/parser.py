"""The parser of ``castlist``, with the commands of this room.

Nothing heavy is imported to show the help: a command imports what it needs when it runs.
"""

from __future__ import annotations

import argparse
import functools
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, NoReturn

from ... import __version__
from ...data.errors import MisuseError
from ...data.hints import did_you_mean
from . import (
    clips,
    completion,
    edit,
    evaluate,
    export,
    find,
    known,
    labels,
    library,
    models,
    review,
    show,
    train,
)
from .settings import ADVANCED

_FAMILIES = (
    find, show, edit, review, known, library, export, clips, evaluate, labels, train, models,
)  # fmt: skip
_WITH_NOTHING = {"-q", "--quiet", "-v", "--verbose", "--json"}  # come before a command too
_OF_ALL = {"-h", "--help", "--help-all", "--version"}


class _Formatter(argparse.HelpFormatter):
    """Fills paragraphs, and leaves lines as they are where a text has several."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=26, width=96)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        if "\n" in text:
            return "".join(f"{indent}{line}\n" for line in text.splitlines())
        return super()._fill_text(text, width, indent)


class _HelpAll(argparse.Action):
    """Prints the help with the advanced settings, and ends."""

    def __init__(self, option_strings: Sequence[str], dest: str, **more: Any) -> None:
        super().__init__(option_strings, dest, nargs=0, default=argparse.SUPPRESS, **more)

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        assert isinstance(parser, Parser)
        print(parser.format_all(), end="")
        parser.exit()


class Parser(argparse.ArgumentParser):
    """Leaves it to the caller how a mistake is reported, and which code ends the run."""

    def __init__(self, *words: Any, **more: Any) -> None:
        more.setdefault("formatter_class", _Formatter)
        super().__init__(*words, **more)
        self.add_argument(
            "--help-all", action=_HelpAll, help="show the advanced settings too, and exit"
        )
        flags = {
            ("-q", "--quiet"): "say nothing but the result",
            ("-v", "--verbose"): "say more; of an error also where it came from",
            ("--json",): "JSON on stdout, everything else on stderr",
        }
        for names, text in flags.items():
            self.add_argument(*names, action="store_true", default=argparse.SUPPRESS, help=text)

    def format_help(self) -> str:
        """Return the help without the advanced settings."""
        hidden = self._advanced()
        for action in hidden:
            action.help = argparse.SUPPRESS
        try:
            return super().format_help()
        finally:
            for action, text in hidden.items():
                action.help = text

    def format_all(self) -> str:
        """Return the help with the advanced settings."""
        return super().format_help()

    def _advanced(self) -> dict[argparse.Action, str | None]:
        groups = (group for group in self._action_groups if group.title == ADVANCED)
        actions = [action for group in groups for action in group._group_actions]
        if not actions:  # then there is nothing more to show
            actions = [action for action in self._actions if isinstance(action, _HelpAll)]
        return {action: action.help for action in actions}

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Parse words, all of them: what is left over is a mistake, reported by this command."""
        found, left = super().parse_known_args(args, namespace)
        if left and not self._taken_too(left, found):
            options = [name for name in self._option_string_actions if name.startswith("--")]
            hint = did_you_mean(left[0].partition("=")[0], options).strip()
            self.error(f"not understood: {' '.join(left)}{f'; {hint}' if hint else ''}")
        return found, []

    def _taken_too(self, left: Sequence[str], found: argparse.Namespace) -> bool:
        """Take words that come after options, which argparse leaves over: ``a.mp4 --fps 2 b.mp4``.

        Returns:
            Whether they could be: a command of several words has them, and none is an option.
        """
        takes = [one for one in self._get_positional_actions() if one.nargs in ("*", "+")]
        if not takes or any(word.startswith("-") for word in left):
            return False
        name = takes[-1].dest
        setattr(found, name, [*getattr(found, name), *self._get_values(takes[-1], list(left))])
        return True

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        try:
            super()._check_value(action, value)
        except argparse.ArgumentError as error:
            hint = did_you_mean(str(value), map(str, action.choices or ())).strip()
            if hint:
                error.message += f"; {hint}"
            raise

    def error(self, message: str) -> NoReturn:
        """Raise a MisuseError that names the help."""
        command = self.prog.replace(" [RESULT]", "")
        raise MisuseError(f"{message}; {command} --help says what there is")


def parse(words: Sequence[str]) -> argparse.Namespace:
    """Parse the words of a command line; ``command`` of the result is to be called with it.

    Words that begin with a film or folder instead of a command are those of ``find``.

    Raises:
        MisuseError: they cannot be understood.
    """
    parser, commands = _parser()
    return parser.parse_args(_with_command(words, commands.choices))


@functools.cache
def _parser() -> tuple[Parser, Any]:
    """Return the parser of all commands, and its sub-commands."""
    parser = Parser(
        prog="castlist",
        usage="castlist FILE|FOLDER...   or   castlist COMMAND ...",
        description="Who is in this video, and when? People by face, then by clothing.",
        epilog="examples:\n  castlist film.mp4\n  castlist show film.castlist person_001\n"
        "castlist COMMAND --help explains a command.",
    )
    parser.add_argument("--version", action="version", version=f"castlist {__version__}")
    parser.set_defaults(quiet=False, verbose=False, json=False)
    commands = parser.add_subparsers(
        required=True, metavar="COMMAND", title="commands", prog=parser.prog
    )
    for family in _FAMILIES:
        family.add_parsers(commands)
    completion.add_parsers(commands, lambda: _parser()[0])
    return parser, commands


def _with_command(words: Sequence[str], commands: Collection[str]) -> list[str]:
    """Put ``find`` in front of what begins with a film or with one of its options.

    Raises:
        MisuseError: the first word is neither a command nor a file.
    """
    for place, word in enumerate(words):
        if word in _WITH_NOTHING:
            continue
        if word == "evaluate" and list(words[place + 1 : place + 2]) == ["labels"]:
            return [*words[:place], *words[place + 1 :]]
        if word == "edit":
            return [*words[: place + 1], *edit.with_result(words[place + 1 :])]
        if word in commands or word in _OF_ALL:
            return list(words)
        if word.startswith("-") and Path(word).is_file():  # a film, though it looks like an option
            return [*words[:place], "find", f"./{word}", *words[place + 1 :]]
        if word.startswith("-") or _means_a_file(word):
            return [*words[:place], "find", *words[place:]]
        raise MisuseError(
            f'"{word}": no such command, file or folder;'
            f" {did_you_mean(word, commands)}castlist --help lists the commands"
        )
    raise MisuseError(
        "expected a command or a film, as in castlist film.mp4; castlist --help lists the commands"
    )


def _means_a_file(word: str) -> bool:
    path = Path(word)
    return path.exists() or bool(path.suffix) or any(sign in word for sign in "/\\*?[:")
