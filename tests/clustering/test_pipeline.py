"""The flat page: what goes from stage to stage, and what is kept of a run."""

import dataclasses
import json

import numpy as np
import pytest
from castlist.clustering import running
from castlist.clustering.analysis.engine import Engine
from castlist.clustering.config import Config, make_config
from castlist.clustering.evaluation.matching import looked_at
from castlist.clustering.face_models.cleaning import FaceCleaner
from castlist.clustering.face_models.side_by_side import FaceNetworks
from castlist.clustering.people import deciding, finding, undoing
from castlist.clustering.pipeline import cluster_people, find_people, find_people_again
from castlist.clustering.report.write import summary
from castlist.clustering.stages.config import FACE_METHODS
from castlist.data.media.sources import find_sources
from castlist.data.result.decisions import Decisions
from castlist.data.result.facts import ModelFacts, RunFacts, SourceFacts
from castlist.data.result.result import StoredResult
from castlist.data.tables.codes import UNKNOWN, NoticeCode, Reason
from castlist.data.tables.faces import STRONG_FROM, Faces
from cli_tools import ColourEmbedder, NoClothes, SquareDetector

MODELS = ModelFacts(
    cards={"detector": "eyes 1.0"},
    other_person_distance=0.5,
    cloth_columns={"network": (0, 6)},
)


class Crops:
    """The number of each row as its crop."""

    def __init__(self, num_rows):
        self._num_rows = num_rows

    def __len__(self):
        return self._num_rows

    def __getitem__(self, row):
        return b"%d" % row


def random_film(seed, num_shots=12, num_people=4, noise=0.06):
    """Make the table of a film: shots of 8 frames with one to three people, far apart; some faces
    and clothes cannot be described, and clothes are a colour that people keep."""
    rng = np.random.default_rng(seed)
    people, clothes = rng.normal(size=(num_people, 16)) / 4, rng.normal(size=(num_people, 6))
    columns = {name: [] for name in ("frame", "shot", "box", "face_vector", "cloth_vector")}
    for shot in range(num_shots):
        # A person may stand there twice: twins, or a mirror.
        for place, person in enumerate(rng.integers(num_people, size=rng.integers(1, 4))):
            hard = rng.random() < 0.4
            for step in range(8):
                left = 100 * place + rng.normal()
                columns["frame"].append(8 * shot + step)
                columns["shot"].append(shot)
                columns["box"].append((left, 10, left + 40, 60))
                spread = 3 * noise if hard else noise
                columns["face_vector"].append(people[person] + spread * rng.normal(size=16))
                columns["cloth_vector"].append(clothes[person] + 0.1 * rng.normal(size=6))
    table = {name: np.array(values) for name, values in columns.items()}
    num_faces = len(table["frame"])
    table["face_vector"][rng.random(num_faces) < 0.05] = np.nan
    table["cloth_vector"] /= np.linalg.norm(table["cloth_vector"], axis=1, keepdims=True)
    table["cloth_vector"][rng.random(num_faces) < 0.1] = np.nan
    table["face_vector"] /= np.linalg.norm(table["face_vector"], axis=1, keepdims=True)
    return Faces.of_detections(
        source=np.full(num_faces, "film.mp4"),
        time_s=table["frame"] / 5,
        detection=np.full(num_faces, 0.9),
        quality=rng.random(num_faces),
        **table,
    )


@pytest.fixture
def cluster():
    """Run the page on a table, as if it had been seen in a film."""

    def run(faces, config=None, sources=None):
        facts = RunFacts(
            sources=tuple(sources or [SourceFacts("film.mp4")]),
            models=MODELS,
            seconds={"networks loaded": 0.5, "looking": 2.0},
        )
        analysed = StoredResult(faces, facts, Crops(len(faces)))
        return find_people(analysed, config or Config())

    return run


def violations(faces, person):
    """Count pairs of faces that share a picture and a person, the slow and certain way."""
    return sum(
        person[a] == person[b] != UNKNOWN and faces.frame[a] == faces.frame[b]
        for a in range(len(faces))
        for b in range(a)
    )


# What goes from stage to stage


@pytest.mark.parametrize("method", FACE_METHODS)
@pytest.mark.parametrize("seed", range(4))
def test_two_faces_of_one_picture_are_one_person_to_the_online_rule_only(cluster, seed, method):
    settings = {
        "people.face_method": method,
        "people.online_threshold": 1.9,
    }  # joins whatever it may
    result = cluster(random_film(seed), make_config({**settings, "people.wrong_merge_cost": 1}))
    faces = result.faces
    before, after = (violations(faces, column) for column in (faces.person_before, faces.person))
    shared = [notice for notice in result.run.notices if notice.code == NoticeCode.SHARED_PICTURES]
    if method == "online":
        assert before > 0
        assert [notice.numbers for notice in shared] == [{"num_pairs": before}]
    else:
        assert (before, after) == (0, 0)
        assert not shared


@pytest.mark.parametrize("method", FACE_METHODS)
@pytest.mark.parametrize("seed", range(4))
def test_people_are_numbered_without_gaps_the_most_frequent_first(cluster, seed, method):
    faces = cluster(random_film(seed), make_config({"people.face_method": method})).faces
    counts = np.bincount(faces.person[faces.is_known])
    assert (counts > 0).all()
    assert (np.diff(counts) <= 0).all()


@pytest.mark.parametrize("seed", range(4))
def test_clothing_leaves_the_strong_rows_of_a_person_together(cluster, seed):
    film = random_film(seed)
    before = cluster(film, make_config({"people.cloth_method": "none"})).faces
    after = cluster(film).faces
    strong = before.is_strong
    assert strong.any()
    assert (after.strength[strong] >= STRONG_FROM).all()
    assert after.is_known[strong].all()
    for person in np.unique(before.person[strong]):  # two of them may turn out to be one person
        assert len(set(after.person[strong & (before.person == person)].tolist())) == 1
    assert np.array_equal(before.person, before.person_before)
    pairs = set(zip(before.person.tolist(), after.person_before.tolist(), strict=True))
    assert len(pairs) == len(set(before.person.tolist()))  # the same people, numbered anew


def test_faces_that_no_track_supports_go_and_their_crops_with_them(cluster):
    film = random_film(0, noise=0.01)
    weak = film.shot == 3
    detection = np.where(weak, 0.4, 0.4 + 0.5 * (film.frame % 4 == 0))
    result = cluster(film.replace(detection=detection))
    assert weak.any()
    assert np.array_equal(result.faces.box, film.box[~weak])
    kept = [int(result.crops[row]) for row in range(len(result.crops))]
    assert kept == np.flatnonzero(~weak).tolist()
    assert sorted(set(result.faces.track)) == list(range(result.faces.track.max() + 1))


@pytest.mark.parametrize("method", FACE_METHODS)
def test_a_film_without_faces_is_a_result(cluster, method):
    result = cluster(Faces.empty(16, 6), make_config({"people.face_method": method}))
    assert len(result.faces) == 0
    assert result.faces.face_vector.shape == (0, 16)


# What is kept of a run


def test_facts_have_the_seconds_of_every_stage(film, tmp_path):
    faces = FaceNetworks({"colour": ColourEmbedder()}, FaceCleaner())
    engine = Engine(SquareDetector(), faces, NoClothes())
    sources = find_sources([film])
    facts = cluster_people(sources, Config(), {}, tmp_path / "cache", engine=engine).run
    assert list(facts.seconds) == [
        "networks loaded", "looking", "tracks", "stage 1, faces", "stage 2, clothing",
    ]  # fmt: skip
    assert facts.versions["embedder"] == faces.card


def test_facts_name_settings_and_what_decides_what_the_networks_see(cluster):
    facts = cluster(random_film(1), make_config({"people.wrong_merge_cost": 7})).run
    assert facts.configuration["people"]["wrong_merge_cost"] == 7.0
    assert facts.versions["detector"] == "eyes 1.0"
    assert facts.versions["numpy"] == np.__version__


def test_what_could_not_be_read_is_kept_with_its_source_and_is_no_notice(cluster):
    sources = [SourceFacts("film.mp4", loss="decoding stopped"), SourceFacts("b.mp4")]
    run = cluster(random_film(1), sources=sources).run
    assert [source.loss for source in run.sources] == ["decoding stopped", ""]
    assert [notice.code for notice in run.notices][:1] == [NoticeCode.CLOTH_WEIGHT]


def test_what_was_turned_is_said(cluster):
    sources = [
        SourceFacts("film.mp4", turned_deg=90),
        SourceFacts("a.jpg", kind="photo", turned_deg=180),
        SourceFacts("b.jpg", kind="photo"),
    ]
    result = cluster(random_film(1), sources=sources)
    (notice,) = [notice for notice in result.run.notices if notice.code == NoticeCode.TURNED]
    assert notice.numbers == {"num_films": 1, "num_photos": 1, "names": "film.mp4, a.jpg"}
    assert "film.mp4, a.jpg" in summary(result)
    again = find_people_again(result, Config(), Decisions())
    assert notice in again.run.notices


def test_upright_films_and_photos_need_no_word(cluster):
    codes = [notice.code for notice in cluster(random_film(1)).run.notices]
    assert NoticeCode.TURNED not in codes


def test_without_clothing_no_precision_is_predicted(cluster):
    facts = cluster(random_film(1), make_config({"people.cloth_method": "none"})).run
    assert facts.predicted_precision is None


# Results read back


def test_a_result_says_which_frames_were_looked_at(cluster, tmp_path):
    sources = [
        SourceFacts(
            "film.mp4",
            frames=(0, 5),
            frames_s=(0.0, 0.2),
            cuts=(3,),
            size_px=(640, 360),
            length_frames=9,
        ),
        SourceFacts("a.jpg", kind="photo", size_px=(30, 40)),
    ]
    result = cluster(random_film(2), sources=sources)
    result.save(tmp_path / "result")
    back = StoredResult.load(tmp_path / "result")
    assert np.array_equal(back.faces.person, result.faces.person)
    assert back.source_names == {"film.mp4", "a.jpg"}
    frames = looked_at(back.sources)
    assert frames["film.mp4"].frame.tolist() == [0, 5]
    assert frames["film.mp4"].cuts.tolist() == [3]
    assert frames["film.mp4"].size_px == (640, 360)
    assert frames["film.mp4"].length_frames == 9
    assert frames["a.jpg"].frame.tolist() == [0]
    assert frames["a.jpg"].length_frames == 1
    assert back.run.predicted_precision == result.run.predicted_precision


def test_a_result_of_before_sizes_were_kept_can_be_read(cluster, tmp_path):
    cluster(random_film(2)).save(tmp_path / "result")
    path = tmp_path / "result" / "run.json"
    run = json.loads(path.read_text())
    for source in run["sources"]:
        del source["size_px"], source["length_frames"]
        source["something"] = "of another version"
    path.write_text(json.dumps(run))
    back = StoredResult.load(tmp_path / "result")
    assert looked_at(back.sources)["film.mp4"].size_px is None


@pytest.mark.parametrize("method", FACE_METHODS)
def test_a_stored_result_is_clustered_anew_and_gives_the_same_people(cluster, tmp_path, method):
    config = make_config({"people.face_method": method})
    result = cluster(random_film(3), config)
    result.save(tmp_path / "result")
    again = find_people(StoredResult.load(tmp_path / "result"), config)
    for name, column in result.faces.columns().items():
        np.testing.assert_array_equal(column, again.faces.columns()[name], err_msg=name)
    assert again.run.notices == result.run.notices
    assert again.run.configuration == json.loads(result.run.to_json())["configuration"]


# Pictures that the film shows


def poster_film(make_faces, still_s):
    """Make a film: Anna speaks beside her own poster for six seconds, and is seen again after."""
    rng = np.random.default_rng(0)
    anna, ben = rng.normal(size=(2, 16))
    looks = 30
    vectors = np.concatenate(
        [np.tile(anna, (looks, 1)), np.tile(anna, (looks, 1)), np.tile(ben, (looks, 1))]
    )
    left = np.repeat([0.0, 200.0, 400.0], looks) + rng.uniform(-1, 1, 3 * looks)
    vectors += 0.05 * rng.normal(size=vectors.shape)
    return make_faces(
        3 * looks,
        frame=np.tile(np.arange(looks), 3),
        shot=np.zeros(3 * looks),
        box=np.stack([left, 0 * left, left + 40, 0 * left + 50], axis=1),
        face_vector=vectors / np.linalg.norm(vectors, axis=1, keepdims=True),
        detection=np.full(3 * looks, 0.9),
        quality=np.full(3 * looks, 0.9),
        still_s=np.repeat([0.2, still_s, 0.4], looks),
    )


def test_a_poster_of_somebody_is_nobody_and_a_notice_says_so(cluster, make_faces):
    result = cluster(poster_film(make_faces, still_s=6.0))
    faces = result.faces
    assert faces.num_people == 2
    assert faces.person[30:60].tolist() == [UNKNOWN] * 30
    assert (faces.person[:30] != UNKNOWN).all()
    assert (faces.reason == Reason.IN_A_PICTURE).tolist() == [False] * 30 + [True] * 30 + [
        False
    ] * 30
    (notice,) = (notice for notice in result.run.notices if notice.code is NoticeCode.IN_PICTURES)
    assert notice.numbers == {"num_faces": 30, "num_tracks": 1}


def test_a_poster_forbids_nothing_to_who_is_on_it(cluster, make_faces):
    # Anna is seen again in a shot without her poster, which was seen beside her before
    first = poster_film(make_faces, still_s=6.0)
    again = first[:30].replace(
        frame=first.frame[:30] + 300, time_s=first.time_s[:30] + 60, shot=np.ones(30)
    )
    person = cluster(Faces.concatenate([first, again])).faces.person
    assert set(person[:30]) == set(person[90:]) == {0}


def test_somebody_beside_a_look_alike_who_moves_is_somebody(cluster, make_faces):
    faces = cluster(poster_film(make_faces, still_s=2.2)).faces
    assert faces.num_people == 3
    assert not (faces.reason == Reason.IN_A_PICTURE).any()


def test_whom_a_user_gives_what_seemed_a_picture_to_it_is(cluster, make_faces):
    result = cluster(poster_film(make_faces, still_s=6.0))
    new = finding.next_id(result, Decisions())
    decisions = Decisions().and_then(deciding.moved(result, np.arange(30, 60), new))
    after = find_people_again(result, Config(), decisions)
    assert after.cast.of_faces(after.faces)[30:60].tolist() == [new] * 30
    assert (after.faces.reason[30:60] == Reason.GIVEN).all()
    assert after.faces.num_people == 3
    undone = find_people_again(after, Config(), decisions.and_then(undoing.undo(decisions)))
    assert np.array_equal(undone.faces.person, result.faces.person)
    assert np.array_equal(undone.faces.reason, result.faces.reason)


def test_faces_are_followed_again_only_where_more_than_people_has_changed(cluster, monkeypatch):
    calls, follow = [], running.follow_tracks

    def count(*given):
        calls.append(1)
        return follow(*given)

    monkeypatch.setattr(running, "follow_tracks", count)
    result = cluster(random_film(1))
    calls.clear()
    rows = np.flatnonzero(result.faces.person == 0)[:1]
    decisions = Decisions().and_then(deciding.not_person(result, rows, int(result.cast.ids[0])))
    first = find_people_again(result, Config(), Decisions())
    again = find_people_again(first, Config(), decisions)
    assert len(calls) == 1
    fresh = dataclasses.replace(first, faces=first.faces.replace(quality=first.faces.quality + 0))
    expected = find_people_again(fresh, Config(), decisions)
    assert len(calls) == 2
    assert not np.array_equal(again.faces.person, first.faces.person)
    for name, column in expected.faces.columns().items():
        np.testing.assert_array_equal(getattr(again.faces, name), column, err_msg=name)
    moved = dataclasses.replace(first, faces=first.faces.replace(box=first.faces.box + 1))
    find_people_again(moved, Config(), decisions)
    assert len(calls) == 3
