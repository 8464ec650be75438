"""What clips and reels are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ...data.result.names import source_slugs
from ...data.result.people_names import folder_names
from .encode import CONTAINERS
from .piece import Piece

_ENDING = ".mp4"


def clip_path(folder: Path, number: int, piece: Piece, names: Mapping[int, str]) -> Path:
    """Return the file of a clip: ``Anna_003_film_00h01m12.480s.mp4``."""
    person = _slugs([*names.values()])[names[piece.shot.person]]
    film = source_slugs([piece.film.name])[piece.film.name]
    return folder / f"{person}_{number:03d}_{film}_{_when(piece.shot.start_s)}{_ENDING}"


def reel_path(out: Path, names: Sequence[str]) -> Path:
    """Return the file of a reel: what was asked for, or ``Anna_Carl.mp4`` in that folder."""
    if out.suffix.lower() in CONTAINERS:
        return out
    text = "_".join(names)
    return out / f"{_slugs([text])[text]}{_ENDING}"


def _slugs(names: Sequence[str]) -> dict[str, str]:
    """Return what stands for each name in files: its letters and digits, without any its folder."""
    slugs = source_slugs(f"{name}.x" for name in names)  # an ending goes, "Dr. Who" has none
    folders = dict(zip(names, folder_names(names), strict=True))
    return {
        name: slugs[f"{name}.x"] if any(map(str.isalnum, name)) else folders[name] for name in names
    }


def _when(time_s: float) -> str:
    minutes, milliseconds = divmod(round(time_s * 1000), 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}h{minutes:02d}m{milliseconds // 1000:02d}.{milliseconds % 1000:03d}s"
