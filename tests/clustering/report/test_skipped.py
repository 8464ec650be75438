"""What was left out, in words."""

import pytest
from castlist.clustering.report.skipped import losses
from castlist.data.result.facts import RunFacts, SkippedFacts

DEEP = "/home/" + "folder/" * 20 + "in/film.mp4"
TOLD = "expected a film, but it is empty"


@pytest.mark.parametrize(
    ("name", "reason", "expected"),
    [
        ("film.mp4", f"/in/film.mp4: {TOLD}", ("film.mp4", TOLD)),
        ("/in/film.mp4", f"/in/film.mp4: {TOLD}", ("/in/film.mp4", TOLD)),
        (DEEP, f"{DEEP}: {TOLD}", (".../in/film.mp4", TOLD)),
        ("a.jpg", "/my photos/a.jpg is cut off", ("a.jpg", "is cut off")),
        ("a.jpg", "in/a.jpg is cut off", ("a.jpg", "is cut off")),
        ("film.mp4", TOLD, ("film.mp4", TOLD)),
        ("film.mp4", f"{TOLD}: my film.mp4 is none", ("film.mp4", f"{TOLD}: my film.mp4 is none")),
        ("film.mp4", "a reason: with a colon", ("film.mp4", "a reason: with a colon")),
    ],
)
def test_a_path_stands_once_before_its_reason_and_is_not_too_long(name, reason, expected):
    run = RunFacts(skipped=(SkippedFacts(name, "film", reason),))
    assert losses(run) == [expected]
