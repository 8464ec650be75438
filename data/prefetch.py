"""Work ahead in a background thread, with a small bounded queue."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

Item = TypeVar("Item")


class _End:
    """Comes after the last item, with the error that ended the work, if any."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


class Prefetch(Generic[Item]):
    """Iterates over ``work`` in a background thread and yields its items in order.

    An error in ``work`` is raised in the consumer, after the items that came before it. ``close``
    (or leaving the ``with`` block) stops the thread and waits for it, however little was consumed.

    Args:
        work: what to iterate over. A ``None`` in it is not yielded; it only marks a point at
            which the thread may stop: work that is long between items should yield some.
        depth: how many items may wait.
        is_large: says of which items none may be made while one waits; None = of no item.
    """

    def __init__(
        self,
        work: Iterable[Item | None],
        depth: int,
        is_large: Callable[[Item], bool] | None = None,
    ) -> None:
        self._work, self._is_large = work, is_large
        self._queue: queue.Queue[Item | _End] = queue.Queue(maxsize=depth)
        self._stop = threading.Event()
        # A daemon, so that a missing close() does not keep the interpreter running.
        self._thread = threading.Thread(target=self._run, name="castlist-prefetch", daemon=True)

    def __enter__(self) -> Prefetch[Item]:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[Item]:
        self._thread.start()
        while True:
            item = self._queue.get()
            self._queue.task_done()
            if isinstance(item, _End):
                break
            yield item
            del item  # it may be large, and the next one may take long
        if item.error is not None:
            raise item.error

    def close(self) -> None:
        """Stop the thread and wait until it has ended."""
        self._stop.set()
        while self._thread.is_alive():
            self._drain()  # the thread may be waiting for room
            self._thread.join(timeout=0.02)

    def _run(self) -> None:
        error: BaseException | None = None
        try:
            for item in self._work:
                if self._stop.is_set():
                    break
                if item is not None:
                    self._queue.put(item)
                    if self._is_large is not None and self._is_large(item):
                        del item
                        self._queue.join()
                        continue
                del item  # as above
        except BaseException as caught:  # any error is raised again in the consumer
            error = caught
        self._queue.put(_End(error))

    def _drain(self) -> None:
        try:
            while True:
                self._queue.get_nowait()
                self._queue.task_done()
        except queue.Empty:
            pass
