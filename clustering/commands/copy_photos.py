"""Copies the photos of people into a folder."""

from __future__ import annotations

import filecmp
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ...data.errors import InputError

if TYPE_CHECKING:
    from ...data.result.result import StoredResult
    from ...data.shots.shots import InPhoto


def copy_photos(
    result: StoredResult, photos: Iterable[Sequence[InPhoto]], folder: Path, moved: Path | None
) -> str:
    """Copy photos into a folder, each once; returns what was done.

    A photo that is there already stays; another file of its name makes the copy ``name-2.jpg``.

    Raises:
        InputError: there is no photo, or one is no longer where it was.
    """
    from ...data.files import replacing_file
    from ...data.shots.where import path_of
    from ..report.wording import count

    facts = {photo.name: photo for photo in result.run.photos}
    names = dict.fromkeys(photo.source for own in photos for photo in own)
    paths = [path_of(facts[name], moved) for name in names]  # all, before one is copied
    if not paths:
        raise InputError(
            "--copy-to: expected photos to copy, found none; shots of a film become files with"
            " castlist clips"
        )
    num_copied = 0
    for path in paths:
        target = _free(folder, path)
        if target is not None:
            with replacing_file(target) as partial:
                shutil.copy2(path, partial)
            num_copied += 1
    there = len(paths) - num_copied
    return f"{count(num_copied, 'photo')} copied" + (f", {there} were there" if there else "")


def _free(folder: Path, path: Path) -> Path | None:
    """Return a free path of this name in a folder, None where the same file is there."""
    target, number = folder / path.name, 1
    while target.exists():
        if target.is_file() and filecmp.cmp(path, target, shallow=False):
            return None
        number += 1
        target = folder / f"{path.stem}-{number}{path.suffix}"
    return target
