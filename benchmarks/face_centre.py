"""Writes checkpoints/dlib_face_centre.json: where people in general lie in dlib's face vectors.

    python benchmarks/face_centre.py

The mean of the means of the eight rendered people of the demo scene, whose labels and film are CC0:
of each person, every labelled face of a quality of 0.4 and more.
"""

from __future__ import annotations

import json

import numpy as np
from castlist.clustering.analysis.analyse import analyse
from castlist.clustering.analysis.cache import default_cache
from castlist.clustering.analysis.config import EngineConfig
from castlist.clustering.analysis.engine import load_engine
from castlist.clustering.evaluation.matching import match_labels
from castlist.data.media.config import FramesConfig
from castlist.data.media.sources import find_sources
from castlist.data.progress import silent
from castlist.data.tables.labels import read_labels
from films import ROOT, SETS

MIN_QUALITY = 0.4


def main() -> None:
    film, labels_file = SETS["demo"]
    engine = load_engine(EngineConfig())
    seen = analyse(find_sources([film]), engine, FramesConfig(), {}, default_cache(), silent)
    faces, labels = seen.faces, read_labels(labels_file)
    label = match_labels(faces, labels).label_of_face
    clear = (label >= 0) & faces.has_face_vector & (faces.quality >= MIN_QUALITY)
    person = np.where(clear, labels.person[np.maximum(label, 0)], "")
    people = sorted(set(person[clear].tolist()))
    means = [faces.face_vector[person == own].mean(axis=0) for own in people]
    card = {
        "name": "dlib_face_centre",
        "what": "Where people in general lie in the vectors of dlib's face network: a film's own"
        " mean is mixed with it, since the mean of a film of one person is that person",
        "embedder": "dlib_face_recognition_resnet_model_v1",
        "data": f"Mean over the means of {len(people)} rendered people, {int(clear.sum())} faces"
        f" of quality {MIN_QUALITY} and more",
        "licence": "CC0-1.0",
        "origin": "Made for castlist from data/demo by benchmarks/face_centre.py",
        "centre": [round(float(value), 5) for value in np.mean(means, axis=0)],
    }
    text = json.dumps(card, indent=2)
    (ROOT / "checkpoints" / "dlib_face_centre.json").write_text(text + "\n", encoding="utf-8")
    print(f"{len(people)} people, {int(clear.sum())} faces")


if __name__ == "__main__":
    main()
