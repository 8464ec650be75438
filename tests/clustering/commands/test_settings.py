"""Options, misuse, help and progress."""

import contextlib
import io
import json
import re
import shlex
import subprocess
import sys

import pytest
from castlist.__main__ import main
from castlist.clustering.commands.parser import parse
from castlist.clustering.config import legal_keys
from castlist.clustering.grouping.large import METHODS
from castlist.clustering.stages.config import CLOTH_METHODS, FACE_METHODS
from cli_tools import facts_of


def test_start_and_end_bound_what_is_looked_at(castlist, squares, film, tmp_path):
    run = castlist("cluster", film, "--out", tmp_path / "out", "--start", 1, "--end", "2.2")
    assert run.code == 0
    source = facts_of(tmp_path / "out")["sources"][0]
    assert source["frames"] == [10, 12, 14, 16, 18, 20]
    assert source["frames_s"] == [1.0, 1.2, 1.4, 1.6, 1.8, 2.0]
    assert (source["start_s"], source["end_s"]) == (1.0, 2.2)


def test_frames_of_labels_are_looked_at_too(castlist, squares, film, tmp_path):
    labels = tmp_path / "labels.csv"
    labels.write_text("source,frame,person\nfilm.mp4,3,ana\nfilm.mp4,7,ana\n")
    castlist("cluster", film, "--out", tmp_path / "out", "--also-frames", labels, "--end", 1)
    assert facts_of(tmp_path / "out")["sources"][0]["frames"] == [0, 2, 3, 4, 6, 7, 8]


def test_frames_of_another_film_are_refused(castlist, squares, film, tmp_path):
    labels = tmp_path / "labels.csv"
    labels.write_text("source,frame,person\nother.mp4,3,ana\n")
    run = castlist("cluster", film, "--out", tmp_path / "out", "--also-frames", labels)
    assert run.code == 1
    assert "film.mp4" in run.error
    assert "other.mp4" in run.error


def test_frames_beyond_the_end_are_refused(castlist, squares, film, tmp_path):
    labels = tmp_path / "labels.csv"
    labels.write_text("source,frame,person\nfilm.mp4,40,ana\n")
    run = castlist("cluster", film, "--out", tmp_path / "out", "--also-frames", labels)
    assert run.code == 1
    assert "39" in run.error
    assert not (tmp_path / "out").exists()


def test_short_names_outrank_set_and_set_the_file(castlist, squares, film, tmp_path):
    settings = tmp_path / "run.toml"
    settings.write_text(
        "[frames]\nfps = 1\nend_s = 2\n[people]\ncloth_method = 'none'\nwrong_merge_cost = 9"
    )
    run = castlist(
        "cluster", film, "--out", tmp_path / "out", "--config", settings,
        "--set", "frames.fps=2", "--set", "frames.end_s=3", "--fps", "4",
    )  # fmt: skip
    assert run.code == 0
    used = facts_of(tmp_path / "out")["configuration"]
    assert used["frames"] == {"fps": 4.0, "start_s": None, "end_s": 3.0}
    assert (used["people"]["cloth_method"], used["people"]["wrong_merge_cost"]) == ("none", 9.0)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], "command"),
        (["cluster"], "INPUT"),
        (["dance"], "dance"),
        (["cluster", "x.mp4"], "--out"),
        (["cluster", "x.mp4", "--out", "y", "--bogus"], "--bogus"),
        (["cluster", "x.mp4", "--out", "y", "--fps", "fast"], "fast"),
        (["cluster", "x.mp4", "--out", "y", "--fps", "0"], "frames.fps"),
        (["cluster", "x.mp4", "--out", "y", "--fps", "nan"], "frames.fps"),
        (["cluster", "x.mp4", "--out", "y", "--start", "nan"], "frames.start_s"),
        (["cluster", "x.mp4", "--out", "y", "--start", "-1"], "frames.start_s"),
        (["cluster", "x.mp4", "--out", "y", "--start", "3", "--end", "2"], "frames.end_s"),
        (["cluster", "x.mp4", "--out", "y", "--detector", "eyes"], "centerface"),
        (["cluster", "x.mp4", "--out", "y", "--face-backend", "eyes"], "dlib"),
        (["cluster", "x.mp4", "--out", "y", "--face-method", "guess"], "agglomerative"),
        (
            ["cluster", "x.mp4", "--out", "y", "--wrong-merge-cost", "0.5"],
            "people.wrong_merge_cost",
        ),
        (["cluster", "x.mp4", "--out", "y", "--cloth-method", "guess"], "agglomerative"),
        (["cluster", "x.mp4", "--out", "y", "--set", "people.face_method"], "="),
        (["cluster", "x.mp4", "--out", "y", "--set", "people.wrong_merge_cost=high"], "high"),
        (["cluster", "x.mp4", "--out", "y", "--set", "people.wrong_merge_cost=nan"], "nan"),
        (["cluster", "x.mp4", "--out", "y", "--set", "people.cloth_method=1.5"], "1.5"),
        (["demo", "--set", "nothing=1"], "nothing"),
        (["evaluate", "result"], "--labels"),
        (["evaluat", "result"], "did you mean evaluate?"),
        (["x.mp4", "--overwite"], "did you mean --overwrite?"),
        (["cluster"], "INPUT, -o/--out"),
        (["edit"], "required: WHAT"),
        (["edit", "merge"], "required: PERSON, PERSON; castlist edit merge --help"),
        (["edit", "merg", "1", "2"], '"merg": did you mean merge?'),
        (["edit", "result", "merg", "1", "2"], "did you mean merge?"),
        (["name"], "expected PERSON and NAME"),
        (
            ["name", "result/", "1", "Anna", "Berg"],
            'a name of several words is put in quotes: "Anna Berg"',
        ),
        (["library", "lib", "name", "1", "Anna", "Berg"], 'put in quotes: "Anna Berg"'),
        (["library", "lib", "name", "1"], "castlist library LIB name --help"),
        (["train", "--data", "foldr", "--root", "x", "--out", "y"], "did you mean folder?"),
        (["labels", "mak"], "did you mean make?"),
        (["models", "gte"], "did you mean get?"),
        (["train"], "expected --data and --root and --out too"),
        (["overlay"], "-o/--out"),
        (["find"], "FILE|FOLDER"),
        (
            ["find", "x.mp4", "--from", "late"],
            "frames.start_s (--from): expected a time such as 1:30",
        ),
        (["show", "--link"], "--copy-to"),
        (["evaluate", "x.mp4", "--labels", "x.csv", "--set", "nothing=1"], "nothing"),
        (["evaluate", "result", "--labels", "x.csv", "--require", "recall"], "recall"),
        (["train", "--data", "ccp", "--root", "x"], "--out"),
        (["train", "--data", "ccp", "--root", "x", "--out", "y", "--epochs", "0"], "epochs"),
        (["train", "--data", "ccp", "--root", "x", "--dry-run", "--loss", "best"], "nt-xent"),
        (
            ["train", "--task", "segment", "--recipe", "film-lite0", "--root", "x", "--out", "y"],
            "--recipe",
        ),
    ],
)
def test_misuse_is_reported_in_one_line(castlist, tmp_path, monkeypatch, arguments, expected):
    monkeypatch.chdir(tmp_path)
    run = castlist(*arguments)
    assert run.code == 2
    assert expected in run.error
    assert run.out == ""
    assert not list(tmp_path.iterdir())


def test_an_unknown_setting_names_the_legal_ones(castlist, tmp_path):
    settings = tmp_path / "run.toml"
    settings.write_text("[people]\nwrong_merge_costs = 0.4\n")
    for extra in (["--set", "people.wrong_merge_costs=0.4"], ["--config", settings]):
        run = castlist("cluster", "x.mp4", "--out", tmp_path / "out", *extra)
        assert run.code == 2
        assert run.error.startswith("people.wrong_merge_costs: ")
        assert set(re.findall(r"[a-z]+\.[a-z_0-9]+", run.error)) >= set(legal_keys())


@pytest.mark.parametrize("option", ["--detector", "--face-model"])
def test_a_network_that_is_not_there_is_named(castlist, film, tmp_path, option):
    path = tmp_path / "nowhere.onnx"
    run = castlist("cluster", film, "--out", tmp_path / "out", option, path)
    assert run.code == 1
    assert str(path) in run.error
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("text", [None, "[people", "\xff"])
def test_settings_that_cannot_be_read_are_named(castlist, tmp_path, text):
    settings = tmp_path / "run.toml"
    if text is not None:
        settings.write_bytes(text.encode("latin-1"))
    run = castlist("cluster", "x.mp4", "--out", tmp_path / "out", "--config", settings)
    assert run.code == 1
    assert str(settings) in run.error


def every_command():
    """Yield the words of every command that the help lists."""
    listed = _listed([])
    for name in listed:
        yield [name]
        yield from ([name, action] for action in ACTIONS.get(name, ()))


ACTIONS = {
    "edit": ("merge", "move", "not", "hide", "show", "not-a-face", "forget", "undo", "log"),
    "labels": ("make", "check"),
    "models": ("get",),
    "train": ("export",),
}


def _listed(words):
    """Return the commands that the help of ``castlist`` lists."""
    with contextlib.redirect_stdout(io.StringIO()) as out:
        main([*words, "--help"])
    block = out.getvalue().partition("commands:")[2].partition("examples:")[0]
    return re.findall(r"^    ([a-z-]+)", block, re.MULTILINE)


@pytest.mark.parametrize("words", [[], *every_command()], ids=" ".join)
def test_the_help_of_a_command_fits_a_screen_and_has_two_examples(castlist, words):
    if words[:1] == ["edit"] and len(words) > 1:
        words = ["edit", "result", *words[1:]]
    run = castlist(*words, "--help")
    assert run.code == 0
    assert run.out.startswith("usage: castlist")
    assert len(run.out.splitlines()) <= 42
    assert max(map(len, run.out.splitlines())) <= 100
    examples = run.out.partition("examples:\n")[2].splitlines()
    assert len([line for line in examples if line.startswith("  castlist ")]) >= 2


@pytest.mark.parametrize("words", [[], *every_command()], ids=" ".join)
def test_the_examples_in_the_help_are_understood(castlist, words):
    if words[:1] == ["edit"] and len(words) > 1:
        words = ["edit", "result", *words[1:]]
    examples = castlist(*words, "--help").out.partition("examples:\n")[2].splitlines()
    for example in (line for line in examples if line.startswith("  castlist ")):
        assert callable(parse(shlex.split(example.partition(" > ")[0])[1:]).command), example


@pytest.mark.parametrize("words", [[], *every_command()], ids=" ".join)
def test_help_and_mistakes_name_the_command_alone(castlist, tmp_path, monkeypatch, words):
    monkeypatch.chdir(tmp_path)  # without a result
    first = castlist(*words, "--help").out.splitlines()[0].replace(" [RESULT]", "")
    assert first.startswith(f"usage: {' '.join(['castlist', *words])}")
    assert first.count("castlist") == (1 if words else 2)
    if words:
        wrong = castlist(*words, "--bogus")
        assert wrong.code == 2
        assert f"; {' '.join(['castlist', *words])} --help says what there is" in wrong.error


def test_the_help_lists_the_words_of_today(castlist):
    listed = _listed([])
    assert {"find", "show", "evaluate", "labels", "train", "demo", "models", "info"} <= {*listed}
    assert not {"cluster", "label"} & {*listed}
    for old in ("cluster", "label"):  # they go on working
        assert castlist(old, "--help").code == 0


def test_help_all_shows_the_advanced_settings(castlist):
    for command, option in (("find", "--cloth-mask"), ("train", "--layer-decay")):
        assert option not in castlist(command, "--help").out
        assert option in castlist(command, "--help-all").out
    assert "--help-all" not in castlist("show", "--help").out  # it has none


def test_version_is_the_packages(castlist):
    from castlist import __version__

    assert castlist("--version").out == f"castlist {__version__}\n"


def test_help_and_version_load_nothing_heavy():
    script = (
        "import sys\n"
        "from castlist.__main__ import main\n"
        "commands = [['--help'], ['cluster', '--help'], ['train', '--help'], ['--version']]\n"
        "codes = [main(words) for words in commands]\n"
        "print(codes, [name for name in sys.modules if '.' not in name], file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0
    assert done.stderr.startswith("[0, 0, 0, 0]")
    loaded = set(re.findall(r"'(\w+)'", done.stderr))
    assert "castlist" in loaded
    heavy = {"torch", "torchvision", "pytorch_lightning", "lightning", "albumentations", "cv2"}
    assert not loaded & (heavy | {"av", "hdbscan", "matplotlib", "numpy", "pyarrow", "scipy"})


def test_the_package_runs_as_a_module():
    done = subprocess.run(
        [sys.executable, "-m", "castlist", "cluster"], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("castlist: error: ")


def test_info_names_versions_weights_licences_and_the_cache(castlist, tmp_path):
    run = castlist("info", "--cache", tmp_path / "nowhere")
    assert run.code == 0
    for expected in ("torch", "centerface", "MIT", "CC0-1.0", "Apache-2.0", "face_recognition"):
        assert expected in run.out
    assert f"{tmp_path / 'nowhere'} (0 MB)" in run.out
    listed = run.out.splitlines() + castlist("models").out.splitlines()
    words = [line for line in listed if " " in line.strip()]  # else a path, an address or a name
    assert all(len(line) <= 100 for line in words if str(tmp_path) not in line)
    assert not (tmp_path / "nowhere").exists()


def test_a_short_name_shows_the_range_and_the_default_of_its_setting(castlist):
    text = " ".join(castlist("cluster", "--help-all").out.split())
    assert "--fps X frames looked at per second of film (5)" in text
    assert "centerface, hog, dlib-cnn, face_recognition, or an .onnx file with a YuNet" in text
    assert "hdbscan, agglomerative, online (hdbscan)" in text


def test_every_method_can_be_asked_for():
    assert (*METHODS, "online") == FACE_METHODS
    assert (*METHODS, "none") == CLOTH_METHODS


def test_networks_and_versions_are_data_too(castlist, tmp_path):
    networks = json.loads(castlist("models", "--json").out)["networks"]
    assert {one["name"] for one in networks if one["ships"]} >= {"dlib_resnet", "faceres"}
    about = json.loads(castlist("info", "--cache", tmp_path / "nowhere", "--json").out)
    assert about["cache"] == {"folder": str(tmp_path / "nowhere"), "bytes": 0}
    assert "numpy" in about["libraries"]
    assert {"name", "licence", "origin"} <= about["weights"][0].keys()
