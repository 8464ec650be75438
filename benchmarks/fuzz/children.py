"""A command in pieces of a few pictures, for processes that are to be killed."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

PRELOADED = (
    "castlist.clustering.analysis.analyse",
    "castlist.clustering.api.finding",
    "castlist.clustering.commands.parser",
    "castlist.clustering.pipeline",
    "castlist.clustering.report.write",
    "hdbscan",
    "pyarrow.dataset",
)
"""What a run imports, the slowest: once for all processes."""


def find(frames: int, is_of_squares: bool, words: Sequence[str]) -> None:
    """Run a command with pieces of so many pictures."""
    from castlist.__main__ import run
    from castlist.clustering.analysis import pieces

    if is_of_squares:
        see_squares()
    pieces.FRAMES = frames
    sys.argv[1:] = words
    run()


def see_squares() -> None:
    """Take coloured squares for faces."""
    import numpy as np
    from castlist.clustering.analysis import collect, engine
    from castlist.clustering.face_models.cleaning import FaceCleaner
    from castlist.clustering.face_models.side_by_side import FaceNetworks

    sys.path.append(str(ROOT / "tests"))
    from cli_tools import ColourEmbedder, NoAligner, NoClothes, SquareDetector

    networks = FaceNetworks({"colours": ColourEmbedder()}, FaceCleaner())
    squares = engine.Engine(SquareDetector(), networks, NoClothes())
    engine.load_engine = lambda *_: squares
    collect.FaceAligner = NoAligner
    collect.face_quality = lambda chips, _found: np.full(len(chips), 0.9, np.float32)
