"""Films that are written show the colours of those that they are made of, and state them."""

from fractions import Fraction

import av
import numpy as np
import pytest
from av.video.reformatter import VideoReformatter
from castlist.clustering.clips.cut import write_reel
from castlist.clustering.clips.moment import write_moment
from castlist.clustering.clips.overlay import write_overlay
from castlist.clustering.clips.piece import Piece
from castlist.data.media.frames import open_film
from castlist.data.media.scaler import Scaler
from castlist.data.progress import silent
from castlist.data.shots.shots import ShotRules, film_shots
from shot_tools import faces_at, film_of

SMALL, LARGE = (192, 96), (1280, 720)
RATE, LENGTH = Fraction(10), 10
BT601, BT709, BT2020, PQ = 5, 1, 9, 16
ORDINARY, FULL = 1, 2
FEW = 4  # of 255, by which colours differ when they are encoded again


def write(path, size, codec="libx264", pix_fmt="yuv420p", matrix=None, full=FULL, curve=None):
    """Write a film of coloured squares; ``matrix`` and ``full`` say how they are stored."""
    squares = np.array([[[200, 50, 40], [40, 180, 60]], [[50, 60, 210], [30, 30, 30]]], np.uint8)
    pixels = squares.repeat(size[1] // 2, 0).repeat(size[0] // 2, 1)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=RATE)
        stream.width, stream.height, stream.pix_fmt = *size, pix_fmt
        context = stream.codec_context
        if matrix:
            context.colorspace, context.color_range = matrix, full
        if curve:
            context.color_trc, context.color_primaries = curve, BT2020
        for _ in range(LENGTH):
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            if matrix:
                frame = VideoReformatter().reformat(
                    frame, format=pix_fmt, dst_colorspace=matrix, dst_color_range=full
                )
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def colours_of(path):
    """Return the colours of the four squares, (4, 3)."""
    with open_film(path, source="film", fps=10) as film:
        picture = next(iter(film)).picture
    height, width = picture.shape[:2]
    places = [(y, x) for y in (height // 4, 3 * height // 4) for x in (width // 4, 3 * width // 4)]
    return np.array([picture[y - 4 : y + 4, x - 4 : x + 4].mean(axis=(0, 1)) for y, x in places])


FILMS = {
    "as small films are": (SMALL, {"matrix": BT601, "full": ORDINARY}),
    "small, of the matrix of large ones": (SMALL, {"matrix": BT709, "full": ORDINARY}),
    "large": (LARGE, {"matrix": BT709, "full": ORDINARY}),
    "large, of the matrix of small ones": (LARGE, {"matrix": BT601, "full": ORDINARY}),
    "of full range": (SMALL, {"pix_fmt": "yuvj420p", "matrix": BT709, "full": FULL}),
    "JPEGs": (SMALL, {"codec": "mjpeg", "pix_fmt": "yuvj420p"}),
    "red, green and blue": (LARGE, {"codec": "png", "pix_fmt": "rgb24"}),
}  # fmt: skip


def reel_of(path, size, to):
    film = film_of(RATE, LENGTH, cuts=(), path=str(path), size_px=size)
    faces = faces_at(film, film.frames)
    [shot] = film_shots(faces, np.arange(len(faces)), film, ShotRules())
    write_reel([Piece(shot, film, path)], to, silent)
    return faces, film


@pytest.mark.parametrize("kind", FILMS)
def test_reels_overlays_and_moments_show_the_colours_of_the_film(tmp_path, kind):
    size, stored = FILMS[kind]
    path = write(tmp_path / "film.mov", size, **stored)
    faces, film = reel_of(path, size, tmp_path / "reel.mp4")
    write_overlay(faces, {0: "A"}, film, path, tmp_path / "overlay.mp4", silent)
    write_moment(path, 0.0, 0.9, tmp_path / "moment.mp4")
    before = colours_of(path)
    for written in ("reel.mp4", "overlay.mp4", "moment.mp4"):
        differences = np.abs(colours_of(tmp_path / written) - before)
        assert differences[1:].max() <= FEW, written  # the first has a box drawn over it
        with av.open(str(tmp_path / written)) as container:
            codec = container.streams.video[0].codec_context
            assert codec.colorspace in (BT601, BT709, 6), written
            assert codec.color_range == ORDINARY


def test_the_pictures_of_a_bright_screen_become_those_of_an_ordinary_one(tmp_path, monkeypatch):
    stored = {"pix_fmt": "yuv420p10le", "matrix": BT2020, "full": ORDINARY, "curve": PQ}
    path = write(tmp_path / "film.mov", SMALL, **stored)
    toned = np.full((SMALL[1], SMALL[0], 3), (200, 50, 40), np.uint8)
    monkeypatch.setattr(Scaler, "picture", lambda *_: toned)  # which takes seconds to set up
    reel_of(path, SMALL, tmp_path / "reel.mp4")
    monkeypatch.undo()
    assert np.abs(colours_of(tmp_path / "reel.mp4") - toned[0, 0]).max() <= FEW
