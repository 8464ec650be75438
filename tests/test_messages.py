"""What a message tells the user to type is there to be typed."""

import argparse
import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from castlist.clustering.commands.parser import _parser

ROOT = Path(__file__).parents[1]
_OF_OTHER_PROGRAMS = {"--force-reinstall", "--no-deps", "--head"}  # pip's, and Ray's
_DEFINES = (ast.Module, ast.ClassDef, ast.FunctionDef)


def _parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from _parsers(command)


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _texts(path: Path) -> Iterator[str]:
    """Yield all texts of a module but those that only describe code; those in parts as one."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, _DEFINES):
            node.body = [statement for statement in node.body if not _is_text(statement)]
    joined = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)
              for part in node.values}  # fmt: skip
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(
                value.value if isinstance(value, ast.Constant) else "{}" for value in node.values
            )
        elif isinstance(node, ast.Constant) and id(node) not in joined:
            yield str(node.value)


@pytest.fixture(name="texts", scope="module")
def _all_texts() -> list[str]:
    modules = (ROOT / room for room in ("clustering", "data", "train"))
    paths = [ROOT / "__main__.py", *(path for room in modules for path in room.rglob("*.py"))]
    return [text for path in paths for text in _texts(path)]


def test_every_option_that_a_message_names_exists(texts: list[str]) -> None:
    known = {
        option for command in _parsers(_parser()[0]) for option in command._option_string_actions
    }
    named = {option for text in texts for option in re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)}
    assert len(named) > 50
    assert named - known - _OF_OTHER_PROGRAMS == set()


def test_no_message_names_a_command_that_the_help_does_not_list(texts: list[str]) -> None:
    _, commands = _parser()
    listed = {action.dest for action in commands._choices_actions}
    hidden = set(commands.choices) - listed
    named = {word for text in texts for word in re.findall(r"\bcastlist ([a-z]+)\b", text)}
    assert named >= {"find", "train"}
    assert named & hidden == set()
