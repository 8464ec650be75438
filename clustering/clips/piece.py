"""A stretch of a film that becomes a clip."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ...data.result.facts import SourceFacts
from ...data.shots.shots import Shot


@dataclass(frozen=True)
class Piece:
    """A stretch of a film: a shot, and the file where the film is now."""

    shot: Shot
    film: SourceFacts
    path: Path
