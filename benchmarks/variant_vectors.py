"""Vectors of many networks for the tables of variants.py, for calibration and for measuring.

    python benchmarks/variant_vectors.py OUT [--films hamilton] [--variants orig noise]
    python benchmarks/variant_vectors.py OUT --used    # a third of the time: what a run describes

Writes vectors.npz beside each faces.parquet. Of every row: who it is by the labels, and how far it
is turned. Of the labelled faces and the best dozen of each track: noise, brightness, a vector of
every face network, of the face as it is and cleaned. Of the best five of each track: vectors of
what they wear, with the head and without. NaN elsewhere. With --used the vectors of a run alone:
of the best five faces of each track, by the networks of the defaults.

Networks that do not ship are looked for in the folders of CASTLIST_MODELS.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from castlist.clustering.cloth_models.clothes import ClothConfig, ClothDescriber
from castlist.clustering.evaluation.matching import LookedAt, match_labels
from castlist.clustering.face_models.aligned_network import AlignedNetwork
from castlist.clustering.face_models.alignment import (
    LANDMARKS_IN_CHIP,
    FaceAligner,
    Pyramid,
    similarity,
)
from castlist.clustering.face_models.base import Detections, Picture
from castlist.clustering.face_models.cleaning import FaceCleaner
from castlist.data.files import replacing_file
from castlist.data.media.frames import open_film
from castlist.data.result.store import read_faces
from castlist.data.runtime.networks import Network
from castlist.data.tables.faces import Faces
from castlist.data.tables.label_files import read_labels
from numpy.typing import NDArray
from places import ROOT
from variants import CORE, FILMS, LABELS, LOOKED_FPS, TABLE, VARIANTS, VIDEO, wanted

VECTORS = "vectors.npz"
BEST_OF_TRACK, BODIES_OF_TRACK = 12, 5
USED = ("0095", "faceres", "sface")
CHECKPOINTS = ROOT / "checkpoints"
MODELS = [Path(folder) for folder in os.environ.get("CASTLIST_MODELS", "").split(os.pathsep)]
BODY_SIZE = (256, 128)  # height and width that the person networks take, pixels

# What of the picture belongs to a person, in widths and heights of the face box: how far to either
# side of its middle, from where above its top (negative: below) to where below it.
BODIES = {"head": (1.6, 0.4, 4.2), "torso": (1.6, -1.0, 4.2)}
BODIES_OF_NETWORKS = {"head": ("0277", "0287"), "torso": ("0277",)}

Boxes = NDArray[np.float32]
Vectors = NDArray[np.float32]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path, help="folder of the tables")
    parser.add_argument("--films", nargs="*", default=list(FILMS), choices=FILMS)
    parser.add_argument("--variants", nargs="*", default=list(CORE), choices=VARIANTS)
    parser.add_argument("--again", action="store_true", help="also where vectors are already")
    parser.add_argument("--used", action="store_true", help="only what a run describes")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)  # on a busy machine, threads that wait for each other take longest
    for name, variant, folder in wanted(arguments.out, arguments.films, arguments.variants):
        if not (folder / TABLE).exists() or ((folder / VECTORS).exists() and not arguments.again):
            continue
        start = time.perf_counter()
        columns = describe(folder, arguments.used)
        with replacing_file(folder / VECTORS) as partial, partial.open("wb") as file:
            np.savez(file, **columns)
        spent = ", ".join(f"{what} {ms:.0f}" for what, ms in CLOCK.ms_each().items())
        seconds = time.perf_counter() - start
        print(f"{name}/{variant}: {columns['chosen'].sum()} faces, {seconds:.0f} s", flush=True)
        print(f"    ms a face: {spent}", flush=True)


# --- networks ------------------------------------------------------------------------------------


@dataclass
class Clock:
    """Time spent and faces seen, by what was done."""

    seconds: dict[str, float] = field(default_factory=dict)
    faces: dict[str, int] = field(default_factory=dict)

    def run(self, what: str, faces: int, work: Callable[[], Any]) -> Any:
        """Do some work and take its time."""
        start = time.perf_counter()
        found = work()
        self.seconds[what] = self.seconds.get(what, 0) + time.perf_counter() - start
        self.faces[what] = self.faces.get(what, 0) + faces
        return found

    def ms_each(self) -> dict[str, float]:
        """Return the milliseconds of a face by what was done."""
        return {what: 1000 * spent / self.faces[what] for what, spent in self.seconds.items()}


CLOCK = Clock()


def find_file(name: str) -> Path:
    for folder in MODELS:
        if (folder / name).is_file():
            return folder / name
    raise SystemExit(f"{name}: not in the folders that CASTLIST_MODELS names")


def contents(name: str) -> list[bytes]:
    """Return both files of a network in OpenVINO's format."""
    return [find_file(f"{name}.{ending}").read_bytes() for ending in ("xml", "bin")]


class Dlib:
    """dlib's network as it ships, on faces cut out by dlib's points and the detector's."""

    def __init__(self) -> None:
        self._card = json.loads((CHECKPOINTS / "dlib_resnet.json").read_text())
        side = self._card["input"]["side"]
        file = (CHECKPOINTS / self._card["file"]).read_bytes()
        self._network = Network(file, shape=(None, 3, side, side))
        self._aligner = FaceAligner()

    def align(self, picture: Picture, faces: Detections) -> NDArray[np.uint8]:
        """Cut out (num_faces, 150, 150, 3) uint8."""
        return self._aligner.align(picture, faces)

    def embed(self, chips: Sequence[NDArray[np.uint8]]) -> Vectors:
        """Return (num_faces, 128) float32."""
        given = self._card["input"]
        pictures = (np.stack(list(chips)) - np.array(given["mean"], np.float32)) * np.float32(
            given["scale"]
        )
        return self._network.run(pictures.transpose(0, 3, 1, 2))[0]


class DlibByLandmarks(Dlib):
    """The same on faces that the detector's landmarks alone bring upright."""

    def align(self, picture: Picture, faces: Detections) -> NDArray[np.uint8]:
        """Cut out (num_faces, 150, 150, 3) uint8."""
        smaller = Pyramid(np.ascontiguousarray(picture))
        return np.stack(
            [
                smaller.warp(similarity(points.astype(np.float64), LANDMARKS_IN_CHIP), 150)
                for points in faces.landmarks
            ]
        )


@cache
def face_networks() -> dict[str, Dlib | AlignedNetwork]:
    intel = "face-reidentification-retail-0095"
    intel_card = json.loads((CHECKPOINTS / "models" / f"{intel}.json").read_text())
    return {
        "dlib": Dlib(),
        "dlib_landmarks": DlibByLandmarks(),
        "0095": AlignedNetwork(intel_card, contents(intel)),
        "faceres": shipped("faceres"),
        "sface": shipped("sface"),
    }


def shipped(name: str) -> AlignedNetwork:
    card = json.loads((CHECKPOINTS / f"{name}.json").read_text())
    return AlignedNetwork(card, [(CHECKPOINTS / card["file"]).read_bytes()])


@cache
def body_networks() -> dict[str, Network]:
    shape = (None, 3, *BODY_SIZE)
    return {
        number: Network(contents(f"person-reidentification-retail-{number}"), "ir", shape)
        for number in ("0277", "0287")
    }


@cache
def cloth_describer() -> ClothDescriber:
    return ClothDescriber(ClothConfig(encoder="film_lite0"))


# --- one table -----------------------------------------------------------------------------------


def describe(folder: Path, used: bool) -> dict[str, NDArray[Any]]:
    """Return the columns of vectors.npz; ``used``: only what a run describes."""
    faces, facts = read_faces(folder / TABLE)
    true = true_people(folder, faces, facts)
    dressed = best_of_tracks(faces, BODIES_OF_TRACK)
    chosen = dressed if used else best_of_tracks(faces, BEST_OF_TRACK) | (true != "")
    networks = {name: own for name, own in face_networks().items() if not used or name in USED}
    bodies = {"head": ("0277",)} if used else BODIES_OF_NETWORKS
    columns: dict[str, NDArray[Any]] = {"true": true, "chosen": chosen}
    columns["height_px"] = faces.height_px.copy()
    columns["turned"] = turned(faces.landmarks)
    for picture, rows in pictures(folder / VIDEO, faces, chosen, facts):
        fill(columns, rows, describe_faces(picture, faces, rows, networks), len(faces))
        if len(rows := rows[dressed[rows]]):
            fill(columns, rows, describe_clothes(picture, faces, rows, bodies), len(faces))
    return columns


def fill(
    columns: dict[str, NDArray[Any]],
    rows: NDArray[np.int64],
    found: dict[str, NDArray[Any]],
    num_faces: int,
) -> None:
    """Put what was found of some rows into the columns of all, NaN (False) elsewhere."""
    for name, values in found.items():
        if name not in columns:
            blank = False if values.dtype == bool else np.nan
            columns[name] = np.full((num_faces, *values.shape[1:]), blank, values.dtype)
        columns[name][rows] = values


def true_people(folder: Path, faces: Faces, facts: dict[str, Any]) -> NDArray[np.str_]:
    """Return (num_faces,) str, the labelled person; "" = no label."""
    labels = read_labels(folder / LABELS)
    looked_at = LookedAt(
        np.array(facts["frames"]), np.array(facts["frames_s"]), np.array(facts["cuts"], np.int64)
    )
    label = match_labels(faces, labels, looked_at={VIDEO: looked_at}).label_of_face
    return np.where(label >= 0, labels.person[label], "")


def best_of_tracks(faces: Faces, number: int) -> NDArray[np.bool_]:
    """Say which rows are among the best faces of their track, (num_faces,) bool."""
    best = np.zeros(len(faces), bool)
    order = np.lexsort((-faces.quality, faces.track))
    starts = np.flatnonzero(np.diff(faces.track[order], prepend=-1))
    for rows in np.split(order, starts[1:]):
        best[rows[:number]] = True
    return best


def turned(landmarks: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how far heads are turned, (num_faces,): 0 frontal, over 0.4 in profile, right > 0.

    As ``quality.nose_aside``, with a sign: the nose's distance from the middle of the face.
    """
    eyes, mouth = landmarks[:, :2].mean(axis=1), landmarks[:, 3:].mean(axis=1)
    across = landmarks[:, 1] - landmarks[:, 0] + landmarks[:, 4] - landmarks[:, 3]
    across = across / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-6)
    down = np.stack([-across[:, 1], across[:, 0]], axis=1)
    length = np.maximum(((mouth - eyes) * down).sum(axis=1), 1)
    aside = ((landmarks[:, 2] - (eyes + mouth) / 2) * across).sum(axis=1) / length
    return np.asarray(aside, np.float32)


def pictures(
    video: Path, faces: Faces, chosen: NDArray[np.bool_], facts: dict[str, Any]
) -> Iterator[tuple[Picture, NDArray[np.int64]]]:
    """Yield each picture with chosen faces, and their rows."""
    rows_of = {
        frame: np.flatnonzero(chosen & (faces.frame == frame))
        for frame in np.unique(faces.frame[chosen]).tolist()
    }
    with open_film(video, source=VIDEO, fps=LOOKED_FPS, also_frames=facts["frames"]) as film:
        for frame in film:
            if frame.index in rows_of:
                yield frame.picture, rows_of[frame.index]


def describe_faces(
    picture: Picture,
    faces: Faces,
    rows: NDArray[np.int64],
    networks: dict[str, Dlib | AlignedNetwork],
) -> dict[str, NDArray[Any]]:
    """Return the condition and the vectors of some faces of a picture, by each face network."""
    found = Detections(faces.box[rows], faces.landmarks[rows], faces.detection[rows])
    cleaner, count = FaceCleaner(), len(rows)
    condition = CLOCK.run("measuring", count, lambda: cleaner.measure(picture, found.boxes))
    cleaned = CLOCK.run("cleaning", count, lambda: list(cleaner.clean(picture, found, condition)))
    columns: dict[str, NDArray[Any]] = {
        "noise": condition.noise,
        "brightness": condition.brightness,
        "denoised": np.array([face.denoised for face in cleaned]),
        "brightened": np.array([face.brightened for face in cleaned]),
    }
    for name, network in networks.items():
        if name == "dlib":  # the table has them
            columns[name] = faces.face_vector[rows]
        else:
            columns[name] = _plain(name, network, picture, found)
        if name != "dlib_landmarks":
            columns[f"{name}_cleaned"] = columns[name].copy()
            for row, face in enumerate(cleaned):
                if face.denoised or face.brightened:
                    columns[f"{name}_cleaned"][row] = network.embed(
                        network.align(face.picture, face.face)
                    )[0]
    return columns


def describe_clothes(
    picture: Picture, faces: Faces, rows: NDArray[np.int64], bodies: dict[str, tuple[str, ...]]
) -> dict[str, NDArray[Any]]:
    """Return a vector of each of some faces of a picture by every network of bodies and clothes."""
    columns: dict[str, NDArray[Any]] = {}
    for name, numbers in bodies.items():
        crops = body_crops(picture, faces.box[rows], name)
        for number in numbers:
            network = body_networks()[number]
            columns[f"{number}_{name}"] = CLOCK.run(
                number, len(rows), lambda net=network, given=crops: unit(net.run(given)[0])
            )
    of_frame = np.flatnonzero(faces.frame == faces.frame[rows[0]])
    here = np.flatnonzero(np.isin(of_frame, rows))
    describer = cloth_describer()
    worn = CLOCK.run(
        "person mask", len(rows), lambda: describer.crop(picture, faces.box[of_frame], here)
    )
    described = CLOCK.run("film_lite0", len(rows), lambda: describer.describe(worn))
    first, last = describer.columns["cloth_film_lite0"]
    columns["film_lite0"] = unit(described[:, first:last])
    return columns


def _plain(
    name: str, network: Dlib | AlignedNetwork, picture: Picture, found: Detections
) -> Vectors:
    chips = CLOCK.run(f"{name} align", len(found), lambda: network.align(picture, found))
    vectors: Vectors = CLOCK.run(name, len(found), lambda: network.embed(chips))
    return vectors


def body_crops(picture: Picture, boxes: Boxes, name: str) -> NDArray[np.float32]:
    """Cut out what is around and under faces, as the person networks take it.

    Returns:
        (num_faces, 3, 256, 128) float32, blue green red, 0..255; zeros where too little is in the
        picture.
    """
    aside, above, below = BODIES[name]
    height, width = picture.shape[:2]
    crops = np.zeros((len(boxes), *BODY_SIZE, 3), np.uint8)
    for row, (x1, y1, x2, y2) in enumerate(boxes.tolist()):
        middle, wide, high = (x1 + x2) / 2, x2 - x1, y2 - y1
        left, right = max(0, middle - aside * wide), min(width, middle + aside * wide)
        top, bottom = max(0, y1 - above * high), min(height, y1 + below * high)
        if right - left >= 8 and bottom - top >= 8:
            part = picture[int(top) : int(bottom), int(left) : int(right)]
            crops[row] = cv2.resize(part, BODY_SIZE[::-1], interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(crops[..., ::-1].transpose(0, 3, 1, 2), np.float32)


def unit(vectors: Vectors) -> Vectors:
    with np.errstate(invalid="ignore"):
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


if __name__ == "__main__":
    main()
