"""How well clothes find people again: cloth vectors on labelled films, by label boxes.

    python benchmarks/cloth_vectors.py                        # all films, parts and weights
    python benchmarks/cloth_vectors.py --encoder runs/mine/encoder.safetensors
    python benchmarks/cloth_vectors.py --no-person-mask
    python benchmarks/cloth_vectors.py --garment-mask runs/garments/mask.onnx
    python benchmarks/cloth_vectors.py --box 1.15 0.15 2.35 --films demo
    python benchmarks/cloth_vectors.py --gem 3                # pooled by generalized means

The demo is always measured; friends_scene, intel_asl and meeting when they lie in the folder that
CASTLIST_DATA names (../shared/data otherwise). Faces are the labelled boxes, so no detector counts.

R@1: for each face, whether its nearest neighbour in other shots is the same person, over the faces
whose clothes appear in another shot; where there are both, hard faces (under 36 px) are searched
among easy ones (50 px and more). EER: pairs of faces in different shots, same outfit against
different people. TAR@5, TAR@1: the share of same-outfit pairs accepted where 5 % and 1 % of the
pairs of different people are. In meeting, one long pan, faces 60 frames apart stand for different
shots.
"""

from __future__ import annotations

import argparse
import functools
import time
from collections.abc import Callable
from dataclasses import astuple, dataclass

import cv2
import numpy as np
import torch
from castlist.clustering.cloth_models.clothes import BATCH_SIZE, ClothConfig, ClothDescriber, Worn
from castlist.data.clothes.cloth_crop import ClothCropper
from castlist.data.clothes.colours import COLOUR_DIM, colours
from castlist.data.clothes.person_mask import PersonMask
from castlist.data.garments.labelled_films import LabelledFilm, read_labelled_film
from castlist.data.tables import boxes
from castlist.train.film_retrieval import film_recall
from castlist.train.networks import encoder
from numpy.typing import NDArray
from places import FILMS
from torch import Tensor

EVERY = {"demo": 6}  # the demo has labels in every frame; the others in every 6th to 10th
COLOUR_WEIGHTS = (0.0, 0.3, 0.5, 0.7, 1.0)

FloatArray = NDArray[np.float32]
_plain_mean = encoder._pool


def print_speed(film: LabelledFilm, collector: ClothDescriber, worn: Worn) -> None:
    """Milliseconds of processor time, which other programs disturb less than the clock's."""
    rows, picture = next(film.pictures())
    faces = film.box[rows]
    height, width = picture.shape[:2]
    portraits = [
        picture[y1:y2, x1:x2]
        for x1, y1, x2, y2 in np.round(boxes.portrait_boxes(faces, width, height)).astype(int)
    ]
    mask, cropper = PersonMask(), ClothCropper(worn.clothes.shape[1], None)
    some = worn[: 2 * BATCH_SIZE]
    figures = {
        "mask": cpu_ms(lambda: [mask.mask(portrait) for portrait in portraits]) / len(faces),
        "cut out": cpu_ms(lambda: cropper.crop(picture, faces)) / len(faces),
        "colours": cpu_ms(lambda: colours(some.clothes)) / len(some.boxes),
        "describe, colours included": cpu_ms(lambda: collector.describe(some)) / len(some.boxes),
    }
    threads = torch.get_num_threads()
    print(f"milliseconds of processor time a face, {threads} thread(s), batches of", end=" ")
    print(BATCH_SIZE, end=": ")
    print(", ".join(f"{name} {value:.1f}" for name, value in figures.items()))


def cpu_ms(work: Callable[[], object], repeats: int = 5) -> float:
    work()
    spent = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        spent.append(time.process_time() - start)
    return 1000 * min(spent)


@dataclass
class Scores:
    """Percentages of one film."""

    recall_at_1: float
    eer: float
    tar_at_5: float
    tar_at_1: float

    def __str__(self) -> str:
        return f"{self.recall_at_1:5.1f} {self.eer:5.1f} {self.tar_at_5:5.1f} {self.tar_at_1:5.1f}"


def score(film: LabelledFilm, vectors: FloatArray) -> Scores:
    """Rows without clothes take no part in pairs; as questions for R@1 they count as wrong."""
    seen = np.isfinite(vectors).all(axis=1)
    similarity = np.nan_to_num(vectors) @ np.nan_to_num(vectors).T
    pairs = np.triu(film.apart() & seen[:, None] & seen, 1)
    same = film.outfit[:, None] == film.outfit
    eer, tar_5, tar_1 = verification(
        similarity[pairs & same], similarity[pairs & (film.person[:, None] != film.person)]
    )
    return Scores(100 * film_recall(film, vectors), 100 * eer, 100 * tar_5, 100 * tar_1)


def verification(same: FloatArray, different: FloatArray) -> tuple[float, float, float]:
    same, different = np.sort(same), np.sort(different)
    accepted = 1 - np.searchsorted(different, same) / len(different)
    refused = np.arange(len(same)) / len(same)
    crossing = int(np.argmin(np.abs(accepted - refused)))
    eer = float(accepted[crossing] + refused[crossing]) / 2
    tar = [float(np.mean(same > np.quantile(different, level))) for level in (0.95, 0.99)]
    return eer, tar[0], tar[1]


def weighted(network: FloatArray, colour: FloatArray, weight: float) -> FloatArray:
    return np.concatenate([np.sqrt(1 - weight) * network, np.sqrt(weight) * colour], axis=1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--encoder", default=ClothConfig().encoder)
    parser.add_argument("--no-person-mask", action="store_true")
    parser.add_argument("--garment-mask", default="", metavar="ONNX", help="for GarmentMask")
    parser.add_argument(
        "--box",
        nargs=3,
        type=float,
        metavar=("HALF_WIDTH", "TOP", "BOTTOM"),
        default=(boxes.CLOTH_HALF_WIDTH, *boxes.CLOTH_BELOW_CHIN),
        help="the cloth box in face units, top and bottom below the chin",
    )
    parser.add_argument("--gem", type=float, metavar="POWER", help="pool by generalized means")
    parser.add_argument("--films", nargs="+", choices=FILMS, default=list(FILMS))
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    boxes.CLOTH_HALF_WIDTH, *below_chin = options.box
    boxes.CLOTH_BELOW_CHIN = (below_chin[0], below_chin[1])
    torch.set_num_threads(options.threads)
    cv2.setNumThreads(options.threads)
    if options.gem:
        encoder._pool = functools.partial(generalized_mean, power=options.gem)
    collector = ClothDescriber(
        ClothConfig(
            encoder=options.encoder,
            person_mask=not options.no_person_mask,
            garment_mask=options.garment_mask,
        )
    )
    print(collector.card)
    print(f"{'':28}  R@1   EER TAR@5 TAR@1")
    found: dict[float, list[Scores]] = {weight: [] for weight in COLOUR_WEIGHTS}
    for name in options.films:
        if FILMS[name].is_file():
            film = read_labelled_film(FILMS[name], name, EVERY.get(name, 1))
            for weight, scores in measure(film, collector).items():
                found[weight].append(scores)
        else:
            print(f"{name}: not measured, {FILMS[name]} is not there")
    print("mean of these films")
    for weight, each in found.items():
        columns = zip(*map(astuple, each), strict=True)
        print(f"  colour weight {weight:12.1f} {Scores(*map(float, map(np.mean, columns)))}")


def generalized_mean(level: Tensor, masks: Tensor | None, power: float) -> Tensor:
    """Radenovic, Tolias & Chum, "Fine-tuning CNN image retrieval", TPAMI 2018."""
    return _plain_mean(level.clamp_min(1e-6) ** power, masks).clamp_min(1e-12) ** (1 / power)


def measure(film: LabelledFilm, collector: ClothDescriber) -> dict[float, Scores]:
    worn = Worn.concatenate(
        [collector.crop(picture, film.box[rows]) for rows, picture in film.pictures()]
    )
    vectors = collector.describe(worn)
    network = vectors[:, :-COLOUR_DIM] * np.sqrt(2)
    colour = vectors[:, -COLOUR_DIM:] * np.sqrt(2)
    seen = np.isfinite(vectors).all(axis=1)
    print(
        f"{film.name}: {len(worn.boxes)} faces, {100 * seen.mean():.1f} % with clothes in sight,"
        f" {len(film.questions(seen)[0])} asked for R@1"
    )
    found = {}
    for weight in COLOUR_WEIGHTS:
        found[weight] = score(film, weighted(network, colour, weight))
        print(f"  colour weight {weight:12.1f} {found[weight]}")
    if film.name == "demo":
        print_speed(film, collector, worn)
    return found


if __name__ == "__main__":
    main()
