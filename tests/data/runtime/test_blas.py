import sys
from types import ModuleType

import pytest
from castlist.data.runtime import blas
from castlist.data.runtime.blas import one_blas_thread
from threadpoolctl import threadpool_info, threadpool_limits


def _threads() -> set[int]:
    return {
        library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"
    }


def test_linear_algebra_has_one_thread_inside_and_as_many_as_before_after_it() -> None:
    with threadpool_limits(2, user_api="blas"):
        before = _threads()
        with one_blas_thread():
            assert _threads() == {1}
        assert _threads() == before


def test_libraries_are_looked_for_once_until_something_is_imported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked: list[int] = []
    find = blas.ThreadpoolController
    monkeypatch.setattr(blas, "ThreadpoolController", lambda: looked.append(1) or find())
    blas._libraries.cache_clear()
    for _ in range(2):
        with one_blas_thread():
            pass
    assert len(looked) == 1
    monkeypatch.setitem(sys.modules, "one_more", ModuleType("one_more"))
    with one_blas_thread():
        pass
    assert len(looked) == 2
