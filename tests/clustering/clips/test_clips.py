"""Clips, reels and overlays, decoded again: each picture tells its number, each tone its time."""

import errno
from dataclasses import replace
from fractions import Fraction

import av
import numpy as np
import pytest
from av.stream import Disposition
from castlist.clustering.clips import encode
from castlist.clustering.clips.cut import write_clips, write_reel
from castlist.clustering.clips.names import clip_paths, reel_path
from castlist.clustering.clips.overlay import BoxesOfFrames, draw, write_overlay
from castlist.clustering.clips.piece import Piece
from castlist.clustering.clips.sound import RATE, sound
from castlist.data.errors import InputError, MisuseError
from castlist.data.progress import silent
from castlist.data.result import palette
from castlist.data.shots.shots import ShotRules, film_shots
from cli_tools import write_film
from shot_tools import NTSC_24, NTSC_30, faces_at, film_of, late_by

SIDE, BITS = 16, 10
LENGTH = 150


def numbered(number, size=(192, 96)):
    """Return a grey picture with the number in it, as black and white squares."""
    pixels = np.full((size[1], size[0], 3), 128, np.uint8)
    for bit in range(BITS):
        pixels[:SIDE, bit * SIDE : (bit + 1) * SIDE] = 255 if number >> bit & 1 else 0
    return pixels


def number_in(frame):
    grey = frame.to_ndarray(format="gray")
    squares = [grey[4:12, bit * SIDE + 4 : bit * SIDE + 12].mean() for bit in range(BITS)]
    return sum((value > 128) << bit for bit, value in enumerate(squares))


def write_numbered(path, rate, times=None, with_sound=True, size=(192, 96), **metadata):
    """Write a film of numbered pictures; its sound is a click at each whole second."""
    with av.open(str(path), "w") as container:
        container.metadata.update(metadata)
        video = container.add_stream("libx264", rate=rate, options={"crf": "15", "g": "40"})
        video.width, video.height, video.pix_fmt = *size, "yuv420p"
        if times is not None:
            video.codec_context.time_base = Fraction(1, 1000)
        if with_sound:
            audio = container.add_stream("aac", rate=44_100, layout="mono")
        for number in range(LENGTH):
            frame = av.VideoFrame.from_ndarray(numbered(number, size), format="rgb24")
            if times is not None:
                frame.pts, frame.time_base = round(times[number] * 1000), Fraction(1, 1000)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        if with_sound:
            length = int(44_100 * (LENGTH / float(rate) if times is None else times[-1]))
            samples = np.zeros((1, length), np.float32)
            for second in range(1, length // 44_100 + 1):
                samples[0, second * 44_100 : second * 44_100 + 200] = 0.8
            frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
            frame.sample_rate, frame.pts = 44_100, 0
            container.mux(audio.encode(frame))
            container.mux(audio.encode(None))
    return path


def pictures_of(path):
    with av.open(str(path)) as container:
        return [(number_in(frame), frame.time) for frame in container.decode(video=0)]


def clicks_of(path):
    """Return when clicks begin, seconds."""
    with av.open(str(path)) as container:
        if not container.streams.audio:
            return None
        rate = container.streams.audio[0].rate
        pieces = [
            np.abs(f.to_ndarray()).max(axis=0) for f in container.decode(audio=0) if f.pts >= 0
        ]
    loud = np.flatnonzero(np.concatenate(pieces) > 0.3)
    return [loud[k] / rate for k in range(len(loud)) if not k or loud[k] - loud[k - 1] > rate / 2]


def pieces_of(path, rate, spans, **facts):
    film = film_of(rate, LENGTH, cuts=(), path=str(path), size_px=(192, 96), **facts)
    found = []
    for first, last in spans:
        frames = [frame for frame in film.frames if first <= frame <= last]
        faces = faces_at(film, frames)
        found += film_shots(faces, np.arange(len(faces)), film, ShotRules(gap_s=0.5))
    return [Piece(shot, film, path) for shot in found]


@pytest.mark.parametrize("rate", [NTSC_24, Fraction(25), NTSC_30, Fraction(50)])
def test_a_clip_has_the_frames_of_its_shot_and_their_sound(tmp_path, rate):
    path = write_numbered(tmp_path / "film.mp4", rate)
    pieces = pieces_of(path, rate, [(20, 60), (70, 140)])
    files = write_clips(pieces, [tmp_path / "out" / f"{n}.mp4" for n in (1, 2)], silent)
    assert len(files) == 2
    for (file, is_copy), piece in zip(files, pieces, strict=True):
        found = pictures_of(file)
        shot = piece.shot
        assert not is_copy
        assert [n for n, _ in found] == list(range(shot.first_frame, shot.last_frame + 1))
        times = [time_s for _, time_s in found]
        assert times == pytest.approx([n / float(rate) for n in range(len(found))], abs=1e-4)
        seconds = [s for s in range(1, 9) if shot.start_s + 0.05 < s < shot.end_s - 0.05]
        clicks = [click for click in clicks_of(file) if 0.05 < click < shot.length_s - 0.05]
        assert clicks == pytest.approx([s - shot.start_s for s in seconds], abs=0.01)
    assert [path.name for path in (tmp_path / "out").iterdir() if path.name[0] == "."] == []


def packets_of(path):
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


def picture_types(path):
    with av.open(str(path)) as container:
        return "".join(" IPB"[frame.pict_type] for frame in container.decode(video=0))


@pytest.mark.parametrize(  # each ending and each rate with sound and without
    ("ending", "rate", "with_sound"),
    [
        ("mp4", NTSC_24, True),
        ("mov", Fraction(25), True),
        ("mkv", NTSC_30, True),
        ("mp4", Fraction(25), False),
        ("mov", NTSC_30, False),
        ("mkv", NTSC_24, False),
    ],
)
def test_pictures_are_copied_where_a_cut_allows_it(tmp_path, rate, ending, with_sound):
    path = write_numbered(tmp_path / f"film.{ending}", rate, with_sound=with_sound)
    shot = pieces_of(path, rate, [(20, 140)])[0].shot
    types = picture_types(path)
    assert (types[40], types[80], "B" in types) == ("I", "I", True)
    last = 40 + types[41:].index("P") + 1  # no picture before it is stored behind it
    film = film_of(rate, LENGTH, cuts=(), path=str(path), size_px=(192, 96))
    stored = packets_of(path)
    for first, end, is_copy in ((40, 79, True), (40, last, True), (40, 149, True),
                                (41, 79, False), (40, last - 1, False)):  # fmt: skip
        part = replace(shot, first_frame=first, last_frame=end, start_s=float(first / rate),
                      end_s=float((end + 1) / rate))  # fmt: skip
        [(file, copied)] = write_clips([Piece(part, film, path)], [tmp_path / "o.mp4"], silent)
        assert copied == is_copy, (first, end)
        found = pictures_of(file)
        assert [number for number, _ in found] == list(range(first, end + 1))
        times = [time_s for _, time_s in found]
        begin = times[0]  # a player counts from there, with the sound
        assert [time_s - begin for time_s in times] == pytest.approx(
            [n / float(rate) for n in range(len(found))], abs=2e-3
        )
        assert begin == pytest.approx(0, abs=1e-3)
        if copied:
            assert {*packets_of(file)} <= {*stored}
        seconds = [s for s in range(1, 9) if part.start_s + 0.05 < s < part.end_s - 0.05]
        clicks = clicks_of(file)
        if with_sound:
            inside = [click for click in clicks if 0.05 < click < part.length_s - 0.05]
            assert inside == pytest.approx([s - part.start_s for s in seconds], abs=0.01)
        else:
            assert clicks is None


def test_what_is_turned_or_of_another_kind_is_never_copied(tmp_path):
    path = write_numbered(tmp_path / "film.avi", Fraction(25), with_sound=False)
    [piece] = pieces_of(path, Fraction(25), [(40, 79)])
    [(file, copied)] = write_clips([piece], [tmp_path / "o.mp4"], silent)
    assert not copied
    assert len(pictures_of(file)) == piece.shot.last_frame + 1 - piece.shot.first_frame


def test_of_several_sound_tracks_the_default_one_is_taken(tmp_path):
    path = tmp_path / "film.mkv"
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=25)
        video.width, video.height, video.pix_fmt = 192, 96, "yuv420p"
        tracks = [container.add_stream("aac", rate=RATE, layout="mono") for _ in range(2)]
        tracks[0].disposition, tracks[1].disposition = Disposition(0), Disposition.default
        for number in range(50):
            picture = av.VideoFrame.from_ndarray(numbered(number), format="rgb24")
            container.mux(video.encode(picture))
        container.mux(video.encode(None))
        for track, loudness in zip(tracks, (0.9, 0.1), strict=True):
            tone = np.sin(np.arange(2 * RATE, dtype=np.float32) / 10)[None] * np.float32(loudness)
            frame = av.AudioFrame.from_ndarray(tone, format="fltp", layout="mono")
            frame.sample_rate, frame.pts = RATE, 0
            container.mux(track.encode(frame))
            container.mux(track.encode(None))
    heard = np.concatenate(list(sound(path, 0.5, 1.5)), axis=1)
    assert np.abs(heard).max() == pytest.approx(0.1, abs=0.03)


def test_a_title_in_another_encoding_keeps_no_clip_from_being_written(tmp_path):
    path = write_numbered(tmp_path / "film.mp4", Fraction(25), title="Zo##")
    path.write_bytes(path.read_bytes().replace(b"Zo##", b"Zo\xeb!"))  # Latin-1
    [piece] = pieces_of(path, Fraction(25), [(40, 79)])
    [(file, copied)] = write_clips([piece], [tmp_path / "o.mp4"], silent)
    assert copied
    assert len(pictures_of(file)) == 40


def test_a_reel_has_all_shots_one_after_the_other(tmp_path):
    rate = NTSC_30
    path = write_numbered(tmp_path / "film.mov", rate)
    pieces = pieces_of(path, rate, [(20, 60), (70, 140)])
    steps = []
    write_reel(pieces, tmp_path / "reel.mkv", lambda *now: steps.append(now))
    found = pictures_of(tmp_path / "reel.mkv")
    expected = [
        n for piece in pieces for n in range(piece.shot.first_frame, piece.shot.last_frame + 1)
    ]
    assert [n for n, _ in found] == expected
    times = [time_s for _, time_s in found]
    assert times == pytest.approx([n / float(rate) for n in range(len(found))], abs=2e-3)
    assert steps[-1] == ("cutting", pytest.approx(steps[-1][2]), pytest.approx(steps[-1][2]))


def test_films_of_other_sizes_are_fitted_into_a_reel(tmp_path):
    one = write_numbered(tmp_path / "1.mp4", Fraction(25))
    other = write_numbered(tmp_path / "2.mp4", Fraction(30), with_sound=False, size=(192, 192))
    pieces = pieces_of(one, Fraction(25), [(20, 60)]) + pieces_of(other, Fraction(30), [(0, 30)])
    write_reel(pieces, tmp_path / "reel.mp4", silent)
    with av.open(str(tmp_path / "reel.mp4")) as container:
        frames = list(container.decode(video=0))
        assert {(frame.width, frame.height) for frame in frames} == {(192, 96)}
        assert frames[-1].to_ndarray(format="gray")[:, :40].max() < 30  # a black edge
    lengths = [piece.shot.last_frame + 1 - piece.shot.first_frame for piece in pieces]
    assert len(frames) == sum(lengths)


def test_the_shape_of_pixels_may_change_within_the_film(tmp_path):
    parts, rate, half = [], Fraction(25), LENGTH // 2
    for number, ratio in enumerate((1, 2)):
        path = tmp_path / f"{number}.ts"
        with av.open(str(path), "w") as container:
            video = container.add_stream("libx264", rate=rate, options={"crf": "15"})
            video.width, video.height, video.pix_fmt = 192 // ratio, 96, "yuv420p"
            video.codec_context.sample_aspect_ratio = Fraction(ratio)
            for place in range(half):
                pixels = np.ascontiguousarray(numbered(number * half + place)[:, ::ratio])
                container.mux(video.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
            container.mux(video.encode(None))
        parts.append(path.read_bytes())
    path = tmp_path / "film.ts"
    path.write_bytes(b"".join(parts))
    film = film_of(rate, LENGTH, cuts=(), path=str(path), size_px=(192, 96))
    faces = faces_at(film, film.frames)
    [shot] = film_shots(faces, np.arange(len(faces)), film, ShotRules())
    write_reel([Piece(shot, film, path)], tmp_path / "reel.mp4", silent)
    write_overlay(faces[:0], {}, film, path, tmp_path / "overlay.mp4", silent)
    for written in ("reel.mp4", "overlay.mp4"):
        numbers = [number for number, _ in pictures_of(tmp_path / written)]
        assert numbers == [*range(shot.first_frame, shot.last_frame + 1)], written


def test_a_film_of_variable_rate_keeps_its_times(tmp_path):
    times = np.cumsum([0, *np.where(np.arange(LENGTH - 1) % 2, 0.045, 0.030)])
    path = write_numbered(tmp_path / "film.mp4", Fraction(30), times)
    frames = tuple(range(0, LENGTH, 6))
    [piece] = pieces_of(path, Fraction(25), [(20, 60)])
    film = replace(
        piece.film, rate=None, frames=frames, frames_s=tuple(times[list(frames)].tolist()),
        duration_s=float(times[-1]) + 0.04, looked_at_fps=4.4, fps=26.6,
    )  # fmt: skip
    faces = faces_at(film, [24, 30, 36])
    [shot] = film_shots(faces, np.arange(3), film, ShotRules())
    write_reel([Piece(shot, film, path)], tmp_path / "out.mp4", silent)
    found = pictures_of(tmp_path / "out.mp4")
    assert [n for n, _ in found] == list(range(24, 42))
    assert [t for _, t in found] == pytest.approx((times[24:42] - times[24]).tolist(), abs=2e-3)
    clicks = [s - times[24] for s in (1,) if times[24] < s < times[42]]
    assert clicks_of(tmp_path / "out.mp4") == pytest.approx(clicks, abs=0.01)


@pytest.mark.parametrize(
    ("matrix", "size", "bright"),
    [
        ((1, 0, 0, 1), (192, 96), (0, 0)),
        ((0, 1, -1, 0), (96, 192), (0, 1)),  # a quarter turn: bright is at the top right
        ((-1, 0, 0, -1), (192, 96), (1, 1)),
        ((1, 0, 0, -1), (192, 96), (1, 0)),  # upside down in a mirror
    ],
)
def test_a_film_that_is_stored_turned_comes_out_upright(tmp_path, matrix, size, bright):
    corner = np.zeros((96, 192, 3), np.uint8)
    corner[:48, :96] = 255
    path = write_film(tmp_path / "film.mp4", [corner] * LENGTH, rate=25)
    content = bytearray(path.read_bytes())
    at = content.index(b"tkhd") + 44  # the matrix of the track header
    a, b, c, d = (value * 65536 for value in matrix)
    content[at : at + 36] = np.array([a, b, 0, c, d, 0, 0, 0, 1 << 30], ">i4").tobytes()
    path.write_bytes(content)
    write_reel(pieces_of(path, Fraction(25), [(20, 40)]), tmp_path / "out.mp4", silent)
    with av.open(str(tmp_path / "out.mp4")) as container:
        frame = next(container.decode(video=0))
    assert (frame.width, frame.height) == size
    grey = frame.to_ndarray(format="gray")
    quarters = grey.reshape(2, size[1] // 2, 2, size[0] // 2).mean(axis=(1, 3))
    assert np.unravel_index(quarters.argmax(), (2, 2)) == bright


def test_a_film_without_sound_gives_clips_without(tmp_path):
    path = write_numbered(tmp_path / "film.mp4", Fraction(25), with_sound=False)
    write_reel(pieces_of(path, Fraction(25), [(20, 60)]), tmp_path / "out.mp4", silent)
    assert clicks_of(tmp_path / "out.mp4") is None


def test_sound_is_as_long_as_asked_for(tmp_path):
    path = write_numbered(tmp_path / "film.mp4", Fraction(25))
    for start_s, end_s in ((0.0, 1.0), (0.123, 2.5), (5.5, 9.0)):  # the film ends at 6 s
        pieces = list(sound(path, start_s, end_s))
        assert sum(piece.shape[1] for piece in pieces) == round((end_s - start_s) * RATE)


def test_the_film_itself_is_never_overwritten(tmp_path):
    path = write_numbered(tmp_path / "film.mp4", Fraction(25))
    before = path.read_bytes()
    pieces = pieces_of(path, Fraction(25), [(20, 60)])
    with pytest.raises(InputError, match="is the film itself"):
        write_reel(pieces, path, silent)
    with pytest.raises(InputError, match="is the film itself"):
        write_overlay(faces_at(pieces[0].film, [0]), {0: "A"}, pieces[0].film, path, path, silent)
    assert path.read_bytes() == before


def test_a_shorter_film_is_not_the_one_that_was_analysed(tmp_path):
    path = write_numbered(tmp_path / "film.mp4", Fraction(25))
    [piece] = pieces_of(path, Fraction(25), [(20, 60)])
    late = replace(piece.shot, first_frame=500, last_frame=520, start_s=20.0, end_s=20.84)
    with pytest.raises(InputError, match="another film than the one analysed"):
        write_reel([Piece(late, piece.film, path)], tmp_path / "out.mp4", silent)
    assert not (tmp_path / "out.mp4").exists()


def test_a_full_disk_leaves_nothing_behind(tmp_path, monkeypatch):
    path = write_numbered(tmp_path / "film.mp4", Fraction(25))
    pieces = pieces_of(path, Fraction(25), [(20, 60)])
    out = tmp_path / "out"

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(encode.FilmWriter, "finish", full)
    with pytest.raises(OSError, match="No space left"):
        write_reel(pieces, out / "reel.mp4", silent)
    assert list(out.iterdir()) == []


def test_an_ending_that_is_no_film_is_refused(tmp_path):
    with pytest.raises(MisuseError, match=r"ends in .mp4"):
        encode.container_of(tmp_path / "a.txt")


def test_names_of_clips_and_reels(tmp_path):
    [piece] = pieces_of(tmp_path / "film.mp4", Fraction(25), [(20, 60)])
    *_, path = clip_paths(tmp_path, [piece] * 3, {0: "Anna / B."})
    assert path == tmp_path / "Anna_B_003_a_00h00m00.800s.mp4"
    assert reel_path(tmp_path, ["Anna", "Ö B"]) == tmp_path / "Anna_Ö_B.mp4"
    assert reel_path(tmp_path / "r.mov", ["Anna"]) == tmp_path / "r.mov"


@pytest.mark.parametrize(
    ("names", "stems"),
    [
        (["Dr. Who", "Dr. No"], ["Dr._Who", "Dr._No"]),
        (["👵", "👴"], ["👵", "👴"]),
        (["?", "!", "*"], ["_", "!", "_-2"]),
        (["Ann", "ann."], ["Ann", "ann-2"]),
    ],
)
def test_clips_of_every_name_tell_whose_they_are(tmp_path, names, stems):
    [piece] = pieces_of(tmp_path / "film.mp4", Fraction(25), [(20, 60)])
    called = dict(enumerate(names))
    of = [replace(piece, shot=replace(piece.shot, person=person)) for person in called]
    names = [path.name for path in clip_paths(tmp_path, of, called)]
    assert [name.partition(f"_{number:03d}_")[0] for number, name in enumerate(names, 1)] == stems


def test_boxes_move_between_faces_and_end_at_cuts():
    film = film_of(Fraction(25), 100, cuts=(24,))
    faces = faces_at(
        film, [10, 15, 20], box=[[0, 0, 10, 10], [10, 0, 20, 10], [10, 0, 20, 10]], track=[4] * 3
    )
    boxes = BoxesOfFrames(faces, film, {0: "A"})
    at = {frame: [box.tolist() for _, box in boxes.at(frame)] for frame in range(30)}
    assert at[9] == at[24] == at[29] == []
    assert at[10] == [[0, 0, 10, 10]]
    assert at[12] == [pytest.approx([4, 0, 14, 10])]
    assert at[20] == at[23] == [[10, 0, 20, 10]]
    assert BoxesOfFrames(faces, film, {1: "B"}).at(10) == []


@pytest.mark.parametrize("person", [0, 11, -1])
def test_a_box_has_the_colour_of_its_person_in_the_report(person):
    picture = draw(
        np.zeros((96, 192, 3), np.uint8), [(person, np.array([60, 20, 90, 50.0]))], {person: "A"}
    )
    assert "#" + bytes(picture[20, 75]).hex() == palette.light(person)


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
@pytest.mark.parametrize("is_constant", [True, False])
def test_where_sound_comes_first_clips_and_overlays_stay_in_step(tmp_path, suffix, is_constant):
    times = [2.0 + number / 25 for number in range(LENGTH)]
    path = write_numbered(tmp_path / f"film.{suffix}", Fraction(25), times)
    film = late_by(2.0, film_of(Fraction(25), LENGTH, (), path=str(path), size_px=(192, 96)))
    film = film if is_constant else replace(film, rate=None)
    frames = [frame for frame in film.frames if 20 <= frame <= 100]
    faces = faces_at(film, frames, box=np.tile([60, 40, 90, 70], (len(frames), 1)))
    (shot,) = film_shots(faces, np.arange(len(faces)), film, ShotRules())
    assert shot.start_s == pytest.approx(2.8, abs=0.01)
    ((file, _),) = write_clips([Piece(shot, film, path)], [tmp_path / f"clip.{suffix}"], silent)
    assert next(number for number, _ in pictures_of(file)) == shot.first_frame
    clicks = [click for click in clicks_of(file) if click > 0.05]
    assert clicks == pytest.approx([s - shot.start_s for s in (3, 4, 5, 6)], abs=0.03)
    write_overlay(faces, {0: "Åsa"}, film, path, tmp_path / f"named.{suffix}", silent)
    assert pictures_of(tmp_path / f"named.{suffix}")[50] == (50, pytest.approx(2.0, abs=0.01))
    clicks = [click for click in clicks_of(tmp_path / f"named.{suffix}") if click > 0.05]
    assert clicks == pytest.approx([1, 2, 3, 4, 5], abs=0.03)


def clicks_in(path, start_s, end_s):
    """Return when clicks of a stretch begin, seconds of the film."""
    samples = np.abs(np.concatenate(list(sound(path, start_s, end_s)), axis=1)).max(axis=0)
    assert len(samples) == round((end_s - start_s) * RATE)
    loud = np.flatnonzero(samples > 0.3)
    begins = loud[np.diff(loud, prepend=-RATE) > RATE / 2]
    return (start_s + begins / RATE).tolist()


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
def test_sound_after_a_hole_in_it_comes_when_it_is_heard(tmp_path, suffix):
    whole, path = write_numbered(tmp_path / f"whole.{suffix}", 25), tmp_path / f"film.{suffix}"
    with av.open(str(whole)) as old, av.open(str(path), "w") as new:
        streams = [new.add_stream_from_template(stream) for stream in old.streams]
        for packet in old.demux():
            is_sound = packet.stream.type == "audio"
            if packet.dts is None or (is_sound and 1.5 <= packet.pts * packet.time_base < 3.5):
                continue
            packet.stream = streams[packet.stream.index]
            new.mux(packet)
    for start_s in (0.0, 0.5, 2.5, 4.8):
        expected = [second for second in (1, 4, 5) if second > start_s]
        assert clicks_in(path, start_s, 6.0) == pytest.approx(expected, abs=0.03)


def test_sound_of_recordings_that_were_joined_goes_on(tmp_path):
    part, path = write_numbered(tmp_path / "part.ts", 25), tmp_path / "film.ts"
    path.write_bytes(part.read_bytes() * 2)
    for start_s, end_s in [(0.0, 12.0), (3.2, 9.5), (7.5, 12.0)]:
        expected = [
            second for second in (1, 2, 3, 4, 5, 7, 8, 9, 10, 11) if start_s < second < end_s
        ]
        assert clicks_in(path, start_s, end_s) == pytest.approx(expected, abs=0.06)


def test_what_a_kind_of_file_cannot_hold_is_reported_and_leaves_nothing(tmp_path):
    times = [number / 25 + (1.7e9 if number > 75 else 0) for number in range(LENGTH)]
    path = write_numbered(tmp_path / "film.mkv", 25, times, with_sound=False)
    film = replace(film_of(path=str(path)), rate=None, frames=(0,), frames_s=(0.0,))
    with pytest.raises(InputError, match=r"named\.mp4: .*; choose another ending: .*\.mkv"):
        write_overlay(faces_at(film, [0]), {0: "Å"}, film, path, tmp_path / "named.mp4", silent)
    assert [path.name for path in tmp_path.iterdir()] == ["film.mkv"]


def test_an_overlay_has_every_frame_the_sound_and_boxes(tmp_path):
    path = write_numbered(tmp_path / "film.mp4", Fraction(25))
    film = film_of(Fraction(25), LENGTH, cuts=(), path=str(path), size_px=(192, 96))
    frames = [frame for frame in film.frames if 20 <= frame <= 60]
    faces = faces_at(film, frames, box=np.tile([60, 40, 90, 70], (len(frames), 1)))
    out = tmp_path / "named.mp4"
    write_overlay(faces, {0: "Åsa"}, film, path, out, silent)
    assert [n for n, _ in pictures_of(out)] == list(range(LENGTH))
    assert clicks_of(out) == pytest.approx(clicks_of(path), abs=0.01)
    with av.open(str(out)) as container:
        reds = [
            float(np.ptp(frame.to_ndarray(format="rgb24")[55, 56:64].astype(int), axis=1).max())
            for frame in container.decode(video=0)
        ]
    assert min(reds[20:65]) > 40 > max(reds[:19] + reds[66:])
