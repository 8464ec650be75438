import csv
import json

import numpy as np
import pytest
from castlist.data.result.facts import RunFacts, SourceFacts
from castlist.data.result.names import person_name
from castlist.data.result.people import film_order, gather_people, gather_unknown
from castlist.data.result.tables import people_json, write_faces_csv
from castlist.data.tables.codes import UNKNOWN, DecidedBy, Reason
from castlist.data.tables.faces import Faces

RUN = RunFacts(
    sources=(
        SourceFacts("b.mp4", duration_s=10.0, looked_at_fps=5),
        SourceFacts("a.mp4", duration_s=10.0, looked_at_fps=5),
        SourceFacts("2.jpg", "photo", taken_s=100.0),
        SourceFacts("1.jpg", "photo"),
    )
)
FACE, CLOTH, NONE = DecidedBy.FACE, DecidedBy.CLOTH, DecidedBy.NONE


@pytest.fixture
def faces():
    return Faces.of_detections(
        source=["a.mp4", "a.mp4", "b.mp4", "b.mp4", "1.jpg", "2.jpg", "a.mp4"],
        frame=[5, 0, 7, 50, 0, 0, 5],
        time_s=[1.0, 0.8, 2.0, 9.9, np.nan, 100.0, 1.0],
        box=[[10, 5, 30, 33.25]] * 6 + [[2, 5, 9, 33]],
        track=[4, 4, 5, -1, -1, -1, 6],
        quality=[0.9, 0.5, 0.8, 0.1, 0.2, 0.3, 0.4],
        person_before=[0, 0, 0, -1, -1, -1, -1],
        person=[0, 0, 0, UNKNOWN, 1, 1, UNKNOWN],
        strength=[0.5, 0.97, 0.96, 0, 0.6, 0.7, 0],
        decided_by=[FACE, FACE, FACE, NONE, CLOTH, CLOTH, NONE],
        reason=[0, 0, 0, Reason.NO_CLOTHES, Reason.SAME_CLOTHES, Reason.SAME_CLOTHES, 0],
        about=[-1, -1, -1, -1, 1, 1, -1],
        face_evidence=[np.nan] * 4 + [-1.2, np.nan, np.nan],
        cloth_evidence=[np.nan] * 4 + [0.75, 0.5, np.nan],
        cloth_box=np.r_[np.full((6, 4), np.nan), [[1, 2, 3, 4]]],
    )


@pytest.fixture
def content(faces):
    paths = [
        f"people/{person_name(person)}/{row}.jpg"
        for row, person in enumerate(faces.person.tolist())
    ]
    return json.loads(
        people_json(faces, gather_people(faces, RUN), gather_unknown(faces, RUN), paths)
    )


def test_films_come_as_given_then_photos_by_time(faces):
    assert film_order(faces, RUN).tolist() == [2, 3, 1, 6, 0, 5, 4]


def test_a_source_without_facts_is_an_error(faces):
    with pytest.raises(ValueError, match=r'"1\.jpg"'):
        film_order(faces, RunFacts(sources=RUN.sources[:3]))


def test_people_json_of_a_person_in_films(content):
    person = content["people"][0]
    assert person["id"] == "person_001"
    assert (person["faces"], person["tracks"], person["strong_faces"]) == (3, 2, 2)
    assert person["faces_decided_by"] == {"face": 3, "cloth": 0, "user": 0}
    assert person["mean_strength"] == 0.81
    assert person["new_by_cloth"] is False
    assert person["photos"] == []
    assert person["films"] == [
        {
            "source": "b.mp4",
            "faces": 1,
            "first_s": 2.0,
            "last_s": 2.0,
            "screen_time_s": 0.2,
            "intervals_s": [[2.0, 2.2]],
        },
        {
            "source": "a.mp4",
            "faces": 2,
            "first_s": 0.8,
            "last_s": 1.0,
            "screen_time_s": 0.4,
            "intervals_s": [[0.8, 1.2]],
        },
    ]
    assert person["screen_time_s"] == 0.6


def test_the_best_strong_face_stands_for_a_person(content):
    # row 0 is sharper, but of low confidence
    assert content["people"][0]["representative_face"] == {
        "source": "b.mp4",
        "frame": 7,
        "time_s": 2.0,
        "box": [10.0, 5.0, 30.0, 33.2],
        "quality": 0.8,
        "crop": "people/person_001/2.jpg",
    }


def test_people_json_of_a_person_in_photos_found_by_clothing_alone(content):
    person = content["people"][1]
    assert person["photos"] == ["2.jpg", "1.jpg"]
    assert person["films"] == []
    assert person["new_by_cloth"] is True
    assert person["representative_face"]["crop"] == "people/person_002/5.jpg"


def test_people_json_of_the_unknown(content):
    assert content["unknown"]["id"] == "unknown"
    assert content["unknown"]["faces"] == 2
    assert content["unknown"]["new_by_cloth"] is False
    # a face in the last tenth of a second: the interval ends with the film
    assert content["unknown"]["films"][0]["intervals_s"] == [[9.9, 10.0]]


def test_nobody_at_all():
    empty = Faces.empty()
    assert gather_unknown(empty, RUN) is None
    assert json.loads(people_json(empty, gather_people(empty, RUN), None, [])) == {
        "people": [],
        "unknown": None,
    }


def test_faces_csv_has_a_row_per_face_in_the_order_of_the_table(faces, tmp_path):
    write_faces_csv(faces, [f"people/x/{row}.jpg" for row in range(7)], tmp_path / "faces.csv")
    with (tmp_path / "faces.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [*rows[0]][:9] == ["source", "frame", "time_s", "shot", "track", "x1", "y1", "x2", "y2"]
    assert [row["source"] for row in rows] == faces.source.tolist()
    assert [row["id"] for row in rows[3:5]] == ["unknown", "person_002"]
    assert [row["decided_by"] for row in rows[2:5]] == ["face", "none", "cloth"]
    assert [row["reason"] for row in rows[2:6]] == [
        *("none", "no_clothes", "same_clothes", "same_clothes")
    ]
    numbers = ("about", "face_evidence", "cloth_evidence")
    assert [rows[4][name] for name in numbers] == ["1", "-1.20", "0.75"]
    assert [rows[3][name] for name in numbers] == ["-1", "", ""]
    assert rows[4]["time_s"] == ""
    assert (rows[0]["cloth_x1"], rows[6]["cloth_x1"]) == ("", "1.0")
    assert [rows[0][side] for side in ("x1", "y1", "x2", "y2")] == ["10.0", "5.0", "30.0", "33.2"]
    assert rows[0]["strength"] == "0.5000"
    assert rows[6]["crop"] == "people/x/6.jpg"


def test_faces_csv_opens_in_pandas_with_numbers_as_numbers(faces, tmp_path):
    pandas = pytest.importorskip("pandas")
    write_faces_csv(faces, [""] * 7, tmp_path / "faces.csv")
    frame = pandas.read_csv(tmp_path / "faces.csv")
    assert frame["person"].tolist() == faces.person.tolist()
    assert frame["time_s"].dtype == float
    assert frame["decided_by"].isna().sum() == 0


def test_faces_csv_says_how_grainy_and_how_light_a_face_is(make_faces, tmp_path):
    noise, brightness = [0.7, 9.456, np.nan], [12.34, 200, np.nan]
    faces = make_faces(3, noise=noise, brightness=brightness)
    write_faces_csv(faces, [""] * 3, tmp_path / "faces.csv")
    with (tmp_path / "faces.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["noise"] for row in rows] == ["0.70", "9.46", ""]
    assert [row["brightness"] for row in rows] == ["12.3", "200.0", ""]
