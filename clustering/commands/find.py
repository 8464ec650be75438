"""The commands ``castlist find`` (and ``cluster``, its older form) and ``castlist demo``."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...data.errors import escaped
from .output import examples, note, progress_of, wants_json
from .results import refuse_library
from .settings import EVERYDAY, add_settings, asked_for

if TYPE_CHECKING:
    from ..api.finding import Found, Search

SKIPPED = 3
"""Exit code: done, but for something that could not be used."""

_DEMO_OUT = Path("castlist-demo")
_EXAMPLES = ("Anna", "Ben", "Carla", "David")


def add_parsers(commands: Any) -> None:
    """Add them to the sub-commands that ``ArgumentParser.add_subparsers`` gave."""
    parser = commands.add_parser(
        "find",
        help="find who is in films and photos, and when (also: castlist FILE)",
        usage="castlist find FILE|FOLDER... [options]",
        description="Finds the people of films and photos and writes a report. The result goes into"
        " film.castlist beside the film; the same command again says that it is done, or carries"
        " on.",
        epilog=examples("castlist film.mp4 --open", "castlist find holiday/ wedding/ -o result/"),
    )
    parser.set_defaults(command=find)
    _add_inputs(parser)
    parser.add_argument(
        "-o", "--out", type=Path, metavar="FOLDER",
        help="folder for the result (film.castlist beside the film)",
    )  # fmt: skip
    _add_run(parser, "replace the result of other films, or one that is done")
    parser = commands.add_parser("cluster", usage="%(prog)s INPUT... --out FOLDER [options]")
    parser.set_defaults(command=cluster)
    _add_inputs(parser, "INPUT")
    parser.add_argument("-o", "--out", type=Path, required=True, help="folder for the result")
    _add_run(parser, "replace an earlier result")
    parser = commands.add_parser(
        "demo",
        help="do the same with the film that ships with castlist",
        usage="castlist demo [options]",
        epilog=examples("castlist demo", "castlist demo --open -o try/"),
    )
    parser.set_defaults(command=demo)
    parser.add_argument(
        "-o", "--out", type=Path, default=_DEMO_OUT, metavar="FOLDER",
        help="folder for the result (%(default)s)",
    )  # fmt: skip
    _add_run(parser, "replace the result of other films, or one that is done")


def _add_inputs(parser: argparse.ArgumentParser, metavar: str = "FILE|FOLDER") -> None:
    parser.add_argument("inputs", nargs="+", metavar=metavar, help="film, photo, or folder of them")


def _add_run(parser: argparse.ArgumentParser, overwrite: str) -> None:
    parser.add_argument("--open", action="store_true", help="open the report in the browser")
    parser.add_argument(
        "--known", type=Path, metavar="FOLDER",
        help="known people, a folder or a photo each: whoever looks like them gets their names",
    )  # fmt: skip
    advanced = add_settings(parser, EVERYDAY)
    advanced.add_argument("--overwrite", action="store_true", help=overwrite)
    advanced.add_argument(
        "--also-frames", type=Path, metavar="CSV", help="analyse the frames of these labels too"
    )


def find(arguments: argparse.Namespace) -> int:
    """Run ``castlist find``; returns the exit code, ``SKIPPED`` where an input was left out.

    Raises:
        MisuseError: a setting that does not exist, or a value that it cannot have.
        InputError: an input cannot be used, or the result cannot be written where it should be.
    """
    from ..api.places import result_folder

    search = _search(arguments, arguments.inputs)
    if _only_asks(arguments, search):
        return _answer(arguments, search)
    out = arguments.out or result_folder(arguments.inputs)
    return _find(arguments, search, out, not arguments.overwrite)


def cluster(arguments: argparse.Namespace) -> int:
    """Run ``castlist cluster``, which replaces an earlier result only when asked.

    Raises:
        MisuseError, InputError: as ``find``.
    """
    from ...data.files import check_replaceable
    from ...data.result.result import RUN
    from ..report.write import summary

    search = _search(arguments, arguments.inputs)
    search.keep_apart(arguments.out)
    check_replaceable(arguments.out, RUN, arguments.overwrite)
    with progress_of(arguments, search.work()) as progress:
        found = search.run_into(arguments.out, progress, replaces=True, may_be_done=False)
    with _printing(arguments.out):
        print(escaped("\n".join([*found.notes, summary(found.result, arguments.out)])), flush=True)
    return 0 if found.is_whole else SKIPPED


def demo(arguments: argparse.Namespace) -> int:
    """Run ``castlist demo``; returns the exit code.

    Raises:
        MisuseError, InputError: as ``find``.
    """
    from importlib import resources

    from ...data import demo as shipped

    anew = arguments.overwrite
    if arguments.out == _DEMO_OUT:
        arguments.overwrite = True  # of an earlier result only, and that can be made again
    with resources.as_file(resources.files(shipped) / "scene.mp4") as film:
        search = _search(arguments, [film])
        return _find(arguments, search, arguments.out, not anew, "castlist YOUR-FILM.mp4")


def _only_asks(arguments: argparse.Namespace, search: Search) -> bool:
    """Say whether it is asked who is in a few photos, and nothing is to be kept."""
    asks = wants_json(arguments) and search.known is not None and arguments.out is None
    photos = all(source.kind == "photo" for source in search.sources)
    return asks and photos and all(Path(given).is_file() for given in arguments.inputs)


def _answer(arguments: argparse.Namespace, search: Search) -> int:
    from ..api.result import Result

    with progress_of(arguments, search.work()) as progress:
        found = search.run(progress)
    note(arguments, *found.notes)
    print(Result.of(found.result).to_json(), flush=True)
    return 0 if found.is_whole else SKIPPED


def _search(arguments: argparse.Namespace, inputs: Sequence[str | Path]) -> Search:
    settings = asked_for(arguments)
    from ..api.finding import Search

    if arguments.known is not None:
        refuse_library(arguments.known)
    return Search.of(
        inputs,
        settings,
        arguments.also_frames,
        arguments.cache,
        [arguments.config],
        arguments.known,
    )


def _find(
    arguments: argparse.Namespace, search: Search, out: Path, may_be_done: bool, following: str = ""
) -> int:
    from ..api.result import Result

    search.check_out(out, arguments.overwrite)  # before the length of films is looked up
    with progress_of(arguments, search.work()) as progress:
        found = search.run_into(out, progress, arguments.overwrite, may_be_done)
    result = Result.of(found.result)
    with _printing(out):
        if wants_json(arguments):
            print(result.to_json(), flush=True)
        elif arguments.quiet:
            print(result.report, flush=True)
        else:
            lines = list(_lines(found, out))
            if result.faces.num_people or found.was_done:
                lines.extend(f"Next: {command}" for command in _following(found, out, following))
            print(escaped("\n".join(lines)), flush=True)
    if arguments.verbose:
        note(arguments, *(f"{step}: {took:.1f} s" for step, took in result.run.seconds.items()))
    if arguments.open:
        _open(arguments, out)
    return 0 if found.is_whole else SKIPPED


def _lines(found: Found, out: Path) -> Iterator[str]:
    from ..report.write import summary

    if found.was_done:
        yield "Already done: nothing has changed since. What was found then:"
    yield from found.notes
    yield summary(found.result, out.resolve() if ".." in out.parts else out.absolute())


def _following(found: Found, out: Path, following: str) -> Iterator[str]:
    """Yield the commands that are likely to come next: answers to questions come first.

    Args:
        found: what was found.
        out: its folder.
        following: what comes after the questions; "" = a name for the first without one.
    """
    from ..report.same import asked_pairs

    folder = f"./{out}" if str(out).startswith("-") else str(out)  # it is no option
    word, people = shlex.quote(folder), found.result.people
    unnamed = next((person.id for person in people if person.given_name is None), None)
    if asked_pairs(found.result.shown()):
        yield f"castlist review {word}"
    if following:
        yield following
    else:
        name = _free_name({(person.given_name or "").casefold() for person in people})
        yield f'castlist name {word} {unnamed} "{name}"' if unnamed else f"castlist show {word}"


def _free_name(taken: Collection[str]) -> str:
    """Return a name for the example that would not make two people one."""
    return next((name for name in _EXAMPLES if name.casefold() not in taken), "NAME")


def _open(arguments: argparse.Namespace, out: Path) -> None:
    import webbrowser

    from ...data.result.result import PAGE

    page = (out / PAGE).absolute()
    if not webbrowser.open(page.as_uri()):
        note(arguments, f"no browser could be opened; the report is {page}")


@contextmanager
def _printing(out: Path) -> Iterator[None]:
    """Let a failure to print be none of the run: the result is there already."""
    try:
        yield
    except OSError as error:
        with suppress(OSError):
            print(
                f"castlist: the result is in {out}, but its summary cannot be printed"
                f" ({error.strerror})",
                file=sys.stderr,
            )
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
