"""The demo that ships, from the command line: who is found in it is known face by face."""

import contextlib
import hashlib
import io
import json
import re
from importlib import resources

import numpy as np
import pandas as pd
import pytest
from castlist.__main__ import main
from castlist.clustering import pipeline
from castlist.clustering.analysis import cache
from castlist.clustering.config import make_config
from castlist.clustering.evaluation.evaluate import evaluate
from castlist.clustering.evaluation.matching import looked_at, match_labels
from castlist.clustering.grouping.large import METHODS
from castlist.clustering.pipeline import find_people
from castlist.clustering.stages.config import FACE_METHODS
from castlist.data import demo
from castlist.data.result.facts import RunFacts
from castlist.data.result.result import StoredResult
from castlist.data.tables.codes import UNKNOWN, DecidedBy
from castlist.data.tables.label_files import read_labels
from castlist.data.tables.pictures import count_violations
from PIL import Image

pytestmark = pytest.mark.slow

DEMO = resources.files(demo)
PEOPLE = {"ana", "ben", "chidi", "dai", "emi", "fola", "gus", "hana"}
IN_PARTS = {"emi"}
"""With what ships alone, where she is seen from the side; not on every processor, since some
compute the detector more exactly."""


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Run ``castlist demo`` once; gives (folder of the result, cache, stdout)."""
    folder = tmp_path_factory.mktemp("demo")
    out, kept, said = folder / "result", folder / "cache", io.StringIO()
    before = digest(DEMO / "scene.mp4")
    with contextlib.redirect_stdout(said):
        assert main(["demo", "--out", str(out), "--cache", str(kept)]) == 0
    assert digest(DEMO / "scene.mp4") == before
    return out, kept, said.getvalue()


@pytest.fixture(scope="module")
def result(run):
    return StoredResult.load(run[0])


@pytest.fixture(scope="module")
def num_people(result):
    return result.faces.num_people


@pytest.fixture(scope="module")
def labels():
    return read_labels(DEMO / "labels.csv")


@pytest.fixture(scope="module")
def true_person(result, labels):
    """(num_faces,) str, who each face is; empty where no label says."""
    matches = match_labels(result.faces, labels, looked_at(result.sources))
    names = labels.person[np.maximum(matches.label_of_face, 0)]
    return np.where(matches.label_of_face >= 0, names, "")


@pytest.fixture(scope="module")
def report(result, labels):
    return evaluate(result.faces, labels, looked_at(result.sources))


# Who is found


def test_it_finds_the_eight_people_and_at_most_one_of_them_in_two_parts(run, result, num_people):
    assert len(PEOPLE) <= num_people <= len(PEOPLE) + len(IN_PARTS)
    assert set(result.faces.person) - {UNKNOWN} == set(range(num_people))
    assert run[2].startswith(f"{num_people} people in scene.mp4")


def test_it_finds_all_cuts(run):
    shots = pd.read_csv(DEMO / "shots.csv")
    facts = json.loads((run[0] / "run.json").read_text())
    assert facts["sources"][0]["cuts"] == shots["start_frame"].tolist()[1:]
    assert len(facts["sources"][0]["cuts"]) == 20


def test_every_person_is_one_true_person(result, true_person, report, num_people):
    found = {}
    for number in range(num_people):
        names = set(true_person[result.faces.person == number]) - {""}
        assert len(names) == 1
        found[number] = names.pop()
    assert set(found.values()) == PEOPLE
    assert {who for who in PEOPLE if list(found.values()).count(who) > 1} <= IN_PARTS
    assert report.after.wcp_known == 1.0


def test_nearly_the_same_t_shirts_are_never_one_person(result, true_person):
    known = result.faces.is_known
    ben = set(result.faces.person[known & (true_person == "ben")])
    dai = set(result.faces.person[known & (true_person == "dai")])
    assert len(ben) == 1
    assert ben.isdisjoint(dai)


def test_one_person_wears_both_of_emis_outfits(result, true_person, labels):
    matches = match_labels(result.faces, labels, looked_at(result.sources))
    known_emi = (true_person == "emi") & result.faces.is_known
    outfits = labels.outfit[matches.label_of_face[known_emi]]
    person = result.faces.person[known_emi]
    worn = set(zip(person.tolist(), outfits.tolist(), strict=True))
    most_seen = np.bincount(person).argmax()
    assert {(most_seen, "emi_1"), (most_seen, "emi_green")} <= worn


def test_who_is_in_two_parts_is_asked_about(run, result, true_person, num_people):
    asked = [(pair.first, pair.second) for pair in result.run.nearly_same]
    whose = [{*true_person[np.isin(result.faces.person, pair)]} - {""} for pair in asked]
    assert whose.count(IN_PARTS) == num_people - len(PEOPLE)
    assert len(asked) <= 2
    assert all(f" {first + 1} = {second + 1}?" in run[2] for first, second in asked)


def test_clothing_brings_the_unknown_back(report):
    assert report.gain.recovery >= 0.95
    assert report.after.unknown_share <= 0.01
    assert report.gain.reassigned >= 40
    assert report.gain.reassignment_precision >= 0.95


def test_two_faces_of_one_picture_are_two_people(result):
    assert count_violations(result.faces, result.faces.person) == 0
    assert count_violations(result.faces, result.faces.person_before) == 0


def test_the_most_frequent_person_comes_first(result):
    faces = result.faces
    counts = np.bincount(faces.person[faces.is_known])
    assert (np.diff(counts) <= 0).all()


# What is written


def test_the_table_opens_with_pandas(run, result):
    table = pd.read_parquet(run[0] / "faces.parquet")
    assert len(table) == len(result.faces)
    assert table["person"].value_counts().drop(UNKNOWN, errors="ignore").index[0] == 0
    assert set(table["source"]) == {"scene.mp4"}
    assert (table["x2"] > table["x1"]).all()
    assert len(table["face_vector faceres"].iloc[0]) == 1024
    text = pd.read_csv(run[0] / "faces.csv")
    assert text["person"].tolist() == table["person"].tolist()
    assert not set(text.columns) & {"face_vector", "cloth_vector"}
    np.testing.assert_allclose(text["x1"], table["x1"], atol=0.051)  # tenths of a pixel


def test_every_face_has_its_crop(run, result, num_people):
    names = pd.read_csv(run[0] / "faces.csv")["crop"]
    assert names.is_unique
    folders = names.str.split("/").str[1]
    assert set(folders) - {"unknown"} == {f"person_{n:03}" for n in range(1, num_people + 1)}
    assert (folders[result.faces.person == 0] == "person_001").all()
    assert {path.relative_to(run[0]).as_posix() for path in run[0].glob("people/*/*")} == set(names)
    pattern = r"people/\w+/scene_\d\dh\d\dm\d\d\.\d{3}s_f\d{6}_\d\.jpg"
    assert names.str.fullmatch(pattern).all()
    with Image.open(run[0] / names[0]) as crop:
        assert max(crop.size) <= 256


def test_everyone_has_a_contact_sheet(run, num_people):
    sheets = sorted(path.stem for path in (run[0] / "people").glob("*.jpg"))
    assert [name for name in sheets if name != "unknown"] == [
        f"person_{number:03}" for number in range(1, num_people + 1)
    ]
    for name in sheets:
        with Image.open(run[0] / "people" / f"{name}.jpg") as sheet:
            assert sheet.width > sheet.height > 100


def test_people_json_says_when_each_is_on_screen(run, result, num_people):
    people = json.loads((run[0] / "people.json").read_text())["people"]
    assert len(people) == num_people
    for number, person in enumerate(people):
        own = result.faces.time_s[result.faces.person == number]
        text = json.dumps(person)
        assert f"person_{number + 1:03}" in text
        assert str(len(own)) in text


def test_run_json_says_how_it_was_made(run):
    facts = json.loads((run[0] / "run.json").read_text())
    assert facts["configuration"]["people"]["face_method"] == "hdbscan"
    assert facts["versions"]["castlist"]
    assert list(facts["seconds"]) == [
        *("networks loaded", "looking", "tracks", "stage 1, faces", "stage 2, clothing")
    ]
    assert re.fullmatch("[0-9a-f]{64}", facts["input_hash"])
    assert facts["sources"][0]["loss"] == ""


def test_the_page_needs_no_other_file(run, num_people):
    page = (run[0] / "report.html").read_text()
    assert all(f"person_{number:03}" in page for number in range(1, num_people + 1))
    links = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert links
    assert all(link.startswith(("data:", "#", "people/")) for link in links)
    assert not re.findall(r'src="(?!data:)', page)
    assert not re.findall(r"@import|url\((?!data:|#)", page)


def test_evaluate_requires_what_holds(run, num_people, few_resamples, capsys):
    words = ["evaluate", str(run[0]), "--labels", str(DEMO / "labels.csv")]
    assert main([*words, "--require", "wcp_known>=1", "--require", "violations_after<=0"]) == 0
    assert main([*words, "--require", f"people_after>{num_people}"]) == 1
    assert capsys.readouterr().err == (
        f"castlist: error: required people_after>{num_people}, got {num_people}\n"
    )


def test_labels_of_its_own_folders_agree_with_it(run, few_resamples, tmp_path, capsys):
    labels = tmp_path / "labels.csv"
    assert main(["label", str(run[0]), "--out", str(labels)]) == 0
    words = ["evaluate", str(run[0]), "--labels", str(labels), "--require"]
    assert main([*words, "one_to_one>=1", "--require", "bcubed_f>=1"]) == 0
    assert "0 missed, 0 not looked at" in capsys.readouterr().out


# Both stages on its table, through the page that names them


@pytest.fixture
def rerun(run, result, monkeypatch):
    """Run all that follows the networks, on what they saw in the demo; gives the table, rows in
    the order of pictures.

    ``rows`` shuffles what they saw, ``after`` changes what a stage returns.
    """
    (entry,) = run[1].iterdir()
    seen, crops, _ = cache.load(entry)

    def again(*, rows=slice(None), after=None, **settings):
        analysed = StoredResult(seen[rows], RunFacts(models=result.models), crops)
        config = make_config({name.replace("__", "."): value for name, value in settings.items()})
        with monkeypatch.context() as patch:
            for name, change in (after or {}).items():
                patch.setattr(pipeline, name, changed(getattr(pipeline, name), change))
            return in_order(find_people(analysed, config).faces)

    return again


def changed(stage, change):
    return lambda *arguments, **settings: change(stage(*arguments, **settings))


def in_order(faces):
    return faces[np.lexsort((faces.box[:, 1], faces.box[:, 0], faces.frame))]


def shuffled(num_rows, seed):
    return np.random.default_rng(seed).permutation(num_rows)


def same_groups(person, other):
    """Say whether two columns divide rows alike, whatever the numbers; unknown stays unknown."""
    pairs = set(zip(person.tolist(), other.tolist(), strict=True))
    return np.array_equal(person == UNKNOWN, other == UNKNOWN) and len(pairs) == len(
        set(person.tolist())
    ) == len(set(other.tolist()))


def assert_same(faces, other):
    assert np.array_equal(faces.box, other.box)
    assert same_groups(faces.person_before, other.person_before)
    assert same_groups(faces.person, other.person)
    assert np.array_equal(faces.decided_by, other.decided_by)
    np.testing.assert_allclose(faces.strength, other.strength, atol=1e-5)


def test_the_same_table_gives_the_same_result(result, rerun):
    again = rerun()
    assert np.array_equal(again.person, in_order(result.faces).person)
    assert_same(again, in_order(result.faces))


@pytest.mark.parametrize("method", FACE_METHODS)
def test_the_order_of_rows_changes_nothing(run, rerun, method):
    (entry,) = run[1].iterdir()
    rows = shuffled(len(cache.load(entry)[0]), seed=1)
    usual, other = rerun(people__face_method=method), rerun(people__face_method=method, rows=rows)
    assert_same(usual, other)
    assert np.array_equal(usual.track, other.track)


@pytest.mark.parametrize("method", FACE_METHODS)
def test_the_numbers_of_tracks_change_nothing(rerun, method):
    def renumber(faces):
        return faces.replace(track=shuffled(faces.track.max() + 1, seed=2)[faces.track])

    usual = rerun(people__face_method=method)
    assert_same(usual, rerun(people__face_method=method, after={"follow_tracks": renumber}))


@pytest.mark.parametrize("method", METHODS)
def test_stage_2_never_touches_a_strong_row(rerun, method):
    before = rerun(people__face_method=method, people__cloth_method="none")
    after = rerun(people__face_method=method)
    strong = before.is_strong
    assert strong.any()
    assert np.array_equal(after.person[strong], after.person_before[strong])
    assert (after.decided_by[strong] == DecidedBy.FACE).all()
    assert (after.strength[strong] >= before.strength[strong]).all()
    assert same_groups(before.person, after.person_before)


@pytest.mark.parametrize("method", FACE_METHODS)
def test_only_the_online_rule_makes_one_person_of_two_faces_of_a_picture(rerun, method):
    # Joins whatever may be joined.
    costs = {"people__online_threshold": 1.9, "people__wrong_merge_cost": 1.0}
    faces = rerun(people__face_method=method, **costs)
    violations = [count_violations(faces, own) for own in (faces.person_before, faces.person)]
    if method == "online":
        assert min(violations) > 0
    else:
        assert violations == [0, 0]
