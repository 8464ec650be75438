"""Labels from folders of crops that somebody sorted."""

import shutil
import unicodedata

import numpy as np
import pytest
from castlist.clustering.evaluation.evaluate import evaluate
from castlist.clustering.evaluation.label import labels_of_crops
from castlist.data.errors import InputError
from castlist.data.result.people_folder import crop_paths
from castlist.data.tables.faces import Faces
from castlist.data.tables.label_files import read_labels, write_labels
from castlist.data.tables.labels import IGNORE, NOT_A_FACE

SOURCES = ["film.mp4"] * 6 + ["a/img 1.jpg"] * 2
FRAMES = [0, 0, 7, 7, 8, 9, 0, 0]
PEOPLE = [0, 1, 0, 1, 0, -1, 2, -1]


@pytest.fixture(name="result")
def _result(tmp_path):
    """A table of a film and a photo, and its folder: two people in the film, one in the photo."""
    left = np.array([100.25, 10, 100, 10, 50, 60, 30, 90])
    faces = Faces.of_detections(
        source=SOURCES,
        frame=FRAMES,
        time_s=[frame / 5 for frame in FRAMES[:6]] + [np.nan] * 2,
        box=np.stack([left, left * 0 + 5, left + 20, left * 0 + 35], axis=1),
        person_before=PEOPLE,
        person=PEOPLE,
    )
    folder = tmp_path / "result"
    paths = [folder / own for own in crop_paths(faces, {"a/img 1.jpg"})]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"a crop")
    for name in ("person_001", "unknown"):
        (folder / "people" / f"{name}.jpg").write_bytes(b"a contact sheet")
    return faces, folder, paths


def _named(result):
    faces, folder, _ = result
    return labels_of_crops(faces, folder).labels.person.tolist()


def test_folders_as_they_were_written_are_the_people_found(result):
    faces, folder, _ = result
    found = labels_of_crops(faces, folder)
    assert found.labels.person.tolist() == [
        "person_001", "person_002", "person_001", "person_002", "person_001", IGNORE,
        "person_003", IGNORE,
    ]  # fmt: skip
    assert found.untouched
    assert found.labels.source.tolist() == SOURCES
    assert found.labels.frame.tolist() == FRAMES
    np.testing.assert_array_equal(found.labels.box, faces.box)


def test_a_result_is_right_by_its_own_labels(result, tmp_path):
    faces, folder, _ = result
    write_labels(labels_of_crops(faces, folder).labels, tmp_path / "labels.csv")
    report = evaluate(faces, read_labels(tmp_path / "labels.csv"))
    assert report.after.one_to_one == report.after.bcubed_f == report.after.ari == 1.0
    assert report.after.known_share == 1.0
    assert (report.detection.labels, report.detection.missed) == (6, 0)
    assert report.detection.false_faces == 0  # the unknown ones count for nothing


def test_a_renamed_folder_is_a_name_and_a_moved_crop_another_person(result):
    faces, folder, paths = result
    (folder / "people/person_001").rename(folder / "people/Ana  María ")
    (folder / "people/new").mkdir()
    paths[5].rename(folder / "people/new" / paths[5].name)
    found = labels_of_crops(faces, folder)
    assert found.labels.person.tolist() == [
        "Ana María", "person_002", "Ana María", "person_002", "Ana María", "new", "person_003",
        IGNORE,
    ]  # fmt: skip
    assert not found.untouched


def test_two_folders_joined_are_one_person(result):
    _, folder, paths = result
    for path in paths:
        if path.parent.name == "person_002":
            path.rename(folder / "people/person_001" / path.name)
    (folder / "people/person_002").rmdir()
    assert _named(result)[:5] == ["person_001"] * 5


def test_a_folder_within_a_persons_is_an_outfit(result):
    faces, folder, paths = result
    for place, path in (("red", paths[0]), ("blue/night", paths[2])):
        (folder / "people/person_001" / place).mkdir(parents=True)
        path.rename(folder / "people/person_001" / place / path.name)
    labels = labels_of_crops(faces, folder).labels
    assert labels.person[:5].tolist() == _named(result)[:5]
    assert set(labels.person[[0, 2, 4]]) == {"person_001"}
    assert labels.outfit[[0, 2, 4]].tolist() == ["red", "blue/night", ""]


def test_no_faces_and_what_to_ignore_pass_through(result):
    _, folder, paths = result
    for place, path in (("not_a_face", paths[0]), ("Ignore", paths[1]), ("Unknown", paths[2])):
        (folder / "people" / place).mkdir(exist_ok=True)
        path.rename(folder / "people" / place / path.name)
    assert _named(result)[:4] == [NOT_A_FACE, IGNORE, IGNORE, "person_002"]


def test_a_deleted_crop_counts_for_nothing(result):
    faces, folder, paths = result
    paths[0].unlink()
    shutil.rmtree(folder / "people/person_003")
    found = labels_of_crops(faces, folder)
    assert found.labels.person[[0, 6]].tolist() == [IGNORE, IGNORE]
    assert not found.untouched


def test_names_that_a_file_system_takes_apart_are_read(result):
    """HFS+ gives letters and accents back one by one."""
    faces, folder, _ = result
    (folder / "people/person_001").rename(folder / "people" / unicodedata.normalize("NFD", "Zoë"))
    assert labels_of_crops(faces, folder).labels.person[0] == unicodedata.normalize("NFC", "Zoë")


@pytest.mark.parametrize(
    "left", ["Thumbs.db", ".DS_Store", ".thumbnails/x.jpg", "person_001/unknown.jpg"]
)
def test_what_systems_leave_behind_and_contact_sheets_are_no_crops(result, left):
    expected = _named(result)
    path = result[1] / "people" / left
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"something")
    assert _named(result) == expected


@pytest.mark.parametrize(
    ("move", "expected"),
    [
        (("person_001", "person_001/ana1.jpg"), 'such as "scene_.*got "ana1.jpg".*leave the names'),
        (("person_001", "{name}"), "in the folder of a person, found it in none"),
    ],
)
def test_a_crop_out_of_place_is_named(result, move, expected):
    faces, folder, paths = result
    paths[0].rename(folder / "people" / move[1].format(name=paths[0].name))
    with pytest.raises(InputError, match=expected):
        labels_of_crops(faces, folder)


def test_a_crop_in_two_folders_is_named_with_both(result):
    faces, folder, paths = result
    shutil.copy(paths[0], folder / "people/person_002" / paths[0].name)
    with pytest.raises(InputError, match=r"person_002.*also in .*person_001; leave it in one"):
        labels_of_crops(faces, folder)


def test_a_crop_of_another_result_is_named(result):
    faces, folder, paths = result
    paths[0].rename(paths[0].with_name(paths[0].name.replace("f000000", "f000123")))
    with pytest.raises(InputError, match=r"f000123.*no face of this result"):
        labels_of_crops(faces, folder)


def test_folders_that_name_nobody_are_refused(result):
    faces, folder, _ = result
    for name in ("person_001", "person_002", "person_003"):
        shutil.rmtree(folder / "people" / name)
    with pytest.raises(InputError, match="named after people, found none"):
        labels_of_crops(faces, folder)
    shutil.rmtree(folder / "people")
    with pytest.raises(InputError, match="expected the folders of crops"):
        labels_of_crops(faces, folder)
