"""Photos and films, damaged: a slice of what benchmarks/fuzz_inputs.py does."""

import pytest
from damaged_inputs import make_input, make_seeds, wrong

pytestmark = pytest.mark.usefixtures("plain_pages")

SEED, NUM_INPUTS, NUM_PARTS = 20, 16, 2


@pytest.fixture(scope="module", name="seeds")
def _seeds(tmp_path_factory):
    return make_seeds(tmp_path_factory.mktemp("seeds"))


@pytest.mark.parametrize("part", range(NUM_PARTS))
def test_a_damaged_input_ends_in_one_short_line_and_the_rest_is_done(
    castlist, squares, seeds, tmp_path, part
):
    found = {}
    for number in range(part, NUM_INPUTS, NUM_PARTS):
        made, out = make_input(number, SEED, seeds, tmp_path), tmp_path / f"result {number}"
        run = castlist("find", made.folder, "-o", out)  # holds that one line of error at most comes
        stderr = "\n".join([*run.progress, f"castlist: error: {run.error}" if run.error else ""])
        if problems := wrong(made, run.code, (run.out, stderr), out):
            found[number, made.told] = problems
    assert found == {}
