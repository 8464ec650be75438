"""What of a result is exported, and how."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ...data.result.takes import GAP_S
from ...data.shots.shots import ShotRules
from ...data.shots.where import moved_of


@dataclass(frozen=True)
class ExportOptions:
    """What somebody asked for.

    Attributes:
        title: what the export calls itself, as a rule the name of its file.
        people: numbers of the people wanted, None = all but the hidden ones.
        sources: films and photos wanted, by name; empty = all.
        min_s: the shortest shot, seconds.
        handles_s: seconds added to both ends of a shot.
        gap_s: longest stretch without a face inside a shot, seconds.
        relative_to: folder that the paths of films are relative to; None = absolute paths.
        moved: the film, or a folder with films and photos, where it is now; None = where it was.
        one_moved: the film or photo that ``moved`` is; None = it is for all.
    """

    title: str = "castlist"
    people: tuple[int, ...] | None = None
    sources: tuple[str, ...] = ()
    min_s: float = 0.0
    handles_s: float = 0.0
    gap_s: float = GAP_S
    relative_to: Path | None = None
    moved: Path | None = None
    one_moved: str | None = None

    @property
    def rules(self) -> ShotRules:
        """Which shots are wanted."""
        return ShotRules(self.min_s, self.handles_s, self.gap_s)

    def wants(self, source: str) -> bool:
        """Say whether a film or photo is wanted."""
        return not self.sources or source in self.sources

    def moved_of(self, source: str) -> Path | None:
        """Return where a film or photo was moved to, None = nowhere."""
        return moved_of(source, self.one_moved, self.moved)
