"""Tell drawn faces from people: fit the discriminant, and measure it on sources it has not seen.

    python benchmarks/drawn.py --tables FOLDER --figures RESULT ... --people RESULT ...
    python benchmarks/drawn.py ... --write                  # checkpoints/curves/drawn.safetensors

Tables are those of kept_tables.py: labelled films in many variants, whose people are people;
``cartoons`` has only figures. RESULT are folders that ``castlist find`` made of pictures with
figures or with people only. Every film, and every folder of pictures by its files' first word, is
measured by a discriminant fitted without it.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

import numpy as np
from castlist.clustering.evidence.drawn import DRAWN_FROM, FILE, DrawnFaces
from castlist.clustering.evidence.vectors import unit_rows
from castlist.data.result.result import StoredResult
from castlist.data.tables.tracks import Tracks
from fitted import write_fitted
from kept_tables import SETUPS, TABLES, read_tables
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

NETWORK = "faceres"
FIGURES = "cartoons"  # the labelled film without people
ORIGINS = {
    "toon, woodcut": "justinpinkney/toonify",
    "stylised": "menyifang/DCT-Net, williamyang1991/VToonify",
    "comic": "happy-jihye/Cartoon-StyleGAN",
    "res_anime": "Sytwu/Anime-Face-Recognition",
    "res_celeb": "ElisonSherton/Face-Applications",
}
"""Of the pictures, repositories on GitHub. They have owners of their own: none of them ships, only
the 1,025 numbers fitted on their vectors."""

_FORCE = 3.0  # inverse of the penalty on weights
_LEAST_LOOKS = 0.1  # of a track that is fitted on


@dataclass(frozen=True, eq=False)
class Source:
    """Tracks of one film in all its variants, or of pictures of one kind.

    Attributes:
        name: of the film or folder.
        drawn: whether they are of figures.
        vectors: (num_tracks, dim) float64, unit rows.
        looks: (num_tracks,) float64.
        of: what each track is printed as.
    """

    name: str
    drawn: bool
    vectors: NDArray[np.float64]
    looks: NDArray[np.float64]
    of: NDArray[np.str_]


def of_tables(folder: Path) -> list[Source]:
    """Return the labelled films."""
    parts: dict[str, list[tuple[NDArray[np.float64], NDArray[np.float64], str]]] = {}
    for table in read_tables(folder, SETUPS["offline"]):
        tracks, (first, last) = table.labelled.tracks, table.face_columns[NETWORK]
        labelled = (table.labelled.person != "") | (table.film == FIGURES)
        rows = tracks.has_face & labelled
        units = unit_rows(tracks.face_mean[rows, first:last])
        parts.setdefault(table.film, []).append((units, tracks.looks[rows], table.variant))
    return [
        Source(
            film,
            film == FIGURES,
            np.concatenate([units for units, _, _ in own]),
            np.concatenate([looks for _, looks, _ in own]),
            np.concatenate([np.full(len(looks), variant) for _, looks, variant in own]),
        )
        for film, own in parts.items()
    ]


def of_result(folder: Path, drawn: bool) -> list[Source]:
    """Return the faces of pictures, by the first word of their files."""
    result = StoredResult.load(folder)
    tracks, (first, last) = Tracks.of(result.faces), result.models.face_columns[NETWORK]
    _, row = np.unique(result.faces.track, return_index=True)
    files = result.faces.source[row]
    kind = np.array([PurePath(file).stem.split("_")[0].rstrip("0123456789") for file in files])
    kind = np.where(kind == "", PurePath(folder).name, kind)
    found = []
    for name in np.unique(kind[tracks.has_face]):
        own = np.flatnonzero((kind == name) & tracks.has_face)
        units = unit_rows(tracks.face_mean[own, first:last])
        found.append(
            Source(str(name), drawn, units, tracks.looks[own], np.full(len(own), "photos"))
        )
    return found


def fit(sources: Sequence[Source]) -> DrawnFaces:
    """Fit the discriminant; both kinds weigh the same, and of each kind all sources."""
    vectors, drawn, weight = [], [], []
    for source in sources:
        rows = np.flatnonzero(source.looks >= _LEAST_LOOKS)
        if len(rows):
            vectors.append(source.vectors[rows])
            drawn.append(np.full(len(rows), source.drawn))
            weight.append(np.full(len(rows), 1 / len(rows)))
    is_drawn, weights = np.concatenate(drawn), np.concatenate(weight)
    for kind in (False, True):
        weights[is_drawn == kind] *= 1000 / weights[is_drawn == kind].sum()
    model = LogisticRegression(C=_FORCE, max_iter=3000)
    model.fit(np.concatenate(vectors), is_drawn, sample_weight=weights)
    return DrawnFaces(NETWORK, model.coef_[0].astype(np.float64), float(model.intercept_[0]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", type=Path, default=TABLES)
    parser.add_argument("--figures", type=Path, nargs="*", default=[], metavar="RESULT")
    parser.add_argument("--people", type=Path, nargs="*", default=[], metavar="RESULT")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    sources = of_tables(options.tables)
    for folders, drawn in ((options.figures, True), (options.people, False)):
        sources += [own for folder in folders for own in of_result(folder, drawn)]
    print("| source | of | tracks | median | lowest | highest | above the limit |")
    print("|---|---|---|---|---|---|---|")
    for source in sources:
        model = fit([other for other in sources if other.name != source.name])
        odds = source.vectors @ model.weights + model.offset
        for part in dict.fromkeys(source.of.tolist()):
            own = odds[(source.of == part) & (source.looks >= _LEAST_LOOKS)]
            if len(own):
                print(
                    f"| {source.name}{' (figures)' if source.drawn else ''} | {part} | {len(own)}"
                    f" | {np.median(own):.1f} | {own.min():.1f} | {own.max():.1f}"
                    f" | {np.mean(own >= DRAWN_FROM):.3f} |"
                )
    if options.write:
        write(sources)


def write(sources: Sequence[Source]) -> None:
    """Write the discriminant of all sources, and its card."""
    card = {
        "what": "tells drawn, painted and animated faces from people, by vectors of " + NETWORK,
        "formula": "castlist/clustering/evidence/drawn.py",
        "command": "python benchmarks/drawn.py --tables ... --figures ... --people ... --write",
        "tracks": {own.name: len(own.looks) for own in sources},
        "pictures": ORIGINS,
        "measured": "docs/evidence.md, each source without itself",
    }
    write_fitted(FILE, fit(sources).to_tensors(), card)


if __name__ == "__main__":
    main()
