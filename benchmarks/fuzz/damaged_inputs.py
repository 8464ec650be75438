"""Photos and films of many kinds, damaged by a seed, and what is wrong with how a run ended."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import av
from castlist.data.media.photos import can_read_heif
from castlist.data.result.result import StoredResult
from PIL import Image

LONGEST = 300
GOOD = "good.png"
ALONE = 0.2  # share of the inputs without a good photo beside them
DEMO = Path(__file__).resolve().parents[2] / "data" / "demo" / "scene.mp4"

ORIENTATION_6 = b"Exif\0\0MM\0*" + bytes.fromhex(
    "00000008 0001 0112 0003 00000001 00060000 00000000"
)
PHOTOS: dict[str, dict[str, Any]] = {
    "a.jpg": {"quality": 85},
    "progressive.jpg": {"quality": 85, "progressive": True},
    "exif.jpg": {"quality": 85, "exif": ORIENTATION_6},
    "a.png": {}, "a.webp": {}, "a.tif": {}, "packed.tif": {"compression": "tiff_lzw"}, "a.bmp": {},
    "a.avif": {}, "a.jp2": {}, "a.ppm": {}, "a.tga": {}, "a.mpo": {},
    "moving.webp": {"save_all": True}, "moving.png": {"save_all": True},
}  # fmt: skip
FILMS = {
    "a.mp4": "libx264", "a.mov": "libx264", "a.mkv": "libx264", "a.ts": "libx264",
    "a.avi": "mpeg4", "a.mpg": "mpeg2video", "a.webm": "libvpx", "a.flv": "libx264",
    "mjpeg.mov": "mjpeg", "a.h264": "libx264", "a.gif": "gif", "a.wmv": "wmv2",
}  # fmt: skip
FORMATS = {".h264": "h264", ".wmv": "asf", ".mpg": "mpeg"}


def make_seeds(folder: Path) -> list[Path]:
    """Write one small photo or film of each kind."""
    with av.open(str(DEMO)) as film:
        pictures = [frame.to_image() for frame in islice(film.decode(video=0), 10)]
    pictures = [picture.resize((320, 180)) for picture in pictures]
    pictures[0].save(folder / GOOD)
    kinds = dict(PHOTOS)
    if can_read_heif():
        import pillow_heif

        pillow_heif.register_heif_opener()
        kinds["a.heic"] = {}
    seeds = []
    for name, settings in kinds.items():
        more = {"append_images": pictures[1:3]} if "save_all" in settings else {}
        pictures[0].save(folder / name, **settings, **more)
        seeds.append(folder / name)
    for name, codec in FILMS.items():
        write_film(folder / name, codec, pictures)
        seeds.append(folder / name)
    return seeds


def write_film(path: Path, codec: str, pictures: Sequence[Image.Image]) -> None:
    with av.open(str(path), "w", format=FORMATS.get(path.suffix)) as container:
        stream = container.add_stream(codec, rate=10 if codec != "mpeg2video" else 25)
        stream.width, stream.height = pictures[0].size
        stream.pix_fmt = {"gif": "rgb8", "mjpeg": "yuvj420p"}.get(codec, "yuv420p")
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_image(picture)))
        container.mux(stream.encode(None))


# Damage: each takes the content of a file.


def cut_off(content: bytes, rng: random.Random) -> bytes:
    return content[: rng.choice([rng.randrange(len(content)), len(content) - rng.randint(1, 20)])]


def beginning_lost(content: bytes, rng: random.Random) -> bytes:
    return content[rng.randint(1, min(64, len(content) - 1)) :]


def bits_flipped(content: bytes, rng: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(rng.choice([1, 10, 100])):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def head_flipped(content: bytes, rng: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(rng.randint(1, 4)):
        changed[rng.randrange(min(200, len(changed)))] = rng.randrange(256)
    return bytes(changed)


def large_numbers(content: bytes, rng: random.Random) -> bytes:
    """Put a number that is far too large, or 0, where one may be."""
    at = rng.randrange(max(1, min(600, len(content) - 8)))
    number = rng.choice([b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\0", b"\0\0\xff\xff"])
    return content[:at] + number + content[at + 4 :]


def block_of_zeros(content: bytes, rng: random.Random) -> bytes:
    at, length = rng.randrange(len(content)), rng.choice([64, 512, 4096])
    return content[:at] + bytes(min(length, len(content) - at)) + content[at + length :]


def block_lost(content: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(content))
    return content[:at] + content[at + rng.choice([1, 7, 512]) :]


def blocks_exchanged(content: bytes, rng: random.Random) -> bytes:
    first, second = sorted(rng.sample(range(len(content)), 2))
    middle = (first + second) // 2
    return content[:first] + content[middle:second] + content[first:middle] + content[second:]


def block_twice(content: bytes, rng: random.Random) -> bytes:
    first, second = sorted(rng.sample(range(len(content)), 2))
    return content[:second] + content[first:]


def noise_behind(content: bytes, rng: random.Random) -> bytes:
    return content + rng.randbytes(rng.choice([1, 1000]))


DAMAGE: list[Callable[[bytes, random.Random], bytes]] = [
    cut_off, beginning_lost, bits_flipped, head_flipped, large_numbers, block_of_zeros, block_lost,
    blocks_exchanged, block_twice, noise_behind,
]  # fmt: skip


@dataclass(frozen=True)
class Input:
    """A damaged file, the folder that it lies in, and how it came about."""

    folder: Path
    is_alone: bool
    told: str


def make_input(number: int, seed: int, seeds: Sequence[Path], work: Path) -> Input:
    """Write one damaged input; the same number and seed give the same."""
    rng = random.Random(f"{seed} {number}")  # noqa: S311 - it damages files
    path = rng.choice(seeds)
    kinds = [rng.choice(DAMAGE) for _ in range(rng.choice([1, 1, 1, 2]))]
    content = path.read_bytes()
    for kind in kinds:
        content = kind(content, rng) or b"\0"
    name = path.name
    if rng.random() < 0.1:
        name = path.stem + rng.choice(seeds).suffix
    folder = work / "in"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / name).write_bytes(content)
    is_alone = rng.random() < ALONE
    if not is_alone:
        shutil.copy(path.parent / GOOD, folder)
    told = f"{path.name} as {name}: {', '.join(kind.__name__ for kind in kinds)}"
    return Input(folder, is_alone, told + (", alone" if is_alone else ""))


def wrong(made: Input, code: int | str, printed: tuple[str, str], out: Path) -> list[str]:
    """Say what is wrong with a run."""
    stdout, stderr = printed
    errors = [line for line in stderr.splitlines() if line.startswith("castlist: error")]
    told = errors + [line for line in stdout.splitlines() if line.startswith("! ")]
    allowed = (0, 1, 3) if made.is_alone else (0, 3)
    found = [
        (code not in allowed, f"exit code {code}"),
        ("Traceback" in stdout + stderr, "a traceback"),
        (any("unexpected" in line for line in errors), f"unexpected: {errors}"),
        (len(errors) != (code == 1), f"{len(errors)} lines of error"),
        (any(len(line) > LONGEST for line in told), f"a line of {max(map(len, told), default=0)}"),
    ]
    if code in (0, 3):
        try:
            run = StoredResult.load(out).run
        except Exception as error:
            return [text for is_so, text in found if is_so] + [f"no result: {error}"]
        read = {source.name for source in run.sources if source.num_frames}
        found += [
            (not made.is_alone and GOOD not in read, "the good photo is lost"),
            (code == 3 and not run.skipped, "exit code 3 and nothing left out"),
        ]
    return [text for is_so, text in found if is_so]
