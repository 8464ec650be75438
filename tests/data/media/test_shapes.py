"""Which stream is looked at, and how its pictures become upright, square and true in colour."""

from fractions import Fraction
from io import BytesIO

import av
import numpy as np
import pytest
from av.stream import Disposition
from castlist.data.media.frames import open_film
from PIL import Image, ImageDraw

WIDTH, HEIGHT = 96, 64


def read(path, **wanted):
    with open_film(path, source="film", fps=1000, **wanted) as film:
        return list(film)


def flat(colour, width=WIDTH, height=HEIGHT):
    return np.full((height, width, 3), colour, np.uint8)


def write(path, pictures, codec="libx264", pix_fmt="yuv420p", **settings):
    options = settings.pop("options", {})
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=10, options=options)
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = pix_fmt
        for name, value in settings.items():
            setattr(stream.codec_context, name, value)
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("packing", "said"), [(3, "side by side"), (4, "one above the other"), (None, None)]
)
def test_a_3d_film_that_states_its_two_views_is_said_to_be_one(tmp_path, packing, said):
    stated = {"options": {"x264-params": f"frame-packing={packing}"}} if packing else {}
    path = write(tmp_path / "film.mp4", [flat((90, 90, 90))] * 3, **stated)
    with open_film(path, source="film", fps=1000) as film:
        assert len(list(film)) == 3
    assert (said or "") in (film.loss or "")
    assert bool(film.loss) is bool(said)


@pytest.mark.parametrize("film_first", [True, False])
def test_the_default_stream_is_the_film_not_the_largest(tmp_path, film_first):
    with av.open(str(tmp_path / "film.mkv"), "w") as container:
        streams = {}
        for is_film in (film_first, not film_first):
            stream = container.add_stream("libx264", rate=10)
            scale = 1 if is_film else 3
            stream.width, stream.height, stream.pix_fmt = scale * WIDTH, scale * HEIGHT, "yuv420p"
            stream.disposition = Disposition.default if is_film else Disposition(0)
            streams[is_film] = stream
        for is_film, stream in streams.items():
            picture = flat((255, 255, 255) if is_film else (0, 0, 255), stream.width, stream.height)
            for number in range(10):
                frame = av.VideoFrame.from_ndarray(picture)
                frame.pts = number
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    frames = read(tmp_path / "film.mkv")
    assert len(frames) == 10
    assert frames[0].picture.shape == (HEIGHT, WIDTH, 3)
    assert frames[0].picture.mean() > 240


@pytest.mark.parametrize(
    ("codec", "layout", "rate"), [("mjpeg", "yuvj420p", 10), ("libx264", "yuv420p", 1)]
)
def test_a_larger_poster_that_is_marked_as_default_too_is_not_the_film(
    tmp_path, codec, layout, rate
):
    with av.open(str(tmp_path / "film.mkv"), "w") as container:
        poster = container.add_stream(codec, rate=rate)
        poster.width, poster.height, poster.pix_fmt = 3 * WIDTH, 3 * HEIGHT, layout
        film = container.add_stream("libx264", rate=10)
        film.width, film.height, film.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        poster.disposition = film.disposition = Disposition.default
        for stream, count in ((poster, 2), (film, 10)):
            for number in range(count):
                frame = av.VideoFrame.from_ndarray(flat(255, stream.width, stream.height))
                frame.pts = number
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    frames = read(tmp_path / "film.mkv")
    assert [frame.picture.shape for frame in frames] == [(HEIGHT, WIDTH, 3)] * 10


def disc(width):
    """Return a picture of a disc that is round when ``width`` is shown as ``WIDTH``."""
    image = Image.new("RGB", (WIDTH, HEIGHT), (0, 0, 0))
    ImageDraw.Draw(image).ellipse((32, 16, 64, 48), fill=(255, 255, 255))
    return np.asarray(image.resize((width, HEIGHT)))


def roundness(picture):
    bright = picture[:, :, 1] > 128
    return np.ptp(np.flatnonzero(bright.any(axis=0))) / np.ptp(np.flatnonzero(bright.any(axis=1)))


@pytest.mark.parametrize("back", [False, True])
def test_the_shape_of_pixels_may_change_within_a_film(tmp_path, back):
    square = write(tmp_path / "1.ts", [disc(WIDTH)] * 20)
    narrow = write(tmp_path / "2.ts", [disc(WIDTH // 2)] * 20, sample_aspect_ratio=Fraction(2, 1))
    film = tmp_path / "film.ts"
    pieces = [square, narrow, square] if back else [square, narrow]
    film.write_bytes(b"".join(piece.read_bytes() for piece in pieces))
    frames = read(film)
    assert len(frames) == 20 * len(pieces)
    assert [roundness(frame.picture) for frame in frames] == pytest.approx(
        [1.0] * len(frames), abs=0.1
    )
    assert {frame.picture.shape for frame in frames} == {(HEIGHT, WIDTH, 3)}


# High dynamic range: the signal of a colour, by the formulas of SMPTE ST 2084 and BT.2100.

TO_2020 = np.array([[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]])
WHITE_NITS = 203  # paper white, BT.2408


def light(colour):
    value = np.asarray(colour) / 255
    return TO_2020 @ np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def pq(colour):
    power = (light(colour) * WHITE_NITS / 10000) ** 0.1593017578125
    return ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375


PQ = 16  # in ITU-T H.273


def hdr_frame(signal):
    kr, kb = 0.2627, 0.0593
    luma = kr * signal[0] + (1 - kr - kb) * signal[1] + kb * signal[2]
    blue, red = (signal[2] - luma) / (2 * (1 - kb)), (signal[0] - luma) / (2 * (1 - kr))
    planes = np.empty((HEIGHT * 3 // 2, WIDTH), np.uint16)
    planes[:HEIGHT] = round(64 + 876 * luma)
    planes[HEIGHT : HEIGHT * 5 // 4] = round(512 + 896 * blue)
    planes[HEIGHT * 5 // 4 :] = round(512 + 896 * red)
    frame = av.VideoFrame(WIDTH, HEIGHT, "yuv420p10le")
    for plane, (first, last) in zip(
        frame.planes, ((0, HEIGHT), (HEIGHT, HEIGHT * 5 // 4), (HEIGHT * 5 // 4, None)),
        strict=True,
    ):  # fmt: skip
        values = planes[first:last].reshape(plane.height, plane.width)
        padded = np.zeros((plane.height, plane.line_size // 2), np.uint16)
        padded[:, : plane.width] = values
        plane.update(padded.tobytes())
    frame.color_range, frame.colorspace = 1, 9
    frame.color_trc, frame.color_primaries = PQ, 9
    return frame


COLOURS = [(128, 128, 128), (200, 150, 120), (240, 240, 240), (210, 40, 40), (40, 60, 200)]


def test_bright_screens_pictures_have_the_colours_of_ordinary_ones(tmp_path):
    # HLG is in test_photos.py: FFmpeg makes ready for seconds
    film = tmp_path / "film.mkv"
    with av.open(str(film), "w") as container:
        stream = container.add_stream("ffv1", rate=10)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p10le"
        context = stream.codec_context
        context.color_range, context.colorspace = 1, 9
        context.color_trc, context.color_primaries = PQ, 9
        for colour in COLOURS:
            container.mux(stream.encode(hdr_frame(pq(colour))))
        container.mux(stream.encode(None))
    frames = read(film)
    assert len(frames) == len(COLOURS)
    for frame, colour in zip(frames, COLOURS, strict=True):
        assert np.abs(frame.picture[32, 48].astype(int) - colour).max() <= 20


# Interlaced


def moving(number):
    picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    picture[8:56, 8 + number : 40 + number] = 255
    return picture


def woven(number):
    """Return the picture of two moments, a line each."""
    picture = moving(8 * number)
    picture[1::2] = moving(8 * number + 4)[1::2]
    return picture


def combing(picture):
    """Return how much more neighbouring lines differ than lines of one half picture do."""
    lines = picture[10:54, :, 1].astype(int)
    return np.abs(np.diff(lines, axis=0)).mean() - np.abs(lines[2:] - lines[:-2]).mean()


@pytest.mark.parametrize(
    ("codec", "options"),
    [
        ("mpeg2video", {"flags": "+ilme+ildct", "b": "9000000"}),
        ("libx264", {"x264-params": "tff=1", "crf": "5"}),
    ],
)
def test_interlaced_pictures_are_not_combed(tmp_path, codec, options):
    pictures = [woven(number) for number in range(6)]
    film = tmp_path / "film.ts"
    with av.open(str(film), "w") as container:
        stream = container.add_stream(codec, rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture)))
        container.mux(stream.encode(None))
    frames = read(film)
    assert [frame.index for frame in frames] == list(range(6))
    assert [frame.time_s for frame in frames] == pytest.approx([n / 25 for n in range(6)], abs=0.01)
    assert combing(pictures[2]) > 10
    for frame, picture in zip(frames[1:], pictures[1:], strict=True):
        assert combing(frame.picture) < combing(picture) / 4
    lefts = [int((frame.picture[32, :, 1] > 128).argmax()) for frame in frames[1:]]
    assert np.diff(lefts) == pytest.approx(8, abs=1)
    assert 8 + 8 - 1 <= lefts[0] <= 12 + 8 + 1  # of one of its two moments


# EXIF in films


def exif_of(orientation):
    exif = Image.Exif()
    exif[274] = orientation
    return exif.tobytes()


@pytest.mark.parametrize(("orientation", "corner"), [(1, (0, 0)), (6, (0, -1)), (3, (-1, -1))])
@pytest.mark.parametrize("suffix", [".mov", ".avi"])
def test_a_film_of_jpegs_may_carry_exif(tmp_path, orientation, corner, suffix):
    picture = flat((0, 0, 0))
    picture[: HEIGHT // 2, : WIDTH // 2] = 255
    file = BytesIO()
    Image.fromarray(picture).save(file, "JPEG", exif=exif_of(orientation), quality=95)
    film = tmp_path / f"film{suffix}"
    with av.open(str(film), "w") as container:
        stream = container.add_stream("mjpeg", rate=10)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuvj420p"
        for number in range(3):
            packet = av.Packet(file.getvalue())
            packet.stream, packet.pts, packet.dts = stream, number, number
            packet.time_base = Fraction(1, 10)
            packet.is_keyframe = True
            container.mux(packet)
    frames = read(film)
    assert len(frames) == 3
    corners = {(y, x): frames[0].picture[y, x].mean() for y in (0, -1) for x in (0, -1)}
    assert max(corners, key=corners.get) == corner
