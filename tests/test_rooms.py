"""Who may import what: imports point down, room by room (docs/architecture.md)."""

import ast
import functools
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

TABLES = {"data", "data.tables"}
RESULT = TABLES | {"data.runtime", "data.result"}
FRAMES = TABLES | {"data.media", "data.hashes", "data.runtime", "data.clothes"}
DATA = RESULT | FRAMES | {"data.garments", "data.demo"}
NETWORKS = DATA | {"train.networks", "checkpoints"}
STAGES = TABLES | {"clustering.evidence", "clustering.grouping"}
PIPELINE = NETWORKS | STAGES | {
    "clustering", "clustering.analysis", "clustering.face_models", "clustering.cloth_models",
    "clustering.patches", "clustering.stages", "clustering.tracking", "clustering.people",
}  # fmt: skip
EXPORTS = {"clustering.exports", "clustering.exports.formats"}
SHOWN = {"clustering.report", "clustering.evaluation", "clustering.evaluation.plots"}
LIBRARY_FILES = RESULT | {
    "data.media", "data.shots", "clustering.evidence", "clustering.people", "clustering.api",
    "clustering.naming", "clustering.workers",
}  # fmt: skip
LIBRARY = {
    "clustering.api", "clustering.library", "clustering.library_files", "clustering.review",
}  # fmt: skip
API = PIPELINE | SHOWN | EXPORTS | {"clustering.clips", "data.shots", "train"}

MAY_IMPORT = {
    "checkpoints": set(),
    "data": set(),
    "data.demo": set(),
    "data.tables": TABLES,
    "data.runtime": {"data"},
    "data.media": {"data"},
    "data.hashes": {"data", "data.media"},
    "data.result": RESULT,
    "data.shots": RESULT,
    "data.clothes": TABLES | {"data.runtime"},
    "data.garments": FRAMES | RESULT,
    "train": DATA | {"train.networks", "train.loading", "checkpoints"},
    "train.networks": DATA | {"checkpoints"},
    "train.loading": DATA | {"train", "train.networks"},
    "clustering": PIPELINE,
    "clustering.tracking": TABLES,
    "clustering.patches": TABLES,
    "clustering.stages": STAGES,
    "clustering.evidence": TABLES | {"checkpoints"},
    "clustering.grouping": TABLES | {"clustering.evidence"},
    "clustering.face_models": FRAMES | {"checkpoints"},
    "clustering.cloth_models": FRAMES | {"clustering.face_models", "train.networks"},
    "clustering.analysis": NETWORKS
    | {
        "clustering.face_models",
        "clustering.cloth_models",
        "clustering.patches",
        "clustering.tracking",
    },
    "clustering.people": RESULT | STAGES,
    "clustering.report": RESULT | {"data.clothes", "data.shots"},  # colours have names
    "clustering.evaluation": PIPELINE | SHOWN,
    "clustering.evaluation.plots": PIPELINE | SHOWN,
    "clustering.clips": RESULT | FRAMES | {"data.shots"},
    "clustering.exports": RESULT | EXPORTS | {"data.shots"},
    "clustering.exports.formats": RESULT | EXPORTS | {"data.shots", "data.media"},
    "clustering.api": API,
    "clustering.review": PIPELINE | {"clustering.report", "clustering.clips", "data.shots"},
    "clustering.identity": TABLES
    | {"data.result", "clustering.evidence", "clustering.library_files"},
    "clustering.naming": PIPELINE | {"clustering.report"},
    "clustering.workers": API | {"clustering.api", "clustering.naming"},
    "clustering.library_files": LIBRARY_FILES,
    "clustering.library": API | LIBRARY_FILES | {"clustering.identity", "clustering.library_files"},
    "clustering.library_review": API | LIBRARY,
    "clustering.commands": API | LIBRARY | {"clustering.library_review"},
}
"""Room: the rooms of castlist whose modules it may import, besides its own."""

MOST_MODULES = 18

TRAINING = "torch torchvision lightning pytorch_lightning albumentations pytorch_metric_learning"
"""What only the extra ``train`` installs."""


@functools.cache
def _modules() -> dict[str, Path]:
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts): path
        for floor in ("checkpoints", "data", "train", "clustering")
        for path in sorted((ROOT / floor).rglob("*.py"))
    }


def _room(module: str) -> str:
    return module.rpartition(".")[0]


@functools.cache
def _imports(module: str, path: Path) -> set[str]:
    """Return every module of castlist that a file imports, anywhere in it."""
    known, package = _modules(), module.split(".")[:-1]
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level or not (node.module or "").startswith("castlist"), (
                f"{path}: expected a relative import, got {node.module}"
            )
            if node.level:
                base = package[: len(package) - node.level + 1]
                source = ".".join([*base, *(node.module or "").split(".")]).strip(".")
                for name in (alias.name for alias in node.names):
                    inner = f"{source}.{name}".strip(".")
                    found.add(inner if inner in known else source)
    return found


@pytest.mark.parametrize("room", sorted({_room(module) for module in _modules()}))
def test_a_room_imports_only_what_the_table_allows(room: str) -> None:
    for module, path in _modules().items():
        if _room(module) != room or path.name == "__init__.py":
            continue
        for imported in _imports(module, path):
            of = imported if (ROOT / imported.replace(".", "/")).is_dir() else _room(imported)
            allowed = {room, "", *MAY_IMPORT[room]}
            assert of in allowed, f"{path.relative_to(ROOT)} imports {imported}"


def test_no_module_is_imported_by_what_it_imports() -> None:
    graph = {module: _imports(module, path) - {module} for module, path in _modules().items()}
    assert list(TopologicalSorter(graph).static_order())


def test_no_room_is_crowded() -> None:
    rooms = [_room(module) for module, path in _modules().items() if path.name != "__init__.py"]
    crowded = {room: rooms.count(room) for room in rooms if rooms.count(room) > MOST_MODULES}
    assert crowded == {}


QUICK = "torch cv2 av openvino matplotlib pandas scipy"
"""What takes long to import, and no command needs that shows or names people."""

ABSENT = {
    "__main__": f"{TRAINING} numpy cv2 rich openvino",
    "clustering.config": f"{TRAINING} numpy cv2 rich openvino",
    "data.garments.sets": "torch numpy cv2 rich",
    "train.config": f"{TRAINING} numpy cv2 rich matplotlib",
    "clustering.commands.parser": f"{TRAINING} numpy cv2 rich openvino",
    "clustering.exports.catalogue": f"{TRAINING} numpy cv2 rich openvino pyarrow",
    "clustering.commands.train": f"{TRAINING} numpy cv2 rich openvino matplotlib",
    "data.result.store": f"{QUICK} rich",
    "data.result.result": f"{QUICK} rich",
    "clustering.library.library": f"{QUICK} rich",
    "clustering.library.wording": f"{QUICK} rich",
    "clustering.editing": f"{QUICK} rich",
    "clustering.report.write": f"{QUICK} rich",
    "clustering.api.result": f"{QUICK} {TRAINING} rich",
    "clustering.stages.both": "torch cv2 av openvino",
    "clustering.stages.by_face": "torch cv2 av openvino",
    "clustering.tracking.follow": "torch cv2 av openvino",
    "clustering.identity.joining": "torch cv2 av openvino",
    "clustering.estimators": f"{TRAINING} openvino",
    "clustering.face_models.catalogue": f"{TRAINING} dlib openvino",
    "clustering.face_models.face_recognition_backend": "face_recognition face_recognition_models"
    f" dlib {TRAINING}",
    "clustering.pipeline": f"{TRAINING} matplotlib openvino",
    "clustering.analysis.info": f"{TRAINING} dlib",
    "clustering.analysis.engine": f"{TRAINING} dlib onnxruntime",
    "clustering.analysis.analyse": f"{TRAINING} dlib onnxruntime",
    "clustering.evaluation.sweep": f"{TRAINING} dlib onnxruntime",
}
"""Module: what importing it does not bring. Those that may bring less come first: one interpreter
imports them all in this order, and what an earlier one brought would be blamed on it."""


@pytest.fixture(scope="module")
def brought() -> dict[str, set[str]]:
    """Import them one after the other; gives what was there after each."""
    code = (
        "import importlib, sys\n"
        "for name in sys.argv[1:]:\n"
        "    importlib.import_module('castlist.' + name)\n"
        "    print(name, *(module for module in sys.modules if '.' not in module))\n"
    )
    command = [sys.executable, "-c", code, *ABSENT]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    lines = [line.split() for line in result.stdout.splitlines()]
    return {name: set(modules) for name, *modules in lines}


@pytest.mark.parametrize("module", ABSENT)
def test_importing_a_module_does_not_bring(brought: dict[str, set[str]], module: str) -> None:
    assert not brought[module] & set(ABSENT[module].split())


def test_cluster_runs_up_to_its_networks_without_the_extra_train(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        f"for name in {[*TRAINING.split(), 'dlib', 'onnx', 'onnxruntime']}:\n"
        "    sys.modules[name] = None\n"  # so that importing it fails
        "from castlist.clustering.analysis import analyse\n"
        "from castlist.clustering.analysis.config import EngineConfig\n"
        "from castlist.clustering.analysis.engine import load_engine\n"
        "from castlist.clustering.report import write\n"
        "from castlist import __main__\n"
        "print(load_engine(EngineConfig()).faces.columns)\n"
        "sys.exit(__main__.main(['cluster', 'no-such-film.mp4', '--out', sys.argv[1]]) != 1)\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (
        0,
        "{'faceres': (0, 1024), 'sface': (1024, 1152)}\n",
    ), done.stderr
    assert "no-such-film.mp4" in done.stderr
