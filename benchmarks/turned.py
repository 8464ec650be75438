"""Films and photos turned by quarters: which are brought upright, and are any turned wrongly?

    python benchmarks/turned.py
    python benchmarks/turned.py --photos ../shared/data/human_photos --films
    python benchmarks/turned.py --num-photos 500

Films and photos lie in the folder that CASTLIST_DATA names (../shared/data otherwise); all are
upright. Each is looked at as it is, and turned by 90, 180 and 270 degrees, as ``castlist find``
does: ``right`` counts those that were brought upright, ``wrong`` those that were turned to another
side, ``left`` those that stayed as they were, which is right for a picture without faces. Upright
ones have to be ``left``, all of them. The films' first 20 s are looked at, a frame a second.

Looks are how often the detector ran beside once a picture, which is what it costs.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from castlist.clustering.analysis.upright import FilmWatch, OnItsSideError, turn_of_photo
from castlist.clustering.face_models.base import Detections, Picture
from castlist.clustering.face_models.centerface import CenterFace, CenterFaceConfig
from castlist.data.media.frames import Frame, open_film
from PIL import Image
from places import DATA, ROOT

DEMO = ROOT / "data" / "demo" / "scene.mp4"
SUFFIXES = {".jpg", ".jpeg", ".png"}


@dataclass
class Counting:
    """A detector that counts how often it looked."""

    inner: CenterFace
    looks: int = 0

    @property
    def card(self) -> str:
        """The detector's."""
        return self.inner.card

    @property
    def max_side_px(self) -> int | None:
        """The detector's."""
        return self.inner.max_side_px

    def detect(self, picture: Picture) -> Detections:
        """Find faces."""
        self.looks += 1
        return self.inner.detect(picture)


@dataclass
class Tally:
    """Of pictures turned by one angle."""

    right: int = 0
    wrong: int = 0
    left: int = 0
    looks: int = 0

    def add(self, turned: int, needed: int, looks: int) -> None:
        """Count one of them."""
        self.looks += looks
        if not turned:
            self.left += 1
        elif turned == needed:
            self.right += 1
        else:
            self.wrong += 1


def film_frames(path: Path, length_s: float, fps: float) -> list[Frame]:
    with open_film(path, source=path.parent.name, fps=fps, end_s=length_s) as film:
        return list(film)


def turn_of_film(detector: Counting, frames: Sequence[Frame], turned_by: int) -> tuple[int, int]:
    """Return by how much a film is turned in the end, and how many looks that took besides."""
    shown = [turned(frame, turned_by) for frame in frames]
    before, turn, is_final = detector.looks, 0, False
    while True:
        try:
            watch = FilmWatch(lambda: detector, is_final)
            for frame in _turned(shown, turn):
                watch.add(frame, detector.detect(frame.picture))
            watch.finish(turn)
        except OnItsSideError as film:
            turn, is_final = film.turn, film.is_final
        else:
            return turn, detector.looks - before - len(frames)


def _turned(frames: Iterable[Frame], turn: int) -> Iterator[Frame]:
    return (frame.turned(turn) if turn else frame for frame in frames)


def turned(frame: Frame, by: int) -> Frame:
    """Return a frame as if its file had it turned."""
    picture = np.ascontiguousarray(np.rot90(frame.picture, by))
    return Frame(frame.source, frame.index, frame.time_s, picture, frame.cuts)


def photos(folder: Path, at_most: int) -> Iterator[Frame]:
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    for path in paths[:: max(1, len(paths) // at_most)][:at_most]:
        yield Frame(path.name, 0, float("nan"), np.asarray(Image.open(path).convert("RGB")))


def print_line(name: str, number: int, tallies: Sequence[Tally]) -> None:
    cells = [f"{tally.right} / {tally.wrong} / {tally.left}" for tally in tallies]
    looks = " ".join(f"{tally.looks / max(number, 1):.1f}" for tally in tallies)
    print(f"| {name} | {number} | {' | '.join(cells)} | {looks} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--films", nargs="*", type=Path, help="those of CASTLIST_DATA")
    parser.add_argument("--photos", nargs="*", type=Path, help="folders")
    parser.add_argument("--num-photos", type=int, default=200, help="of each folder, at most")
    parser.add_argument("--length", type=float, default=20.0, help="seconds of each film")
    parser.add_argument("--fps", type=float, default=1.0)
    parser.add_argument("--upright-only", action="store_true")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    detector = Counting(CenterFace(CenterFaceConfig(min_score=0.3)))
    turns = (0,) if arguments.upright_only else (0, 1, 2, 3)
    angles = " | ".join(f"{-turn % 4 * 90}°" for turn in turns)
    print("right / wrong / left, by how much they lie turned\n")
    print(f"| what | number | {angles} | more looks each |")
    print("|---|--:|" + "---|" * len(turns) + "---|")
    films = arguments.films
    if films is None:
        films = [*sorted(DATA.glob("*/video.mp4")), DEMO]
    whole = [Tally() for _ in turns]
    for path in films:
        frames = film_frames(path, arguments.length, arguments.fps)
        tallies = [Tally() for _ in turns]
        for tally, total, by in zip(tallies, whole, turns, strict=True):
            turn, looks = turn_of_film(detector, frames, by)
            tally.add(turn, -by % 4, looks)
            total.add(turn, -by % 4, looks)
        print_line(path.parent.name, 1, tallies)
    if films:
        print_line("all films", len(films), whole)
    folders = arguments.photos
    if folders is None:
        folders = [DATA / name for name in ("human_photos", "ccp/photos", "clothing/images")]
    for folder in folders:
        tallies, number = [Tally() for _ in turns], 0
        for photo in photos(folder, arguments.num_photos):
            number += 1
            for tally, by in zip(tallies, turns, strict=True):
                shown = turned(photo, by)
                found = detector.detect(shown.picture)
                before = detector.looks
                turn = turn_of_photo(detector, shown, found)
                tally.add(turn, -by % 4, detector.looks - before)
        print_line(folder.name, number, tallies)


if __name__ == "__main__":
    main()
