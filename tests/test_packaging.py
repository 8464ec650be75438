"""The layout's packaging rules: what is on disk, in pyproject.toml and in the wheel is the same."""

import json
import os
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NOT_PACKAGES = {"tests", "benchmarks", "docs", "build", "dist"}


def _pyproject() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def _code_folders() -> list[Path]:
    folders = {path.parent for path in ROOT.rglob("*.py")}
    return sorted(
        folder
        for folder in folders
        if not any(
            part in NOT_PACKAGES or part.startswith(".") or part.endswith("-demo")
            for part in folder.relative_to(ROOT).parts
        )
    )


def _package(folder: Path) -> str:
    return ".".join(["castlist", *folder.relative_to(ROOT).parts])


def test_every_folder_with_code_is_a_listed_package() -> None:
    assert [_package(folder) for folder in _code_folders()] == sorted(
        _pyproject()["tool"]["setuptools"]["packages"]
    )


def test_only_two_modules_stand_at_the_root() -> None:
    assert {path.name for path in ROOT.glob("*.py")} == {"__init__.py", "__main__.py"}
    assert not (ROOT / "castlist").exists()


def test_one_distribution_owns_cv2() -> None:
    owners = {
        distribution.metadata["Name"]
        for distribution in distributions()
        if distribution.metadata["Name"].startswith("opencv")
    }
    assert owners == {"opencv-python-headless"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from a copy of what git tracks, so that no earlier build leaks in."""
    work = tmp_path_factory.mktemp("wheel")
    files = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    for name in filter(None, files.split("\0")):
        if (ROOT / name).is_file():
            (work / "src" / name).parent.mkdir(parents=True, exist_ok=True)
            (work / "src" / name).write_bytes((ROOT / name).read_bytes())
    # As pip does, but for the compression: of 60 MB of weights it takes 2 s.
    build = (
        "import setuptools.build_meta as backend\n"
        "backend.build_wheel('../out', {'--build-option': ['--compression=stored']})\n"
    )
    subprocess.run([sys.executable, "-c", build], cwd=work / "src", check=True)
    return next((work / "out").glob("*.whl"))


@pytest.mark.slow
def test_the_wheel_holds_every_module_weight_and_the_demo(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        inside = {name for name in archive.namelist() if ".dist-info/" not in name}
    code = {
        f"castlist/{path.relative_to(ROOT).as_posix()}"
        for folder in _code_folders()
        for path in folder.glob("*.py")
    }
    data = {
        f"castlist/{path.relative_to(ROOT).as_posix()}"
        for folder in (
            "checkpoints",
            "checkpoints/curves",
            "checkpoints/models",
            "data/demo",
            "clustering/report",
            "clustering/review/pages",
            "train/recipes",
        )
        for path in (ROOT / folder).iterdir()
        if path.suffix not in (".py", "") and path.name != "__pycache__"
    }
    assert inside == code | data | {"castlist/py.typed"}


@pytest.mark.slow
def test_the_demo_runs_from_the_wheel_in_an_empty_folder(wheel: Path, tmp_path: Path) -> None:
    site, empty = tmp_path / "site", tmp_path / "empty"
    empty.mkdir()
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-compile"]
    subprocess.run([*install, "--target", str(site), str(wheel)], check=True)
    code = "import castlist, sys; sys.exit(0 if castlist.__file__.startswith(sys.argv[1]) else 3)"
    environment = {**os.environ, "PYTHONPATH": str(site)}
    for command in (["-c", code, str(site)], ["-m", "castlist", "demo", "--end", "1"]):
        subprocess.run([sys.executable, *command], cwd=empty, env=environment, check=True)
    people = json.loads((empty / "castlist-demo" / "people.json").read_text())
    assert people["people"]
