"""Results read back from their folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ...data.errors import InputError
from ...data.store import read_faces
from .matching import LookedAt
from .pooling import Result


def read_result(folder: Path) -> Result:
    """Read the result that ``castlist cluster`` wrote into a folder.

    Raises:
        InputError: no such folder, or it holds no result.
    """
    table = folder / "faces.parquet"
    if not table.is_file():
        raise InputError(
            f"{folder}: expected a result of castlist cluster, found no faces.parquet there"
        )
    faces, facts = read_faces(table)
    run = facts.get("run", {})
    films = [own for own in run.get("sources", []) if own["kind"] == "film"]
    photos = [own["name"] for own in run.get("sources", []) if own["kind"] == "photo"]
    looked_at = {
        own["name"]: LookedAt(
            np.array(own["frames"], dtype=np.int64),
            np.array(own["frames_s"], dtype=np.float64),
            np.array(own["cuts"], dtype=np.int64),
        )
        for own in films
    }
    looked_at |= {
        name: LookedAt(np.zeros(1, np.int64), np.zeros(1), np.zeros(0, np.int64)) for name in photos
    }
    return Result(str(folder), faces, looked_at or None, run.get("predicted_precision"))
