import json
import shutil

import pytest
from castlist.clustering.commands.results import only_result
from castlist.data.errors import InputError
from cli_tools import contents, leftovers, picture, write_photo

pytestmark = pytest.mark.usefixtures("plain_pages")


@pytest.fixture
def result(castlist, squares, film, made_once, tmp_path):
    """Red and green share the first and third second of a film, blue has the others; and photos."""
    out = tmp_path / "result"

    def make():
        write_photo(film.with_name("both.png"), picture("red", "blue"))
        write_photo(film.with_name("red.png"), picture("red"))
        run = castlist("cluster", film.parent, "--out", out, "--cloth-method", "none")
        assert run.code == 0

    made_once(make)
    return out


def seen(castlist, *arguments):
    return json.loads(castlist("show", *arguments, "--json").out)["people"]


@pytest.fixture
def ids(castlist, result):
    """The id of each colour, by the photos and shots that it is in."""
    found = {}
    for person in seen(castlist, result):
        photos = [photo["source"] for photo in person["photos"]]
        colour = {2: "red", 1: "blue", 0: "green"}[len(photos)]
        found[colour] = person["id"]
    return found


def test_everybody_is_listed_and_one_person_by_shot(castlist, result, ids):
    everybody = castlist("show", result).out.splitlines()
    assert len(everybody) == 3
    assert f"{ids['red']}: 2 shots, 2 photos, 2.0 s" in everybody
    one = castlist("show", result, ids["green"]).out.splitlines()
    assert one[0] == f"{ids['green']}: 2 shots, 2.0 s"
    assert [line.split()[:2] for line in one[1:]] == [
        ["00:00:00:00", "00:00:01:00"],
        ["00:00:02:00", "00:00:03:00"],
    ]


def test_a_time_shows_who_is_on_screen_then(castlist, result, ids):
    def at(time, *who):
        return {person["id"] for person in seen(castlist, result, *who, "--at", time)}

    assert at("0:02.5") == at("2.5") == at("00:00:02:05") == {ids["red"], ids["green"]}
    assert at("1.0") == {ids["blue"]}  # where a shot ends, the next one is on screen
    assert at("2.5", ids["blue"]) == set()
    assert castlist("show", result, "--at", "1:00").out == "nobody is seen there\n"


@pytest.mark.parametrize("text", ["noon", "00:00:02:77", "-1"])
def test_what_is_no_time_is_misuse(castlist, result, text):
    run = castlist("show", result, f"--at={text}")
    assert (run.code, run.out) == (2, "")
    assert "expected a time" in run.error


def test_people_may_come_after_options(castlist, result):
    run = castlist("show", result, "1", "--min-s", "1", "2")
    assert run.out == castlist("show", result, "1", "2", "--min-s", "1").out
    assert run.out.count("shots") == 2
    run = castlist("show", result, "1", "--min", "1", "2", "--fps")
    assert (run.code, run.error.startswith("not understood: 2 --fps; ")) == (2, True)
    run = castlist("clips", result, "1", "--reel", "a b.mp4")
    assert (run.code, run.error) == (2, "--reel: expected the file after -o: --reel -o 'a b.mp4'")
    run = castlist("export", "--person", "1", "a.edl")
    assert (run.code, "it comes before --person" in run.error) == (2, True)


def test_a_folder_of_photos_stands_for_the_result_beside_it(castlist, squares, tmp_path):
    photos = write_photo(tmp_path / "photos" / "a.png", picture("red")).parent
    castlist("find", photos)
    assert castlist("show", f"{photos}/", "1").out.splitlines() == [
        "person_001: 1 photo",
        "  a.png",
    ]
    assert castlist("edit", photos, "hide", "1").out.startswith("person_001 is hidden")
    photos.with_name("photos.castlist").rename(tmp_path / "elsewhere")
    assert "expected a result of castlist find" in castlist("show", f"{photos}/").error


def test_who_is_nowhere_seen_with_somebody_is_said_of_photos_too(castlist, result, ids):
    run = castlist("show", result, ids["blue"], "--with", ids["green"])
    assert run.out == f"{ids['blue']} with {ids['green']}: no shot or photo\n"


def test_without_unknown_faces_it_is_said_that_there_are_none(castlist, result):
    run = castlist("show", result, "unknown")
    assert (run.code, run.error) == (1, "unknown: expected faces that are nobody's, found none")


def test_one_of_several_names_is_answered_with_the_whole_one(castlist, result):
    castlist("name", result, "1", "Ana Müller-Ørsted")
    run = castlist("show", result, "ana")
    assert 'nobody has that name; did you mean "Ana Müller-Ørsted"? There are ' in run.error


def test_a_person_is_known_by_id_number_and_case(castlist, result, ids):
    number = str(int(ids["red"][-3:]))
    expected = castlist("show", result, ids["red"]).out
    assert "both.png" in expected
    for word in (number, ids["red"].upper()):
        assert castlist("show", result, word).out == expected


def test_with_and_without_others(castlist, result, ids):
    red, green, blue = ids["red"], ids["green"], ids["blue"]
    [person] = seen(castlist, result, red, "--with", green)
    assert (len(person["shots"]), person["photos"]) == (2, [])
    [person] = seen(castlist, result, red, "--with", blue)
    assert (person["shots"], [photo["source"] for photo in person["photos"]]) == ([], ["both.png"])
    [person] = seen(castlist, result, red, "--without", blue)
    assert (len(person["shots"]), [p["source"] for p in person["photos"]]) == (2, ["red.png"])


def test_json_has_frames_times_and_timecode(castlist, result, ids):
    [person] = seen(castlist, result, ids["green"])
    first = person["shots"][0]
    assert (first["first_frame"], first["last_frame"]) == (0, 9)
    assert (first["start_s"], first["end_s"]) == (0.0, 1.0)
    assert (first["tc_in"], first["tc_out"], first["decided_by"]) == (
        "00:00:00:00",
        "00:00:01:00",
        "face",
    )


def test_photos_are_copied_once(castlist, result, ids, tmp_path):
    album = tmp_path / "album"
    words = ("show", result, ids["red"], "--with", ids["blue"], "--copy-to", album)
    run = castlist(*words)
    assert run.out == f"{album}: 1 photo copied\n"
    before = contents(album)
    assert set(before) == {"both.png"}
    again = castlist(*words)
    assert again.out == f"{album}: 0 photos copied, 1 were there\n"
    (album / "both.png").write_bytes(b"another")
    castlist(*words)
    assert contents(album) == {
        **before,
        "both.png": b"another",
        "both-2.png": before["both.png"],
    }
    assert not leftovers(album)


def test_shots_are_cut_and_photos_linked_into_a_folder(castlist, result, ids, tmp_path):
    album = tmp_path / "album"
    words = ("show", result, ids["red"], "--copy-to", album)
    run = castlist(*words, "--link")
    assert run.out == f"{album}: 2 photos linked, 2 shots cut\n"
    assert {path.name for path in album.iterdir() if path.is_symlink()} == {"both.png", "red.png"}
    clips = sorted(path.name for path in album.glob("*.mp4"))
    assert [name.partition("_film")[0] for name in clips] == [
        f"{ids['red']}_{n:03}" for n in (1, 2)
    ]
    files = json.loads(castlist(*words, "--json").out)["files"]
    assert {str(path) for path in album.iterdir()} == set(files)


def test_nothing_to_copy_or_photos_that_have_moved(castlist, result, ids, tmp_path):
    lonely = ("show", result, ids["green"], "--with", ids["blue"])
    run = castlist(*lonely, "--copy-to", tmp_path / "album")
    assert (run.code, run.error) == (1, "nothing to copy: no photo or shot fits")
    (tmp_path / "in").rename(tmp_path / "moved")
    run = castlist("show", result, ids["red"], "--copy-to", tmp_path / "album")
    assert run.code == 1
    assert "say where it is now with --film" in run.error
    assert not (tmp_path / "album").exists()
    options = ("--copy-to", tmp_path / "album", "--film", tmp_path / "moved")
    assert castlist("show", result, ids["red"], *options).code == 0


def test_a_photo_that_is_gone_or_another_one_by_now_stops_no_other(castlist, result, ids, tmp_path):
    album, photos = tmp_path / "album", tmp_path / "in"
    words = ("show", result, ids["red"], "--copy-to", album)
    (photos / "both.png").write_bytes((photos / "red.png").read_bytes())
    run = castlist(*words, "--link")
    assert run.code == 3
    assert run.out.startswith(f"{album}: 1 photo linked, 2 shots cut\nLeft out: ")
    assert "both.png: is no longer the photo that was analysed" in run.out
    assert not (album / "both.png").exists()
    (photos / "both.png").unlink()
    run = castlist(*words, "--json")
    assert run.code == 3
    (line,) = json.loads(run.out)["left_out"]
    assert line == f"both.png: expected it at {photos / 'both.png'}, found no such file"


def test_the_only_result_of_the_folder_is_meant(castlist, result, ids, monkeypatch):
    for folder in (result, result.parent):
        monkeypatch.chdir(folder)
        assert castlist("show").out == castlist("show", result).out
        assert castlist("show", ids["red"]).out == castlist("show", result, ids["red"]).out


def test_a_folder_stands_for_the_only_result_in_it(castlist, result, tmp_path):
    assert castlist("show", result.parent).out == castlist("show", result).out
    shutil.copytree(result, result.parent / "another")
    run = castlist("show", result.parent)
    assert "expected one result, found several (another, result); name one" in run.error
    assert "found no faces.parquet there" in castlist("show", tmp_path / "in").error


def test_a_film_stands_for_the_result_beside_it(castlist, result, tmp_path, monkeypatch):
    film = tmp_path / "in" / "film.mp4"
    assert castlist("find", film).code == 0
    monkeypatch.chdir(tmp_path)  # with another result
    assert castlist("show", film, "--json").out.count("film.castlist") == 1


def test_a_person_is_meant_although_a_folder_is_called_so(castlist, result, ids, monkeypatch):
    monkeypatch.chdir(result.parent)
    (result.parent / ids["red"]).mkdir()
    assert castlist("show", ids["red"]).out == castlist("show", result, ids["red"]).out


def test_every_command_finds_the_only_result(castlist, result, ids, monkeypatch):
    monkeypatch.chdir(result.parent)
    assert castlist("name", ids["red"], "Rita").code == 0
    assert castlist("edit", "hide", ids["green"]).code == 0
    assert castlist("edit", "undo").code == 0
    assert "Rita" in json.loads(castlist("edit", "log", "--json").out)["decisions"][0]["text"]
    assert castlist("show", "Rita").out.startswith("Rita: 2 shots, 2 photos")
    assert json.loads(castlist("export", "rita.vtt", "--json").out) == {"path": "rita.vtt"}
    assert castlist("clips", "Rita", "-o", "clips").code == 0
    assert castlist("overlay", "-o", "named.mp4").code == 0
    assert castlist("labels", "make").code == 0
    assert castlist("evaluate").code == 0
    shutil.copytree(result, result.parent / "another")
    for words in (["show"], ["edit", "log"], ["evaluate"], ["labels", "make"], ["export", "a.vtt"]):
        run = castlist(*words)
        assert (run.code, "several (another, result)" in run.error) == (1, True), words


def test_several_results_or_none_have_to_be_told_apart(tmp_path, result):
    with pytest.raises(InputError, match="this folder has none"):
        only_result(tmp_path / "in")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "run.json").touch()
    with pytest.raises(InputError, match=r"several \(other, result\)"):
        only_result(tmp_path)


def test_what_cannot_be_shown_is_one_line(castlist, result):
    for words, message in REFUSED:
        run = castlist("show", result, *words)
        assert (run.code, run.out) == (1, ""), words
        assert message in run.error


REFUSED = [
    (["persn_001"], "did you mean"),
    (["99"], "nobody has that name"),
    (["1", "--with", "zoe"], '"zoe": nobody'),
    (["1", "--with", "1"], "somebody other"),
]
