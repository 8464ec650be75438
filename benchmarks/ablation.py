"""What each idea of stage 1 is worth: each left out alone, on changed tables of labelled films.

    python benchmarks/ablation.py
    python benchmarks/ablation.py --kinds single joined

The tables are those of benchmarks/robustness.py; figures by face, and with clothing on top.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any
from unittest.mock import patch

import numpy as np
from castlist.clustering.config import make_config
from castlist.clustering.pipeline import resolved
from castlist.clustering.stages.adaptation import fit_film_space
from castlist.clustering.stages.constraints import LinkRule
from castlist.clustering.stages.people import Nearness
from labelled_tables import engine
from robustness import COLUMNS, KINDS, measure, summed_up
from threadpoolctl import threadpool_limits

STAGE, SPACE = "castlist.clustering.stages.face_stage", "castlist.clustering.stages.face_space"
DEFAULT_KINDS = ("as-they-are", "frame-rates", "single", "pairs", "joined")
Left = Callable[[], AbstractContextManager[Any]]


def _centred_only(vectors: Any, tracks: Any, *arguments: Any, **options: Any) -> Any:
    # Tracks of one row each have nothing to teach: the space centres only.
    return fit_film_space(vectors, np.arange(len(tracks)), *arguments, **options)


IDEAS: dict[str, tuple[dict[str, object], Left]] = {
    "all of them (default)": ({}, nullcontext),
    "the film's space: centred only": (
        {},
        lambda: patch(f"{SPACE}.fit_film_space", _centred_only),
    ),
    "an origin nearer to the centre of people where those of the film are few": (
        {},
        lambda: patch("castlist.clustering.stages.adaptation._CENTRE_SHARE", (0.35, 0.35)),
    ),
    "near groups take in nobody who is not near": (
        {},
        lambda: patch(f"{STAGE}.LinkRule", lambda **rule: LinkRule(**{**rule, "slack": np.inf})),
    ),
    "no doubt of many near tracks": (
        {},
        lambda: patch(f"{STAGE}.Nearness", lambda below, *_: Nearness(below)),
    ),
    "doubt as a whole": ({"face.doubt": 1e-9}, nullcontext),
    "what the network's authors call another person": ({"face.another_person": 1e9}, nullcontext),
    "a limit on how far apart groups are on average": ({"face.spread": 1e9}, nullcontext),
    "instead: face.distance=calibrated": ({"face.distance": "calibrated"}, nullcontext),
    "instead: face.distance=cosine": ({"face.distance": "cosine"}, nullcontext),
    "instead: face.distance=euclidean": ({"face.distance": "euclidean"}, nullcontext),
    "instead: face.method=agglomerative": ({"face.method": "agglomerative"}, nullcontext),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kinds", nargs="*", default=list(DEFAULT_KINDS), choices=KINDS)
    arguments = parser.parse_args()
    print("| left out | tables | " + " | ".join(COLUMNS) + " |")
    print("|---|---:|" + "---|" * len(COLUMNS))
    with threadpool_limits(1, user_api="blas"):
        for name, (settings, left_out) in IDEAS.items():
            config = resolved(make_config(settings), engine().facts)
            with left_out():
                found = measure(config, arguments.kinds, [])
            outcomes = [own for of_kind in found.values() for own in of_kind]
            print(f"| {name} | {len(outcomes)} | {summed_up(outcomes)} |", flush=True)


if __name__ == "__main__":
    main()
