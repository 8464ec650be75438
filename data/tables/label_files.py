"""Labels in a CSV: read, with odd rows refused or reported, and written."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, brief
from ..files import openable, replacing_file
from .cells import is_empty, rows_of, shown_as_text
from .label_cells import BOX_COLUMNS, POSE_COLUMNS, columns_of, row_of, with_points
from .label_repeats import without_repeats
from .labels import Labels, pictures

_LARGEST_SHARE = 2.0  # right of or below the picture by as much again


def read_labels(path: str | Path) -> Labels:
    """Read a CSV of labels; columns are separated by commas, semicolons or tabs.

    Columns: ``source`` (or ``file``, ``film``) and ``person`` (or ``who``); for films ``frame``, or
    ``time`` as in 1:30 or 90; ``x,y,w,h`` in pixels, all four or none: then the largest face of the
    picture is meant; and if they are there ``outfit``, ``yaw_deg``, ``pitch_deg``, ``visibility``
    and ``content``, the hash of the source. Others are left alone. Names are read in one form of
    Unicode and with single blanks. A face that has two rows counts once, which ``notes`` say.

    Raises:
        InputError: no such file, columns missing, no row, boxes that are not in pixels, or a bad
            row (its line is named; the header is line 1).
    """
    path = Path(path)
    try:
        reader, above = rows_of(openable(path).read_bytes())
        has_points = reader.reader.dialect.delimiter != ";"
        columns = columns_of(path, reader.fieldnames or ())
        rows = [
            row_of(
                cells if has_points else with_points(cells),
                columns,
                f"{path.name} line {reader.line_num + above}",
            )
            for cells in reader
            if not is_empty(cells)
        ]
    except FileNotFoundError:
        raise InputError(f"{path}: expected a CSV of labels here, found no file") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: expected a CSV of text, got {brief(error)}") from error
    except csv.Error as error:
        raise InputError(
            f"{path}: expected a CSV of text, got {brief(error)}; is there a quote that never ends?"
        ) from error
    except OSError as error:
        raise InputError(f"{path}: expected a CSV of labels, but {error.strerror}") from error
    if not rows:
        raise InputError(
            f"{path}: expected a row for each labelled face under the header, got none"
        )
    labels = without_repeats(_stack(rows))
    _refuse_shares(labels)
    _refuse_odd(labels)
    return labels


def write_labels(labels: Labels, path: Path) -> None:
    """Write labels with boxes as ``read_labels`` reads them; poses are left out.

    Args:
        labels: with a box in every row.
        path: where to; written beside and then renamed.

    Raises:
        OSError: the folder cannot be written to.
    """
    with (
        replacing_file(path) as partial,
        partial.open("w", newline="", encoding="utf-8") as file,
    ):
        writer = csv.writer(file)
        with_content = bool((labels.content != "").any())
        more = ["content"] if with_content else []
        writer.writerow(["source", "frame", *BOX_COLUMNS, "person", "outfit", *more])
        for source, frame, (x1, y1, x2, y2), person, outfit, content in zip(
            labels.source.tolist(),
            labels.frame.tolist(),
            labels.box.tolist(),
            labels.person.tolist(),
            labels.outfit.tolist(),
            labels.content.tolist(),
            strict=True,
        ):
            corner_and_size = (x1, y1, x2 - x1, y2 - y1)
            box = [f"{value:.2f}" for value in corner_and_size]
            more = [content] if with_content else []
            writer.writerow(map(shown_as_text, [source, frame, *box, person, outfit, *more]))


def _stack(rows: Sequence[Mapping[str, Any]]) -> Labels:
    def column(name: str, dtype: Any) -> NDArray[Any]:
        return np.array([row[name] for row in rows], dtype=dtype)

    columns: dict[str, Any] = {
        name: column(name, np.str_) for name in ("source", "person", "outfit", "where", "content")
    }
    columns |= {name: column(name, np.float64) for name in (*POSE_COLUMNS, "time_s")}
    columns["frame"] = column("frame", np.int64)
    columns["box"] = column("box", np.float64).reshape(-1, 4)
    return Labels(**columns)


def _refuse_shares(labels: Labels) -> None:
    """Refuse boxes that are shares of the picture: none in the file is above a pixel or two."""
    boxes = labels.box[labels.has_box]
    if len(boxes) and boxes.max() <= _LARGEST_SHARE:
        raise InputError(
            f"{labels.where[np.flatnonzero(labels.has_box)[0]]}: expected x, y, w, h in pixels, got"
            " none above 1 in the whole file; multiply them by width and height of the picture"
        )


def _refuse_odd(labels: Labels) -> None:
    """Refuse rows that need a box and have none: of no face, and several of one picture."""
    no_face = np.flatnonzero(~labels.is_face & ~labels.has_box)
    if no_face.size:
        row = int(no_face[0])
        raise InputError(f"{labels.where[row]}: expected a box with {labels.person[row]}, got none")
    first_row: dict[tuple[str, int, str], int] = {}
    for row, picture in enumerate(pictures(labels)):
        other = first_row.setdefault((*picture, str(labels.time_s[row])), row)
        if other != row and not (labels.has_box[row] and labels.has_box[other]):
            raise InputError(
                f"{labels.where[row]}: expected a box, since {picture[0]} has another row"
                f" ({labels.where[other]}); without one the largest face is meant"
            )
