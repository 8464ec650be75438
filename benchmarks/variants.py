"""Labelled films with other pixels, as tables: for calibration and for measuring.

    python benchmarks/variants.py OUT                               # every film, every variant
    python benchmarks/variants.py OUT --films hamilton --variants orig noise grey

Makes each variant of each film (mirrored, smaller, larger, compressed, dark, with grain; when asked
for also grey, warm, bright, half as large), moves its labels along, looks for faces at five frames
a second and in every labelled frame, and follows them. OUT/FILM/VARIANT then holds
video.mp4, labels.csv and faces.parquet, whose metadata say which frames were looked at. What is
there already is left alone, so that the command can be stopped and started.

Films are found through CASTLIST_DATA and in data/demo.
"""

from __future__ import annotations

import argparse
import dataclasses
import time
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import numpy as np
from av.filter import Graph
from castlist.clustering.analysis.analyse import analyse
from castlist.clustering.analysis.engine import load_engine
from castlist.clustering.config import make_config
from castlist.clustering.running import track_config
from castlist.clustering.tracking.config import TrackConfig
from castlist.clustering.tracking.follow import follow_tracks, is_supported
from castlist.data.files import replacing_file
from castlist.data.media.config import FramesConfig
from castlist.data.media.sources import find_sources
from castlist.data.progress import silent
from castlist.data.result.result import StoredResult
from castlist.data.result.store import write_faces
from castlist.data.tables.faces import Faces
from castlist.data.tables.label_files import read_labels, write_labels
from castlist.data.tables.labels import Labels
from places import DATA, ROOT

VIDEO, LABELS, TABLE = "video.mp4", "labels.csv", "faces.parquet"
LOOKED_FPS = 5
_LAST_FRAMES = 2  # a film that is cut short ends a frame or two early


@dataclass(frozen=True)
class Film:
    """A labelled film.

    Attributes:
        video: the file.
        labels: CSV.
        end_s: how much of it is used, seconds; None = all.
        only_orig: variants would say nothing new.
    """

    video: Path
    labels: Path
    end_s: float | None = None
    only_orig: bool = False


@dataclass(frozen=True)
class Variant:
    """What happens to a film's pixels.

    Attributes:
        filters: of FFmpeg, in order: name and arguments.
        crf: of x264: 14 looks like the original, 36 like a bad video call.
        mirrored: left and right change places.
    """

    filters: tuple[tuple[str, str], ...] = ()
    crf: int = 14
    mirrored: bool = False


def _real(name: str, end_s: float | None = None, only_orig: bool = False) -> Film:
    return Film(DATA / name / "video.mp4", DATA / name / "labels.csv", end_s, only_orig)


# The short ones first: a table can be used as soon as it is there.
FILMS = {
    "hamilton": _real("hamilton"),
    "friends_clip": _real("friends_clip"),
    "interview": _real("interview"),
    "photo_shoot": _real("photo_shoot"),
    "hotel_comedy": _real("hotel_comedy"),
    "intel_asl": _real("intel_asl"),
    "office_suits": _real("office_suits"),
    "dinner_kids": _real("dinner_kids"),
    "meeting": _real("meeting"),
    "friends_scene": _real("friends_scene", end_s=60),
    "demo": Film(ROOT / "data/demo/scene.mp4", ROOT / "data/demo/labels.csv", 40, only_orig=True),
    "cartoons": _real("cartoons", only_orig=True),
    "vox_pop": _real("vox_pop"),
}

# Those that change most about faces come first.
CORE = {
    "orig": Variant(),
    "noise": Variant((("noise", "alls=18:allf=t"),), crf=20),
    # gamma 0.45 as FFmpeg's filter eq computes it; eq itself is not in every build
    "dark": Variant((("lutyuv", "y=256*pow(val/255\\,1/0.45)"),), crf=16),
    "crf36": Variant(crf=36),
    "flip": Variant((("hflip", ""),), mirrored=True),
    "x0.67": Variant((("scale", "trunc(iw/3)*2:-2:flags=area"),)),
    "x2": Variant((("scale", "iw*2:ih*2:flags=lanczos"),), crf=18),
}

VARIANTS = {
    **CORE,
    "grey": Variant((("lutyuv", "u=128:v=128"),)),
    "warm": Variant((("colorbalance", "rs=.25:gs=0:bs=-.25:rm=.2:bm=-.2"),)),
    "bright": Variant((("lutyuv", "y=256*pow(val/255\\,1/1.8)"),), crf=16),
    "x0.5": Variant((("scale", "trunc(iw/4)*2:-2:flags=area"),)),
}
"""Those that curves are fitted on and that are reported, and further ones to check them with."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path, help="folder of the tables")
    parser.add_argument("--films", nargs="*", default=list(FILMS), choices=FILMS)
    parser.add_argument("--variants", nargs="*", default=list(CORE), choices=VARIANTS)
    arguments = parser.parse_args()
    for name, variant, folder in wanted(arguments.out, arguments.films, arguments.variants):
        if not FILMS[name].video.is_file():
            print(f"{name}: not at {FILMS[name].video}, left out (CASTLIST_DATA names the folder)")
        elif not (folder / TABLE).exists():
            start = time.perf_counter()
            faces = make(FILMS[name], VARIANTS[variant], folder)
            seconds = time.perf_counter() - start
            print(f"{name}/{variant}: {len(faces)} faces, {seconds:.0f} s", flush=True)


def wanted(out: Path, films: list[str], variants: list[str]) -> Iterator[tuple[str, str, Path]]:
    """Yield film, variant and folder of every table asked for."""
    for variant in variants:
        for name in films:
            if variant == "orig" or not FILMS[name].only_orig:
                yield name, variant, out / name / variant


def make(film: Film, variant: Variant, folder: Path) -> Faces:
    """Make a variant of a film and its table, in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    video = folder / VIDEO
    with replacing_file(video) as partial:
        written = write_variant(film.video, variant, film.end_s, partial)
    labels = moved(read_labels(film.labels), variant, written)
    write_labels(labels, folder / LABELS)
    faces, facts = look(video, labels)
    with replacing_file(folder / TABLE) as partial:
        write_faces(faces, partial, facts)
    return faces


# --- pixels --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Written:
    """What became of a film: pictures, and sizes (width, height) before and after, pixels."""

    num_frames: int
    before: tuple[int, int]
    after: tuple[int, int]


def write_variant(film: Path, variant: Variant, end_s: float | None, out: Path) -> Written:
    """Write a film with other pixels, picture by picture, at the times they had."""
    num_frames, after = 0, (0, 0)
    with av.open(str(film)) as source, av.open(str(out), "w", format="mp4") as target:
        shown = source.streams.video[0]
        shown.thread_type = "AUTO"
        before = (shown.width, shown.height)
        graph = filters(shown, variant)
        stream = None
        for frame in source.decode(shown):
            if end_s is not None and frame.time is not None and frame.time >= end_s:
                break
            graph.push(frame)
            changed = graph.pull()
            assert isinstance(changed, av.VideoFrame)
            if stream is None:
                after = (changed.width, changed.height)
                stream = target.add_stream(
                    "libx264", options={"crf": str(variant.crf), "preset": "veryfast"}
                )
                stream.width, stream.height = after
                stream.pix_fmt = "yuv420p"
                stream.time_base = stream.codec_context.time_base = Fraction(shown.time_base)
            changed.pict_type = av.video.frame.PictureType.NONE  # x264 chooses its own
            target.mux(stream.encode(changed))
            num_frames += 1
        assert stream is not None
        target.mux(stream.encode())
    return Written(num_frames, before, after)


def filters(shown: av.VideoStream, variant: Variant) -> Graph:
    """Return the chain from a film's pictures to the variant's."""
    graph = Graph()
    steps = [
        graph.add_buffer(template=shown),
        *(graph.add(*step) for step in variant.filters),
        graph.add("format", "yuv420p"),
        graph.add("buffersink"),
    ]
    graph.link_nodes(*steps).configure()
    return graph


def moved(labels: Labels, variant: Variant, written: Written) -> Labels:
    """Return the labels of a variant: what is in it, where it is now."""
    labels = labels[labels.frame < written.num_frames - _LAST_FRAMES]
    box = labels.box.copy()
    if variant.mirrored:
        box[:, [0, 2]] = written.before[0] - box[:, [2, 0]]
    scale = np.divide(written.after, written.before)
    return dataclasses.replace(
        labels, box=box * np.tile(scale, 2), source=np.full(len(labels), VIDEO)
    )


# --- looking -------------------------------------------------------------------------------------


def look(video: Path, labels: Labels) -> tuple[Faces, dict[str, object]]:
    """Detect, describe and follow faces: dlib's network, ImageNet's and colours for clothes.

    Returns:
        The table, and which frames were looked at and where shots begin.
    """
    config = make_config({})
    networks = dataclasses.replace(
        config.engine, face_model="dlib", cloth_model="efficientnet_lite0"
    )
    engine = load_engine(networks, every_face=True)
    (source,) = find_sources([video])
    also = {source.name: labels.frames(VIDEO).tolist()}
    with TemporaryDirectory() as cache:
        frames = FramesConfig(fps=LOOKED_FPS)
        seen = analyse([source], engine, frames, also, Path(cache), silent)
        faces = followed(seen.faces, track_config(engine.facts))
    return faces, _facts(seen)


def followed(faces: Faces, config: TrackConfig) -> Faces:
    """Return the faces that a track supports, with their tracks."""
    faces = follow_tracks(faces, config)
    return follow_tracks(faces[is_supported(faces, config)], config)


def _facts(seen: StoredResult) -> dict[str, object]:
    (film,) = seen.run.sources
    return {"frames": film.frames, "frames_s": film.frames_s, "cuts": film.cuts}


if __name__ == "__main__":
    main()
