"""Draw docs/how_it_decides.png: what faces, and faces with clothes, say of the demo film.

castlist demo
python benchmarks/draw_evidence.py castlist-demo
"""

from __future__ import annotations

import argparse
import io
from pathlib import Path

import matplotlib as mpl
import numpy as np
from castlist.clustering.evidence.cloth import ClothEvidence
from castlist.clustering.evidence.curves import Curves
from castlist.clustering.grouping.constraints import Constraints
from castlist.clustering.stages.both import people_by_face
from castlist.clustering.stages.by_clothing import JointEvidence, weigh_clothes
from castlist.clustering.stages.config import PeopleConfig
from castlist.data.result.result import StoredResult
from castlist.data.tables.tracks import Tracks
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.image import AxesImage
from matplotlib.patches import Rectangle
from numpy.typing import NDArray
from PIL import Image
from places import ROOT

MOST = 6.0  # evidence at which a colour is full: 400 times likelier
FORBIDDEN = "#1d1b18"
PORTRAIT = 2.8  # side of a portrait, in tracks


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("result", type=Path)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "how_it_decides.png")
    options = parser.parse_args()
    mpl.use("Agg")
    result = StoredResult.load(options.result)
    tracks, models, curves = Tracks.of(result.faces), result.models, Curves.load()
    by_face = people_by_face(tracks, models.face_columns, curves, PeopleConfig())
    columns = models.cloth_columns
    cloth = ClothEvidence(tracks, columns, curves.of_clothes(columns))
    constraints = Constraints(tracks.pictures)
    weigh_clothes(tracks, by_face.evidence, cloth, constraints)
    joint = JointEvidence.after(by_face.groups, by_face.strong, by_face.evidence, cloth)

    person = np.full(len(tracks), -1)
    person[result.faces.track] = result.faces.person
    order = np.lexsort((tracks.start_s, np.where(person < 0, 999, person)))
    forbidden = constraints.forbidden(np.arange(len(tracks)), len(tracks))[np.ix_(order, order)]
    figure, panels = plt.subplots(1, 2, figsize=(13, 6.2), layout="constrained")
    shown = None
    for axes, evidence, title in (
        (panels[0], by_face.evidence, "Stage 1: what faces say"),
        (panels[1], joint, "Stage 2: faces and clothes together"),
    ):
        shown = draw(axes, evidence.between(order, order), forbidden, person[order])
        axes.set_title(title, loc="left", fontsize=13)
        add_portraits(axes, result, person[order])
    assert shown is not None
    bar = figure.colorbar(shown, ax=panels, shrink=0.6, ticks=[-6, -3, 0, 3, 6])
    bar.ax.set_yticklabels(
        ["400 times less likely", "20 times less", "says nothing", "20 times", "400 times likelier"]
    )
    bar.set_label("to be one person")
    figure.savefig(options.out, dpi=80)


def draw(
    axes: Axes,
    evidence: NDArray[np.float64],
    forbidden: NDArray[np.bool_],
    person: NDArray[np.int64],
) -> AxesImage:
    """Draw the evidence of every two tracks, framed by the people they became."""
    np.fill_diagonal(evidence, np.nan)
    image = axes.imshow(evidence, cmap="RdBu", vmin=-MOST, vmax=MOST)
    rows, columns = np.nonzero(forbidden)
    axes.scatter(columns, rows, marker="x", s=14, linewidths=1, color=FORBIDDEN)
    begins = np.flatnonzero(np.diff(person, prepend=-9))
    for begin, end in zip(begins, [*begins[1:], len(person)], strict=True):
        side = end - begin
        frame = Rectangle(
            (begin - 0.5, begin - 0.5), side, side, fill=False, color=FORBIDDEN, linewidth=1.6
        )
        axes.add_patch(frame)
    axes.set_xticks([])
    axes.set_yticks([])
    return image


def add_portraits(axes: Axes, result: StoredResult, person: NDArray[np.int64]) -> None:
    """Put the portrait of each person above and left of the tracks, sorted by person."""
    for own in result.people:
        places = np.flatnonzero(person == own.number)
        jpeg = result.crops[own.representative]
        picture = np.asarray(Image.open(io.BytesIO(jpeg)).convert("RGB"))
        side = min(picture.shape[:2])
        picture = picture[:side, (picture.shape[1] - side) // 2 :][:, :side]
        middle, half = places.mean(), PORTRAIT / 2
        for x, y in ((middle, -0.7 - half), (-0.7 - half, middle)):
            axes.imshow(picture, extent=(x - half, x + half, y + half, y - half), zorder=3)
    axes.set_xlim(-1 - PORTRAIT, len(person) - 0.4)
    axes.set_ylim(len(person) - 0.4, -1 - PORTRAIT)
    for side_name in ("top", "right", "bottom", "left"):
        axes.spines[side_name].set_visible(False)


if __name__ == "__main__":
    main()
