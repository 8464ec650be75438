"""The command line: ``castlist cluster film.mp4 --out result/``."""

from __future__ import annotations

import argparse
import errno
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import __version__
from .data.errors import InputError

if TYPE_CHECKING:
    from .clustering.config import Config

DONE, FAILED, MISUSE = 0, 1, 2
_RESULT_MARKER = "run.json"
_DEMO_OUT = Path("castlist-demo")


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code: 0 done, 1 failed, 2 misused."""
    try:
        arguments = _parser().parse_args(argv)
    except SystemExit as stop:  # argparse leaves by itself, after --help too
        return stop.code if isinstance(stop.code, int) else MISUSE
    command: Callable[[argparse.Namespace], int] = arguments.command
    try:
        return command(arguments)
    except KeyboardInterrupt:
        return _fail("interrupted; nothing that existed was changed")
    except InputError as error:
        return _fail(str(error))
    except Exception as error:
        if os.environ.get("CASTLIST_DEBUG") == "1":
            raise
        return _explain(error)


def run() -> None:
    """Run the command and leave Python with its exit code."""
    sys.exit(main())


def _explain(error: Exception) -> int:
    from .clustering.config import ConfigError

    if isinstance(error, ConfigError):
        return _fail(str(error), MISUSE)
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return _fail("the disk is full; nothing that existed was changed. Make room, and run again")
    if isinstance(error, OSError):
        return _fail(f"{error.filename or 'a file'}: {error.strerror or error}")
    if isinstance(error, MemoryError):
        return _fail("not enough memory; close other programs, or look at fewer frames (--fps)")
    return _fail(
        f"unexpected {type(error).__name__}: {' '.join(str(error).split())};"
        " CASTLIST_DEBUG=1 shows where"
    )


def _fail(message: str, code: int = FAILED) -> int:
    print(f"castlist: {message}", file=sys.stderr)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
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
    _add_settings(cluster)

    demo = commands.add_parser("demo", help="do the same to the film that ships with castlist")
    demo.set_defaults(command=_demo)
    demo.add_argument(
        "--out", type=Path, default=_DEMO_OUT, help="folder for the result (%(default)s)"
    )
    _add_settings(demo)

    evaluate = commands.add_parser("evaluate", help="compare results with labels")
    evaluate.set_defaults(command=_evaluate)
    evaluate.add_argument("results", nargs="+", type=Path, metavar="RESULT", help="result folder")
    evaluate.add_argument(
        "--labels", nargs="+", type=Path, required=True, metavar="CSV", help="who is who"
    )
    evaluate.add_argument("--json", action="store_true", help="print JSON instead of Markdown")
    evaluate.add_argument(
        "--require",
        action="append",
        default=[],
        metavar="'FIGURE>=X'",
        help="exit with 1 unless this holds, such as 'recovery>=0.6'; as often as you like",
    )

    info = commands.add_parser("info", help="versions, weights with origin and licence, cache")
    info.set_defaults(command=_info)
    info.add_argument("--cache", type=Path, help="folder of the cache")
    return parser


def _add_settings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--overwrite", action="store_true", help="replace an earlier result")
    parser.add_argument("--cache", type=Path, help="folder for what the networks saw, kept")
    parser.add_argument(
        "--also-frames", type=Path, metavar="CSV", help="look at the frames of this CSV too"
    )
    parser.add_argument("--config", type=Path, metavar="TOML", help="file of settings")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        dest="settings",
        help="one setting, such as face.threshold=0.4; as often as you like",
    )
    options = parser.add_argument_group("settings by their short names")
    for flag, key, kind, text in (
        ("--fps", "frames.fps", float, "frames looked at per second of film (5)"),
        ("--start", "frames.start_s", float, "look at nothing before, seconds"),
        ("--end", "frames.end_s", float, "look at nothing after, seconds"),
        ("--detector", "engine.detector", str, "centerface, hog, dlib-cnn, or a YuNet .onnx file"),
        ("--face-backend", "engine.face_model", str, "dlib, or face_recognition"),
        ("--face-method", "face.method", str, "hdbscan, agglomerative, online, or online-guarded"),
        ("--face-threshold", "face.threshold", float, "distance within which faces are one person"),
        ("--cloth-method", "cloth.method", str, "window, or none"),
        ("--cloth-model", "engine.cloth_model", str, "encoder by name or .safetensors file"),
        ("--cloth-precision", "cloth.precision", float, "precision that stage 2 has to reach"),
    ):
        options.add_argument(flag, dest=key, type=kind, help=text, metavar="X")


def _settings(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return what was asked for: the file, then --set, then the short names."""
    from .clustering.config import load_config, parse_setting

    settings = load_config(arguments.config) if arguments.config else {}
    settings.update(parse_setting(text) for text in arguments.settings)
    settings.update(
        {key: value for key, value in vars(arguments).items() if "." in key and value is not None}
    )
    return settings


def _cluster(arguments: argparse.Namespace) -> int:
    from .clustering.config import make_config

    return _run(arguments.inputs, arguments, make_config(_settings(arguments)))


def _demo(arguments: argparse.Namespace) -> int:
    from importlib import resources

    from .clustering.config import make_config
    from .data import demo

    arguments.overwrite = True  # of an earlier result only, and this one can be made again
    with resources.as_file(resources.files(demo) / "scene.mp4") as film:
        return _run([film], arguments, make_config(_settings(arguments)))


def _run(inputs: Sequence[Path], arguments: argparse.Namespace, config: Config) -> int:
    from .clustering.cache import default_cache
    from .clustering.pipeline import cluster_people
    from .clustering.progress import ProgressLines
    from .clustering.report.write import summary, write_report
    from .data.labels import read_labels
    from .data.replacing import check_replaceable, replacing_folder
    from .data.sources import find_sources
    from .data.store import write_faces

    out: Path = arguments.out
    sources = find_sources(inputs)
    check_replaceable(out, _RESULT_MARKER, arguments.overwrite)
    _refuse_to_write_over(out, [source.path for source in sources])
    also_frames: dict[str, list[int]] = {}
    if arguments.also_frames:
        labels = read_labels(arguments.also_frames).named_like([own.name for own in sources])
        also_frames = {source.name: labels.frames(source.name).tolist() for source in sources}
    with (
        ProgressLines(sys.stderr) as progress,
        replacing_folder(out, _RESULT_MARKER, arguments.overwrite) as partial,
    ):
        result = cluster_people(
            sources, config, also_frames, arguments.cache or default_cache(), progress
        )
        began_s = time.perf_counter()
        facts = result.facts
        write_faces(result.faces, partial / "faces.parquet", {"run": facts.to_dict()})
        write_report(result.faces, result.crops, facts, partial, progress)
        facts.seconds["report"] = time.perf_counter() - began_s
        (partial / _RESULT_MARKER).write_text(facts.to_json(), encoding="utf-8")
    print(summary(result.faces, facts, out))
    return DONE


def _refuse_to_write_over(out: Path, inputs: Sequence[Path]) -> None:
    for path in inputs:
        if out.resolve() in path.resolve().parents or out.resolve() == path.resolve():
            raise InputError(
                f"{out}: holds the input {path.name}, which stays untouched; choose another --out"
            )


def _evaluate(arguments: argparse.Namespace) -> int:
    from .clustering.bootstrap import BootstrapConfig
    from .clustering.pooling import evaluate_results
    from .clustering.requirements import failures, parse_requirement
    from .clustering.results import read_result
    from .data.labels import read_labels

    requirements = [parse_requirement(text) for text in arguments.require]
    evaluation = evaluate_results(
        [read_result(folder) for folder in arguments.results],
        [read_labels(path) for path in arguments.labels],
        config=BootstrapConfig(),
    )
    print(evaluation.to_json() if arguments.json else evaluation.to_markdown())
    missed = failures(requirements, evaluation.pooled.sections())
    for failure in missed:
        _fail(failure)
    return FAILED if missed else DONE


def _info(arguments: argparse.Namespace) -> int:
    from .clustering.cache import default_cache
    from .clustering.info import describe

    print(describe(arguments.cache or default_cache()))
    return DONE


if __name__ == "__main__":
    run()
