"""The order of tests, and the processes they run in. What they share is in shared_fixtures.py."""

import gc
import os
import random
import sys

import pytest

RUNS = {"castlist", "squares", "networks", "made_once"}
"""The fixtures by which tests run a whole command, or begin with what one made."""


def pytest_addoption(parser):
    parser.addoption("--order-seed", type=int, help="order of the tests; drawn anew without")


def pytest_configure(config):
    # Also where no compiled modules are wanted: to make sense of the files of tests takes 10 s.
    sys.dont_write_bytecode = False
    if hasattr(config, "workerinput"):  # one of the processes of pytest-xdist
        config.option.order_seed = config.workerinput["order_seed"]
    if config.option.order_seed is None:
        config.option.order_seed = random.SystemRandom().randrange(10**6)
    if not _only_hands_out(config):
        # Of NumPy, Arrow and scikit-learn, which read it when they are imported, and of the
        # interpreters that tests start: each core has a process already, and threads of two that
        # share one mostly wait for each other.
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        gc.disable()  # until all is imported: nothing of that is garbage
        config.pluginmanager.import_plugin("shared_fixtures")


def _only_hands_out(config):
    """Say whether this process leaves all tests to others: it needs not wait for torch."""
    options = config.option
    shows = options.collectonly or options.showfixtures or options.show_fixtures_per_test
    hands_out = getattr(options, "dist", "no") != "no" and not hasattr(config, "workerinput")
    return hands_out and not shows


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node):
    node.workerinput["order_seed"] = node.config.option.order_seed


def pytest_report_header(config):
    return f"random order: --order-seed={config.option.order_seed} gives it again"


def pytest_terminal_summary(terminalreporter, exitstatus, config):
    if exitstatus:
        terminalreporter.write_line(pytest_report_header(config))


class Backwards(pytest.Dir):
    """A folder whose files are collected from the last to the first."""

    def collect(self):
        return reversed(list(super().collect()))


def pytest_collect_directory(path, parent):
    """Let every second process begin at the other end: each finds half of the files read."""
    number = getattr(parent.config, "workerinput", {}).get("workerid", "gw0").removeprefix("gw")
    return Backwards.from_parent(parent, path=path) if int(number) % 2 else None


def pytest_collection_finish():
    gc.enable()


def pytest_collection_modifyitems(config, items):
    """Shuffle the files, and the tests of each, so that what a file shares is made once.

    Where processes take files in turn, those of slow tests come first, then those of many whole
    runs: at the end no process waits for another that has just begun with one.
    """
    items.sort(key=lambda item: item.nodeid)  # however they were collected
    chance = random.Random(config.option.order_seed)
    files = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    for tests in files.values():
        chance.shuffle(tests)
    shuffled = list(files.values())
    chance.shuffle(shuffled)
    if hasattr(config, "workerinput"):
        shuffled.sort(key=_turn)
    items[:] = [item for tests in shuffled for item in tests]


def _turn(tests):
    """Return when a file's turn comes: 0 = first, 1 = then, 2 = last."""
    if any(item.get_closest_marker("slow") for item in tests):
        return 0
    return 1 if sum(not RUNS.isdisjoint(item.fixturenames) for item in tests) > 9 else 2
