"""Ground truth: who a face is, written by hand in a CSV."""

from __future__ import annotations

import dataclasses
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError

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
        notes: sentences on what of the file was not taken as it is.
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
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, blank in (("time_s", np.nan), ("content", "")):
            if not len(getattr(self, name)):  # none is known
                object.__setattr__(self, name, np.full(len(self.source), blank))
        for name, values in self._columns().items():
            column = np.array(values)
            column.setflags(write=False)
            object.__setattr__(self, name, column)

    def __len__(self) -> int:
        return len(self.source)

    def __getitem__(self, rows: NDArray[Any] | slice) -> Labels:
        columns = {name: column[rows] for name, column in self._columns().items()}
        return Labels(**columns, notes=self.notes)

    def _columns(self) -> dict[str, NDArray[Any]]:
        return {name: getattr(self, name) for name in _COLUMNS}

    @classmethod
    def concatenate(cls, tables: Sequence[Labels]) -> Labels:
        """Join tables row-wise.

        Raises:
            ValueError: no table at all.
        """
        if not tables:
            raise ValueError("expected at least one table of labels to join, got none")
        columns = {
            name: np.concatenate([getattr(table, name) for table in tables]) for name in _COLUMNS
        }
        return cls(**columns, notes=tuple(note for table in tables for note in table.notes))

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
        An accented letter is the same in both of Unicode's forms; file systems change it.
        """
        new = {}
        for source in set(self.source.tolist()) - set(names):
            alike = [name for name in names if _same_end(_composed(source), _composed(name))]
            new[source] = alike[0] if len(alike) == 1 else source
        renamed = [new.get(source, source) for source in self.source.tolist()]
        return dataclasses.replace(self, source=np.array(renamed, dtype=np.str_))


_COLUMNS = [field.name for field in dataclasses.fields(Labels) if field.name != "notes"]


def _same_end(one: str, other: str) -> bool:
    return one == other or one.endswith(f"/{other}") or other.endswith(f"/{one}")


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


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


def refuse_later(labels: Labels, source: str, length_s: float | None) -> None:
    """Refuse labels at times that this film does not have.

    Args:
        labels: the labels; rows of other sources are not checked.
        source: the name of the film.
        length_s: how long it is, seconds; None = not known. Its containers round it, and people
            write times to the second.

    Raises:
        InputError: a time of more than a second after the end.
    """
    if length_s is None:
        return
    rows = np.flatnonzero((labels.source == source) & (labels.time_s > length_s + 1))
    if rows.size:
        row = int(rows[0])
        raise InputError(
            f"{labels.where[row]}: expected a time within the {length_s:.0f} seconds of {source},"
            f" got {labels.time_s[row]:g} s; are these the labels of another film?"
        )


def pictures(table: Any) -> Iterator[tuple[str, int]]:
    """Yield (source, frame) of each row of a table that has these two columns."""
    return zip(table.source.tolist(), table.frame.tolist(), strict=True)
