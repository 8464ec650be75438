"""Cuts shots out of films: each into a file, or all into one reel.

Pictures and sound are encoded again: a cut then is right to the frame wherever it lies. The
pictures of a shot in a file of its own are copied where the cut allows it (``copying.py``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from ...data.errors import InputError
from ...data.progress import ProgressHook
from .copying import copied
from .encode import FilmWriter, new_film
from .pictures import Picture, exact_s, first_picture, fitted, pictures
from .piece import Piece, refuse_changed
from .sound import has_sound, sound


class Written(NamedTuple):
    """A file, and whether its pictures are those that the film has, not encoded again."""

    path: Path
    is_copy: bool


def write_clips(
    pieces: Sequence[Piece], paths: Sequence[Path], progress: ProgressHook
) -> list[Written]:
    """Write each piece into a file; returns the files.

    Args:
        pieces: what is cut.
        paths: the file of each.
        progress: called as ("cutting", seconds done, seconds in all).

    Raises:
        InputError: a film cannot be read, or would be overwritten.
        OSError: a file cannot be written; those before it are whole.
    """
    for film_path, piece in {piece.path: piece for piece in pieces}.items():
        refuse_changed(piece.film, film_path)
    meter = _Meter(pieces, progress)
    files = []
    for piece, path in zip(pieces, paths, strict=True):
        _refuse_film(piece, path)
        is_copy = copied(piece, path)
        if is_copy:
            meter.hook("cutting", piece.shot.length_s, piece.shot.length_s)
        else:
            _write_reel([piece], path, meter.hook)
        files.append(Written(path, is_copy))
    return files


def write_reel(pieces: Sequence[Piece], path: Path, progress: ProgressHook) -> None:
    """Write pieces one after the other into one file.

    It has the size of the first; others are fitted into it with black edges. Its rate is constant
    where that of all films is the same.

    Raises:
        InputError: a film cannot be read, or would be overwritten.
        OSError: the file cannot be written; nothing is left of it.
    """
    for film_path, piece in {piece.path: piece for piece in pieces}.items():
        _refuse_film(piece, path)
        refuse_changed(piece.film, film_path)
    _write_reel(pieces, path, progress)


def _write_reel(pieces: Sequence[Piece], path: Path, progress: ProgressHook) -> None:
    rates = {piece.film.rate for piece in pieces}
    first = first_picture(pieces[0].path).frame
    with_sound = any(has_sound(path) for path in {piece.path for piece in pieces})
    meter = _Meter(pieces, progress)
    begin = Fraction(0)
    rate = rates.pop() if len(rates) == 1 else None
    with new_film(path, (first.width, first.height), rate, with_sound) as writer:
        for piece in pieces:
            begin = _write(piece, begin, writer, meter)


def _refuse_film(piece: Piece, path: Path) -> None:
    if path.exists() and path.samefile(piece.path):
        raise InputError(f"{path}: is the film itself, which stays as it is; choose another -o")


def _write(piece: Piece, begin: Fraction, writer: FilmWriter, meter: _Meter) -> Fraction:
    """Append a piece; returns when the next one begins, seconds from the start of the reel."""
    shot, rate = piece.shot, piece.film.rate
    start, end = Fraction(shot.start_s), Fraction(shot.end_s)
    if rate:
        start, end = shot.first_frame / rate, (shot.last_frame + 1) / rate
    num_written = 0
    sound_end_s = shot.start_s + float(end - start)
    with closing(sound(piece.path, shot.start_s, sound_end_s)) as samples:
        for picture in _of_shot(piece):
            at = begin + exact_s(picture, rate) - start
            writer.add_sound(samples, float(at))
            writer.add_picture(fitted(picture, writer.size), max(at, begin))
            num_written += 1
            meter.add(shot.length_s / (shot.last_frame + 1 - shot.first_frame))
        writer.add_sound(samples)
    if not num_written:
        raise InputError(
            f"{piece.path}: expected frames {shot.first_frame} to {shot.last_frame}, but it ends"
            " before; it is another film than the one analysed, or damaged"
        )
    return begin + end - start


def _of_shot(piece: Piece) -> Iterator[Picture]:
    with closing(pictures(piece.path, piece.shot.start_s)) as found:
        for picture in found:
            if picture.index > piece.shot.last_frame:
                return
            if picture.index >= piece.shot.first_frame:
                yield picture


class _Meter:
    """Counts the seconds done of several pieces."""

    def __init__(self, pieces: Sequence[Piece], progress: ProgressHook) -> None:
        self._total_s = sum(piece.shot.length_s for piece in pieces)
        self._done_s = self._before_s = 0.0
        self._progress = progress

    def add(self, seconds: float) -> None:
        """Count some more seconds."""
        self._done_s += seconds
        self._progress("cutting", self._done_s, self._total_s)

    def hook(self, step: str, completed: float, total: float | None) -> None:
        """Count what is done of one file, as one of several."""
        self._progress(step, self._before_s + completed, self._total_s)
        if total is not None and completed >= total - 1e-6:
            self._before_s += total
