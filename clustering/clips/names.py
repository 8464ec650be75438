"""What clips and reels are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ...data.result.names import film_time, source_slugs
from ...data.result.people_names import folder_names
from .encode import CONTAINERS
from .piece import Piece

_ENDING = ".mp4"


def clip_paths(folder: Path, pieces: Sequence[Piece], names: Mapping[int, str]) -> list[Path]:
    """Return the files of clips, numbered from 1: ``Anna_003_film_00h01m12.480s.mp4``."""
    people, paths = _slugs([*names.values()]), []
    for number, piece in enumerate(pieces, 1):
        person, (film,) = people[names[piece.shot.person]], source_slugs([piece.film.name]).values()
        when = film_time(piece.shot.start_s)
        paths.append(folder / f"{person}_{number:03d}_{film}_{when}{_ENDING}")
    return paths


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
