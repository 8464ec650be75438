import numpy as np
from castlist.clustering.report.tiles import choose_tiles
from castlist.data.tables.faces import Faces


def table(shot, quality, decided_by=1, track=None, fps=5, source="a.mp4", person=0):
    count = len(shot)
    return Faces.of_detections(
        source=[source] * count,
        frame=np.arange(count),
        time_s=np.arange(count) / fps,
        box=np.tile([0, 0, 1, 1], (count, 1)),
        shot=shot,
        track=shot if track is None else track,
        quality=quality,
        person=np.broadcast_to(person, count),
        person_before=np.broadcast_to(person, count),
        strength=np.full(count, 0.9),
        decided_by=np.broadcast_to(decided_by, count),
    )


def chosen(faces, num_tiles, scores=None):
    return choose_tiles(faces, np.arange(len(faces)), num_tiles, scores).tolist()


def test_a_shot_gives_one_face_the_best():
    quality = [0.1, 0.9, 0.2, 0.3, 0.8, 0.1]
    assert chosen(table([0, 0, 0, 1, 1, 1], quality), 12) == [1, 4]
    assert chosen(table([], []), 12) == []


def test_two_tracks_of_one_shot_give_one_face_together():
    faces = table([0] * 6, [0.1, 0.2, 0.3, 0.4, 0.9, 0.5], track=[0, 0, 0, 1, 1, 1])
    assert chosen(faces, 12) == [4]


def test_a_long_shot_gives_a_face_for_each_ten_seconds():
    quality = np.full(31, 0.5)
    quality[[4, 12, 27]] = 0.9
    assert chosen(table([0] * 31, quality, fps=1), 12) == [4, 12, 27]
    assert len(chosen(table([0] * 20, np.full(20, 0.5), fps=1), 12)) == 1


def test_the_unknown_of_one_shot_are_shown_by_track():
    faces = table([0] * 4, [0.1, 0.2, 0.3, 0.4], track=[0, 0, 1, 1], decided_by=0, person=-1)
    assert chosen(faces, 12) == [1, 3]


def test_each_photo_gives_a_face():
    rows = [table([-1], [0.5], track=[number], source=f"{number}.jpg") for number in range(3)]
    assert chosen(Faces.concatenate(rows), 12) == [0, 1, 2]


def test_more_shots_than_tiles_are_spread_over_the_film():
    faces = table(np.arange(100), np.full(100, 0.5))
    assert chosen(faces, 4) == [0, 25, 50, 75]


def test_faces_without_shot_and_track_stand_for_themselves():
    faces = table([-1] * 6, [0.1, 0.2, 0.9, 0.1, 0.3, 0.2], track=[-1] * 6)
    assert chosen(faces, 2) == [2, 4]


def test_what_is_good_to_show_may_be_given():
    scores = np.array([0.1, 0.2, 0.9, 0.3])
    assert chosen(table([0, 0, 0, 0], [0.9, 0.1, 0.1, 0.1]), 12, scores) == [2]


def test_rare_evidence_gets_a_quarter_of_the_tiles():
    decided_by = np.r_[np.full(900, 1), np.full(100, 2)]
    faces = table(np.arange(1000) // 10, np.full(1000, 0.5), decided_by)
    kinds = decided_by[chosen(faces, 12)]
    assert (kinds == 2).sum() == 3
    assert (kinds == 1).sum() == 9


def test_one_shot_by_clothing_is_shown_and_takes_only_one_tile():
    decided_by = np.r_[np.full(50, 1), 2]
    kinds = decided_by[chosen(table(np.arange(51), np.full(51, 0.5), decided_by), 12)]
    assert (kinds == 2).sum() == 1
    assert len(kinds) == 12


def test_no_row_is_chosen_twice_and_the_order_is_kept():
    rng = np.random.default_rng(0)
    for _ in range(50):
        count = int(rng.integers(1, 60))
        shot = rng.integers(-1, 8, count)
        track, kinds = rng.integers(-1, 8, count), rng.integers(1, 3, count)
        faces = table(shot, rng.random(count), kinds, track)
        rows = rng.permutation(count)
        picked = choose_tiles(faces, rows, 12)
        assert 1 <= len(set(picked.tolist())) == len(picked) <= 12
        places = [rows.tolist().index(row) for row in picked.tolist()]
        assert places == sorted(places)
