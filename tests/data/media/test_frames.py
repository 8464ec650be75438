"""Films read: which frames, when, which way up, and what happens to broken ones."""

import gc
import math
import re
import threading
import wave
from fractions import Fraction
from types import SimpleNamespace

import av
import numpy as np
import pytest
from castlist.data.errors import InputError, SourceError
from castlist.data.media import decode
from castlist.data.media.decode import FilmDecoder
from castlist.data.media.frames import open_film
from castlist.data.media.rates import TimeGrid
from castlist.data.media.upright import Upright

WIDTH, HEIGHT = 64, 48


def grey(number):
    """Return a picture that carries its number in its brightness."""
    return np.full((HEIGHT, WIDTH, 3), 20 + 3 * number, np.uint8)


def number_in(picture):
    return round((float(picture.mean()) - 20) / 3)


def write_film(
    path, pictures, *, rate=10, times_ms=None, codec="libx264", pix_fmt="yuv420p", **settings
):
    """Write a film of pictures (height, width, 3) RGB; ``settings`` are of the codec context."""
    options = settings.pop("options", {})
    muxing = settings.pop("muxing", {})
    with av.open(str(path), "w", options=muxing) as container:
        stream = container.add_stream(codec, rate=rate, options=options)
        stream.height, stream.width = pictures[0].shape[:2] if pictures else (HEIGHT, WIDTH)
        stream.pix_fmt = pix_fmt
        if times_ms is not None:
            stream.codec_context.time_base = Fraction(1, 1000)
        for name, value in settings.items():
            setattr(stream.codec_context, name, value)
        if not pictures:
            container.start_encoding()
        for index, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts = index if times_ms is None else times_ms[index]
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def read(path, **wanted):
    with open_film(path, source="film", **wanted) as film:
        return list(film)


def indices(path, **wanted):
    return [frame.index for frame in read(path, **wanted)]


@pytest.fixture
def film_24(tmp_path):
    """Two seconds at 24 frames per second."""
    return write_film(tmp_path / "film.mp4", [grey(i) for i in range(48)], rate=24)


# Which frames


def test_looks_at_the_first_frame_at_or_after_each_point_of_the_grid(film_24):
    # 0.2 s is frame 4.8, 0.4 s frame 9.6 ...; 1.0 s is frame 24 exactly.
    assert indices(film_24, fps=5.0) == [0, 5, 10, 15, 20, 24, 29, 34, 39, 44]


def test_frames_carry_source_time_and_the_picture_of_their_index(film_24):
    for frame in read(film_24, fps=5.0):
        assert frame.source == "film"
        assert frame.time_s == pytest.approx(frame.index / 24)
        assert frame.picture.shape == (HEIGHT, WIDTH, 3)
        assert frame.picture.dtype == np.uint8
        assert number_in(frame.picture) == frame.index


def test_fps_above_the_rate_of_the_film_means_all_frames(film_24):
    assert indices(film_24, fps=1000.0) == list(range(48))


def test_fps_equal_to_the_rate_means_all_frames_though_times_are_rounded_to_milliseconds(tmp_path):
    film = write_film(tmp_path / "film.mkv", [grey(i) for i in range(48)], rate=24)
    assert indices(film, fps=24.0) == list(range(48))


def test_variable_frame_rate_is_read_by_time_not_by_count(tmp_path):
    times_ms = [0, 40, 80, 500, 520, 540, 1500, 1600, 2400]
    film = write_film(tmp_path / "film.mp4", [grey(i) for i in range(9)], times_ms=times_ms)
    looked_at = read(film, fps=2.0)
    # Points 0, 0.5, 1.0 and 1.5 (both answered at 1.5 s), 2.0.
    assert [frame.index for frame in looked_at] == [0, 3, 6, 8]
    assert [frame.time_s for frame in looked_at] == pytest.approx([0.0, 0.5, 1.5, 2.4])
    assert [number_in(frame.picture) for frame in looked_at] == [0, 3, 6, 8]


def test_grid_agrees_with_a_search_for_each_point():
    rng = np.random.default_rng(0)
    for fps in (0.3, 2.0, 5.0, 7.7):
        times = np.cumsum(rng.exponential(0.1, size=200))
        grid = TimeGrid(fps)
        chosen = [i for i, time_s in enumerate(times) if grid.meets(time_s)]
        points = np.arange(0, times[-1] * fps) / fps
        assert chosen == sorted(
            {int(np.flatnonzero(times >= point - 0.001)[0]) for point in points}
        )


def test_also_frames_are_looked_at_too_and_once(film_24):
    assert indices(film_24, fps=1.0, also_frames={3, 24, 47}) == [0, 3, 24, 47]


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])  # the number of frames known before, or not
def test_also_frames_beyond_the_end_are_an_error_that_names_the_frame(tmp_path, suffix):
    film = write_film(tmp_path / f"film{suffix}", [grey(i) for i in range(10)])
    assert indices(film, fps=1.0, also_frames=[9]) == [0, 9]
    with pytest.raises(InputError, match=r"up to 9 \(0-based\), got 10 "):
        read(film, also_frames=[4, 10])


def test_fps_of_zero_is_refused(film_24):
    with pytest.raises(ValueError, match="fps above 0, got 0"):
        open_film(film_24, source="film", fps=0)


# From, to


@pytest.mark.parametrize(
    ("codec", "suffix", "options"),
    [
        ("libx264", ".mp4", {"g": "12", "bf": "2"}),
        ("libx264", ".mkv", {"g": "12", "bf": "2", "x264-params": "open-gop=1"}),
        ("libx264", ".ts", {"g": "12"}),
        ("mpeg4", ".avi", {"g": "12", "b": "8000000", "qmax": "2"}),
        ("mpeg2video", ".mpg", {"g": "12", "b": "8000000", "qmax": "2"}),
    ],
)
@pytest.mark.parametrize("start_s", [0.3, 1.5, 2.8])
def test_a_part_of_a_film_has_the_frames_of_the_whole(tmp_path, codec, suffix, options, start_s):
    film = write_film(
        tmp_path / f"film{suffix}",
        [grey(i) for i in range(75)],
        rate=25,
        codec=codec,
        options=options,
    )
    whole = [f for f in read(film, fps=8.0) if start_s <= f.time_s < start_s + 0.6]
    part = read(film, fps=8.0, start_s=start_s, end_s=start_s + 0.6)
    assert [f.index for f in part] == [f.index for f in whole]
    assert [f.time_s for f in part] == pytest.approx([f.time_s for f in whole])
    assert [number_in(f.picture) for f in part] == [f.index for f in part]


@pytest.fixture
def film_with_key_pictures(tmp_path):
    """Three seconds at 25 frames per second, a key picture every 12 frames."""
    return write_film(
        tmp_path / "keys.mp4",
        [grey(i) for i in range(75)],
        rate=25,
        options={"g": "12", "sc_threshold": "0"},
    )


def first_decoded(path, start_s):
    decoder = FilmDecoder(path)
    first = next(decoder.pictures(start_s))
    number = number_in(Upright(None).picture(first.frame))
    decoder.close()
    return first.index, number


def test_decoding_begins_at_a_key_picture_some_pictures_before_the_start(film_with_key_pictures):
    # Frame 50 is at 2 s; of the key pictures 0, 12, 24, 36, 48 the last is too near.
    assert first_decoded(film_with_key_pictures, 2.0) == (36, 36)


def test_decoding_begins_at_the_first_picture_where_the_entry_proves_wrong(
    film_with_key_pictures, monkeypatch
):
    real = decode.find_entry

    def wrong(*args):
        entry = real(*args)
        return type(entry)(entry.index, [stamp + 1 for stamp in entry.stamps])

    monkeypatch.setattr(decode, "find_entry", wrong)
    assert first_decoded(film_with_key_pictures, 2.0) == (0, 0)


def test_start_after_the_end_of_the_film_is_an_error(film_24, tmp_path):
    message = r"got {} s, but it ends at 2\.0 s; give an earlier --from"
    for start_s in (2, 9):
        with pytest.raises(InputError, match=message.format(start_s)):
            read(film_24, start_s=start_s)
    film = write_film(tmp_path / "film.mkv", [grey(i) for i in range(48)], rate=24)
    with pytest.raises(InputError, match=message.format(9)):
        open_film(film, source="film", start_s=9.0)  # long after: known before decoding


def test_end_before_start_is_an_error(film_24):
    with pytest.raises(InputError, match=r"got 1 s to 0\.5 s"):
        open_film(film_24, source="film", start_s=1.0, end_s=0.5)


@pytest.mark.parametrize(
    "part", [{"fps": 0.1, "start_s": 1.0}, {"fps": 5.0, "start_s": 1.09, "end_s": 1.15}]
)
def test_a_part_without_a_picture_to_look_at_is_an_error(film_24, part):
    with pytest.raises(SourceError, match=r"a second there is none; give a higher --fps"):
        read(film_24, **part)
    assert indices(film_24, **part, also_frames=[27]) == [27]


@pytest.mark.parametrize("start_s", [1, 4, 7.5])
def test_a_part_of_a_film_without_time_stamps_begins_with_the_picture_shown_then(tmp_path, start_s):
    film = write_film(tmp_path / "film.h264", [grey(i) for i in range(78)])
    number = int(start_s * 10)  # sums of many tenths of a second are not those times exactly
    assert indices(film, fps=10.0, start_s=start_s, end_s=start_s + 0.1) == [number]


def test_also_frames_outside_the_part_are_not_looked_at(film_24):
    assert indices(film_24, fps=1.0, also_frames=[2, 20, 40], start_s=0.5, end_s=1.2) == [20, 24]


# Times


def test_times_count_from_the_start_of_the_stream(tmp_path):
    film = write_film(tmp_path / "film.ts", [grey(i) for i in range(10)])
    with av.open(str(film)) as container:
        assert container.streams.video[0].start_time > 0
    assert [frame.time_s for frame in read(film, fps=10.0)] == pytest.approx(
        [i / 10 for i in range(10)], abs=1e-3
    )


def test_a_transport_stream_of_one_picture_begins_at_0(tmp_path):
    film = write_film(tmp_path / "film.ts", [grey(0)])
    with open_film(film, source="film") as frames:
        assert [frame.time_s for frame in frames] == [0]
        assert frames.loss is None


def test_times_never_run_backwards_where_recordings_were_joined(tmp_path):
    piece = write_film(tmp_path / "piece.ts", [grey(i) for i in range(10)]).read_bytes()
    film = tmp_path / "film.ts"
    film.write_bytes(piece + piece)
    looked_at = read(film, fps=10.0)
    times_s = [frame.time_s for frame in looked_at]
    assert [number_in(frame.picture) for frame in looked_at] == 2 * list(range(10))
    assert times_s == sorted(times_s)


def test_a_bare_stream_without_time_stamps_is_timed_by_its_rate(tmp_path):
    film = write_film(
        tmp_path / "film.h264", [grey(i) for i in range(10)], rate=25, options={"bf": "0"}
    )
    assert [frame.time_s for frame in read(film, fps=100.0)] == pytest.approx(
        [i / 25 for i in range(10)]
    )


# Rate, unit of time, timecode


def looked_through(path, **wanted):
    """Return (rate, time base, start timecode) of a film after its last frame."""
    with open_film(path, source="film", **wanted) as film:
        for _ in film:
            pass
        return film.rate, film.time_base, film.start_timecode


@pytest.mark.parametrize("ending", ["mp4", "mov", "mkv"])
@pytest.mark.parametrize(
    "rate",
    [25, 12, *(Fraction(thousands * 1000, 1001) for thousands in (24, 30, 60))],
    ids=str,
)
def test_a_constant_rate_is_found_exactly(tmp_path, ending, rate):
    path = write_film(tmp_path / f"film.{ending}", [grey(i % 60) for i in range(150)], rate=rate)
    found, time_base, _ = looked_through(path)
    assert isinstance(found, Fraction)
    assert found == rate
    # Matroska counts milliseconds; the others count in a unit of which a frame has a whole number.
    assert time_base == Fraction(1, 1000) if ending == "mkv" else (1 / (found * time_base)) % 1 == 0


def test_a_constant_rate_is_found_in_a_part_too(tmp_path):
    path = write_film(
        tmp_path / "film.mp4", [grey(i % 60) for i in range(150)], rate=Fraction(24000, 1001)
    )
    assert looked_through(path, start_s=2.0, end_s=4.0)[0] == Fraction(24000, 1001)


def test_frames_that_come_unevenly_have_no_rate(tmp_path):
    times_ms = [0, 40, 80, 180, 220, 400, 440, 480, 520, 900]
    path = write_film(tmp_path / "film.mkv", [grey(i) for i in range(10)], times_ms=times_ms)
    assert looked_through(path)[0] is None


def test_a_film_whose_rate_changes_half_way_has_no_rate(tmp_path):
    times_ms = [40 * i for i in range(30)] + [1200 + 50 * i for i in range(30)]
    path = write_film(tmp_path / "film.mkv", [grey(i) for i in range(60)], times_ms=times_ms)
    assert looked_through(path)[0] is None


@pytest.mark.parametrize("ending", ["mp4", "mov", "mkv"])
def test_the_start_timecode_is_the_one_that_the_file_states(tmp_path, ending):
    path = tmp_path / f"film.{ending}"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.height, stream.width, stream.pix_fmt = HEIGHT, WIDTH, "yuv420p"
        stream.metadata["timecode"] = "01:02:03:04"
        for number in range(10):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(grey(number))))
        container.mux(stream.encode(None))
    assert looked_through(path)[2] == "01:02:03:04"


def test_a_film_that_states_no_timecode_has_none(film_24):
    assert looked_through(film_24)[2] is None


# The right way up, square pixels, true colours


CORNER = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
CORNER[: HEIGHT // 2, : WIDTH // 2] = 255  # top left


def with_display_matrix(path, a, b, c, d):
    """Write the matrix into the track header of an mp4."""
    content = bytearray(path.read_bytes())
    at = content.index(b"tkhd") + 4 + 40
    matrix = np.array([a * 65536, b * 65536, 0, c * 65536, d * 65536, 0, 0, 0, 1 << 30], ">i4")
    content[at : at + 36] = matrix.tobytes()
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("matrix", "shape", "bright"),
    [
        ((1, 0, 0, 1), (HEIGHT, WIDTH), "top left"),
        ((0, 1, -1, 0), (WIDTH, HEIGHT), "top right"),  # a quarter turn clockwise
        ((-1, 0, 0, -1), (HEIGHT, WIDTH), "bottom right"),
        ((0, -1, 1, 0), (WIDTH, HEIGHT), "bottom left"),
        ((-1, 0, 0, 1), (HEIGHT, WIDTH), "top right"),  # mirrored
        ((0, 1, 1, 0), (WIDTH, HEIGHT), "top left"),  # over the diagonal
    ],
)
def test_pictures_are_turned_and_mirrored_as_the_film_says(tmp_path, matrix, shape, bright):
    film = with_display_matrix(write_film(tmp_path / "film.mp4", [CORNER] * 3), *matrix)
    with open_film(film, source="film") as reader:
        assert (reader.height, reader.width) == shape
        picture = next(iter(reader)).picture
    assert picture.shape[:2] == shape
    height, width = shape
    half = {
        "top": picture[: height // 2],
        "bottom": picture[height // 2 :],
    }[bright.split()[0]]
    quarter = half[:, : width // 2] if "left" in bright else half[:, width // 2 :]
    assert quarter[4:-4, 4:-4].min() > 230
    assert picture.mean() < 80  # the rest is dark


@pytest.mark.parametrize(
    ("ratio", "shape"),
    [
        (Fraction(4, 3), (HEIGHT, 85)),
        (Fraction(1, 2), (2 * HEIGHT, WIDTH)),
        (Fraction(100, 1), (HEIGHT, WIDTH)),
    ],
)
def test_pixels_become_square_by_widening_or_heightening(tmp_path, ratio, shape):
    film = write_film(tmp_path / "film.mp4", [CORNER] * 3, sample_aspect_ratio=ratio)
    with open_film(film, source="film") as reader:
        assert (reader.height, reader.width) == shape
        assert next(iter(reader)).picture.shape == (*shape, 3)


@pytest.mark.parametrize(
    ("codec", "pix_fmt", "suffix"),
    [
        ("ffv1", "yuv420p10le", ".mkv"),
        ("ffv1", "gray", ".mkv"),
        ("ffv1", "gray16le", ".mkv"),
        ("ffv1", "yuv411p", ".mkv"),
        ("png", "rgba", ".mov"),
        ("mjpeg", "yuvj444p", ".avi"),
        ("libvpx-vp9", "yuva420p", ".webm"),
    ],
)
def test_odd_pixel_formats_are_read(tmp_path, codec, pix_fmt, suffix):
    pictures = [grey(i) for i in (0, 30, 70)]
    film = write_film(tmp_path / f"film{suffix}", pictures, codec=codec, pix_fmt=pix_fmt)
    assert [frame.picture.mean() for frame in read(film, fps=10.0)] == pytest.approx(
        [picture.mean() for picture in pictures], abs=3
    )


@pytest.mark.parametrize(
    ("color_range", "colorspace", "expected"),
    # Y = 81, Cb = 90, Cr = 240 is pure red in BT.601, limited range. Red by hand:
    # limited: 1.164 (Y - 16) + (1.596 or 1.793) (Cr - 128); full: Y + (1.402 or 1.575) (Cr - 128).
    [(1, 5, 254), (1, 1, 255), (2, 5, 238), (2, 1, 255)],
)
def test_colours_follow_the_matrix_and_range_that_the_film_names(
    tmp_path, color_range, colorspace, expected
):
    planes = np.full((HEIGHT * 3 // 2, WIDTH), 81, np.uint8)
    planes[HEIGHT : HEIGHT * 5 // 4], planes[HEIGHT * 5 // 4 :] = 90, 240
    with av.open(str(tmp_path / "film.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=10, options={"qp": "0"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.color_range = color_range
        stream.codec_context.colorspace = colorspace
        frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        frame.color_range, frame.colorspace = color_range, colorspace
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    (looked_at,) = read(tmp_path / "film.mp4")
    green = {
        (1, 5): 1.164 * 65 - 0.813 * 112 + 0.391 * 38,
        (1, 1): 1.164 * 65 - 0.533 * 112 + 0.213 * 38,
        (2, 5): 81 - 0.714 * 112 + 0.344 * 38,
        (2, 1): 81 - 0.468 * 112 + 0.187 * 38,
    }[color_range, colorspace]
    assert looked_at.picture[20, 20, 0] == pytest.approx(expected, abs=3)
    assert looked_at.picture[20, 20, 1] == pytest.approx(max(0, green), abs=3)


# Cuts


def scene(seed, number, shift=0):
    rng = np.random.default_rng(seed)
    picture = np.kron(rng.integers(0, 255, (6, 8, 3)), np.ones((8, 8, 1))).astype(np.uint8)
    return np.roll(picture, shift * number, axis=1)


@pytest.fixture
def film_of_three_shots(tmp_path):
    pictures = [scene(seed, i) for seed in (1, 2, 3) for i in range(12)]
    return write_film(tmp_path / "shots.mp4", pictures, rate=12)


def test_cuts_are_found_between_all_frames_not_only_those_looked_at(film_of_three_shots):
    with open_film(film_of_three_shots, source="film", fps=1.0) as film:
        assert [frame.index for frame in film] == [0, 12, 24]
        assert film.cuts == [12, 24]


def test_cuts_of_a_part_are_those_of_the_whole_within_it(film_of_three_shots):
    with open_film(film_of_three_shots, source="film", start_s=1.0, end_s=2.8) as film:
        list(film)
        assert film.cuts == [24]  # 12 is where the part begins


@pytest.mark.parametrize(
    ("part", "length"), [({}, 36), ({"start_s": 1.3}, 36), ({"end_s": 1}, None)]
)
def test_a_film_read_to_its_end_has_a_length(film_of_three_shots, part, length):
    with open_film(film_of_three_shots, source="film", **part) as film:
        assert list(film)
    assert film.length_frames == length


def test_thumbnails_of_a_film_a_pixel_wide_are_small(tmp_path):
    frame = av.VideoFrame.from_ndarray(np.full((2000, 1), 99, np.uint8), format="gray")
    assert Upright(None).thumbnail(frame, 64).shape == (1024, 64, 3)


def test_cuts_before_the_last_frame_was_read_are_an_error(film_of_three_shots):
    with (
        open_film(film_of_three_shots, source="film") as film,
        pytest.raises(RuntimeError, match="after the last frame"),
    ):
        _ = film.cuts


# Files that are broken or no films


def noise_film(path, num_pictures=60, **settings):
    """Write a film whose pictures do not shrink to a few bytes."""
    rng = np.random.default_rng(0)
    pictures = list(rng.integers(0, 255, (num_pictures, HEIGHT, WIDTH, 3), dtype=np.uint8))
    return write_film(path, pictures, **settings)


def loss_of(path):
    with open_film(path, source="film", fps=100.0) as film:
        read_indices = [frame.index for frame in film]
        return read_indices, film.loss


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts", ".avi", ".mov"])
def test_a_whole_film_has_no_loss(tmp_path, suffix):
    codec = "mpeg4" if suffix == ".avi" else "libx264"
    read_indices, loss = loss_of(noise_film(tmp_path / f"film{suffix}", codec=codec))
    assert read_indices == list(range(60))
    assert loss is None


@pytest.mark.parametrize(
    ("suffix", "muxing"), [(".mp4", {"movflags": "faststart"}), (".mkv", {}), (".avi", {})]
)
def test_what_is_left_of_a_truncated_film_is_used_and_the_loss_is_said(tmp_path, suffix, muxing):
    codec = "mpeg4" if suffix == ".avi" else "libx264"
    film = noise_film(
        tmp_path / f"film{suffix}", codec=codec, muxing=muxing, options={"g": "5", "bf": "0"}
    )
    content = film.read_bytes()
    film.write_bytes(content[: len(content) // 2])
    read_indices, loss = loss_of(film)
    assert read_indices == list(range(len(read_indices)))
    assert 15 < len(read_indices) < 45
    assert re.fullmatch(
        r"(1 of \d+ pictures is damaged, near 0:0\d, and not looked at; )?"
        r"decoding stopped at \d\.\d s of \d\.\d s: the file is truncated or damaged;"
        " what was read is used",
        loss,
    )


def test_frames_asked_for_in_the_lost_part_are_no_error(tmp_path):
    film = noise_film(tmp_path / "film.mp4", muxing={"movflags": "faststart"})
    content = film.read_bytes()
    film.write_bytes(content[: len(content) // 2])
    assert 59 not in indices(film, also_frames=[59])


def test_damage_in_the_middle_is_said_and_the_rest_is_used(tmp_path):
    film = noise_film(tmp_path / "film.avi", codec="mjpeg", pix_fmt="yuvj420p")
    with av.open(str(film)) as container:
        packets = [(packet.pos, packet.size) for packet in container.demux(video=0)]
    content = bytearray(film.read_bytes())
    for at, size in packets[30:32]:
        content[at : at + size] = bytes(size)
    film.write_bytes(content)
    with open_film(film, source="film", fps=100.0) as reader:
        times_s = [frame.time_s for frame in reader]
    assert times_s == pytest.approx([i / 10 for i in range(60) if i not in (30, 31)])
    assert reader.length_frames is None  # nobody knows how many were in the pieces
    assert reader.loss == ("2 of 60 pictures are damaged, near 0:03, and not looked at")


def test_a_film_without_its_index_is_an_error(tmp_path):
    film = noise_film(tmp_path / "film.mp4")  # the index comes last
    content = film.read_bytes()
    film.write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match=r"film\.mp4: expected a film"):
        open_film(film, source="film")


def test_a_text_file_named_mp4_is_an_error(tmp_path):
    film = tmp_path / "film.mp4"
    film.write_text("It was a dark and stormy night.\n" * 100)
    with pytest.raises(InputError, match=r"FFmpeg cannot open it \(Invalid data"):
        open_film(film, source="film")


def test_an_empty_file_is_an_error(tmp_path):
    film = tmp_path / "film.mp4"
    film.touch()
    with pytest.raises(InputError, match="expected a film"):
        open_film(film, source="film")


def test_sound_only_is_an_error(tmp_path):
    with wave.open(str(tmp_path / "sound.wav"), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(16000))
    with pytest.raises(InputError, match="the file has sound only"):
        open_film(tmp_path / "sound.wav", source="film")


def write_song_with_cover(path):
    with av.open(str(path), "w") as container:
        sound = container.add_stream("aac", rate=8000, layout="mono")
        cover = container.add_stream("mjpeg")
        cover.width, cover.height, cover.pix_fmt = WIDTH, HEIGHT, "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic.value
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.float32), "fltp", "mono")
        silence.sample_rate = 8000
        picture = av.VideoFrame.from_ndarray(grey(9), format="rgb24").reformat(format="yuvj420p")
        packets = [*cover.encode(picture), *cover.encode(None)]
        container.mux(packets)
        container.mux([*sound.encode(silence), *sound.encode(None)])
    return path


def test_a_song_with_a_cover_picture_is_an_error(tmp_path):
    song = write_song_with_cover(tmp_path / "song.mp4")
    with av.open(str(song)) as container:
        assert len(container.streams.video) == 1  # FFmpeg shows the cover as a film
    with pytest.raises(InputError, match="the file has only a cover picture"):
        open_film(song, source="film")


def test_a_film_of_no_pictures_is_an_error(tmp_path):
    film = noise_film(tmp_path / "film.mp4", muxing={"movflags": "faststart"})
    content = film.read_bytes()
    film.write_bytes(content[: content.index(b"mdat") + 4])
    with pytest.raises(InputError, match="none of its pictures can be decoded"):
        open_film(film, source="film")


def test_a_name_that_looks_like_a_protocol_or_pattern_is_read(tmp_path):
    film = write_film(tmp_path / "take:1 %03d?x.mkv", [grey(i) for i in range(10)])
    assert indices(film, fps=5.0) == [0, 2, 4, 6, 8]


# Going on from somewhere


@pytest.fixture(scope="module")
def films_to_go_on_with(tmp_path_factory):
    """Films with cuts, of a variable rate, damaged, and of a rate that only the stream states."""
    folder = tmp_path_factory.mktemp("films")
    rng = np.random.default_rng(0)
    scenes = rng.integers(0, 255, (4, 6, 8, 3), np.uint8).repeat(8, axis=1).repeat(8, axis=2)
    pictures = [scene for scene in scenes for _ in range(25)]
    times_ms = np.cumsum(rng.integers(20, 300, 100)).tolist()
    whole = write_film(folder / "a.mp4", pictures, rate=10, options={"g": "5"})
    damaged = bytearray(whole.read_bytes())
    for place in range(len(damaged) // 3, 2 * len(damaged) // 3, 97):
        damaged[place] ^= 255
    (folder / "damaged.mp4").write_bytes(damaged)
    return [
        whole,
        write_film(folder / "variable.mkv", pictures, times_ms=times_ms),
        folder / "damaged.mp4",
        write_film(folder / "bare.h264", pictures, rate=10),
    ]


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("start_s", [None, 3.1])
def test_a_film_read_from_somewhere_on_is_as_if_read_from_its_beginning(
    films_to_go_on_with, number, start_s
):
    film = films_to_go_on_with[number]

    def facts(reader):
        return (
            reader.cuts, reader.cuts_s, reader.rate, reader.loss, reader.length_frames,
            reader.duration_s,
        )  # fmt: skip

    with open_film(film, source="film", start_s=start_s) as reader:
        frames = list(reader)
        whole = facts(reader)
    for last in (0, len(frames) // 2, len(frames) - 1):
        times_s = []
        with open_film(film, source="film", start_s=start_s) as reader:
            reader.pass_over(frames[last].index, times_s.append)
            rest = list(reader)
            assert facts(reader) == whole
        assert [frame.index for frame in rest] == [frame.index for frame in frames[last + 1 :]]
        for one, other in zip(rest, frames[last + 1 :], strict=True):
            assert (one.time_s, one.cuts) == (other.time_s, other.cuts)
            np.testing.assert_array_equal(one.picture, other.picture)
        assert times_s == sorted(times_s)


def test_ctrl_c_ends_reading_on_at_once(film_24):
    def stop(_time_s):
        raise KeyboardInterrupt

    before = threads_of_castlist()
    with (
        open_film(film_24, source="film", fps=24.0) as film,
        pytest.raises(KeyboardInterrupt),
    ):
        film.pass_over(47, stop)
    assert threads_of_castlist() == before


# The background thread


def threads_of_castlist():
    return [t for t in threading.enumerate() if t.name.startswith("castlist")]


def test_an_error_in_the_background_is_raised_where_the_frames_are_read(film_24, monkeypatch):
    def broken(self, frame):
        raise ZeroDivisionError("in the background")

    with open_film(film_24, source="film") as film:
        monkeypatch.setattr(Upright, "picture", broken)
        with pytest.raises(ZeroDivisionError, match="in the background"):
            list(film)
    assert threads_of_castlist() == []


def test_leaving_early_ends_the_thread(film_24):
    def interrupted():
        with open_film(film_24, source="film", fps=24.0) as film:
            for _ in film:
                assert threads_of_castlist() != []
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert threads_of_castlist() == []


def test_a_reader_that_nobody_reads_is_closed(film_24):
    with open_film(film_24, source="film") as film:
        assert film.duration_s == pytest.approx(2.0)
    assert threads_of_castlist() == []


def test_duration_is_unknown_where_the_file_does_not_say(tmp_path):
    film = write_film(tmp_path / "film.h264", [grey(i) for i in range(10)])
    with open_film(film, source="film") as reader:
        assert reader.duration_s is None
        assert all(math.isfinite(frame.time_s) for frame in reader)


def test_frames_that_were_read_are_not_kept(film_24):
    def num_frames():
        return sum(type(thing) is av.VideoFrame for thing in gc.get_objects())

    gc.collect()
    gc.disable()  # a picture must not wait for the collector of circles
    try:
        num_before = num_frames()  # those that other tests keep
        with open_film(film_24, source="film", fps=24.0) as film:
            assert sum(1 for _ in film) == 48
            num_kept = num_frames() - num_before
    finally:
        gc.enable()
    assert num_kept <= 3


@pytest.mark.parametrize(
    ("size", "cores", "expected"),
    [((640, 360), 16, 0), ((1920, 1080), 16, 10), ((3840, 2160), 16, 2), ((3840, 2160), 1, 0)],
)
def test_large_pictures_are_decoded_on_few_threads(monkeypatch, size, cores, expected):
    width, height = size
    stream = SimpleNamespace(codec_context=SimpleNamespace(width=width, height=height))
    monkeypatch.setattr(decode, "_num_cores", lambda: cores)
    assert decode._num_threads(stream) == expected


def test_the_first_picture_is_not_kept_while_the_others_are_read(film_24):
    with open_film(film_24, source="film") as film:
        frames = iter(film)
        next(frames)
        next(frames)
        assert film._first is None
