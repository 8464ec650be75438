"""castlist export, clips and overlay, as a user runs them."""

import csv
import json
import sys
from importlib.metadata import EntryPoint
from types import ModuleType

import av
import pytest
from castlist.clustering.exports import catalogue
from castlist.clustering.exports.catalogue import BUILT_IN, find_format
from castlist.data.errors import MisuseError
from cli_tools import contents, leftovers, shots, write_film

pytestmark = pytest.mark.usefixtures("plain_pages")


@pytest.fixture
def result(castlist, squares, film, made_once, tmp_path):
    out = tmp_path / "result"

    def make():
        assert castlist("cluster", film, "--out", out, "--cloth-method", "none").code == 0

    made_once(make)
    return out


def rows_of(path):
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_format_is_written_by_name_and_the_result_stays(castlist, result, tmp_path):
    before = contents(result)
    for name in BUILT_IN.keys() - {"xmp", "xmp-in-photos", "otio"}:
        path = tmp_path / "out" / f"a{BUILT_IN[name].ending}"
        run = castlist("export", result, path, "--as", name)
        assert (run.code, run.out) == (0, f"{path}\n"), name
        assert path.stat().st_size
    assert contents(result) == before


def test_a_dash_is_stdout(castlist, result, tmp_path, monkeypatch):
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    castlist("export", result, tmp_path / "a.csv")
    run = castlist("export", result, "-", "--as", "csv")
    assert (run.code, run.out.encode()) == (0, (tmp_path / "a.csv").read_bytes())
    assert not [*(tmp_path / "empty").iterdir()]
    assert "expected an ending, or --as FORMAT" in castlist("export", result, "-").error


def test_people_shortest_shots_and_handles(castlist, result, tmp_path):
    out = tmp_path / "a.csv"
    castlist("export", result, out)
    everybody = rows_of(out)
    assert len(everybody) == 6
    castlist("export", result, out, "--person", "person_001", "3")
    assert {row["person"] for row in rows_of(out)} == {"person_001", "person_003"}
    castlist("export", result, out, "--person", "1", "--handles", "0.2")
    [first, *_] = rows_of(out)
    [plain, *_] = [row for row in everybody if row["person"] == "person_001"]
    assert float(first["end_s"]) == pytest.approx(float(plain["end_s"]) + 0.2)


def test_the_only_result_of_the_folder_is_meant(castlist, result, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert castlist("export", "a.csv").out == "a.csv\n"
    assert len(rows_of(tmp_path / "a.csv")) == 6


def test_what_cannot_be_exported_is_one_line(castlist, result, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for arguments, code, message in REFUSED:
        run = castlist("export", result, *arguments)
        assert (run.code, run.out) == (code, ""), arguments
        assert message in run.error
        assert {path.name for path in tmp_path.iterdir()} <= {"in", "result", "cache"}


REFUSED = [
    (["a.ed"], 2, "did you mean .edl?"),
    (["a.srt"], 2, "did you mean .vtt?"),
    (["a"], 2, "expected an ending, or --as FORMAT"),
    (["a.csv", "--as", "oti"], 2, "did you mean otio?"),
    (["a.csv", "--person", "zoe"], 1, '"zoe": nobody has that name'),
    (["a.csv", "--min-s", "60"], 1, "nothing to export: there is no shot"),
    (["a.csv", "--min-s", "-1"], 2, "seconds of 0 or more"),
    (["a.json", "--as", "coco", "--handles", "1"], 2, "is about faces"),
    (["out", "--as", "xmp"], 1, "there is no photo"),
    (["a.csv", "--source", "b.mp4"], 1, "expected one of film.mp4, found none"),
    (["a.csv", "b.csv"], 2, "expected a result and a file"),
]


def test_a_missing_library_is_named_with_what_to_install(castlist, result, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "opentimelineio", None)
    run = castlist("export", result, tmp_path / "a.otio")
    assert run.code == 1
    assert "run: pip install 'castlist[export]'" in run.error


def test_other_packages_add_formats(castlist, result, tmp_path, monkeypatch):
    module = ModuleType("castlist_test_format")
    module.write = lambda result, path, options: path.write_text(f"{options.title} {result.name}")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    points = [
        EntryPoint("srt", module.__name__, catalogue.GROUP),
        EntryPoint("edl", "nowhere", catalogue.GROUP),  # those of castlist come first
        EntryPoint("gone", "castlist_nowhere", catalogue.GROUP),
    ]
    monkeypatch.setattr(catalogue, "entry_points", lambda group: points)
    assert castlist("export", result, tmp_path / "names.srt").code == 0
    assert (tmp_path / "names.srt").read_text() == f"names {result}"
    assert find_format(tmp_path / "a.edl").module == "edl"
    run = castlist("export", result, tmp_path / "a.gone")
    assert run.code == 1
    assert "install that package again" in run.error


def test_an_encoder_is_exported_as_before(castlist):
    run = castlist("export", "no-such-encoder", "--onnx", "out.onnx")
    again = castlist("train", "export", "no-such-encoder", "--onnx", "out.onnx")
    assert run.code == again.code == 1
    assert run.error == again.error


def test_an_unknown_ending_is_refused_before_a_result_is_read(tmp_path):
    with pytest.raises(MisuseError):
        find_format(tmp_path / "a.doc")


def length_of(path):
    with av.open(str(path)) as container:
        return sum(1 for _ in container.decode(video=0))


def test_clips_and_a_reel(castlist, result, tmp_path):
    run = castlist("clips", result, "1", "-o", tmp_path / "out")
    message = f"{tmp_path / 'out'}: 2 clips (2 without encoding the pictures again)\n"
    assert (run.code, run.out) == (0, message)
    files = sorted((tmp_path / "out").iterdir())
    assert [length_of(path) for path in files] == [10, 10]
    assert files[0].name.startswith("person_001_001_film_00h00m")
    run = castlist("clips", result, "1", "2", "--reel", "-o", tmp_path / "reel.mp4")
    assert run.out == f"{tmp_path / 'reel.mp4'}: 4 shots\n"
    assert length_of(tmp_path / "reel.mp4") == 40
    assert not leftovers(tmp_path)


def test_handles_are_no_company(castlist, result, tmp_path):
    names = [f"person_{number:03d}" for number in (1, 2, 3)]
    alone = [
        castlist("clips", result, *pair, "--handles", "0.3", "-o", tmp_path / "out").code
        for pair in (
            (names[0], "--with", names[1]),
            (names[0], "--with", names[2]),
            (names[1], "--with", names[2]),
        )
    ]
    assert sorted(alone) == [0, 1, 1]  # red and green share their shots, blue is alone
    assert {length_of(path) for path in (tmp_path / "out").iterdir()} <= {13, 16}


def test_an_overlay(castlist, result, tmp_path):
    run = castlist("overlay", result, "-o", tmp_path / "names.mp4")
    assert (run.code, run.out) == (0, f"{tmp_path / 'names.mp4'}\n")
    assert length_of(tmp_path / "names.mp4") == 40
    assert "castlist: drawing" in run.progress


def test_what_cannot_be_cut_is_one_line(castlist, result, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for arguments, code, message in NOT_CUT:
        run = castlist(*(result if word == "RESULT" else word for word in arguments))
        assert (run.code, run.out) == (code, ""), arguments
        assert message in run.error
        assert {path.name for path in tmp_path.iterdir()} <= {"in", "result", "cache"}


NOT_CUT = [
    (["clips", "RESULT"], 2, "expected a person too"),
    (["clips", "RESULT", "1", "-o", "a.mov"], 2, "--reel makes one film"),
    (["clips", "RESULT", "zoe"], 1, '"zoe": nobody has that name'),
    (["clips", "RESULT", "1", "--min-s", "9"], 1, "nothing to cut"),
    (["clips", "RESULT", "1", "--handles", "-1"], 2, "seconds of 0 or more"),
    (["overlay", "RESULT"], 2, "-o"),
    (["overlay", "RESULT", "-o", "a.txt"], 2, "ends in .mp4"),
    (["overlay", "RESULT", "1", "-o", "a.mp4"], 2, "people: --person"),
]


def test_a_film_that_has_moved_is_asked_for(castlist, result, film, tmp_path):
    moved = tmp_path / "moved" / "other name.mp4"
    moved.parent.mkdir()
    film.rename(moved)
    for command, out in ((("clips", result, "1"), "out"), (("overlay", result), "out.mp4")):
        run = castlist(*command, "-o", tmp_path / out)
        assert run.code == 1
        assert "film.mp4" in run.error
        assert "say where it is now with --film" in run.error
    run = castlist("clips", result, "1", "--reel", "-o", tmp_path / "out.mp4", "--film", moved)
    assert run.code == 0
    castlist("export", result, tmp_path / "a.json", "--film", moved)
    [written_film] = json.loads((tmp_path / "a.json").read_text())["films"]
    assert written_film["path"] == str(moved)


@pytest.mark.parametrize("name", ["run.json", "people.json", "faces.csv", "faces.parquet"])
def test_an_export_replaces_no_file_of_the_result(castlist, result, name):
    before = contents(result)
    run = castlist("export", result, result / name)
    assert run.code == 1
    assert f"{name}: belongs to the result and stays as it is" in run.error
    assert contents(result) == before


def test_an_export_does_not_replace_the_film(castlist, result, film):
    before = film.read_bytes()
    run = castlist("export", result, film, "--as", "csv")
    assert run.code == 1
    assert "is the film itself, which stays as it is" in run.error
    assert film.read_bytes() == before


@pytest.mark.parametrize("words", [("overlay",), ("clips", "person_001"), ("clips", "1", "--reel")])
def test_another_film_in_the_place_of_the_one_analysed_is_refused(
    castlist, result, film, tmp_path, words
):
    write_film(film, shots(["red"], ["blue"], ["red", "green"], ["blue"]))
    command, *rest = words
    out = tmp_path / ("new" if words == ("clips", "person_001") else "new.mp4")
    run = castlist(command, result, *rest, "-o", out)
    assert run.code == 1
    assert "is no longer the film that was analysed" in run.error
    assert not out.exists()
    named = film.rename(tmp_path / "named.mp4")
    assert castlist(command, result, *rest, "-o", out, "--film", named).code == 0
