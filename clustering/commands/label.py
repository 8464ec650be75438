"""The command ``castlist label``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...data.errors import InputError

if TYPE_CHECKING:
    from ..evaluation.label import SortedCrops


def add_parsers(commands: Any) -> None:
    """Add ``label`` to the sub-commands that ``ArgumentParser.add_subparsers`` gave."""
    parser = commands.add_parser(
        "label",
        help="make labels of a result whose crops you have sorted",
        description="Move crops between the folders of people/, rename folders, and this writes who"
        " is who, for castlist evaluate. A folder within a person's is an outfit; crops in unknown,"
        " and deleted ones, count for nothing; not_a_face and ignore say what their names say.",
    )
    parser.set_defaults(command=label)
    parser.add_argument("result", type=Path, metavar="RESULT", help="result folder")
    parser.add_argument(
        "--out", type=Path, default=Path("labels.csv"), metavar="CSV", help="(%(default)s)"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace an earlier file")


def label(arguments: argparse.Namespace) -> int:
    """Run the command; returns the exit code.

    Raises:
        InputError: no result, its folders cannot be read as labels, or the file exists.
    """
    from ...data.result.result import StoredResult
    from ...data.tables.labels import write_labels
    from ..evaluation.label import labels_of_crops

    out: Path = arguments.out
    if out.exists() and not arguments.overwrite:
        raise InputError(f"{out}: exists; add --overwrite to replace it, or choose another --out")
    result = StoredResult.load(arguments.result)
    folders = result.cast.folders_of_faces(result.faces)
    found = labels_of_crops(result.faces, arguments.result, folders)
    write_labels(found.labels, out)
    print(_told(found, out), flush=True)
    return 0


def _told(found: SortedCrops, out: Path) -> str:
    from ...data.tables.labels import IGNORE, NOT_A_FACE
    from ..report.wording import count

    names = found.labels.person[found.labels.is_face].tolist()
    left_out = (found.labels.person == IGNORE).sum()
    no_face = (found.labels.person == NOT_A_FACE).sum()
    lines = [
        f"{out}: {count(len(names), 'face')} of {count(len(set(names)), 'person', 'people')},"
        f" {left_out} left out, {no_face} no face"
    ]
    if found.untouched:
        lines.append(
            "Note: no crop was moved and no folder renamed, so these are castlist's own answers"
        )
    return "\n".join(lines)
