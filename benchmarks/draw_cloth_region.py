"""Draw docs/cloth_region.png: where clothes are looked for, on the demo film.

python benchmarks/draw_cloth_region.py
"""

from __future__ import annotations

import csv

import matplotlib as mpl
import numpy as np
from castlist.data.clothes.cloth_crop import ClothCropper
from castlist.data.clothes.person_mask import PersonMask
from castlist.data.media.frames import open_film
from castlist.data.tables import boxes
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from numpy.typing import NDArray
from places import ROOT

DEMO = ROOT / "data" / "demo"
FRAMES = (335, 788, 60)  # one in profile, one running past another, a close-up
NOT_COUNTED = np.array([200, 0, 200])
FACE, CLOTHES, PORTRAIT = "white", "cyan", "yellow"


def main() -> None:
    mpl.use("Agg")
    cropper = ClothCropper(128, PersonMask())
    figure, rows = plt.subplots(
        len(FRAMES), 3, figsize=(12.5, 10.5), width_ratios=[2.6, 1, 1], layout="constrained"
    )
    with open_film(DEMO / "scene.mp4", source="demo", fps=1e-3, also_frames=FRAMES) as film:
        pictures = {frame.index: frame.picture for frame in film}
    for axes, frame in zip(rows, FRAMES, strict=True):
        faces = face_boxes(frame)
        found, crops = cropper.crop(pictures[frame], faces)
        draw_picture(axes[0], pictures[frame], faces, found)
        for place, axis in enumerate(axes[1:]):
            axis.axis("off")
            if place < len(crops):
                draw_crop(axis, crops[place], f"face {place + 1}")
    measure(rows[0][0], face_boxes(FRAMES[0])[0])
    rows[0][0].set_title("face box (white), cloth box (cyan), portrait (yellow)")
    figure.savefig(ROOT / "docs" / "cloth_region.png", dpi=72)


def face_boxes(frame: int) -> NDArray[np.float32]:
    with (DEMO / "labels.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if int(row["frame"]) == frame]
    corners = np.array([[float(row[side]) for side in ("x", "y", "w", "h")] for row in rows])
    corners[:, 2:] += corners[:, :2]
    return corners[np.argsort(corners[:, 0])].astype(np.float32)


def draw_picture(
    axes: Axes, picture: NDArray[np.uint8], faces: NDArray[np.float32], found: NDArray[np.float32]
) -> None:
    height, width = picture.shape[:2]
    axes.imshow(picture)
    portraits = boxes.portrait_boxes(faces, width, height)
    for number, trio in enumerate(zip(faces, found, portraits, strict=True), start=1):
        for box, colour, style in zip(
            trio, (FACE, CLOTHES, PORTRAIT), ("-", "-", ":"), strict=True
        ):
            size = box[2:] - box[:2]
            axes.add_patch(
                Rectangle(
                    (box[0], box[1]), *size, fill=False, color=colour, linestyle=style, linewidth=2
                )
            )
        axes.text(trio[0][0] + 3, trio[0][1] + 14, str(number), color=FACE, weight="bold")
    axes.set(xlim=(0, width), ylim=(height, 0), xticks=[], yticks=[])


def draw_crop(axes: Axes, crop: NDArray[np.uint8], title: str) -> None:
    counted = crop[..., 3:] / 255
    axes.imshow((crop[..., :3] * counted + NOT_COUNTED * (1 - counted)).astype(np.uint8))
    axes.set_title(title)


def measure(axes: Axes, face: NDArray[np.float32]) -> None:
    """Write the lengths in face units beside the first face's boxes."""
    unit = float(boxes.face_units(face[None])[0])
    middle, chin = float(face[0] + face[2]) / 2, float(face[3])
    top, bottom = boxes.CLOTH_BELOW_CHIN
    line = {"arrowstyle": "<->", "color": "black", "lw": 1.5}
    label = {"fontsize": 9, "bbox": {"boxstyle": "round,pad=0.15", "fc": "white", "ec": "none"}}
    across = chin + 1.3 * unit
    right = middle + boxes.CLOTH_HALF_WIDTH * unit
    axes.annotate("", (middle, across), (right, across), arrowprops=line)
    axes.text((middle + right) / 2, across - 6, f"{boxes.CLOTH_HALF_WIDTH:g}", ha="center", **label)
    down = middle - 0.6 * unit
    axes.annotate("", (down, chin), (down, chin + bottom * unit), arrowprops=line)
    axes.text(down + 4, chin + 0.6 * unit, f"{top:g} to {bottom:g} below", **label)


if __name__ == "__main__":
    main()
