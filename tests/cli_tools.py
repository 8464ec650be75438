"""What tests of the command line share: films of coloured squares, and networks that know them."""

import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import av
import cv2
import numpy as np
from castlist import __main__ as command_line
from castlist.clustering.analysis.engine import load_engine
from castlist.clustering.cloth_models.clothes import Worn
from castlist.clustering.face_models.base import Detections
from castlist.data.result.store import read_faces
from castlist.data.tables.codes import UNKNOWN
from PIL import ExifTags, Image
from scipy import ndimage

SCENE = Path(command_line.__file__).parent / "data" / "demo" / "scene.mp4"
COLOURS = {
    "red": (210, 40, 40),
    "green": (40, 190, 60),
    "blue": (50, 60, 220),
    "yellow": (220, 210, 40),
}
FACE_PX = 24
RESULT = {"faces.parquet", "faces.csv", "people.json", "run.json", "report.html", "people"}


def picture(*faces, grey=128):
    """Return a grey picture with a row of square faces of the colours named."""
    pixels = np.full((96, 192, 3), grey, np.uint8)
    for place, name in enumerate(faces):
        left = 12 + 44 * place
        pixels[16 : 16 + FACE_PX, left : left + FACE_PX] = COLOURS[name]
    return pixels


def write_film(path, pictures, rate=10, **muxing):
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w", options=muxing) as container:
        stream = container.add_stream("libx264", rate=rate, options={"crf": "12"})
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        for pixels in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def shots(*casts, num_frames=10):
    """Return the pictures of shots: light and dark in turn, so that their cuts are seen."""
    return [
        picture(*faces, grey=80 + 90 * (number % 2))
        for number, faces in enumerate(casts)
        for _ in range(num_frames)
    ]


def write_photo(path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, quality=95)
    return path


def date_photo(path, date):
    """Write the date that a photo was taken into it, as a photo manager does: no pixel changes."""
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = date
    written = exif.tobytes()
    data, length = path.read_bytes(), (len(written) + 2).to_bytes(2, "big")
    assert data.startswith(b"\xff\xd8"), "expected a JPEG"
    path.write_bytes(data[:2] + b"\xff\xe1" + length + written + data[2:])


def title_film(path, title):
    """Write a title into an MP4 as some programs do, behind all else: no picture changes."""
    data = path.read_bytes()
    assert data[4:8] == b"ftyp", "expected an MP4"
    content = b"uuid" + bytes(16) + title.encode()
    path.write_bytes(data + (4 + len(content)).to_bytes(4, "big") + content)


class SquareDetector:
    card = "squares"
    max_side_px = None

    def detect(self, pixels):
        boxes = []
        for colour in COLOURS.values():
            near = cv2.inRange(pixels, *(np.clip(np.add(colour, by), 0, 255) for by in (-49, 49)))
            for rows, columns in ndimage.find_objects(ndimage.label(near)[0]):
                box = (columns.start, rows.start, columns.stop, rows.stop)
                if min(box[2] - box[0], box[3] - box[1]) > FACE_PX / 2:
                    boxes.append(box)
        found = np.array(boxes, np.float32).reshape(-1, 4)
        landmarks = np.full((len(found), 5, 2), np.nan, np.float32)
        return Detections(found, landmarks, np.full(len(found), 0.9, np.float32))


class ColourEmbedder:
    """A colour is a direction; how far off it is in the film, a little noise."""

    card = "colours"
    dim = 8
    other_person_distance = 0.6

    def align(self, pixels, found):
        centres = ((found.boxes[:, :2] + found.boxes[:, 2:]) / 2).astype(int)
        return np.stack([pixels[y - 4 : y + 4, x - 4 : x + 4] for x, y in centres])

    def embed(self, chips):
        vectors = np.zeros((len(chips), self.dim), np.float32)
        palette = np.array(list(COLOURS.values()), float)
        for row, chip in enumerate(chips):
            colour = chip.reshape(-1, 3).mean(axis=0)
            name = int(np.argmin(np.linalg.norm(palette - colour, axis=1)))
            vectors[row, name] = 0.6
            vectors[row, -3:] = (colour - palette[name]) / 255
        return vectors


class NoClothes:
    card = "none"
    dim = 4

    def crop(self, pixels, boxes, rows):
        nothing = np.zeros((len(rows), 2, 2, 4), np.uint8)
        bodies = np.zeros((len(rows), 2, 2, 3), np.uint8)
        return Worn(np.full((len(rows), 4), np.nan, np.float32), nothing, bodies)

    def describe(self, worn):
        return np.full((len(worn.boxes), self.dim), np.nan, np.float32)

    columns: ClassVar = {"network": (0, 4)}


class NoAligner:
    """Cuts no faces out: nobody looks at the faces of squares, whose quality is given."""

    def upright(self, pixels, found):
        return np.zeros((len(found), 1, 1, 3), np.uint8)


_load_engine = functools.cache(load_engine)


def load_engine_once(config, every_face=False, *_progress):
    return _load_engine(config, every_face)


@dataclass
class Run:
    code: int
    out: str
    progress: list
    error: str


def contents(folder):
    """Return {path: bytes} of all files in a folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def leftovers(folder):
    return [path.name for path in folder.rglob("*") if "partial" in path.name]


def facts_of(out):
    return json.loads((out / "run.json").read_text())


def table_of(out):
    return read_faces(out / "faces.parquet")[0]


def colours_of(faces):
    """Return the colour of each face, by the vectors of its track: not every face has one."""
    described = np.flatnonzero(faces.has_face_vector)
    of_track = dict(
        zip(faces.track[described], np.argmax(faces.face_vector[described], axis=1), strict=True)
    )
    return [int(of_track[track]) for track in faces.track.tolist()]


def violations(faces):
    """Count pairs of faces that share a picture and a person, the slow and certain way."""
    return sum(
        faces.person[a] == faces.person[b] != UNKNOWN
        and faces.source[a] == faces.source[b]
        and faces.frame[a] == faces.frame[b]
        for a in range(len(faces))
        for b in range(a)
    )
