"""Kill ``castlist find`` at any moment, and look at what the next run makes of it.

    python benchmarks/kill_anytime.py --moments 100 --seed 1
    python benchmarks/kill_anytime.py --moments 100 --seed 1 --squares      # in half the time

An earlier result lies in the folder. A run that replaces it, with pieces of a few pictures, is
killed (SIGKILL) one to three times, at moments drawn evenly over the length of an undisturbed run;
then it is left alone. Wrong is: after a kill neither the earlier result nor the new one is there,
or an earlier entry of the cache was changed; at the end another result than an undisturbed run
gives (all files to the byte, but for run.json and report.html, which say how long it took), or
pieces that stay. The film is the demo, the networks are the real ones, offline; with ``--squares``
a film of coloured squares, and networks that know them (tests/cli_tools.py).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

from fuzz.kills import READY, Kills

ROOT = Path(__file__).resolve().parents[1]
FILM = ROOT / "data" / "demo" / "scene.mp4"
CHILD, SQUARES = "--child", "--squares"
TOLD_EVERY = 10


def child(frames: int, is_of_squares: bool, words: list[str]) -> None:
    """Run a command with pieces of so many pictures."""
    from castlist.__main__ import run
    from castlist.clustering.analysis import analyse, pieces  # noqa: F401 - loads what a run needs

    if is_of_squares:
        see_squares()
    pieces.FRAMES = frames
    print(READY, flush=True)
    sys.argv[1:] = words
    run()


def see_squares() -> None:
    """Take coloured squares for faces."""
    import numpy as np
    from castlist.clustering.analysis import collect, engine
    from castlist.clustering.face_models.cleaning import FaceCleaner
    from castlist.clustering.face_models.side_by_side import FaceNetworks

    sys.path.append(str(ROOT / "tests"))
    from cli_tools import ColourEmbedder, NoClothes, SquareDetector

    networks = FaceNetworks({"colours": ColourEmbedder()}, FaceCleaner())
    squares = engine.Engine(SquareDetector(), networks, NoClothes())
    engine.load_engine = lambda *_: squares
    collect.face_quality = lambda chips, _found: np.full(len(chips), 0.9, np.float32)


def film_of_squares(path: Path) -> Path:
    """Write a film of four shots."""
    sys.path.append(str(ROOT / "tests"))
    from cli_tools import shots, write_film

    return write_film(
        path, shots(["red", "green"], ["blue"], ["red", "green"], ["blue"], num_frames=100)
    )


def commands(film: Path, frames: int, length_s: float, is_of_squares: bool) -> list[list[str]]:
    """Return the command that is killed, and that of the earlier result."""
    given = [SQUARES] if is_of_squares else []
    words = [sys.executable, __file__, CHILD, str(frames), *given, "find", str(film), "--offline"]
    return [[*words, "--to", f"{length_s:g}"], [*words, "--to", "0.4"]]


def main() -> None:
    """Kill, and print what is wrong."""
    if sys.argv[1:2] == [CHILD]:
        is_of_squares = sys.argv[3] == SQUARES
        child(int(sys.argv[2]), is_of_squares, sys.argv[3 + is_of_squares :])
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--moments", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first moment")
    parser.add_argument("--seconds", type=float, default=10, help="of the film")
    parser.add_argument("--frames", type=int, default=4, help="pictures in a piece")
    parser.add_argument(SQUARES, action="store_true", help="a film of coloured squares")
    options = parser.parse_args()
    tally: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        film = film_of_squares(Path(folder) / "film.mp4") if options.squares else FILM
        words = commands(film, options.frames, options.seconds, options.squares)
        kills = Kills(*words, Path(folder))
        for kill in kills.each(options.moments, options.seed, options.first):
            tally.update(
                {
                    "moments": 1,
                    "kills": sum(kill.was_killed),
                    "runs that went on from pieces": kill.went_on,
                    "wrong": bool(kill.wrong),
                }
            )
            if kill.wrong:
                print(f"{kill.number}: {kill.moments_s}: {'; '.join(kill.wrong)}", flush=True)
            if tally["moments"] % TOLD_EVERY == 0 or tally["moments"] == options.moments:
                print(", ".join(f"{count} {name}" for name, count in tally.items()), flush=True)
    sys.exit(bool(tally["wrong"]))


if __name__ == "__main__":
    main()
