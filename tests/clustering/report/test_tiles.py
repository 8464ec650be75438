import numpy as np
from castlist.clustering.report.tiles import choose_tiles
from castlist.data.tables.faces import Faces


def table(track, quality, decided_by=1):
    count = len(track)
    return Faces.of_detections(
        source=["a.mp4"] * count,
        frame=np.arange(count),
        time_s=np.arange(count) / 5,
        box=np.tile([0, 0, 1, 1], (count, 1)),
        track=track,
        quality=quality,
        decided_by=np.broadcast_to(decided_by, count),
    )


def chosen(faces, num_tiles):
    return choose_tiles(faces, np.arange(len(faces)), num_tiles).tolist()


def test_few_faces_are_all_chosen():
    assert chosen(table([0, 0, 1], [0.1, 0.2, 0.3]), 3) == [0, 1, 2]
    assert chosen(table([], []), 12) == []


def test_one_long_track_gives_the_best_face_of_each_stretch():
    quality = [0.1, 0.9, 0.2, 0.3, 0.8, 0.1, 0.2, 0.2, 0.7]
    assert chosen(table([0] * 9, quality), 3) == [1, 4, 8]


def test_two_tiles_of_a_track_are_not_neighbours():
    quality = np.full(40, 0.1)
    quality[19:21] = 0.9  # the best two faces lie on both sides of where the track is cut
    first, second = chosen(table([0] * 40, quality), 2)
    assert second - first >= 10


def test_every_track_comes_before_a_second_face_of_any():
    quality = [0.9, 0.8, 0.9, 0.9, 0.9, 0.9, 0.1, 0.2]
    # a tile for each of three tracks; the fourth goes to the longest, cut in two
    assert chosen(table([0, 0, 0, 0, 0, 1, 2, 2], quality), 4) == [0, 3, 5, 7]


def test_more_tracks_than_tiles_are_spread_over_the_film():
    faces = table(np.arange(100), np.full(100, 0.5))
    assert chosen(faces, 4) == [0, 25, 50, 75]


def test_faces_without_a_track_stand_for_themselves():
    faces = table([-1] * 6, [0.1, 0.2, 0.9, 0.1, 0.3, 0.2])
    assert chosen(faces, 2) == [2, 4]


def test_rare_evidence_gets_a_quarter_of_the_tiles():
    decided_by = np.r_[np.full(900, 1), np.full(10, 2)]
    faces = table(np.arange(910) // 10, np.full(910, 0.5), decided_by)
    kinds = decided_by[chosen(faces, 12)]
    assert (kinds == 2).sum() == 3
    assert (kinds == 1).sum() == 9


def test_one_face_by_clothing_is_shown_and_takes_only_one_tile():
    decided_by = np.r_[np.full(50, 1), 2]
    kinds = decided_by[chosen(table(np.arange(51), np.full(51, 0.5), decided_by), 12)]
    assert (kinds == 2).sum() == 1
    assert len(kinds) == 12


def test_no_row_is_chosen_twice_and_the_order_is_kept():
    rng = np.random.default_rng(0)
    for _ in range(50):
        count = int(rng.integers(1, 60))
        faces = table(rng.integers(-1, 8, count), rng.random(count), rng.integers(0, 3, count))
        rows = rng.permutation(count)
        picked = choose_tiles(faces, rows, 12)
        assert len(set(picked.tolist())) == min(12, count)
        places = [rows.tolist().index(row) for row in picked.tolist()]
        assert places == sorted(places)
