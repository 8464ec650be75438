"""Short names of files that no other has."""

import pytest
from castlist.clustering.library_files.short_names import short_names


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["/a/one.mp4", "/a/two.mp4"], ["one.mp4", "two.mp4"]),
        (["/a/x/1.jpg", "/b/x/1.jpg"], ["a/x/1.jpg", "b/x/1.jpg"]),
        (["/1.jpg", "/x/1.jpg"], ["/1.jpg", "x/1.jpg"]),
        (["1.jpg", "/x/1.jpg", "/1.jpg"], ["1.jpg", "x/1.jpg", "/1.jpg"]),
        # a photo that was replaced under its name
        (["/a/1.jpg", "/a/1.jpg", "/a/2.jpg"], ["1.jpg", "1.jpg~2", "2.jpg"]),
        (["/a/1.jpg", "/b/1.jpg", "/a/1.jpg"], ["a/1.jpg", "b/1.jpg", "a/1.jpg~2"]),
        (["/a/1~2", "/a/1", "/a/1"], ["1~2", "1", "1~3"]),
        (["s3://b/1.mp4", "s3://c/1.mp4"], ["b/1.mp4", "c/1.mp4"]),
    ],
)
def test_a_name_is_the_shortest_end_of_a_path_that_no_other_has(paths, names):
    keys = [(str(number), "") for number in range(len(paths))]
    assert list(short_names(dict(zip(keys, paths, strict=True))).values()) == names
