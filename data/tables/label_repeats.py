"""Rows of labels that say the same twice: each counts once; those that contradict are refused."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from ..errors import InputError, shortened
from .boxes import iou
from .labels import Labels

SAME_FACE_IOU = 0.7
"""Overlap from which two boxes of a picture are one face: no two faces of 2,464 labelled ones, in
13 sets, overlap by more than 0.35."""


def without_repeats(labels: Labels) -> Labels:
    """Return labels with each face once; notes say how many rows were left out.

    Raises:
        InputError: two rows name different people for one face.
    """
    repeats: dict[int, int] = {}
    for row, earlier in _pairs(labels):
        one, other = str(labels.person[earlier]), str(labels.person[row])
        if one != other:
            raise InputError(
                f"{labels.where[row]}: expected one person for a face, got {shortened(other)}, and"
                f" {shortened(one)} in {labels.where[earlier]}; delete one of the two rows"
            )
        repeats.setdefault(row, earlier)
    if not repeats:
        return labels
    row, earlier = next(iter(sorted(repeats.items())))
    num = len(repeats)
    note = (
        f"{num} row{'s' * (num > 1)} of labels repeat{'s' * (num == 1)} another,"
        f" {labels.where[row]} that of {labels.where[earlier]}; each face counts once"
    )
    kept = np.setdiff1d(np.arange(len(labels)), list(repeats))
    return dataclasses.replace(labels[kept], notes=(*labels.notes, note))


def _pairs(labels: Labels) -> Iterator[tuple[int, int]]:
    """Yield each row that is about the face of an earlier one, with that one."""
    rows_of = defaultdict(list)
    keys = zip(
        labels.source.tolist(),
        labels.frame.tolist(),
        map(str, labels.time_s.tolist()),  # as text, for NaN equals nothing
        strict=True,
    )
    for row, key in enumerate(keys):
        rows_of[key].append(row)
    has_box = labels.has_box
    for rows in (rows for rows in rows_of.values() if len(rows) > 1):
        boxes = np.array(rows)[has_box[rows]]
        same = np.triu(iou(labels.box[boxes], labels.box[boxes]) >= SAME_FACE_IOU, k=1)
        for earlier, row in zip(*np.nonzero(same), strict=True):
            yield int(boxes[row]), int(boxes[earlier])
        whole = np.array(rows)[~has_box[rows]]  # the largest face of the picture
        alike = [row for row in whole if labels.person[row] == labels.person[whole[0]]]
        for row in alike[1:]:
            yield int(row), int(alike[0])
