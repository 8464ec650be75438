"""Vectors far out of scale count as missing, with a notice."""

from __future__ import annotations

from collections.abc import Iterable

from ...data.tables.codes import Notice, NoticeCode
from ...data.tables.faces import Faces
from ...data.tables.vectors import Vectors, out_of_scale

_COLUMNS = {"num_faces": "face_vector", "num_clothes": "cloth_vector"}  # by field of the notice


def in_scale(faces: Faces, notices: Iterable[Notice] = ()) -> tuple[Faces, tuple[Notice, ...]]:
    """Take away the vectors that are far too long or too short.

    Args:
        faces: the table.
        notices: of an earlier run on this table, which took some away already.

    Returns:
        The table, with NaN rows in their place, and a notice of how many; () = none.
    """
    numbers = dict.fromkeys(_COLUMNS, 0)
    for notice in notices:
        if notice.code == NoticeCode.OUT_OF_SCALE:
            numbers = {name: int(notice.numbers.get(name) or 0) for name in _COLUMNS}
    for name, column in _COLUMNS.items():
        vectors: Vectors = getattr(faces, column)
        wrong = out_of_scale(vectors)
        if wrong.any():
            numbers[name] += int(wrong.sum())
            faces = faces.replace(**{column: vectors.without(wrong)})
    return faces, (Notice(NoticeCode.OUT_OF_SCALE, numbers),) if any(numbers.values()) else ()
