"""Formats of players, researchers and tools, read by programs that did not write them."""

import csv
import html
import json
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from dataclasses import replace

import duckdb
import numpy as np
import pandas as pd
import pytest
from castlist.clustering.exports.export import export
from castlist.clustering.exports.options import ExportOptions
from castlist.data.errors import InputError
from castlist.data.result.facts import SourceFacts
from castlist.data.shots.shots import person_shots
from shot_tools import FILMS, NamedResult, film_of, result_at

KEPT_MS = 0.00051


@pytest.fixture(params=FILMS)
def result(request):
    return result_at(FILMS[request.param])


@pytest.fixture
def photos():
    return [
        SourceFacts("b.jpg", kind="photo", size_px=(640, 480)),
        SourceFacts("in/c d.jpg", kind="photo", size_px=(640, 480), taken_s=1.5e9),
    ]


def wanted(result):
    return [
        (result.name_of(person), shot.start_s, shot.end_s)
        for person in (0, 1)
        for shot in person_shots(result, person)
    ]


def same(found, expected):
    assert len(found) == len(expected) >= 5
    for (name, *times), (wanted_name, *wanted_times) in zip(
        sorted(found), sorted(expected), strict=True
    ):
        assert name == wanted_name
        assert times == pytest.approx(wanted_times, abs=KEPT_MS)


def written(result, tmp_path, name, format_name=None, **options):
    export(result, tmp_path / name, ExportOptions(**options), format_name)
    return tmp_path / name


def seconds(text):
    hours, minutes, rest = text.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(rest)


def test_captions_read_by_webvtt(result, tmp_path):
    webvtt = pytest.importorskip("webvtt", reason="pip install webvtt-py")
    cues = list(webvtt.read(str(written(result, tmp_path, "a.vtt"))))
    found = [(html.unescape(cue.text), seconds(cue.start), seconds(cue.end)) for cue in cues]
    same(found, wanted(result))
    assert cues[0].identifier == "person_001-1"
    assert [seconds(cue.start) for cue in cues] == sorted(seconds(cue.start) for cue in cues)


def test_metadata_read_by_webvtt(result, tmp_path):
    webvtt = pytest.importorskip("webvtt", reason="pip install webvtt-py")
    cues = list(webvtt.read(str(written(result, tmp_path, "a.vtt", "vtt-metadata"))))
    contents = [json.loads(cue.raw_text) for cue in cues]
    found = [
        (content["name"], seconds(cue.start), seconds(cue.end))
        for content, cue in zip(contents, cues, strict=True)
    ]
    same(found, wanted(result))
    assert contents[0]["decided_by"] == "face"
    assert {content["person"] for content in contents} == {"person_001", "person_002"}


@pytest.mark.slow
def test_captions_read_by_chromium(tmp_path):
    browser = shutil.which("chromium")
    if browser is None:
        pytest.skip("needs chromium")
    result = result_at(FILMS["29.97 drop-frame"])
    written(result, tmp_path, "a.vtt")
    (tmp_path / "page.html").write_text(
        "<!doctype html><meta charset=utf-8><video><track default src='a.vtt'></video><pre></pre>"
        "<script>const t=document.querySelector('track');t.track.mode='hidden';t.onload=()=>"
        "document.querySelector('pre').textContent=JSON.stringify([...t.track.cues].map("
        "c=>[c.getCueAsHTML().textContent,c.startTime,c.endTime]))</script>"
    )
    command = [
        browser, "--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files",
        f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=5000", "--dump-dom",
        (tmp_path / "page.html").as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    [printed] = re.findall("<pre>(.*)</pre>", done.stdout)
    same([tuple(cue) for cue in json.loads(html.unescape(printed))], wanted(result))


@pytest.mark.filterwarnings("ignore")  # pympi opens files without closing them
def test_eaf_read_by_pympi(result, tmp_path):
    pympi = pytest.importorskip("pympi", reason="pip install pympi-ling")
    path = written(result, tmp_path, "a.eaf")
    eaf = pympi.Elan.Eaf(str(path))
    found = [
        (tier, start / 1000, end / 1000)
        for tier in ("Anna Å", "Carl & <Co>")
        for start, end, value in eaf.get_annotation_data_for_tier(tier)
        if value == tier
    ]
    same(found, wanted(result))
    sure = eaf.get_ref_annotation_data_for_tier("Anna Å: how sure")
    assert sure[0][2] == "97 % sure, by face"
    assert eaf.get_linked_files()[0]["MEDIA_URL"] == "file:///films/a.mov"
    assert eaf.get_parameters_for_tier("Anna Å")["PARTICIPANT"] == "Anna Å"


def test_the_moments_of_an_eaf_are_all_used_and_its_ids_differ(tmp_path):
    root = ET.parse(written(result_at(film_of()), tmp_path, "a.eaf")).getroot()
    slots = {slot.get("TIME_SLOT_ID") for slot in root.iter("TIME_SLOT")}
    used = {
        entry.get(f"TIME_SLOT_REF{end}")
        for entry in root.iter("ALIGNABLE_ANNOTATION")
        for end in "12"
    }
    assert slots == used
    ids = [entry.get("ANNOTATION_ID") for entry in root.iter() if entry.get("ANNOTATION_ID")]
    assert len(ids) == len(set(ids))


def test_rttm_read_by_pandas_and_pyannote(result, tmp_path):
    core = pytest.importorskip("pyannote.core", reason="pip install pyannote.core")
    path = written(result, tmp_path, "a.rttm")
    # as pyannote.database.util.load_rttm reads it
    names = ["type", "uri", "channel", "start", "duration", "a", "b", "speaker", "conf", "c"]
    table = pd.read_csv(path, names=names, sep=r"\s+", keep_default_na=False)
    annotation = core.Annotation(uri=table.uri[0])
    for row, turn in table.iterrows():
        segment = core.Segment(turn.start, turn.start + turn.duration)
        annotation[segment, row] = turn.speaker
    found = [
        (label.replace("_", " "), segment.start, segment.end)
        for segment, _, label in annotation.itertracks(yield_label=True)
    ]
    assert len(found) == len(wanted(result))
    for (name, *times), (wanted_name, *wanted_times) in zip(
        sorted(found), sorted(wanted(result)), strict=True
    ):
        assert name == wanted_name
        assert times == pytest.approx(wanted_times, abs=2 * KEPT_MS)
    assert set(table.type) == {"SPEAKER"}
    assert table.conf.tolist()[0] == pytest.approx(0.97, abs=1e-3)


def test_quotes_in_a_name_hide_no_line_of_an_rttm(tmp_path, monkeypatch):
    monkeypatch.setattr(NamedResult, "NAMES", ('"Doc', 'Jo "B" K', 'x"'))
    result = result_at(film_of())
    table = pd.read_csv(written(result, tmp_path, "a.rttm"), header=None, sep=r"\s+")
    assert len(table) == len(wanted(result))
    assert {*table[7]} == {"'Doc", "Jo_'B'_K"}


def test_tables_read_by_pandas(result, tmp_path):
    by_csv = pd.read_csv(written(result, tmp_path, "a.csv"))
    by_parquet = pd.read_parquet(written(result, tmp_path, "a.parquet"))
    for table in (by_csv, by_parquet):
        columns = table[["name", "start_s", "end_s"]]
        same([tuple(row) for row in columns.itertuples(index=False)], wanted(result))
        assert set(table.person) == {"person_001", "person_002"}
    shot = person_shots(result, 0)[0]
    first = by_csv.iloc[0]
    assert (first.first_frame, first.last_frame) == (shot.first_frame, shot.last_frame)
    assert shot.tc_in is None or (first.tc_in, first.tc_out) == (shot.tc_in, shot.tc_out)


def test_parquet_read_by_duckdb(result, tmp_path):
    path = written(result, tmp_path, "a.parquet")
    query = f"select name, start_s, end_s from '{path}'"
    same(duckdb.sql(query).fetchall(), wanted(result))


def test_json_has_films_people_and_shots(result, tmp_path):
    content = json.loads(written(result, tmp_path, "a.json").read_text(encoding="utf-8"))
    found = [
        (person["name"], shot["start_s"], shot["end_s"])
        for person in content["people"]
        for shot in person["shots"]
    ]
    same(found, wanted(result))
    rate = result.run.films[0].rate
    assert content["films"][0]["rate"] == (str(rate) if rate else None)


def test_coco_read_by_pycocotools(photos, tmp_path, capsys):
    coco = pytest.importorskip("pycocotools.coco", reason="pip install pycocotools")
    result = result_at(film_of(), photos=photos)
    data = coco.COCO(str(written(result, tmp_path, "a.json", "coco")))
    capsys.readouterr()  # it prints
    faces = result.faces
    assert len(data.anns) == len(faces)
    for entry in data.dataset["annotations"]:
        row = entry["id"] - 1
        image = data.imgs[entry["image_id"]]
        x, y, width, height = entry["bbox"]
        np.testing.assert_allclose([x, y, x + width, y + height], faces.box[row])
        assert data.cats[entry["category_id"]]["name"] == result.name_of(int(faces.person[row]))
        source = str(faces.source[row])
        if source == "a.mov":
            assert image["frame_id"] == faces.frame[row]
            assert image["file_name"] == f"a/{faces.frame[row]:06d}.jpg"
            assert image["time_s"] == pytest.approx(faces.time_s[row], abs=1e-6)
        else:
            assert image["file_name"] == source
        assert (image["width"], image["height"]) in ((640, 360), (640, 480))
    carl = data.getCatIds(catNms=["Carl & <Co>"])
    assert len(data.getAnnIds(catIds=carl)) == int((faces.person == 1).sum())


def test_photos_are_rows_without_times(photos, tmp_path):
    result = result_at(film_of(), photos=photos)
    with written(result, tmp_path, "a.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["source"] != "a.mov"]
    assert [(row["name"], row["source"], row["start_s"]) for row in rows] == [
        ("Anna Å", "in/c d.jpg", ""),
        ("Anna Å", "b.jpg", ""),
        ("Carl & <Co>", "b.jpg", ""),
        ("Ö", "in/c d.jpg", ""),
    ]
    assert rows[2]["decided_by"] == "cloth"


def test_tables_of_faces_have_names(photos, tmp_path):
    result = result_at(film_of(), photos=photos)
    by_csv = pd.read_csv(written(result, tmp_path, "a.csv", "faces-csv", people=(1,)))
    by_parquet = pd.read_parquet(written(result, tmp_path, "a.parquet", "faces-parquet"))
    assert set(by_csv.name) == {"Carl & <Co>"}
    assert len(by_csv) == int((result.faces.person == 1).sum())
    assert by_parquet.name.tolist() == [result.name_of(p) for p in result.faces.person.tolist()]
    np.testing.assert_allclose(by_parquet.x1, result.faces.box[:, 0])
    assert set(by_csv.decided_by) == {"face", "cloth"}


@pytest.mark.parametrize("as_", ["csv", "faces-csv"])
def test_a_spreadsheet_computes_nothing_from_a_name(tmp_path, as_):
    class Formula(NamedResult):
        NAMES = ('=HYPERLINK("x")', "Bo", "Ö")

    result = result_at(film_of())
    result = Formula(result.faces, result.run, result.crops)
    table = pd.read_csv(written(result, tmp_path, "a.csv", as_))
    assert '\'=HYPERLINK("x")' in set(table.name)
    assert "Bo" in set(table.name)


@pytest.mark.parametrize("name", ["a.vtt", "a.eaf"])
def test_a_format_of_one_film_asks_which(tmp_path, name):
    result = result_at(film_of(), replace(film_of(), name="b.mov", path="/films/b.mov"))
    with pytest.raises(InputError, match=r"one film.*--source NAME \(a.mov, b.mov\)"):
        written(result, tmp_path, name)
    assert not list(tmp_path.iterdir())
    assert written(result, tmp_path, name, sources=("b.mov",)).stat().st_size
