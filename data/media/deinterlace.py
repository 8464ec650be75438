"""Interlaced pictures made whole: of two half pictures, the first, with FFmpeg's bwdif."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import av
from av.filter import Graph

from .timeline import Shown

_UNIT = Fraction(1, 1000)  # of the filter's clock, which nobody reads


def deinterlaced(pictures: Iterator[Shown]) -> Iterator[Shown]:
    """Yield the same pictures at the same times, combed ones made whole.

    A film that is not interlaced passes untouched and at once; from the first interlaced picture
    on, each waits for the next one, which the filter compares it with.
    """
    waiting: deque[Shown] = deque()
    graph: Graph | None = None
    layout: tuple[int, int, str] | None = None
    number = 0
    for shown in pictures:
        shown_layout = _layout(shown.frame)
        if graph is not None and shown_layout != layout:  # the filter keeps one size
            yield from _rest(graph, waiting)
            graph = None
        if graph is None:
            if not shown.frame.interlaced_frame:
                yield shown
                continue
            graph, layout = _graph(shown.frame), shown_layout
        number += 1
        waiting.append(shown)
        shown.frame.pts, shown.frame.time_base = number, _UNIT
        graph.push(shown.frame)
        yield from _ready(graph, waiting)
    if graph is not None:
        yield from _rest(graph, waiting)


def _graph(frame: av.VideoFrame) -> Graph:
    graph = Graph()
    source = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=_UNIT
    )
    # One picture out for each in, so that indices stay; whole pictures among them stay as they are.
    whole = graph.add("bwdif", "mode=send_frame:parity=auto:deint=interlaced")
    graph.link_nodes(source, whole, graph.add("buffersink")).configure()
    return graph


def _ready(graph: Graph, waiting: deque[Shown]) -> Iterator[Shown]:
    while waiting:
        try:
            frame = graph.vpull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return
        yield replace(waiting.popleft(), frame=frame)


def _rest(graph: Graph, waiting: deque[Shown]) -> Iterator[Shown]:
    graph.push(None)
    yield from _ready(graph, waiting)


def _layout(frame: av.VideoFrame) -> tuple[int, int, str]:
    return frame.width, frame.height, frame.format.name
