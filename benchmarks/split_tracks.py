"""Tracks that turn out to be of two people: how many are found, how many are split wrongly?

    castlist find FILM -o RESULT                      # of films whose people are known to be right
    python benchmarks/split_tracks.py RESULT...

Prints which tracks of the films are split: look at these. Then joins the last two seconds of one
track and the first looks of a track of another person of the same film, as if a cut had not been
found, and counts how many are split within a look of the place.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from pathlib import Path

import numpy as np
from castlist.clustering.evidence.curves import Curves
from castlist.clustering.running import columns_of, track_config
from castlist.clustering.stages.one_person import split_two_people
from castlist.clustering.tracking.follow import follow_tracks
from castlist.data.result.result import StoredResult
from castlist.data.tables.faces import Faces, IntArray

LOOK_S = 0.2
BEFORE, AFTER = 10, (1, 2, 3, 5, 8)  # looks of both tracks
PAIRS = 20  # of each film
NEAR = 1  # looks


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path, nargs="+")
    hits: dict[int, list[bool]] = defaultdict(list)
    num_tracks = num_split = 0
    for folder in parser.parse_args().results:
        result = StoredResult.load(folder)
        faces = follow_tracks(result.faces, track_config(result.models))
        columns = columns_of(result.models, faces).face
        curve = Curves.load().of_faces(columns)
        split = split_two_people(faces, columns, curve)
        count = int(faces.track.max(initial=-1)) + 1
        num_tracks, num_split = num_tracks + count, num_split + int(split.track.max()) + 1 - count
        for track in range(count, int(split.track.max()) + 1):
            row = int(np.flatnonzero(split.track == track)[0])
            print(f"{folder.name}: a track is split at {faces.time_s[row]:.1f} s")
        for first, second in _pairs(faces):
            for looks in AFTER:
                rows = np.concatenate([first[-BEFORE:], second[:looks]])
                if faces.has_face_vector[second[:looks]].any():
                    hits[looks].append(_is_found(faces, rows, columns, curve))
    print(f"\n{num_split} of {num_tracks} tracks are split")
    for looks, found in sorted(hits.items()):
        share = float(np.mean(found))
        print(
            f"another person in the last {looks} looks: {share:.2f} of {len(found)} are split there"
        )


def _pairs(faces: Faces) -> list[tuple[IntArray, IntArray]]:
    """Return the rows of pairs of clear tracks of two people."""
    tracks = [np.flatnonzero(faces.track == own) for own in np.unique(faces.track)]
    clear = [
        rows[np.argsort(faces.time_s[rows])]
        for rows in tracks
        if len(rows) >= max(AFTER) and faces.quality[rows].max() > 0.5 and faces.shot[rows[0]] >= 0
    ]
    rng = np.random.default_rng(0)
    pairs = []
    for _ in range(10 * PAIRS if len(clear) > 1 else 0):
        first, second = (clear[own] for own in rng.choice(len(clear), 2, replace=False))
        people = {int(faces.person[first[0]]), int(faces.person[second[0]])}
        if len(people) == 2 and min(people) >= 0 and len(pairs) < PAIRS:
            pairs.append((first, second))
    return pairs


def _is_found(faces, rows, columns, curve) -> bool:  # type: ignore[no-untyped-def]
    """Say whether rows, as one track beside the others of the film, are split near the place."""
    place = min(BEFORE, int(np.flatnonzero(np.diff(faces.track[rows]))[0]) + 1)
    joined = faces[rows]
    joined = joined.replace(
        time_s=faces.time_s.max() + 10 + LOOK_S * np.arange(len(rows)),
        shot=np.full(len(rows), faces.shot.max() + 1),
        track=np.full(len(rows), faces.track.max() + 1),
    )
    track = split_two_people(Faces.concatenate([faces, joined]), columns, curve).track[len(faces) :]
    turns = np.flatnonzero(np.diff(track)) + 1
    return bool((np.abs(turns - place) <= NEAR).any())


if __name__ == "__main__":
    main()
