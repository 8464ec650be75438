"""The command ``castlist evaluate``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...data.errors import InputError, MisuseError
from .output import examples, note, progress_of, wants_json
from .results import only_result
from .settings import add_settings, config_of, settings_given

if TYPE_CHECKING:
    from ...data.progress import ProgressHook
    from ...data.result.result import StoredResult
    from ...data.tables.labels import Labels
    from ..config import Config
    from ..evaluation.films import Film
    from ..evaluation.pooling import Evaluation
    from ..evaluation.report import Report
    from ..evaluation.sweep import Sweeps

LABELS = "labels.csv"
"""The file of labels in the folder of a result."""

_ENDINGS = (".csv", ".tsv", ".txt")


def add_parsers(commands: Any) -> None:
    """Add ``evaluate`` to the sub-commands that ``ArgumentParser.add_subparsers`` gave."""
    parser = commands.add_parser(
        "evaluate",
        help="how right it is, by labels",
        usage="castlist evaluate [RESULT|FILM ...] [LABELS ...] [options]",
        description="How well people fit labels, by face alone and with clothing. LABELS are CSV"
        " files; without one, labels.csv in the result. A film, photo or folder of photos is"
        " clustered first, and no result is written.",
        epilog=examples(
            "castlist evaluate film.castlist labels.csv",
            "castlist evaluate film.mp4 labels.csv --sweep --full",
        ),
    )
    parser.set_defaults(command=evaluate)
    parser.add_argument(
        "words", nargs="*", metavar="[RESULT|FILM ...] [LABELS ...]", help=argparse.SUPPRESS
    )
    parser.add_argument(
        "--labels", nargs="+", type=Path, default=[], metavar="CSV", help=argparse.SUPPRESS
    )
    parser.add_argument("--full", action="store_true", help="all figures, as tables")
    parser.add_argument(
        "--require",
        action="append",
        default=[],
        metavar="'FIGURE>=X'",
        help="exit with 1 unless this holds, such as 'recovery>=0.6'; as often as you like",
    )
    parser.add_argument(
        "--sweep",
        action="store_true",
        help="purity against completeness as a wrong merge costs more",
    )
    parser.add_argument("--plots", type=Path, metavar="FOLDER", help="draw plots there, as PNG")
    parser.add_argument(
        "--report",
        action="store_true",
        help="put figures and plots into the report.html of each result, too",
    )
    add_settings(parser)


def evaluate(arguments: argparse.Namespace) -> int:
    """Run the command; returns the exit code.

    Raises:
        MisuseError: what was asked for contradicts itself.
        InputError: an input or its labels cannot be used, or what was required does not hold.
    """
    from ...data.result.result import StoredResult, is_result
    from ...data.tables.label_files import read_labels
    from ..evaluation.bootstrap import NUM_RESAMPLES
    from ..evaluation.films import find_film
    from ..evaluation.pooling import evaluate_pairs, pair_results
    from ..evaluation.requirements import failures, parse_requirement
    from ..evaluation.sweep import pool

    requirements = [parse_requirement(text) for text in arguments.require]
    arguments.inputs, paths = split_words(arguments.words, arguments.labels)
    config = _config_for_films(arguments)
    labels = [read_labels(path) for path in paths]
    found: list[StoredResult | Film] = [
        StoredResult.load(path) if is_result(path) else find_film(path) for path in arguments.inputs
    ]
    pairs = pair_results(found, labels)
    results, sweeps = _cluster_and_sweep(pairs, config, arguments)
    evaluation = replace(evaluate_pairs(results, NUM_RESAMPLES), sweeps=pool(sweeps))
    if arguments.plots:
        from ..evaluation.plots.draw import draw, write_plots

        write_plots(draw(evaluation), arguments.plots)
        note(arguments, f"plots are in {arguments.plots}")
    if arguments.report:
        _add_to_reports(arguments, pairs, sweeps)
    missed = failures(requirements, evaluation.pooled.sections())
    print(_text(arguments, evaluation), flush=True)
    if missed:
        raise InputError("; ".join(missed))
    return 0


def split_words(words: Sequence[str], labels: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """Return results or films, and files of labels; what is left out is found where it can be.

    Args:
        words: of the command: results and films, and files of labels, recognised by their endings.
        labels: further files of labels.

    Raises:
        MisuseError: there are no labels.
        InputError: no result is named, and the working folder has none or several.
    """
    from ...data.result.result import is_result

    paths = [Path(word) for word in words]
    files = [path for path in paths if path.suffix.lower() in _ENDINGS]
    inputs = [path for path in paths if path not in files] or [only_result(Path())]
    files += labels
    if not files:
        files = [path / LABELS for path in inputs if is_result(path) and (path / LABELS).is_file()]
    if not files:
        raise MisuseError(
            "expected labels too, as in castlist evaluate RESULT labels.csv (also --labels);"
            " castlist labels make writes them"
        )
    return inputs, files


def _text(arguments: argparse.Namespace, evaluation: Evaluation) -> str:
    if wants_json(arguments):
        return evaluation.to_json()
    if arguments.full:
        return f"{evaluation.headline}\n\n{evaluation.to_markdown()}"
    return evaluation.headline if arguments.quiet else evaluation.to_text()


def _config_for_films(arguments: argparse.Namespace) -> Config:
    from ...data.result.result import is_result

    results = [path for path in arguments.inputs if is_result(path)]
    if results and settings_given(arguments):
        raise MisuseError(
            f"{results[0]}: a result, clustered already; give settings with a film, as in"
            " castlist evaluate film.mp4, or to castlist find"
        )
    films = [path for path in arguments.inputs if path not in results]
    if films and arguments.report:
        raise MisuseError(
            f"--report adds to the report of a result: expected result folders, got {films[0]}"
        )
    return config_of(arguments)


def _add_to_reports(
    arguments: argparse.Namespace,
    pairs: list[tuple[StoredResult | Film, Labels]],
    sweeps: list[Sweeps],
) -> None:
    from ...data.result.result import PAGE, StoredResult
    from ..evaluation.bootstrap import NUM_RESAMPLES
    from ..evaluation.plots.draw import draw
    from ..evaluation.plots.page import add_to_page
    from ..evaluation.pooling import evaluate_pairs

    for place, (result, labels) in enumerate(pairs):
        if isinstance(result, StoredResult):  # nothing else comes here
            evaluation = evaluate_pairs([(result, labels)], NUM_RESAMPLES)
            evaluation = replace(evaluation, sweeps=sweeps[place] if sweeps else {})
            page = Path(result.name) / PAGE
            add_to_page(page, evaluation, draw(evaluation))
            note(arguments, f"added to {page}")


def _cluster_and_sweep(
    pairs: list[tuple[StoredResult | Film, Labels]], config: Config, arguments: argparse.Namespace
) -> tuple[list[tuple[StoredResult, Labels]], list[Sweeps]]:
    """Cluster the films; where a sweep is asked for, sweep films and results alike."""
    from ..analysis.cache import default_cache
    from ..config import config_of_result
    from ..evaluation.films import Film, analyse_film
    from ..pipeline import find_people

    cache: Path = arguments.cache or default_cache()
    results, sweeps = [], []
    with progress_of(arguments) as progress:
        for item, labels in pairs:
            if isinstance(item, Film):
                found, settings = analyse_film(item, labels, config, cache, progress), config
                results.append((find_people(found, config), labels))
            else:
                found = item
                results.append((item, labels))
                if arguments.sweep:
                    settings = config_of_result(item.run.configuration, item.name)
            if arguments.sweep:
                sweeps.append(_sweep(found, labels, settings, progress))
    return results, sweeps


def _sweep(found: StoredResult, labels: Labels, settings: Config, progress: ProgressHook) -> Sweeps:
    from ..evaluation.evaluate import evaluate_result
    from ..evaluation.sweep import sweep
    from ..pipeline import find_people

    def measure(changed: Config) -> Report:
        return evaluate_result(find_people(found, changed), labels)

    return sweep(settings, measure, progress)
