"""Where decoding may begin."""

from types import SimpleNamespace

import pytest
from castlist.data.media.seeking import CHECKED, find_entry


def packet(pts, dts, *, key=False, discard=False):
    return SimpleNamespace(pts=pts, dts=dts, is_keyframe=key, is_discard=discard, is_corrupt=False)


def film(packets, codec="h264"):
    """Return something that has of a container and a stream what find_entry uses."""
    stream = SimpleNamespace(codec_context=SimpleNamespace(name=codec), time_base=0.01)
    return SimpleNamespace(demux=lambda stream: iter(packets)), stream


def regular(num_packets, every=10):
    return [packet(10 * i, 10 * i, key=i % every == 0) for i in range(num_packets)]


def test_entry_is_the_last_key_picture_with_enough_pictures_before_the_start():
    # The start is frame 47.5: key pictures at 10, 20, 30; 40 has but 8 up to the start: enough.
    entry = find_entry(*film(regular(100)), start=475)
    assert entry.index == 40
    assert entry.stamps == [10 * i for i in range(40, 40 + CHECKED)]
    assert find_entry(*film(regular(100)), start=470).index == 30


def test_index_counts_pictures_in_presentation_order_at_any_frame_rate():
    # Stored order and shown order differ; times between pictures vary.
    stamps = [0, 5, 7, 30, 31, 90, 100, 101, 102, 103, 104, 105, 106, 107, 108, 109]
    keys = {0, 100}
    packets = [packet(pts, pts - 100, key=pts in keys) for pts in stamps]
    packets[3], packets[4] = packets[4], packets[3]
    packets[3].dts, packets[4].dts = sorted([packets[3].dts, packets[4].dts])
    entry = find_entry(*film(packets), start=109)
    assert entry.index == 6
    assert entry.stamps == [100, 101, 102, 103, 104, 105, 106, 107]


def test_pictures_that_are_never_shown_do_not_count():
    hidden = [packet(-20, -20, key=True, discard=True), packet(-10, -10, discard=True)]
    assert find_entry(*film(hidden + regular(100)), start=475).index == 40


def test_nothing_is_skipped_where_the_first_key_picture_is_the_only_one():
    assert find_entry(*film(regular(100, every=1000)), start=475) is None


@pytest.mark.parametrize(
    "spoil",
    [
        lambda packets: setattr(packets[5], "pts", None),
        lambda packets: setattr(packets[5], "dts", None),
        lambda packets: setattr(packets[5], "dts", 3),
        lambda packets: setattr(packets[5], "is_corrupt", True),
        lambda packets: setattr(packets[5], "pts", 9000),  # a damaged stamp
        lambda packets: [setattr(p, "dts", p.dts + 2000) for p in packets[20:]],  # another clock
        lambda packets: setattr(packets[5], "pts", -7),  # shown before the first key picture
        lambda packets: setattr(packets[0], "is_keyframe", False),
    ],
)
def test_no_entry_where_packets_do_not_tell_the_index(spoil):
    packets = regular(100)
    spoil(packets)
    assert find_entry(*film(packets), start=475) is None


def test_no_entry_in_codecs_whose_packets_are_not_pictures():
    assert find_entry(*film(regular(100), codec="vp8"), start=475) is None
    assert find_entry(*film(regular(100), codec="hevc"), start=475) is not None
