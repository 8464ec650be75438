"""The colours of films that are written: what their pictures show, stated in the file."""

from __future__ import annotations

import av
from av.video.codeccontext import VideoCodecContext
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

from ...data.media.scaler import HD_HEIGHT_PX, is_unnamed_hd

_HD = {Colorspace.ITU709, Colorspace.SMPTE240M, Colorspace.BT2020}
_STATED = {Colorspace.ITU709: 1, Colorspace.ITU601: 6}  # numbers of ITU-T H.273


class Colours:
    """Converts pictures to 4:2:0 of one colour matrix and the range of video.

    Args:
        first: the first picture; BT.709 or BT.601, whichever its matrix is nearer to, is that of
            the film. One of red, green and blue has that which players assume for its size.
    """

    def __init__(self, first: av.VideoFrame) -> None:
        is_hd = first.colorspace in _HD or is_unnamed_hd(first)
        if first.format.is_rgb:
            is_hd = first.height >= HD_HEIGHT_PX
        self._matrix = Colorspace.ITU709 if is_hd else Colorspace.ITU601
        self._reformatter = VideoReformatter()

    def state(self, codec: VideoCodecContext) -> None:
        """Have a film state its colours; nothing may be encoded yet."""
        codec.colorspace = _STATED[self._matrix]
        codec.color_range = ColorRange.MPEG
        if self._matrix is Colorspace.ITU709:
            codec.color_primaries = codec.color_trc = _STATED[self._matrix]

    def converted(self, frame: av.VideoFrame, size: tuple[int, int]) -> av.VideoFrame:
        """Return a picture of an ordinary screen in a width and height, pixels."""
        return self._reformatter.reformat(
            frame,
            *size,
            format="yuv420p",
            src_colorspace=Colorspace.ITU709 if is_unnamed_hd(frame) else None,
            dst_colorspace=self._matrix,
            dst_color_range=ColorRange.MPEG,
        )
