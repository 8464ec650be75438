"""Times of films: each odd one has a twin with a constant rate, and the times of its pictures."""

from fractions import Fraction

import av
import numpy as np
import pytest
from castlist.data.media.frames import open_film
from castlist.data.media.timeline import BREAK_S
from PIL import Image

WIDTH, HEIGHT, RATE = 64, 48, 10
BITS = 8


def numbered(number):
    """Return a picture that carries its number in black and white bars."""
    picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    for bit in range(BITS):
        if number >> bit & 1:
            picture[:, bit * WIDTH // BITS : (bit + 1) * WIDTH // BITS] = 255
    return picture


def number_in(picture):
    bars = picture[:, :, 1].mean(axis=0).reshape(BITS, -1).mean(axis=1)
    return sum(1 << bit for bit in range(BITS) if bars[bit] > 128)


def write(path, numbers=range(30), *, first=0, muxer=None, codec="libx264", rate=RATE, **options):
    """Write numbered pictures; ``first`` is the time stamp of the first, in pictures."""
    with av.open(str(path), "w", format=muxer) as container:
        stream = container.add_stream(codec, rate=rate, options={"bf": "2", **options})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for place, number in enumerate(numbers):
            frame = av.VideoFrame.from_ndarray(numbered(number), format="rgb24")
            frame.pts = first + place
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def read(path, fps=1000.0, **wanted):
    """Return the number in each picture, its time, the reader."""
    with open_film(path, source="film", fps=fps, **wanted) as film:
        found = [(number_in(frame.picture), frame.time_s) for frame in film]
    return [number for number, _ in found], [time_s for _, time_s in found], film


def twin(numbers=range(30), rate=RATE):
    """Return what a film of a constant rate shows."""
    return list(numbers), pytest.approx([place / rate for place in range(len(numbers))], abs=0.02)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("a.mp4", {}),
        ("a.mkv", {}),
        ("a.ts", {}),
        ("a.avi", {}),  # states the order of decoding only
        ("b.avi", {"codec": "mpeg4"}),
        ("hours.ts", {"first": 50_000}),
        ("hours.mkv", {"first": 50_000}),
        ("wraps.ts", {"first": 954_420}),  # its clock of 33 bits ends 2.3 s later
    ],
)
def test_times_are_those_of_a_film_with_a_constant_rate(tmp_path, name, settings):
    numbers, times_s, film = read(write(tmp_path / name, **settings))
    assert (numbers, times_s) == twin()
    assert film.duration_s == pytest.approx(3.0, abs=0.25)


@pytest.mark.parametrize("firsts", [(50_000, 0), (0, 50_000), (0, 0), (0, 29), (0, 27)])
def test_recordings_that_were_joined_go_on_one_picture_later(tmp_path, firsts):
    pieces = [
        write(tmp_path / f"{place}.ts", range(30 * place, 30 * place + 30), first=first)
        for place, first in enumerate(firsts)
    ]
    film = tmp_path / "joined.ts"
    film.write_bytes(b"".join(piece.read_bytes() for piece in pieces))
    numbers, times_s, reader = read(film)
    assert (numbers, times_s) == twin(range(60))
    assert reader.duration_s == pytest.approx(6.0, abs=0.02)
    assert reader.loss is None
    numbers, times_s, _ = read(film, start_s=4.0)
    assert numbers == list(range(40, 60))
    assert times_s[0] == pytest.approx(4.0, abs=0.02)


def remuxed(source, path, change, **muxing):
    """Copy the packets of a film; ``change`` gets each packet's number and the packet."""
    with av.open(str(source)) as old, av.open(str(path), "w", options=muxing) as new:
        stream = new.add_stream_from_template(old.streams.video[0])
        for number, packet in enumerate(old.demux(old.streams.video[0])):
            if packet.size:
                packet.stream = stream
                change(number, packet)
                new.mux(packet)
    return path


@pytest.mark.parametrize("place", [1, 12, 27])
@pytest.mark.parametrize("off_s", [9000, 5])
@pytest.mark.parametrize("suffix", [".ts", ".mkv"])
def test_one_stamp_that_is_off_shifts_nothing(tmp_path, suffix, off_s, place):
    def change(number, packet):
        if number == place:
            packet.pts += int(off_s / packet.time_base)

    whole = write(tmp_path / f"whole{suffix}", bf="0")
    numbers, times_s, _ = read(remuxed(whole, tmp_path / f"off{suffix}", change))
    assert (numbers, times_s) == twin()


@pytest.mark.parametrize(
    ("suffix", "step"), [(".mkv", 0), (".mkv", 1), (".ts", 0), (".ts", 1), (".mp4", 1), (".flv", 0)]
)
def test_a_film_whose_clock_stands_has_the_rate_of_its_pictures(tmp_path, suffix, step):
    def change(number, packet):
        packet.pts = packet.dts = step * number  # the least step that there is

    film = remuxed(write(tmp_path / "whole.mp4", bf="0"), tmp_path / f"film{suffix}", change)
    numbers, times_s, reader = read(film)
    assert (numbers, times_s) == twin()
    assert reader.loss == (
        "the file has one time stamp for all its pictures: 10 pictures a second are assumed"
    )
    assert (reader.fps, reader.rate, reader.length_frames) == (RATE, RATE, 30)
    assert reader.duration_s == pytest.approx(3.0)
    assert read(film, start_s=2.0)[0] == list(range(20, 30))


@pytest.mark.parametrize("number_without", [1, 5, 12])
def test_the_clock_may_begin_after_some_pictures_without_a_stamp(tmp_path, number_without):
    def earlier(number, packet):  # what is before 0 has no stamp in Matroska
        back = int((number_without - 0.5) / RATE / packet.time_base)
        packet.pts, packet.dts = packet.pts - back, packet.dts - back

    whole = write(tmp_path / "whole.mp4", bf="0")
    film = remuxed(whole, tmp_path / "film.mkv", earlier, avoid_negative_ts="disabled")
    numbers, times_s, reader = read(film)
    assert (numbers, times_s) == twin()
    assert reader.rate == RATE


def test_a_matroska_of_one_picture_whose_clock_starts_late_is_not_cut_off(tmp_path):
    _, times_s, reader = read(write(tmp_path / "film.mkv", range(1), first=50))
    assert times_s == [0]
    assert reader.loss is None
    assert reader.duration_s == pytest.approx(0.1, abs=0.01)


def with_sound(path, video_starts_s, codec="libx264"):
    """Write a film whose sound begins at 0 s, its pictures later."""
    with av.open(str(path), "w") as container:
        video = container.add_stream(codec, rate=RATE, options={"bf": "2"})
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        sound = container.add_stream("aac", rate=8000, layout="mono")
        for place in range(8 * int(video_starts_s + 4)):
            silence = av.AudioFrame.from_ndarray(np.zeros((1, 1000), np.float32), "fltp", "mono")
            silence.sample_rate, silence.pts = 8000, 1000 * place
            container.mux(sound.encode(silence))
        container.mux(sound.encode(None))
        for number in range(30):
            frame = av.VideoFrame.from_ndarray(numbered(number), format="rgb24")
            frame.pts = number + int(video_starts_s * RATE)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
    return path


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts", ".mov"])
def test_a_film_begins_with_its_sound(tmp_path, suffix):
    film = with_sound(tmp_path / f"film{suffix}", 5)
    numbers, times_s, reader = read(film)
    assert numbers == list(range(30))
    assert times_s == pytest.approx([5 + number / RATE for number in range(30)], abs=0.15)
    assert reader.rate == RATE
    later = [number for number, time_s in zip(numbers, times_s, strict=True) if time_s >= 6.95]
    assert read(film, start_s=6.95)[0] == later


@pytest.mark.parametrize("rate", [25, 50, Fraction(30000, 1001)])
def test_a_bare_stream_has_the_rate_of_its_own_header(tmp_path, rate):
    film = write(tmp_path / "film.h264", rate=rate, muxer="h264")
    numbers, times_s, reader = read(film)
    assert (numbers, times_s) == twin(rate=rate)
    assert reader.loss == (
        f"the file states no times: {float(rate):g} pictures a second are assumed"
    )
    assert reader.duration_s == pytest.approx(30 / rate)
    assert reader.length_frames == 30


def test_the_rate_of_jpegs_one_after_the_other_is_assumed(tmp_path):
    film = tmp_path / "film.mjpeg"
    with film.open("wb") as file:
        for number in range(30):
            Image.fromarray(numbered(number)).save(file, "JPEG", quality=95)
    numbers, times_s, reader = read(film)
    assert (numbers, times_s) == twin(rate=25)
    assert reader.loss == "the file states no times: 25 pictures a second are assumed"


def test_a_vob_has_the_times_of_its_pictures_and_a_start(tmp_path):
    film = write(tmp_path / "a.vob", codec="mpeg2video", rate=25, muxer="vob", g="12")
    numbers, times_s, reader = read(film)
    assert (numbers, times_s) == twin(rate=25)
    assert reader.duration_s == pytest.approx(1.2, abs=0.02)
    assert read(film, start_s=0.8)[0] == list(range(20, 30))


def test_a_vob_of_two_titles_has_one_clock(tmp_path):
    film = tmp_path / "joined.vob"
    for place in (0, 1):
        numbers = range(30 * place, 30 * place + 30)
        piece = write(
            tmp_path / f"{place}.vob", numbers, codec="mpeg2video", rate=25, muxer="vob", g="12"
        )
        with film.open("ab") as file:
            file.write(piece.read_bytes())
    numbers, times_s, reader = read(film)
    assert (numbers, times_s) == twin(range(60), rate=25)
    assert reader.duration_s == pytest.approx(2.4, abs=0.02)
    assert read(film, start_s=2.0)[0] == list(range(50, 60))


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_a_picture_that_stays_for_long_is_no_break(tmp_path, suffix):
    long_s = int(2 * BREAK_S)
    whole = write(tmp_path / f"whole{suffix}", bf="0")

    def change(number, packet):
        if number >= 15:
            packet.pts += int(long_s / packet.time_base)
            packet.dts += int(long_s / packet.time_base)

    numbers, times_s, _ = read(remuxed(whole, tmp_path / f"film{suffix}", change))
    assert numbers == list(range(30))
    expected_s = [n / RATE + (long_s if n >= 15 else 0) for n in range(30)]
    assert times_s == pytest.approx(expected_s, abs=0.02)


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv", ".flv"])
@pytest.mark.parametrize("place", [15, 29, 30])
def test_a_screen_that_stays_for_a_minute_moves_no_picture(tmp_path, suffix, place):
    """With B pictures MP4 and FLV state an end that is before, or behind, that of the last one."""
    times = [number / RATE + (60 if number >= place else 0) for number in range(31)]
    film = tmp_path / f"film{suffix}"
    with av.open(str(film), "w") as container:
        stream = container.add_stream("libx264", rate=RATE, options={"bf": "2"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for number, time_s in enumerate(times):
            frame = av.VideoFrame.from_ndarray(numbered(number), format="rgb24")
            frame.pts = round(time_s * RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    numbers, times_s, reader = read(film)
    assert numbers == list(range(31))
    assert times_s == pytest.approx(times, abs=0.02)
    assert reader.loss is None
    assert reader.duration_s == pytest.approx(times[-1] + 1 / RATE, abs=0.1)
    assert read(film, start_s=62.95)[0] == [30]


def copied(path, target, change):
    """Copy the packets of a film into another file, each changed."""
    with av.open(str(path)) as film, av.open(str(target), "w") as container:
        stream = container.add_stream_from_template(film.streams.video[0])
        for packet in film.demux(video=0):
            if packet.dts is not None:
                packet = change(packet)
                packet.stream = stream
                container.mux(packet)
    return target


def test_a_packet_that_repeats_the_last_picture_is_no_damage(tmp_path):
    def every_third(packet):
        if packet.pts % 3 == 0:
            return packet
        empty = av.Packet()
        empty.pts, empty.dts, empty.time_base = packet.pts, packet.dts, packet.time_base
        return empty

    stills = write(tmp_path / "stills.mkv", codec="mpeg4", g="1", bf="0")
    film = copied(stills, tmp_path / "film.nut", every_third)
    numbers, times_s, reader = read(film)
    assert numbers == list(range(0, 30, 3))
    assert times_s == pytest.approx([number / RATE for number in numbers], abs=0.02)
    assert reader.loss is None


def test_an_asf_whose_clock_starts_late_is_not_cut_off(tmp_path):
    film = write(tmp_path / "film.asf", first=72_000, codec="mpeg4", bf="0")
    numbers, times_s, reader = read(film)
    assert (numbers, times_s) == twin()
    assert reader.loss is None
    assert reader.duration_s == pytest.approx(3.0, abs=0.11)


def test_a_film_is_no_shorter_than_its_pictures(tmp_path):
    parts = [write(tmp_path / f"{first}.mkv", range(first, first + 10)) for first in (0, 10)]
    film = tmp_path / "joined.mkv"
    film.write_bytes(b"".join(part.read_bytes() for part in parts))
    numbers, times_s, reader = read(film)
    assert (numbers, times_s) == twin(range(20))
    assert reader.duration_s == pytest.approx(2.0, abs=0.02)


@pytest.mark.parametrize("suffix", [".ts", ".mkv", ".mpg"])
def test_an_interlaced_film_ends_with_its_last_picture(tmp_path, suffix):
    options = {"codec": "mpeg2video", "rate": 25, "flags": "+ilme+ildct", "bf": "0"}
    film = write(tmp_path / f"film{suffix}", **options)
    assert read(film)[2].duration_s == pytest.approx(1.2, abs=0.001)


def test_the_rate_of_a_dv_stream_is_not_the_unit_of_its_stamps(tmp_path):
    path = tmp_path / "film.dv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("dvvideo", rate=25)
        stream.width, stream.height, stream.pix_fmt = 720, 576, "yuv420p"
        for _ in range(5):
            picture = np.zeros((576, 720, 3), np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    _, times_s, reader = read(path)
    assert reader.fps == 25
    assert times_s == pytest.approx([place / 25 for place in range(5)])


@pytest.mark.parametrize("rate", [Fraction(1, 10), Fraction(1, 2), Fraction(1, 3)])
def test_a_picture_may_stay_for_seconds(tmp_path, rate):
    numbers, times_s, reader = read(write(tmp_path / "slides.mp4", range(4), rate=rate))
    assert (numbers, times_s) == twin(range(4), float(rate))
    assert reader.rate == rate
