"""Shots and photos of a person as rows of the index, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from ...data.shots.shots import InPhoto, Shot
from ...data.tables.codes import DecidedBy

MOMENTS = pa.schema(
    {"film": pa.string(), "person": pa.int64(), "source": pa.string(), "taken_s": pa.float64(),
     "num_faces": pa.int64(), "strength": pa.float64(), "decided_by": pa.int64(),
     "take": pa.int64(), "first_frame": pa.int64(), "last_frame": pa.int64(),
     "start_s": pa.float64(), "end_s": pa.float64(), "tc_in": pa.string(), "tc_out": pa.string()}
)  # fmt: skip

_OF_SHOTS = ("take", "first_frame", "last_frame", "start_s", "end_s", "tc_in", "tc_out")
"""What the rows of shots have that those of photos lack."""


def row_of(seen: Shot | InPhoto) -> dict[str, Any]:
    """Return a shot or photo as a row, but for its film, whom it shows, and when it was taken."""
    return {
        "source": seen.source,
        "num_faces": seen.num_faces,
        "strength": seen.mean_strength,
        "decided_by": int(seen.decided_by),
        **{name: getattr(seen, name, None) for name in _OF_SHOTS},
    }


def seen_of(row: Mapping[str, Any], person: int, source: str) -> Shot | InPhoto:
    """Return the shot or photo of a row.

    Args:
        row: of the table ``MOMENTS``.
        person: what its ``person`` is to be.
        source: what its ``source`` is to be.
    """
    known = {
        "person": person,
        "source": source,
        "num_faces": row["num_faces"],
        "mean_strength": row["strength"],
        "decided_by": DecidedBy(row["decided_by"]),
    }
    if row["take"] is None:
        return InPhoto(**known)
    return Shot(**known, **{name: row[name] for name in _OF_SHOTS})
