"""Joining the people of films by faces."""

import numpy as np
import pyarrow as pa
import pytest
from castlist.clustering.evidence.curves import Curves
from castlist.clustering.evidence.face import FaceEvidence
from castlist.clustering.identity.film_people import FilmPeople, FilmPeopleEvidence
from castlist.clustering.identity.joining import find_identities, needed
from castlist.clustering.identity.rules import Limits
from castlist.clustering.library_files.summary import summarise
from castlist.clustering.people.known import without_clothes
from castlist.data.tables.faces import Faces
from castlist.data.tables.tracks import Tracks
from library_tools import DIM, film_result

COLUMNS = {"any": (0, DIM)}
CURVES = Curves.load()
STOP = float(np.log(3))


@pytest.fixture(scope="module")
def films():
    return {
        "a.mp4": film_result("a.mp4", ["AB", "A", "B", "A", "B", "AB"]),
        "b.mp4": film_result("b.mp4", ["AC", "A", "C", "A", "C", "C"]),
        "c.mp4": film_result("c.mp4", ["BD", "B", "D", "B"]),
    }


def _film_people(films):
    people, vectors, at = [], [], 0
    for film, result in films.items():
        summary = summarise(film, result, CURVES, {})
        people += [{**row, "row": row["row"] + at} for row in summary.people]
        vectors.append(summary.vectors)
        at += len(summary.vectors)
    return FilmPeople.of(pa.Table.from_pylist(people), np.concatenate(vectors), len(COLUMNS))


def _found(film_people, limits=None, **options):
    evidence = FilmPeopleEvidence(COLUMNS, CURVES.of_faces(COLUMNS))
    return find_identities(film_people, evidence, limits or Limits(), STOP, **options)


def _sets(film_people, group):
    return {
        frozenset(
            (film_people.film_keys[film_people.film[row]], int(film_people.person[row]))
            for row in np.flatnonzero(group == number)
        )
        for number in np.unique(group)
    }


def test_evidence_is_that_of_groups_of_tracks(films):
    """What is kept of a person says what all of their tracks say."""
    film_people = _film_people(films)
    tables, num_tracks = [], 0
    for result in films.values():
        known = result.faces[result.faces.is_known]
        known = known.replace(track=np.unique(known.track, return_inverse=True)[1] + num_tracks)
        num_tracks = int(known.track.max()) + 1
        tables.append(without_clothes(known))
    faces = Faces.concatenate(tables)
    first = np.unique(faces.track, return_index=True)[1]
    group = np.unique(
        np.stack([faces.source[first], faces.person[first].astype(str)]),
        axis=1,
        return_inverse=True,
    )[1]
    expected = FaceEvidence(Tracks.of(faces), COLUMNS, CURVES.of_faces(COLUMNS)).of_groups(group)
    evidence = FilmPeopleEvidence(COLUMNS, CURVES.of_faces(COLUMNS))
    seen = film_people.means(np.arange(len(film_people)))
    got = np.clip(evidence.between(seen, seen), -12, 12)
    likely = expected > 0.5  # of others the pairs of tracks have a say there
    assert likely.sum() > len(film_people)
    assert np.allclose(got[likely], expected[likely], atol=0.05)
    pairs = evidence.of_pairs(seen[np.array([0, 1])], seen[np.array([2, 3])])
    assert np.allclose(np.clip(pairs, -12, 12), got[[0, 1], [2, 3]], atol=1e-4)


def test_the_same_faces_are_one_person(films):
    film_people = _film_people(films)
    found = _found(film_people)
    assert len(_sets(film_people, found.group)) == 4
    assert found.probability.min() > 0.9


def test_lists_find_the_same(films):
    film_people = _film_people(films)
    assert (_found(film_people, every_pair_up_to=2).group == _found(film_people).group).all()


def test_two_people_of_one_film_are_never_joined(films):
    twice = {"a.mp4": films["a.mp4"], "b.mp4": films["a.mp4"]}
    film_people = _film_people(twice)
    found = _found(film_people)
    assert len(np.unique(found.group)) == 2
    same = dict.fromkeys(range(len(film_people)), "x")
    again = _found(film_people, Limits(names=same))
    for number in np.unique(again.group):
        films_of = film_people.film[again.group == number]
        assert len(films_of) == len(set(films_of.tolist()))


def test_the_user_outranks_evidence(films):
    film_people = _film_people(films)
    group = _found(film_people).group
    one, other = next((a, b) for a in range(len(group)) for b in range(a) if group[a] == group[b])
    apart = _found(film_people, Limits(apart=((one, other),)))
    assert apart.group[one] != apart.group[other]
    named = _found(film_people, Limits(names={one: "anna", other: "berta"}))
    assert named.group[one] != named.group[other]
    stranger = next(row for row in range(len(group)) if group[row] != group[one])
    joined = _found(film_people, Limits(together=((one, stranger),)))
    assert joined.group[one] == joined.group[stranger]
    assert joined.probability[[one, stranger]].tolist() == [1, 1]


def test_a_larger_library_needs_more_evidence():
    assert needed(10, 0.0) == pytest.approx(np.log(100))
    assert needed(1000, 0.0) == pytest.approx(np.log(10_000))


def test_nobody_and_people_without_a_face_vector_stay_by_themselves(films):
    film_people = _film_people(films)
    nobody = _found(film_people[np.empty(0, np.int64)])
    assert len(nobody.group) == 0
    summary = summarise("d.mp4", films["a.mp4"], None, {})
    blind = FilmPeople.of(
        pa.Table.from_pylist(summary.people), np.zeros((len(summary.people), DIM), np.float16), 1
    )
    assert _found(blind).group.tolist() == [*range(len(blind))]
