"""Where labelled films are: the demo ships, the others are found through CASTLIST_DATA."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("CASTLIST_DATA", ROOT.parent / "shared" / "data"))
FILMS = {
    "friends_scene": DATA / "friends_scene" / "video.mp4",
    "intel_asl": DATA / "intel_asl" / "video.mp4",
    "meeting": DATA / "meeting" / "video.mp4",
    "demo": ROOT / "data" / "demo" / "scene.mp4",
}
"""Films with a box for each face, in many frames."""
