"""The commands ``castlist cluster`` and ``castlist demo``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...data.errors import InputError
from .settings import add_settings, config_of

if TYPE_CHECKING:
    from ...data.media.sources import Skipped, Source
    from ...data.progress import ProgressHook
    from ...data.result.result import StoredResult
    from ...data.tables.labels import Labels
    from ..config import Config

SKIPPED = 3
"""Exit code: done, but for something that could not be used."""

_DEMO_OUT = Path("castlist-demo")


def add_parsers(commands: Any) -> None:
    """Add both to the sub-commands that ``ArgumentParser.add_subparsers`` gave."""
    parser = commands.add_parser("cluster", help="find the people of films and photos")
    parser.set_defaults(command=cluster)
    parser.add_argument(
        "inputs", nargs="+", type=Path, metavar="INPUT", help="film, photo, or folder of them"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for the result")
    _add_run(parser)
    parser = commands.add_parser("demo", help="do the same to the film that ships with castlist")
    parser.set_defaults(command=demo)
    parser.add_argument(
        "--out", type=Path, default=_DEMO_OUT, help="folder for the result (%(default)s)"
    )
    _add_run(parser)


def _add_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--overwrite", action="store_true", help="replace an earlier result")
    parser.add_argument(
        "--also-frames", type=Path, metavar="CSV", help="analyse the frames of this CSV too"
    )
    add_settings(parser)


def cluster(arguments: argparse.Namespace) -> int:
    """Run ``castlist cluster``; returns the exit code, ``SKIPPED`` where an input was left out.

    Raises:
        MisuseError: a setting that does not exist, or a value that it cannot have.
        InputError: an input cannot be used, or the result cannot be written where it should be.
    """
    return _run(arguments.inputs, arguments, config_of(arguments))


def demo(arguments: argparse.Namespace) -> int:
    """Run ``castlist demo``; returns the exit code.

    Raises:
        MisuseError, InputError: as ``cluster``.
    """
    from importlib import resources

    from ...data import demo as shipped

    if arguments.out == _DEMO_OUT:
        arguments.overwrite = True  # of an earlier result only, and that can be made again
    with resources.as_file(resources.files(shipped) / "scene.mp4") as film:
        return _run([film], arguments, config_of(arguments))


def _run(inputs: Sequence[Path], arguments: argparse.Namespace, config: Config) -> int:
    from ...data.files import check_replaceable
    from ...data.lock import locked
    from ...data.media.sources import find_sources, printable
    from ...data.progress import ProgressLines
    from ...data.result.result import RUN
    from ...data.tables.labels import read_labels
    from ..analysis.cache import default_cache
    from ..report.write import summary

    out: Path = arguments.out
    cache: Path = arguments.cache or default_cache()
    skipped: list[Skipped] = []
    sources = printable(find_sources(inputs, skipped.append))
    _keep_apart(out, cache, [*inputs, *(source.path for source in sources)], arguments)
    check_replaceable(out, RUN, arguments.overwrite)
    also_frames: dict[str, list[int]] = {}
    if arguments.also_frames:
        also_frames = _frames_of_films(read_labels(arguments.also_frames), sources)
    with locked(out, "castlist cluster"), ProgressLines(sys.stderr) as progress:
        result, told = _clustered(sources, config, also_frames, cache, out, skipped, progress)
    _tell("\n".join([*told, summary(result, out)]), out)
    return SKIPPED if any(not own.is_meant for own in result.run.skipped) else 0


def _clustered(
    sources: Sequence[Source],
    config: Config,
    also_frames: dict[str, list[int]],
    cache: Path,
    out: Path,
    skipped: Sequence[Skipped],
    progress: ProgressHook,
) -> tuple[StoredResult, list[str]]:
    """Cluster and save; the decisions in ``out`` hold. Also returns what to say of them."""
    import numpy as np

    from ...data.result.cast import Churn
    from ..analysis.skipped import with_skipped
    from ..editing import places_of, read_folder, unfit
    from ..forgetting import forget_in_cache
    from ..people.ids import ids_from
    from ..pipeline import cluster_people
    from ..report.decisions import churn_text, made_text, unfit_text
    from ..report.write import write_report

    earlier, decisions, by_hand = read_folder(out)
    result = cluster_people(
        sources, config, also_frames, cache, progress, decisions=decisions, earlier=earlier
    )
    result = with_skipped(result, skipped)
    edits = places_of(result, decisions, earlier)
    result.save(out, True, write_report, progress, edits)  # whether it may be was asked before
    forget_in_cache(cache, decisions)
    made = decisions.lines[len(decisions) - len(by_hand.decisions) :]
    told = [*made_text(made, decisions, result.cast), *by_hand.problems]
    if earlier is not None:
        before = ids_from(earlier, result.faces, result.sources)
        after = result.cast.of_faces(result.faces)
        told.append(churn_text(Churn.between(before, np.where(before < 0, before, after))))
    if len(decisions):
        told += unfit_text(unfit(decisions, result), result.cast)
    return result, told


def _tell(text: str, out: Path) -> None:
    """Print the summary; the result is there already, so that a failure here is none of the run."""
    try:
        print(text, flush=True)
    except OSError as error:
        with suppress(OSError):
            print(
                f"castlist: the result is in {out}, but its summary cannot be printed"
                f" ({error.strerror})",
                file=sys.stderr,
            )
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


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
