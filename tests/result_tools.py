"""What tests of results share: a result made of a table, its crops plain pictures."""

import io

import numpy as np
from castlist.clustering.evaluation.pooling import evaluate_pairs, pair_results
from castlist.data.result.facts import RunFacts, SourceFacts
from castlist.data.result.result import StoredResult
from castlist.data.tables.faces import Faces
from PIL import Image


class PlainCrops:
    """A plain picture per row; counts how often each is read."""

    def __init__(self, num_rows=0):
        self._num_rows = num_rows
        self.reads = []

    def __len__(self):
        return self._num_rows

    def __getitem__(self, row):
        self.reads.append(row)
        file = io.BytesIO()
        colour = (row * 37 % 256, row * 91 % 256, 128)
        Image.new("RGB", (84, 102), colour).save(file, "JPEG", quality=95)
        return file.getvalue()


def film_of(faces, source):
    """Return the facts of a film of which just the frames with faces were looked at."""
    frames, first = np.unique(faces.frame[faces.source == source], return_index=True)
    times_s = faces.time_s[faces.source == source][first]
    return SourceFacts(source, frames=tuple(frames.tolist()), frames_s=tuple(times_s.tolist()))


def result_of(faces, name="", **facts):
    """Make a result of a table; ``facts`` are those of the run."""
    films = tuple(film_of(faces, source) for source in dict.fromkeys(faces.source.tolist()))
    run = RunFacts(**{"sources": films, **facts})
    return StoredResult(faces, run, PlainCrops(len(faces)), name=name)


def evaluated(results, label_files, **options):
    """Evaluate results with the label files that belong to them."""
    return evaluate_pairs(pair_results(results, label_files), **options)


def followed(name, rows, num_shots, fps, **facts):
    """Return faces side by side and their film, a shot a second.

    Args:
        name: of the film.
        rows: (frame, time_s, shot, left edge, face vector) of each face.
        num_shots: seconds of film.
        fps: frames analysed per second.
        facts: of the film, besides.
    """
    frame, time_s, shot, left, vectors = map(np.array, zip(*rows, strict=True))
    faces = Faces.of_detections(
        source=np.full(len(rows), name),
        frame=frame,
        time_s=time_s,
        shot=shot,
        box=np.stack([left, 0 * left + 20, left + 50, 0 * left + 80], axis=1),
        detection=np.full(len(rows), 0.9),
        quality=np.full(len(rows), 0.9),
        face_vector=vectors,
    )
    film = SourceFacts(
        name,
        duration_s=float(num_shots),
        fps=25.0,
        looked_at_fps=float(fps),
        frames=tuple(np.unique(frame).tolist()),
        frames_s=tuple(np.unique(time_s).tolist()),
        num_frames=len(np.unique(frame)),
        cuts_s=tuple(float(cut) for cut in range(1, num_shots)),
        **facts,
    )
    return faces, film
