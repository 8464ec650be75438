"""What the questions of castlist review are worth: a simulated honest user answers them by labels.

    python benchmarks/answers.py                              # the table of docs/review.md
    python benchmarks/answers.py --verbose friends_scene      # every question and its answer

The user looks at the strips of best faces that the page shows. A shot is who most of its labelled
faces are. Where a strip shows several people, or nobody with a label, the user skips; where it
shows no face, they say so. The demo ships; the others are found through CASTLIST_DATA, else at
../shared/data, and their labelled frames are looked at besides. What the networks saw is kept in
castlist's cache, so that a second run takes seconds.
"""

from __future__ import annotations

import argparse
import dataclasses
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from castlist.clustering.analysis.cache import default_cache
from castlist.clustering.config import Config
from castlist.clustering.editing import again
from castlist.clustering.evaluation.evaluate import evaluate_result
from castlist.clustering.evaluation.films import find_film, labelled_frames
from castlist.clustering.evaluation.matching import FaceLabel, looked_at, match_labels
from castlist.clustering.people.parts import Part
from castlist.clustering.people.questions import Question
from castlist.clustering.pipeline import analyse_sources, find_people
from castlist.clustering.review.actions import answered, pair_of
from castlist.clustering.review.snapshot import Snapshot
from castlist.clustering.review.views import MOST_IN_STRIP
from castlist.data.result.decisions import Decisions
from castlist.data.result.result import StoredResult
from castlist.data.tables.label_files import read_labels
from castlist.data.tables.labels import Labels
from numpy.typing import NDArray
from places import DATA, ROOT

DEMO = "demo"
FILMS = (DEMO, "friends_scene", "vox_pop", "hotel_comedy")
OTHERS = ("meeting", "intel_asl", "dinner_kids", "office_suits", "photo_shoot", "friends_clip",
          "hamilton", "interview")  # fmt: skip
AFTER = (0, 5, 10, 15, 25)
NO_FACE = "not a face"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("films", nargs="*", choices=[*FILMS, *OTHERS, []], help="default: four")
    parser.add_argument("--all", action="store_true", help="every labelled film")
    parser.add_argument("--verbose", action="store_true", help="every question and its answer")
    options = parser.parse_args()
    columns = [f"1-1 after {number}" for number in AFTER]
    print("| film | " + " | ".join(columns) + " | asked | of these yes | largest fall | s |")
    print("|---|" + "---:|" * (len(columns) + 4))
    for name in options.films or (FILMS + OTHERS if options.all else FILMS):
        try:
            result, labels = look(name)
        except FileNotFoundError:
            print(f"| {name}: not there |")
            continue
        print(row(name, list(simulate(result, labels, AFTER[-1])), options.verbose), flush=True)


@dataclass(frozen=True)
class Step:
    """What one answer did.

    Attributes:
        one_to_one: accuracy after it.
        answer: ``""`` before the first one.
        question: in words.
        seconds: of both stages, and of looking for the next question.
    """

    one_to_one: float
    answer: str = ""
    question: str = ""
    seconds: float = 0.0


def look(name: str) -> tuple[StoredResult, Labels]:
    """Cluster a film; raises FileNotFoundError where it is not there."""
    folder = ROOT / "data/demo" if name == DEMO else DATA / name
    film_file = folder / ("scene.mp4" if name == DEMO else "video.mp4")
    if not film_file.is_file():
        raise FileNotFoundError(film_file)
    film, config = find_film(film_file), Config()
    labels = read_labels(folder / "labels.csv").named_like(film.source_names)
    also = {} if name == DEMO else labelled_frames(film.inputs, labels)
    analysed = analyse_sources(film.inputs, config, also, default_cache())
    return find_people(dataclasses.replace(analysed, name=name), config), labels


def simulate(result: StoredResult, labels: Labels, most: int) -> Iterator[Step]:
    """Answer questions until none is worth asking."""
    true = who_is_who(result, labels)
    decisions, skipped = Decisions(), list[tuple[str, str]]()
    yield Step(accuracy(result, labels))
    for _ in range(most):
        began_s = time.process_time()
        now = Snapshot(result, decisions, "", (0, 0))
        asked = now.questions(skipped)
        if not asked:
            return
        question = asked[0]
        answer = answer_to(question, now, true)
        if answer == "skip":
            skipped.append(pair_of(question, now))
        else:
            decisions = decisions.and_then(*answered(question, answer, now))
            result = again(result, decisions)
        seconds = time.process_time() - began_s
        told = (
            f"person {question.first.person} and {question.second.person},"
            f" {question.second.num_faces} faces, p {question.probability:.2f}"
        )
        yield Step(accuracy(result, labels), answer, told, seconds)


def answer_to(question: Question, now: Snapshot, true: NDArray[np.str_]) -> str:
    """Return what an honest user answers who sees the strips."""
    first, second = (seen(part, now, true) for part in (question.first, question.second))
    if second == {NO_FACE}:
        return "no-face"
    if len(first) != 1 or len(second) != 1:
        return "skip"
    return "yes" if first == second else "no"


def seen(part: Part, now: Snapshot, true: NDArray[np.str_]) -> set[str]:
    """Return whom the strip of a part shows; nobody where no face of it is labelled."""
    shots = [true[now.rows_of_track(own)] for own in part.tracks[:MOST_IN_STRIP].tolist()]
    return {most_frequent(names) for names in shots} - {""}


def most_frequent(names: NDArray[np.str_]) -> str:
    known, counts = np.unique(names[names != ""], return_counts=True)
    return str(known[counts.argmax()]) if len(known) else ""


def who_is_who(result: StoredResult, labels: Labels) -> NDArray[np.str_]:
    """Return who each face is, (num_faces,), "" = no label."""
    matches = match_labels(result.faces, labels, looked_at=looked_at(result.sources) or None)
    label = matches.label_of_face
    true = np.where(label >= 0, labels.person[np.maximum(label, 0)].astype("U64"), "")
    return np.where(label == FaceLabel.NOT_A_FACE, NO_FACE, true)


def accuracy(result: StoredResult, labels: Labels) -> float:
    return evaluate_result(result, labels).after.one_to_one or 0.0


def row(name: str, steps: list[Step], is_verbose: bool) -> str:
    reached = [steps[min(number, len(steps) - 1)].one_to_one for number in AFTER]
    falls = [one.one_to_one - two.one_to_one for one, two in pairwise(steps)]
    if is_verbose:
        for number, own in enumerate(steps[1:], start=1):
            print(f"<!-- {number} {own.question}: {own.answer}, {own.one_to_one:.4f} -->")
    yes = sum(own.answer == "yes" for own in steps)
    cells = [
        *(f"{own:.3f}" for own in reached),
        str(len(steps) - 1),
        str(yes),
        f"{max([0.0, *falls]):.4f}",
        f"{max(own.seconds for own in steps):.2f}",
    ]
    return f"| {name} | " + " | ".join(cells) + " |"


if __name__ == "__main__":
    main()
