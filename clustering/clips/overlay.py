"""Draws boxes and names into a film."""

from __future__ import annotations

import dataclasses
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ...data.errors import InputError
from ...data.progress import ProgressHook
from ...data.result import palette
from ...data.result.facts import SourceFacts
from ...data.tables.faces import Faces
from .encode import new_film
from .pictures import exact_s, first_picture, fitted, pictures
from .piece import refuse_changed
from .sound import has_sound, sound

_BLOCK = 250  # frames; tracks are looked up by blocks of so many

Drawn = tuple[int, NDArray[np.float64]]
"""A person, and the box x1 y1 x2 y2 in pixels."""


def write_overlay(
    faces: Faces, names: Mapping[int, str], film: SourceFacts, path: Path, out: Path,
    progress: ProgressHook,
) -> None:  # fmt: skip
    """Write a film with the faces of people in boxes, and their names below; the sound stays.

    Args:
        faces: the table; a face is drawn from its frame to the next one of its track.
        names: whom to draw, by number; -1 with its name for the unknown.
        film: the film as it was analysed.
        path: where it is.
        out: the film to write.
        progress: called as ("drawing", seconds done, seconds in all).

    Raises:
        InputError: the film cannot be read, or would be overwritten.
        OSError: it cannot be written; nothing is left of it.
    """
    if out.exists() and out.samefile(path):
        raise InputError(f"{out}: is the film itself, which stays as it is; choose another -o")
    refuse_changed(film, path)
    boxes = BoxesOfFrames(faces, film, names)
    begin = first_picture(path)
    first = begin.frame
    with (
        new_film(out, (first.width, first.height), film.rate, has_sound(path)) as writer,
        closing(pictures(path)) as found,
        closing(sound(path, begin.time_s, film.duration_s or 0.0)) as samples,
    ):
        for picture in found:
            writer.add_sound(samples, picture.time_s - begin.time_s)
            drawn = boxes.at(picture.index)
            if drawn:
                pixels = draw(picture.pixels(), drawn, names)
                frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
                picture = dataclasses.replace(picture, frame=frame)
            writer.add_picture(fitted(picture, writer.size), exact_s(picture, film.rate, begin))
            progress("drawing", picture.time_s, film.duration_s)
        writer.add_sound(samples)


class BoxesOfFrames:
    """Where faces are in every frame, also between those analysed.

    Args:
        faces: the table.
        film: whose faces.
        people: whom to take, by number.
    """

    def __init__(self, faces: Faces, film: SourceFacts, people: Mapping[int, str]) -> None:
        wanted = np.isin(faces.person, np.array(list(people), np.int64))
        rows = np.flatnonzero(wanted & (faces.source == film.name))
        rate = float(film.rate or film.fps or 25)
        self._hold = max(round(film.period_s * rate), 1)
        self._tracks: list[tuple[list[int], NDArray[np.float64], int]] = []
        self._by_block: dict[int, list[int]] = defaultdict(list)
        for track_rows in _tracks(faces, rows):
            frames = faces.frame[track_rows].tolist()
            last = self._last(frames[-1], film)
            number = len(self._tracks)
            box = faces.box[track_rows].astype(np.float64)
            self._tracks.append((frames, box, int(faces.person[track_rows[0]])))
            for block in range(frames[0] // _BLOCK, last // _BLOCK + 1):
                self._by_block[block].append(number)
        self._cuts = film.cuts

    def at(self, frame: int) -> list[Drawn]:
        """Return who is where in a frame; between two faces of a track the box moves evenly."""
        found: list[Drawn] = []
        for number in self._by_block.get(frame // _BLOCK, ()):
            frames, boxes, person = self._tracks[number]
            place = bisect_right(frames, frame) - 1
            if place < 0:
                continue
            if place + 1 < len(frames):
                share = (frame - frames[place]) / (frames[place + 1] - frames[place])
                found.append((person, boxes[place] + share * (boxes[place + 1] - boxes[place])))
            elif frame < frames[-1] + self._hold and not self._cut_between(frames[-1], frame):
                found.append((person, boxes[-1]))
        return found

    def _last(self, frame: int, film: SourceFacts) -> int:
        return min(frame + self._hold, film.length_frames or frame + self._hold)

    def _cut_between(self, one: int, other: int) -> bool:
        return bisect_right(self._cuts, one) != bisect_right(self._cuts, other)


def _tracks(faces: Faces, rows: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Part rows into tracks; a face without a track is one, and so is each person of a track."""
    tracks: dict[tuple[int, int, int], list[int]] = defaultdict(list)
    for row in rows[np.argsort(faces.frame[rows], kind="stable")].tolist():
        track = int(faces.track[row])
        tracks[(track, int(faces.person[row]), -1 if track >= 0 else row)].append(row)
    return [np.array(group, np.int64) for group in tracks.values()]


def draw(
    pixels: NDArray[np.uint8], drawn: list[Drawn], names: Mapping[int, str]
) -> NDArray[np.uint8]:
    """Return a picture, (height, width, 3) uint8, with boxes and names in it."""
    image = Image.fromarray(pixels)
    pen = ImageDraw.Draw(image)
    size = max(image.height // 30, 12)
    font = ImageFont.load_default(size)
    for person, box in drawn:
        colour = palette.light(person)  # as in the report
        x1, y1, x2, y2 = (round(side) for side in box.tolist())
        pen.rectangle((x1, y1, max(x2, x1), max(y2, y1)), outline=colour, width=max(size // 8, 2))
        left, top, right, bottom = pen.textbbox((0, 0), names[person], font=font)
        width, height = round(right - left) + 8, round(bottom - top) + 8
        x = min(max(x1, 0), max(image.width - width, 0))
        y = y2 if y2 + height <= image.height else max(y1 - height, 0)
        pen.rectangle((x, y, x + width, y + height), fill=colour)
        pen.text((x + 4 - left, y + 4 - top), names[person], fill="white", font=font)
    return np.asarray(image, np.uint8)
