import math
from itertools import combinations, permutations

import numpy as np
import pytest
from castlist.clustering.evaluation.scores import ClusterCounts, count_clusters, f_measure, ratio
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score
from sklearn.metrics.cluster import pair_confusion_matrix

# ana x 4, ben x 2: person 0 holds three of ana and one of ben, one of ana is unknown,
# person 1 holds one of ben.
TRUE = np.array([0, 0, 0, 0, 1, 1])
PERSON = np.array([0, 0, 0, -1, 0, 1])

RATIOS = [name for name, value in vars(ClusterCounts).items() if isinstance(value, property)]


def _random_tables(num_tables=40):
    rng = np.random.default_rng(0)
    for _ in range(num_tables):
        num_faces = int(rng.integers(2, 40))
        true = rng.integers(0, rng.integers(1, 6), num_faces)
        person = rng.integers(-1, rng.integers(1, 7), num_faces)
        yield true, person


TABLES = list(_random_tables())


def _singletons(person):
    """Every unknown face becomes a person of its own."""
    person = person.copy()
    unknown = np.flatnonzero(person == -1)
    person[unknown] = 1000 + unknown
    return person


def test_the_worked_example():
    counts = count_clusters(TRUE, PERSON, missed=2)
    assert (counts.faces, counts.known, counts.people, counts.true_people) == (6, 5, 2, 2)
    assert counts.unknown_share == pytest.approx(1 / 6)
    assert counts.wcp_known == pytest.approx((3 + 1) / 5)
    assert counts.one_to_one == pytest.approx((3 + 1) / 6)
    assert counts.one_to_one_all_labels == pytest.approx((3 + 1) / 8)
    # ana in person 0: 3/4 each; ben in person 0: 1/4; the singleton and ben in person 1: 1
    assert counts.bcubed_precision == pytest.approx((3 * 3 / 4 + 1 / 4 + 1 + 1) / 6)
    # ana in person 0: 3 of 4; ana alone: 1 of 4; ben: 1 of 2, twice
    assert counts.bcubed_recall == pytest.approx((3 * 3 / 4 + 1 / 4 + 2 * 1 / 2) / 6)
    # 6 pairs in person 0, 3 of them of ana; 6 + 1 true pairs
    assert counts.pairwise_precision == pytest.approx(3 / 6)
    assert counts.pairwise_recall == pytest.approx(3 / 7)
    assert counts.pairwise_f == pytest.approx(2 * (3 / 6) * (3 / 7) / (3 / 6 + 3 / 7))
    assert counts.character_precision == pytest.approx((3 / 4 + 1 / 1) / 2)
    assert counts.character_recall == pytest.approx((3 / 4 + 1 / 2) / 2)
    assert counts.cluster_ratio == 1.0


@pytest.mark.parametrize(("true", "person"), TABLES)
def test_nmi_ari_and_pairs_equal_sklearns(true, person):
    counts, alone = count_clusters(true, person), _singletons(person)
    assert counts.ari == pytest.approx(adjusted_rand_score(true, alone), abs=1e-9)
    assert counts.nmi == pytest.approx(normalized_mutual_info_score(true, alone), abs=1e-9)
    (neither, only_found), (only_true, both) = pair_confusion_matrix(true, alone) // 2
    assert counts.pairs_both == both
    assert counts.pairs_found - counts.pairs_both == only_found
    assert counts.pairs_true - counts.pairs_both == only_true
    assert counts.pairs == neither + only_found + only_true + both


@pytest.mark.parametrize(("true", "person"), TABLES)
def test_b_cubed_equals_a_loop_over_faces(true, person):
    alone = _singletons(person)
    precision = recall = 0.0
    for i in range(len(true)):
        both = sum(true[i] == true[j] and alone[i] == alone[j] for j in range(len(true)))
        precision += both / sum(alone[i] == alone[j] for j in range(len(true)))
        recall += both / sum(true[i] == true[j] for j in range(len(true)))
    counts = count_clusters(true, person)
    assert counts.bcubed_precision == pytest.approx(precision / len(true), abs=1e-9)
    assert counts.bcubed_recall == pytest.approx(recall / len(true), abs=1e-9)


@pytest.mark.parametrize(("true", "person"), TABLES)
def test_pairs_equal_a_loop_over_pairs(true, person):
    counts = count_clusters(true, person)
    together = [
        (true[i] == true[j], person[i] == person[j] != -1)
        for i, j in combinations(range(len(true)), 2)
    ]
    assert counts.pairs_found == sum(found for _, found in together)
    assert counts.pairs_true == sum(same for same, _ in together)
    assert counts.pairs_both == sum(same and found for same, found in together)


@pytest.mark.parametrize(("true", "person"), TABLES)
def test_purity_equals_a_loop_over_people(true, person):
    people = sorted(set(person.tolist()) - {-1})
    best = 0
    for one in people:
        members = true[person == one].tolist()
        best += max(members.count(name) for name in members)
    counts = count_clusters(true, person)
    assert counts.in_majority == best
    assert counts.people == len(people)


@pytest.mark.parametrize(("true", "person"), TABLES)
def test_one_to_one_is_the_best_of_all_ways_to_match(true, person):
    names, people = sorted(set(true.tolist())), sorted(set(person.tolist()) - {-1})
    people += [None] * max(0, len(names) - len(people))  # a name without a person
    best = max(
        sum(
            int(((true == name) & (person == one)).sum())
            for name, one in zip(names, chosen, strict=True)
        )
        for chosen in permutations(people, len(names))
    )
    assert count_clusters(true, person).one_to_one_right == best


@pytest.mark.parametrize(("true", "person"), TABLES)
def test_character_figures_equal_a_loop_over_characters(true, person):
    """Against any best matching: where several tie, ours must be one of them."""
    names, people = sorted(set(true.tolist())), sorted(set(person.tolist()) - {-1})
    people += [None] * max(0, len(names) - len(people))
    counts = count_clusters(true, person)
    ties = set()
    for chosen in permutations(people, len(names)):
        both = [
            int(((true == n) & (person == p)).sum()) for n, p in zip(names, chosen, strict=True)
        ]
        if sum(both) == counts.one_to_one_right:
            precision = sum(b / (person == p).sum() for b, p in zip(both, chosen, strict=True) if b)
            recall = sum(b / (true == n).sum() for b, n in zip(both, names, strict=True))
            ties.add((round(precision, 9), round(recall, 9)))
    ours = (counts.character_precision_sum, counts.character_recall_sum)
    assert tuple(round(value, 9) for value in ours) in ties


def test_over_no_faces_every_ratio_is_none():
    empty = count_clusters(np.empty(0, np.int64), np.empty(0, np.int64))
    assert empty == ClusterCounts()
    assert len(RATIOS) == 16
    for name in RATIOS:
        assert getattr(empty, name) is None


def test_when_nobody_is_known_purity_is_none_and_not_one():
    counts = count_clusters(np.array([0, 0, 1]), np.array([-1, -1, -1]))
    assert counts.wcp_known is None
    assert counts.pairwise_precision is None
    assert counts.pairwise_recall == 0.0
    assert counts.one_to_one == 0.0
    assert counts.bcubed_precision == 1.0  # singletons are pure: read it beside the recall
    assert counts.cluster_ratio == 0.0


def test_one_face_has_no_pairs():
    counts = count_clusters(np.array([5]), np.array([2]))
    assert counts.one_to_one == 1.0
    assert counts.nmi == 1.0
    assert counts.ari is None


def test_a_perfect_result_scores_one_everywhere():
    true = np.array([0, 0, 1, 1, 1, 2])
    counts = count_clusters(true, np.array([4, 4, 0, 0, 0, 1]))
    for name in ("wcp_known", "one_to_one", "bcubed_f", "pairwise_f", "nmi", "ari"):
        assert getattr(counts, name) == pytest.approx(1.0)
    assert counts.character_precision == counts.character_recall == counts.cluster_ratio == 1.0


def test_the_numbers_of_people_do_not_matter():
    renamed = np.array([7, 7, 7, -1, 7, 3])
    assert count_clusters(TRUE + 10, renamed) == count_clusters(TRUE, PERSON)


def test_counts_add_and_pool_by_face():
    one = count_clusters(TRUE, PERSON, missed=1)
    other = count_clusters(np.array([0, 1]), np.array([0, 0]))
    both = one + other
    assert both.faces == 8
    assert both.missed == 1
    assert both.wcp_known == pytest.approx((4 + 1) / 7)
    assert both.one_to_one == pytest.approx((4 + 1) / 8)
    assert both.bcubed_recall == pytest.approx((one.bcubed_recall_sum + 2) / 8)


def test_pooled_nmi_does_not_reward_telling_films_apart():
    """Two films, in each one person found for two: nothing was learnt, so NMI is 0."""
    film = count_clusters(np.array([0, 1]), np.array([0, 0]))
    assert (film + film).nmi == 0.0


def test_different_tables_do_not_add():
    with pytest.raises(TypeError):
        _ = ClusterCounts() + 1


def test_ratio_and_f_measure_say_none_over_nothing():
    assert ratio(0, 0) is None
    assert ratio(0, 3) == 0.0
    assert f_measure(None, 0.5) is None
    assert f_measure(0.0, 0.0) == 0.0
    assert math.isclose(f_measure(0.5, 1.0) or 0, 2 / 3)
