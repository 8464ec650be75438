"""People whom nobody could know by face: what stage 2 makes of their clothes alone.

    python benchmarks/new_people.py                       # every labelled film that is there
    python benchmarks/new_people.py --films friends_scene

Each labelled person in turn loses its face: the vectors of all its tracks become unknown, their
quality 0. Both stages then run twice, without ``cloth.new_people`` and with it. A row says how many
people were found, the share of known faces, their purity (WCP) and the one-to-one accuracy. The
first row of a film hides nobody.
"""

from __future__ import annotations

import argparse
import dataclasses

import films
import numpy as np
from castlist.clustering.config import make_config
from castlist.clustering.evaluation.evaluate import evaluate_result
from castlist.clustering.evaluation.matching import match_labels
from castlist.clustering.pipeline import find_people
from castlist.clustering.tracking.follow import follow_tracks
from castlist.data.tables.faces import Faces
from castlist.data.tables.labels import Labels

NOBODY = "nobody"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--films", nargs="+", choices=films.SETS, default=list(films.SETS))
    print("| film | hidden | faces | people, known, WCP, 1-1 | with new people |")
    print("| --- | --- | ---: | --- | --- |")
    for name in parser.parse_args().films:
        if films.SETS[name][1].is_file():
            measure(name)
        else:
            print(f"| {name}: not there |")


def measure(name: str) -> None:
    film, labels = films.look(name, make_config({}))
    faces = film.faces
    person = person_of_faces(follow_tracks(faces), labels)
    for hidden in [NOBODY, *sorted(set(person.tolist()) - {""})]:
        gone = person == hidden
        vectors, quality = faces.face_vector.copy(), faces.quality.copy()
        vectors[gone], quality[gone] = np.nan, 0
        blind = faces.replace(face_vector=vectors, quality=quality)
        without = dataclasses.replace(film, faces=blind)
        cells = []
        for new_people in (False, True):
            config = make_config({"cloth.new_people": new_people})
            report = evaluate_result(find_people(without, config), labels)
            after = report.after
            figures = (after.known_share, after.wcp_known, after.one_to_one)
            cells.append(", ".join([str(report.detection.people_after), *map(films.show, figures)]))
        print(f"| {name} | {hidden} | {int(gone.sum())} | {' | '.join(cells)} |", flush=True)


def person_of_faces(faces: Faces, labels: Labels) -> np.ndarray:
    """Return the labelled person of most of each face's track, "" where no label meets it."""
    label = match_labels(faces, labels).label_of_face
    met = np.flatnonzero(label >= 0)
    person = np.full(len(faces), "", dtype=labels.person.dtype)
    for track in np.unique(faces.track[met]).tolist():
        own = labels.person[label[met[faces.track[met] == track]]]
        names, counts = np.unique(own, return_counts=True)
        person[faces.track == track] = names[counts.argmax()]
    return person


if __name__ == "__main__":
    main()
