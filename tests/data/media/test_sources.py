"""Inputs found and named."""

import shutil
from pathlib import Path

import av
import numpy as np
import pytest
from castlist.data.errors import InputError
from castlist.data.media.kinds import FILM_SUFFIXES, PHOTO_SUFFIXES
from castlist.data.media.photos import read_photos
from castlist.data.media.sources import Source, find_sources
from PIL import Image


@pytest.fixture(scope="session")
def tiny_film(tmp_path_factory):
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
        picture = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")
        container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    return path


@pytest.fixture
def make(tmp_path, tiny_film, monkeypatch):
    """Make a file at a path in an empty folder, which is the working directory."""
    monkeypatch.chdir(tmp_path)

    def make_file(name):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix.lower() in PHOTO_SUFFIXES:
            Image.new("RGB", (4, 4)).save(path, format="png")
        elif path.suffix.lower() in FILM_SUFFIXES:
            shutil.copy(tiny_film, path)
        else:
            path.write_text("neither film nor photo")
        return path

    return make_file


def names(*inputs):
    return [source.name for source in find_sources([Path(given) for given in inputs])]


def test_a_film_is_named_after_its_file(make):
    path = make("folder/Scene 1.MP4")
    assert find_sources([path]) == [Source(path=path, name="Scene 1.MP4", kind="film")]


def test_a_folder_is_searched_in_order_of_names_and_may_hold_films(make):
    for name in ("b.jpg", "a.PNG", "sub/c.jpeg", "sub/deep/d.webp", "clip.mov", "notes.txt"):
        make(f"holiday/{name}")
    found = find_sources([Path("holiday")])
    assert [(source.name, source.kind) for source in found] == [
        ("a.PNG", "photo"),
        ("b.jpg", "photo"),
        ("clip.mov", "film"),
        ("sub/c.jpeg", "photo"),
        ("sub/deep/d.webp", "photo"),
    ]


def test_several_inputs_keep_their_order(make):
    for name in ("z.mp4", "a.mp4", "photos/1.jpg", "single.png"):
        make(name)
    assert names("z.mp4", "photos", "single.png", "a.mp4") == [
        "z.mp4",
        "1.jpg",
        "single.png",
        "a.mp4",
    ]


def test_what_is_hidden_or_a_copy_or_a_result_of_castlist_is_passed_over(make):
    for name in (
        "photos/1.jpg",
        "photos/._1.jpg",
        "photos/.trash/2.jpg",
        "photos/@eaDir/1.jpg",
        "photos/result/faces.parquet",
        "photos/result/people/person_001/1.jpg",
    ):
        make(name)
    assert names("photos") == ["1.jpg"]


def left_out(folder):
    skipped = []
    found = find_sources([Path(folder)], skipped.append)
    return [source.name for source in found], {one.path.name: one for one in skipped}


@pytest.mark.parametrize(
    ("folder", "why"),
    [
        ("@eaDir", "copies"),
        ("#snapshot", "copies"),
        ("@Recently-Snapshot", "copies"),
        ("#recycle", "deleted"),
        ("$RECYCLE.BIN", "deleted"),
        ("System Volume Information", "system"),
    ],
)
def test_folders_of_copies_and_of_what_was_deleted_are_reported(make, folder, why):
    for name in ("photos/1.jpg", f"photos/{folder}/1.jpg", f"photos/sub/{folder}/1.jpg"):
        make(name)
    found, skipped = left_out("photos")
    assert found == ["1.jpg"]
    assert why in skipped[folder].reason
    assert skipped[folder].is_meant


def test_a_link_to_a_folder_is_reported_and_not_followed(make):
    make("photos/1.jpg").parent.joinpath("loop").symlink_to(make("others/2.jpg").parent)
    found, skipped = left_out("photos")
    assert found == ["1.jpg"]
    assert "link to a folder" in skipped["loop"].reason
    assert names("photos", "photos/loop") == ["1.jpg", "2.jpg"]


@pytest.mark.parametrize("name", ["a.CR3", "b.dng", "c.JXL", "d.exr"])
def test_photos_of_kinds_that_are_not_read_are_reported(make, name):
    make("photos/1.jpg")
    make(f"photos/{name}")
    found, skipped = left_out("photos")
    assert found == ["1.jpg"]
    assert "export it as JPEG" in skipped[name].reason
    assert not skipped[name].is_meant


@pytest.mark.parametrize("name", ["a.nef", "b.CR3", "c.exr"])
def test_a_photo_that_is_not_read_is_reported_when_it_is_given_alone(tmp_path, name):
    (tmp_path / name).write_bytes(b"II*\0" + bytes(40))
    with pytest.raises(InputError, match="export it as JPEG"):
        find_sources([tmp_path / name])


def test_a_jpeg_with_the_name_of_a_raw_photo_is_read(tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "a.nef", format="JPEG")
    for given in (tmp_path, tmp_path / "a.nef"):
        assert [source.kind for source in find_sources([given])] == ["photo"]


def live_clip(path, identifier="5F1A"):
    """Write the clip of a live photo, as telephones do."""
    with av.open(str(path), "w", format="mov", options={"movflags": "use_metadata_tags"}) as film:
        if identifier:
            film.metadata["com.apple.quicktime.content.identifier"] = identifier
        stream = film.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
        film.mux(stream.encode(av.VideoFrame(32, 32, "yuv420p")))
        film.mux(stream.encode(None))


@pytest.mark.parametrize(
    ("photo", "clip"),
    [("IMG_1.JPG", "IMG_1.MOV"), ("img_1.heic", "IMG_1.mov"), ("IMG_1.HEIC", "IMG_1_HEIC.MOV")],
)
def test_the_clip_of_a_live_photo_is_left_out_beside_its_photo(make, photo, clip):
    make(f"photos/{photo}")
    live_clip(Path("photos", clip))
    found, skipped = left_out("photos")
    assert found == [photo]
    assert "clip of a live photo" in skipped[clip].reason
    assert skipped[clip].is_meant
    assert names(f"photos/{clip}") == [clip]  # given by itself it is meant


def test_a_clip_without_its_photo_or_that_is_of_none_is_looked_at(make):
    for name in ("photos/1.jpg", "photos/2.jpg", "photos/more/3.jpg"):
        make(name)
    live_clip(Path("photos", "1.mov"), identifier="")
    live_clip(Path("photos", "3.mov"))
    assert names("photos") == ["1.jpg", "1.mov", "2.jpg", "3.mov", "more/3.jpg"]


@pytest.mark.parametrize(
    ("film", "copy"),
    [
        ("GX010042.MP4", "GL010042.LRV"),
        ("GOPR0042.MP4", "GOPR0042.LRV"),
        ("VID_20230101_0_001.insv", "LRV_20230101_0_001.lrv"),
    ],
)
def test_the_small_copy_that_a_camera_makes_of_a_film_is_left_out_beside_it(make, film, copy):
    for name in (f"films/{film}", f"films/{copy}", f"alone/{copy}"):
        make(name)
    found, skipped = left_out("films")
    assert found == [film]
    assert "small copy" in skipped[copy].reason
    assert skipped[copy].is_meant
    assert names("alone") == [copy]


def test_a_raw_photo_beside_its_jpeg_is_left_out_by_design(make):
    for name in ("photos/1.JPG", "photos/1.CR2", "photos/2.CR2"):
        make(name)
    found, skipped = left_out("photos")
    assert found == ["1.JPG"]
    assert {name: one.is_meant for name, one in skipped.items()} == {"1.CR2": True, "2.CR2": False}


@pytest.mark.parametrize(("pictures", "kind"), [(1, "photo"), (2, "film")])
@pytest.mark.parametrize("name", ["a.gif", "a"])
def test_a_gif_is_a_film_where_it_has_several_pictures(tmp_path, pictures, kind, name):
    first, *more = [Image.new("RGB", (32, 32), colour) for colour in ("red", "blue")][:pictures]
    first.save(tmp_path / name, format="GIF", save_all=True, append_images=more, duration=100)
    for given in (tmp_path, tmp_path / name):
        assert [source.kind for source in find_sources([given])] == [kind]


@pytest.mark.parametrize("suffix", [".mjpeg", ".mjpg"])
def test_jpegs_one_after_the_other_are_a_film(tmp_path, suffix):
    photo = tmp_path / "a.jpg"
    Image.new("RGB", (32, 32)).save(photo)
    (tmp_path / f"b{suffix}").write_bytes(photo.read_bytes() * 3)
    assert [source.kind for source in find_sources([tmp_path])] == ["photo", "film"]


@pytest.mark.parametrize("suffix", [".mpo", ".jp2", ".tga", ".ppm", ".apng", ".jpf", ".qoi"])
def test_rarer_kinds_of_photos_are_found_and_read(tmp_path, suffix):
    Image.new("RGB", (8, 8), "red").save(tmp_path / f"a{suffix}")
    (source,) = find_sources([tmp_path])
    (frame,) = read_photos([source], lambda *_: None)
    assert frame.picture[4, 4, 0] > 200


def test_blanks_behind_a_name_hide_no_photo_and_no_film(tmp_path):
    for name in ("a.JPG ", "b.mp4 "):
        Image.new("RGB", (8, 8)).save(tmp_path / name, format="PNG")
    assert names(tmp_path) == ["a.JPG ", "b.mp4 "]


def test_colliding_names_get_folders_in_front_until_they_differ(make):
    for name in ("a/video.mp4", "b/video.mp4", "c/x/video.mp4", "d/x/video.mp4", "other.mp4"):
        make(name)
    assert names("a/video.mp4", "b/video.mp4", "c/x/video.mp4", "d/x/video.mp4", "other.mp4") == [
        "a/video.mp4",
        "b/video.mp4",
        "c/x/video.mp4",
        "d/x/video.mp4",
        "other.mp4",
    ]


def test_colliding_photos_of_two_folders_are_told_apart(make):
    for name in ("2019/sea/1.jpg", "2020/sea/1.jpg", "2020/sea/2.jpg"):
        make(name)
    assert names("2019", "2020") == ["2019/sea/1.jpg", "2020/sea/1.jpg", "sea/2.jpg"]


def test_a_lengthened_name_that_collides_again_is_lengthened_again(make):
    for name in ("p/a/x.jpg", "q/a/x.jpg", "b/x.jpg"):
        make(name)
    # "a/x.jpg" by its place in p; "x.jpg" twice, of which one becomes "a/x.jpg" too.
    assert names("p", "q/a/x.jpg", "b/x.jpg") == ["p/a/x.jpg", "q/a/x.jpg", "b/x.jpg"]


def test_a_file_given_twice_counts_once(make):
    make("photos/1.jpg")
    assert names("photos/1.jpg", "photos", "./photos/../photos/1.jpg") == ["1.jpg"]


def test_the_current_folder_may_be_given(make):
    make("1.jpg")
    assert names(".") == ["1.jpg"]


def test_files_without_a_known_suffix_are_recognised_by_their_content(make):
    make("film.mp4").rename("film")
    make("photo.png").rename("photo")
    found = find_sources([Path("film"), Path("photo")])
    assert [source.kind for source in found] == ["film", "photo"]


@pytest.mark.parametrize("given", ["nowhere.mp4", "nowhere/film.mp4", "http://example.org/a.mp4"])
def test_a_path_that_does_not_exist_is_an_error(make, given):
    with pytest.raises(InputError, match="but there is nothing; check the path"):
        names(given)


def test_a_text_file_named_mp4_is_an_error(make):
    make("film.txt").rename("film.mp4")
    with pytest.raises(InputError, match=r"film\.mp4: expected a film"):
        names("film.mp4")


def test_a_file_that_is_neither_film_nor_photo_is_an_error(make):
    make("notes.txt")
    with pytest.raises(InputError, match=r"notes\.txt: expected a film"):
        names("notes.txt")


def test_an_empty_folder_is_an_error(make, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(
        InputError, match=r"empty: expected a folder with photos or films, .* empty"
    ):
        names("empty")


def test_a_folder_without_photos_or_films_is_an_error(make):
    make("texts/a.txt")
    make("texts/b.txt")
    with pytest.raises(InputError, match="none of its 2 files is one"):
        names("texts")


def test_messages_are_one_line(make):
    make("film.txt").rename("film.mp4")
    for given in ("film.mp4", "nowhere.mp4"):
        with pytest.raises(InputError) as caught:
            names(given)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("film.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\na.ts\n"),  # without an end
        ("film.m3u8", "\ufeff#EXTM3U\n#EXTINF:2,\na.ts\n#EXT-X-ENDLIST\n"),
        ("film.mp4", "ffconcat version 1.0\nfile a.ts\n"),
        ("film.mpd", '<?xml version="1.0"?><MPD></MPD>'),
    ],
)
@pytest.mark.parametrize("in_folder", [True, False])
def test_a_playlist_is_reported_and_never_waited_for(make, tmp_path, name, content, in_folder):
    make("in/a.ts")
    playlist = make(f"in/{name}")
    playlist.write_text(content, encoding="utf-8")
    skipped = []
    inputs = [tmp_path / "in"] if in_folder else [playlist, tmp_path / "in" / "a.ts"]
    found = find_sources(inputs, skipped.append)
    assert [source.name for source in found] == ["a.ts"]
    ((path, kind, reason),) = [(one.path, one.kind, one.reason) for one in skipped]
    assert (path, kind) == (playlist, "film")
    assert reason.startswith("it is a playlist, which only names other files")
