"""The command ``castlist export``: a result for another program."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ...data.errors import MisuseError
from .output import examples, tell
from .results import only_result, result_of
from .show import add_lengths, add_moved


def add_parsers(commands: Any) -> None:
    """Add ``export`` to the sub-commands that ``ArgumentParser.add_subparsers`` gave."""
    parser = commands.add_parser(
        "export",
        help="take it along: into editing programs, players, annotation tools",
        usage="castlist export [RESULT] FILE [options]",
        description="Writes people's shots for another program, by the ending of FILE."
        " FILE - is stdout, with --as."
        f" {_listed()}",
        epilog=examples(
            "castlist export anna.edl --person Anna --handles 0.5",
            "castlist export photos.castlist Photos/ --as xmp",
        ),
    )
    parser.set_defaults(command=export)
    parser.add_argument("words", nargs="*", metavar="[RESULT] FILE", help=argparse.SUPPRESS)
    parser.add_argument("--as", dest="format", metavar="FORMAT", help="as listed above")
    parser.add_argument(
        "--person", nargs="+", action="extend", default=[], metavar="NAME",
        help="only these people: names, ids or numbers",
    )  # fmt: skip
    parser.add_argument(
        "--source", action="append", default=[], metavar="NAME", help="only this film or photo"
    )
    add_lengths(parser)
    parser.add_argument(
        "--relative-to",
        type=Path,
        metavar="DIR",
        help="write paths of films relative to this folder",
    )
    add_moved(parser)
    parser.add_argument("--onnx", type=Path, metavar="OUT", help=argparse.SUPPRESS)


def export(arguments: argparse.Namespace) -> int:
    """Run the command; returns the exit code.

    Raises:
        MisuseError: no such format, or words that do not fit together.
        InputError: no result, nobody of a name, or nothing to export.
    """
    if arguments.onnx:  # an older form of castlist train export
        from . import train

        return train.export_words(arguments, arguments.words, arguments.onnx)
    from ..api.result import load
    from ..exports.catalogue import find_format

    folder, path = _places(arguments.words)
    form = find_format(path, arguments.format)  # before a large result is read

    def write(out: Path) -> None:
        load(folder).export(
            out, arguments.person, as_=arguments.format, source=arguments.source,
            min_s=arguments.min_s, handles=arguments.handles, relative_to=arguments.relative_to,
            moved=arguments.film,
        )  # fmt: skip

    if str(path) == "-" and form.kind != "sidecars":
        _to_stdout(write)
        return 0
    write(path)
    tell(arguments, str(path), {"path": str(path)})
    return 0


def _to_stdout(write: Callable[[Path], None]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "castlist"
        write(out)
        sys.stdout.buffer.write(out.read_bytes())
        sys.stdout.buffer.flush()


def _places(words: list[str]) -> tuple[Path, Path]:
    if not words:
        raise MisuseError(
            "expected a file to write, got none; it comes before --person, which takes all names"
            " that follow: castlist export anna.edl --person Anna"
        )
    if len(words) == 1:
        return only_result(Path()), Path(words[0])
    if len(words) != 2:
        raise MisuseError(f"expected a result and a file to write, got {' '.join(words)}")
    return result_of(words[0]), Path(words[1])


def _listed() -> str:
    from ..exports.catalogue import BUILT_IN

    lines = [f"  {form.ending:9} {name:14} {form.text}" for name, form in BUILT_IN.items()]
    return "\n\n  ending    --as\n" + "\n".join(lines)
