"""Tables of labelled films in many variants, from one look at each film."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from castlist.clustering.analysis.analyse import analyse
from castlist.clustering.analysis.cache import default_cache
from castlist.clustering.analysis.engine import Engine, load_engine
from castlist.clustering.config import make_config
from castlist.clustering.evaluation.matching import LookedAt, match_labels
from castlist.data.media.config import FramesConfig
from castlist.data.media.sources import find_sources
from castlist.data.progress import silent
from castlist.data.tables.faces import Faces
from castlist.data.tables.label_files import read_labels
from castlist.data.tables.labels import Labels
from films import SETS
from numpy.typing import NDArray

LOOKED_FPS = 10
_SAME_TIME_S = 1e-6


@dataclass(frozen=True, eq=False)
class Table:
    """Faces as the networks gave them, and who they are.

    Attributes:
        faces: no tracks, no people.
        true: (num_faces,) str, the labelled person, "" = no label.
    """

    faces: Faces
    true: NDArray[np.str_]

    def __getitem__(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> Table:
        return Table(self.faces[rows], self.true[rows])

    def replace(self, **columns: object) -> Table:
        """Return a copy with columns of the faces exchanged."""
        return Table(self.faces.replace(**columns), self.true)

    @staticmethod
    def join(tables: list[Table]) -> Table:
        """Join tables row-wise."""
        return Table(
            Faces.concatenate([own.faces for own in tables]),
            np.concatenate([own.true for own in tables]),
        )


@cache
def engine() -> Engine:
    # every face: the best of a track are others at fewer frames a second
    return load_engine(make_config({}).engine, every_face=True)


def is_there(name: str) -> bool:
    return SETS[name][1].is_file()


@cache
def labelled_table(name: str, fps: int = 5, labelled_frames: bool = True) -> Table:
    """Return a set's table at some frames a second, with or without its labelled frames besides.

    The name of the set goes before those of its films and people, so that sets can be joined.
    """
    labels, faces, looked_at = _look(name)
    kept = {
        source: _frames(film, fps, labels.frames(source) if labelled_frames else [])
        for source, film in looked_at.items()
    }
    faces = faces[
        np.array(
            [
                shot < 0 or frame in kept[source].frame
                for source, frame, shot in zip(
                    faces.source.tolist(), faces.frame.tolist(), faces.shot.tolist(), strict=True
                )
            ],
            dtype=bool,
        )
    ]
    label = match_labels(faces, labels, looked_at=kept).label_of_face
    true = np.where(label >= 0, np.char.add(f"{name}:", labels.person[label]), "")
    return Table(faces.replace(source=np.char.add(f"{name}/", faces.source)), true)


@cache
def _look(name: str) -> tuple[Labels, Faces, dict[str, LookedAt]]:
    film, labels_file = SETS[name]
    sources = find_sources([Path(film)])
    labels = read_labels(labels_file).named_like([own.name for own in sources])
    # The demo is labelled at more frames than anyone would look at.
    also = {} if name == "demo" else {own.name: labels.frames(own.name).tolist() for own in sources}
    frames = FramesConfig(fps=LOOKED_FPS)
    seen = analyse(sources, engine(), frames, also, default_cache(), silent)
    looked_at = {
        own.name: LookedAt(
            np.array(own.frames or (0,)),
            np.array(own.frames_s or (0.0,)),
            np.array(own.cuts, dtype=np.int64),
        )
        for own in seen.sources
    }
    return labels, seen.faces, looked_at


def _frames(film: LookedAt, fps: int, also: list[int] | NDArray[np.int64]) -> LookedAt:
    """Choose the first frame at or after each k / fps seconds, and some besides."""
    _, first = np.unique(np.floor((film.time_s + _SAME_TIME_S) * fps), return_index=True)
    rows = np.union1d(first, np.flatnonzero(np.isin(film.frame, also)))
    return LookedAt(film.frame[rows], film.time_s[rows], film.cuts)
