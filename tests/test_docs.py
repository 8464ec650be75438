"""The documentation says what the code has."""

import dataclasses
import json
import re
import shlex
import tomllib
from pathlib import Path

import castlist
import numpy as np
import pytest
from castlist.clustering.api.result import Result
from castlist.clustering.commands.parser import parse
from castlist.data.result.cast import Cast
from castlist.data.result.facts import ModelFacts, RunFacts, SkippedFacts, SourceFacts
from castlist.data.result.people import gather_people
from castlist.data.result.store import to_arrow
from castlist.data.result.tables import csv_columns, people_json
from castlist.data.tables.codes import DecidedBy, Reason
from castlist.data.tables.faces import Faces
from castlist.data.tables.nearly_same import NearlySame
from result_tools import PlainCrops

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"


def _section(title: str) -> str:
    """Return the part of formats.md under a heading, its deeper headings among it."""
    text = (DOCS / "formats.md").read_text(encoding="utf-8")
    return re.split(r"^## ", text.partition(f"\n## {title}\n")[2], flags=re.M)[0]


def _not_named(names: set[str], title: str) -> set[str]:
    return names - set(re.findall(r"`([^`]+)`", _section(title)))


def _keys(value: object) -> set[str]:
    """Return every key of a JSON value, at any depth."""
    if isinstance(value, dict):
        return set(value).union(*map(_keys, value.values()))
    return set().union(*map(_keys, value)) if isinstance(value, list) else set()


def test_formats_names_every_column_of_the_faces() -> None:
    none = Faces.empty()
    columns = {*csv_columns(none, [], Cast.of_ranks(none)), *none.columns()}
    columns |= {*to_arrow(none).column_names}
    assert _not_named(columns, "faces.parquet and faces.csv") == set()


def test_formats_names_every_code() -> None:
    rows = re.findall(r"^\| (\d+) \| `(\w+)`", _section("faces.parquet and faces.csv"), re.M)
    assert rows == [(str(int(code)), code.name.lower()) for code in Reason]
    words = ", ".join(code.name.lower() for code in DecidedBy)
    assert words in _section("faces.parquet and faces.csv")


@pytest.mark.parametrize("kind", [RunFacts, SourceFacts, ModelFacts, SkippedFacts, NearlySame])
def test_formats_names_every_field_of_run_json(kind: type) -> None:
    assert _not_named({field.name for field in dataclasses.fields(kind)}, "run.json") == set()


def test_formats_names_every_field_of_people_json() -> None:
    faces = Faces.of_detections(
        source=np.array(["film"]),
        frame=np.array([3]),
        time_s=np.array([1.0]),
        box=np.array([[0, 0, 9, 9]]),
        person=np.array([0]),
    )
    people = gather_people(faces, RunFacts(sources=(SourceFacts("film"),)))
    content = json.loads(people_json(faces, people, None, ["film.jpg"]))
    assert len(content["people"]) == 1
    assert _not_named(_keys(content), "people.json") == set()


def test_formats_names_every_field_of_the_json_of_find() -> None:
    faces = Faces.of_detections(
        source=np.array(["film", "photo"]),
        frame=np.array([3, 0]),
        time_s=np.array([1.0, np.nan]),
        shot=np.array([0, -1]),
        box=np.array([[0, 0, 9, 9], [0, 0, 9, 9]]),
        person=np.array([0, 0]),
    )
    film = SourceFacts("film", fps=25.0, duration_s=2.0, frames=(3,), frames_s=(1.0,))
    run = RunFacts(sources=(film, SourceFacts("photo", "photo")))
    content = Result(faces, run, PlainCrops(2)).to_dict()
    assert [len(content["people"][0][part]) for part in ("shots", "photos")] == [1, 1]
    assert _not_named(_keys(content), "The JSON of `castlist find --json`") == set()


def test_the_reference_has_every_public_name() -> None:
    text = (DOCS / "reference.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^::: castlist\.(\w+)$", text, re.M))
    assert named == set(castlist.__all__) - {"__version__"}


def test_every_page_is_in_the_navigation() -> None:
    named = re.findall(r": (\S+\.md)$", (ROOT / ".ci/mkdocs.yml").read_text(), re.M)
    assert sorted(named) == sorted(page.name for page in DOCS.glob("*.md"))


def test_reliability_names_tests_that_exist() -> None:
    named = re.findall(r"`(tests/\S+\.py)`", (DOCS / "reliability.md").read_text(encoding="utf-8"))
    assert named
    assert [path for path in named if not (ROOT / path).is_file()] == []


@pytest.mark.parametrize("page", [ROOT / "README.md", *sorted(DOCS.glob("*.md"))], ids=str)
def test_links_of_a_page_lead_to_files(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
    files = [link for link in links if "://" not in link and not link.startswith("mailto:")]
    assert [link for link in files if not (page.parent / link).exists()] == []


def _commands(text: str) -> list[str]:
    """Return the castlist commands of a page that stand in a line of their own."""
    lines = re.findall(r"^ {4}(?:\.venv/bin/)?castlist (.+)$", re.sub(r"\\\n *", "", text), re.M)
    parts = [part.strip() for line in lines for part in f"castlist {line}".split(";")]
    return [part for part in parts if part.startswith("castlist ") and "|" not in part]


@pytest.mark.parametrize(
    "page", [ROOT / "README.md", *sorted(DOCS.glob("*.md"))], ids=lambda page: page.name
)
def test_the_commands_of_a_page_are_understood(page: Path) -> None:
    for command in _commands(page.read_text(encoding="utf-8")):
        words = shlex.split(command, comments=True)[1:]
        assert callable(parse(words).command), command


def test_pages_have_commands_to_understand() -> None:
    assert len(_commands((ROOT / "README.md").read_text(encoding="utf-8"))) >= 14


def test_the_image_installs_extras_and_a_python_that_exist() -> None:
    lines = (ROOT / ".ci/Dockerfile").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (extras,) = re.findall(
        r"pip install --only-binary :all: --no-cache-dir '\.\[([\w,-]+)\]'", lines
    )
    assert set(extras.split(",")) <= set(project["optional-dependencies"])
    (minor,) = re.findall(r"^FROM python:3\.(\d+)-slim$", lines, re.M)
    assert project["requires-python"] == ">=3.11,<3.14"
    assert 11 <= int(minor) < 14
