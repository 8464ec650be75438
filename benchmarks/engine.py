"""Where the time of looking at a film goes, what overlapping saves, and what memory it takes.

    python benchmarks/engine.py                       # the film that ships, 10 seconds of it
    python benchmarks/engine.py film.mp4 --seconds 60
    python benchmarks/engine.py --skip-memory

Everything runs in one process on the same frames, but for the memory, which is the peak of a
process of its own over the whole film and over the same film ten times (its packets, written one
after the other into one file). Milliseconds are medians; on a busy machine trust processor time and
ratios.
Ratios against face_recognition need that library (docs/face_recognition.md) and take few frames,
because it takes long.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import av
import cv2
import numpy as np
from castlist.clustering.analysis.analyse import analyse
from castlist.clustering.analysis.collect import FaceCollector
from castlist.clustering.analysis.config import EngineConfig
from castlist.clustering.analysis.engine import Engine, load_engine
from castlist.clustering.cloth_models.clothes import Worn
from castlist.clustering.face_models.alignment import FaceAligner
from castlist.clustering.face_models.base import Detections, Picture
from castlist.clustering.face_models.cleaning import Condition
from castlist.clustering.face_models.dlib_cnn import DlibCnn, DlibCnnConfig
from castlist.clustering.face_models.dlib_resnet import DlibEmbedder
from castlist.clustering.face_models.hog import Hog
from castlist.clustering.face_models.quality import face_quality
from castlist.data.media.config import FramesConfig
from castlist.data.media.frames import Frame, open_film
from castlist.data.media.sources import find_sources
from castlist.data.progress import silent
from castlist.data.result.crops import CropWriter
from castlist.data.runtime.threads import threads_per_network
from castlist.data.tables.boxes import portrait_boxes

DEMO = Path(__file__).resolve().parents[1] / "data" / "demo" / "scene.mp4"
BATCH, TIMES_LONGER, REPEATS = 32, 10, 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("film", type=Path, nargs="?", default=DEMO)
    parser.add_argument("--fps", type=float, default=5.0, help="frames looked at a second (5)")
    parser.add_argument("--seconds", type=float, default=10.0, help="how much of the film (10)")
    parser.add_argument("--frames", type=int, default=3, help="frames for face_recognition (3)")
    parser.add_argument("--memory-fps", type=float, default=0.5, help="for the memory (0.5)")
    parser.add_argument("--skip-memory", action="store_true")
    parser.add_argument("--peak", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peak:
        print_peak(options.film, options.memory_fps)
        return
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    print(f"{options.film.name}, {options.fps:g} frames a second; {os.cpu_count()} cores{load}")
    engine = load_engine(EngineConfig())
    print(f"{engine.card['detector']}\n")
    frames, decode = read(options.film, options.fps, options.seconds)
    seen = [engine.detector.detect(frame.picture) for frame in frames]
    print_parts(engine, frames, seen, decode)
    print_whole(engine, options.film, options.fps, options.seconds)
    if importlib.util.find_spec("face_recognition"):
        print_ratios(engine, frames, seen, options.frames)
    else:
        print("face_recognition is not installed: no ratios\n")
    if not options.skip_memory:
        print_memory(options.film, options.memory_fps)


@dataclass
class Part:
    """Clock and processor seconds of each call, and for how many faces or frames it was."""

    clock: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    items: list[int] = field(default_factory=list)

    def time(self, items: int, work: Callable[[], object]) -> object:
        """Do the work, note how long it took, return what it made."""
        began, began_processor = time.perf_counter(), time.process_time()
        made = work()
        self.processor.append(time.process_time() - began_processor)
        self.clock.append(time.perf_counter() - began)
        self.items.append(items)
        return made

    def ms(self, seconds: list[float]) -> float:
        """Median milliseconds for one face or frame."""
        each = np.array(seconds) / np.maximum(self.items, 1)
        return 1000 * float(np.median(each[np.array(self.items) > 0]))

    def total(self) -> float:
        """Clock seconds for everything, from the median."""
        return self.ms(self.clock) * sum(self.items) / 1000


def read(film: Path, fps: float, seconds: float) -> tuple[list[Frame], Part]:
    """Decode, find cuts, keep the frames looked at."""
    part = Part()
    frames: list[Frame] = []
    for _ in range(REPEATS):
        with open_film(film, source=film.name, fps=fps, end_s=seconds) as reader:
            began, began_processor = time.perf_counter(), time.process_time()
            frames = list(reader)
            part.processor.append(time.process_time() - began_processor)
            part.clock.append(time.perf_counter() - began)
            part.items.append(len(frames))
    return frames, part


def parts_of(engine: Engine, frames: list[Frame], seen: list[Detections]) -> dict[str, Part]:
    """Run everything that is done to a frame and its faces, one part after the other."""
    names = ("detector", "measure, quality", "clean, align", "face vectors", "crop, mask",
             "vectors of clothes, bodies", "JPEG crop")  # fmt: skip
    parts = {name: Part() for name in names}
    chips, worn = [], []
    with tempfile.TemporaryDirectory() as folder, CropWriter(Path(folder) / "crops") as writer:
        for frame, found in zip(frames, seen, strict=True):
            picture, faces = frame.picture, len(found)
            height, width = picture.shape[:2]
            parts["detector"].time(1, lambda p=picture: engine.detector.detect(p))
            if not faces:
                continue
            look = lambda p=picture, f=found: measured(engine, p, f)  # noqa: E731
            own = parts["measure, quality"].time(faces, look)
            align = lambda p=picture, f=found, c=own: engine.faces.align(p, f, c)  # noqa: E731
            chips += parts["clean, align"].time(faces, align)
            crop = lambda p=picture, f=found: engine.clothes.crop(p, f.boxes)  # noqa: E731
            worn.append(parts["crop, mask"].time(faces, crop))
            boxes = portrait_boxes(found.boxes, width, height)
            save = lambda p=picture, b=boxes: [writer.append(p, box) for box in b]  # noqa: E731
            parts["JPEG crop"].time(faces, save)
        all_worn = Worn.concatenate(worn)
        for start in range(0, len(chips), BATCH):
            face, cloth = chips[start : start + BATCH], all_worn[start : start + BATCH]
            parts["face vectors"].time(len(face), lambda c=face: engine.faces.embed(c))
            parts["vectors of clothes, bodies"].time(
                len(face), lambda c=cloth: engine.clothes.describe(c)
            )
    return parts


def measured(engine: Engine, picture: Picture, found: Detections) -> Condition:
    """Do what is done to every face, described or not."""
    face_quality(list(FaceAligner().upright(picture, found)), found)
    return engine.faces.cleaner.measure(picture, found.boxes)


def print_parts(engine: Engine, frames: list[Frame], seen: list[Detections], decode: Part) -> None:
    by_threads = {}
    for threads in (1, 2):
        set_threads(threads)
        by_threads[threads] = {"decode, shots": decode, **parts_of(engine, frames, seen)}
    height, width = frames[0].picture.shape[:2]
    faces = sum(map(len, seen))
    print(f"{len(frames)} frames of {width} x {height}, {faces} faces\n")
    print("| part | per | processor ms, 1 thread | ms, 1 thread | ms, 2 threads | share of 1 |")
    print("|---|---|--:|--:|--:|--:|")
    whole = sum(part.total() for name, part in by_threads[1].items() if part is not decode)
    whole += np.median(decode.clock)
    for name, one in by_threads[1].items():
        per = "frame" if name in ("decode, shots", "detector") else "face"
        own = float(np.median(one.clock)) if one is decode else one.total()
        two = "" if one is decode else f"{by_threads[2][name].ms(by_threads[2][name].clock):.1f}"
        print(
            f"| {name} | {per} | {one.ms(one.processor):.1f} | {one.ms(one.clock):.1f} | {two}"
            f" | {own / whole:.0%} |"
        )
    print()


def print_whole(engine: Engine, film: Path, fps: float, seconds: float) -> None:
    """Compare the run as castlist does it with one thing after the other."""

    def overlapping() -> int:
        with (
            tempfile.TemporaryDirectory() as folder,
            threads_per_network(2),
            CropWriter(Path(folder) / "crops") as crops,
            open_film(film, source=film.name, fps=fps, end_s=seconds) as reader,
            FaceCollector(engine, crops) as collector,
        ):
            for frame, found in collector.in_film(reader):
                collector.add(frame, found)
            return len(collector.finish(reader.cuts))

    def one_after_the_other(threads: int) -> int:
        set_threads(threads)
        with tempfile.TemporaryDirectory() as folder, CropWriter(Path(folder) / "crops") as crops:
            with open_film(film, source=film.name, fps=fps, end_s=seconds) as reader:
                frames, cuts = list(reader), reader.cuts
            with FaceCollector(engine, crops) as collector:
                for frame in frames:
                    collector.add(frame, engine.detector.detect(frame.picture))
                return len(collector.finish(cuts))

    ways: dict[str, Callable[[], int]] = {
        "overlapping, as castlist runs": overlapping,
        "one after the other, 1 thread": lambda: one_after_the_other(1),
        "one after the other, 2 threads": lambda: one_after_the_other(2),
    }
    timed = {name: Part() for name in ways}
    for _ in range(REPEATS):  # in turn, so that what else the machine does hits all alike
        for name, work in ways.items():
            timed[name].time(1, work)
    with open_film(film, source=film.name, fps=fps) as reader:
        covered = min(seconds, reader.duration_s or seconds)
    best = float(np.median(timed["overlapping, as castlist runs"].clock))
    print(
        "| the whole | processor ms a frame | seconds | times the film's pace | against the first |"
    )
    print("|---|--:|--:|--:|--:|")
    for name, part in timed.items():
        own, processor = (float(np.median(kind)) for kind in (part.clock, part.processor))
        each = 1000 * processor / (covered * fps)
        print(f"| {name} | {each:.0f} | {own:.1f} | {covered / own:.2f} | {own / best:.2f} |")
    print()


def print_ratios(
    engine: Engine, frames: list[Frame], seen: list[Detections], num_frames: int
) -> None:
    """Compare with face_recognition on some frames with faces, one thread each."""
    import face_recognition

    set_threads(1)
    with_faces = [frame.picture for frame, found in zip(frames, seen, strict=True) if len(found)]
    chosen = [
        with_faces[row] for row in np.linspace(0, len(with_faces) - 1, num_frames).astype(int)
    ]
    hog, cnn, dlib = Hog(), DlibCnn(DlibCnnConfig(upsample=1)), DlibEmbedder()
    names = ("their HOG", "our HOG", "their CNN", "our CNN", "our CenterFace", "their vectors",
             "our vectors")  # fmt: skip
    parts = {name: Part() for name in names}
    cnn.detect(chosen[0])
    found_by_hog = []
    for picture in chosen:
        theirs = lambda p=picture: face_recognition.face_locations(p)  # noqa: E731
        by_cnn = lambda p=picture: face_recognition.face_locations(p, 1, "cnn")  # noqa: E731
        places = parts["their HOG"].time(1, theirs)
        parts["their CNN"].time(1, by_cnn)
        found_by_hog.append(parts["our HOG"].time(1, lambda p=picture: hog.detect(p)))
        parts["our CNN"].time(1, lambda p=picture: cnn.detect(p))
        parts["our CenterFace"].time(1, lambda p=picture: engine.detector.detect(p))
        encode = lambda p=picture, b=places: face_recognition.face_encodings(p, b)  # noqa: E731
        parts["their vectors"].time(len(places), encode)

    def ours() -> None:
        chips = [
            dlib.align(picture, found) for picture, found in zip(chosen, found_by_hog, strict=True)
        ]
        dlib.embed(list(np.concatenate(chips)))

    num_faces = sum(map(len, found_by_hog))
    for _ in range(REPEATS):
        parts["our vectors"].time(num_faces, ours)
    processor = {name: part.ms(part.processor) for name, part in parts.items() if sum(part.items)}
    print(f"face_recognition, {num_frames} frames, {num_faces} faces its HOG found, 1 thread\n")
    print("| | its ms (processor) | ours | times faster |")
    print("|---|--:|--:|--:|")
    for what, theirs_name, our_name in (
        ("HOG, a frame", "their HOG", "our HOG"),
        ("its HOG against CenterFace, a frame", "their HOG", "our CenterFace"),
        ("CNN, doubled once, a frame", "their CNN", "our CNN"),
        ("its CNN against CenterFace, a frame", "their CNN", "our CenterFace"),
        ("cut out and describe, a face", "their vectors", "our vectors"),
    ):
        if {theirs_name, our_name} <= processor.keys():
            its, own = processor[theirs_name], processor[our_name]
            print(f"| {what} | {its:.0f} | {own:.1f} | {its / own:.1f} |")
    print()


def print_memory(film: Path, fps: float) -> None:
    print(f"| peak memory, {fps:g} frames a second | after loading, MB | peak, MB | table, MB |")
    print("|---|--:|--:|--:|")
    with tempfile.TemporaryDirectory() as folder:
        longer = Path(folder) / f"longer{film.suffix}"
        repeat_film(film, longer, TIMES_LONGER)
        for name, path in (("the film", film), (f"{TIMES_LONGER} times the film", longer)):
            command = [sys.executable, __file__, str(path), "--peak", f"--memory-fps={fps}"]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            print(f"| {name} | {' | '.join(done.stdout.split())} |", flush=True)


def print_peak(film: Path, fps: float) -> None:
    """Look at a whole film; print megabytes after loading, at the peak, and of the table."""
    engine = load_engine(EngineConfig())
    loaded = peak_mb()
    with tempfile.TemporaryDirectory() as cache:
        seen = analyse(find_sources([film]), engine, FramesConfig(fps=fps), {}, Path(cache), silent)
    faces = seen.faces
    table = faces.face_vector.nbytes + faces.cloth_vector.nbytes
    print(f"{loaded:.0f} {peak_mb():.0f} {table / 1e6:.1f}")


def peak_mb() -> float:
    """Return the most memory this process has had, MB; Linux.

    Not getrusage: its figure starts from the memory of the process that started this one.
    """
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise SystemExit("expected VmHWM in /proc/self/status; the memory is measured on Linux only")


def repeat_film(film: Path, longer: Path, times: int) -> None:
    """Write a film's pictures several times, one after the other, without encoding them again."""
    with av.open(str(longer), "w") as out:
        made, offset = None, 0
        for _ in range(times):
            with av.open(str(film)) as read_again:
                stream = read_again.streams.video[0]
                made = made or out.add_stream_from_template(stream)
                last = first = None
                for packet in read_again.demux(stream):
                    if packet.dts is None:
                        continue
                    first = packet.dts if first is None else first
                    packet.dts += offset - first
                    packet.pts += offset - first
                    last = packet.dts + (packet.duration or 1)
                    packet.stream = made
                    out.mux(packet)
                offset = last or offset


def set_threads(threads: int) -> None:
    cv2.setNumThreads(threads)


if __name__ == "__main__":
    main()
