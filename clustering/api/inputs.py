"""What somebody gives castlist to look at: paths, open files, pictures with times."""

from __future__ import annotations

import glob
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import BinaryIO, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...data.errors import InputError
from ...data.result.people_folder import PEOPLE_FOLDER
from ...data.result.result import is_result

Given: TypeAlias = "str | Path | BinaryIO"
"""One film, photo or folder; or an open file."""

Picture: TypeAlias = "tuple[float, NDArray[np.uint8]]"
"""Seconds from the start, and (height, width, 3) uint8, red green blue."""

_URL = re.compile(r"[a-z][a-z0-9+.-]+:/+", re.IGNORECASE)
_PATTERN = re.compile(r"[*?\[]")
_UNIT = Fraction(1, 90_000)  # seconds, of the time stamps of pictures


def refuse_no_files(inputs: Iterable[str | Path]) -> None:
    """Refuse what is meant well but is no film: nothing, an address, a pattern, a result, crops.

    Raises:
        InputError: it says what to do first.
    """
    for given in map(str, inputs):
        if not given.strip():
            raise InputError("expected a film, photo or folder, got an empty name; give its path")
        if is_address(given):
            raise InputError(
                f"{given}: expected a file, got an address; download it first, as in"
                f" yt-dlp -o film.mp4 '{given}', then castlist film.mp4"
            )
        if is_result(Path(given)):
            raise InputError(
                f"{given}: expected films or photos, got a result of castlist; castlist show RESULT"
                " lists its people; to find them anew, give the films or photos"
            )
        if result := _result_with_crop(given):
            raise InputError(
                f"{given}: expected films or photos, got crops of the result {result}; give the"
                " films or photos that it is of, or copies of your own that lie elsewhere"
            )
        if _PATTERN.search(given) and not Path(given).exists() and (found := _fitting(given)):
            raise InputError(
                f'"{given}": there is no file of this name, but the pattern fits {len(found)}, such'
                f" as {min(found)}; leave the quotes out, so that the shell expands it"
            )


def _result_with_crop(given: str) -> Path | None:
    """Return the result whose crops, or one of them, are given; None where others are."""
    path = Path(os.path.realpath(given))
    folders = (one for one in (path, *path.parents) if one.name == PEOPLE_FOLDER)
    return next((one.parent for one in folders if is_result(one.parent)), None)


def _fitting(pattern: str) -> list[str]:
    return glob.glob(pattern)  # noqa: PTH207 - Path.glob refuses absolute ones


def is_address(text: str) -> bool:
    """Say whether a text is an address such as ``https://...``, also after ``Path`` had it."""
    return bool(_URL.match(text)) and not Path(text).exists()


@contextmanager
def as_files(
    inputs: Given | Iterable[Given] | Iterable[Picture],
) -> Iterator[tuple[list[Path], Path | None]]:
    """Give inputs as files while the block runs.

    Args:
        inputs: a path, an open file, several of them, or pictures with times.

    Yields:
        The files, and the temporary folder with those that were made; None = none was.

    Raises:
        InputError: it is none of these.
    """
    if isinstance(inputs, str | Path):
        yield [Path(inputs)], None
        return
    is_one = hasattr(inputs, "read") or not isinstance(inputs, Iterable)
    items = iter([inputs] if is_one else inputs)
    first = next(items, None)
    if first is None:
        raise InputError("expected films, photos or folders of them, got nothing")
    everything = chain([first], items)
    with tempfile.TemporaryDirectory(prefix="castlist-") as name:
        folder = Path(name)
        if isinstance(first, tuple):
            yield [_film_of(everything, folder / "pictures.mkv")], folder
            return
        files = [_file(item, folder, number) for number, item in enumerate(everything)]
        yield files, folder if any(folder in file.parents for file in files) else None


def _file(item: object, folder: Path, number: int) -> Path:
    if isinstance(item, str | Path):
        return Path(item)
    if not hasattr(item, "read"):
        raise InputError(
            "expected paths, open files, or pictures as (seconds, array), got"
            f" {type(item).__name__}"
        )
    name = getattr(item, "name", None)
    path = folder / str(number) / (Path(name).name if isinstance(name, str) else "film")
    path.parent.mkdir()
    with path.open("wb") as file:
        shutil.copyfileobj(item, file)
    return path


def _film_of(pictures: Iterable[object], path: Path) -> Path:
    """Write pictures as a film without loss; each is shown at its time.

    Raises:
        InputError: one is no picture, is of another size, or comes before the one before it.
    """
    import av

    before_s, size = -1.0, None
    with av.open(str(path), "w") as container:
        for number, item in enumerate(pictures):
            time_s, pixels = _picture(item, number)
            if time_s <= before_s or size not in (None, pixels.shape):
                raise InputError(
                    f"picture {number}: expected one of the size of the first, later than"
                    f" {before_s:g} s, got {pixels.shape[1]} x {pixels.shape[0]} at {time_s:g} s"
                )
            if size is None:
                stream = container.add_stream("ffv1", rate=25)
                stream.height, stream.width = pixels.shape[:2]
                stream.pix_fmt, stream.codec_context.time_base = "bgr0", _UNIT
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="bgr0")
            frame.pts, frame.time_base = round(time_s / _UNIT), _UNIT
            container.mux(stream.encode(frame))
            before_s, size = time_s, pixels.shape
        container.mux(stream.encode(None))
    return path


def _picture(item: object, number: int) -> tuple[float, NDArray[np.uint8]]:
    if isinstance(item, tuple) and len(item) == 2 and isinstance(item[1], np.ndarray):
        time_s, pixels = item
        if pixels.ndim == 3 and pixels.shape[2] == 3 and pixels.dtype == np.uint8:
            return float(time_s), np.ascontiguousarray(pixels)
    raise InputError(
        f"picture {number}: expected (seconds, array) with an array (height, width, 3) of uint8"
    )


def without_places(paths: Sequence[Path], folder: Path | None) -> set[str]:
    """Return the files, absolute, that are gone after the block of ``as_files``."""
    return {str(path.absolute()) for path in paths if folder and folder in path.parents}
