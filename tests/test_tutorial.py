"""The notebook of the documentation, cell by cell, as somebody runs it who reads it."""

import ast
import contextlib
import io
import json
from pathlib import Path

import matplotlib
import pytest

NOTEBOOK = Path(__file__).parents[1] / "docs" / "tutorial.ipynb"


def cells_of(kind):
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == kind]


def run_cell(source, names):
    """Run a cell; returns what it prints and what it shows: the value of its last line."""
    parsed = ast.parse(source)
    last = parsed.body.pop() if isinstance(parsed.body[-1], ast.Expr) else None
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(parsed, "cell", "exec"), names)
        value = None
        if last is not None:
            value = eval(compile(ast.Expression(last.value), "cell", "eval"), names)
    shown = value._repr_html_() if hasattr(value, "_repr_html_") else repr(value)
    return printed.getvalue(), shown


def test_the_notebook_is_stored_without_output():
    content = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    assert content["nbformat"] == 4
    assert all(cell["outputs"] == [] for cell in cells_of("code"))
    assert {"execution_count", "id", "metadata", "source"} <= cells_of("code")[0].keys()


@pytest.mark.slow
def test_every_cell_of_the_notebook_runs(networks, tmp_path, monkeypatch):
    monkeypatch.setenv("CASTLIST_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    matplotlib.use("agg")
    names = {}
    sources = ["".join(cell["source"]) for cell in cells_of("code")]
    assert any('end="0:20"' in source for source in sources)
    outputs = [run_cell(source.replace('end="0:20"', 'end="0:08"'), names) for source in sources]
    matplotlib.pyplot.close("all")
    printed, shown = ("\n".join(part) for part in zip(*outputs, strict=True))
    assert shown.count("data:image/jpeg;base64,") > 6  # portraits
    assert "Anna with person_" in printed
    assert "% of faces right" in printed
    written = {path.name for path in tmp_path.iterdir()}
    assert written >= {"demo.castlist", "people.vtt", "anna.edl", "anna"}
    assert list((tmp_path / "anna").glob("*.mp4"))
