"""The flat page: what goes from stage to stage, and what is said of a run."""

import json

import numpy as np
import pytest
from castlist.clustering.analysis.analyse import Analysis
from castlist.clustering.analysis.engine import Engine as LoadedEngine
from castlist.clustering.config import Config, make_config
from castlist.clustering.evaluation.results import read_result
from castlist.clustering.pipeline import cluster_people, find_people
from castlist.clustering.stages.face_stage import METHODS
from castlist.data.media.sources import find_sources
from castlist.data.result.facts import SourceFacts
from castlist.data.result.store import write_faces
from castlist.data.tables.faces import STRONG_FROM, UNKNOWN, Faces
from cli_tools import ColourEmbedder, NoClothes, SquareDetector


class Part:
    """Stands for a network."""

    card = "a network"
    other_person_distance = 0.5
    centre = None

    def colour_names(self, vectors):
        return ["blue"] * len(vectors)


class Engine:
    def __init__(self):
        self.embedder = self.clothes = Part()
        self.card = {"detector": "eyes 1.0"}


class Crops:
    """The number of each row as its crop."""

    def __init__(self, rows):
        self.rows = np.asarray(rows)

    def keep(self, rows):
        return Crops(self.rows[rows])


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
    """Run all that follows the networks on a table, as if they had seen it in a film."""

    def run(faces, config=None, sources=None, hashes=None):
        facts = tuple(sources or [SourceFacts("film.mp4")])
        seen = Analysis(faces, Crops(range(len(faces))), facts, hashes or {})
        return find_people(seen, Engine(), config or Config())

    return run


def violations(faces, person):
    """Count pairs of faces that share a picture and a person, the slow and certain way."""
    return sum(
        person[a] == person[b] != UNKNOWN and faces.frame[a] == faces.frame[b]
        for a in range(len(faces))
        for b in range(a)
    )


# What goes from stage to stage


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("seed", range(4))
def test_two_faces_of_one_picture_are_one_person_to_the_online_rule_only(cluster, seed, method):
    settings = {"face.method": method, "face.threshold": 1.9}  # joins whatever may be joined
    result = cluster(random_film(seed), make_config(settings))
    faces = result.faces
    before, after = (violations(faces, column) for column in (faces.person_before, faces.person))
    said = [message for message in result.facts.messages if "one person" in message]
    if method == "online":
        assert before > 0
        assert [message.endswith(f" {before} times") for message in said] == [True]
    else:
        assert (before, after) == (0, 0)
        assert not said


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("seed", range(4))
def test_people_are_numbered_without_gaps_the_most_frequent_first(cluster, seed, method):
    faces = cluster(random_film(seed), make_config({"face.method": method})).faces
    counts = np.bincount(faces.person[faces.is_known])
    assert (counts > 0).all()
    assert (np.diff(counts) <= 0).all()


@pytest.mark.parametrize("seed", range(4))
def test_clothing_changes_rows_that_are_not_strong_and_no_others(cluster, seed):
    film = random_film(seed)
    before = cluster(film, make_config({"cloth.method": "none"})).faces
    after = cluster(film).faces
    strong = before.is_strong
    assert strong.any()
    assert (after.strength[strong] >= STRONG_FROM).all()
    assert np.array_equal(after.person[strong], after.person_before[strong])
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
    assert np.array_equal(result.crops.rows, np.flatnonzero(~weak))
    assert sorted(set(result.faces.track)) == list(range(result.faces.track.max() + 1))


@pytest.mark.parametrize("method", METHODS)
def test_a_film_without_faces_is_a_result(cluster, method):
    result = cluster(Faces.empty(16, 6), make_config({"face.method": method}))
    assert len(result.faces) == 0
    assert result.faces.face_vector.shape == (0, 16)


# What is said of a run


def test_facts_have_the_seconds_of_every_stage(film, tmp_path):
    engine = LoadedEngine(SquareDetector(), ColourEmbedder(), NoClothes())
    sources = find_sources([film])
    facts = cluster_people(sources, Config(), {}, tmp_path / "cache", engine=engine).facts
    assert list(facts.seconds) == [
        "networks loaded", "looking", "tracks", "stage 1, faces", "stage 2, clothing",
    ]  # fmt: skip
    assert facts.versions["embedder"] == ColourEmbedder.card


def test_facts_name_settings_and_what_decides_what_the_networks_see(cluster):
    facts = cluster(random_film(1), make_config({"face.doubt": 1.2})).facts
    assert facts.configuration["face"]["doubt"] == 1.2
    assert facts.configuration["track"]["max_face_distance"] == Part.other_person_distance
    assert facts.versions["detector"] == "eyes 1.0"
    assert facts.versions["numpy"] == np.__version__


def test_a_distance_that_was_set_is_not_the_networks(cluster):
    config = make_config({"track.max_face_distance": 0.7})
    facts = cluster(random_film(1), config).facts
    assert facts.configuration["track"]["max_face_distance"] == 0.7


def test_losses_are_said_first(cluster):
    sources = [SourceFacts("film.mp4", loss="decoding stopped"), SourceFacts("b.mp4")]
    facts = cluster(random_film(1), sources=sources).facts
    assert facts.messages[0] == "film.mp4: decoding stopped"
    assert facts.notices == facts.messages[1:]


def test_the_input_hash_is_of_contents_and_names_in_any_order(cluster):
    film = random_film(1)
    one = cluster(film, hashes={"a": "1", "b": "2"}).facts.input_hash
    assert cluster(film, hashes={"b": "2", "a": "1"}).facts.input_hash == one
    assert cluster(film, hashes={"a": "1", "b": "3"}).facts.input_hash != one


def test_without_clothing_no_precision_is_foretold(cluster):
    facts = cluster(random_film(1), make_config({"cloth.method": "none"})).facts
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
    run = json.loads(result.facts.to_json())
    write_faces(result.faces, tmp_path / "faces.parquet", {"run": run})
    back = read_result(tmp_path)
    assert np.array_equal(back.faces.person, result.faces.person)
    assert back.sources == {"film.mp4", "a.jpg"}
    assert back.looked_at["film.mp4"].frame.tolist() == [0, 5]
    assert back.looked_at["film.mp4"].cuts.tolist() == [3]
    assert back.looked_at["film.mp4"].size_px == (640, 360)
    assert back.looked_at["film.mp4"].length_frames == 9
    assert back.looked_at["a.jpg"].frame.tolist() == [0]
    assert back.looked_at["a.jpg"].length_frames == 1
    assert back.predicted_precision == result.facts.predicted_precision


def test_a_result_of_before_sizes_were_kept_can_be_read(cluster, tmp_path):
    run = json.loads(cluster(random_film(2)).facts.to_json())
    for own in run["sources"]:
        del own["size_px"], own["length_frames"]
        own["something"] = "of another version"
    write_faces(random_film(2), tmp_path / "faces.parquet", {"run": run})
    assert read_result(tmp_path).looked_at["film.mp4"].size_px is None


def test_a_table_of_unknown_origin_is_read_without_frames(tmp_path):
    write_faces(random_film(2), tmp_path / "faces.parquet", {})
    assert read_result(tmp_path).looked_at is None
