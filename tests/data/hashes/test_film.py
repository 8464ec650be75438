"""The hash of the picture in a film, whatever else is written into the file."""

import av
import numpy as np
import pytest
from castlist.data.hashes import film as films
from castlist.data.hashes.film import hash_film
from castlist.data.hashes.picture import hash_picture, is_same
from cli_tools import shots, write_film

CASTS = ["red", "green"], ["red"], ["green"], ["blue"]


@pytest.fixture(params=["whole", "sampled"])
def way(request, monkeypatch):
    """Small files are hashed whole, large ones by samples."""
    if request.param == "sampled":
        monkeypatch.setattr(films, "WHOLE_UP_TO", 0)
        monkeypatch.setattr(films, "NUM_SAMPLES", 8)
        monkeypatch.setattr(films, "_PACKETS", 3)


def film(path, *casts, **muxing):
    return write_film(path, shots(*casts), **muxing)


def rewritten(path, to, end_s=99.0, with_sound=False, **metadata):
    """Write the packets of a film into another file, as programs do that write tags."""
    with av.open(str(path)) as before, av.open(str(to), "w") as after:
        after.metadata.update(metadata)
        stream = before.streams.video[0]
        copy = after.add_stream_from_template(stream)
        if with_sound:
            sound = after.add_stream("aac", rate=48_000)
            silence = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
            silence.rate = 48_000
            after.mux(sound.encode(silence))
        for packet in before.demux(stream):
            if packet.size and float(packet.pts * packet.time_base) < end_s:
                packet.stream = copy
                after.mux(packet)
    return to


@pytest.mark.parametrize("ending", ["mp4", "mov", "mkv", "avi"])
def test_titles_dates_and_sound_do_not_count(tmp_path, way, ending):
    path = film(tmp_path / f"film.{ending}", *CASTS)
    plain = hash_film(path)
    assert plain.startswith("video:")
    written = {"title": "Wedding", "creation_time": "2019-07-14T12:00:00Z", "comment": "x" * 9_000}
    other = rewritten(path, tmp_path / f"other.{ending}", **written)
    assert other.read_bytes() != path.read_bytes()
    assert hash_film(other) == plain
    assert hash_film(rewritten(path, tmp_path / f"loud.{ending}", with_sound=True)) == plain


def test_a_film_with_its_index_before_its_pictures_or_in_another_container_is_the_same(
    tmp_path, way
):
    path = film(tmp_path / "film.mp4", *CASTS)
    fast = film(tmp_path / "fast.mp4", *CASTS, movflags="faststart")
    matroska = rewritten(path, tmp_path / "film.mkv", title="Wedding")
    assert hash_film(path) == hash_film(fast) == hash_film(matroska) != ""


def test_another_film_a_shorter_cut_and_a_turned_film_are_others(tmp_path, way):
    path = film(tmp_path / "film.mp4", *CASTS)
    data = path.read_bytes()
    upright = np.array([1 << 16, 0, 0, 0, 1 << 16, 0], ">i4").tobytes()
    on_its_side = np.array([0, 1 << 16, 0, -1 << 16, 0, 0], ">i4").tobytes()
    assert upright in data
    place = data.rindex(upright)  # of its track
    (tmp_path / "turned.mp4").write_bytes(
        data[:place] + on_its_side + data[place + len(on_its_side) :]
    )
    cut = rewritten(path, tmp_path / "cut.mp4", end_s=2.0)
    other = film(tmp_path / "other.mp4", *CASTS[:3], ["yellow"])
    found = [hash_film(each) for each in (path, tmp_path / "turned.mp4", cut, other)]
    assert len({*found}) == 4
    assert "" not in found


def test_what_is_no_film_or_is_not_there_has_none(tmp_path, way):
    path = tmp_path / "film.mp4"
    assert hash_film(path) == ""
    for content in (b"", b"text" * 99, film(path, ["red"]).read_bytes()[:900]):
        path.write_bytes(content)
        assert hash_film(path) == ""


def test_a_long_film_that_says_nowhere_how_long_it_is_has_none(tmp_path, monkeypatch):
    monkeypatch.setattr(films, "WHOLE_UP_TO", 0)
    assert hash_film(film(tmp_path / "film.h264", *CASTS)) == ""


def test_a_film_is_known_by_its_content_or_by_its_picture(tmp_path):
    path = film(tmp_path / "film.mp4", *CASTS)
    other = rewritten(path, tmp_path / "other.mp4", title="Wedding")
    picture = hash_picture(path, "film")
    assert is_same(other, "sha256:0", picture)
    assert not is_same(other, "sha256:0", "")
    assert not is_same(other, "sha256:0", "video:0")
