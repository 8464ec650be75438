"""Time and memory of both stages on made-up tables of up to 50,000 tracks.

    python benchmarks/scale.py                    # the table, and docs/scale.png
    python benchmarks/scale.py --sizes 1000 5000  # other sizes, the table only

Each size runs in a process of its own, so that its peak of memory is its own. The tables look like
a series: films of 500 tracks in shots of one to three people, five faces a track, a cast in which a
few are seen most of the time, a fifth of the tracks without a good face, clothes that hold for a
film. Numbers in processor seconds; the networks have no part in them.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
from castlist.clustering.evidence.curves import ANY, Curves
from castlist.clustering.stages.both import people_by_clothing, people_by_face
from castlist.clustering.stages.config import PeopleConfig
from castlist.data.tables.faces import Faces
from castlist.data.tables.tracks import Tracks
from threadpoolctl import threadpool_limits

SIZES = (300, 1000, 3000, 10000, 20000, 50000)
FACE_DIM, CLOTH_DIM = 128, 844
FACES_OF_TRACK, TRACKS_OF_FILM = 5, 500
PLOT = Path(__file__).parents[1] / "docs" / "scale.png"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sizes", nargs="*", type=int, default=SIZES)
    parser.add_argument("--one", type=int, help="measure one size in this process")
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(measure(arguments.one)))
        return
    print(
        "| tracks | faces | people | tracks, s | stage 1, s | stage 2, s | table, MB | peak, MB |"
    )
    print("|---:|---:|---:|---:|---:|---:|---:|---:|")
    measured = []
    for size in arguments.sizes:
        command = [sys.executable, __file__, "--one", str(size)]
        own = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        measured.append(own)
        print("| " + " | ".join(f"{value:,g}" for value in own.values()) + " |", flush=True)
    if tuple(arguments.sizes) == SIZES:
        plot(measured)


def measure(num_tracks: int) -> dict[str, float]:
    # Imports and the first call of a library are the same for every size.
    _both_stages(make_table(50))
    faces = make_table(num_tracks)
    table_mb = sum(column.nbytes for column in faces.columns().values()) / 1e6
    # The peak is that of the stages, with the table in memory, and not of making the table up.
    Path("/proc/self/clear_refs").write_text("5")
    found, tracks_s, stage_1_s, stage_2_s = _both_stages(faces)
    return {
        "tracks": num_tracks,
        "faces": len(faces),
        "people": found.num_people,
        "tracks_s": round(tracks_s, 2),
        "stage_1_s": round(stage_1_s, 2),
        "stage_2_s": round(stage_2_s, 2),
        "table_mb": round(table_mb),
        "peak_mb": _peak_mb(),
    }


def _peak_mb() -> int:
    """Return the most memory this process has had since its peak was reset (Linux)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    (peak,) = (line for line in lines if line.startswith("VmHWM"))
    return round(int(peak.split()[1]) / 1e3)


def _both_stages(faces: Faces) -> tuple[Faces, float, float, float]:
    """Return the people, and the seconds that summing up tracks and each stage took."""
    curves, config = Curves.load(), PeopleConfig()
    of_faces, of_clothes = {ANY: (0, FACE_DIM)}, {ANY: (0, CLOTH_DIM)}
    with threadpool_limits(1, user_api="blas"):
        at_s = [time.process_time()]
        tracks = Tracks.of(faces)
        at_s.append(time.process_time())
        by_face = people_by_face(tracks, of_faces, curves, config)
        at_s.append(time.process_time())
        people, _ = people_by_clothing(tracks, by_face, of_clothes, curves, config)
        found = people.written_to(faces)
        at_s.append(time.process_time())
    tracks_s, stage_1_s, stage_2_s = np.diff(at_s).tolist()
    return found, tracks_s, stage_1_s, stage_2_s


def make_table(num_tracks: int, seed: int = 0) -> Faces:
    """Make a table of faces in tracks, shots and films, with vectors that make clusters."""
    random = np.random.default_rng(seed)
    num_people = max(6, round(num_tracks**0.5))
    shot, place = _shots(num_tracks, random)
    film = np.arange(num_tracks) // TRACKS_OF_FILM
    shot = shot + film * num_tracks  # a shot ends with its film
    person = _cast(shot, num_people, random)
    # Strangers are about 1.4 apart, tracks of a person about half of that.
    people = _unit(random.normal(size=(num_people, FACE_DIM)))
    tracks = people[person] + 0.5 * _unit(random.normal(size=(num_tracks, FACE_DIM)))
    clothes = _unit(random.normal(size=(num_people * (film.max() + 1), CLOTH_DIM)))
    row = np.repeat(np.arange(num_tracks), FACES_OF_TRACK)
    step = np.tile(np.arange(FACES_OF_TRACK), num_tracks)
    first = np.unique(shot, return_inverse=True)[1] * FACES_OF_TRACK
    frame = first[row] + step
    left = 100.0 * place[row]
    poor = random.random(num_tracks) < 0.2
    return Faces.of_detections(
        source=np.char.add("film_", film[row].astype(str)),
        frame=frame,
        time_s=frame / 5 - film[row] * 1.0,
        shot=np.unique(shot, return_inverse=True)[1][row],
        track=row,
        box=np.stack([left, left * 0, left + 50, left * 0 + 60], axis=1),
        detection=np.full(len(row), 0.9),
        quality=np.where(poor[row], 0.1, 0.8),
        face_vector=(tracks[row] + 0.3 * _unit(random.normal(size=(len(row), FACE_DIM)))).astype(
            np.float32
        ),
        cloth_vector=_cloth_vectors(clothes, (film * num_people + person)[row], random),
    )


def _shots(num_tracks: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    sizes = random.integers(1, 4, num_tracks)
    shot = np.repeat(np.arange(num_tracks), sizes)[:num_tracks]
    place = np.concatenate([np.arange(size) for size in sizes])[:num_tracks]
    return shot, place


def _cast(shot: np.ndarray, num_people: int, random: np.random.Generator) -> np.ndarray:
    """Give each track of a shot another person, some of them far more often than others."""
    weight = 1 / np.arange(1, num_people + 1)
    person = random.choice(num_people, len(shot), p=weight / weight.sum())
    starts = np.append(np.flatnonzero(np.diff(shot, prepend=-1)), len(shot))
    for start, end in pairwise(starts.tolist()):
        person[start:end] = (person[start] + np.arange(end - start)) % num_people
    return person


def _cloth_vectors(
    clothes: np.ndarray, wearer: np.ndarray, random: np.random.Generator
) -> np.ndarray:
    vectors = np.empty((len(wearer), CLOTH_DIM), np.float32)
    for start in range(0, len(wearer), 10000):
        own = clothes[wearer[start : start + 10000]]
        vectors[start : start + 10000] = _unit(own + 0.5 * _unit(random.normal(size=own.shape)))
    return vectors


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def plot(measured: list[dict[str, float]]) -> None:
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    tracks = [own["tracks"] for own in measured]
    figure, (seconds, memory) = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
    seconds.plot(tracks, [own["stage_1_s"] for own in measured], "o-", label="stage 1, by face")
    seconds.plot(tracks, [own["stage_2_s"] for own in measured], "s-", label="stage 2, by clothing")
    seconds.set(xlabel="tracks", ylabel="processor seconds", xscale="log", yscale="log")
    memory.plot(tracks, [own["peak_mb"] for own in measured], "o-", label="peak of the process")
    memory.plot(tracks, [own["table_mb"] for own in measured], "s-", label="the table of faces")
    memory.set(xlabel="tracks", ylabel="MB", xscale="log", yscale="log")
    for axes in (seconds, memory):
        axes.grid(alpha=0.3)
        axes.legend()
    figure.savefig(PLOT, dpi=110)


if __name__ == "__main__":
    main()
