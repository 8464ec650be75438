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
import functools
import sys
import tempfile
from collections import Counter
from pathlib import Path

from fuzz.children import PRELOADED, ROOT, find
from fuzz.kills import Kills

FILM = ROOT / "data" / "demo" / "scene.mp4"
TOLD_EVERY = 10


def film_of_squares(path: Path) -> Path:
    """Write a film of four shots."""
    sys.path.append(str(ROOT / "tests"))
    from cli_tools import shots, write_film

    return write_film(
        path, shots(["red", "green"], ["blue"], ["red", "green"], ["blue"], num_frames=100)
    )


def main() -> None:
    """Kill, and print what is wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--moments", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first moment")
    parser.add_argument("--seconds", type=float, default=10, help="of the film")
    parser.add_argument("--frames", type=int, default=4, help="pictures in a piece")
    parser.add_argument("--squares", action="store_true", help="a film of coloured squares")
    options = parser.parse_args()
    tally: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        film = film_of_squares(Path(folder) / "film.mp4") if options.squares else FILM
        command = functools.partial(find, options.frames, options.squares)
        words = ["find", str(film), "--offline", "--to"]
        kills = Kills(
            command,
            [*words, f"{options.seconds:g}"],
            [*words, "0.4"],
            Path(folder),
            PRELOADED,
        )
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
