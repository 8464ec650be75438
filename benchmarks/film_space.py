"""What a film's own space (clustering/stages/adaptation.py) is worth to both stages.

    python benchmarks/film_space.py

The table of benchmarks/films.py, with the space of the face vectors and of the cloth vectors
exchanged for one that only centres. Uses the same sets and the same cache.
"""

from __future__ import annotations

from unittest.mock import patch

import numpy as np
from castlist.clustering.stages.adaptation import FilmSpace, fit_film_space
from films import COLUMNS, SETS, row
from numpy.typing import NDArray

FACE_DIM = 128


def main() -> None:
    for kind, centred_dims in (
        ("film's space for both", ()),
        ("faces centred only", ("face",)),
        ("clothes centred only", ("cloth",)),
        ("both centred only", ("face", "cloth")),
    ):
        print(f"\n{kind}\n")
        print("| " + " | ".join(COLUMNS) + " |")
        print("|" + " --- |" * len(COLUMNS))

        def fit(
            vectors: NDArray[np.floating],
            tracks: NDArray[np.int64],
            use: NDArray[np.bool_],
            max_dim: int = 128,
            centre: NDArray[np.floating] | None = None,
            centred: tuple[str, ...] = centred_dims,
        ) -> FilmSpace:
            which = "face" if vectors.shape[1] == FACE_DIM else "cloth"
            # Tracks of one row each have nothing to teach: the space centres only.
            alone = np.arange(len(tracks)) if which in centred else tracks
            return fit_film_space(vectors, alone, use, max_dim, centre)

        with (
            patch("castlist.clustering.stages.face_space.fit_film_space", fit),
            patch("castlist.clustering.stages.cloth_tracks.fit_film_space", fit),
        ):
            for name, (_, labels) in SETS.items():
                if labels.is_file():
                    print(row(name, {}), flush=True)


if __name__ == "__main__":
    main()
