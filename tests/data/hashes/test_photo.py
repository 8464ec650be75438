"""The hash of the picture in a photo, whatever else is written into the file."""

import pillow_heif
import pytest
from castlist.data.hashes.heif import parts_of_heif
from castlist.data.hashes.photo import hash_photo
from PIL import Image, PngImagePlugin

pillow_heif.register_heif_opener()


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
    elif comment and ending == "jpg":
        options["comment"] = comment
    elif comment and ending != "tif":
        options["xmp"] = comment.encode()
    Image.linear_gradient("L").point(lambda own: own * grey // 255).convert("RGB").save(
        path, exif=exif, **options
    )
    return hash_photo(path)


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "tif", "heic", "avif"])
def test_dates_and_comments_do_not_count_pixels_do(tmp_path, ending):
    plain = photo(tmp_path, ending)
    assert plain.startswith("picture:1:")
    assert photo(tmp_path, ending, date="2019:07:14 12:00:00", comment="five stars") == plain
    assert photo(tmp_path, ending, grey=91) not in (plain, "")


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "tif", "avif"])
def test_how_a_photo_is_turned_counts(tmp_path, ending):
    plain = photo(tmp_path, ending)
    assert photo(tmp_path, ending, orientation=1) == plain
    assert photo(tmp_path, ending, orientation=6) not in (plain, "")


def test_a_progressive_jpeg_and_one_with_a_profile_and_a_preview_have_one(tmp_path):
    plain = photo(tmp_path, "jpg", progressive=True)
    profile = b"\0" * 200_000  # several segments
    assert photo(tmp_path, "jpg", progressive=True, icc_profile=profile) == plain
    assert photo(tmp_path, "jpg") not in (plain, "")


def test_a_tiff_is_its_first_page_however_it_is_compressed(tmp_path):
    found = {photo(tmp_path, "tif", compression=how) for how in (None, "tiff_lzw", "jpeg")}
    assert len(found) == 3
    more = {"save_all": True, "append_images": [Image.new("L", (8, 8))]}
    assert photo(tmp_path, "tif", compression="tiff_lzw", **more) in found


@pytest.mark.parametrize("content", [b"", b"\xff\xd8\xff\xe1\x00", b"\x89PNG\r\n\x1a\n", b"text"])
def test_what_cannot_be_read_has_none(tmp_path, content):
    path = tmp_path / "photo.jpg"
    path.write_bytes(content)
    assert hash_photo(path) == ""
    assert hash_photo(tmp_path / "none.jpg") == ""


@pytest.mark.parametrize("ending", ["webp", "tif", "heic", "avif"])
def test_what_is_cut_off_or_damaged_anywhere_ends_well(tmp_path, ending):
    photo(tmp_path, ending)
    path = tmp_path / f"photo.{ending}"
    whole = path.read_bytes()
    for place in range(0, len(whole), max(1, len(whole) // 40)):
        for content in (whole[:place], whole[:place] + b"\xff\xff" + whole[place + 2 :]):
            path.write_bytes(content)
            assert isinstance(hash_photo(path), str)


def test_photos_of_other_kinds_have_none(tmp_path):
    path = tmp_path / "photo.bmp"
    Image.new("RGB", (8, 8)).save(path)
    assert hash_photo(path) == ""


def box(kind, *parts):
    content = b"".join(parts)
    return (8 + len(content)).to_bytes(4) + kind + content


def heif(exif):
    """Return a photo as phones write it: tiles, what says how they lie in the box itself, EXIF."""
    pixels = b"tile one", b"tile two"

    def number(value, size=2):
        return value.to_bytes(size)

    def item(name, kind):
        return box(b"infe", b"\2\0\0\0", number(name), number(0), kind, b"\0")

    def place(name, where, *extents):
        listed = (number(begin, 4) + number(length, 4) for begin, length in extents)
        return number(name) + number(where) + number(0) + number(len(extents)) + b"".join(listed)

    def meta(begin):
        ends = [begin, begin + 8, begin + 16, begin + 16 + len(exif)]
        kinds = (b"hvc1", b"hvc1", b"grid", b"Exif")
        items = [item(name, kind) for name, kind in enumerate(kinds, 1)]
        places = [
            place(1, 0, (ends[0], 8)), place(2, 0, (ends[1], 8)),
            place(3, 1, (0, 4)), place(4, 0, (ends[2], len(exif))),
        ]  # fmt: skip
        return box(
            b"meta", b"\0\0\0\0",
            box(b"pitm", b"\0\0\0\0", number(3)),
            box(b"iinf", b"\0\0\0\0", number(4), *items),
            box(b"iprp", box(b"ipco", box(b"irot", b"\1"))),
            box(b"iloc", b"\1\0\0\0", b"\x44\x00", number(4), *places),
            box(b"idat", b"grid"),
        )  # fmt: skip

    start = box(b"ftyp", b"heicmif1")
    before = start + meta(len(start) + len(meta(0)) + 8)
    return before + box(b"mdat", *pixels, exif)


def test_a_photo_of_tiles_is_its_tiles_and_how_they_lie():
    short, long = heif(b"Exif"), heif(b"Exif, and five stars")
    parts = [bytes(part) for part in parts_of_heif(short)]
    assert parts[2:] == [b"tile one", b"tile two", b"grid"]
    assert [bytes(part) for part in parts_of_heif(long)] == parts
    turned = short.replace(b"irot\1", b"irot\2")
    assert [bytes(part) for part in parts_of_heif(turned)] != parts
