"""Cuts found on labelled films, against PySceneDetect's detectors as they come; and what it costs.

    python benchmarks/shots.py
    python benchmarks/shots.py --copies    # of films: the same cuts with grain, dark, compressed?

The demo is always measured; friends_scene and intel_asl when they lie in the folder that
CASTLIST_DATA names (../shared/data otherwise). A cut counts as found within one frame. "x3": every
frame three times, as in drawn animation.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from castlist.data.media.decode import FilmDecoder
from castlist.data.media.frames import open_film
from castlist.data.media.shots import THUMBNAIL_WIDTH_PX, CutFinder, without_grain
from castlist.data.media.upright import Upright
from numpy.typing import NDArray
from places import DATA, ROOT
from scenedetect import FrameTimecode
from scenedetect.detector import SceneDetector
from scenedetect.detectors import (
    AdaptiveDetector,
    ContentDetector,
    HashDetector,
    HistogramDetector,
)
from variants import FILMS, VARIANTS, write_variant

WIDTHS_PX = (64, 160, 320)
TOLERANCE = 1  # frames
COPIES = ("noise", "dark", "crf36", "x0.67")

Thumbnail = NDArray[np.uint8]


@dataclass
class Counts:
    """Counts that add over films."""

    found: int = 0
    missed: int = 0
    false: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.found + other.found, self.missed + other.missed, self.false + other.false
        )

    def __str__(self) -> str:
        precision = self.found / max(1, self.found + self.false)
        recall = self.found / max(1, self.found + self.missed)
        return (
            f"recall {recall:.3f} ({self.missed} missed)  precision {precision:.3f}"
            f" ({self.false} false)"
        )


def compare(found: Sequence[int], true: Sequence[int]) -> Counts:
    left = list(found)
    num_found = 0
    for cut in true:
        near = [other for other in left if abs(other - cut) <= TOLERANCE]
        if near:
            left.remove(min(near, key=lambda other: abs(other - cut)))
            num_found += 1
    return Counts(num_found, len(true) - num_found, len(left))


def true_cuts(path: Path) -> list[int]:
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    column = "first_frame" if "first_frame" in rows[0] else "start_frame"
    return [int(row[column]) for row in rows if int(row[column]) > 0]


def thumbnails(path: Path, width_px: int) -> Iterator[Thumbnail]:
    with closing(FilmDecoder(path)) as decoder:
        upright = Upright(None)
        for decoded in decoder.pictures():
            yield upright.thumbnail(decoded.frame, width_px)


def ours(pictures: Sequence[Thumbnail]) -> list[int]:
    finder = CutFinder()
    for index, picture in enumerate(pictures):
        finder.add(index, picture)
    return finder.cuts()


def alone(make: Callable[[], SceneDetector]) -> Callable[[Sequence[Thumbnail]], list[int]]:
    def find(pictures: Sequence[Thumbnail]) -> list[int]:
        detector, cuts = make(), set()
        for index, picture in enumerate(pictures):
            cuts.update(
                cut.frame_num for cut in detector.process_frame(FrameTimecode(index, 1.0), picture)
            )
        return sorted(cuts)

    return find


def tripled(
    find: Callable[[Sequence[Thumbnail]], list[int]],
) -> Callable[[Sequence[Thumbnail]], list[int]]:
    return lambda pictures: [cut // 3 for cut in find([p for p in pictures for _ in range(3)])]


FINDERS = {
    "castlist": ours,
    "castlist, x3": tripled(ours),
    "AdaptiveDetector": alone(lambda: AdaptiveDetector(min_scene_len=1)),
    "AdaptiveDetector x3": tripled(alone(lambda: AdaptiveDetector(min_scene_len=1))),
    "ContentDetector": alone(lambda: ContentDetector(min_scene_len=1)),
    "HistogramDetector": alone(lambda: HistogramDetector(min_scene_len=1)),
    "HashDetector": alone(lambda: HashDetector(min_scene_len=1)),
}


def margins(pictures: Sequence[Thumbnail], true: Sequence[int]) -> str:
    """Tell how far true cuts and everything else are from AdaptiveDetector's two thresholds."""
    detector = ContentDetector(min_scene_len=0, luma_only=True)
    change = np.zeros(len(pictures))
    for index, picture in enumerate(pictures):
        detector.process_frame(FrameTimecode(index, 1.0), without_grain(picture))
        change[index] = detector._frame_score or 0.0
    ratio = np.zeros(len(pictures))
    for index in range(2, len(pictures) - 2):
        around = change[[index - 2, index - 1, index + 1, index + 2]].mean()
        ratio[index] = change[index] / max(around, 1e-5)
    near_cut = {cut + step for cut in true for step in (-1, 0, 1)}
    others = [i for i in range(len(pictures)) if i not in near_cut]
    sudden = [i for i in others if ratio[i] >= 3]
    return (
        f"true cuts: change >= {change[list(true)].min():.1f}, ratio >="
        f" {ratio[list(true)].min():.1f}; others: change <="
        f" {change[sudden].max(initial=0):.1f} where ratio >= 3, any ratio: change <="
        f" {np.sort(change[[i for i in others if i > 2]])[-1]:.1f}"
    )


def timings(path: Path) -> str:
    """Tell processor seconds of all threads per step, and how long it takes as castlist does it."""
    begin = time.process_time()
    with closing(FilmDecoder(path)) as decoder:
        num_frames = sum(1 for _ in decoder.pictures())
    decode_s = time.process_time() - begin
    begin = time.process_time()
    pictures = list(thumbnails(path, THUMBNAIL_WIDTH_PX))
    thumbnail_s = max(0.0, time.process_time() - begin - decode_s)
    begin = time.process_time()
    ours(pictures)
    detect_s = time.process_time() - begin
    begin = time.perf_counter()
    with open_film(path, source="film") as film:
        num_looked_at = sum(1 for _ in film)
    wall_s = time.perf_counter() - begin
    share = (thumbnail_s + detect_s) / (decode_s + thumbnail_s + detect_s)
    return (
        f"{num_frames} frames: processor seconds: decoding {decode_s:.2f}, thumbnails"
        f" {thumbnail_s:.2f}, cuts {detect_s:.2f} (shots are {share:.0%}); open_film with"
        f" {num_looked_at} frames looked at takes {wall_s:.2f} s"
    )


def compare_copies() -> None:
    """Print which cuts of a film are missed in copies of it with other pixels, and which added."""
    totals = {variant: Counts() for variant in COPIES}
    for name, film in FILMS.items():
        if not film.video.is_file():
            continue
        found = {}
        with TemporaryDirectory() as folder:
            for variant in ("orig", *COPIES):
                copy = Path(folder) / "copy.mp4"
                write_variant(film.video, VARIANTS[variant], film.end_s, copy)
                found[variant] = ours(list(thumbnails(copy, THUMBNAIL_WIDTH_PX)))
        for variant in COPIES:
            counts = compare(found[variant], found["orig"])
            totals[variant] += counts
            if counts.missed or counts.false:
                print(f"  {name}, {variant}: {len(found['orig'])} cuts; {counts}", flush=True)
    for variant, counts in totals.items():
        print(f"  all, {variant}: {counts.found + counts.missed} cuts; {counts}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--copies", action="store_true", help="compare films with copies of them")
    if parser.parse_args().copies:
        compare_copies()
    else:
        compare_detectors()


def compare_detectors() -> None:
    """Print how castlist and PySceneDetect's detectors do on films whose cuts are labelled."""
    films = {"demo": ROOT / "data" / "demo" / "scene.mp4"}
    for name in ("friends_scene", "intel_asl"):
        if (DATA / name).is_dir():
            films[name] = DATA / name / "video.mp4"
        else:
            print(f"{name}: left out, {DATA / name} is not there (set CASTLIST_DATA)")
    for width_px in WIDTHS_PX:
        print(f"\nThumbnails {width_px} px wide")
        totals = {finder: Counts() for finder in FINDERS}
        for name, path in films.items():
            pictures = list(thumbnails(path, width_px))
            true = true_cuts(path.with_name("shots.csv"))
            print(f"  {name}: {len(true)} cuts; {margins(pictures, true)}")
            for finder, find in FINDERS.items():
                counts = compare(find(pictures), true)
                totals[finder] += counts
                print(f"    {finder:20s} {counts}")
        for finder, counts in totals.items():
            print(f"  all: {finder:18s} {counts}")
    print("\nTime")
    for name, path in films.items():
        print(f"  {name}: {timings(path)}")


if __name__ == "__main__":
    main()
