"""The folder of crops: a file per face, in a folder per person."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Protocol

from ..progress import ProgressHook
from ..tables.faces import Faces
from .names import person_name

PEOPLE_FOLDER = "people"


class Crops(Protocol):
    """Pictures of faces with head and torso, cut out while the frames were decoded."""

    def __getitem__(self, row: int) -> bytes:
        """Return the crop of a row of the table as a JPEG, its long side 256 px at most."""
        ...


def crop_paths(faces: Faces, names: Sequence[str]) -> list[str]:
    """Return where each row's crop lies in the result, ``people/person_001/<name>``."""
    return [
        f"{PEOPLE_FOLDER}/{person_name(person)}/{name}"
        for person, name in zip(faces.person.tolist(), names, strict=True)
    ]


def export_crops(
    crops: Crops, paths: Sequence[str], keep: Collection[int], out: Path, progress: ProgressHook
) -> dict[int, bytes]:
    """Write every crop to its file, reading each once and holding few in memory.

    Args:
        crops: the crops by row.
        paths: the file of each row, relative to ``out``.
        keep: rows whose crops are needed again, for sheets and the page.
        out: an existing folder.
        progress: called as ("export crops", done, total).

    Returns:
        The crops of the rows to keep.
    """
    kept = {}
    for folder in sorted({PEOPLE_FOLDER, *(str(Path(path).parent) for path in paths)}):
        (out / folder).mkdir(parents=True, exist_ok=True)
    for row, path in enumerate(paths):
        data = crops[row]
        (out / path).write_bytes(data)
        if row in keep:
            kept[row] = data
        progress("export crops", row + 1, len(paths))
    return kept
