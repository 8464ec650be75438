"""How many labels meet a face of another film by chance: labels of each film on those of others.

    python benchmarks/label_mixups.py

Reads the labels of the films in CASTLIST_DATA (or ../shared/data); the labelled boxes of one film
stand for the faces found in it. ``clustering.evaluation.belonging`` refuses by these shares.
"""

from __future__ import annotations

import itertools

import numpy as np
from castlist.data.tables.boxes import iou
from castlist.data.tables.label_files import read_labels
from castlist.data.tables.labels import Labels
from places import DATA
from scipy.optimize import linear_sum_assignment

NEAR = 2  # frames between two that are compared
FEWEST = 5  # labelled faces
MIN_IOU = 0.4


def met(labels: Labels, faces: Labels) -> tuple[int, int]:
    """Return how many labels meet a face of another film, and how many were compared."""
    num = found = 0
    frames = np.unique(faces.frame)
    for frame in np.unique(labels.frame[labels.is_face]).tolist():
        nearest = frames[np.abs(frames - frame).argmin()]
        if abs(int(nearest) - frame) > NEAR:
            continue
        boxes = labels.box[(labels.frame == frame) & labels.is_face]
        overlap = iou(boxes, faces.box[(faces.frame == nearest) & faces.is_face])
        overlap[overlap < MIN_IOU] = 0
        num += len(boxes)
        found += int((overlap[linear_sum_assignment(overlap, maximize=True)] > 0).sum())
    return found, num


def largest_overlap(labels: Labels) -> float:
    """Return the largest overlap of two faces of one picture."""
    largest = 0.0
    for frame in np.unique(labels.frame):
        boxes = labels.box[labels.frame == frame]
        largest = max(largest, float(np.triu(iou(boxes, boxes), k=1).max(initial=0)))
    return largest


def main() -> None:
    """Print the shares, and the largest overlaps."""
    films = {path.parent.name: read_labels(path) for path in sorted(DATA.glob("*/labels.csv"))}
    films = {name: labels for name, labels in films.items() if labels.has_box.all()}
    shares = []
    for one, other in itertools.permutations(films, 2):
        found, num = met(films[one], films[other])
        if num >= FEWEST:
            shares.append((found / num, found, num, one, other))
    print(f"{len(shares)} pairs of {len(films)} films; labels that meet a face of the other film:")
    for quantile in (0.5, 0.9, 0.95, 0.99, 1):
        share = np.quantile([share for share, *_ in shares], quantile)
        print(f"  {quantile:.0%} of the pairs: up to {share:.3f}")
    for share, found, num, one, other in sorted(shares, reverse=True)[:5]:
        print(f"  {share:.3f} ({found} of {num}): {one} on {other}")
    overlap = {name: largest_overlap(labels) for name, labels in films.items()}
    print(f"largest overlap of two faces of a picture: {max(overlap.values()):.2f}")


if __name__ == "__main__":
    main()
