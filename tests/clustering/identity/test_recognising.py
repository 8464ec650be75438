"""Who of a library somebody is who is not in it."""

import math

import numpy as np
import pyarrow as pa
import pytest
from castlist.clustering.evidence.curves import Curves
from castlist.clustering.identity.film_people import FilmPeople, FilmPeopleEvidence
from castlist.clustering.identity.joining import LEAST_ODDS
from castlist.clustering.identity.recognising import recognise
from castlist.clustering.library_files.summary import summarise
from library_tools import DIM, LETTERS, direction, film_result

COLUMNS = {"any": (0, DIM)}
CURVES = Curves.load()
EVIDENCE = FilmPeopleEvidence(COLUMNS, CURVES.of_faces(COLUMNS))


def film_people(**films):
    people, vectors, at = [], [], 0
    for film, shots in films.items():
        summary = summarise(film, film_result(film, shots), CURVES, {})
        people += [{**row, "row": row["row"] + at} for row in summary.people]
        vectors.append(summary.vectors)
        at += len(summary.vectors)
    return FilmPeople.of(pa.Table.from_pylist(people), np.concatenate(vectors), len(COLUMNS))


def letters(people):
    """Return the number of the letter that each is nearest to."""
    means = people.means(np.arange(len(people))).units
    return np.array([np.argmax([mean @ direction(k) for k in LETTERS]) for mean in means], np.int64)


def asked(shots):
    people = film_people(asked=shots)
    return people.means(np.arange(len(people))), letters(people)


@pytest.fixture(scope="module")
def library():
    return film_people(one=["AB", "A", "B", "A"], two=["AC", "A", "C", "C"], three=["B", "B", "D"])


def test_whoever_is_in_the_library_is_recognised(library):
    faces, true = asked(["A", "C", "A", "C"])
    found = recognise(faces, library, letters(library), EVIDENCE)
    assert [next(iter(one)) for one in found] == true.tolist()
    assert min(next(iter(one.values())) for one in found) > 0.9


def test_whoever_is_not_there_is_nobody(library):
    faces, _ = asked(["H", "H", "H"])
    (found,) = recognise(faces, library, letters(library), EVIDENCE)
    assert max(found.values()) < 0.1


def test_probabilities_fall_and_leave_room_for_nobody(library):
    faces, _ = asked(["A", "B", "A"])
    for one in recognise(faces, library, letters(library), EVIDENCE):
        likely = list(one.values())
        assert likely == sorted(likely, reverse=True)
        assert sum(likely) < 1


def test_a_probability_is_that_of_its_evidence_against_the_odds(library):
    faces, _ = asked(["A", "A"])
    alone = library[np.flatnonzero(letters(library) == 3)]  # D is in one film
    (found,) = recognise(faces, alone, letters(alone), EVIDENCE)
    evidence = EVIDENCE.of_pairs(faces, alone.means(np.array([0])))[0]
    odds = math.exp(evidence) / LEAST_ODDS
    assert found == {3: pytest.approx(odds / (1 + odds), rel=1e-3)}


def test_a_person_of_several_films_counts_as_one_by_all_of_them(library):
    faces, _ = asked(["A", "A"])
    (found,) = recognise(faces, library, letters(library), EVIDENCE)
    assert sorted(found) == sorted({*letters(library).tolist()})


def test_the_order_of_films_changes_nothing(library):
    faces, _ = asked(["A", "B", "C"])
    order = np.random.default_rng(0).permutation(len(library))
    before = recognise(faces, library, letters(library), EVIDENCE)
    after = recognise(faces, library[order], letters(library)[order], EVIDENCE)
    for one, other in zip(before, after, strict=True):
        assert other == pytest.approx(one, rel=1e-4)


def test_nobody_is_recognised_without_a_look_or_in_an_empty_library(library):
    faces, _ = asked(["A", "A"])
    blind = type(faces)(faces.units, faces.common, np.zeros_like(faces.looks))
    assert recognise(blind, library, letters(library), EVIDENCE) == [{}]
    nothing = np.empty(0, np.int64)
    assert recognise(faces, library[nothing], nothing, EVIDENCE) == [{}]
    assert recognise(faces[nothing], library, letters(library), EVIDENCE) == []
