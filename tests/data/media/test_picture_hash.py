"""The hash of the picture in a photo, whatever else is written into the file."""

import pytest
from castlist.data.media.sources import hash_picture
from PIL import Image, PngImagePlugin


def photo(folder, ending, grey=90, date=None, orientation=None, comment=None, **options):
    path = folder / f"photo.{ending}"
    exif = Image.Exif()
    if date:
        exif.get_ifd(0x8769)[0x9003] = date
    if orientation:
        exif[0x0112] = orientation
    if ending == "png":
        options["pnginfo"] = PngImagePlugin.PngInfo()
        options["pnginfo"].add_text("Comment", comment or "")
    elif comment:
        options["comment"] = comment
    Image.linear_gradient("L").point(lambda own: own * grey // 255).convert("RGB").save(
        path, exif=exif, **options
    )
    return hash_picture(path)


@pytest.mark.parametrize("ending", ["jpg", "png"])
def test_dates_and_comments_do_not_count_pixels_and_orientation_do(tmp_path, ending):
    plain = photo(tmp_path, ending)
    assert plain.startswith("picture:1:")
    assert photo(tmp_path, ending, date="2019:07:14 12:00:00", comment="five stars") == plain
    assert photo(tmp_path, ending, orientation=1) == plain
    assert photo(tmp_path, ending, orientation=6) not in (plain, "")
    assert photo(tmp_path, ending, grey=91) not in (plain, "")


def test_a_progressive_jpeg_and_one_with_a_profile_and_a_preview_have_one(tmp_path):
    plain = photo(tmp_path, "jpg", progressive=True)
    profile = b"\0" * 200_000  # several segments
    assert photo(tmp_path, "jpg", progressive=True, icc_profile=profile) == plain
    assert photo(tmp_path, "jpg") not in (plain, "")


@pytest.mark.parametrize("content", [b"", b"\xff\xd8\xff\xe1\x00", b"\x89PNG\r\n\x1a\n", b"text"])
def test_what_cannot_be_read_has_none(tmp_path, content):
    path = tmp_path / "photo.jpg"
    path.write_bytes(content)
    assert hash_picture(path) == ""
    assert hash_picture(tmp_path / "none.jpg") == ""


def test_photos_of_other_kinds_have_none(tmp_path):
    path = tmp_path / "photo.webp"
    Image.new("RGB", (8, 8)).save(path)
    assert hash_picture(path) == ""
