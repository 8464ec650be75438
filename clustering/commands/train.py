"""The command ``castlist train``."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from functools import partial
from pathlib import Path
from typing import Any

from ...data.errors import InputError
from ...train.config import RECIPES, TrainConfig
from ...train.run_file import task_of

SETS = (
    "deepfashion-inshop",
    "deepfashion-inshop-item",
    "deepfashion-c2s",
    "deepfashion-attr",
    "deepfashion2",
    "imaterialist",
    "ccp",
    "clothing",
    "folder",
    "tracks",
)
"""Keys of ``data.garment_sets.READERS``, which is not imported to show the help."""

_HELP = {
    "encoder": "start from: efficientnet_lite0, resnet18, resnet50, convnext_tiny, vit_small,"
    " a .safetensors",
    "input_size": "side of the crops, pixels; 0 = as in what it starts from",
    "head_dim": "length of the vectors that the loss compares",
    "items_per_batch": "items in a batch",
    "views_per_item": "views of each item in a batch",
    "epochs": "how often every item is shown",
    "steps_per_check": "batches between two checks; 0 = as many as show every item once",
    "patience": "stop after so many checks without a better Recall@1; 0 = never",
    "frozen": "layers next to the pixels that stay as they are, which saves time",
    "rate": "learning rate of the head",
    "loss": "nt-xent, multi-similarity, or proxy-anchor",
    "temperature": "of nt-xent; lower looks harder at similar clothes",
    "held_out": "share of the items to validate with, where the set has no val split",
    "accumulate": "batches whose gradients are added up for one step",
    "precision": "32-true or bf16-mixed",
    "devices": "processes or cards that train together, on a batch each",
    "accelerator": "cpu, gpu, mps, or auto for the best there is",
    "workers": "processes that read pictures",
    "seed": "of everything that is drawn",
}


def add_train_parser(commands: Any) -> None:
    """Add ``train`` to the sub-commands that ``ArgumentParser.add_subparsers`` gave."""
    parser = commands.add_parser("train", help="fine-tune the cloth encoder")
    parser.set_defaults(command=train)
    parser.add_argument(
        "--data",
        choices=SETS,
        action="append",
        help="which set of clothes; give --data and --root again for one more",
    )
    parser.add_argument(
        "--task",
        choices=("embed", "segment"),
        default="embed",
        help="embed: the cloth encoder; segment: a mask of garments (%(default)s)",
    )
    parser.add_argument("--root", type=Path, action="append", help="folder of the set")
    parser.add_argument("--out", type=Path, help="folder for weights, card, curves and samples")
    parser.add_argument(
        "--recipe",
        choices=RECIPES,
        help="settings that were published, for large machines, and film-lite0, those of the"
        " encoder that ships; what you give besides goes first",
    )
    parser.add_argument("--resume", type=Path, metavar="OUT", help="continue a run that stopped")
    parser.add_argument(
        "--dry-run", action="store_true", help="count, show the terms, draw one batch; no training"
    )
    parser.add_argument(
        "--films",
        type=Path,
        help="folder of labelled films (sub-folders with video.mp4, labels.csv and, where there is"
        " one, shots.csv): how well people are found again is logged; nothing is chosen by it",
    )
    parser.add_argument(
        "--person-mask", action="store_true", help="cut out people, in sets without masks"
    )
    parser.add_argument(
        "--keep-head",
        action="store_true",
        help="ship the head too; better with many real pictures of each garment",
    )
    defaults = {field.name: field for field in dataclasses.fields(TrainConfig)}
    for name, text in _HELP.items():
        default = defaults[name].default
        parser.add_argument(
            f"--{name.replace('_', '-')}",
            type=type(default),
            help=f"{text} ({default})",
            metavar="X",
        )


def train(arguments: argparse.Namespace) -> int:
    """Run the command; returns the exit code.

    Raises:
        InputError: what was asked for contradicts itself, or the data cannot be used.
    """
    given = _given(arguments)
    if arguments.resume:
        if given or any((arguments.recipe, arguments.out, arguments.dry_run)):
            raise InputError("--resume: a run goes on as it began; give no other option beside it")
        if task_of(arguments.resume) == "segment":
            from ...train.segment import resume_segmenter as resume
        else:
            from ...train.fit import resume

        path = resume(arguments.resume)
    else:
        wanted = ("root", "out") if arguments.recipe else ("data", "root", "out")
        if missing := [name for name in wanted if not getattr(arguments, name)]:
            raise InputError(f"expected --{' and --'.join(missing)} too, or --resume")
        make = partial(TrainConfig.from_recipe, arguments.recipe)
        config = make(given) if arguments.recipe else TrainConfig(**given)
        if arguments.task == "segment" and not arguments.dry_run:
            from ...train.segment import fit_segmenter as fit
        else:
            from ...train.fit import fit
        from ...train.fit import dry_run

        path = (dry_run if arguments.dry_run else fit)(config, arguments.out)
    sys.stdout.write(f"{path}\n")
    return 0


def _given(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the settings that were asked for."""
    given = {name: value for name in _HELP if (value := getattr(arguments, name)) is not None}
    for name in ("data", "root"):
        if values := getattr(arguments, name):
            given[name] = tuple(map(str, values))
    if arguments.films:
        given["films"] = str(arguments.films)
    if arguments.person_mask:
        given["person_mask"] = True
    if arguments.keep_head:
        given["keep_head"] = True
    return given


def add_export_parser(commands: Any) -> None:
    """Add ``export`` to the sub-commands that ``ArgumentParser.add_subparsers`` gave."""
    parser = commands.add_parser("export", help="write a cloth encoder as ONNX")
    parser.set_defaults(command=export)
    parser.add_argument("encoder", help="a name, or a .safetensors file")
    parser.add_argument("--onnx", type=Path, required=True, metavar="OUT", help="file to write")


def export(arguments: argparse.Namespace) -> int:
    """Run the command; returns the exit code.

    Raises:
        InputError: the encoder cannot be exported.
    """
    from ...train.networks.export import export_onnx

    difference = export_onnx(arguments.encoder, arguments.onnx)
    sys.stderr.write(f"castlist: onnxruntime's vectors differ by {difference:.1e} at most\n")
    sys.stdout.write(f"{arguments.onnx}\n")
    return 0


def add_parsers(commands: Any) -> None:
    """Add both to the sub-commands that ``ArgumentParser.add_subparsers`` gave."""
    add_train_parser(commands)
    add_export_parser(commands)
