"""Sidecars of photos, read by ExifTool, for each of the eight EXIF orientations."""

import json
import shutil
import subprocess

import numpy as np
import pytest
from castlist.clustering.exports.export import export
from castlist.clustering.exports.formats.xmp import Tagged, keywords, stored_box
from castlist.clustering.exports.jpeg_xmp import packet_in, with_packet
from castlist.clustering.exports.options import ExportOptions
from castlist.data.errors import InputError
from castlist.data.result.facts import SourceFacts
from castlist.data.result.result import StoredResult
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


@pytest.mark.parametrize("how", ["xmp", "xmp-in-photos"])
def test_photos_of_two_folders_are_written_to_where_they_are(tmp_path, how):
    photos = [photo_at(tmp_path / "all" / name, 1) for name in ("one/a.jpg", "two/b.jpg")]
    result = result_at(photos=photos)
    before = set(tmp_path.rglob("*"))
    with pytest.raises(InputError, match=r"has 1 of 2 photos, and b.jpg .* that has all \(.*all\)"):
        export(result, tmp_path / "all" / "one", ExportOptions(), how)
    assert set(tmp_path.rglob("*")) == before
    (tmp_path / "link").symlink_to(tmp_path / "all")
    export(result, tmp_path / "link", ExportOptions(), how)
    made = {path.relative_to(tmp_path / "all") for path in (tmp_path / "all").rglob("*.xmp")}
    sidecars = {"xmp": {"one/a.jpg.xmp", "two/b.jpg.xmp"}, "xmp-in-photos": set()}[how]
    assert {str(path) for path in made} == sidecars
    written = [
        packet_in((tmp_path / "all" / name).read_bytes()) for name in ("one/a.jpg", "two/b.jpg")
    ]
    assert [packet is not None for packet in written] == [how == "xmp-in-photos"] * 2
    export(result, tmp_path / "all" / "one", ExportOptions(sources=("a.jpg",)), how)
    export(result, tmp_path / "elsewhere", ExportOptions(), how)
    assert {path.name.removesuffix(".xmp") for path in (tmp_path / "elsewhere").iterdir()} == {
        "a.jpg",
        "b.jpg",
    }


def test_heic_and_photos_of_any_size_get_sidecars(tmp_path, monkeypatch):
    heif = pytest.importorskip("pillow_heif", reason="pip install pillow-heif")
    path = tmp_path / "in" / "a.heic"
    path.parent.mkdir()
    pixels = np.zeros((80, 120, 3), np.uint8)
    heif.from_bytes("RGB", (120, 80), pixels.tobytes()).save(path)
    # as in a program that has just begun: Pillow knows nothing of HEIC
    for known in ("ID", "OPEN", "EXTENSION", "MIME"):
        of = getattr(Image, known)
        rest = (
            [k for k in of if k != "HEIF"]
            if known == "ID"
            else {k: of[k] for k in of if k != "HEIF"}
        )
        monkeypatch.setattr(Image, known, rest)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 9)
    photo = SourceFacts("a.heic", kind="photo", path=str(path), size_px=(120, 80))
    export(result_at(photos=[photo]), tmp_path / "out", ExportOptions(), "xmp")
    assert "a.heic.xmp" in {path.name for path in (tmp_path / "out").iterdir()}


def test_a_bar_in_a_name_makes_no_level_of_keywords(tmp_path):
    photo = Tagged(photo_at(tmp_path / "a.jpg", 1), (("Bob | Co", (0, 0, 9, 9)),))
    assert keywords(photo) == {
        "dc:subject": ["Bob | Co"],
        "lr:hierarchicalSubject": ["People|Bob / Co"],
        "digiKam:TagsList": ["People/Bob | Co"],
    }


THEIRS = """<?xpacket begin='' id='W5M0MpCehiHzreSzNTczkc9d'?>
<x:xmpmeta xmlns:x='adobe:ns:meta/' x:xmptk='Image::ExifTool 12'>
<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>
 <rdf:Description rdf:about='' xmlns:dc='http://purl.org/dc/elements/1.1/'>
  <dc:subject>
   <rdf:Bag><rdf:li>beach &amp; sea</rdf:li><rdf:li>Anna Å</rdf:li>
   </rdf:Bag>
  </dc:subject>
  <dc:title><rdf:Alt><rdf:li xml:lang='x-default'>Our  holiday</rdf:li></rdf:Alt></dc:title>
 </rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end='w'?>"""


def rest_of(data):
    """Return a JPEG without its XMP, the slow way."""
    head = b"http://ns.adobe.com/xap/1.0/\0"
    place = data.find(head)
    if place < 0:
        return data
    length = int.from_bytes(data[place - 2 : place], "big")
    return data[: place - 4] + data[place - 2 + length :]


@needs_exiftool
@pytest.mark.parametrize("theirs", [None, THEIRS], ids=["no XMP", "XMP of others"])
def test_a_photo_gets_regions_and_keeps_every_other_byte(tmp_path, theirs):
    photo = photo_at(tmp_path / "in" / "a.jpg", 6)
    before = (tmp_path / "in" / "a.jpg").read_bytes()
    if theirs:
        before = with_packet(before, theirs.encode())
        (tmp_path / "in" / "a.jpg").write_bytes(before)
    result = result_at(film_of(), photos=[photo])
    for _ in range(2):  # the second time its own are replaced
        export(result, tmp_path / "out", ExportOptions(), "xmp-in-photos")
        after = (tmp_path / "out" / "a.jpg").read_bytes()
        assert rest_of(after) == rest_of(before) != after
        tags = tags_of(tmp_path / "out" / "a.jpg")
        names = ["Anna Å", "Carl & <Co>"]
        assert [region["Name"] for region in tags["RegionInfo"]["RegionList"]] == names
        assert tags["TagsList"] == [f"People/{name}" for name in names]
        assert tags["Subject"] == (["beach & sea", *names] if theirs else names)
        assert tags.get("Title") == ("Our  holiday" if theirs else None)
        area = tags["RegionInfo"]["RegionList"][0]["Area"]
        x1, y1, x2, y2 = stored_pixels(tmp_path / "in" / "a.jpg")
        found = [area["X"], area["Y"], area["W"], area["H"]]
        middle = [(x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1]
        np.testing.assert_allclose(found, middle, atol=0.02)
    if theirs:  # what it wrote is there, whole, with one keyword and one description more
        start, end = theirs.split("\n   </rdf:Bag>")
        packet = packet_in(after).decode()
        assert packet.startswith(f"{start}<rdf:li>Carl &amp; &lt;Co&gt;</rdf:li>\n   </rdf:Bag>")
        assert packet.endswith(end.partition("</rdf:RDF>")[2])
    assert (tmp_path / "in" / "a.jpg").read_bytes() == before


@needs_exiftool
def test_photos_themselves_are_written_where_their_folder_is_given(tmp_path):
    photo = photo_at(tmp_path / "in" / "a.jpg", 1)
    (tmp_path / "in" / "a.jpg").chmod(0o600)
    command = ["exiftool", "-q", "-overwrite_original", "-Artist=me", "-IPTC:City=Riga"]
    subprocess.run([*command, tmp_path / "in" / "a.jpg"], check=True)
    before = (tmp_path / "in" / "a.jpg").read_bytes()
    export(result_at(photos=[photo]), tmp_path / "in", ExportOptions(), "xmp-in-photos")
    after = (tmp_path / "in" / "a.jpg").read_bytes()
    assert rest_of(after) == before
    assert (tmp_path / "in" / "a.jpg").stat().st_mode & 0o777 == 0o600
    command = ["exiftool", "-json", "-Artist", "-City", "-Subject", tmp_path / "in" / "a.jpg"]
    tags = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)[0]
    assert (tags["Artist"], tags["City"]) == ("me", "Riga")
    assert "Anna Å" in tags["Subject"]


def test_a_photo_that_is_no_jpeg_gets_a_sidecar(tmp_path):
    Image.new("RGB", (120, 80)).save(tmp_path / "a.png")
    photo = SourceFacts("a.png", kind="photo", path=str(tmp_path / "a.png"), size_px=(120, 80))
    export(result_at(photos=[photo]), tmp_path / "out", ExportOptions(), "xmp-in-photos")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a.png.xmp"]


REFUSED = {
    "regions of others": (
        THEIRS.replace("xmlns:dc=", "xmlns:m='http://www.metadataworkinggroup.com/schemas/regions/'"
                       " xmlns:dc="),
        "has written face regions",
    ),
    "keywords as an attribute": (
        THEIRS.replace("rdf:about=''", "rdf:about='' dc:subject='x'").replace("<dc:subject>", "<a>")
        .replace("</dc:subject>", "</a>"),
        "dc:subject is written in an unusual way",
    ),
    "no RDF": ("<x:xmpmeta/>", "written in an unusual way"),
    "too much": (THEIRS.replace("</rdf:Bag>", f"<rdf:li>{'x' * 64_900}</rdf:li></rdf:Bag>"),
                 "metadata would have"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_metadata_that_cannot_be_added_to_stays_as_it_is(tmp_path, case):
    packet, message = REFUSED[case]
    photos = [photo_at(tmp_path / "in" / name, 1) for name in ("a.jpg", "b.jpg")]
    second = tmp_path / "in" / "b.jpg"
    second.write_bytes(with_packet(second.read_bytes(), packet.encode()))
    before = {path: path.read_bytes() for path in (tmp_path / "in").iterdir()}
    with pytest.raises(InputError, match=message) as refused:
        export(result_at(photos=photos), tmp_path / "in", ExportOptions(), "xmp-in-photos")
    assert "b.jpg: " in str(refused.value)
    assert "--as xmp writes a sidecar instead" in str(refused.value)
    assert {path: path.read_bytes() for path in (tmp_path / "in").iterdir()} == before


def test_further_pictures_of_a_photo_do_not_move_against_their_index():
    def segment(kind, content):
        return b"\xff" + bytes([kind]) + (2 + len(content)).to_bytes(2, "big") + content

    exif, index = segment(0xE1, b"Exif\0\0"), segment(0xE2, b"MPF\0")
    photo = b"\xff\xd8" + exif + index + b"\xff\xda\0\2"
    assert with_packet(photo, b"<x/>").index(b"<x/>") < with_packet(photo, b"<x/>").index(b"MPF")
    late = b"\xff\xd8" + index + segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x/>")
    with pytest.raises(InputError, match="further pictures"):
        with_packet(late + b"\xff\xda\0\2", b"<longer/>")
    for damaged in (photo[:9], b"\xff\xd8\xff\xe1\xff\xff", photo[:-4], b"\xff\xd8\0\0\0\0\0"):
        with pytest.raises(InputError, match=r"damaged|ends before"):
            with_packet(damaged, b"<x/>")


def test_a_photo_in_the_way_that_castlist_did_not_write_stays(tmp_path):
    photo = photo_at(tmp_path / "in" / "a.jpg", 1)
    theirs = photo_at(tmp_path / "out" / "a.jpg", 3)
    before = (tmp_path / "out" / "a.jpg").read_bytes()
    with pytest.raises(InputError, match="castlist did not write it"):
        export(result_at(photos=[photo]), tmp_path / "out", ExportOptions(), "xmp-in-photos")
    assert (tmp_path / "out" / theirs.name).read_bytes() == before


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


def test_people_without_a_name_have_a_region_without_one_and_no_keyword(tmp_path):
    photo = photo_at(tmp_path / "in" / "a.jpg", 1)
    result = result_at(photos=[photo])
    nameless = StoredResult(result.faces, result.run, result.crops)
    written = {}
    for name, exported in (("named", result), ("nameless", nameless)):
        export(exported, tmp_path / name, ExportOptions(), "xmp")
        written[name] = (tmp_path / name / "a.jpg.xmp").read_text("utf-8")
    regions = [written[name].count('Type="Face"') for name in ("named", "nameless")]
    assert regions[0] == regions[1] > 0
    assert "mwg-rs:Name" in written["named"]
    assert "mwg-rs:Name" not in written["nameless"]
    assert "person_" not in written["nameless"]
    assert "subject" not in written["nameless"]
