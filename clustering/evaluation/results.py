"""Results read back from their folder."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from ...data.errors import InputError
from ...data.result.facts import SourceFacts
from ...data.result.store import read_faces
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
    sources = [SourceFacts.from_dict(own) for own in run.get("sources", [])]
    return Result(
        str(folder),
        faces,
        looked_at(sources) or None,
        run.get("predicted_precision"),
        run.get("messages", ()),
        run.get("configuration", {}),
    )


def looked_at(sources: Iterable[SourceFacts]) -> dict[str, LookedAt]:
    """Return which frames of each source were looked at, by its name."""
    return {
        own.name: LookedAt(
            # A photo is a film of one frame.
            np.array(own.frames if own.kind == "film" else (0,), dtype=np.int64),
            np.array(own.frames_s if own.kind == "film" else (0.0,), dtype=np.float64),
            np.array(own.cuts, dtype=np.int64),
            own.length_frames if own.kind == "film" else 1,
            own.size_px,
        )
        for own in sources
    }
