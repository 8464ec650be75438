import os
from pathlib import Path

import pytest
from castlist.data.errors import InputError
from castlist.data.files import check_replaceable, json_of, replacing_file, replacing_folder
from castlist.data.lock import marked_in_use

MARKER = "run.json"


def _make_result(folder, text="old"):
    folder.mkdir(parents=True)
    (folder / MARKER).write_text(text)
    return folder


def _write(out, overwrite=True, error=None):
    with replacing_folder(out, MARKER, overwrite) as partial:
        (partial / MARKER).write_text("new")
        if error:
            raise error


def _write_file(path, error=None):
    with replacing_file(path) as partial:
        partial.write_text("new")
        if error:
            raise error


def _names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(name="umask")
def _umask():
    before = os.umask(0o027)
    yield
    os.umask(before)


def test_a_new_folder_appears_with_its_parents(tmp_path):
    _write(tmp_path / "a" / "b", overwrite=False)
    assert (tmp_path / "a" / "b" / MARKER).read_text() == "new"


def test_nothing_shows_under_the_name_before_the_end(tmp_path):
    with replacing_folder(tmp_path / "out", MARKER, False) as partial:
        (partial / MARKER).write_text("new")
        assert not (tmp_path / "out").exists()
    assert _names(tmp_path) == ["out"]


def test_an_earlier_result_goes_as_a_whole(tmp_path):
    out = _make_result(tmp_path / "out")
    (out / "stale.html").write_text("old")
    _write(out)
    assert (_names(tmp_path), _names(out)) == (["out"], [MARKER])
    assert (out / MARKER).read_text() == "new"


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_an_earlier_result_stays_when_the_block_fails(tmp_path, error):
    out = _make_result(tmp_path / "out")
    with pytest.raises(error):
        _write(out, error=error)
    assert (out / MARKER).read_text() == "old"
    assert _names(tmp_path) == ["out"]


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_an_earlier_result_comes_back_when_the_last_step_fails(tmp_path, monkeypatch, error):
    out = _make_result(tmp_path / "out")
    rename = Path.rename

    def fail_to_arrive(self, target):
        if Path(target) == out and (self / MARKER).read_text() == "new":
            raise error
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail_to_arrive)
    with pytest.raises(error):
        _write(out)
    assert (out / MARKER).read_text() == "old"
    assert _names(tmp_path) == ["out"]


def test_nothing_is_left_when_a_first_result_fails(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        _write(tmp_path / "out", error=KeyboardInterrupt)
    assert _names(tmp_path) == []


def test_an_empty_folder_is_filled(tmp_path):
    (tmp_path / "out").mkdir()
    _write(tmp_path / "out", overwrite=False)
    assert _names(tmp_path / "out") == [MARKER]


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_folder_of_something_else_is_refused(tmp_path, overwrite):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match=r"no castlist result \(no run.json\)"):
        _write(tmp_path, overwrite=overwrite)
    assert _names(tmp_path) == ["thesis.txt"]


def test_an_earlier_result_is_replaced_only_when_asked(tmp_path):
    out = _make_result(tmp_path / "out")
    with pytest.raises(InputError, match="add --overwrite"):
        _write(out, overwrite=False)
    assert (out / MARKER).read_text() == "old"


def test_a_file_in_the_way_is_refused(tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(InputError, match="expected a folder or nothing here, found a file"):
        _write(tmp_path / "out")
    assert (tmp_path / "out").read_text() == "a file"


def test_a_file_in_the_way_of_a_parent_is_refused(tmp_path):
    (tmp_path / "file").write_text("a file")
    with pytest.raises(InputError, match="cannot write there"):
        _write(tmp_path / "file" / "out")


def test_a_dangling_link_is_refused(tmp_path):
    (tmp_path / "out").symlink_to(tmp_path / "gone")
    with pytest.raises(InputError, match="found a file"):
        check_replaceable(tmp_path / "out", MARKER, True)


def test_a_link_stays_and_what_it_points_at_is_replaced(tmp_path):
    target = _make_result(tmp_path / "disk" / "result")
    (tmp_path / "out").symlink_to(target)
    _write(tmp_path / "out")
    assert (tmp_path / "out").is_symlink()
    assert (target / MARKER).read_text() == "new"
    assert (_names(tmp_path), _names(target.parent)) == (["disk", "out"], ["result"])


@pytest.mark.parametrize("out", [".", ".."])
def test_the_folder_one_is_in_is_refused_before_the_work_begins(tmp_path, monkeypatch, out):
    _make_result(tmp_path / "result" / "people")
    (tmp_path / "result" / MARKER).write_text("old")
    monkeypatch.chdir(tmp_path / "result" / "people")
    with pytest.raises(InputError, match="the folder you are in"):
        check_replaceable(Path(out), MARKER, True)


def test_a_mounted_disk_is_refused_before_the_work_begins(tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "is_mount", lambda self: self == tmp_path)
    with pytest.raises(InputError, match="a mounted disk"):
        check_replaceable(tmp_path, MARKER, False)


def test_a_result_is_as_readable_as_the_umask_says(tmp_path, umask):
    _write(tmp_path / "out")
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o750
    _write_file(tmp_path / "file")
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o640


def test_the_umask_is_left_as_it_was(tmp_path, umask):
    _write(tmp_path / "out")
    assert os.umask(0o027) == 0o027


def test_a_file_is_replaced_at_the_end(tmp_path):
    path = tmp_path / "sub" / "file.txt"
    with replacing_file(path) as partial:
        partial.write_text("new")
        assert not path.exists()
    assert path.read_text() == "new"
    assert _names(path.parent) == ["file.txt"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_file_stays_when_the_block_fails(tmp_path, error):
    path = tmp_path / "file.txt"
    path.write_text("old")
    with pytest.raises(error):
        _write_file(path, error)
    assert path.read_text() == "old"
    assert _names(tmp_path) == ["file.txt"]


def test_a_result_comes_back_after_a_kill_between_the_two_renames(tmp_path):
    aside = tmp_path / ".out.partial-abc.old"
    aside.mkdir()
    (aside / "run.json").write_text("earlier")
    half = tmp_path / ".out.partial-abc"
    half.mkdir()
    os.utime(half, (0, 0))
    with replacing_folder(tmp_path / "out", "run.json", overwrite=True) as partial:
        assert (tmp_path / "out" / "run.json").read_text() == "earlier"
        (partial / "run.json").write_text("new")
    assert (tmp_path / "out" / "run.json").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_an_earlier_result_that_was_replaced_before_a_kill_goes_at_the_next_run(tmp_path):
    _make_result(tmp_path / "out", "new")
    _make_result(tmp_path / ".out.partial-abc.old")
    check_replaceable(tmp_path / "out", MARKER, overwrite=True)
    assert _names(tmp_path) == ["out"]
    assert (tmp_path / "out" / MARKER).read_text() == "new"


def test_an_earlier_result_stays_where_something_else_has_its_name_after_a_kill(tmp_path):
    _make_result(tmp_path / ".out.partial-abc.old")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="holds files that are no castlist result"):
        check_replaceable(tmp_path / "out", MARKER, overwrite=True)
    assert (tmp_path / ".out.partial-abc.old" / MARKER).read_text() == "old"


def test_a_folder_that_another_run_writes_is_left_alone(tmp_path):
    busy = tmp_path / ".out.partial-busy"
    busy.mkdir()
    os.utime(busy, (0, 0))
    with marked_in_use(busy), replacing_folder(tmp_path / "out", "run.json", overwrite=False):
        pass
    assert busy.is_dir()


def test_a_pipe_is_written_into_and_stays(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    handle = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        _write_file(pipe)
        assert os.read(handle, 100) == b"new"
    finally:
        os.close(handle)
    assert pipe.is_fifo()
    assert _names(tmp_path) == ["pipe"]


def test_the_file_that_a_link_points_to_is_replaced(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    real, link = tmp_path / "elsewhere" / "real", tmp_path / "link"
    real.write_text("old")
    link.symlink_to(real)
    _write_file(link)
    assert link.is_symlink()
    assert real.read_text() == "new"


def test_json_that_is_nested_without_end_is_none():
    with pytest.raises(ValueError, match="nested too deeply"):
        json_of("[" * 100_000)
