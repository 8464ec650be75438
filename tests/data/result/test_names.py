import numpy as np
import pytest
from castlist.data.result.names import (
    crop_names,
    face_numbers,
    parse_crop_name,
    parse_person_name,
    person_name,
    rows_by_crop_key,
    source_slugs,
)
from castlist.data.tables.faces import Faces
from hypothesis import given, settings
from hypothesis import strategies as st


def table(source, frame, time_s, x1):
    x1 = np.asarray(x1, float)
    return Faces.of_detections(
        source=source,
        frame=frame,
        time_s=time_s,
        box=np.stack([x1, x1 * 0, x1 + 10, x1 * 0 + 10], axis=1),
    )


def test_a_name_tells_source_film_time_frame_and_place_in_the_picture():
    faces = table(["scene.mp4"] * 3, [149, 149, 90_000], [12.4, 12.4, 3725.0614], [200, 30, 5])
    assert crop_names(faces, photos=()) == [
        "scene_00h00m12.400s_f000149_1.jpg",
        "scene_00h00m12.400s_f000149_0.jpg",
        "scene_01h02m05.061s_f090000_0.jpg",
    ]


def test_photos_are_named_by_date_or_undated():
    faces = table(["a/IMG 1.JPG", "IMG2.jpg"], [0, 0], [1563105842.0, np.nan], [0, 0])
    assert crop_names(faces, photos={"a/IMG 1.JPG", "IMG2.jpg"}) == [
        "a_IMG_1_2019-07-14_12h04m02s_f000000_0.jpg",
        "IMG2_undated_f000000_0.jpg",
    ]


def test_names_lead_back_to_their_rows():
    rng = np.random.default_rng(0)
    sources = ["b.mp4", "B.mov", "dir/b.mp4", "<b>?.mp4", "Фильм.mkv", "x_f000001_0.jpg", "CON"]
    faces = table(
        rng.choice(sources, 300),
        rng.integers(0, 20, 300),
        rng.uniform(0, 9000, 300),
        rng.integers(0, 5, 300),  # many faces of a picture begin at the same place
    )
    names = crop_names(faces, photos={"<b>?.mp4"})
    assert len({name.casefold() for name in names}) == 300
    rows = rows_by_crop_key(faces)
    assert [rows[parse_crop_name(name)] for name in names] == list(range(300))


def test_names_sort_by_time_within_a_source():
    times = np.sort(np.random.default_rng(1).uniform(0, 20_000, 50))
    names = crop_names(table(["a.mp4"] * 50, range(50), times, [0] * 50), photos=())
    assert names == sorted(names)


def test_faces_are_numbered_left_to_right_in_each_picture_whatever_the_order_of_rows():
    faces = table(["b", "a", "a", "b", "a"], [1, 1, 1, 1, 2], [0] * 5, [50, 9, 3, 20, 7])
    assert face_numbers(faces).tolist() == [1, 1, 0, 0, 0]
    assert face_numbers(Faces.empty()).tolist() == []


@settings(max_examples=30)
@given(st.lists(st.text(max_size=80), max_size=8))
def test_slugs_are_safe_and_different_for_any_text(sources):
    slugs = source_slugs(sources)
    assert set(slugs) == set(sources)
    assert len({slug.casefold() for slug in slugs.values()}) == len(set(sources))
    for slug in slugs.values():
        assert slug
        assert len(slug.encode()) <= 130
        assert not set(slug) & set('<>:"/\\|?*\0\n ')


@pytest.mark.parametrize("name", ["scene.jpg", "a_00h00m12s_f000001_0.jpg", "_f000001_0.jpg", ""])
def test_other_file_names_are_refused_with_an_example(name):
    with pytest.raises(ValueError, match="such as"):
        parse_crop_name(name)


def test_people_count_from_one_and_back():
    assert [person_name(person) for person in (-1, 0, 11, 41, 999, 1233)] == [
        *("unknown", "person_001", "person_012", "person_042", "person_1000", "person_1234")
    ]
    assert [parse_person_name(person_name(n)) for n in (-1, 0, 41, 1233)] == [-1, 0, 41, 1233]
    for wrong in ("person_000", "person_1", "Ana"):
        with pytest.raises(ValueError, match="person_001"):
            parse_person_name(wrong)
