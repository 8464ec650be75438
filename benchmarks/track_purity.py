"""How pure tracks are, and into how many a person falls in a shot, on the labelled films.

    python benchmarks/track_purity.py

Purity: labelled faces that are their track's most frequent person. Impure: tracks with labelled
faces of two people or more. Tracks per person and shot: 1 is a person never lost from sight.
"""

from __future__ import annotations

import argparse

import numpy as np
from castlist.clustering.running import track_config
from castlist.clustering.tracking.follow import follow_tracks, is_supported
from castlist.data.tables.faces import Faces
from labelled_tables import engine, is_there, labelled_table
from numpy.typing import NDArray

FILMS = ("demo", "friends_scene", "intel_asl", "meeting")


def main() -> None:
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    config = track_config(engine().facts)
    print("| film | frames a second | purity | impure of tracks | tracks per person and shot |")
    print("|---|---:|---:|---:|---:|")
    for name in filter(is_there, FILMS):
        for fps in (2, 5, 10):
            table = labelled_table(name, fps, labelled_frames=False)
            faces = follow_tracks(table.faces, config)
            supported = is_supported(faces, config)
            faces = follow_tracks(faces[supported], config)
            cells = measure(faces, table.true[supported])
            print(f"| {name} | {fps} | {cells} |", flush=True)


def measure(faces: Faces, true: NDArray[np.str_]) -> str:
    labelled = np.flatnonzero(true != "")
    track, person, shot = faces.track[labelled], true[labelled], faces.shot[labelled]
    counts = [np.unique(person[track == own], return_counts=True)[1] for own in np.unique(track)]
    purity = sum(own.max() for own in counts) / len(labelled)
    impure = sum(len(own) > 1 for own in counts)
    seen = set(zip(person.tolist(), shot.tolist(), strict=True))
    followed = set(zip(person.tolist(), shot.tolist(), track.tolist(), strict=True))
    return f"{purity:.4f} | {impure} of {len(counts)} | {len(followed) / len(seen):.2f}"


if __name__ == "__main__":
    main()
