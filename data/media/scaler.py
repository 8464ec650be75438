"""Pictures to square pixels and an ordinary screen's colours, with FFmpeg's scale filter.

It reads from each frame what PyAV does not show: the shape of its pixels, and it maps the tones and
the wide colours of PQ and HLG to those of sRGB.
"""

from __future__ import annotations

import threading
from fractions import Fraction

import av
import numpy as np
from av.filter import Graph
from av.video.reformatter import ColorTrc
from numpy.typing import NDArray

WIDEST_PIXEL = 4
"""A pixel's width over its height, or the reverse; more is a wrong header."""

HDR = (ColorTrc.SMPTE2084, ColorTrc.ARIB_STD_B67)
"""The curves of a bright screen: PQ and HLG."""

_COLORSPACE_UNSPECIFIED = 2
HD_HEIGHT_PX = 720  # from here, what names no colour matrix is BT.709
_OF_THREAD = threading.local()
_UNIT = Fraction(1, 1000)  # of the filter's clock, which nobody reads

_SANE = f"if(between(sar,1/{WIDEST_PIXEL},{WIDEST_PIXEL}),sar,1)"
_AS_STATED = (f"round(iw*max(1,{_SANE}))", f"round(ih/min(1,{_SANE}))")
# White paper has 203 nits (ITU-R BT.2408) and stays white, what is brighter too. The "perceptual"
# intent would keep lamps apart, and make faces of 100 nits darker by half.
_TO_SDR = "out_transfer=iec61966-2-1:out_primaries=bt709:intent=relative_colorimetric"


def is_hdr(frame: av.VideoFrame) -> bool:
    """Return whether a picture has the tones of a bright screen: PQ or HLG."""
    return frame.color_trc in HDR


def is_unnamed_hd(frame: av.VideoFrame) -> bool:
    """Return whether a picture names no colour matrix, and is so large that it is BT.709."""
    return frame.colorspace == _COLORSPACE_UNSPECIFIED and frame.height >= HD_HEIGHT_PX


def scaler_of_thread() -> Scaler:
    """Return the scaler that this thread has; to set one up for a bright screen takes seconds."""
    found: Scaler | None = getattr(_OF_THREAD, "scaler", None)
    if found is None:
        found = _OF_THREAD.scaler = Scaler()
    return found


class Scaler:
    """Converts pictures one at a time; set up anew where their size, format or colours change."""

    def __init__(self) -> None:
        self._graph: Graph | None = None
        self._made_for: tuple[object, ...] = ()

    def picture(
        self, frame: av.VideoFrame, size: tuple[int, int] | None = None
    ) -> NDArray[np.uint8]:
        """Return a picture as (height, width, 3) uint8, red green blue, pixels square.

        Args:
            frame: as it was decoded; its time stamp is lost.
            size: width and height in pixels; None = one side enlarged as the frame's pixels are.
        """
        colours = frame.color_trc, frame.color_primaries, frame.colorspace, frame.color_range
        wanted = (frame.width, frame.height, frame.format.name, size, *colours)
        if self._graph is None or wanted != self._made_for:
            self._graph, self._made_for = _graph(frame, size), wanted
        frame.pts, frame.time_base = 0, _UNIT
        self._graph.push(frame)
        return np.asarray(self._graph.vpull().to_ndarray(), dtype=np.uint8)


def _graph(frame: av.VideoFrame, size: tuple[int, int] | None) -> Graph:
    width, height = size or _AS_STATED
    options = [f"w='{width}'", f"h='{height}'", "eval=frame", "flags=bilinear"]
    if is_hdr(frame):
        options.append(_TO_SDR)
    elif is_unnamed_hd(frame):
        options.append("in_color_matrix=bt709")
    graph = Graph()
    graph.threads = 1
    source = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=_UNIT
    )
    scale = graph.add("scale", ":".join(options))
    graph.link_nodes(
        source, scale, graph.add("format", "pix_fmts=rgb24"), graph.add("buffersink")
    ).configure()
    return graph
