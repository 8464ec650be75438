"""Sidecars of photos, read by ExifTool, for each of the eight EXIF orientations."""

import json
import shutil
import subprocess

import numpy as np
import pytest
from castlist.clustering.exports.export import export
from castlist.clustering.exports.formats.xmp import stored_box
from castlist.clustering.exports.options import ExportOptions
from castlist.data.errors import InputError
from castlist.data.result.facts import SourceFacts
from PIL import Image, ImageOps
from shot_tools import film_of, result_at

ORIENTATIONS = range(1, 9)


def photo_at(path, orientation):
    """Write a photo whose stored picture is 120 x 80, white inside of 10 20 30 50 when upright."""
    upright = Image.new("L", (120, 80) if orientation < 5 else (80, 120))
    upright.paste(255, (10, 20, 30, 50))
    exif = Image.Exif()
    exif[0x0112] = orientation
    blank = Image.new("L", (120, 80))
    path.parent.mkdir(parents=True, exist_ok=True)
    for candidate in Image.Transpose:  # the one that exif_transpose undoes
        for turned in (upright.transpose(candidate), upright):
            if turned.size == blank.size:
                turned.save(path, quality=100, exif=exif)
                with Image.open(path) as image:
                    back = np.asarray(ImageOps.exif_transpose(image), int)
                if back.shape == (upright.height, upright.width) and (
                    np.abs(back - np.asarray(upright, int)).mean() < 5
                ):
                    return SourceFacts(
                        path.name, kind="photo", path=str(path), size_px=upright.size
                    )
    raise AssertionError(orientation)


def stored_pixels(path):
    """Return the white box of the picture as stored, x1 y1 x2 y2 in shares."""
    with Image.open(path) as image:
        rows, columns = np.nonzero(np.asarray(image.convert("L")) > 128)
        width, height = image.size
    box = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    return np.array(box) / [width, height, width, height]


def tags_of(path):
    command = ["exiftool", "-json", "-struct", "-XMP:all", str(path)]
    return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)[0]


needs_exiftool = pytest.mark.skipif(
    not shutil.which("exiftool"), reason="apt install libimage-exiftool-perl"
)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_a_box_is_where_the_stored_picture_has_it(tmp_path, orientation):
    photo = photo_at(tmp_path / "a.jpg", orientation)
    width, height = photo.size_px
    found = stored_box((10 / width, 20 / height, 30 / width, 50 / height), orientation)
    np.testing.assert_allclose(found, stored_pixels(tmp_path / "a.jpg"), atol=0.02)


@needs_exiftool
def test_exiftool_reads_regions_and_keywords(tmp_path):
    photos = [photo_at(tmp_path / "in" / f"{n}.jpg", n) for n in ORIENTATIONS]
    export(result_at(film_of(), photos=photos[:2]), tmp_path / "out", ExportOptions(), "xmp")
    result = result_at(photos=photos[5:6])
    export(result, tmp_path / "out", ExportOptions(), "xmp")
    for name, people in (("1.jpg", ["Anna Å", "Carl & <Co>"]), ("2.jpg", ["Anna Å", "Ö"])):
        tags = tags_of(tmp_path / "out" / f"{name}.xmp")
        assert tags["Subject"] == people
        assert tags["TagsList"] == [f"People/{person}" for person in people]
        regions = tags["RegionInfo"]["RegionList"]
        assert [region["Name"] for region in regions] == people
        assert {region["Type"] for region in regions} == {"Face"}
        assert tags["RegionInfo"]["AppliedToDimensions"] == {"W": 120, "H": 80, "Unit": "pixel"}
    area = tags_of(tmp_path / "out" / "6.jpg.xmp")["RegionInfo"]["RegionList"][0]["Area"]
    x1, y1, x2, y2 = stored_pixels(tmp_path / "in" / "6.jpg")
    found = [area["X"], area["Y"], area["W"], area["H"]]
    np.testing.assert_allclose(found, [(x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1], atol=0.02)


def test_sidecars_lie_as_the_photos_do_and_are_written_anew(tmp_path):
    photo = photo_at(tmp_path / "in" / "deep" / "a.jpg", 1)
    photo = SourceFacts("deep/a.jpg", kind="photo", path=photo.path, size_px=photo.size_px)
    result = result_at(photos=[photo])
    for _ in range(2):
        export(result, tmp_path / "in", ExportOptions(), "xmp")
    assert {path.name for path in (tmp_path / "in" / "deep").iterdir()} == {"a.jpg", "a.jpg.xmp"}


def test_a_sidecar_of_another_program_stays(tmp_path):
    photos = [photo_at(tmp_path / "in" / name, 1) for name in ("a.jpg", "b.jpg")]
    theirs = tmp_path / "in" / "b.jpg.xmp"
    theirs.write_text('<x:xmpmeta x:xmptk="XMP Core 4.4.0"/>')
    with pytest.raises(InputError, match="another program wrote this sidecar"):
        export(result_at(photos=photos), tmp_path / "in", ExportOptions(), "xmp")
    assert theirs.read_text().endswith('4.4.0"/>')
    assert not (tmp_path / "in" / "a.jpg.xmp").exists()


def test_photos_that_have_moved_are_asked_for(tmp_path):
    photo = photo_at(tmp_path / "in" / "a.jpg", 1)
    (tmp_path / "in").rename(tmp_path / "moved")
    with pytest.raises(InputError, match="say where it is now with --film"):
        export(result_at(photos=[photo]), tmp_path / "out", ExportOptions(), "xmp")
    assert not (tmp_path / "out").exists()
    options = ExportOptions(moved=tmp_path / "moved")
    export(result_at(photos=[photo]), tmp_path / "out", options, "xmp")
    assert (tmp_path / "out" / "a.jpg.xmp").exists()


def test_films_have_no_sidecars(tmp_path):
    with pytest.raises(InputError, match="nothing to export: there is no photo"):
        export(result_at(film_of()), tmp_path / "out", ExportOptions(), "xmp")
