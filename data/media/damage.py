"""What is damaged in a film, counted and told in one sentence."""

from __future__ import annotations

_ONE_PLACE_S = 2.0  # damage so near together is one place
_MOST_PLACES = 5  # named; more are counted
_LOSS_FROM_S = 0.5  # an end earlier than in the header by less than this is no damage


class Damage:
    """Counts the pictures of one film that are damaged.

    Attributes:
        stopped_early: whether the file could not be read to its end.
        num_lost: pictures that could not be decoded at all.
        num_corrupt: pictures that were decoded with errors.
    """

    def __init__(self) -> None:
        self.stopped_early = False
        self.num_lost = self.num_corrupt = 0
        self._num_places = 0
        self._places_s: list[float] = []
        self._last_s = float("-inf")

    def lost(self, time_s: float) -> None:
        """Count a picture that could not be decoded, near a time in seconds."""
        self.num_lost += 1
        self._add(time_s)

    def corrupt(self, time_s: float) -> None:
        """Count a picture that was decoded with errors, shown at a time in seconds."""
        self.num_corrupt += 1
        self._add(time_s)

    def _add(self, time_s: float) -> None:
        if time_s > self._last_s + _ONE_PLACE_S:
            self._num_places += 1
            if len(self._places_s) < _MOST_PLACES:
                self._places_s.append(time_s)
        self._last_s = max(self._last_s, time_s)

    def told(
        self, num_pictures: int, end_s: float, stated_end_s: float | None, picture_s: float
    ) -> str | None:
        """Say what could not be read, in one sentence; None where all could.

        Args:
            num_pictures: decoded, the corrupt ones among them.
            end_s: when the last of them ends, seconds.
            stated_end_s: when the film ends by its header, seconds; None = not stated.
            picture_s: how long a picture is shown, seconds.
        """
        parts = []
        damaged, num_all = self.num_lost + self.num_corrupt, num_pictures + self.num_lost
        is_any_whole = damaged < num_all
        if damaged and not is_any_whole:
            whole = f"all of its {num_all:,} pictures are" if num_all > 1 else "its only picture is"
            parts.append(f"{whole} damaged")
        elif damaged:
            parts.append(
                f"{damaged:,} of {num_all:,} pictures"
                f" {'is' if damaged == 1 else 'are'} damaged, near {self._places()}, and not"
                " looked at"
            )
        missing_s = (stated_end_s or 0.0) - end_s
        if self.stopped_early or missing_s > _LOSS_FROM_S + 2 * picture_s:
            of_total = f" of {stated_end_s:.1f} s" if stated_end_s else ""
            parts.append(
                f"decoding stopped at {end_s:.1f} s{of_total}: the file is truncated or"
                f" damaged{'; what was read is used' if is_any_whole else ''}"
            )
        return "; ".join(parts) or None

    def _places(self) -> str:
        more = self._num_places - len(self._places_s)
        named = ", ".join(map(_clock, self._places_s))
        return f"{named} and {more:,} more places" if more else named


def _clock(time_s: float) -> str:
    minutes, seconds = divmod(int(time_s), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"
