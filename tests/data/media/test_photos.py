"""Photos read: the way up, when taken, and what happens to broken ones."""

import math
import sys
import threading
from datetime import UTC, datetime

import numpy as np
import pytest
from castlist.data.errors import InputError
from castlist.data.media.photos import read_photos
from castlist.data.media.sources import Source
from PIL import ExifTags, Image

TAKEN = "2019:07:14 18:03:05"
TAKEN_S = datetime(2019, 7, 14, 18, 3, 5, tzinfo=UTC).timestamp()


def corner(height=40, width=60):
    """Return a picture of which the top left quarter is white."""
    picture = np.zeros((height, width, 3), np.uint8)
    picture[: height // 2, : width // 2] = 255
    return picture


def exif(orientation=None, **tags):
    data = Image.Exif()
    if orientation is not None:
        data[ExifTags.Base.Orientation] = orientation
    if "DateTime" in tags:
        data[ExifTags.Base.DateTime] = tags.pop("DateTime")
    data[ExifTags.IFD.Exif] = {ExifTags.Base[name]: value for name, value in tags.items()}
    return data


def save(path, picture=None, **settings):
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(corner())
    image.save(path, **settings)
    return Source(path=path, name=path.name, kind="photo")


def read(*sources):
    warnings = []
    return list(read_photos(sources, warnings.append)), warnings


def read_one(source):
    (frame,), warnings = read(source)
    assert warnings == []
    return frame


def test_a_photo_is_one_frame_with_its_name(tmp_path):
    frame = read_one(save(tmp_path / "a.png"))
    assert (frame.source, frame.index) == ("a.png", 0)
    assert frame.picture.dtype == np.uint8
    np.testing.assert_array_equal(frame.picture, corner())


def test_photos_come_in_the_order_given(tmp_path):
    sources = [save(tmp_path / f"{name}.png") for name in "cabedf"]
    frames, _ = read(*sources)
    assert [frame.source for frame in frames] == [f"{name}.png" for name in "cabedf"]


@pytest.mark.parametrize(
    ("orientation", "shape", "white"),
    # EXIF 1 to 8: where the stored top left corner is shown.
    [
        (1, (40, 60), (0, 0)),
        (2, (40, 60), (0, -1)),
        (3, (40, 60), (-1, -1)),
        (4, (40, 60), (-1, 0)),
        (5, (60, 40), (0, 0)),
        (6, (60, 40), (0, -1)),
        (7, (60, 40), (-1, -1)),
        (8, (60, 40), (-1, 0)),
    ],
)
def test_photos_are_turned_upright_as_exif_says(tmp_path, orientation, shape, white):
    frame = read_one(save(tmp_path / "a.jpg", exif=exif(orientation), quality=95))
    assert frame.picture.shape == (*shape, 3)
    corners = {(y, x): frame.picture[y, x].mean() for y in (0, -1) for x in (0, -1)}
    assert max(corners, key=corners.get) == white
    assert sum(value > 200 for value in corners.values()) == 1


def test_time_is_when_the_photo_was_taken_by_the_clock_of_the_camera(tmp_path):
    taken = exif(DateTimeOriginal=TAKEN, DateTime="2024:01:01 00:00:00")
    assert read_one(save(tmp_path / "a.jpg", exif=taken)).time_s == TAKEN_S


def test_fractions_of_a_second_count(tmp_path):
    taken = exif(DateTimeOriginal=TAKEN, SubsecTimeOriginal="25")
    assert read_one(save(tmp_path / "a.jpg", exif=taken)).time_s == TAKEN_S + 0.25


def test_time_of_scanning_stands_in_for_the_time_taken(tmp_path):
    taken = exif(DateTimeOriginal="0000:00:00 00:00:00", DateTimeDigitized=TAKEN)
    assert read_one(save(tmp_path / "a.jpg", exif=taken)).time_s == TAKEN_S


@pytest.mark.parametrize(
    "times",
    [
        {},
        {"DateTimeOriginal": "0000:00:00 00:00:00"},
        {"DateTimeOriginal": "    :  :     :  :  "},
        {"DateTimeOriginal": ""},
        {"DateTime": TAKEN},  # when the file was changed
    ],
)
def test_time_is_nan_where_the_photo_does_not_say(tmp_path, times):
    assert math.isnan(read_one(save(tmp_path / "a.jpg", exif=exif(**times))).time_s)


def test_transparent_pixels_are_white(tmp_path):
    image = Image.new("RGBA", (8, 8), (255, 0, 0, 0))
    image.putpixel((0, 0), (0, 0, 255, 255))
    picture = read_one(save(tmp_path / "a.png", image)).picture
    assert picture[0, 0].tolist() == [0, 0, 255]
    assert picture[4, 4].tolist() == [255, 255, 255]


@pytest.mark.parametrize(
    ("image", "suffix", "expected"),
    [
        (Image.new("L", (8, 8), 70), ".png", 70),
        (Image.fromarray(np.full((8, 8), 70 * 256 + 9, np.uint16)), ".png", 70),
        (Image.new("P", (8, 8), 0), ".gif", 0),
        (Image.new("CMYK", (8, 8), (0, 0, 0, 0)), ".jpg", 255),
        (Image.new("1", (8, 8), 1), ".tif", 255),
    ],
)
def test_odd_modes_become_rgb(tmp_path, image, suffix, expected):
    picture = read_one(save(tmp_path / f"a{suffix}", image)).picture
    assert picture.shape == (8, 8, 3)
    assert picture[4, 4].tolist() == [expected] * 3


def test_a_broken_photo_is_left_out_with_a_warning(tmp_path):
    sources = [save(tmp_path / f"{name}.jpg") for name in "abc"]
    sources[1].path.write_bytes(sources[1].path.read_bytes()[:300])
    frames, warnings = read(*sources)
    assert [frame.source for frame in frames] == ["a.jpg", "c.jpg"]
    assert len(warnings) == 1
    assert str(sources[1].path) in warnings[0]


def test_only_broken_photos_are_an_error(tmp_path):
    sources = []
    for name in ("a.jpg", "b.png"):
        (tmp_path / name).write_text("no photo")
        sources.append(Source(path=tmp_path / name, name=name, kind="photo"))
    with pytest.raises(InputError, match=r"none of 2 can: .*a\.jpg cannot be read"):
        read(*sources)


def test_no_photos_are_no_frames():
    assert read() == ([], [])


def test_heic_photos_are_read_upright(tmp_path):
    pillow_heif = pytest.importorskip("pillow_heif")
    pillow_heif.register_heif_opener()
    source = save(tmp_path / "a.heic", exif=exif(6, DateTimeOriginal=TAKEN).tobytes(), quality=90)
    frame = read_one(source)
    assert frame.picture.shape == (60, 40, 3)
    assert frame.picture[5, -5].mean() > 200
    assert frame.picture[5, 5].mean() < 50
    assert frame.time_s == TAKEN_S


def test_heic_without_pillow_heif_is_an_error_that_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    source = Source(path=tmp_path / "a.HEIC", name="a.HEIC", kind="photo")
    with pytest.raises(InputError, match=r"pip install 'castlist\[heic\]'"):
        read(source)


def test_leaving_early_ends_the_thread(tmp_path):
    photos = read_photos([save(tmp_path / f"{i}.png") for i in range(9)], print)
    assert next(photos).source == "0.png"
    photos.close()
    assert not any(t.name.startswith("castlist") for t in threading.enumerate())
