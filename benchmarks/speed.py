"""How fast castlist is at each size of picture, beside a plain loop over the same networks.

    python benchmarks/speed.py                                # 30 s of the demo film at three sizes
    python benchmarks/speed.py film.mp4 --seconds 60 --sizes 640x360 1920x1080

The film is made larger or smaller first (same content). castlist runs as a user runs it, without a
cache, with what ships and with the store of networks where CASTLIST_MODELS has them. The plain loop
is what a user would write: five pictures a second by PyAV, CenterFace at 640 pixels and faceres on
every face in onnxruntime; no tracks, no clothes, no report. Each is a process of its own; both in
turn, ``--repeats`` times; medians. Needs the extra train (for onnxruntime).
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from places import ROOT

DEMO = ROOT / "data" / "demo" / "scene.mp4"
SIZES = ("640x360", "1920x1080", "3840x2160")
LOOKED_FPS = 5


@dataclass(frozen=True)
class Cost:
    """What one process took: seconds of wall-clock and of processor time, megabytes at its peak."""

    wall_s: float
    cpu_s: float
    peak_mb: float


def main() -> None:
    if sys.argv[1:2] == ["--plain"]:
        plain_loop(Path(sys.argv[2]))
        return
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("film", type=Path, nargs="?", default=DEMO)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--sizes", nargs="+", default=list(SIZES))
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    print("| size | what | wall s | times the film's speed | processor s | peak MB |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for size in options.sizes:
            width, height = map(int, size.split("x"))
            film = Path(folder) / f"{size}.mp4"
            seconds = write_sized(options.film, film, width, height, options.seconds)
            measure(film, size, seconds, options.repeats)


def measure(film: Path, size: str, seconds: float, repeats: int) -> None:
    """Print the lines of one size."""
    offline = {**os.environ, "CASTLIST_MODELS": ""}
    castlist = [sys.executable, "-m", "castlist", "find", str(film), "--fps", str(LOOKED_FPS)]
    ways = {
        "castlist, what ships": ([*castlist, "--offline"], offline),
        "plain loop": ([sys.executable, __file__, "--plain", str(film)], dict(os.environ)),
    }
    if os.environ.get("CASTLIST_MODELS"):
        ways["castlist, with the store"] = ([*castlist, "--offline"], dict(os.environ))
    costs: dict[str, list[Cost]] = {name: [] for name in ways}
    for _ in range(repeats):
        for name, (command, environment) in ways.items():
            with tempfile.TemporaryDirectory() as folder:
                own = ["--cache", f"{folder}/c", "-o", f"{folder}/r"] if "castlist" in name else []
                costs[name].append(run([*command, *own], environment))
    for name, taken in costs.items():
        wall_s, cpu_s = (
            statistics.median(getattr(own, k) for own in taken) for k in ("wall_s", "cpu_s")
        )
        peak = max(own.peak_mb for own in taken)
        print(
            f"| {size} | {name} | {wall_s:.1f} | {seconds / wall_s:.1f} | {cpu_s:.1f}"
            f" | {peak:.0f} |"
        )


def run(command: list[str], environment: dict[str, str]) -> Cost:
    """Run a command to its end.

    Raises:
        RuntimeError: it failed.
    """
    began_s = time.perf_counter()
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert process.stderr is not None
    said = process.stderr.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)}: exit code {process.returncode}: {said[-500:]}")
    wall_s = time.perf_counter() - began_s
    return Cost(wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def write_sized(source: Path, path: Path, width: int, height: int, seconds: float) -> float:
    """Write the first seconds of a film in another size; returns how many seconds they are."""
    number = 0
    with av.open(str(source)) as film, av.open(str(path), "w") as sized:
        stream = film.streams.video[0]
        rate = stream.average_rate or Fraction(25)
        made = sized.add_stream("libx264", rate=rate, options={"crf": "18", "preset": "veryfast"})
        made.width, made.height, made.pix_fmt = width, height, "yuv420p"
        for number, frame in enumerate(film.decode(stream), 1):
            picture = frame.reformat(width, height, "yuv420p", interpolation="BICUBIC")
            picture.pts, picture.time_base = number - 1, 1 / rate
            sized.mux(made.encode(picture))
            if number / rate >= seconds:
                break
        sized.mux(made.encode(None))
    return float(number / rate)


def plain_loop(film: Path) -> None:
    """Find faces and make their vectors, as a user would write it with onnxruntime."""
    import cv2
    import onnx
    import onnxruntime
    from castlist.clustering.face_models.alignment import similarity
    from castlist.clustering.face_models.centerface import decode

    weights = ROOT / "checkpoints"
    model = onnx.load(str(weights / "centerface.onnx"))
    for value in (model.graph.input[0], *model.graph.output):
        for place, side in enumerate(value.type.tensor_type.shape.dim):
            if place != 1:
                side.dim_param = f"{value.name}_{place}"  # the file states one small size
    detector = onnxruntime.InferenceSession(model.SerializeToString())
    network = onnxruntime.InferenceSession(str(weights / "faceres.onnx"))
    card = json.loads((weights / "faceres.json").read_text())["input"]
    points = np.array(card["points"], np.float32)
    vectors = []
    next_s = 0.0
    with av.open(str(film)) as opened:
        opened.streams.video[0].thread_type = "AUTO"
        for frame in opened.decode(video=0):
            if frame.time is not None and frame.time < next_s:
                continue
            next_s += 1 / LOOKED_FPS
            picture = frame.to_ndarray(format="rgb24")
            scale = min(1.0, 640 / max(picture.shape[:2]))
            small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            below, right = (-side % 32 for side in small.shape[:2])
            small = cv2.copyMakeBorder(small, 0, below, 0, right, cv2.BORDER_CONSTANT)
            blob = cv2.dnn.blobFromImage(small)
            maps = detector.run(["537", "538", "539", "540"], {detector.get_inputs()[0].name: blob})
            found = decode(maps[0][0, 0], maps[1][0], maps[2][0], maps[3][0], 0.4)
            extent = np.concatenate(
                [found.boxes[:, :2], found.boxes[:, 2:] - found.boxes[:, :2]], axis=1
            )
            kept = cv2.dnn.NMSBoxes(extent.tolist(), found.scores.tolist(), 0.0, 0.4)
            for row in np.asarray(kept, np.int64).reshape(-1):
                matrix = similarity(found.landmarks[row] / scale, points)
                chip = cv2.warpAffine(picture, matrix, (card["side"], card["side"]))
                blob = cv2.dnn.blobFromImage(chip[:, :, ::-1], mean=card["mean"])
                vectors.append(network.run(None, {network.get_inputs()[0].name: blob})[0])
    print(len(vectors))


if __name__ == "__main__":
    main()
