"""A folder of known people that two programs change at once."""

import threading

import pytest
from castlist.clustering import learning
from castlist.clustering.editing import change
from castlist.clustering.learning import add_known, forget_known
from castlist.clustering.people import deciding
from castlist.data.errors import InputError
from castlist.data.lock import locked
from castlist.data.result.result import StoredResult
from decision_tools import no_pages


@pytest.fixture(name="named")
def _named(out):
    change(out, lambda now, _: deciding.name(now, 0, "Anna", merge=False), no_pages)
    return StoredResult.load(out)


def test_a_second_program_waits_for_the_first(named, tmp_path):
    folder = tmp_path / "known" / "people"
    is_done = threading.Event()
    with locked(folder, "learning names"):
        second = threading.Thread(target=lambda: (add_known(folder, named), is_done.set()))
        second.start()
        assert not is_done.wait(0.3)
        assert not folder.exists()
    second.join()
    assert (folder / "Anna" / "known.parquet").is_file()


@pytest.mark.parametrize(
    "what",
    [add_known, lambda folder, _: forget_known(folder, "Anna")],
    ids=["learns", "forgets"],
)
def test_a_program_that_takes_too_long_is_reported(named, tmp_path, monkeypatch, what):
    monkeypatch.setattr(learning, "WAIT_S", 0.1)
    add_known(tmp_path / "people", named)
    with (
        locked(tmp_path / "people", "learning names"),
        pytest.raises(InputError, match=r"another castlist is changing it \(learning names"),
    ):
        what(tmp_path / "people", named)
    assert (tmp_path / "people" / "Anna" / "known.parquet").is_file()
