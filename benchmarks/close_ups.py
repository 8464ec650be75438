"""Faces that fill more and more of the picture, as in selfies: recall by share of the picture.

    python benchmarks/close_ups.py
    python benchmarks/close_ups.py --no-faces ../shared/data/clothing/images --sheet FOLDER

Large labelled faces of films, which lie in the folder that CASTLIST_DATA names (../shared/data
otherwise), are cut out so that the face is 0.4 to 1.3 times as high as the picture, a little beside
its middle, and enlarged: to 1280 px as a photo is, to 640 px as a frame of a film may be. A face is
found when a box overlaps what the picture shows of it by an intersection over union of 0.4. "Other"
is boxes on anything else. Each picture is looked at as before (the usual look), and as
``castlist find`` does, which adds a small one.

``--no-faces`` counts what only the small look finds in photos, and ``--films`` in a frame every
two seconds of films: look at what is written to ``--sheet FOLDER``. Time is processor time.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from castlist.clustering.face_models.base import Detections, Picture
from castlist.clustering.face_models.centerface import CenterFace, CenterFaceConfig
from castlist.data.media.frames import open_film
from castlist.data.tables.boxes import iou
from numpy.typing import NDArray
from photo_tiles import MIN_SCORE, frames
from PIL import Image, ImageOps

SHARES = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.15, 1.3)
EVERY = {"dinner_kids": 9, "hamilton": 4, "friends_scene": 16, "office_suits": 9, "photo_shoot": 9}
"""Films with large faces: each N-th labelled frame."""

LEAST_PX = 80  # height of a face that is enlarged
SHAPES = (3 / 4, 1.0, 4 / 3, 16 / 9)
ASIDE = 0.15  # of a face's height, how far its middle is beside that of the picture at most
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}

Cut = tuple[float, Picture, NDArray[np.float64]]


class Usual(CenterFace):
    """The detector without the small look."""

    def _with_close_up(self, found: Detections, *_: Picture) -> Detections:
        return found


def cut_outs(film: str, every: int, side: int, rng: np.random.Generator) -> Iterator[Cut]:
    """Yield the share of the picture's height, the picture, and the box of its face."""
    for picture, labels in frames(film, every):
        size = np.array(picture.shape[1::-1])
        for box in labels.box[labels.is_face]:
            face_px = box[3] - box[1]
            if face_px < LEAST_PX:
                continue
            for share in SHARES:
                extent = face_px / share * np.array([rng.choice(SHAPES), 1])
                middle = (box[:2] + box[2:]) / 2 + rng.uniform(-ASIDE, ASIDE, 2) * face_px
                if (extent > size).any():
                    continue
                left, top = np.clip(middle - extent / 2, 0, size - extent).astype(int)
                width, height = extent.astype(int)
                part = picture[top : top + height, left : left + width]
                by = side / max(part.shape[:2])
                shown = cv2.resize(part, None, fx=by, fy=by, interpolation=cv2.INTER_CUBIC)
                own = (box - [left, top, left, top]) * by
                yield share, shown, np.clip(own, 0, np.tile(shown.shape[1::-1], 2))


def print_recall(detectors: dict[str, CenterFace], side: int, sparser: int) -> None:
    """Print the table of one size of pictures."""
    rng = np.random.default_rng(0)
    found: dict[str, list[bool]] = {name: [] for name in detectors}
    other, seconds = dict.fromkeys(detectors, 0), dict.fromkeys(detectors, 0.0)
    shares = []
    for film, every in EVERY.items():
        for share, picture, box in cut_outs(film, every * sparser, side, rng):
            shares.append(share)
            for name, detector in detectors.items():
                start = time.process_time()
                faces = detector.detect(picture)
                seconds[name] += time.process_time() - start
                is_it = iou(faces.boxes, box[None])[:, 0] >= 0.4
                found[name].append(bool(is_it.any()))
                other[name] += int((~is_it).sum())
    heads = " | ".join(f"{share:g}" for share in SHARES)
    print(f"\npictures of {side} px, by the face's share of the height\n")
    print(f"| looked at | {heads} | other | ms |\n|---{'|--:' * (len(SHARES) + 2)}|")
    of_share = [np.array(shares) == share for share in SHARES]
    for name, own in found.items():
        cells = " | ".join(f"{np.array(own)[rows].sum()}/{rows.sum()}" for rows in of_share)
        took = 1000 * seconds[name] / len(shares)
        print(f"| {name} | {cells} | {other[name]} | {took:.0f} |", flush=True)


def photos(folder: Path, at_most: int) -> Iterator[Picture]:
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    for path in paths[:: max(1, len(paths) // at_most)][:at_most]:
        yield np.asarray(ImageOps.exif_transpose(Image.open(path)).convert("RGB"))


def film_frames(path: Path, at_most: int) -> Iterator[Picture]:
    with open_film(path, source=path.name, fps=0.5, end_s=2.0 * at_most) as film:
        yield from (frame.picture for frame in film)


def print_new(
    detectors: Sequence[CenterFace], name: str, pictures: Iterator[Picture], sheet: Path | None
) -> None:
    """Print in how many pictures the small look changes something; write these pictures."""
    usual, both = detectors
    number = changed = 0
    for picture in pictures:
        number += 1
        before, after = usual.detect(picture), both.detect(picture)
        if np.array_equal(before.boxes, after.boxes):
            continue
        changed += 1
        if sheet is not None:
            sheet.mkdir(parents=True, exist_ok=True)
            shown = picture[..., ::-1].copy()
            for box in after.boxes.round().astype(int).tolist():
                cv2.rectangle(shown, box[:2], box[2:], (0, 255, 0), 3)
            cv2.imwrite(str(sheet / f"{name}_{number}.jpg"), shown)
    print(f"| {name} | {number} | {changed} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--no-faces", nargs="*", type=Path, default=[], help="folders of photos")
    parser.add_argument("--every", type=int, default=1, help="take each N-th of these frames")
    parser.add_argument("--sides", nargs="+", type=int, default=[1280, 640], help="pixels")
    parser.add_argument("--films", nargs="*", type=Path, default=[])
    parser.add_argument("--at-most", type=int, default=200, help="pictures of each")
    parser.add_argument("--sheet", type=Path, help="folder for pictures in which more is found")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    config = CenterFaceConfig(min_score=MIN_SCORE)
    detectors = {"the usual look": Usual(config), "and a small one": CenterFace(config)}
    if arguments.no_faces or arguments.films:
        print("| what | pictures | changed by the small look |\n|---|--:|--:|")
    for folder in arguments.no_faces:
        shown = photos(folder, arguments.at_most)
        print_new(
            [*detectors.values()], f"{folder.parent.name}_{folder.name}", shown, arguments.sheet
        )
    for film in arguments.films:
        shown = film_frames(film, arguments.at_most)
        print_new([*detectors.values()], f"{film.parent.name}_{film.stem}", shown, arguments.sheet)
    if not arguments.no_faces and not arguments.films:
        for side in arguments.sides:
            print_recall(detectors, side, arguments.every)


if __name__ == "__main__":
    main()
