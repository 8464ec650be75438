import numpy as np
import pytest
from castlist.clustering.stages.cloth_stage import pieces_of, reassign_by_clothing
from castlist.clustering.stages.config import FaceConfig, ReassignConfig
from castlist.clustering.stages.face_stage import cluster_by_face
from castlist.data.tables.codes import UNKNOWN, DecidedBy, NoticeCode, Reason
from castlist.data.tables.faces import Faces

A, B, C, D, E = range(5)
DAY = ["AB", "CD", "A", "BC", "D", "AC", "BD", "AD", "B", "C", "BCD", "AB"]


def film(shots, wears=lambda shot, person: person, every_s=8.0, num_faces=10, noise=0.1):
    """Make a table of faces with tracks, and the true person of each row.

    shots: who is on screen, side by side: "Ab" is A with a clear face and b turned away.
    colours: (shot, person) -> number of an outfit.
    num_faces: of each track; or {letter: number}, 10 where it does not say.
    """
    rng = np.random.default_rng(0)
    people, outfits = rng.normal(size=(8, 16)), rng.normal(size=(8, 24))
    people /= np.linalg.norm(people, axis=1, keepdims=True)
    outfits /= np.linalg.norm(outfits, axis=1, keepdims=True)
    rows, true, num_tracks = [], [], 0
    for shot, cast in enumerate(shots):
        for place, letter in enumerate(cast):
            person, clear = ord(letter.upper()) - ord("A"), letter.isupper()
            outfit = outfits[wears(shot, person)] + noise * rng.normal(size=24)
            length = num_faces.get(letter, 10) if isinstance(num_faces, dict) else num_faces
            for step in range(length):
                face = people[person] if clear else np.zeros(16)
                clothes = outfit + noise * rng.normal(size=24)
                rows.append(
                    {
                        "frame": 100 * shot + step,
                        "time_s": every_s * shot + step / 5,
                        "shot": shot,
                        "track": num_tracks,
                        "box": [100 * place, 0, 100 * place + 50, 60],
                        "quality": 0.8 if clear else 0.05,
                        "face_vector": face + (0.05 if clear else 0.3) * rng.normal(size=16),
                        "cloth_vector": clothes / np.linalg.norm(clothes),
                    }
                )
                true.append(person)
            num_tracks += 1
    columns = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    return Faces.of_detections(source=np.full(len(rows), "film.mp4"), **columns), np.array(true)


def both_stages(faces, **settings):
    before, _ = cluster_by_face(faces)
    after, notices, trust = reassign_by_clothing(before, ReassignConfig(**settings))
    return before, after, notices, trust


def numbers(notice, *names):
    return tuple(notice.numbers[name] for name in names)


def in_shot(faces, shot, place=0):
    return (faces.shot == shot) & (faces.box[:, 0] == 100 * place)


def whole_person(faces, true, person):
    """Return the number of the person that all strong rows of a true person have."""
    [number] = set(faces.person[faces.is_strong & (true == person)].tolist())
    return number


def test_faces_turned_away_get_the_person_who_wears_the_same():
    faces, true = film([*DAY, "a", "Bc", "d", "aB"])
    before, after, [notice], trust = both_stages(faces)
    turned = faces.quality < 0.2
    assert (before.person[turned] == UNKNOWN).all()
    assert (before.person[~turned] != UNKNOWN).all()
    for person in (A, B, C, D):
        assert set(after.person[true == person].tolist()) == {whole_person(after, true, person)}
    assert (after.decided_by[turned] == DecidedBy.CLOTH).all()
    assert (after.person_before[turned] == UNKNOWN).all()
    assert ((after.strength[turned] > 0) & (after.strength[turned] <= trust.bound)).all()
    assert trust.precision == 1
    assert notice.code == NoticeCode.CLOTH_TRUST
    assert numbers(notice, "num_films", "num_held_out", "num_voted", "precision") == (1, 23, 23, 1)
    assert notice.numbers["lower_bound"] == trust.bound
    assert notice.numbers["precision_asked"] == 0.95


def test_the_reason_names_the_person_by_its_final_number_and_the_margin():
    # B has the most faces that are known by face, A after stage 2.
    faces, true = film([*DAY, *["a"] * 9], every_s=4)
    before, after, _, _ = both_stages(faces)
    assert whole_person(before, true, A) != whole_person(after, true, A) == 0
    turned = faces.quality < 0.2
    assert set(after.reason[turned].tolist()) == {Reason.SAME_CLOTHES}
    assert set(after.about[turned].tolist()) == {0}
    assert (after.cloth_support[turned] > 1).all()
    for measured in (after.cloth_similarity[turned], after.cloth_margin[turned]):
        assert ((measured > 0) & (measured < 1)).all()


def test_people_are_numbered_anew_and_before_and_after_alike():
    faces, true = film([*DAY, *["a"] * 9], every_s=4)
    _, after, _, _ = both_stages(faces)
    counts = np.bincount(after.person)
    assert (np.diff(counts) <= 0).all()
    strong = after.is_strong
    assert (after.person_before[strong] == after.person[strong]).all()
    assert (after.person_before[strong & (true == A)] == 0).all()


def test_strong_rows_keep_person_strength_and_who_decided():
    # Everyone wears what somebody else wears in most other shots: clothes speak for others.
    faces, _ = film([*DAY, "a", "b"], wears=lambda shot, person: (person + shot // 9) % 4)
    before, after, _, _ = both_stages(faces, precision=0.05)
    strong = before.is_strong
    assert after.is_strong.tolist() == strong.tolist()
    assert (after.person[strong] == after.person_before[strong]).all()
    assert after.strength[strong].tolist() == before.strength[strong].tolist()
    assert (after.decided_by[strong] == DecidedBy.FACE).all()
    assert set(after.reason[strong].tolist()) == {Reason.NONE}


def test_a_clear_face_of_someone_else_in_the_same_suit_is_left_alone():
    # E is seen once, for too short to be a person alone, dressed as A.
    faces, true = film([*DAY, "E", "a"], wears=lambda _, person: person % 4, num_faces={"E": 5})
    before, after, _, _ = both_stages(faces)
    assert (before.person[true == E] == UNKNOWN).all()
    assert (after.person[true == E] == UNKNOWN).all()
    assert set(after.reason[true == E].tolist()) == {Reason.OTHER_FACE}
    assert set(after.about[true == E].tolist()) == {whole_person(after, true, A)}
    far = after.face_distance[true == E]
    assert ((far > ReassignConfig().veto) & (far < 2)).all()
    assert (after.person[in_shot(faces, 13)] == whole_person(after, true, A)).all()


def test_a_face_beside_the_person_does_not_become_that_person():
    faces, true = film([*DAY, "Ae"], wears=lambda _, person: person % 4)
    _, after, _, _ = both_stages(faces)
    assert (after.person[true == E] == UNKNOWN).all()
    faces, true = film([*DAY, "Be"], wears=lambda _, person: person % 4)
    _, after, _, _ = both_stages(faces)
    assert (after.person[true == E] == whole_person(after, true, A)).all()


def test_of_two_turned_faces_in_one_picture_dressed_alike_one_gets_the_person():
    faces, true = film([*DAY, "ae"], wears=lambda _, person: person % 4)
    _, after, _, _ = both_stages(faces)
    one, other = (set(after.person[in_shot(faces, 12, place)].tolist()) for place in (0, 1))
    assert {UNKNOWN, whole_person(after, true, A)} == one | other
    assert len(one) == len(other) == 1


def test_where_everyone_wears_the_same_stage_2_makes_no_change():
    faces, _ = film([*DAY, "a", "b", "cd"], wears=lambda *_: 0)
    before, after, [notice], trust = both_stages(faces)
    assert not before.is_known.all()
    assert notice.code == NoticeCode.CLOTH_TRUST
    assert numbers(notice, "num_films_off", "num_held_out", "num_voted") == (1, 21, 0)
    assert notice.numbers["precision"] < 0.95
    assert numbers(notice, "lowest_margin", "highest_margin") == (None, None)
    assert trust.margin == np.inf
    noted = {"reason", "about", "cloth_similarity", "cloth_margin", "cloth_support"}
    for name, column in before.columns().items():
        if name not in noted:
            np.testing.assert_array_equal(column, after.columns()[name])
    assert set(after.reason[~before.is_known].tolist()) == {Reason.CLOTHES_DO_NOT_TELL}


def test_clothes_count_only_for_a_while():
    faces, true = film([*DAY, "a"], every_s=10)  # the last shot begins at 120 s
    _, after, _, _ = both_stages(faces, window_s=60)
    assert (after.person[in_shot(faces, 12)] == whole_person(after, true, A)).all()
    late = faces.replace(time_s=np.where(in_shot(faces, 12), faces.time_s + 60, faces.time_s))
    _, after, _, _ = both_stages(late, window_s=60)
    assert (after.person[in_shot(faces, 12)] == UNKNOWN).all()
    assert set(after.reason[in_shot(faces, 12)].tolist()) == {Reason.NOBODY_NEAR}


def as_photos(faces, name, time_s):
    """Make a photo of each shot, with one face of each track; name, time_s: shot -> column."""
    photos = faces[np.unique(faces.track, return_index=True)[1]]
    shot = photos.shot.tolist()
    return photos.replace(
        source=[name(number) for number in shot],
        frame=np.zeros(len(photos)),
        shot=np.full(len(photos), -1),
        time_s=[time_s(number) for number in shot],
    )


@pytest.mark.parametrize(("later_s", "same_event"), [(7100.0, True), (7300.0, False)])
def test_clothes_of_photos_count_within_events_with_gaps_of_two_hours(later_s, same_event):
    faces, _ = film([*DAY, "a"])
    photos = as_photos(faces, "{}.jpg".format, lambda shot: later_s if shot == 12 else shot / 100)
    _, after, _, _ = both_stages(photos)
    assert (after.person[-1] == after.person[0] != UNKNOWN) == same_event


@pytest.mark.parametrize(("folder", "same_event"), [("day", True), ("night", False)])
def test_clothes_of_photos_without_times_count_within_their_folder(folder, same_event):
    faces, _ = film([*DAY, "a"])
    photos = as_photos(
        faces, lambda shot: f"{folder if shot == 12 else 'day'}/{shot}.jpg", lambda _: np.nan
    )
    _, after, _, _ = both_stages(photos)
    assert (after.person[-1] == after.person[0] != UNKNOWN) == same_event


@pytest.mark.parametrize("dim", [0, 24])
def test_without_any_clothes_in_sight_nothing_changes(dim):
    faces, _ = film([*DAY, "a"])
    faces = faces.replace(cloth_vector=np.full((len(faces), dim), np.nan))
    before, after, [notice], trust = both_stages(faces)
    assert after.person.tolist() == before.person.tolist()
    assert after.strength.tolist() == before.strength.tolist()
    assert set(after.reason[~before.is_known].tolist()) == {Reason.NO_CLOTHES}
    assert (trust.num_held_out, trust.precision) == (0, None)
    assert numbers(notice, "num_held_out", "precision", "lower_bound") == (0, None, None)


def test_the_method_none_changes_nothing():
    faces, _ = film([*DAY, "a"])
    before, after, notices, trust = both_stages(faces, method="none")
    assert after is before
    assert notices == []
    assert trust is None


def test_a_table_without_faces_stays_empty():
    after, notices, trust = reassign_by_clothing(Faces.empty(16, 24))
    assert len(after) == 0
    assert notices == []
    assert trust is None


def test_with_too_few_known_tracks_nothing_is_claimed():
    faces, true = film(["AB", "A", "B", "a"], noise=0.02)
    _, after, [notice], trust = both_stages(faces)
    assert trust.precision is None
    assert trust.bound is None
    assert numbers(notice, "num_films", "num_films_unmeasured", "num_held_out") == (1, 1, 4)
    assert numbers(notice, "precision", "lower_bound") == (None, None)
    assert (after.person[in_shot(faces, 3)] == whole_person(after, true, A)).all()
    assert (after.strength[in_shot(faces, 3)] <= 0.5).all()


def test_with_many_known_tracks_that_nobody_can_be_compared_with_nothing_is_claimed():
    faces, _ = film(list("ABCD" * 4), every_s=200)
    _, _, [notice], trust = both_stages(faces, window_s=60)
    assert (trust.num_held_out, trust.num_voted, trust.precision) == (16, 0, None)
    assert numbers(notice, "num_held_out", "num_voted", "precision") == (16, 0, None)


def test_pieces_of_one_track_may_have_different_people_after_online():
    faces, _ = film(["ABCD", "DCBA", "A", "B", "AB"])
    # The track of shot 2 jumps from A to B half way; between, three faces are of nobody.
    rows = np.flatnonzero(in_shot(faces, 2))
    vector, clothes = faces.face_vector.copy(), faces.cloth_vector.copy()
    to_b = np.flatnonzero(in_shot(faces, 3))
    vector[rows[5:]], clothes[rows[5:]] = vector[to_b[5:]], clothes[to_b[5:]]
    vector[rows[3:6]] = 3 * np.random.default_rng(1).normal(size=(3, 16))
    faces = faces.replace(face_vector=vector, cloth_vector=clothes)
    before, _ = cluster_by_face(faces, FaceConfig(method="online"))
    a, b = before.person[rows[0]], before.person[rows[9]]
    assert before.person[rows].tolist() == [a] * 3 + [UNKNOWN] * 3 + [b] * 4
    assert len(set(pieces_of(before)[rows].tolist())) == 3
    after, _, _ = reassign_by_clothing(before)
    a, b = after.person[rows[0]], after.person[rows[9]]
    assert a != b
    assert after.person[rows].tolist()[:3] + after.person[rows].tolist()[6:] == [a] * 3 + [b] * 4


def test_a_row_without_a_track_is_an_error():
    faces, _ = film(DAY)
    with pytest.raises(ValueError, match="expected a track for every row"):
        reassign_by_clothing(faces.replace(track=np.full(len(faces), -1)))


@pytest.mark.parametrize(("margin", "num_changed"), [(0.0, 10), (1.2, 0)])
def test_a_margin_that_somebody_chose_counts_whatever_the_film_shows(margin, num_changed):
    faces, _ = film([*DAY, "a"])
    _, after, _, trust = both_stages(faces, margin=margin)
    assert trust.margin == margin
    assert (after.person != after.person_before).sum() == num_changed


def joined(*films):
    """Put films into one table, as one.mp4, two.mp4 ..."""
    tables, num_tracks = [], 0
    for number, faces in enumerate(films):
        source = np.full(len(faces), f"{('one', 'two', 'three')[number]}.mp4")
        tables.append(faces.replace(source=source, track=faces.track + num_tracks))
        num_tracks += faces.track.max() + 1
    return Faces.concatenate(tables)


def test_clothes_that_tell_people_apart_in_one_film_are_not_trusted_in_another():
    shots = [*DAY, "a", "Bc"]
    play, _ = film(shots)
    swapped, _ = film(shots, wears=lambda shot, person: (person + shot) % 4)
    faces = joined(play, swapped)
    _, after, [notice], trust = both_stages(faces)
    turned = faces.quality < 0.2
    assert after.is_known[turned & (faces.source == "one.mp4")].all()
    in_swapped = turned & (faces.source == "two.mp4")
    assert not after.is_known[in_swapped].any()
    assert set(after.reason[in_swapped].tolist()) == {Reason.CLOTHES_DO_NOT_TELL}
    assert notice.numbers == {
        "num_films": 2,
        "num_films_unmeasured": 0,
        "num_films_off": 1,
        "num_held_out": 44,
        "num_voted": 22,
        "precision": 1.0,
        "lower_bound": trust.bound,
        "precision_asked": 0.95,
        "lowest_margin": 0.15,
        "highest_margin": 0.15,
    }
    assert round(trust.bound, 2) == 0.99
    assert (trust.precision, trust.num_voted, trust.num_held_out) == (1.0, 22, 44)


def test_films_too_short_to_be_measured_are_measured_together():
    clip, _ = film(["AB", "BA", "AB", "b"], num_faces=12)
    _, _, [notice], trust = both_stages(joined(clip))
    assert (trust.precision, trust.num_held_out) == (None, 6)
    assert numbers(notice, "num_films_unmeasured", "precision") == (1, None)
    faces = joined(clip, clip, clip)
    _, after, [notice], trust = both_stages(faces)
    assert (trust.precision, trust.num_held_out, trust.num_voted) == (1.0, 18, 18)
    assert numbers(notice, "num_films", "num_films_unmeasured") == (3, 0)
    assert numbers(notice, "num_held_out", "num_voted", "precision") == (18, 18, 1.0)
    assert after.is_known.all()


def test_a_short_film_beside_a_long_one_is_measured_by_itself():
    long, _ = film([*DAY, "a"])
    clip, _ = film(["AB", "AB", "b"])
    _, _, [notice], trust = both_stages(joined(long, clip))
    assert numbers(notice, "num_films", "num_films_unmeasured", "num_films_off") == (2, 1, 0)
    low, high = numbers(notice, "lowest_margin", "highest_margin")
    assert low < high  # measured in one film, cautious in the other
    assert trust.precision == 1.0
    clip, _ = film(["AB", "A", "b"])
    _, _, [notice], trust = both_stages(joined(clip, clip))
    assert numbers(notice, "num_films", "num_films_unmeasured") == (2, 2)
    assert notice.numbers["lowest_margin"] is not None
    assert trust.precision is None
