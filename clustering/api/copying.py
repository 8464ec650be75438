"""Copies the photos of people into a folder, and cuts their shots: into it, or into one film."""

from __future__ import annotations

import filecmp
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...data.errors import InputError
from ...data.files import replacing_file
from ...data.progress import ProgressHook
from ...data.result.facts import SourceFacts
from ...data.result.result import StoredResult
from ...data.shots.shots import Shot
from ...data.shots.where import SAY_WHERE, found_path, missing_text, moved_of, one_moved
from ..clips.cut import write_clips, write_reel
from ..clips.names import clip_paths, reel_path
from ..clips.piece import Piece, another_text, is_another, pieces_of
from ..report.wording import count
from .seen import Seen


@dataclass(frozen=True)
class Copied:
    """What came into a folder.

    Attributes:
        photos: new ones.
        clips: new ones.
        there: files that were there already.
        is_linked: whether photos are links.
        left_out: films and photos that are not where they were, or are others by now, a line each.
    """

    photos: list[Path]
    clips: list[Path]
    there: list[Path]
    is_linked: bool
    left_out: tuple[str, ...] = ()

    @property
    def paths(self) -> list[Path]:
        """All of them."""
        return [*self.photos, *self.clips, *self.there]

    def __str__(self) -> str:
        done = "linked" if self.is_linked else "copied"
        parts = []
        if self.photos or not self.clips:
            parts.append(f"{count(len(self.photos), 'photo')} {done}")
        if self.clips:
            parts.append(f"{count(len(self.clips), 'shot')} cut")
        if self.there:
            parts.append(f"{len(self.there)} were there")
        return ", ".join(parts)


def copy_to(
    sources: Sequence[SourceFacts],
    people: Sequence[Seen],
    folder: Path,
    link: bool,
    moved: Path | None,
    progress: ProgressHook,
    remedy: str = SAY_WHERE,
) -> Copied:
    """Copy photos and cut shots into a folder, each once.

    A photo that is there already stays; another file of its name makes the copy ``name-2.jpg``. A
    film or photo that is gone, or another one by now, stops no other.

    Args:
        sources: all films and photos.
        people: their shots and photos.
        folder: made when missing.
        link: make links to the photos instead of copies.
        moved: the film, or a folder with films and photos, where they are now.
        progress: called as (step, completed, total).
        remedy: what to do where nothing of it is there.

    Raises:
        InputError: there is nothing to copy, or none of it is where it was.
    """
    facts = {source.name: source for source in sources}
    named = dict.fromkeys(photo.source for seen in people for photo in seen.photos)
    shots = [shot for seen in people for shot in seen.shots]
    needed = dict.fromkeys([*named, *(shot.source for shot in shots)])
    if not needed:
        raise InputError("nothing to copy: no photo or shot fits")
    paths, left_out = _there([facts[name] for name in needed], moved)  # before one is copied
    if not paths:
        raise InputError(f"{left_out[0]}; {remedy}")
    photos, there = _copy([paths[name] for name in named if name in paths], folder, link)
    pieces = [
        Piece(shot, facts[shot.source], paths[shot.source])
        for shot in shots
        if shot.source in paths
    ]
    names = {seen.person: seen.name for seen in people}
    targets = clip_paths(folder, pieces, names)
    there += [path for path in targets if path.exists()]
    wanted = [pair for pair in zip(pieces, targets, strict=True) if not pair[1].exists()]
    clips = write_clips([piece for piece, _ in wanted], [path for _, path in wanted], progress)
    return Copied(photos, [clip.path for clip in clips], there, link, tuple(left_out))


def _copy(photos: Sequence[Path], folder: Path, link: bool) -> tuple[list[Path], list[Path]]:
    """Copy photos, or link to them; returns those that are new, and those that were there."""
    new, there = [], []
    for path in photos:
        target = _free(folder, path)
        if _is_there(target, path):
            there.append(target)
            continue
        with replacing_file(target) as partial:
            _put(path, partial, link)
        new.append(target)
    return new, there


def _there(sources: Sequence[SourceFacts], moved: Path | None) -> tuple[dict[str, Path], list[str]]:
    """Return the files of films and photos by their names, and why others are left out."""
    found: dict[str, Path] = {}
    left_out = []
    one = one_moved(sources, moved)
    for source in sources:
        own = moved_of(source.name, one, moved)
        path = found_path(source, own)
        if path is None:
            left_out.append(missing_text(source, own))
        elif is_another(source, path):
            left_out.append(another_text(source, path))
        else:
            found[source.name] = path
    return found, left_out


def _put(path: Path, target: Path, link: bool) -> None:
    if not link:
        shutil.copy2(path, target)
        return
    target.unlink()
    target.symlink_to(path)


def _free(folder: Path, path: Path) -> Path:
    """Return a path of this name in a folder that is free, or has the same file."""
    target, number = folder / path.name, 1
    while target.exists() and not _is_there(target, path):
        number += 1
        target = folder / f"{path.stem}-{number}{path.suffix}"
    return target


def _is_there(target: Path, path: Path) -> bool:
    return target.is_file() and filecmp.cmp(path, target, shallow=False)


def reel_to(
    result: StoredResult,
    path: Path,
    shots: Sequence[Shot],
    moved: Path | None,
    progress: ProgressHook,
) -> Path:
    """Write shots one after the other into one film; see ``Shown.reel``."""
    if not shots:
        raise InputError("nothing to cut: there is no such shot")
    people = dict.fromkeys(shot.person for shot in shots)
    path = reel_path(path, [result.name_of(person) for person in people])
    write_reel(pieces_of(shots, result.sources, moved), path, progress)
    return path
