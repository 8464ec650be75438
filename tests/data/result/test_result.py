"""A result in its folder: saved, loaded, saved over an earlier one, and what is refused."""

import dataclasses
import errno
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from castlist.data.errors import InputError
from castlist.data.result.crops import KeptCrops
from castlist.data.result.facts import ModelFacts, RunFacts, SourceFacts
from castlist.data.result.result import StoredResult, is_result
from castlist.data.result.store import SCHEMA_VERSION
from castlist.data.tables.codes import DecidedBy, Notice, NoticeCode, Reason
from cli_tools import contents, leftovers
from result_tools import PlainCrops

PEOPLE = [0, 0, 1, -1, 1, 0]


@pytest.fixture(name="result")
def _result(make_faces):
    """Two people and an unknown face of a film and a photo."""
    known = np.array(PEOPLE) >= 0
    faces = make_faces(
        6,
        source=["film.mp4"] * 5 + ["a/b.jpg"],
        frame=[0, 5, 5, 10, 10, 0],
        time_s=[0.0, 1.0, 1.0, 2.0, 2.0, np.nan],
        box=[[10.0 + 60 * (row % 2), 10, 50 + 60 * (row % 2), 60] for row in range(6)],
        track=[0, 0, 1, 2, 1, 3],
        face_vector=np.random.default_rng(0).normal(size=(6, 4)),
        cloth_vector=np.r_[np.eye(3), np.eye(3)],
        person_before=[0, 0, 1, -1, -1, 0],
        person=PEOPLE,
        strength=np.where(known, 0.75, 0),
        decided_by=np.where(known, DecidedBy.FACE, DecidedBy.NONE),
        reason=[0, 0, 0, Reason.NOT_CLEAR, Reason.SAME_CLOTHES, 0],
        about=[-1, -1, -1, 0, 1, -1],
    )
    run = RunFacts(
        sources=(
            SourceFacts("film.mp4", frames=(0, 5, 10), frames_s=(0.0, 1.0, 2.0), duration_s=3.0),
            SourceFacts("a/b.jpg", "photo"),
        ),
        models=ModelFacts({"detector": "x 1"}, 0.6, {"faceres": (0, 4)}),
        seconds={"looking": 1.5},
        configuration={"track": {"max_face_distance": None}, "frames": {"fps": 5.0}},
        versions={"castlist": "1.2"},
        notices=(Notice(NoticeCode.CLOTH_ONLY_PEOPLE, {"num_people": 1}),),
        input_hash="abc",
        predicted_precision=0.98,
    )
    return StoredResult(faces, run, PlainCrops(6))


def write_page(_result, out):
    (out / "report.html").write_text("a page")
    (out / "people" / "person_001.jpg").write_bytes(b"a sheet")


@pytest.fixture(name="saved")
def _saved(result, tmp_path):
    """The folder of that result, with its page."""
    result.save(tmp_path / "saved", write_pages=write_page)
    return tmp_path / "saved"


def assert_same_table(faces, other):
    for name, column in faces.columns().items():
        np.testing.assert_array_equal(column, other.columns()[name], err_msg=name)


# Loading


def test_a_saved_result_is_loaded_as_it_was(result, saved):
    back = StoredResult.load(saved)
    assert_same_table(result.faces, back.faces)
    assert back.run == result.run
    assert [back.crops[row] for row in range(6)] == [result.crops[row] for row in range(6)]
    assert [person.name for person in back.people] == ["person_001", "person_002"]
    assert [len(person.rows) for person in back.people] == [3, 2]
    assert back.unknown.rows.tolist() == [3]
    assert back.source_names == {"film.mp4", "a/b.jpg"}
    assert (back.folder, back.name) == (saved, str(saved))


def test_a_loaded_result_saved_elsewhere_is_the_same_folder(saved, tmp_path):
    StoredResult.load(saved).save(tmp_path / "copy")
    assert contents(tmp_path / "copy") == contents(saved)


def test_a_loaded_result_saved_over_itself_stays_the_same(saved):
    (saved / "link").symlink_to("nowhere")
    before = contents(saved)
    StoredResult.load(saved).save(saved, overwrite=True)
    assert contents(saved) == before
    assert (saved / "link").is_symlink()


def test_what_a_user_put_into_the_folder_comes_along(saved, tmp_path):
    (saved / "notes.txt").write_text("to do")
    (saved / "edits.jsonl").write_text("{}\n")
    (saved / "link").symlink_to("notes.txt")
    StoredResult.load(saved).save(tmp_path / "copy")
    assert contents(tmp_path / "copy") == contents(saved)
    assert (tmp_path / "copy" / "link").is_symlink()


def test_a_crop_that_was_moved_is_found_by_its_row_and_stays_where_it_lies(result, saved, tmp_path):
    path = saved / result.crop_paths[2]
    moved = saved / "people" / "Anna" / "red" / path.name
    moved.parent.mkdir(parents=True)
    path.rename(moved)
    back = StoredResult.load(saved)
    assert back.crops[2] == result.crops[2]
    assert back.crops.path(2) == moved
    back.save(tmp_path / "copy")
    assert contents(tmp_path / "copy") == contents(saved)


def test_a_crop_that_was_deleted_is_missed_only_when_it_is_needed(result, saved):
    (saved / result.crop_paths[3]).unlink()
    back = StoredResult.load(saved)
    assert back.crops.path(3) is None
    assert back.crops[4] == result.crops[4]
    with pytest.raises(InputError, match="row 3: its crop is no longer"):
        back.crops[3]


def test_a_result_whose_crop_was_deleted_is_saved_without_it(saved, tmp_path):
    deleted = next((saved / "people" / "person_001").glob("*.jpg"))
    name, others = deleted.name, len(list((saved / "people").rglob("*_f*.jpg"))) - 1
    deleted.unlink()
    loaded = StoredResult.load(saved)
    loaded.keep(np.arange(len(loaded.faces))).save(tmp_path / "again")
    crops = [path.name for path in (tmp_path / "again" / "people").rglob("*_f*.jpg")]
    assert len(crops) == others
    assert name not in crops


def test_crops_of_some_rows_are_those_of_the_rows(result, saved):
    kept = StoredResult.load(saved).keep(np.array([4, 1]))
    assert isinstance(kept.crops, KeptCrops)
    assert [kept.crops[row] for row in (0, 1)] == [result.crops[4], result.crops[1]]
    assert kept.folder is None


# Saving over an earlier result


def other_result(result):
    """Make another run's result: the second person is gone."""
    person = np.where(result.faces.person == 1, -1, result.faces.person)
    return dataclasses.replace(result, faces=result.faces.replace(person=person))


def test_what_is_not_castlists_own_stays(result, saved):
    anna = saved / "people" / "Anna"
    anna.mkdir()
    crop = saved / result.crop_paths[2]
    moved = crop.read_bytes()
    crop.rename(anna / crop.name)
    (saved / "people" / "person_002" / "why.txt").write_text("a note")
    (saved / "notes.txt").write_text("to do")
    (saved / "edits.jsonl").write_text('{"name": "Anna"}\n')
    (saved / "link").symlink_to("notes.txt")
    other_result(result).save(saved, overwrite=True)
    assert (anna / crop.name).read_bytes() == moved
    assert (saved / "people" / "person_002" / "why.txt").read_text() == "a note"
    assert (saved / "notes.txt").read_text() == "to do"
    assert (saved / "edits.jsonl").read_text() == '{"name": "Anna"}\n'
    assert (saved / "link").is_symlink()


def test_what_castlist_wrote_before_goes(result, saved, tmp_path):
    other = other_result(result)
    other.save(saved, overwrite=True)
    other.save(tmp_path / "fresh")
    assert contents(saved) == contents(tmp_path / "fresh")
    assert not (saved / "people" / "person_002").exists()
    assert not (saved / "report.html").exists()


@pytest.mark.parametrize("damage", ["version", "table", "run"])
def test_what_castlist_wrote_goes_also_when_it_cannot_be_read_any_more(
    result, saved, tmp_path, damage
):
    (saved / "people" / "Anna").mkdir()
    (saved / "people" / "Anna" / "photo.jpg").write_bytes(b"hers")
    if damage == "version":
        metadata = {"castlist": json.dumps({"schema": SCHEMA_VERSION - 1})}
        table = pq.read_table(saved / "faces.parquet").replace_schema_metadata(metadata)
        pq.write_table(table, saved / "faces.parquet")
    else:
        (saved / {"table": "faces.parquet", "run": "run.json"}[damage]).write_text("no")
    other = other_result(result)
    other.save(saved, overwrite=True)
    other.save(tmp_path / "fresh")
    kept = {"people/Anna/photo.jpg": b"hers"}
    assert contents(saved) == contents(tmp_path / "fresh") | kept


def test_an_earlier_result_is_replaced_only_when_asked(result, saved):
    before = contents(saved)
    with pytest.raises(InputError, match="add --overwrite"):
        other_result(result).save(saved)
    assert contents(saved) == before


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), KeyboardInterrupt()]
)
@pytest.mark.parametrize("during", ["crops", "pages", "the user's files"])
def test_a_full_disk_or_ctrl_c_leaves_the_earlier_result_as_it_was(
    result, saved, monkeypatch, error, during
):
    (saved / "notes.txt").write_text("to do")
    before = contents(saved)

    def fail(*_arguments, **_options):
        raise error

    if during == "the user's files":
        monkeypatch.setattr(shutil, "copy2", fail)
    options = {"write_pages": fail} if during == "pages" else {}
    if during == "crops":
        options["progress"] = lambda _step, done, _total: fail() if done == 3 else None
    with pytest.raises(type(error)):
        other_result(result).save(saved, overwrite=True, **options)
    assert contents(saved) == before
    assert leftovers(saved.parent) == []


# What is refused


def one_line(error):
    assert "\n" not in str(error.value)
    return str(error.value)


def test_what_is_no_result_is_refused_in_a_line(tmp_path):
    assert not is_result(tmp_path)
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(InputError) as error:
            StoredResult.load(folder)
        assert one_line(error) == (
            f"{folder}: expected a result of castlist find, found no faces.parquet there"
        )


def test_a_result_of_another_version_is_refused_in_a_line(saved):
    metadata = {"castlist": json.dumps({"schema": SCHEMA_VERSION + 1})}
    table = pq.read_table(saved / "faces.parquet").replace_schema_metadata(metadata)
    pq.write_table(table, saved / "faces.parquet")
    with pytest.raises(InputError) as error:
        StoredResult.load(saved)
    assert f"version {SCHEMA_VERSION}, got {SCHEMA_VERSION + 1}; make it again" in one_line(error)


def test_a_result_without_its_run_is_refused_in_a_line(saved):
    (saved / "run.json").unlink()
    with pytest.raises(InputError) as error:
        StoredResult.load(saved)
    assert one_line(error) == f"expected {saved / 'run.json'}, found no such file"
    assert is_result(saved)  # it claims to be one


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "[]", "{}", '{"sources": 3}', '{"sources": [3]}', '{"sources": [{}]}'),
        '{"sources": [{"name": "a.mp4", "rate": "fast"}]}',
        '{"sources": [], "notices": [{"code": "weather", "numbers": {}}]}',
        '{"sources": [], "models": {"cloth_columns": {"network": 3}}}',
    ],
)
def test_a_damaged_run_is_refused_in_a_line(saved, text):
    (saved / "run.json").write_text(text)
    with pytest.raises(InputError) as error:
        StoredResult.load(saved)
    assert one_line(error).startswith(
        f"{saved / 'run.json'}: expected what castlist find wrote, but "
    )
    assert one_line(error).endswith("; make the result again")


@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
def test_a_table_cut_off_is_refused_in_a_line(saved, share):
    path = saved / "faces.parquet"
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(InputError) as error:
        StoredResult.load(saved)
    assert one_line(error).startswith(f"{path}: expected a Parquet file of castlist's")


def test_a_table_with_values_that_cannot_be_is_refused_in_a_line(saved):
    path = saved / "faces.parquet"
    table = pq.read_table(path)
    column = table.schema.get_field_index("strength")
    values = np.full(len(table), 2, np.float32)
    pq.write_table(table.set_column(column, "strength", [values]), path)
    with pytest.raises(InputError) as error:
        StoredResult.load(saved)
    assert "strength: expected values from 0 to 1" in one_line(error)
    assert str(path) in one_line(error)


def test_a_table_of_a_source_that_the_run_does_not_name_is_refused_in_a_line(saved):
    run = json.loads((saved / "run.json").read_text())
    del run["sources"][1]
    (saved / "run.json").write_text(json.dumps(run))
    with pytest.raises(InputError) as error:
        StoredResult.load(saved)
    assert "a/b.jpg" in one_line(error)
    assert str(saved / "run.json") in one_line(error)


# What it takes


def test_loading_and_saving_need_no_network_and_no_stage(saved, tmp_path):
    code = (
        "import sys\n"
        "from castlist.data.result.result import StoredResult\n"
        "StoredResult.load(sys.argv[1]).save(sys.argv[2])\n"
        "heavy = ('torch', 'cv2', 'av', 'openvino', 'sklearn', 'castlist.clustering')\n"
        "print(*(name for name in heavy if name in sys.modules))\n"
    )
    command = [sys.executable, "-c", code, str(saved), str(tmp_path / "copy")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
    assert contents(tmp_path / "copy") == contents(Path(saved))
