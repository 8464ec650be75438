import re
from dataclasses import dataclass

import pytest
from castlist.data.settings import check_settings, setting, settings_of


@dataclass(frozen=True)
class Kettle:
    litres: float = setting(1.5, "what it holds, litres", above=0, at_most=5)
    limit_s: float | None = setting(None, "when it switches off, seconds", at_least=0)
    share: float = setting(0.5, "how full it is", at_least=0, at_most=1)
    trust: float = setting(0.9, "how sure it is", above=0, below=1)
    decay: float = setting(0.1, "how fast it cools", at_least=0, below=1)
    cups: int = setting(2, "cups to fill", at_least=1)
    mode: str = setting("tea", "what it is for", one_of=("tea", "coffee"))
    sound: str = setting(
        "beep", "what it plays", one_of=("beep",), endings=(".wav",), or_a="a .wav file"
    )
    herbs: str = setting(
        "mint",
        "what is in the tea",
        one_of=("mint", "sage"),
        endings=(".herb",),
        or_a="a .herb file",
        joined_by="+",
    )
    name: str = setting("kettle", "what it is called")
    owner: str = "nobody"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"litres": 0.0}, "kettle.litres: expected more than 0, at most 5, got 0.0"),
        ({"litres": 5.1}, "kettle.litres: expected more than 0, at most 5, got 5.1"),
        ({"litres": float("nan")}, "kettle.litres: expected more than 0, at most 5, got nan"),
        ({"litres": "full"}, "kettle.litres: expected more than 0, at most 5, got 'full'"),
        ({"limit_s": float("inf")}, "kettle.limit_s: expected 0 or more, got inf"),
        ({"limit_s": 10**400}, f"kettle.limit_s: expected 0 or more, got {10**400}"),
        ({"cups": float("inf")}, "kettle.cups: expected 1 or more, got inf"),
        ({"cups": 1.5}, "kettle.cups: expected 1 or more, got 1.5"),
        ({"name": 3}, "kettle.name: expected another type, got 3"),
        ({"limit_s": -1.0}, "kettle.limit_s: expected 0 or more, got -1.0"),
        ({"share": 1.5}, "kettle.share: expected 0 to 1, got 1.5"),
        ({"trust": 1}, "kettle.trust: expected a value between 0 and 1, got 1"),
        ({"decay": 1.0}, "kettle.decay: expected 0 or more, below 1, got 1.0"),
        ({"cups": 0}, "kettle.cups: expected 1 or more, got 0"),
        ({"mode": "soup"}, "kettle.mode: expected one of tea, coffee, got 'soup'"),
        (
            {"sound": "a.mp3"},
            "kettle.sound: expected one of beep, or the path of a .wav file, got 'a.mp3'",
        ),
        (
            {"herbs": "mint+salt"},
            "kettle.herbs: expected one of mint, sage, or the path of a .herb file, or several"
            " joined by +, got 'mint+salt'",
        ),
    ],
)
def test_what_is_out_of_range_is_named_with_its_range(wrong, said):
    with pytest.raises(ValueError, match=f"^{re.escape(said)}$"):
        check_settings(Kettle(**wrong), "kettle")


def test_what_is_within_range_passes():
    check_settings(Kettle())
    check_settings(Kettle(litres=5, limit_s=0, share=1, cups=1, sound="dir/a.wav", name=""))


@pytest.mark.parametrize(
    ("herbs", "parts"),
    [
        ("sage", ["sage"]),
        ("mint+sage", ["mint", "sage"]),
        ("mint+dir/own.herb", ["mint", "dir/own.herb"]),
        ("a+b/own.herb", ["a+b/own.herb"]),  # a path with a plus in it
    ],
)
def test_names_may_be_joined_and_paths_may_have_a_plus(herbs, parts):
    kettle = Kettle(herbs=herbs)
    check_settings(kettle)
    assert settings_of(kettle)["herbs"].split(herbs) == parts


def test_the_error_may_be_another_and_the_section_left_out():
    with pytest.raises(KeyError, match=r"^'cups: expected 1 or more, got 0'$"):
        check_settings(Kettle(cups=0), error=KeyError)


def test_only_declared_fields_are_settings():
    assert list(settings_of(Kettle))[:2] == ["litres", "limit_s"]
    assert "owner" not in settings_of(Kettle())
