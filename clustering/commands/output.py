"""What all commands share about what they say: as text or as JSON, with progress or quietly."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ...data.errors import escaped

if TYPE_CHECKING:
    from ...data.progress import ProgressHook


def tell(arguments: argparse.Namespace, text: str, content: Mapping[str, Any]) -> None:
    """Print the outcome of a command.

    Args:
        arguments: say whether it is to be JSON.
        text: for people.
        content: the same in the types of JSON.
    """
    if wants_json(arguments):
        print(json.dumps(content, indent=1, ensure_ascii=False), flush=True)
    else:
        print(escaped(text), flush=True)


def note(arguments: argparse.Namespace, *lines: str) -> None:
    """Print remarks on stderr, unless nothing of that kind is wanted."""
    if not getattr(arguments, "quiet", False):
        for line in lines:
            print(f"castlist: {escaped(line)}", file=sys.stderr, flush=True)


def wants_json(arguments: argparse.Namespace) -> bool:
    """Say whether data are wanted as JSON."""
    return bool(getattr(arguments, "json", False))


@contextmanager
def progress_of(
    arguments: argparse.Namespace, work: Mapping[str, float] | None = None
) -> Iterator[ProgressHook]:
    """Show progress on stderr while the block runs, unless nothing of that kind is wanted.

    Args:
        arguments: say whether it is.
        work: how much there is to do, by long step; see ``ProgressLines.expect``.
    """
    from ...data.progress import ProgressLines, silent

    if getattr(arguments, "quiet", False):
        yield silent
        return
    with ProgressLines(sys.stderr) as lines:
        lines.expect(work or {})
        yield lines


def examples(*lines: str) -> str:
    """Return the end of a help text."""
    return "\n".join(["examples:", *(f"  {line}" for line in lines)])


def in_quotes(words: Sequence[str]) -> str:
    """Say how a name of several words is given."""
    return f'a name of several words is put in quotes: "{" ".join(words)}"'


def listed(words: Sequence[str]) -> str:
    """Return words joined for a sentence: ``a, b and c``."""
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1] if words else ""]))
