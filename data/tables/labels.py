"""Ground truth: who a face is, written by hand in a CSV."""

from __future__ import annotations

import csv
import dataclasses
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..files import replacing_file
from .cells import shown_as_text
from .label_cells import (
    BOX_COLUMNS,
    POSE_COLUMNS,
    columns_of,
    decoded,
    delimiter_of,
    row_of,
    with_points,
)

NOT_A_FACE = "not_a_face"
"""Person of a box that a detector may find although it is no face: a statue, a printed skull."""

IGNORE = "ignore"
"""Person of a box that is not counted: a detection there is neither right nor wrong."""

HARD_BELOW_PX, EASY_FROM_PX = 36, 50
"""Height of labelled faces that are hard to recognise, and of those that are easy, pixels: sets
that no method chooses for itself."""


@dataclass(frozen=True, eq=False)
class Labels:
    """One row per labelled box. Arrays are read-only.

    Attributes:
        source: (num_labels,) str, the name of the film or photo.
        frame: (num_labels,) int64, 0-based index in its source; 0 for a photo; -1 = the time says
            which.
        box: (num_labels, 4) float64, x1 y1 x2 y2 in pixels; NaN row = a picture's largest face.
        person: (num_labels,) str, a name, or NOT_A_FACE or IGNORE.
        outfit: (num_labels,) str, "" = not known.
        yaw_deg: (num_labels,) float64, > 0 turned to the picture's right; NaN = not known.
        pitch_deg: (num_labels,) float64, > 0 looks down; NaN = not known.
        visibility: (num_labels,) float64, visible share of the face, 0..1; NaN = not known.
        where: (num_labels,) str, file and line of each row, for messages.
        time_s: (num_labels,) float64, film time of rows without a frame, seconds; else NaN.
        content: (num_labels,) str, hash of the content of the source, "" = not known.
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
    time_s: NDArray[np.float64] = dataclasses.field(default_factory=lambda: np.empty(0))
    content: NDArray[np.str_] = dataclasses.field(default_factory=lambda: np.empty(0, np.str_))

    def __post_init__(self) -> None:
        for name, blank in (("time_s", np.nan), ("content", "")):
            if not len(getattr(self, name)):  # none is known
                object.__setattr__(self, name, np.full(len(self.source), blank))
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
        return np.unique(self.frame[(self.source == source) & (self.frame >= 0)])

    def of_files(self, contents: Mapping[str, str]) -> Labels:
        """Return the labels with the content hash of each source, by its name."""
        content = [contents.get(name, "") for name in self.source.tolist()]
        return dataclasses.replace(self, content=np.array(content, np.str_))

    def fitted_to(self, contents: Mapping[str, str]) -> Labels:
        """Return the labels of files that were renamed under the name that they have now.

        Args:
            contents: content hash of each source of a result, by its name.

        Raises:
            InputError: a file has the name of a source, and another content.
        """
        names = {content: name for name, content in contents.items() if content}
        renamed = self.source.tolist()
        for row, (name, content) in enumerate(zip(renamed, self.content.tolist(), strict=True)):
            if not content or content == contents.get(name):
                continue
            if content in names:
                renamed[row] = names[content]
            elif contents.get(name):
                raise InputError(
                    f"{self.where[row]}: these are labels of another {name}, by its content;"
                    " delete the column content if they fit all the same"
                )
        return dataclasses.replace(self, source=np.array(renamed, dtype=np.str_))

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
    """Read a CSV of labels; columns are separated by commas, semicolons or tabs.

    Columns: ``source`` (or ``file``, ``film``) and ``person`` (or ``who``); for films ``frame``, or
    ``time`` as in 1:30 or 90; ``x,y,w,h`` in pixels, all four or none: then the largest face of the
    picture is meant; and if they are there ``outfit``, ``yaw_deg``, ``pitch_deg``, ``visibility``
    and ``content``, the hash of the source. Others are left alone.

    Raises:
        InputError: no such file, columns missing, or a bad row (its line is named; the header is
            line 1).
    """
    path = Path(path)
    try:
        text = decoded(path.read_bytes())
        delimiter = delimiter_of(text)
        reader = csv.DictReader(StringIO(text, newline=""), delimiter=delimiter)
        columns = columns_of(path, reader.fieldnames or ())
        rows = [
            row_of(
                with_points(cells) if delimiter == ";" else cells,
                columns,
                f"{path.name} line {reader.line_num}",
            )
            for cells in reader
        ]
    except FileNotFoundError:
        raise InputError(f"{path}: expected a CSV of labels here, found no file") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: expected a CSV of text, got {error}") from error
    labels = _stack(rows)
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


def _stack(rows: Sequence[Mapping[str, Any]]) -> Labels:
    def column(name: str, dtype: Any) -> NDArray[Any]:
        return np.array([row[name] for row in rows], dtype=dtype)

    return Labels(
        **{
            name: column(name, np.str_)
            for name in ("source", "person", "outfit", "where", "content")
        },
        **{name: column(name, np.float64) for name in (*POSE_COLUMNS, "time_s")},
        frame=column("frame", np.int64),
        box=column("box", np.float64).reshape(-1, 4),
    )


def _refuse_odd(labels: Labels) -> None:
    """Refuse no face without a box, and several rows of one picture that one of them is for."""
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


def pictures(table: Any) -> Iterator[tuple[str, int]]:
    """Yield (source, frame) of each row of a table that has these two columns."""
    return zip(table.source.tolist(), table.frame.tolist(), strict=True)
