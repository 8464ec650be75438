"""Photos read: the way up, when taken, and what happens to broken ones."""

import math
import os
import struct
import sys
import threading
from datetime import UTC, datetime

import numpy as np
import pytest
from castlist.data.media import photos as photos_module
from castlist.data.media import pixels, scaler
from castlist.data.media.photos import read_photos
from castlist.data.media.sources import Source
from PIL import ExifTags, Image, PngImagePlugin, features

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
    return list(read_photos(sources, lambda _name, warning: warnings.append(warning))), warnings


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


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif", ".avif"])
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
def test_photos_are_turned_upright_as_exif_says(tmp_path, suffix, orientation, shape, white):
    data = Image.Exif()
    data[ExifTags.Base.Orientation] = orientation
    frame = read_one(save(tmp_path / f"a{suffix}", exif=data))
    assert frame.picture.shape == (*shape, 3)
    corners = {(y, x): frame.picture[y, x].mean() for y in (0, -1) for x in (0, -1)}
    assert max(corners, key=corners.get) == white
    assert sum(value > 200 for value in corners.values()) == 1


def test_time_is_when_the_photo_was_taken_by_the_clock_of_the_camera(tmp_path):
    taken = exif(DateTimeOriginal=TAKEN, DateTime="2024:01:01 00:00:00")
    assert read_one(save(tmp_path / "a.jpg", exif=taken)).time_s == TAKEN_S


@pytest.mark.parametrize(
    "written",
    [
        "2019-07-14T18:03:05+02:00",
        "2019:07:14 06:03:05 PM",
        "2019:07:14 6:03:05 p.m.",
        "2019/07/14 18:03:05.25",
        "2019:7:14 18:3:5",
    ],
)
def test_the_time_taken_may_be_written_as_computers_do(tmp_path, written):
    taken = exif(DateTimeOriginal=written)
    assert read_one(save(tmp_path / "a.jpg", exif=taken)).time_s == TAKEN_S


def test_twelve_in_the_night_is_the_hour_before_one(tmp_path):
    taken = exif(DateTimeOriginal="2019:07:14 12:03:05 AM")
    assert read_one(save(tmp_path / "a.jpg", exif=taken)).time_s == TAKEN_S - 18 * 3600


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
        {"DateTimeOriginal": "0001:01:01 00:00:00"},  # how programs write that there is none
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


def colour_profile(*primaries, gamma=2.2):
    """Return an ICC profile: where its red, green and blue lie (XYZ under D50), and its tones."""

    def number(value):
        return struct.pack(">i", round(value * 65536))

    def colour(values):
        return b"XYZ \0\0\0\0" + b"".join(map(number, values))

    white = (0.9642, 1.0, 0.8249)
    tones = b"curv\0\0\0\0" + struct.pack(">IHH", 1, round(gamma * 256), 0)
    tags = [(b"wtpt", colour(white)), *((name + b"TRC", tones) for name in (b"r", b"g", b"b"))]
    tags += [(n + b"XYZ", colour(v)) for n, v in zip((b"r", b"g", b"b"), primaries, strict=True)]
    table, data = struct.pack(">I", len(tags)), b""
    for name, content in tags:
        place = 128 + 4 + 12 * len(tags) + len(data)
        table, data = table + name + struct.pack(">II", place, len(content)), data + content
    head = struct.pack(">I4xI", 128 + len(table + data), 0x02400000) + b"mntrRGB XYZ "
    head = (head + bytes(12) + b"acsp").ljust(68, b"\0") + b"".join(map(number, white))
    return head.ljust(128, b"\0") + table + data


RED, GREEN, BLUE = (0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141)
"""Of sRGB."""


@pytest.mark.parametrize(
    ("suffix", "mode"),
    [(".png", "RGB"), (".png", "P"), (".png", "RGBA"), (".jpg", "RGB"), (".tif", "RGB")],
)
def test_colours_are_those_that_the_profile_of_a_photo_means(tmp_path, suffix, mode):
    stored = Image.new("RGB", (16, 16), (204, 51, 102)).convert(mode)
    swapped = colour_profile(GREEN, BLUE, RED)
    source = save(tmp_path / f"a{suffix}", stored, icc_profile=swapped)
    assert read_one(source).picture[8, 8].tolist() == pytest.approx([102, 204, 51], abs=6)


def test_wide_colours_of_a_phone_become_those_of_an_ordinary_screen(tmp_path):
    wide = colour_profile((0.5151, 0.2412, -0.0011), (0.292, 0.6922, 0.0419), BLUE)  # Display P3
    stored = Image.new("RGB", (16, 16), (180, 50, 50))
    red, green, blue = read_one(save(tmp_path / "a.png", stored, icc_profile=wide)).picture[8, 8]
    assert red > 190
    assert green < 45
    assert blue < 50


@pytest.mark.parametrize(
    "profile",
    [colour_profile(RED, GREEN, BLUE), colour_profile(GREEN, BLUE, RED)[:200], b"none of this"],
)
def test_colours_stay_where_the_profile_is_the_usual_one_or_damaged(tmp_path, profile):
    stored = Image.fromarray(np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8))
    source = save(tmp_path / "a.png", stored, icc_profile=profile)
    np.testing.assert_array_equal(read_one(source).picture, np.asarray(stored))


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
    warnings = []
    frames = list(read_photos(sources, lambda *warning: warnings.append(warning)))
    assert [frame.source for frame in frames] == ["a.jpg", "c.jpg"]
    ((name, warning),) = warnings
    assert name == "b.jpg"
    assert warning.startswith("cannot be read as a photo and is left out (")


def test_only_broken_photos_are_no_frames(tmp_path):
    sources = []
    for name in ("a.jpg", "b.png"):
        (tmp_path / name).write_text("no photo")
        sources.append(Source(path=tmp_path / name, name=name, kind="photo"))
    frames, warnings = read(*sources)
    assert frames == []
    assert ["cannot be read" in warning for warning in warnings] == [True, True]


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


HEIC_HEAD = b"\0\0\0\x18ftypheic" + bytes(40)


def test_heic_without_pillow_heif_is_left_out_and_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    (tmp_path / "a.JPG").write_bytes(HEIC_HEAD)
    heic = Source(path=tmp_path / "a.JPG", name="a.JPG", kind="photo")
    frames, (warning,) = read(save(tmp_path / "b.png"), heic)
    assert [frame.source for frame in frames] == ["b.png"]
    assert "pip install 'castlist[heic]'" in warning


# By content, not by name


def test_a_jpeg_named_heic_needs_no_library(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    assert read_one(save(tmp_path / "a.HEIC", format="JPEG")).picture.shape == (40, 60, 3)


def test_heic_named_jpg_is_read(tmp_path):
    pytest.importorskip("pillow_heif").register_heif_opener()
    assert read_one(save(tmp_path / "a.JPG", format="HEIF")).picture.shape == (40, 60, 3)


def textured(height=200, width=300):
    rng = np.random.default_rng(0)
    small = rng.integers(0, 255, (height // 10, width // 10, 3), np.uint8)
    return Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_without_its_last_two_bytes_is_read_whole(tmp_path, progressive):
    source = save(tmp_path / "a.jpg", textured(), quality=90, progressive=progressive)
    whole = read_one(source).picture
    source.path.write_bytes(source.path.read_bytes()[:-2])
    (frame,), warnings = read(source)
    np.testing.assert_array_equal(frame.picture, whole)
    assert [warning.startswith("is cut off") for warning in warnings] == [True]


@pytest.mark.parametrize(("kept", "is_read"), [(0.8, True), (0.3, False)])
def test_a_jpeg_that_is_cut_off_is_read_if_most_of_it_is_there(tmp_path, kept, is_read):
    source = save(tmp_path / "a.jpg", textured(), quality=90)
    content = source.path.read_bytes()
    source.path.write_bytes(content[: int(len(content) * kept)])
    frames, (warning,) = read(source)
    assert len(frames) == is_read
    assert ("is cut off at its end" if is_read else "is left out") in warning


def test_a_progressive_jpeg_that_is_cut_off_within_a_table_is_read_up_to_there(tmp_path):
    source = save(tmp_path / "a.jpg", textured(), quality=90, progressive=True)
    whole, content = read_one(source).picture.astype(int), source.path.read_bytes()
    tables = [place for place in range(len(content)) if content[place : place + 2] == b"\xff\xc4"]
    for table in tables[len(tables) // 2 :]:
        for num_bytes in (1, 3, 9):
            source.path.write_bytes(content[: table + num_bytes])
            (frame,), (warning,) = read(source)
            assert np.abs(frame.picture - whole).mean() < 30  # it was black
            assert warning.startswith("is cut off at its end")


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_deflate", "jpeg"])
def test_a_damaged_tiff_is_reported_in_our_words_only(tmp_path, capfd, compression):
    source = save(tmp_path / "a.tif", textured(), compression=compression)
    content = bytearray(source.path.read_bytes())
    content[len(content) // 3 : len(content) // 2] = b"\xff" * (
        len(content) // 2 - len(content) // 3
    )
    source.path.write_bytes(content)
    read(source)
    assert capfd.readouterr() == ("", "")  # libtiff writes into the terminal by itself


def half_plain(orientation=None):
    """A photo whose lower two thirds are of one colour, as a studio's backdrop is."""
    picture = np.full((240, 300, 3), 90, np.uint8)
    picture[:80] = np.asarray(textured(80, 300))
    return Image.fromarray(picture), {} if orientation is None else {"exif": exif(orientation)}


@pytest.mark.parametrize("num_bytes", [1, 2, 3, 12])
@pytest.mark.parametrize("orientation", [None, 6])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_plain_lower_part_is_not_taken_for_a_missing_one(
    tmp_path, num_bytes, orientation, progressive
):
    image, settings = half_plain(orientation)
    source = save(tmp_path / "a.jpg", image, quality=90, progressive=progressive, **settings)
    whole = read_one(source).picture
    source.path.write_bytes(source.path.read_bytes()[:-num_bytes])
    (frame,), (warning,) = read(source)
    assert np.abs(frame.picture.astype(int) - whole).mean() < 2
    assert "is cut off at its end" in warning


def test_what_is_missing_of_a_turned_jpeg_is_counted_where_it_is_stored(tmp_path):
    source = save(tmp_path / "a.jpg", textured(), quality=90, exif=exif(6))
    content = source.path.read_bytes()
    source.path.write_bytes(content[: int(len(content) * 0.3)])
    frames, (warning,) = read(source)
    assert frames == []
    assert "left out" in warning


@pytest.mark.parametrize("suffix", [".png", ".tif", ".bmp"])
@pytest.mark.parametrize(("kept", "is_read"), [(0.9, True), (0.3, False)])
def test_other_photos_that_are_cut_off_are_read_as_far_as_they_go(tmp_path, suffix, kept, is_read):
    source = save(tmp_path / f"a{suffix}", textured())
    whole, content = read_one(source).picture, source.path.read_bytes()
    source.path.write_bytes(content[: int(len(content) * kept)])
    frames, (warning,) = read(source)
    assert len(frames) == is_read
    if is_read:
        np.testing.assert_array_equal(frames[0].picture[90:110], whole[90:110])
    assert ("is cut off at its end" if is_read else "is left out") in warning


@pytest.mark.parametrize(
    ("suffix", "settings"),
    [
        (".webp", {}),
        (".webp", {"lossless": True}),
        (".avif", {}),
        (".tif", {"compression": "tiff_lzw"}),
        (".tif", {"compression": "tiff_deflate"}),
        (".heic", {}),
    ],
)
@pytest.mark.parametrize("kept", [0.02, 0.3, 0.98])
def test_photos_that_are_of_no_use_when_they_are_cut_off_say_so_and_stop_no_other(
    tmp_path, suffix, settings, kept
):
    if suffix == ".heic":
        pytest.importorskip("pillow_heif").register_heif_opener()
    bad = save(tmp_path / f"a{suffix}", textured(), **settings)
    content = bad.path.read_bytes()
    bad.path.write_bytes(content[: max(40, int(len(content) * kept))])
    frames, (warning,) = read(bad, save(tmp_path / "b.png"))
    assert [frame.source for frame in frames] == ["b.png"]
    assert warning.startswith("cannot be read as a photo and is left out (")
    assert suffix == ".heic" or "it is damaged or cut off" in warning
    assert "\n" not in warning
    assert len(warning) < 280


# Damaged in the middle: it decodes without a word


def spoilt(content, how):
    middle = len(content) // 2
    piece = {
        "lost": b"",
        "zeros": bytes(512),
        "doubled": 2 * content[middle : middle + 512],
        "of another file": bytes(range(1, 255)) + bytes(range(1, 255)) + b"abcd",
    }[how]
    return content[:middle] + piece + content[middle + 512 :]


@pytest.mark.parametrize("how", ["lost", "zeros", "doubled", "of another file"])
@pytest.mark.parametrize("settings", [{}, {"progressive": True}, {"restart_marker_rows": 1}])
def test_a_jpeg_whose_middle_is_damaged_is_reported(tmp_path, how, settings):
    pytest.importorskip("simplejpeg")
    source = save(tmp_path / "a.jpg", textured(600, 900), quality=90, **settings)
    assert read(source)[1] == []
    source.path.write_bytes(spoilt(source.path.read_bytes(), how))
    (frame,), warnings = read(source)
    assert frame.picture.shape == (600, 900, 3)
    assert warnings == ["is damaged: parts of it may look wrong"]


def test_what_is_not_of_the_pixels_of_a_jpeg_is_no_damage(tmp_path):
    pytest.importorskip("simplejpeg")
    source = save(tmp_path / "a.jpg", textured(), quality=90)
    content = source.path.read_bytes()
    for odd in (
        content[:-2] + bytes(8) + content[-2:],  # as some cameras pad
        content + content,  # several pictures in one file
        content + bytes(9999),
    ):
        source.path.write_bytes(odd)
        assert read(source)[1] == []


@pytest.mark.parametrize("place", ["pixels", "checksum", "text"])
def test_a_png_with_a_wrong_checksum_is_reported(tmp_path, place):
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "hello")
    source = save(tmp_path / "a.png", textured(), pnginfo=info)
    content = bytearray(source.path.read_bytes())
    pixels = content.index(b"IDAT")
    length = int.from_bytes(content[pixels - 4 : pixels], "big")
    text = content.index(b"hello")
    content[
        {"pixels": pixels + length // 2, "checksum": pixels + 4 + length, "text": text}[place]
    ] ^= 1
    source.path.write_bytes(content)
    (frame,), (warning,) = read(source)
    assert frame.picture.shape == (200, 300, 3)
    assert warning.startswith("is damaged")
    assert ("its pixels are not" in warning) == (place == "text")


def bright_screen():
    """Return a ramp as HLG stores it, and what an ordinary screen shows of it.

    A screen of HLG shows white paper, 203 nits (ITU-R BT.2408), at 75 % of its signal.
    """
    ramp = np.linspace(0.05, 0.95, 64)
    linear = np.where(ramp <= 0.04045, ramp / 12.92, ((ramp + 0.055) / 1.055) ** 2.4)
    scene = (linear * 203 / 1000) ** (1 / 1.2)
    high = 0.17883277 * np.log(np.maximum(12 * scene - 0.28466892, 1e-9)) + 0.55991073
    signal = np.where(scene <= 1 / 12, np.sqrt(3 * scene), high)
    stored = np.repeat(np.round(signal * 255).astype(np.uint8)[None], 64, axis=0)
    return np.repeat(stored[..., None], 3, axis=2), ramp * 255


# FFmpeg makes ready for seconds, for each curve anew: test_shapes.py has what it makes of PQ.
def test_photos_of_high_dynamic_range_have_the_tones_of_an_ordinary_screen_made_ready_for_once(
    tmp_path, monkeypatch
):
    stored, shown = bright_screen()
    path = tmp_path / "a.heic"
    pillow_heif = pytest.importorskip("pillow_heif")
    pillow_heif.from_pillow(Image.fromarray(stored)).save(
        path, quality=98, color_primaries=9, transfer_characteristics=18
    )
    make_ready, made = scaler._graph, []
    monkeypatch.setattr(scaler, "_graph", lambda *of: made.append(of) or make_ready(*of))
    monkeypatch.setattr(scaler, "_OF_THREAD", threading.local())
    source = Source(path=path, name=path.name, kind="photo")
    frames, _ = read(source, source)
    for frame in frames:
        assert frame.picture[32, :, 1] == pytest.approx(shown, abs=14)
    assert np.abs(stored[32, :, 1] - shown).max() > 40
    assert (len(frames), len(made)) == (2, 1)


def test_an_avif_of_high_dynamic_range_is_converted_by_the_curve_that_it_names(
    tmp_path, monkeypatch
):
    stored, _ = bright_screen()
    source = save(tmp_path / "a.avif", Image.fromarray(stored))
    content = bytearray(source.path.read_bytes())
    place = content.index(b"colrnclx") + 8
    content[place : place + 4] = bytes([0, 9, 0, 16])  # primaries, curve
    source.path.write_bytes(content)
    asked = []
    monkeypatch.setattr(
        photos_module, "to_ordinary", lambda seen, tones: asked.append(tones) or seen // 2
    )
    picture = read_one(source).picture
    assert asked == [(16, 9)]
    assert picture.max() < 128 < stored.max()


def test_avif_that_pillow_cannot_read_names_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setitem(features.modules, "avif", ("no_such_module", None))
    frames, (warning,) = read(save(tmp_path / "a.avif"))
    assert frames == []
    assert "pip install -U pillow" in warning


def test_the_main_picture_of_a_heic_with_several_is_read(tmp_path):
    heif = pytest.importorskip("pillow_heif")
    heif.register_heif_opener()
    source = save(
        tmp_path / "a.heic",
        Image.new("RGB", (64, 64), "red"),
        save_all=True,
        append_images=[Image.new("RGB", (64, 64), "blue")],
        primary_index=1,
    )
    (frame,), (warning,) = read(source)
    assert frame.picture[32, 32].argmax() == 2
    assert warning.endswith("has 2 pictures: only the main one is looked at")


def with_exif(path, tiff):
    save(path, quality=95)
    jpeg, block = path.read_bytes(), b"Exif\0\0" + tiff
    path.write_bytes(
        jpeg[:2] + b"\xff\xe1" + (len(block) + 2).to_bytes(2, "big") + block + jpeg[2:]
    )
    return Source(path=path, name=path.name, kind="photo")


ORIENTATION_3 = b"\x12\x01\x03\0\x01\0\0\0\x03\0\0\0"


@pytest.mark.parametrize(
    ("tags", "white"),
    [
        ((b"\0\x01\x02\0\x02\0\0\0ab\0\0", ORIENTATION_3), (-5, -5)),  # width as text
        ((ORIENTATION_3, b"\x69\x87\x04\0\x01\0\0\0\xff\xff\xff\x7f"), (-5, -5)),  # leads nowhere
        ((b"\x12\x01\x02\0\x02\0\0\x003\0\0\0",), (5, 5)),  # orientation as text
        ((b"\x12\x01\x03\0\x01\0\0\0\x63\0\0\0",), (5, 5)),  # orientation 99
    ],
)
def test_odd_exif_drops_no_photo(tmp_path, tags, white):
    tiff = b"II*\0\x08\0\0\0" + len(tags).to_bytes(2, "little") + b"".join(tags) + bytes(4)
    picture = read_one(with_exif(tmp_path / "a.jpg", tiff)).picture
    assert picture[white].mean() > 200
    assert picture.mean() < 80


def test_exif_that_is_no_exif_drops_no_photo(tmp_path):
    assert (
        read_one(with_exif(tmp_path / "a.jpg", b"II*\0\xff\xff\xff\xff")).picture[5, 5].mean() > 200
    )


# Memory


def test_a_large_jpeg_is_read_smaller_and_it_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(pixels, "MOST_BYTES", 3 * 200 * 300 // 3)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)  # Pillow would refuse it
    source = save(tmp_path / "a.jpg", textured())
    (frame,), (warning,) = read(source)
    assert frame.picture.shape == (100, 150, 3)
    assert warning.startswith("is looked at in 1/2 of its size")
    assert Image.MAX_IMAGE_PIXELS == 100


def test_a_large_png_is_left_out_before_it_is_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(pixels, "MOST_BYTES", 3 * 200 * 300 - 1)
    source = save(tmp_path / "a.png", textured())
    monkeypatch.setattr(PngImagePlugin.PngImageFile, "load", None)
    frames, (warning,) = read(source)
    assert frames == []
    assert "300 x 200 pixels" in warning


# Several pictures, odd numbers


@pytest.mark.parametrize("suffix", [".webp", ".png", ".gif"])
def test_the_first_picture_of_an_animated_photo_is_read_and_the_rest_reported(tmp_path, suffix):
    pictures = [textured(), *(Image.fromarray(corner(200, 300)) for _ in range(2))]
    path = tmp_path / f"a{suffix}"
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=100)
    (frame,), (warning,) = read(Source(path=path, name=path.name, kind="photo"))
    assert frame.picture.shape == (200, 300, 3)
    assert "only the first is looked at" in warning


@pytest.mark.parametrize("top", [1.0, 255.0, 65535.0])
def test_numbers_of_a_float_tiff_are_scaled(tmp_path, top):
    ramp = np.linspace(0, top, 256, dtype=np.float32).reshape(16, 16)
    picture = read_one(save(tmp_path / "a.tif", Image.fromarray(ramp))).picture
    assert np.abs(picture[..., 0].ravel().astype(int) - np.arange(256)).max() <= 1


@pytest.mark.parametrize("suffix", [".jpg", ".mpo", ".heic"])
@pytest.mark.parametrize("before", [b"", b"\0\0\x30\x0aMotionPhoto_Data", b"\0\0\0\x10mpvd"])
@pytest.mark.parametrize("brand", [b"mp42", b"isom", b"qt  "])
def test_a_motion_photo_is_recognised_by_the_film_in_it(tmp_path, suffix, before, brand):
    if suffix == ".heic":
        pytest.importorskip("pillow_heif").register_heif_opener()
    source = save(tmp_path / f"a{suffix}")
    assert read(source)[1] == []
    with source.path.open("ab") as file:
        file.write(before + b"\0\0\0\x18ftyp" + brand + bytes(99))
    (frame,), (warning,) = read(source)
    assert frame.picture.shape == (40, 60, 3)
    assert warning == "is a motion photo: its film is not looked at"


def test_a_motion_photo_whose_film_was_cut_off_is_none(tmp_path):
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/" GCamera:MotionPhoto="1"></x:xmpmeta>'
    assert read(save(tmp_path / "a.jpg", xmp=xmp))[1] == []


@pytest.mark.parametrize("kind", ["pipe", "device", "gone"])
def test_what_is_no_file_any_more_is_left_out_and_never_waited_for(tmp_path, kind):
    path = tmp_path / "a.jpg"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    frames, (warning,) = read(Source(path=path, name="a.jpg", kind="photo"))
    assert frames == []
    assert {"pipe": "named pipe", "device": "device", "gone": "no longer there"}[kind] in warning


def test_leaving_early_ends_the_thread(tmp_path):
    photos = read_photos([save(tmp_path / f"{i}.png") for i in range(9)], print)
    assert next(photos).source == "0.png"
    photos.close()
    assert not any(t.name.startswith("castlist") for t in threading.enumerate())


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "CMYK", "I;16", "F"])
def test_a_photo_converted_row_by_row_is_as_in_one_go(monkeypatch, mode, orientation):
    noise = np.random.default_rng(0).integers(0, 256, (23, 17, 4), np.uint8)
    if mode in ("I;16", "F"):
        image = Image.fromarray(noise[..., 0].astype({"I;16": np.uint16, "F": np.float32}[mode]))
    else:
        image = Image.fromarray(noise, "RGBA")
        image = image if mode == "RGBA" else image.convert("RGB").convert(mode)
    if mode == "P":
        image.info["transparency"] = 3
    whole = pixels._as_rgb(image)
    turn = pixels._BY_ORIENTATION.get(orientation)
    monkeypatch.setattr(pixels, "_ROWS_AT_ONCE", 5)
    expected = whole if turn is None else np.asarray(Image.fromarray(whole).transpose(turn))
    np.testing.assert_array_equal(pixels.as_rgb(image, turn), expected)
