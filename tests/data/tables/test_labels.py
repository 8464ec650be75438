import os
from pathlib import Path

import numpy as np
import pytest
from castlist.data.errors import InputError
from castlist.data.tables.label_files import read_labels, write_labels
from castlist.data.tables.label_repeats import without_repeats
from castlist.data.tables.labels import IGNORE, NOT_A_FACE, Labels, refuse_later, refuse_outside

DEMO = Path(__file__).parents[3] / "data" / "demo" / "labels.csv"

DATA = Path(os.environ.get("CASTLIST_DATA", Path(__file__).parents[4] / "shared" / "data"))


def _write(folder: Path, text: str) -> Path:
    path = folder / "labels.csv"
    path.write_text(text, encoding="utf-8")
    return path


FILM = """source,frame,x,y,w,h,person,outfit
film.mp4,8,10,20,30.5,40,ana,red
film.mp4,8,100,20,30,40,not_a_face,
film.mp4,4,-0.5,20,30,40,ben,
other.mp4,2,10,20,30,40,ignore,
"""


def test_a_box_is_read_as_its_corners(tmp_path):
    labels = read_labels(_write(tmp_path, FILM))
    np.testing.assert_array_equal(labels.box[0], [10, 20, 40.5, 60])
    assert labels.frame.tolist() == [8, 8, 4, 2]
    assert labels.outfit.tolist() == ["red", "", "", ""]
    assert labels.height_px.tolist() == [40, 40, 40, 40]


def test_boxes_of_no_face_and_ignored_ones_are_told_from_people(tmp_path):
    labels = read_labels(_write(tmp_path, FILM))
    assert labels.person.tolist() == ["ana", NOT_A_FACE, "ben", IGNORE]
    assert labels.is_face.tolist() == [True, False, True, False]


def test_frames_are_sorted_each_once_and_of_one_source(tmp_path):
    labels = read_labels(_write(tmp_path, FILM))
    assert labels.frames("film.mp4").tolist() == [4, 8]
    assert labels.frames("no such film").tolist() == []


def test_photos_need_neither_frame_nor_box(tmp_path):
    labels = read_labels(_write(tmp_path, "file,person,note\na.jpg,ana,yes\nb.jpg,ben,no\n"))
    assert labels.source.tolist() == ["a.jpg", "b.jpg"]
    assert labels.frame.tolist() == [0, 0]
    assert not labels.has_box.any()
    assert np.isnan(labels.height_px).all()


def test_pose_is_nan_where_it_is_not_known(tmp_path):
    labels = read_labels(_write(tmp_path, "file,person,yaw_deg\na.jpg,ana,-12.5\nb.jpg,ben,\n"))
    np.testing.assert_array_equal(labels.yaw_deg, [-12.5, np.nan])
    assert np.isnan(labels.pitch_deg).all()


def test_the_demo_is_read_whole():
    labels = read_labels(DEMO)
    assert len(labels) == 2019
    assert len(set(labels.person.tolist())) == 8
    assert np.isfinite([labels.yaw_deg, labels.pitch_deg, labels.visibility]).all()


def test_a_header_without_rows_is_refused(tmp_path):
    with pytest.raises(InputError, match="expected a row for each labelled face"):
        read_labels(_write(tmp_path, "source,frame,x,y,w,h,person\n"))


@pytest.mark.parametrize("other", ["Zoe\u0308", " Zo\u00eb  ", "Zo\u00eb\u00a0"])
def test_a_name_is_one_person_in_both_forms_of_unicode_and_with_more_blanks(tmp_path, other):
    text = f"file,person,outfit\na.jpg,{other} Roux,red  coat\nb.jpg,Zo\u00eb Roux,red coat\n"
    labels = read_labels(_write(tmp_path, text))
    assert set(labels.person.tolist()) == {"Zo\u00eb Roux"}
    assert set(labels.outfit.tolist()) == {"red coat"}


def test_what_is_no_face_may_be_written_in_capitals(tmp_path):
    labels = read_labels(_write(tmp_path, FILM.replace("not_a_face", "Not_a_Face")))
    assert labels.person.tolist() == ["ana", NOT_A_FACE, "ben", IGNORE]


def test_a_film_is_found_by_its_name_in_both_forms_of_unicode(tmp_path):
    labels = read_labels(_write(tmp_path, FILM.replace("film.mp4", "fe\u0301te.mp4")))
    assert labels.named_like(["f\u00e9te.mp4", "other.mp4"]).source[0] == "f\u00e9te.mp4"


def test_rows_that_are_there_twice_count_once_and_are_reported(tmp_path):
    again = "film.mp4,8,10.4,20,30.5,39.6,ana,red\nfilm.mp4,4,-0.5,20,30,40,ben,\n"
    labels = read_labels(_write(tmp_path, FILM + again))
    once = read_labels(_write(tmp_path, FILM))
    np.testing.assert_array_equal(labels.box, once.box)
    assert labels.where.tolist() == once.where.tolist()
    assert labels.notes == (
        "2 rows of labels repeat another, labels.csv line 6 that of labels.csv line 2;"
        " each face counts once",
    )
    both = without_repeats(Labels.concatenate([once, once]))
    assert (len(both), len(both.notes)) == (4, 1)
    assert not once.notes


def test_photos_without_boxes_may_be_there_twice_too(tmp_path):
    labels = read_labels(_write(tmp_path, "file,person\na.jpg,ana\na.jpg,ana\n"))
    assert (len(labels), len(labels.notes)) == (1, 1)


def test_two_people_for_one_face_are_refused(tmp_path):
    with pytest.raises(InputError) as error:
        read_labels(_write(tmp_path, FILM + "film.mp4,8,11,20,30,40,eve,\n"))
    assert str(error.value) == (
        "labels.csv line 6: expected one person for a face, got eve, and ana in labels.csv line 2;"
        " delete one of the two rows"
    )


def test_boxes_that_are_shares_of_the_picture_are_refused(tmp_path):
    text = "source,frame,x,y,w,h,person\nf.mp4,8,0.1,0.2,0.3,0.4,ana\nf.mp4,9,.7,.5,.9,.3,ben\n"
    with pytest.raises(InputError, match="line 2: expected x, y, w, h in pixels, got none above 1"):
        read_labels(_write(tmp_path, text))


def test_a_time_after_the_end_of_the_film_is_refused_with_its_line(tmp_path):
    labels = read_labels(_write(tmp_path, "film,time,who\nfilm.mp4,0:59,ana\n"))
    refuse_later(labels, "film.mp4", 58.4)
    refuse_later(labels, "film.mp4", None)
    with pytest.raises(InputError, match=r"line 2: expected a time within the 40 seconds"):
        refuse_later(labels, "film.mp4", 40.0)


@pytest.mark.parametrize("column", range(7))
def test_a_cell_of_any_length_is_refused_in_a_short_line(tmp_path, column):
    cells = ["film.mp4", "8", "1", "2", "3", "4", "ana"]
    cells[column] = "9" * 18_000
    with pytest.raises(InputError) as error:
        read_labels(_write(tmp_path, f"source,frame,x,y,w,h,person\n{','.join(cells)}\n"))
    assert "line 2: expected" in str(error.value)
    assert len(str(error.value)) < 200
    with pytest.raises(InputError, match="expected the columns source"):
        read_labels(_write(tmp_path, f"{','.join(cells)}\n"))


@pytest.mark.parametrize(
    ("bad", "complaint"),
    [
        ("film.mp4,eight,1,2,3,4,ana", "line 3: expected a frame of 0, 1, 2 ..., got 'eight'"),
        ("film.mp4,-1,1,2,3,4,ana", "line 3: expected a frame"),
        (f"film.mp4,1{'0' * 25},1,2,3,4,ana", "line 3: expected a frame of 0, 1, 2 ..., got '1000"),
        ("film.mp4,8,1,2,0,4,ana", "line 3: expected x, y, and w, h above 0, got 1, 2, 0, 4"),
        ("film.mp4,8,1,,3,4,ana", "line 3: expected x, y, and w, h above 0"),
        ("film.mp4,8,1,two,3,4,ana", "line 3: expected a number in y, got 'two'"),
        ("film.mp4,8,1,2,3,inf,ana", "line 3: expected a number in h, got 'inf'"),
        ("film.mp4,8,1,2,3,4,", "line 3: expected a person, got an empty cell"),
        (",8,1,2,3,4,ana", "line 3: expected a source, got an empty cell"),
        ("film.mp4,8,1,2,3", "line 3: expected as many cells as the header has"),
        ("film.mp4,8,1,2,3,4,ana,more", "line 3: expected as many cells as the header has"),
        ("film.mp4,9,,,,,not_a_face", "line 3: expected a box with not_a_face, got none"),
        ("film.mp4,1,,,,,ben", "line 3: expected a box, since film.mp4 has another row"),
    ],
)
def test_a_bad_row_is_refused_with_its_line(tmp_path, bad, complaint):
    path = _write(tmp_path, f"source,frame,x,y,w,h,person\nfilm.mp4,1,1,2,3,4,ana\n{bad}\n")
    with pytest.raises(InputError) as error:
        read_labels(path)
    assert complaint in str(error.value)


@pytest.mark.parametrize(
    ("header", "complaint"),
    [
        ("source,frame,x,y,w,h", "expected the columns source (or file, film) and person"),
        ("source,file,person", "expected the columns source (or file, film) and person"),
        ("source,frame,x,y,w,person", "expected all of x, y, w, h or none, got x, y, w"),
        ("source,x,y,w,h,person", "expected a column frame"),
    ],
)
def test_missing_columns_are_refused_by_name(tmp_path, header, complaint):
    with pytest.raises(InputError) as error:
        read_labels(_write(tmp_path, header + "\n"))
    assert complaint in str(error.value)


def test_a_missing_file_and_a_picture_are_refused(tmp_path):
    with pytest.raises(InputError, match="found no file"):
        read_labels(tmp_path / "none.csv")
    picture = tmp_path / "picture.csv"
    picture.write_bytes(b"\xff\xd8\xff\xe0\x00\x10JFIF")
    with pytest.raises(InputError, match="expected a CSV of text"):
        read_labels(picture)


def test_a_frame_beyond_the_film_is_refused_with_its_line(tmp_path):
    labels = read_labels(_write(tmp_path, FILM))
    refuse_outside(labels, "film.mp4", num_frames=9, size_px=(640, 360))
    with pytest.raises(InputError, match=r"line 2: expected a frame below 8"):
        refuse_outside(labels, "film.mp4", num_frames=8, size_px=(640, 360))


def test_a_box_may_stick_out_but_not_lie_outside(tmp_path):
    labels = read_labels(_write(tmp_path, FILM))  # ben's box begins at x = -0.5
    refuse_outside(labels, "film.mp4", num_frames=9, size_px=(120, 60))
    with pytest.raises(InputError, match=r"line 3: expected a box in the 100x60 picture"):
        refuse_outside(labels, "film.mp4", num_frames=9, size_px=(100, 60))


def test_what_is_written_is_read_again(tmp_path):
    labels = read_labels(_write(tmp_path, FILM.replace("ana,", '"ana, the ""first""",')))
    write_labels(labels, tmp_path / "again.csv")
    again = read_labels(tmp_path / "again.csv")
    for name in ("source", "frame", "box", "person", "outfit"):
        np.testing.assert_array_equal(getattr(again, name), getattr(labels, name))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again.csv", "labels.csv"]


def test_what_is_not_known_of_a_film_refuses_nothing(tmp_path):
    labels = read_labels(_write(tmp_path, FILM))
    refuse_outside(labels, "film.mp4", num_frames=None, size_px=None)
    with pytest.raises(InputError, match=r"line 2: expected a box in the 5x5 picture"):
        refuse_outside(labels, "film.mp4", num_frames=None, size_px=(5, 5))


def test_tables_are_joined_and_sliced(tmp_path):
    labels = read_labels(_write(tmp_path, FILM))
    both = Labels.concatenate([labels, labels[labels.is_face]])
    assert both.person.tolist() == ["ana", NOT_A_FACE, "ben", IGNORE, "ana", "ben"]
    assert both.box.shape == (6, 4)
    with pytest.raises(ValueError, match="at least one table"):
        Labels.concatenate([])


def test_columns_cannot_be_written_to(tmp_path):
    labels = read_labels(_write(tmp_path, FILM))
    with pytest.raises(ValueError, match="read-only"):
        labels.frame[0] = 3


def test_a_source_gets_the_name_that_a_result_gives_it(tmp_path):
    labels = read_labels(_write(tmp_path, FILM))
    named = labels.named_like(["one/film.mp4", "other.mp4", "more/other.mp4"])
    assert named.source.tolist() == ["one/film.mp4"] * 3 + ["other.mp4"]
    assert labels.named_like(["lm.mp4", "a/film.mp4", "b/film.mp4"]).source[0] == "film.mp4"
    shorter = labels[:1].named_like(["a/film.mp4"]).named_like(["film.mp4"])
    assert shorter.source.tolist() == ["film.mp4"]


@pytest.mark.parametrize(
    ("name", "num_faces", "num_not_a_face", "num_people"),
    [
        ("friends_scene", 907, 103, 6),
        ("intel_asl", 229, 22, 5),
        ("meeting", 146, 0, 7),
        ("human_photos", 33, 0, 11),
    ],
)
def test_the_labels_to_measure_on_are_read_whole(name, num_faces, num_not_a_face, num_people):
    path = DATA / name / "labels.csv"
    if not path.exists():
        pytest.skip(f"{path} is not there: set CASTLIST_DATA to the folder of labelled films")
    labels = read_labels(path)
    assert int(labels.is_face.sum()) == num_faces
    assert int((labels.person == NOT_A_FACE).sum()) == num_not_a_face
    assert len(set(labels.person[labels.is_face].tolist())) == num_people


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_what_excel_saves_is_read(tmp_path, encoding, delimiter):
    point = "," if delimiter == ";" else "."
    rows = (["source", "frame", "x", "y", "w", "h", "person"],
            ["film.mp4", "3", f"10{point}5", "20", "30", "40", "Zoë"])  # fmt: skip
    path = tmp_path / "labels.csv"
    path.write_bytes("\r\n".join(map(delimiter.join, rows)).encode(encoding))
    labels = read_labels(path)
    assert labels.person.tolist() == ["Zoë"]
    assert labels.box.tolist() == [[10.5, 20, 40.5, 60]]


@pytest.mark.parametrize("name", ["=1+1", "-x", "@SUM(1)", "'quoted'", "Ana"])
def test_names_like_formulas_come_back_and_are_text_for_a_spreadsheet(tmp_path, name):
    labels = read_labels(_write(tmp_path, FILM.replace("ana,", f"{name},")))
    write_labels(labels, tmp_path / "again.csv")
    assert read_labels(tmp_path / "again.csv").person.tolist() == labels.person.tolist()
    cells = (tmp_path / "again.csv").read_text().replace("\n", ",").split(",")
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@", "-x"))]


def test_empty_rows_of_a_spreadsheet_and_its_hint_are_passed_over(tmp_path):
    text = "sep=;\n" + FILM.replace(",", ";") + ";;;;;;;\n" * 3
    assert read_labels(_write(tmp_path, text)).where[0] == "labels.csv line 3"
    plain = read_labels(_write(tmp_path, FILM + ",,,,,,,\n"))
    assert read_labels(_write(tmp_path, text)).person.tolist() == plain.person.tolist()


@pytest.mark.parametrize("ben", ["ben", 'ben"'])
def test_a_quote_that_never_ends_swallows_no_row(tmp_path, ben):
    with pytest.raises(InputError, match="a quote that never ends"):
        read_labels(_write(tmp_path, FILM.replace("ana,red", '"ana,red').replace("ben", ben)))


def test_a_whole_number_with_a_point_is_a_frame(tmp_path):
    text = FILM.replace("film.mp4,8,", "film.mp4,8.0,")
    assert read_labels(_write(tmp_path, text)).frame.tolist() == [8, 8, 4, 2]
