"""The command line: ``castlist cluster film.mp4 --out result/``."""

from __future__ import annotations

import argparse
import errno
import os
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from . import __version__
from .clustering.commands.evaluate import add_evaluate_parser, add_label_parser
from .clustering.commands.settings import add_settings, config_of
from .data.errors import InputError, MisuseError

if TYPE_CHECKING:
    from .clustering.config import Config
    from .data.media.sources import Source
    from .data.tables.labels import Labels

DONE, FAILED, MISUSE = 0, 1, 2
_DEMO_OUT = Path("castlist-demo")


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code: 0 done, 1 failed, 2 misused.

    What was found goes to stdout, ``castlist: step`` lines to stderr. What went wrong is one more
    line on stderr, the last: ``castlist: error: ...``. With CASTLIST_DEBUG=1 in the environment
    the traceback comes before it.
    """
    try:
        arguments = _parser().parse_args(argv)
    except SystemExit as stop:  # argparse leaves by itself, after --help too
        return stop.code if isinstance(stop.code, int) else MISUSE
    command: Callable[[argparse.Namespace], int] = arguments.command
    try:
        return command(arguments)
    except BrokenPipeError:  # whoever read the output has gone, as in: castlist info | head -1
        return FAILED
    except (Exception, KeyboardInterrupt) as error:
        if os.environ.get("CASTLIST_DEBUG") == "1":
            traceback.print_exc()
        return _fail(_explain(error), MISUSE if isinstance(error, MisuseError) else FAILED)


def run() -> None:
    """Run the command and leave Python with its exit code."""
    signal.signal(signal.SIGTERM, _interrupt)  # so that half a result is cleared away then, too
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")  # names that the terminal cannot show
    code = main()
    try:
        sys.stdout.flush()
    except BrokenPipeError:  # Python would complain of it on its way out
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)


def _interrupt(_signal: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


def _explain(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        return "interrupted; nothing that existed was changed"
    if isinstance(error, InputError):
        return str(error)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full; nothing that existed was changed. Make room, and run again"
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror or error}"
    if isinstance(error, MemoryError):
        return "not enough memory; close other programs, or look at fewer frames (--fps)"
    return f"unexpected {type(error).__name__}: {error}; CASTLIST_DEBUG=1 shows where"


def _fail(message: str, code: int = FAILED) -> int:
    print(f"castlist: error: {' '.join(message.split())}", file=sys.stderr)
    return code


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, as everything else here does."""

    def error(self, message: str) -> NoReturn:
        sys.exit(_fail(f"{message}; {self.prog} --help says what there is", MISUSE))


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="castlist",
        description="Who is in this video, and when? People by face, then by clothing.",
    )
    parser.add_argument("--version", action="version", version=f"castlist {__version__}")
    commands = parser.add_subparsers(required=True, metavar="command")

    cluster = commands.add_parser("cluster", help="find the people of films and photos")
    cluster.set_defaults(command=_cluster)
    cluster.add_argument(
        "inputs", nargs="+", type=Path, metavar="INPUT", help="film, photo, or folder of them"
    )
    cluster.add_argument("--out", type=Path, required=True, help="folder for the result")
    _add_run(cluster)

    demo = commands.add_parser("demo", help="do the same to the film that ships with castlist")
    demo.set_defaults(command=_demo)
    demo.add_argument(
        "--out", type=Path, default=_DEMO_OUT, help="folder for the result (%(default)s)"
    )
    _add_run(demo)

    add_evaluate_parser(commands)
    add_label_parser(commands)

    from .clustering.commands.train import add_export_parser, add_train_parser

    add_train_parser(commands)
    add_export_parser(commands)

    info = commands.add_parser("info", help="versions, weights with origin and licence, cache")
    info.set_defaults(command=_info)
    info.add_argument("--cache", type=Path, help="folder of the cache")
    return parser


def _add_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--overwrite", action="store_true", help="replace an earlier result")
    parser.add_argument(
        "--also-frames", type=Path, metavar="CSV", help="look at the frames of this CSV too"
    )
    add_settings(parser)


def _cluster(arguments: argparse.Namespace) -> int:
    return _run(arguments.inputs, arguments, config_of(arguments))


def _demo(arguments: argparse.Namespace) -> int:
    from importlib import resources

    from .data import demo

    if arguments.out == _DEMO_OUT:
        arguments.overwrite = True  # of an earlier result only, and that can be made again
    with resources.as_file(resources.files(demo) / "scene.mp4") as film:
        return _run([film], arguments, config_of(arguments))


def _run(inputs: Sequence[Path], arguments: argparse.Namespace, config: Config) -> int:
    from .clustering.analysis.cache import default_cache
    from .clustering.pipeline import cluster_people
    from .clustering.report.write import summary, write_report
    from .data.files import check_replaceable
    from .data.media.sources import find_sources, printable
    from .data.progress import ProgressLines
    from .data.result.result import RUN
    from .data.tables.labels import read_labels

    out: Path = arguments.out
    cache: Path = arguments.cache or default_cache()
    sources = [printable(source) for source in find_sources(inputs)]
    _keep_apart(out, cache, [*inputs, *(source.path for source in sources)], arguments)
    check_replaceable(out, RUN, arguments.overwrite)
    also_frames: dict[str, list[int]] = {}
    if arguments.also_frames:
        also_frames = _frames_of_films(read_labels(arguments.also_frames), sources)
    with ProgressLines(sys.stderr) as progress:
        result = cluster_people(sources, config, also_frames, cache, progress)
        result.save(out, arguments.overwrite, write_report, progress)
    print(summary(result, out), flush=True)
    return DONE


def _keep_apart(
    out: Path, cache: Path, inputs: Sequence[Path], arguments: argparse.Namespace
) -> None:
    """Refuse to replace a folder with something in it that the run reads or keeps."""
    given = [*inputs, *(path for path in (arguments.also_frames, arguments.config) if path)]
    for what, paths in (("input", given), ("cache", [cache])):
        for path in paths:
            # A link counts where it is and where it leads to.
            here = path.parent.resolve() / path.name
            if out.resolve() in {path.resolve(), *path.resolve().parents, here, *here.parents}:
                raise InputError(
                    f"{out}: holds the {what} {path.name}, which stays as it is;"
                    " choose another --out"
                )


def _frames_of_films(labels: Labels, sources: Sequence[Source]) -> dict[str, list[int]]:
    films = [source.name for source in sources if source.kind == "film"]
    named = labels.named_like(films)
    frames = {name: named.frames(name).tolist() for name in films}
    if films and not any(frames.values()):
        raise InputError(
            f"--also-frames: expected frames of {', '.join(films)}, got frames of"
            f" {', '.join(sorted(set(labels.source.tolist()))) or 'none'}; check its source column"
        )
    return frames


def _info(arguments: argparse.Namespace) -> int:
    from .clustering.analysis.cache import default_cache
    from .clustering.analysis.info import describe

    print(describe(arguments.cache or default_cache()), flush=True)
    return DONE


if __name__ == "__main__":
    run()
