"""castlist from Python."""

import doctest
import importlib
import io
import json
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import castlist as package
import numpy as np
import pytest
from cli_tools import facts_of, picture, shots, table_of, write_film, write_photo
from matplotlib.figure import Figure

pytestmark = pytest.mark.usefixtures("plain_pages")

ROOT = Path(package.__file__).parent


@pytest.fixture
def result(squares, film, made_once, tmp_path, monkeypatch):
    """A result with a name, in a folder of its own; and the cache of the test."""
    monkeypatch.setenv("CASTLIST_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(film.parent)

    def make():
        package.find("film.mp4", out="film.castlist")
        package.load("film.castlist").rename("person_001", "Anna")

    made_once(make)
    return package.load("film.castlist")


def test_importing_it_imports_nothing_heavy():
    code = (
        "import sys\n"
        "before = {*sys.modules}\n"
        "import castlist\n"
        "print(*sorted(name for name in {*sys.modules} - before if '.' not in name))\n"
        "print(*[name for name in sys.modules if name.startswith('castlist.')])\n"
        "assert {'find', 'Result', 'FaceClusterer'} <= {*dir(castlist)}\n"
        "from castlist import InputError, ConfigError\n"
        "assert issubclass(ConfigError, InputError)\n"
        "assert 'numpy' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    modules, printed = done.stdout.splitlines()
    assert {*modules.split()} <= {"castlist", "__future__", "typing", "_typing"}
    assert printed == ""


def test_every_name_that_is_offered_is_there():
    for name in package.__all__:
        assert getattr(package, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = package.nothing


@pytest.mark.parametrize("module", ["result", "person", "find"])
def test_the_examples_in_the_documentation_are_right(result, module):
    loaded = importlib.import_module(f"castlist.clustering.api.{module}")
    known = {**vars(loaded), "result": result}
    finder = doctest.DocTestFinder(exclude_empty=True)
    tests = finder.find(loaded, globs=known, module=loaded)
    done = [doctest.DocTestRunner().run(test) for test in tests if test.examples]
    assert done
    assert not sum(one.failed for one in done)


@pytest.mark.parametrize("module", ["data.times", "data.hints"])
def test_the_examples_of_small_functions_are_right(module):
    loaded = importlib.import_module(f"castlist.{module}")
    done = doctest.testmod(loaded)
    assert (done.attempted > 0, done.failed) == (True, 0)


def test_people_are_looked_up_by_name_id_and_place(result):
    assert [person.id for person in result] == ["person_001", "person_002", "person_003"]
    assert len(result) == 3
    assert result["anna"].id == result["person_001"].id == result[0].id == "person_001"
    assert result[-1].id == "person_003"
    assert result.unknown is None
    with pytest.raises(package.InputError, match='"Zoe": nobody has that name'):
        result["Zoe"]
    with pytest.raises(IndexError):
        result[3]
    assert result[1:] == result.people[1:]
    assert result[np.int64(1)] is result[1]  # a place, as any other number
    assert {shot.person for shot in result.show(np.int64(2)).shots} == {1}  # of person_002
    assert "anna" in result
    assert result[1] in result
    assert "person_009" not in result
    assert 1 not in result


def test_shots_have_timecode_handles_and_company(result):
    anna = result["Anna"]
    assert [(shot.tc_in, shot.tc_out) for shot in anna.shots()] == [
        ("00:00:00:00", "00:00:01:00"),
        ("00:00:02:00", "00:00:03:00"),
    ]
    assert [shot.start_s for shot in anna.shots(handles=0.5)] == [0.0, 1.5]
    assert len(anna.shots(min_s=1.5)) == 0
    assert len(anna.shots(with_="person_002")) == 2
    assert anna.shots(without=["person_002"]) == []
    assert len(anna.faces) == 10
    assert anna.portrait.size[0] > 0
    assert repr(anna) == "<Person Anna: 2 shots, 2.0 s>"


def test_a_time_shows_who_is_on_screen_then(result):
    assert {shot.start_s for shot in result.show(at=2.5).shots} == {2.0}
    assert result.show(at="0:02.5").to_dict() == result.show(at=2.5).to_dict()


def test_what_is_found_can_be_taken_elsewhere(result, tmp_path):
    content = json.loads(result.to_json())
    assert [person["name"] for person in content["people"]] == ["Anna", "person_002", "person_003"]
    assert content["people"][0]["shots"][0]["tc_in"] == "00:00:00:00"
    table = result.to_pandas()
    assert len(table) == 30
    assert {"source", "time_s", "name", "strength", "decided_by"} <= {*table.columns}
    assert not [name for name in table.columns if "vector" in name]
    assert set(table.name) == {"Anna", "person_002", "person_003"}
    assert result.export("people.vtt", "Anna").read_text().count("Anna") == 2
    result.save("copy")
    assert package.load("copy")["Anna"].id == "person_001"
    assert (Path("copy") / "report.html").is_file()


def test_a_table_of_shots_and_the_copies_of_them(result, tmp_path):
    shown = result.show("Anna", with_="person_002")
    assert shown.to_pandas().tc_out.tolist() == ["00:00:01:00", "00:00:03:00"]
    assert json.loads(shown.to_json())["people"][0]["name"] == "Anna"
    headline, *shots = str(shown).splitlines()
    assert headline == "Anna with person_002: 2 shots, 2.0 s"
    assert all(line.endswith(" % sure") for line in shots)
    alone = str(result.show("Anna", with_="person_002", without="person_003"))
    assert alone.startswith("Anna with person_002, without person_003: ")
    paths = shown.copy_to(tmp_path / "album").paths
    assert sorted(paths) == sorted((tmp_path / "album").iterdir())
    assert len(paths) == 2


def test_of_the_unknown_it_is_not_said_how_sure_it_is(result):
    crop = Path(result.crop_paths[result["person_002"].rows[0]])
    _, shot = str(result.move(crop, "unknown").show("unknown")).splitlines()
    assert shot.endswith(" 5 faces")  # it said 0 % sure, of unknown


def test_decisions_return_another_result(result):
    merged = result.merge("Anna", "person_003")
    assert [person.name for person in merged] == ["Anna", "person_002"]
    assert len(result.people) == 3
    hidden = merged.hide("person_002")
    assert [person.name for person in hidden.show().people] == ["Anna"]


def test_a_person_is_given_as_it_was_found(result, tmp_path):
    first, second, third = result
    assert str(result.show(first, with_=[second])) == str(result.show("Anna", with_="person_002"))
    assert first.shots(with_=second) == first.shots(with_="person_002")
    assert result.export(tmp_path / "a.vtt", first).read_text().count("Anna") == 2
    named = result.rename(third, "Carl")
    assert named[third].name == "Carl"
    crop = Path(result.crop_paths[second.rows[0]]).name
    moved = named.move(crop, third)
    assert moved.name_of(int(moved.faces.person[moved.crop_names.index(crop)])) == "Carl"
    assert "Anna" not in [person.name for person in moved.hide(first).show().people]


def test_decisions_have_the_words_of_the_command(result, tmp_path):
    crop = Path(result.crop_paths[result["person_002"].rows[0]])
    moved = result.move(crop, "new")
    assert len(moved.people) == 4
    assert len(moved.undo().people) == 3
    gone = package.load("film.castlist").not_a_face(crop.name)
    assert len(gone["person_002"].rows) < len(result["person_002"].rows)
    gone = gone.undo()
    taken_out = gone.not_([crop.name])
    row = taken_out.crop_names.index(crop.name)
    assert taken_out.name_of(int(taken_out.faces.person[row])) != "person_002"
    assert taken_out.undo().move(crop, "unknown").unknown is not None
    with pytest.raises(package.InputError, match="no face of"):
        gone.not_("film_00h00m59.000s_f000590_0.jpg")


def test_the_named_are_learnt_and_the_forgotten_are_gone(result, tmp_path):
    assert result.learn(tmp_path / "people") == ["Anna"]
    assert (tmp_path / "people" / "Anna" / "known.parquet").is_file()
    rest = result.forget("Anna", known=tmp_path / "people")
    assert [person.name for person in rest] == ["person_002", "person_003"]
    assert not (tmp_path / "people" / "Anna").exists()


def test_several_people_are_hidden_or_forgotten_at_once(result):
    assert [one.name for one in result.hide(["Anna", 2]).shown().people] == ["person_003"]
    assert [one.name for one in result.forget(["Anna", 2])] == ["person_003"]


def test_what_was_taken_back_is_brought_back(result):
    assert [one.name for one in result.undo().redo()] == [one.name for one in result]


def test_exports_and_films_have_the_options_of_the_command(result, tmp_path):
    coco = json.loads(result.export(tmp_path / "a.json", as_="coco").read_text())
    assert len(coco["annotations"]) == len(result.faces)
    plain, longer = (
        json.loads(result.export(tmp_path / "b.json", "Anna", handles=handles).read_text())
        for handles in (0, 0.2)
    )
    assert plain != longer
    with pytest.raises(package.InputError, match="did you mean coco"):
        result.export(tmp_path / "a.json", as_="cocoo")
    with pytest.raises(package.InputError, match="expected seconds"):
        result.export(tmp_path / "a.csv", handles=-1)
    reel = result.show("Anna").reel(tmp_path / "anna.mp4")
    named = result.overlay(tmp_path / "named.mp4", ["Anna"])
    assert min(reel.stat().st_size, named.stat().st_size) > 1000
    with pytest.raises(package.InputError, match="nothing to cut"):
        result.show("Anna", with_="person_003").reel(tmp_path / "both.mp4")


def test_a_result_in_memory_is_saved_beside_its_film(squares, film, tmp_path, monkeypatch):
    monkeypatch.setenv("CASTLIST_CACHE", str(tmp_path / "cache"))
    found = package.find(film, end=1)
    assert sorted(path.name for path in film.parent.iterdir()) == ["film.mp4"]
    with pytest.raises(package.InputError, match="call save first"):
        found.rename(0, "Anna")
    found.save()
    assert len(package.load(film.parent / "film.castlist").faces) == 10
    loaded = package.load(film.parent / "film.castlist")
    loaded.save()  # it is there
    assert loaded.report == film.parent / "film.castlist" / "report.html"


def test_a_result_in_a_folder_is_found_once(result, monkeypatch):
    before = (Path("film.castlist") / "run.json").stat().st_mtime_ns
    again = package.find("film.mp4", out="film.castlist")
    assert again["Anna"].id == "person_001"  # decisions hold
    assert (Path("film.castlist") / "run.json").stat().st_mtime_ns == before


def test_what_is_known_of_a_film_holds_without_a_folder_too(result):
    assert package.find("film.mp4")["Anna"].id == "person_001"  # loaded
    before = (Path("film.castlist") / "run.json").stat().st_mtime_ns
    again = package.find("film.mp4", fps=2.5)  # found anew, in memory
    assert (again["Anna"].id, again.folder, len(again["Anna"].rows)) == ("person_001", None, 6)
    assert (Path("film.castlist") / "run.json").stat().st_mtime_ns == before
    again.save()  # of the same film: replaced
    assert len(package.load("film.castlist")["Anna"].rows) == 6


def test_the_result_of_another_film_is_not_replaced(result, tmp_path):
    other = package.find(write_film(tmp_path / "b" / "other.mp4", shots(["red"])))
    with pytest.raises(package.InputError, match="holds an earlier result"):
        other.save("film.castlist")


def test_settings_have_the_names_of_the_options(squares, film, tmp_path, monkeypatch):
    monkeypatch.setenv("CASTLIST_CACHE", str(tmp_path / "cache"))
    found = package.find(film, fps=2, start="0:01", end="2.2", wrong_merge_cost=9)
    used = found.run.configuration
    assert used["frames"] == {"fps": 2.0, "start_s": 1.0, "end_s": 2.2}
    assert used["people"]["wrong_merge_cost"] == 9.0
    with pytest.raises(package.ConfigError, match="fsp: no such setting; did you mean fps"):
        package.find(film, fsp=2)
    with pytest.raises(package.ConfigError, match=r"frames.fps \(--fps\): expected more than 0"):
        package.find(film, fps=0)
    with pytest.raises(package.InputError, match=r"nowhere\.mp4"):
        package.find("nowhere.mp4")


def test_photos_lists_and_open_files_are_looked_at(squares, film, tmp_path, monkeypatch):
    monkeypatch.setenv("CASTLIST_CACHE", str(tmp_path / "cache"))
    photo = write_photo(tmp_path / "photos" / "a.png", picture("red", "blue"))
    both = package.find([film, str(photo)])
    assert {source.name for source in both.sources} == {"film.mp4", "a.png"}
    with film.open("rb") as file:
        opened = package.find(file)
    assert [source.path for source in opened.sources] == [""]
    assert len(opened.people) == 3
    in_memory = package.find(io.BytesIO(film.read_bytes()), end=1)
    assert len(in_memory.people) == 2
    with pytest.raises(package.InputError, match="expected a folder: these pictures"):
        in_memory.save()
    with pytest.raises(package.InputError, match="got nothing"):
        package.find([])
    with pytest.raises(package.InputError, match="expected paths, open files, or pictures"):
        package.find([3])


def test_pictures_with_times_are_looked_at_one_and_all(squares, tmp_path, monkeypatch):
    monkeypatch.setenv("CASTLIST_CACHE", str(tmp_path / "cache"))
    times = [0.0, 0.1, 0.5, 0.55, 2.0]
    pictures = ((time_s, picture("red", "green")) for time_s in times)
    found = package.find(pictures)
    [film] = found.sources
    assert np.allclose(film.frames_s, times, atol=1e-3)
    assert len(found.faces) == 10
    for wrong, said in (
        ([(0.0, np.zeros((4, 4), np.uint8))], "picture 0: expected"),
        ([(1.0, picture("red")), (0.5, picture("red"))], "picture 1: expected one of the size"),
    ):
        with pytest.raises(package.InputError, match=said):
            package.find(wrong)


def test_many_films_carry_on_and_name_those_that_fail(squares, film, tmp_path, monkeypatch):
    monkeypatch.setenv("CASTLIST_CACHE", str(tmp_path / "cache"))
    other = write_film(tmp_path / "b" / "other.mp4", shots(["red"], ["blue"]))
    found = []
    with pytest.raises(package.InputError, match=r"nowhere\.mp4"):
        found.extend(package.find_many([film, tmp_path / "nowhere.mp4", other], fps=5))
    assert [len(one.people) for one in found] == [3, 2]
    found[0].save()  # it is there
    before = (film.parent / "film.castlist" / "run.json").stat().st_mtime_ns
    assert [one.folder.name for one in package.find_many([film, other])] == [
        "film.castlist",
        "other.castlist",
    ]
    assert (film.parent / "film.castlist" / "run.json").stat().st_mtime_ns == before


@pytest.mark.slow
def test_many_films_are_found_in_processes_of_their_own(tmp_path, monkeypatch):
    monkeypatch.setenv("CASTLIST_CACHE", str(tmp_path / "cache"))
    films = [write_film(tmp_path / "0.mp4", [picture()] * 4), tmp_path / "gone.mp4"]
    found = package.find_many(films, jobs=2, fps=2.5, cloth_method="none", offline=True)
    assert len(next(found).faces) == 0
    used = facts_of(tmp_path / "0.castlist")["configuration"]
    assert (used["frames"]["fps"], used["people"]["cloth_method"]) == (2.5, "none")
    assert len(table_of(tmp_path / "0.castlist")) == 0
    with pytest.raises(package.InputError, match=r"gone\.mp4"):
        next(found)


def test_a_process_ends_with_those_who_wait_for_it(tmp_path, monkeypatch):
    slow = tmp_path / "slow"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    finding = importlib.import_module("castlist.clustering.api.find")
    monkeypatch.setattr(sys, "executable", str(slow))
    monkeypatch.setattr(finding, "_GRACE_S", 0.0)
    with ThreadPoolExecutor() as pool:
        with finding.FilmProcesses() as processes:
            ended = pool.submit(processes.find, "film.mp4", tmp_path / "out", {})
            while not processes._running and not ended.done():
                time.sleep(0.01)
        with pytest.raises(package.InputError, match=r"film\.mp4: castlist ended early"):
            ended.result(timeout=30)


def test_a_notebook_shows_portraits_a_timeline_and_a_sheet(result):
    page = result._repr_html_()
    assert page.count("data:image/jpeg;base64,") == 3
    assert page.count("<i style=") == 6
    assert "3 people in film.mp4" in page
    assert "2 shots, 2.0 s" in page
    sheet = result["Anna"]._repr_html_()
    assert sheet.count("data:image/jpeg;base64,") == 2
    assert "00:00:02:00" in sheet
    evil = result.rename("Anna", "<b>A&B")
    assert "<b>A&B" not in evil._repr_html_()
    assert "&lt;b&gt;A&amp;B" in evil._repr_html_()


def test_who_is_on_screen_when_is_drawn(result):
    figure = Figure()
    axes = result.plot(figure.subplots())
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        "Anna",
        "person_002",
        "person_003",
    ]
    assert len(axes.collections) == 3


def test_labels_measure_a_result(labelled):
    out, labels = labelled
    evaluation = package.load(out).evaluate(labels)
    assert str(evaluation).startswith("100 % of faces right (100 % by face alone), none harmed")
    table = evaluation.to_pandas()
    assert table.loc["people found"].tolist() == [2, 2, 0]


def test_the_code_of_the_page_about_python_runs(squares, film, tmp_path, monkeypatch):
    monkeypatch.setenv("CASTLIST_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(film.parent)
    write_film(film.parent / "films" / "a.mp4", shots(["red"], ["red", "green"], ["green"]))
    write_photo(film.parent / "photos" / "b.png", picture("red", "green"))
    write_photo(film.parent / "wedding.jpg", picture("red"))
    text = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    first, second = re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    names = {}
    exec(first, names)
    assert names["result"].folder == Path("film.castlist")
    exec(second.replace(", jobs=2", ""), names)  # networks of tests are of this process
    assert (len(names["both"].shots), len(names["both"].photos)) == (1, 1)
