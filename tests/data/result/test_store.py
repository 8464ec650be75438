import json
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from castlist.data.errors import InputError
from castlist.data.result.cast import Cast
from castlist.data.result.facts import ModelFacts
from castlist.data.result.store import SCHEMA_VERSION, read_faces, to_arrow, write_faces
from castlist.data.tables.faces import Faces


def _assert_equal(faces, others):
    for name, column in faces.columns().items():
        other = getattr(others, name)
        assert (column.shape, column.dtype.kind) == (other.shape, other.dtype.kind), name
        np.testing.assert_array_equal(column, other, err_msg=name)  # NaN equals NaN


@pytest.fixture(name="faces")
def _faces(make_faces):
    random = np.random.default_rng(0)
    vectors = random.normal(size=(5, 7))
    vectors[2] = np.nan
    return make_faces(
        5,
        source=["a.mp4", "häß/b.jpg", "a.mp4", "a.mp4", "c"],
        time_s=[0.1, np.nan, 1 / 3, 1e9, 0],
        landmarks=random.normal(size=(5, 5, 2)),
        face_vector=vectors,
        cloth_box=[[1, 2, 3, 4]] * 3 + [[np.nan] * 4] * 2,
        cloth_vector=vectors[:, :3],
        quality=random.random(5),
        noise=[np.nan, 0.7, 9.5, 0, 3],
        brightness=[np.nan, 12.5, 200, 0, 255],
        person=[0, 1, -1, 0, 2],
        decided_by=[0, 1, 2, 1, 1],
        second_person=[-1, 2, 1, -1, 0],
        reason=[0, 2, 7, 4, 0],
        about=[-1, 1, 0, -1, -1],
        face_evidence=[np.nan, 1.2, np.nan, np.nan, np.nan],
        cloth_evidence=[np.nan, 0.75, -1 / 3, np.nan, np.nan],
    )


def test_a_table_comes_back_exactly(faces, tmp_path):
    write_faces(faces, tmp_path / "faces.parquet", {})
    _assert_equal(faces, read_faces(tmp_path / "faces.parquet")[0])


def test_a_table_of_before_a_column_came_is_read_as_not_knowing_it(faces, tmp_path):
    write_faces(faces.replace(still_s=np.arange(5)), tmp_path / "now.parquet", {})
    older = pq.read_table(tmp_path / "now.parquet").drop_columns("still_s")
    pq.write_table(older, tmp_path / "older.parquet")
    _assert_equal(faces, read_faces(tmp_path / "older.parquet")[0])


def test_a_table_without_rows_comes_back_with_the_length_of_its_vectors(tmp_path):
    write_faces(Faces.empty(128, 64), tmp_path / "faces.parquet", {})
    _assert_equal(Faces.empty(128, 64), read_faces(tmp_path / "faces.parquet")[0])


@pytest.mark.parametrize("num_faces", [0, 2])
def test_a_table_without_vectors_comes_back(make_faces, tmp_path, num_faces):
    write_faces(make_faces(num_faces), tmp_path / "faces.parquet", {})
    _assert_equal(make_faces(num_faces), read_faces(tmp_path / "faces.parquet")[0])


def test_a_table_comes_back_from_several_row_groups(faces, tmp_path):
    write_faces(faces, tmp_path / "one.parquet", {})
    pq.write_table(pq.read_table(tmp_path / "one.parquet"), tmp_path / "more.parquet", 2)
    assert pq.ParquetFile(tmp_path / "more.parquet").num_row_groups == 3
    _assert_equal(faces, read_faces(tmp_path / "more.parquet")[0])


def test_a_long_table_is_written_by_some_rows_at_a_time(make_faces, tmp_path):
    vectors = np.full((3_000, 3), np.nan, np.float32)
    vectors[::7] = np.arange(len(vectors[::7]))[:, None] + [0, 0.25, 0.5]
    faces = make_faces(3_000, frame=np.arange(3_000), face_vector=vectors)
    write_faces(faces, tmp_path / "faces.parquet", {}, cast=Cast.of_ranks(faces))
    assert pq.ParquetFile(tmp_path / "faces.parquet").num_row_groups == 2
    _assert_equal(faces, read_faces(tmp_path / "faces.parquet")[0])


MODELS = ModelFacts(
    face_columns={"faceres": (0, 3), "face-reidentification-retail-0095": (3, 7)},
    cloth_columns={"network": (0, 1), "colours": (1, 3)},
)


def test_each_network_has_a_column_of_its_own_and_the_table_comes_back(faces, tmp_path):
    write_faces(faces, tmp_path / "faces.parquet", {}, MODELS)
    columns = pq.read_table(tmp_path / "faces.parquet").column_names
    vectors = {name for name in columns if "vector" in name}
    assert vectors == {
        "face_vector faceres",
        "face_vector face-reidentification-retail-0095",
        "cloth_vector network",
        "cloth_vector colours",
    }
    found, facts = read_faces(tmp_path / "faces.parquet")
    _assert_equal(faces, found)
    assert "vectors" not in facts


def test_an_empty_table_keeps_the_columns_of_its_networks(tmp_path):
    write_faces(Faces.empty(7, 3), tmp_path / "faces.parquet", {}, MODELS)
    _assert_equal(Faces.empty(7, 3), read_faces(tmp_path / "faces.parquet")[0])


def test_vectors_of_which_the_networks_are_not_all_known_stay_whole(faces, tmp_path):
    half = ModelFacts(face_columns={"faceres": (0, 3)})
    write_faces(faces, tmp_path / "faces.parquet", {}, half)
    assert "face_vector" in pq.read_table(tmp_path / "faces.parquet").column_names
    _assert_equal(faces, read_faces(tmp_path / "faces.parquet")[0])


def test_a_table_that_lost_the_column_of_a_network_is_refused(faces, tmp_path):
    write_faces(faces, tmp_path / "all.parquet", {}, MODELS)
    table = pq.read_table(tmp_path / "all.parquet").drop_columns(["face_vector faceres"])
    pq.write_table(table, tmp_path / "some.parquet")
    with pytest.raises(InputError, match="none called face_vector faceres"):
        read_faces(tmp_path / "some.parquet")


def test_facts_come_back(faces, tmp_path):
    facts = {"run": {"seconds": 1.5, "names": ["é", "b"]}}
    write_faces(faces, tmp_path / "faces.parquet", facts)
    assert read_faces(tmp_path / "faces.parquet")[1]["run"] == facts["run"]


def test_facts_cannot_change_the_version(faces, tmp_path):
    write_faces(faces, tmp_path / "faces.parquet", {"schema": "mine"})
    assert read_faces(tmp_path / "faces.parquet")[1]["schema"] == SCHEMA_VERSION


def test_pandas_opens_plain_columns(faces, tmp_path):
    write_faces(faces, tmp_path / "faces.parquet", {})
    table = pd.read_parquet(tmp_path / "faces.parquet")
    assert table["source"].tolist() == faces.source.tolist()
    assert table[["x1", "y1", "x2", "y2"]].to_numpy().tolist() == faces.box.tolist()
    assert table["person"].tolist() == [0, 1, -1, 0, 2]
    assert table["face_vector"][0].tolist() == faces.face_vector[0].tolist()
    assert table.groupby("person").size()[0] == 2


def test_reading_does_not_import_pandas_which_takes_longer_than_most_tables(faces, tmp_path):
    write_faces(faces, tmp_path / "faces.parquet", {})
    code = (
        "import sys; from pathlib import Path; from castlist.data.result.store import read_faces;"
        " print(len(read_faces(Path(sys.argv[1]))[0]), 'pandas' in sys.modules)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "faces.parquet")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(len(faces)), "False"]


def test_no_file_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"faces.parquet: expected a table .* found no file"):
        read_faces(tmp_path / "faces.parquet")


@pytest.mark.parametrize("content", [b"", b"source,frame\na.mp4,1\n", b"PAR1 but no more PAR1"])
def test_what_is_not_parquet_is_refused(tmp_path, content):
    (tmp_path / "faces.parquet").write_bytes(content)
    with pytest.raises(InputError, match=r"faces.parquet: expected a Parquet file"):
        read_faces(tmp_path / "faces.parquet")


def test_a_parquet_file_of_somebody_else_is_refused(tmp_path):
    pq.write_table(pa.table({"x": [1]}), tmp_path / "x.parquet")
    with pytest.raises(InputError, match=f"table of version {SCHEMA_VERSION}, got none"):
        read_faces(tmp_path / "x.parquet")


@pytest.mark.parametrize("version", [SCHEMA_VERSION - 1, SCHEMA_VERSION + 1])
def test_a_table_of_another_version_is_refused(faces, tmp_path, version):
    facts = {"castlist": json.dumps({"schema": version})}
    pq.write_table(to_arrow(faces).replace_schema_metadata(facts), tmp_path / "other.parquet")
    with pytest.raises(InputError, match=re.escape(f"got {version}; make it again")):
        read_faces(tmp_path / "other.parquet")


def test_a_table_that_lost_a_column_is_refused(faces, tmp_path):
    write_faces(faces, tmp_path / "all.parquet", {})
    table = pq.read_table(tmp_path / "all.parquet").drop_columns(["reason"])
    pq.write_table(table, tmp_path / "some.parquet")
    with pytest.raises(InputError, match="none called reason"):
        read_faces(tmp_path / "some.parquet")


@pytest.mark.parametrize(
    "said", [b"3", b"[]", b"{", b"1e308", b'{"schema": 3, "vectors": 7}', b'{"schema": "x"}']
)
def test_a_table_that_says_odd_things_of_itself_is_refused_in_a_line(faces, tmp_path, said):
    write_faces(faces, tmp_path / "faces.parquet", {})
    table = pq.read_table(tmp_path / "faces.parquet")
    pq.write_table(table.replace_schema_metadata({"castlist": said}), tmp_path / "faces.parquet")
    with pytest.raises(InputError, match=r"expected (a castlist table of version|the names)"):
        read_faces(tmp_path / "faces.parquet")
