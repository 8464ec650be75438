"""The commands ``castlist train`` and ``castlist train export``."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ...data.errors import InputError, MisuseError
from ...data.garments.sets import READERS
from ...data.settings import settings_of
from ...train.config import EMBED, RECIPES, SEGMENT, TrainConfig
from ...train.run_file import task_of
from .output import examples, note, tell
from .settings import ADVANCED, add_option

_LIBRARIES = (
    "torch", "torchvision", "pytorch_lightning", "pytorch_metric_learning", "albumentations",
)  # fmt: skip
"""Of the extra ``train``."""

_EVERYDAY = ("encoder", "epochs", "max_steps", "rate", "films")
"""Settings that ``--help`` shows; ``--help-all`` shows all."""

_CHECKED_WITH = ("data", "root", "input_size", "person_mask", "workers", "accelerator", "seed")
"""What ``--check`` takes."""

Fit = Callable[[TrainConfig, Path], Path]
Resume = Callable[..., Path]


def add_parsers(commands: Any) -> None:
    """Add both to the sub-commands that ``ArgumentParser.add_subparsers`` gave."""
    parser = commands.add_parser(
        "train",
        help="train a cloth encoder; train export = ONNX",
        usage="castlist train --data SET --root FOLDER --out FOLDER [options]",
        epilog=examples(
            "castlist train --data folder --root clothes/ --out runs/try --max-steps 20",
            "castlist train export runs/try/encoder.safetensors --onnx encoder.onnx",
            "castlist train --check film_lite0 --data deepfashion-inshop-item --root DIR",
        ),
    )
    parser.set_defaults(command=train)
    parser.add_argument(
        "--data",
        choices=READERS,
        action="append",
        metavar="SET",
        help=f"which set of clothes: {', '.join(READERS)}; give --data and --root again for one"
        " more",
    )
    parser.add_argument("--root", type=Path, action="append", help="folder of the set")
    parser.add_argument(
        "--task",
        choices=TASKS,
        help=f"{EMBED}: the cloth encoder; {SEGMENT}: a mask of garments ({EMBED})",
    )
    parser.add_argument(
        "-o", "--out", type=Path, help="folder for weights, card, curves and samples"
    )
    parser.add_argument(
        "--recipe",
        choices=RECIPES,
        metavar="NAME",
        help=f"published settings, for large machines, and those of the encoder that ships:"
        f" {', '.join(RECIPES)}; options that you give as well override them",
    )
    parser.add_argument(
        "--resume",
        type=Path,
        metavar="OUT",
        help="continue a run that stopped; --root, --epochs, --workers, --devices, --accelerator"
        " and --prepare may be others",
    )
    parser.add_argument(
        "--check",
        metavar="ENCODER",
        help="how well an encoder finds the same clothes in SET, by its protocol; no training;"
        " --out gets a sheet of wrong answers",
    )
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="count, show the terms, and with --out draw one batch; no training",
    )
    parser.add_argument(
        "--find-lr",
        action="store_true",
        help="try rising learning rates on some batches and print the best for --rate; no training",
    )
    options = parser.add_argument_group(ADVANCED)
    for name in settings_of(TrainConfig):
        add_option(parser if name in _EVERYDAY else options, [_flag(name)], name, TrainConfig)

    actions = parser.add_subparsers(metavar="export", prog=parser.prog)
    parser = actions.add_parser(
        "export",
        help="write a cloth encoder as ONNX",
        epilog=examples(
            "castlist train export film_lite0 --onnx film_lite0.onnx",
            "castlist train export runs/try/encoder.safetensors --onnx encoder.onnx",
        ),
    )
    parser.set_defaults(command=export)
    parser.add_argument("encoder", help="a name, or a .safetensors file")
    parser.add_argument("--onnx", type=Path, required=True, metavar="OUT", help="file to write")


def train(arguments: argparse.Namespace) -> int:
    """Run the command; returns the exit code.

    Raises:
        MisuseError: what was asked for contradicts itself, or is nothing that the task uses.
        InputError: the data cannot be used, or the extra train is not installed.
    """
    _need_torch("castlist train")
    given = _given(arguments)
    if arguments.check:
        return _check(arguments, given)
    path = _resume(arguments, given) if arguments.resume else _begin(arguments, given)
    if path:
        tell(arguments, str(path), {"path": str(path)})
    return 0


def export(arguments: argparse.Namespace) -> int:
    """Run ``castlist train export``; returns the exit code.

    Raises:
        InputError: the encoder cannot be exported, or the extra train is not installed.
    """
    return export_words(arguments, [arguments.encoder], arguments.onnx)


def export_words(arguments: argparse.Namespace, encoders: Sequence[str], out: Path) -> int:
    """Export the one encoder that was named; returns the exit code.

    Raises:
        MisuseError: several were named.
        InputError: as ``export``.
    """
    _need_torch("castlist train export")
    from ...train.networks.export import export_onnx

    if len(encoders) != 1:
        raise MisuseError(f"--onnx: expected one encoder, got {' '.join(encoders)}")
    difference = export_onnx(encoders[0], out)
    note(arguments, f"onnxruntime's vectors differ by {difference:.1e} at most")
    tell(arguments, str(out), {"path": str(out), "largest_difference": float(difference)})
    return 0


def _need_torch(command: str) -> None:
    """Check that the libraries of the extra are there, without the seconds that importing takes.

    Raises:
        InputError: one is not.
    """
    missing = [name for name in _LIBRARIES if find_spec(name) is None]
    if missing:
        raise InputError(
            f"{command} needs {', '.join(missing)}, which cannot be imported; run: pip install"
            " 'castlist[train]'"
        )


def _resume(arguments: argparse.Namespace, given: dict[str, Any]) -> Path:
    from ...train.fit import RESUMED_WITH

    others = [_flag(name) for name in given if name not in RESUMED_WITH]
    others += _flags_given(arguments, "recipe", "task", "out", "dry_run", "find_lr")
    if others:
        may = ", ".join(map(_flag, RESUMED_WITH))
        raise MisuseError(
            f"--resume: a run goes on as it began; expected no other option but {may}, got"
            f" {', '.join(others)}"
        )
    _, resume = TASKS.get(task_of(arguments.resume) or EMBED, _embed)()
    return resume(arguments.resume, changed=given)


def _check(arguments: argparse.Namespace, given: dict[str, Any]) -> int:
    """Run ``castlist train --check``; returns the exit code."""
    from ...train.checking import check_encoder

    others = [_flag(name) for name in given if name not in _CHECKED_WITH]
    others += _flags_given(arguments, "recipe", "task", "resume", "dry_run", "find_lr")
    if others:
        raise MisuseError(
            f"--check takes --out, {', '.join(map(_flag, _CHECKED_WITH))}, got {', '.join(others)}"
        )
    if not given.keys() >= {"data", "root"}:
        raise MisuseError("--check: expected --data and --root too")
    try:
        config = TrainConfig(**given)
    except InputError as error:
        raise MisuseError(str(error)) from error
    found = check_encoder(arguments.check, config, arguments.out)
    content = {"encoder": arguments.check, "sets": [checked.to_dict() for checked in found]}
    tell(arguments, "\n".join(checked.to_text() for checked in found), content)
    return 0


def _begin(arguments: argparse.Namespace, given: dict[str, Any]) -> Path | None:
    trains = not (arguments.dry_run or arguments.find_lr)
    wanted = {"data": not arguments.recipe, "root": True, "out": trains}
    if missing := [name for name in wanted if wanted[name] and not getattr(arguments, name)]:
        raise MisuseError(f"expected --{' and --'.join(missing)} too, or --resume")
    task = arguments.task or EMBED
    _refuse_unused(task, given, arguments.recipe)
    try:
        recipe = arguments.recipe
        config = TrainConfig.from_recipe(recipe, given) if recipe else TrainConfig(**given)
    except InputError as error:
        raise MisuseError(str(error)) from error
    if arguments.find_lr:
        _find_rate(arguments, config, task)
        return None
    if arguments.dry_run:
        from ...train.fit import dry_run

        return dry_run(config, arguments.out)
    fit, _ = TASKS[task]()
    return fit(config, arguments.out)


def _find_rate(arguments: argparse.Namespace, config: TrainConfig, task: str) -> None:
    if others := _flags_given(arguments, "dry_run", "out"):
        raise MisuseError(f"--find-lr: expected no {', '.join(others)}: it writes nothing")
    if task != EMBED:
        raise MisuseError(f"--find-lr: expected --task {EMBED}, got {task}")
    from ...train.rate_finder import find_rate

    rate = find_rate(config)
    tell(arguments, f"--rate {rate:.1e}", {"rate": rate})


def _refuse_unused(task: str, given: dict[str, Any], recipe: str | None) -> None:
    """Refuse settings that the task would ignore; those of a recipe are for the encoder."""
    unused = ["--recipe"] if recipe and task != EMBED else []
    for name, setting in settings_of(TrainConfig).items():
        if name in given and setting.only_for and task not in setting.only_for:
            unused.append(_flag(name))
    if unused:
        raise MisuseError(f"--task {task} does not use {', '.join(unused)}; leave that out")


def _given(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the settings that were asked for."""
    names = settings_of(TrainConfig)
    given = {name: value for name in names if (value := getattr(arguments, name)) is not None}
    for name in ("data", "root"):
        if values := getattr(arguments, name):
            given[name] = tuple(map(str, values))
    return given


def _flags_given(arguments: argparse.Namespace, *names: str) -> list[str]:
    return [_flag(name) for name in names if getattr(arguments, name)]


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _embed() -> tuple[Fit, Resume]:
    from ...train.fit import fit, resume

    return fit, resume


def _segment() -> tuple[Fit, Resume]:
    from ...train.segment import fit_segmenter, resume_segmenter

    return fit_segmenter, resume_segmenter


TASKS: dict[str, Callable[[], tuple[Fit, Resume]]] = {EMBED: _embed, SEGMENT: _segment}
"""What begins a run of a task, and what continues one."""
