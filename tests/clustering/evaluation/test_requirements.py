import pytest
from castlist.clustering.evaluation.requirements import (
    Requirement,
    failures,
    find_figure,
    parse_requirement,
)
from castlist.data.errors import InputError

SECTIONS = {
    "detection": {"missed": 3, "found_share": 0.9},
    "before": {"one_to_one": 0.3, "nmi": 0.2},
    "after": {"one_to_one": 0.7, "wcp_known": None},
    "stage_2": {"recovery": 0.625, "harm": 0.0},
}


@pytest.mark.parametrize(
    ("text", "requirement"),
    [
        ("recovery>=0.6", Requirement("recovery", ">=", 0.6)),
        (" harm <= .01 ", Requirement("harm", "<=", 0.01)),
        ("before.nmi<1e-1", Requirement("before.nmi", "<", 0.1)),
        ("missed>3", Requirement("missed", ">", 3)),
    ],
)
def test_a_requirement_is_read(text, requirement):
    assert parse_requirement(text) == requirement


@pytest.mark.parametrize("text", ["recovery", "recovery>=", "recovery=0.6", ">=0.6", "a>=0.6x", ""])
def test_what_is_no_requirement_is_refused(text):
    with pytest.raises(InputError, match="expected a figure"):
        parse_requirement(text)


def test_a_name_alone_means_stage_2_or_after():
    assert find_figure(SECTIONS, "recovery") == 0.625
    assert find_figure(SECTIONS, "one_to_one") == 0.7
    assert find_figure(SECTIONS, "before.one_to_one") == 0.3
    assert find_figure(SECTIONS, "missed") == 3


@pytest.mark.parametrize("name", ["recal", "before.recovery", "nowhere.one_to_one"])
def test_an_unknown_figure_is_refused_naming_those_that_there_are(name):
    with pytest.raises(InputError, match=r"found_share, harm, missed, .*got '" + name):
        find_figure(SECTIONS, name)


def test_only_what_does_not_hold_is_said():
    wanted = ["recovery>=0.6", "recovery>0.625", "harm<=0", "harm<0", "missed<=2"]
    assert failures([parse_requirement(text) for text in wanted], SECTIONS) == [
        "required recovery>0.625, got 0.625",
        "required harm<0, got 0",
        "required missed<=2, got 3",
    ]


def test_a_figure_over_nothing_meets_no_requirement():
    wanted = [parse_requirement("wcp_known>=0"), parse_requirement("wcp_known<=1")]
    assert failures(wanted, SECTIONS) == [
        "required wcp_known>=0, got n/a (over no faces)",
        "required wcp_known<=1, got n/a (over no faces)",
    ]
