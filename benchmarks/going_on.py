"""How long it takes to go on with a film: reading it up to there, against having looked at it.

    python benchmarks/going_on.py film.mp4 --seconds 30

A run that goes on from pieces reads the film from its beginning, for times, cuts and losses, and
looks at nothing up to where the pieces end. Both are measured in one process on the same part of
the film, in processor time, with the networks of the settings, offline.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from castlist.clustering.analysis.analyse import analyse
from castlist.clustering.analysis.config import EngineConfig
from castlist.clustering.analysis.engine import load_engine
from castlist.data.media.config import FramesConfig
from castlist.data.media.frames import open_film
from castlist.data.media.sources import find_sources

DEMO = Path(__file__).resolve().parents[1] / "data" / "demo" / "scene.mp4"


def main() -> None:
    """Measure both, and print them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("films", type=Path, nargs="*", default=[DEMO])
    parser.add_argument("--seconds", type=float, default=30, help="of each film")
    options = parser.parse_args()
    engine = load_engine(EngineConfig(offline=True))
    print("| film | size | looked at, s | read, s | times faster |")
    print("|---|---|--:|--:|--:|")
    for path in options.films:
        with tempfile.TemporaryDirectory() as cache:
            frames, began_s = FramesConfig(end_s=options.seconds), time.process_time()
            analyse(find_sources([path]), engine, frames, {}, Path(cache), lambda *_: None)
            looked_s = time.process_time() - began_s
        began_s = time.process_time()
        with open_film(path, source=path.name, end_s=options.seconds) as film:
            film.pass_over(1_000_000_000, lambda _time_s: None)
            size = f"{film.width} x {film.height}"
        read_s = time.process_time() - began_s
        times = looked_s / read_s
        print(f"| {path.parent.name} | {size} | {looked_s:.1f} | {read_s:.1f} | {times:.1f} |")


if __name__ == "__main__":
    main()
