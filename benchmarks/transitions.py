"""People who follow each other by dissolves, wipes and morphs: is a track ever two people?

    python benchmarks/transitions.py                       # the table of docs/transitions.md
    python benchmarks/transitions.py dissolve_2 --people vox_pop --keep FOLDER

Six people in turn, four seconds each, in films that are made here: of close-ups of the demo film,
and of the labelled film vox_pop where CASTLIST_DATA has it (../shared/data otherwise); "slides",
"zoom" and "morph" of photos of them. Faces count where one of the two pictures has three quarters
of the weight. Wrong tracks: with such faces of two people. Faces in them: those that are not its
most frequent person. Merged: pairs of the six of whom most faces have one person.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
from castlist.clustering.analysis.cache import default_cache
from castlist.clustering.analysis.engine import Engine, load_engine
from castlist.clustering.config import make_config
from castlist.clustering.pipeline import cluster_people
from castlist.data.media.decode import FilmDecoder
from castlist.data.media.sources import find_sources
from castlist.data.media.upright import Upright
from castlist.data.result.result import StoredResult
from numpy.typing import NDArray
from places import DATA, ROOT

EACH_S, NUM_PEOPLE = 4.0, 6
SIZE = (640, 360)
CLEAR = 0.75

Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Kind:
    """How one picture becomes the next.

    Attributes:
        long_s: seconds it takes.
        is_wipe: from left to right, else each pixel from one to the other.
        is_still: of photos.
        zoom: how much larger a photo becomes while it is shown.
        is_aligned: faces are in the same place ("morph").
    """

    long_s: float
    is_wipe: bool = False
    is_still: bool = False
    zoom: float = 1.0
    is_aligned: bool = False


KINDS = {
    "cut": Kind(0.0),
    "dissolve_0.3": Kind(0.3),
    "dissolve_0.5": Kind(0.5),
    "dissolve_1": Kind(1.0),
    "dissolve_2": Kind(2.0),
    "wipe_0.5": Kind(0.5, is_wipe=True),
    "wipe_1": Kind(1.0, is_wipe=True),
    "slides_1": Kind(1.0, is_still=True),
    "zoom_1": Kind(1.0, is_still=True, zoom=1.25),
    "morph_1": Kind(1.0, is_still=True, is_aligned=True),
    "morph_2": Kind(2.0, is_still=True, is_aligned=True),
}


@dataclass(frozen=True, eq=False)
class Clip:
    """Four seconds of one person."""

    name: str
    pictures: Sequence[Picture]
    fps: int


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("kinds", nargs="*", choices=[*KINDS, []], help="default: all")
    parser.add_argument("--people", choices=[*PEOPLE], action="append")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="settings")
    parser.add_argument("--keep", type=Path, help="a folder that keeps the films")
    arguments = parser.parse_args()
    columns = "cuts of 5", "tracks", "wrong", "faces in them", "people of 6", "merged"
    print(f"| people | transition | {' | '.join(columns)} |")
    print("|---|---|" + "---:|" * len(columns))
    with tempfile.TemporaryDirectory() as folder:
        kept = arguments.keep or Path(folder)
        kept.mkdir(parents=True, exist_ok=True)
        for people in arguments.people or PEOPLE:
            if people != "demo" and not (DATA / "vox_pop").is_dir():
                print(f"| {people} | not there |")
                continue
            for name in arguments.kinds or KINDS:
                film = kept / f"{people}_{name}.mp4"
                clips = clips_of(people, KINDS[name])
                if not film.is_file():
                    write(film, shown(clips, KINDS[name]), clips[0].fps)
                cells = measure(result_of(film), clips, KINDS[name])
                print(f"| {people} | {name} | {cells} |", flush=True)


@cache
def engine() -> Engine:
    return load_engine(make_config({}).engine)


def result_of(film: Path) -> StoredResult:
    """Return what castlist finds."""
    return cluster_people(
        find_sources([film]), make_config({}), {}, default_cache(), engine=engine()
    )


def measure(result: StoredResult, clips: Sequence[Clip], kind: Kind) -> str:
    """Return the cells of one film."""
    faces = result.faces
    true = np.array(
        [
            shown_clip(kind, frame, clips[0].fps, box)
            for frame, box in zip(faces.frame.tolist(), faces.box, strict=True)
        ]
    )
    clear = true >= 0
    wrong, mixed = 0, 0
    for track in np.unique(faces.track[clear]):
        counts = np.bincount(true[clear & (faces.track == track)])
        wrong += int((counts > 0).sum() > 1)
        mixed += int(counts.sum() - counts.max())
    most = [_most(faces.person[true == clip]) for clip in range(len(clips))]
    known = [person for person in most if person >= 0]
    merged = sum(known.count(person) * (known.count(person) - 1) // 2 for person in set(known))
    cuts = result.sources[0].cuts
    each, overlap = lengths(kind, clips[0].fps)
    begins = [number * (each - overlap) for number in range(1, len(clips))]
    found = sum(any(begin <= cut <= begin + overlap for cut in cuts) for begin in begins)
    more = f" and {len(cuts) - found}" if len(cuts) > found else ""
    return (
        f"{found}{more} | {len(np.unique(faces.track))} | {wrong} | {mixed} |"
        f" {faces.num_people} | {merged}"
    )


def _most(person: NDArray[np.int64]) -> int:
    known = person[person >= 0]
    return int(np.bincount(known).argmax()) if len(known) else -1


def lengths(kind: Kind, fps: int) -> tuple[int, int]:
    """Return how many frames each clip has, and how many of them it shares with the next."""
    return round(EACH_S * fps), round(kind.long_s * fps)


def shown_clip(kind: Kind, frame: int, fps: int, box: NDArray[np.float32]) -> int:
    """Return which clip a face is from; -1 = both, or not to be told."""
    each, overlap = lengths(kind, fps)
    clip = min(frame // (each - overlap), NUM_PEOPLE - 1)
    into = frame - clip * (each - overlap)
    if clip == 0 or into >= overlap:
        return clip
    weight = (into + 1) / (overlap + 1)  # the rest is of the clip before
    if kind.is_wipe:
        edge = weight * SIZE[0]
        return clip if box[2] < edge else clip - 1 if box[0] > edge else -1
    return clip if weight >= CLEAR else clip - 1 if weight <= 1 - CLEAR else -1


def shown(clips: Sequence[Clip], kind: Kind) -> Iterator[Picture]:
    """Yield the pictures of a film in which clips follow each other."""
    each, overlap = lengths(kind, clips[0].fps)
    yield from clips[0].pictures[: each - overlap]
    for before, after in pairwise(clips):
        for number in range(overlap):
            weight = (number + 1) / (overlap + 1)
            first, second = before.pictures[each - overlap + number], after.pictures[number]
            if kind.is_wipe:
                edge = round(weight * SIZE[0])
                yield np.concatenate([second[:, :edge], first[:, edge:]], axis=1)
            else:
                mixed = (1 - weight) * first + weight * second.astype(np.float32)
                yield np.rint(mixed).astype(np.uint8)
        last = after is clips[-1]
        yield from after.pictures[overlap : each if last else each - overlap]


def write(path: Path, pictures: Iterator[Picture], fps: int) -> None:
    """Write a film, H.264 as good as broadcast."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", Fraction(fps), options={"crf": "16"})
        stream.width, stream.height = SIZE
        stream.pix_fmt, stream.thread_count = "yuv420p", 1  # the same bytes everywhere
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        container.mux(stream.encode(None))


def clips_of(people: str, kind: Kind) -> list[Clip]:
    clips = PEOPLE[people]()
    if not kind.is_still:
        return clips
    photos = [clip.pictures[len(clip.pictures) // 2] for clip in clips]
    if kind.is_aligned:
        photos = [_aligned(photo) for photo in photos]
    return [
        Clip(clip.name, _zoomed(photo, round(EACH_S * 25), kind.zoom), 25)
        for clip, photo in zip(clips, photos, strict=True)
    ]


def _zoomed(photo: Picture, count: int, zoom: float) -> list[Picture]:
    centre = SIZE[0] / 2, SIZE[1] / 2
    scales = np.linspace(1, zoom, count)
    return [
        np.asarray(
            cv2.warpAffine(
                photo,
                cv2.getRotationMatrix2D(centre, 0, scale),
                SIZE,
                flags=cv2.INTER_CUBIC,
                borderMode=cv2.BORDER_REPLICATE,
            ),
            dtype=np.uint8,
        )
        for scale in scales
    ]


def _aligned(photo: Picture) -> Picture:
    """Move the largest face to the middle, eyes and mouth where all others have them."""
    found = engine().detector.detect(photo)
    best = int(np.argmax(found.boxes[:, 3] - found.boxes[:, 1]))
    middle = np.array([(285, 150), (355, 150), (320, 190), (292, 230), (348, 230)], np.float32)
    matrix, _ = cv2.estimateAffinePartial2D(found.landmarks[best], middle, method=cv2.LMEDS)
    return np.asarray(
        cv2.warpAffine(photo, matrix, SIZE, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE),
        dtype=np.uint8,
    )


@cache
def _demo() -> list[Clip]:
    starts_s = (5.05, 9.22, 13.39, 21.72, 30.05, 34.22)
    film = ROOT / "data/demo/scene.mp4"
    return _cut(film, [(str(start), round(start * 12), 10**6) for start in starts_s], 12)


@cache
def _vox_pop() -> list[Clip]:
    names = [
        "man_polo",
        "woman_yellow",
        "boy_green",
        "woman_headband",
        "old_man_dark",
        "woman_towel",
    ]
    seen: dict[str, list[int]] = {name: [] for name in names}
    with (DATA / "vox_pop/labels.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            if row["person"] in seen:
                seen[row["person"]].append(int(row["frame"]))
    parts = [(name, min(seen[name]), max(seen[name])) for name in names]
    return _cut(DATA / "vox_pop/video.mp4", parts, 25)


def _cut(film: Path, parts: Sequence[tuple[str, int, int]], fps: int) -> list[Clip]:
    """Cut four seconds out of a film for each part: name, first and last frame; to and fro."""
    count = round(EACH_S * fps)
    taken: dict[str, list[Picture]] = {name: [] for name, _, _ in parts}
    with closing(FilmDecoder(film)) as decoder:
        upright = Upright(None)
        for decoded in decoder.pictures():
            for name, first, last in parts:
                if first <= decoded.index <= min(last, first + count - 1):
                    picture = upright.picture(decoded.frame)
                    taken[name].append(cv2.resize(picture, SIZE, interpolation=cv2.INTER_CUBIC))
    clips = []
    for name, pictures in taken.items():
        to_and_fro = [*range(len(pictures)), *range(len(pictures) - 2, 0, -1)]
        order = [to_and_fro[number % len(to_and_fro)] for number in range(count)]
        clips.append(Clip(name, [pictures[number] for number in order], fps))
    return clips


PEOPLE: dict[str, Callable[[], list[Clip]]] = {"demo": _demo, "vox_pop": _vox_pop}


if __name__ == "__main__":
    main()
