"""Pictures that a film shows: are they told from people, and is nobody living taken for one?

    python benchmarks/stills.py                 # films made here: the table of docs/transitions.md
    python benchmarks/stills.py --living        # the first minute of every labelled film

A picture of somebody in a labelled film is put into that film: as a poster, as a poster under a
camera that moves, as a strip of thumbnails over all cuts, as an inset of the film. The demo is
always measured; others where CASTLIST_DATA has them (../shared/data otherwise).
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import cv2
import numpy as np
from castlist.clustering.analysis.cache import default_cache
from castlist.clustering.analysis.engine import Engine, load_engine
from castlist.clustering.config import make_config
from castlist.clustering.evaluation.matching import looked_at, match_labels
from castlist.clustering.pipeline import cluster_people
from castlist.data.media.decode import FilmDecoder
from castlist.data.media.sources import find_sources
from castlist.data.media.upright import Upright
from castlist.data.result.result import StoredResult
from castlist.data.tables.codes import Reason
from castlist.data.tables.label_files import read_labels
from numpy.typing import NDArray
from places import DATA, ROOT

FIRST_S = 60.0
CRFS = (28,)  # of H.264: as films are on the web

Picture = NDArray[np.uint8]
Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Base:
    """A part of a film, and where in it a face is that becomes the picture: x, y, width, height."""

    film: Path
    start_s: float
    end_s: float
    face_s: float
    face: Box
    size: tuple[int, int]


BASES = {
    "demo": Base(ROOT / "data/demo/scene.mp4", 0, 17.5, 5.5, (232, 40, 150, 190), (640, 360)),
    "meeting": Base(DATA / "meeting/video.mp4", 43, 57, 17.3, (395, 20, 135, 165), (640, 360)),
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("films", nargs="*", help="default: all that are there")
    parser.add_argument("--living", action="store_true", help="measure the films as they are")
    parser.add_argument("--keep", type=Path, help="a folder that keeps the films made")
    arguments = parser.parse_args()
    if arguments.living:
        living(arguments.films)
        return
    columns = "faces in it", "marked", "others marked", "people", "people without it"
    print(f"| film | picture | crf | {' | '.join(columns)} |")
    print("|---|---|---:|---:|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.films or BASES:
            if BASES[name].film.is_file():
                made(name, arguments.keep or Path(folder))


def living(films: list[str]) -> None:
    """Print for how long labelled people are still, and how many of their faces are marked."""
    print("| film | labelled faces | longest still, s | of anything, s | marked |")
    print("|---|---:|---:|---:|---:|")
    for path in sorted(DATA.glob("*/video.mp4")):
        if films and path.parent.name not in films:
            continue
        result = result_of(path, FIRST_S)
        own = read_labels(path.with_name("labels.csv"))
        labels = own.named_like({source.name for source in result.sources})
        match = match_labels(result.faces, labels, looked_at=looked_at(result.sources))
        is_labelled = match.label_of_face >= 0
        still_s = result.faces.still_s
        marked = int((result.faces.reason[is_labelled] == Reason.IN_A_PICTURE).sum())
        longest_s = still_s[is_labelled].max(initial=0), still_s.max(initial=0)
        cells = f"{is_labelled.sum()} | {longest_s[0]:.1f} | {longest_s[1]:.1f} | {marked}"
        print(f"| {path.parent.name} | {cells} |", flush=True)


def made(name: str, folder: Path) -> None:
    """Print how pictures in one film are told from its people."""
    base = BASES[name]
    folder.mkdir(parents=True, exist_ok=True)
    for kind in KINDS:
        for crf in CRFS:
            shown = folder / f"{name}_{kind}_{crf}.mp4"
            plain = folder / f"{name}_{'panned' if kind == 'panned' else 'plain'}_{crf}_alone.mp4"
            places = write(shown, base, kind, crf, has_picture=True)
            write(plain, base, kind, crf, has_picture=False)
            faces, alone = result_of(shown).faces, result_of(plain).faces
            inside = np.array(
                [
                    any(_is_in(box, place) for place in places[frame])
                    for frame, box in zip(faces.frame.tolist(), faces.box, strict=True)
                ],
                dtype=bool,
            )
            marked = faces.reason == Reason.IN_A_PICTURE
            cells = inside.sum(), (marked & inside).sum(), (marked & ~inside).sum()
            people = faces.num_people, alone.num_people
            print(
                f"| {name} | {kind} | {crf} |", *(f"{n} |" for n in (*cells, *people)), flush=True
            )


def _is_in(box: NDArray[np.float32], place: Box) -> bool:
    x, y = (box[:2] + box[2:]) / 2
    left, top, width, height = place
    return bool(left <= x <= left + width and top <= y <= top + height)


@cache
def engine() -> Engine:
    return load_engine(make_config({}).engine)


def result_of(film: Path, end_s: float | None = None) -> StoredResult:
    """Return what castlist finds."""
    config = make_config({} if end_s is None else {"frames.end_s": end_s})
    return cluster_people(find_sources([film]), config, {}, default_cache(), engine=engine())


def pictures_of(base: Base) -> Iterator[tuple[float, Picture]]:
    with closing(FilmDecoder(base.film)) as decoder:
        upright = Upright(None)
        for decoded in decoder.pictures():
            if decoded.time_s < base.end_s:
                yield decoded.time_s, upright.picture(decoded.frame)


@cache
def photo(base: Base) -> Picture:
    """Return the face that becomes a picture."""
    left, top, width, height = base.face
    for time_s, picture in pictures_of(base):
        if time_s >= base.face_s:
            return picture[top : top + height, left : left + width].copy()
    raise ValueError("expected a film that is longer")


def write(film: Path, base: Base, kind: str, crf: int, has_picture: bool) -> list[list[Box]]:
    """Write the film, and return where the pictures are, by frame."""
    still, places = photo(base), []
    with av.open(str(film), "w") as container:
        stream = container.add_stream("libx264", Fraction(12), options={"crf": str(crf)})
        stream.width, stream.height = base.size
        stream.pix_fmt, stream.thread_count = "yuv420p", 1  # the same bytes everywhere
        next_s = base.start_s
        for time_s, picture in pictures_of(base):
            if time_s < next_s:
                continue
            next_s += 1 / 12
            shown = picture.copy()
            place = KINDS[kind](shown, still, len(places)) if has_picture else []
            if kind == "panned":
                shown, place = _panned(shown, place, len(places))
            places.append(place)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(shown, "rgb24")))
        container.mux(stream.encode(None))
    return places


def _put(picture: Picture, still: Picture, place: Box) -> None:
    left, top, width, height = place
    small = cv2.resize(still, (width, height), interpolation=cv2.INTER_AREA)
    picture[top : top + height, left : left + width] = small


def _poster(picture: Picture, still: Picture, _: int) -> list[Box]:
    place = (20, 30, 90, 114)
    cv2.rectangle(picture, (14, 24), (116, 150), (60, 40, 30), -1)
    _put(picture, still, place)
    return [place]


def _strip(picture: Picture, still: Picture, _: int) -> list[Box]:
    places = [(10 + 80 * number, 270, 66, 84) for number in range(3)]
    for number, place in enumerate(places):
        _put(picture, still[:, ::-1] if number % 2 else still, place)
    return places


def _inset(picture: Picture, still: Picture, number: int) -> list[Box]:
    place = (500, 20, 110, 139)
    if number > 24:  # it opens after two seconds
        _put(picture, still, place)
        return [place]
    return []


def _panned(picture: Picture, places: list[Box], number: int) -> tuple[Picture, list[Box]]:
    height, width = picture.shape[:2]
    scale, right = 1.1 + 0.1 * np.sin(number / 40), 12 + 12 * np.sin(number / 25)
    matrix = np.array([[scale, 0, right], [0, scale, right / 2]])
    moved = cv2.warpAffine(
        picture, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
    )
    corners = [
        (matrix @ (left, top, 1), matrix @ (left + wide, top + high, 1))
        for left, top, wide, high in places
    ]
    boxes = [(*map(round, low), *map(round, high - low)) for low, high in corners]
    return np.asarray(moved, dtype=np.uint8), boxes  # type: ignore[return-value]


KINDS: dict[str, Callable[[Picture, Picture, int], list[Box]]] = {
    "poster": _poster,
    "panned": _poster,
    "strip": _strip,
    "inset": _inset,
}


if __name__ == "__main__":
    main()
