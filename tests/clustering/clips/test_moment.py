"""A moment of a film, or a photo, as browsers show it."""

import av
import numpy as np
import pytest
from castlist.clustering.clips import moment
from castlist.clustering.clips.moment import write_moment, write_photo
from castlist.data.errors import InputError
from PIL import Image
from review_tools import write_unplayable


@pytest.fixture(scope="module", name="film")
def _film(tmp_path_factory):
    return write_unplayable(tmp_path_factory.mktemp("film") / "film.avi", num_seconds=6)


def shown(path):
    """Return the codec, the size, and for each picture its time and grey."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        size = stream.codec_context.width, stream.codec_context.height
        pictures = [
            (own.time, own.to_ndarray(format="gray").mean()) for own in container.decode(stream)
        ]
        return stream.codec_context.name, size, pictures


def test_a_moment_has_the_pictures_of_its_time(film, tmp_path):
    write_moment(film, 2.0, 4.0, tmp_path / "moment.mp4")
    codec, size, pictures = shown(tmp_path / "moment.mp4")
    assert (codec, size) == ("h264", (960, 540))
    assert [time_s for time_s, _ in pictures] == pytest.approx(np.arange(50) / 25, abs=0.01)
    grey = [round(own) for _, own in pictures]  # 8 brighter each second
    assert grey[:25] == pytest.approx([32] * 25, abs=4)
    assert grey[25:] == pytest.approx([40] * 25, abs=4)


def test_a_long_moment_is_cut(film, tmp_path, monkeypatch):
    monkeypatch.setattr(moment, "MOST_S", 2.0)
    write_moment(film, 1.0, 6.0, tmp_path / "moment.mp4")
    assert shown(tmp_path / "moment.mp4")[2][-1][0] == pytest.approx(1.96)


def test_a_moment_after_the_end_and_no_film_are_refused(film, tmp_path):
    with pytest.raises(InputError, match=r"ends before 99\.0 s"):
        write_moment(film, 99.0, 100.0, tmp_path / "moment.mp4")
    (tmp_path / "film.mp4").write_bytes(b"nothing" * 99)
    with pytest.raises(InputError, match="film"):
        write_moment(tmp_path / "film.mp4", 0.0, 1.0, tmp_path / "moment.mp4")
    assert not (tmp_path / "moment.mp4").exists()


def test_a_photo_is_made_small_and_a_damaged_one_refused(tmp_path):
    Image.new("RGB", (2400, 1200), "red").save(tmp_path / "photo.tif")
    write_photo(tmp_path / "photo.tif", tmp_path / "photo.jpg")
    with Image.open(tmp_path / "photo.jpg") as picture:
        assert (picture.format, picture.size) == ("JPEG", (960, 480))
    (tmp_path / "photo.tif").write_bytes(b"nothing" * 99)
    with pytest.raises(InputError, match="cannot be read as a photo"):
        write_photo(tmp_path / "photo.tif", tmp_path / "other.jpg")
