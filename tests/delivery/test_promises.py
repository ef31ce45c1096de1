"""Each promise of a reply has a number, and names the checks that hold it, which are there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import tickertape.delivery
from tickertape.delivery.reply import reply_view

TESTS = Path(__file__).parent
PROMISES = re.findall(
    r"^(\d+)\. (.*?)(?=^\d+\. |\n\n)", reply_view.__doc__ or "", re.MULTILINE | re.DOTALL
)


def test_the_promises_are_counted() -> None:
    """There are nine of them."""
    assert [int(number) for number, _ in PROMISES] == list(range(1, 10))


@pytest.mark.parametrize(("number", "promise"), PROMISES)
def test_each_promise_is_held_by_checks_that_are_there(number: str, promise: str) -> None:
    """A promise that nothing holds is none."""
    checks = re.findall(r"`(test_\w+)\.(\w+)`", promise)
    assert checks, f"promise {number} names no check"
    for file, name in checks:
        tree = ast.parse((TESTS / f"{file}.py").read_text("utf-8"))
        defined = [one.name for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)]
        assert name in defined, f"promise {number}: {file}.py has no {name}"


def test_delivery_knows_of_no_agent() -> None:
    """What cannot be reached cannot be run again."""
    core = Path(tickertape.delivery.__file__).parent
    imported = {
        node.module
        for path in core.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module is not None
    }
    inner = {"delivery", "markup", "chat", "events", "errors", "jsonvalue"}
    ours = {name.split(".")[1] for name in imported if name.startswith("tickertape.")}
    assert ours <= inner
