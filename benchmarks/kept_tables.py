"""Labelled films in many variants as kept tables: vectors of many networks, read in seconds.

A folder FILM/VARIANT holds faces.parquet (the faces and their tracks) and vectors.npz (who each
face is by the labels, and a vector of every network, NaN where none was made).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from castlist.clustering.evidence.labelled import LabelledTracks
from castlist.data.tables.faces import Faces
from castlist.data.tables.tracks import Tracks
from numpy.typing import NDArray
from places import ROOT

TABLES = Path(os.environ.get("CASTLIST_TABLES", ROOT.parent / "tables"))

INTEL = "face-reidentification-retail-0095"
BODY = "person-reidentification-retail-0277"

Columns = dict[str, tuple[int, int]]

_ENCODER_DIM = 296  # of the present cloth vector; colours follow
_STORED = {
    "faceres": "faceres_cleaned",
    "sface": "sface_cleaned",
    INTEL: "0095_cleaned",
    "dlib_resnet": "dlib_cleaned",
    "cloth_film_lite0": "film_lite0",
    BODY: "0277_head",
}
"""What vectors.npz calls the vectors of a network that a run names by its card."""


@dataclass(frozen=True)
class Setup:
    """Vectors that a run uses together.

    Attributes:
        face: names of face networks.
        cloth: names of vectors of clothes.
    """

    face: tuple[str, ...]
    cloth: tuple[str, ...]


SETUPS = {
    "offline": Setup(("faceres", "sface"), ("cloth_film_lite0", "colours")),
    "store": Setup((INTEL, "faceres", "sface"), ("cloth_film_lite0", "colours", BODY)),
    "sface": Setup(("sface",), ("cloth_film_lite0", "colours")),
    "faceres": Setup(("faceres",), ("cloth_film_lite0", "colours")),
    "0095+faceres": Setup((INTEL, "faceres"), ("cloth_film_lite0", "colours", BODY)),
    "plain": Setup((INTEL,), ("cloth_imagenet_lite0", "colours")),
    "dlib": Setup(("dlib_resnet",), ("colours",)),
    "no-encoder": Setup(("faceres", "sface"), ("colours",)),
    "0277-instead": Setup(("faceres", "sface"), (BODY, "colours")),
    "0277-beside": Setup(("faceres", "sface"), ("cloth_film_lite0", "colours", BODY)),
}
"""What ships; with the store of networks; what a user may ask for, or an older result has; what
ships with fewer or better vectors of clothes."""


@dataclass(frozen=True, eq=False)
class KeptTable:
    """One film in one variant.

    Attributes:
        film, variant: its names.
        faces: vectors of all networks of a set-up side by side.
        true: (num_faces,) str, by the labels, "" = not labelled.
        labelled: its tracks, and who most of their labelled faces are.
        face_columns, cloth_columns: of each network in the vectors.
    """

    film: str
    variant: str
    faces: Faces
    true: NDArray[np.str_]
    labelled: LabelledTracks
    face_columns: Columns
    cloth_columns: Columns


def read_tables(folder: Path, setup: Setup, films: list[str] | None = None) -> list[KeptTable]:
    """Read every table below a folder, by film and variant.

    Raises:
        FileNotFoundError: there is none.
    """
    tables = [
        read_table(kept.parent, setup)
        for kept in sorted(folder.glob("*/*/vectors.npz"))
        if films is None or kept.parent.parent.name in films
    ]
    if not tables:
        raise FileNotFoundError(
            f"expected tables FILM/VARIANT/vectors.npz below {folder}, found none; give their"
            " folder as CASTLIST_TABLES or with --tables"
        )
    return tables


def read_table(folder: Path, setup: Setup) -> KeptTable:
    """Read one table."""
    rows = pq.read_table(folder / "faces.parquet")
    kept = np.load(folder / "vectors.npz", allow_pickle=False)
    column = {name: np.array(rows[name].to_pylist()) for name in ("x1", "y1", "x2", "y2")}
    vectors = {name: _vectors(name, kept, rows) for name in (*setup.face, *setup.cloth)}
    track = np.unique(np.array(rows["track"].to_pylist()), return_inverse=True)[1]
    faces = Faces.of_detections(
        source=np.array(rows["source"].to_pylist()),
        frame=np.array(rows["frame"].to_pylist()),
        time_s=np.array(rows["time_s"].to_pylist(), dtype=np.float64),
        shot=np.array(rows["shot"].to_pylist()),
        track=track,
        box=np.stack(list(column.values()), axis=1),
        detection=np.array(rows["detection"].to_pylist()),
        quality=np.array(rows["quality"].to_pylist()),
        face_vector=np.concatenate([vectors[name] for name in setup.face], axis=1),
        cloth_vector=np.concatenate([vectors[name] for name in setup.cloth], axis=1),
    )
    true = kept["true"].astype(np.str_)
    labelled = LabelledTracks(Tracks.of(faces), _true_of_tracks(true, track), folder.parent.name)
    return KeptTable(
        folder.parent.name,
        folder.name,
        faces,
        true,
        labelled,
        _columns(setup.face, vectors),
        _columns(setup.cloth, vectors),
    )


def _vectors(name: str, kept: np.lib.npyio.NpzFile, rows: object) -> NDArray[np.float64]:
    part = {"cloth_imagenet_lite0": slice(0, _ENCODER_DIM), "colours": slice(_ENCODER_DIM, None)}
    if name in part:
        whole = np.array(rows["cloth_vector"].to_pylist(), dtype=np.float64)  # type: ignore[index]
        vectors = whole[:, part[name]]
    else:
        vectors = kept[_STORED.get(name, name)].astype(np.float64)
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(length > 0, length, 1.0))


def _columns(names: tuple[str, ...], vectors: dict[str, NDArray[np.float64]]) -> Columns:
    ends = np.cumsum([0, *(vectors[name].shape[1] for name in names)]).tolist()
    return {name: (ends[place], ends[place + 1]) for place, name in enumerate(names)}


def _true_of_tracks(true: NDArray[np.str_], track: NDArray[np.int64]) -> NDArray[np.str_]:
    """Return the person of most labelled faces of each track, "" where none is labelled."""
    person = np.full(int(track.max(initial=-1)) + 1, "", dtype=true.dtype)
    for number in range(len(person)):
        names, counts = np.unique(true[(track == number) & (true != "")], return_counts=True)
        if len(names):
            person[number] = names[counts.argmax()]
    return person
