"""FramesConfig: which frames of a film are analysed."""

from __future__ import annotations

from dataclasses import dataclass

from ..settings import check_settings, setting, settings_of


@dataclass(frozen=True)
class FramesConfig:
    """Which frames of a film are analysed."""

    fps: float = setting(
        5.0, "frames looked at per second of film", above=0, at_most=1000, flags=("--fps",)
    )
    start_s: float | None = setting(
        None, "start of the part to analyse: 1:30, 90, or timecode of the film", at_least=0,
        flags=("--from", "--start"), is_time=True,
    )  # fmt: skip
    end_s: float | None = setting(None, "end of that part", flags=("--to", "--end"), is_time=True)

    def __post_init__(self) -> None:
        check_settings(self, "frames")
        if self.end_s is not None and self.end_s <= (self.start_s or 0):
            key = settings_of(self)["end_s"].named("frames.end_s")
            raise ValueError(f"{key}: expected more than the start, got {self.end_s}")
