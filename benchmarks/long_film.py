"""Memory and time of the table of a long film: a result over and over, made, written, read, sorted.

    python benchmarks/long_film.py castlist-demo --times 400     # 10 hours of the demo

No networks have a part in it: the vectors are those of the result, for each time once more. Prints
processor seconds and the peak of memory up to then.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from castlist.clustering.running import followed, run_stages
from castlist.clustering.stages.config import PeopleConfig
from castlist.data.result.result import StoredResult
from castlist.data.result.store import read_faces, write_faces
from castlist.data.tables.faces import Faces
from engine import peak_mb


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("result", type=Path, help="of one film")
    parser.add_argument("--times", type=int, default=400)
    arguments = parser.parse_args()
    result = StoredResult.load(arguments.result)
    with _measured("made"):
        faces = repeated(result.faces, arguments.times)
    hours = float(faces.time_s.max()) / 3600
    described = len(faces.face_vector.kept)
    print(f"{hours:.1f} hours, {len(faces):,} faces, {described:,} of them with a vector")
    with TemporaryDirectory() as folder:
        path = Path(folder, "faces.parquet")
        with _measured("written"):
            write_faces(faces, path, {}, result.models)
        print(f"{path.stat().st_size / 1e6:.0f} MB on disk")
        del faces
        with _measured("read"):
            faces, _ = read_faces(path)
    with _measured("tracks and both stages"):
        people, _ = run_stages(followed(faces, result.models), result.models, PeopleConfig())
    print(f"{people.num_people} people")


def repeated(faces: Faces, times: int) -> Faces:
    """Return the table of a film that shows the same over and over."""
    length_s, frames = float(faces.time_s.max()) + 1, int(faces.frame.max()) + 1
    shots, tracks = int(faces.shot.max()) + 1, int(faces.track.max()) + 1
    return Faces.concatenate(
        [
            faces.replace(
                time_s=faces.time_s + number * length_s,
                frame=faces.frame + number * frames,
                shot=faces.shot + number * shots,
                track=np.where(faces.track >= 0, faces.track + number * tracks, -1),
            )
            for number in range(times)
        ]
    )


@contextmanager
def _measured(what: str) -> Iterator[None]:
    start = time.process_time()
    yield
    print(f"{what}: {time.process_time() - start:.1f} s, {peak_mb() / 1e3:.2f} GB", flush=True)


if __name__ == "__main__":
    main()
