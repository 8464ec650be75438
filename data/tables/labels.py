"""Ground truth: who a face is, written by hand in a CSV."""

from __future__ import annotations

import csv
import dataclasses
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..files import replacing_file
from .cells import as_meant, shown_as_text

NOT_A_FACE = "not_a_face"
"""Person of a box that a detector may find although it is no face: a statue, a printed skull."""

IGNORE = "ignore"
"""Person of a box that is not counted: a detection there is neither right nor wrong."""

HARD_BELOW_PX, EASY_FROM_PX = 36, 50
"""Height of labelled faces that are hard to recognise, and of those that are easy, pixels: sets
that no method chooses for itself."""

_BOX_COLUMNS = ("x", "y", "w", "h")
_POSE_COLUMNS = ("yaw_deg", "pitch_deg", "visibility")


@dataclass(frozen=True, eq=False)
class Labels:
    """One row per labelled box. Arrays are read-only.

    Attributes:
        source: (num_labels,) str, the name of the film or photo.
        frame: (num_labels,) int64, 0-based index in its source; 0 for a photo.
        box: (num_labels, 4) float64, x1 y1 x2 y2 in pixels; NaN row = the largest face of a photo.
        person: (num_labels,) str, a name, or NOT_A_FACE or IGNORE.
        outfit: (num_labels,) str, "" = not known.
        yaw_deg: (num_labels,) float64, > 0 turned to the picture's right; NaN = not known.
        pitch_deg: (num_labels,) float64, > 0 looks down; NaN = not known.
        visibility: (num_labels,) float64, visible share of the face, 0..1; NaN = not known.
        where: (num_labels,) str, file and line of each row, for messages.
    """

    source: NDArray[np.str_]
    frame: NDArray[np.int64]
    box: NDArray[np.float64]
    person: NDArray[np.str_]
    outfit: NDArray[np.str_]
    yaw_deg: NDArray[np.float64]
    pitch_deg: NDArray[np.float64]
    visibility: NDArray[np.float64]
    where: NDArray[np.str_]

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            column = np.array(getattr(self, field.name))
            column.setflags(write=False)
            object.__setattr__(self, field.name, column)

    def __len__(self) -> int:
        return len(self.source)

    def __getitem__(self, rows: NDArray[Any] | slice) -> Labels:
        return Labels(**{name: column[rows] for name, column in self._columns().items()})

    def _columns(self) -> dict[str, NDArray[Any]]:
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}

    @classmethod
    def concatenate(cls, tables: Sequence[Labels]) -> Labels:
        """Join tables row-wise.

        Raises:
            ValueError: no table at all.
        """
        if not tables:
            raise ValueError("expected at least one table of labels to join, got none")
        names = [field.name for field in dataclasses.fields(cls)]
        return cls(
            **{name: np.concatenate([getattr(table, name) for table in tables]) for name in names}
        )

    @property
    def is_face(self) -> NDArray[np.bool_]:
        """(num_labels,) bool, rows that name a person."""
        return np.asarray(~np.isin(self.person, (NOT_A_FACE, IGNORE)))

    @property
    def has_box(self) -> NDArray[np.bool_]:
        """(num_labels,) bool, rows with a box."""
        return np.asarray(np.isfinite(self.box).all(axis=1))

    @property
    def height_px(self) -> NDArray[np.float64]:
        """(num_labels,) float64, height of the boxes in pixels, NaN without a box."""
        return np.asarray(self.box[:, 3] - self.box[:, 1])

    def frames(self, source: str) -> NDArray[np.int64]:
        """Return the labelled frames of one source, sorted, each once; none if it has no labels."""
        return np.unique(self.frame[self.source == source])

    def named_like(self, names: Collection[str]) -> Labels:
        """Return the labels with each source under the name it has in a result.

        A result puts folders in front of a file's name where two films share it. A source that
        is none of ``names`` becomes the one of them whose path ends alike, if there is only one.
        """
        new = {}
        for source in set(self.source.tolist()) - set(names):
            alike = [name for name in names if _same_end(source, name)]
            new[source] = alike[0] if len(alike) == 1 else source
        renamed = [new.get(source, source) for source in self.source.tolist()]
        return dataclasses.replace(self, source=np.array(renamed, dtype=np.str_))


def _same_end(one: str, other: str) -> bool:
    return one.endswith(f"/{other}") or other.endswith(f"/{one}")


def read_labels(path: str | Path) -> Labels:
    """Read a CSV of labels.

    Columns: ``source`` (or ``file``) and ``person``; ``frame`` (needed for films); ``x,y,w,h`` in
    pixels, all four or, for photos of which the largest face is meant, none; and if they are
    there ``outfit``, ``yaw_deg``, ``pitch_deg``, ``visibility``. Others are left alone.

    Raises:
        InputError: no such file, columns missing, or a bad row (its line is named; the header is
            line 1).
    """
    path = Path(path)
    try:
        text = _decoded(path.read_bytes())
        delimiter = _delimiter(text)
        reader = csv.DictReader(StringIO(text, newline=""), delimiter=delimiter)
        source_column = _source_column(path, reader.fieldnames or ())
        rows = [
            _row(
                _with_points(cells) if delimiter == ";" else cells,
                source_column,
                f"{path.name} line {reader.line_num}",
            )
            for cells in reader
        ]
    except FileNotFoundError:
        raise InputError(f"{path}: expected a CSV of labels here, found no file") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: expected a CSV of text, got {error}") from error
    labels = _stack(rows)
    _refuse_ambiguous(labels)
    return labels


def _decoded(content: bytes) -> str:
    """Decode a CSV file as Excel and others save it: UTF-8, UTF-16 with its mark, or cp1252."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        if b"\0" in content:  # no text at all
            raise
        return content.decode("cp1252")


def _delimiter(text: str) -> str:
    """Return what separates the columns of the header; Excel's depends on the country."""
    header = text.partition("\n")[0]
    return max(",;\t", key=header.count)


def _with_points(cells: Mapping[str | None, Any]) -> dict[str | None, Any]:
    """Write the numbers of a row with points, where Excel writes commas."""
    numbers = {"frame", *_BOX_COLUMNS, *_POSE_COLUMNS}
    return {
        name: cell.replace(",", ".") if name in numbers and isinstance(cell, str) else cell
        for name, cell in cells.items()
    }


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
        writer.writerow(["source", "frame", *_BOX_COLUMNS, "person", "outfit"])
        for source, frame, (x1, y1, x2, y2), person, outfit in zip(
            labels.source.tolist(),
            labels.frame.tolist(),
            labels.box.tolist(),
            labels.person.tolist(),
            labels.outfit.tolist(),
            strict=True,
        ):
            corner_and_size = (x1, y1, x2 - x1, y2 - y1)
            box = [f"{value:.2f}" for value in corner_and_size]
            writer.writerow(map(shown_as_text, [source, frame, *box, person, outfit]))


def refuse_outside(
    labels: Labels, source: str, num_frames: int | None, size_px: tuple[int, int] | None
) -> None:
    """Refuse labels that cannot belong to this film or photo.

    A box may stick out of the picture; its centre may not.

    Args:
        labels: the labels; rows of other sources are not checked.
        source: the name of the film or photo.
        num_frames: how many frames it has; None = not known.
        size_px: width and height of the upright picture, pixels; None = not known.

    Raises:
        InputError: a frame beyond the end, or a box outside the picture.
    """
    of_source = labels.source == source
    last = np.iinfo(np.int64).max if num_frames is None else num_frames
    beyond = np.flatnonzero(of_source & (labels.frame >= last))
    if beyond.size:
        row = int(beyond[0])
        raise InputError(
            f"{labels.where[row]}: expected a frame below {num_frames}, the length of {source},"
            f" got {labels.frame[row]}; are these the labels of another film?"
        )
    if size_px is None:
        return
    centre = (labels.box[:, :2] + labels.box[:, 2:]) / 2
    outside = (centre < 0).any(axis=1) | (centre > size_px).any(axis=1)
    rows = np.flatnonzero(of_source & outside)
    if rows.size:
        row = int(rows[0])
        raise InputError(
            f"{labels.where[row]}: expected a box in the {size_px[0]}x{size_px[1]} picture of"
            f" {source}, got x1 y1 x2 y2 = {labels.box[row].tolist()}; are these the labels of"
            " another size?"
        )


def _source_column(path: Path, columns: Sequence[str]) -> str:
    sources = [name for name in ("source", "file") if name in columns]
    boxes = [name for name in _BOX_COLUMNS if name in columns]
    if len(sources) != 1 or "person" not in columns:
        raise InputError(
            f"{path}: expected the columns source (or file) and person, got {', '.join(columns)}"
        )
    if boxes and len(boxes) < len(_BOX_COLUMNS):
        raise InputError(f"{path}: expected all of x, y, w, h or none, got {', '.join(boxes)}")
    if boxes and "frame" not in columns:
        raise InputError(f"{path}: expected a column frame beside x, y, w, h (0 for photos)")
    return sources[0]


def _row(cells: Mapping[str | None, Any], source_column: str, where: str) -> dict[str, Any]:
    if None in cells or None in cells.values():
        raise InputError(f"{where}: expected as many cells as the header has")
    text = {str(name): as_meant(value.strip()) for name, value in cells.items()}
    for name in (source_column, "person"):
        if not text[name]:
            raise InputError(f"{where}: expected a {name}, got an empty cell")
    box = _box(text, where)
    if box is None and text["person"] in (NOT_A_FACE, IGNORE):
        raise InputError(f"{where}: expected a box with {text['person']}, got none")
    return {
        "source": text[source_column],
        "frame": _frame(text.get("frame", ""), where),
        "box": box or (math.nan,) * 4,
        "person": text["person"],
        "outfit": text.get("outfit", ""),
        **{name: _number(text.get(name, ""), name, where) for name in _POSE_COLUMNS},
        "where": where,
    }


def _frame(cell: str, where: str) -> int:
    if not cell:
        return 0
    if not cell.isdecimal():
        raise InputError(f"{where}: expected a frame of 0, 1, 2 ..., got {cell!r}")
    return int(cell)


def _box(text: Mapping[str, str], where: str) -> tuple[float, float, float, float] | None:
    cells = [text.get(name, "") for name in _BOX_COLUMNS]
    if not any(cells):
        return None
    x, y, w, h = (
        _number(cell, name, where) for name, cell in zip(_BOX_COLUMNS, cells, strict=True)
    )
    if not (w > 0 and h > 0 and math.isfinite(x + y)):
        raise InputError(f"{where}: expected x, y, and w, h above 0, got {', '.join(cells)}")
    return x, y, x + w, y + h


def _number(cell: str, name: str, where: str) -> float:
    if not cell:
        return math.nan
    try:
        number = float(cell)
    except ValueError:
        number = math.inf
    if math.isinf(number):
        raise InputError(f"{where}: expected a number in {name}, got {cell!r}")
    return number


def _stack(rows: Sequence[Mapping[str, Any]]) -> Labels:
    def column(name: str, dtype: Any) -> NDArray[Any]:
        return np.array([row[name] for row in rows], dtype=dtype)

    return Labels(
        **{name: column(name, np.str_) for name in ("source", "person", "outfit", "where")},
        **{name: column(name, np.float64) for name in _POSE_COLUMNS},
        frame=column("frame", np.int64),
        box=column("box", np.float64).reshape(-1, 4),
    )


def _refuse_ambiguous(labels: Labels) -> None:
    """A row without a box means the largest face, so it has to be alone in its picture."""
    first_row: dict[tuple[str, int], int] = {}
    for row, picture in enumerate(pictures(labels)):
        other = first_row.setdefault(picture, row)
        if other != row and not (labels.has_box[row] and labels.has_box[other]):
            raise InputError(
                f"{labels.where[row]}: expected a box, since {picture[0]} has another row"
                f" ({labels.where[other]}); without one the largest face is meant"
            )


def pictures(table: Any) -> Iterator[tuple[str, int]]:
    """Yield (source, frame) of each row of a table that has these two columns."""
    return zip(table.source.tolist(), table.frame.tolist(), strict=True)
