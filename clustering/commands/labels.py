"""The commands ``castlist labels make`` and ``check`` (and ``label``, the older form of make)."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...data.errors import InputError
from .evaluate import LABELS, split_words
from .output import examples, tell
from .results import result_of

if TYPE_CHECKING:
    from ..evaluation.label import SortedCrops

_HOW = (
    "Move crops between the folders of people/, rename folders, and this writes who is who, for"
    " castlist evaluate. A folder within a person's is an outfit; crops in unknown, and deleted"
    " ones, count for nothing; not_a_face and ignore say what their names say."
)


def add_parsers(commands: Any) -> None:
    """Add them to the sub-commands that ``ArgumentParser.add_subparsers`` gave."""
    parser = commands.add_parser(
        "labels",
        help="labels for evaluate: make them of sorted crops, check a file of them",
        usage="castlist labels make|check ...",
        epilog=examples(
            "castlist labels make film.castlist", "castlist labels check film.castlist labels.csv"
        ),
    )
    actions = parser.add_subparsers(required=True, metavar="make|check", prog=parser.prog)
    parser = actions.add_parser(
        "make",
        help="write labels of a result whose crops you have sorted",
        usage="castlist labels make [RESULT] [options]",
        description=_HOW,
        epilog=examples(
            "castlist labels make", "castlist labels make film.castlist -o who-is-who.csv"
        ),
    )
    parser.set_defaults(command=make)
    parser.add_argument("result", nargs="?", metavar="RESULT", help="result folder")
    parser.add_argument(
        "-o", "--out", type=Path, metavar="CSV", help=f"({LABELS} in the folder of the result)"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace an earlier file")
    parser = actions.add_parser(
        "check",
        help="say how labels fit a result, before anything is counted",
        usage="castlist labels check [RESULT] [LABELS] [options]",
        description="Reads labels and says whom they name, what of them was analysed and found, and"
        " which names are nearly the same.",
        epilog=examples("castlist labels check", "castlist labels check film.castlist labels.csv"),
    )
    parser.set_defaults(command=check)
    parser.add_argument("words", nargs="*", metavar="[RESULT] [LABELS]", help=argparse.SUPPRESS)
    parser = commands.add_parser("label", description=_HOW)
    parser.set_defaults(command=make)
    parser.add_argument("result", metavar="RESULT", help="result folder")
    parser.add_argument(
        "-o", "--out", type=Path, default=Path(LABELS), metavar="CSV", help="(%(default)s)"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace an earlier file")


def make(arguments: argparse.Namespace) -> int:
    """Run ``castlist labels make``; returns the exit code.

    Raises:
        InputError: no result, its folders cannot be read as labels, or the file exists.
    """
    from ...data.result.result import StoredResult
    from ...data.tables.label_files import write_labels
    from ..evaluation.label import labels_of_crops

    folder = result_of(arguments.result)
    out: Path = arguments.out or folder / LABELS
    if out.exists() and not arguments.overwrite:
        raise InputError(f"{out}: exists; add --overwrite to replace it, or choose another --out")
    result = StoredResult.load(folder)
    folders = result.cast.folders_of_faces(result.faces)
    found = labels_of_crops(result.faces, folder, folders)
    write_labels(found.labels.of_files(result.contents), out)
    tell(arguments, _text(found, out), {"path": str(out), "labels": len(found.labels)})
    return 0


def check(arguments: argparse.Namespace) -> int:
    """Run ``castlist labels check``; returns the exit code.

    Raises:
        InputError: no result, or labels that cannot be read or are of another film.
    """
    from ...data.result.result import StoredResult
    from ...data.tables.label_files import read_labels
    from ..evaluation.check import check_labels

    results, paths = split_words(arguments.words, [])
    [folder] = results
    result = StoredResult.load(folder)
    checked = check_labels(result, [read_labels(path) for path in paths])
    tell(arguments, checked.to_text(), checked.to_dict())
    return 0


def _text(found: SortedCrops, out: Path) -> str:
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
