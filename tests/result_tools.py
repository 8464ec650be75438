"""What tests of results share: a result made of a table, its crops plain pictures."""

import io

import numpy as np
from castlist.clustering.evaluation.pooling import evaluate_pairs, pair_results
from castlist.data.result.facts import RunFacts, SourceFacts
from castlist.data.result.result import StoredResult
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
