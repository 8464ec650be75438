import json
from fractions import Fraction

import numpy as np
import pytest
from castlist.clustering.report.wording import clock, count, duration, share, taken, tick
from castlist.data.result.facts import ModelFacts, RunFacts, SourceFacts
from castlist.data.tables.codes import Notice, NoticeCode
from castlist.data.tables.nearly_same import NearlySame


def test_run_json_is_strict_json_whatever_the_settings_hold():
    run = RunFacts(
        sources=(SourceFacts("a.mp4", fps=np.float64(25.0), cuts_s=(1.5, 3.0)),),
        seconds={"look": 1.25},
        configuration={"people": {"cost": float("inf"), "kinds": {1}}, "path": object},
        notices=(Notice(NoticeCode.CLOTH_WEIGHT, {"lowest": float("nan"), "film": "é"}),),
    )

    def refuse(text):
        raise AssertionError(text)

    content = json.loads(run.to_json(), parse_constant=refuse)
    assert content == run.to_dict()
    assert content["sources"][0]["cuts_s"] == [1.5, 3.0]
    assert content["configuration"]["people"] == {"cost": None, "kinds": [1]}
    assert content["notices"] == [
        {"code": "cloth_weight", "numbers": {"lowest": None, "film": "é"}}
    ]


def test_facts_are_read_back_as_they_were():
    film = SourceFacts(
        *("a.mp4", "film", "/films/a.mp4", "0af3"),
        frames=(0, 5),
        frames_s=(0.0, 0.2),
        size_px=(640, 360),
        rate=Fraction(24000, 1001),
        time_base=Fraction(1, 24000),
        start_timecode="01:00:00:00",
    )
    run = RunFacts(
        sources=(film, SourceFacts("b.jpg", "photo", taken_s=12.5)),
        models=ModelFacts({"detector": "x 1"}, 0.6, cloth_columns={"colours": (4, 9)}),
        notices=(Notice(NoticeCode.SHARED_PICTURES, {"num_pairs": 3}),),
        predicted_precision=0.98,
        nearly_same=(NearlySame(3, 5, -1.5, None, 0.125), NearlySame(0, 1, 0.5, 2.0, 0.4)),
    )
    content = json.loads(run.to_json())
    assert content["sources"][0]["rate"] == "24000/1001"
    assert RunFacts.from_dict(content) == run


def test_fields_of_another_version_are_left_alone():
    back = RunFacts.from_dict({"sources": [{"name": "a.mp4", "charm": 1}], "charm": 2})
    assert back == RunFacts(sources=(SourceFacts("a.mp4"),))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("configuration",), [1]),
        (("versions",), {"torch": 3}),
        (("seconds",), {"look": "long"}),
        (("input_hash",), None),
        (("sources",), {}),
        (("sources", 0, "name"), 7),
        (("sources", 0, "kind"), True),
        (("sources", 0, "frames"), [0, "5"]),
        (("sources", 0, "size_px"), [640]),
        (("sources", 0, "fps"), "25"),
        (("sources", 0, "rate"), []),
        (("models",), []),
        (("models", "cards"), ["x"]),
        (("models", "face_columns"), {"x": [1]}),
        (("notices",), [{"code": "shared_pictures", "numbers": 3}]),
    ],
)
def test_a_field_of_another_type_is_refused(path, value):
    run = RunFacts(sources=(SourceFacts("a.mp4", frames=(0, 5), rate=Fraction(25)),))
    content = json.loads(run.to_json())
    at = content
    for key in path[:-1]:
        at = at[key]
    assert path[-1] in at
    at[path[-1]] = value
    with pytest.raises((TypeError, ValueError, KeyError, AttributeError)):
        RunFacts.from_dict(content)


def test_times_are_written_for_people():
    times = [clock(s) for s in (0, 12.44, 59.96, 3723.46)]
    assert times == ["0:00.0", "0:12.4", "1:00.0", "1:02:03.5"]
    assert clock(float("nan")) == "?"
    assert [tick(s) for s in (0, 75, 3600)] == ["0:00", "1:15", "1:00:00"]
    assert [duration(s) for s in (7.42, 9.97, 59.6, 89, 3599.6, 7500)] == [
        *("7.4 s", "10 s", "1 min 00 s", "1 min 29 s", "1 h 00 min", "2 h 05 min")
    ]
    assert taken(1563105842) == "2019-07-14 12:04"
    assert taken(float("nan")) == "no date"
    assert taken(-3600) == "1969-12-31 23:00"


def test_counts_and_shares_are_written_for_people():
    assert [count(n, "face") for n in (0, 1, 1204)] == ["0 faces", "1 face", "1,204 faces"]
    assert count(2, "person", "people") == "2 people"
    assert [share(*pair) for pair in ((0, 0), (0, 5), (1, 500), (499, 500), (5, 5), (1, 3))] == [
        *("n/a", "0 %", "under 1 %", "over 99 %", "100 %", "33 %")
    ]
