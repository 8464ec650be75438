"""Films with labelled faces (person, outfit, shot), to measure cloth vectors on."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..clothes.cloth_crop import Crops
from ..errors import InputError
from ..files import openable
from ..media.frames import open_film
from ..media.shots import shot_of
from ..tables.boxes import Boxes
from ..tables.label_files import read_labels
from ..tables.labels import EASY_FROM_PX, HARD_BELOW_PX

Picture = NDArray[np.uint8]
FILM_FILE, LABELS_FILE, SHOTS_FILE = "video.mp4", "labels.csv", "shots.csv"

FRAMES_APART = 60
"""Without a list of shots, faces so many frames apart count as in different shots."""


@dataclass(frozen=True, eq=False)
class LabelledFilm:
    """The labelled faces of one film, one row a face, by ascending frame.

    Attributes:
        name: of the film.
        path: of the film.
        frame: (num_faces,) int64, 0-based.
        shot: (num_faces,) int64; None = the shots are not known.
        person: (num_faces,) str.
        outfit: (num_faces,) str, person and outfit: the same text, the same clothes.
        box: (num_faces, 4) float32, x1 y1 x2 y2 in pixels.
    """

    name: str
    path: Path
    frame: NDArray[np.int64]
    shot: NDArray[np.int64] | None
    person: NDArray[np.str_]
    outfit: NDArray[np.str_]
    box: NDArray[np.float32]

    def apart(self) -> NDArray[np.bool_]:
        """(num_faces, num_faces) bool: pairs that count as of different shots."""
        if self.shot is None:
            return np.asarray(np.abs(self.frame[:, None] - self.frame) >= FRAMES_APART)
        return np.asarray(self.shot[:, None] != self.shot)

    def questions(self, seen: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Choose whom to search for, and among whom.

        Hard faces (under ``HARD_BELOW_PX``) are searched among easy ones (``EASY_FROM_PX`` and
        more) of other shots; in films where none of them can be found, all among all.

        Args:
            seen: (num_faces,) bool, whose clothes are in sight: others are not searched among.

        Returns:
            rows: (num_rows,) int64, the faces whose clothes can be found again.
            candidates: (num_faces, num_faces) bool, among whom to search for each face.
        """
        height = self.box[:, 3] - self.box[:, 1]
        everyone = np.ones(len(height), bool)
        rows, candidates = self._searchable(height < HARD_BELOW_PX, seen & (height >= EASY_FROM_PX))
        return (rows, candidates) if len(rows) else self._searchable(everyone, seen)

    def _searchable(
        self, wanted: NDArray[np.bool_], among: NDArray[np.bool_]
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        candidates = self.apart() & among
        has_match = (candidates & (self.outfit[:, None] == self.outfit)).any(axis=1)
        return np.flatnonzero(wanted & has_match), candidates

    def crop(self, crop: Callable[[Picture, Boxes], tuple[Boxes, Crops]]) -> Crops:
        """Cut out the clothes of all faces.

        Args:
            crop: as ``ClothCropper.crop``, given a picture and all labelled faces in it.

        Returns:
            (num_faces, side, side, 4) uint8.

        Raises:
            InputError: the film cannot be read, or is shorter than the labels say.
        """
        return np.concatenate(
            [crop(picture, self.box[rows])[1] for rows, picture in self.pictures()]
        )

    def pictures(self) -> Iterator[tuple[NDArray[np.int64], NDArray[np.uint8]]]:
        """Yield the rows of each labelled frame and its picture, (height, width, 3) uint8."""
        wanted = np.unique(self.frame).tolist()
        with open_film(self.path, source=self.name, fps=1e-3, also_frames=wanted) as frames:
            for frame in frames:
                rows = np.flatnonzero(self.frame == frame.index)
                if len(rows):
                    yield rows, frame.picture


def read_labelled_film(path: Path, name: str, every: int = 1) -> LabelledFilm:
    """Read the labels beside a film, labels.csv and, where there is one, shots.csv.

    Args:
        path: of the film.
        name: to call it.
        every: take only frames that this number divides.

    Raises:
        InputError: a file is missing or a row of it is wrong, or no face is labelled.
    """
    labels = read_labels(path.with_name(LABELS_FILE))
    labels = labels[labels.is_face & labels.has_box & (labels.frame % every == 0)]
    labels = labels[np.argsort(labels.frame, kind="stable")]
    if not len(labels):
        raise InputError(f"{path.with_name(LABELS_FILE)}: expected labelled faces, found none")
    cuts = _cuts(path.with_name(SHOTS_FILE))
    return LabelledFilm(
        name,
        path,
        labels.frame,
        None if cuts is None else shot_of(labels.frame, cuts),
        labels.person,
        np.char.add(np.char.add(labels.person, "/"), labels.outfit),
        labels.box.astype(np.float32),
    )


def find_labelled_films(folder: str | Path) -> list[LabelledFilm]:
    """Read all labelled films of a folder: sub-folders with video.mp4 and labels.csv.

    Raises:
        InputError: there is none, or one of them cannot be read.
    """
    folder = Path(folder)
    found = [
        path
        for path in sorted(folder.glob(f"*/{FILM_FILE}"))
        if path.with_name(LABELS_FILE).is_file()
    ]
    if not found:
        raise InputError(
            f"{folder}: expected sub-folders with {FILM_FILE} and {LABELS_FILE}, found none"
        )
    return [read_labelled_film(path, path.parent.name) for path in found]


def _cuts(path: Path) -> list[int] | None:
    """Return the first frames of all shots but the first; the column has one of two names."""
    if not path.is_file():
        return None
    with openable(path).open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        columns = {"first_frame", "start_frame"} & set(reader.fieldnames or ())
        if len(columns) != 1:
            raise InputError(f"{path} line 1: expected a column first_frame")
        column = columns.pop()
        cells = [(reader.line_num, row[column] or "") for row in reader]
    for number, cell in cells:
        if not cell.isdecimal():
            raise InputError(f"{path} line {number}: expected a {column} of 0, 1 ..., got {cell!r}")
    return sorted(int(cell) for _, cell in cells)[1:]
