"""Each part of delivery changes by its own verbs: nobody writes into another's fields."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import tickertape.delivery
from tickertape.delivery.reply.reply import Reply

PACKAGE = Path(tickertape.delivery.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))


def written(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield the line and the name of each field that is written on anything but `self`."""
    own = {
        target.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Assign | ast.AnnAssign | ast.AugAssign)
        for target in ast.walk(inner)
        if isinstance(target, ast.Attribute) and isinstance(target.ctx, ast.Store)
        if isinstance(target.value, ast.Name) and target.value.id == "self"
    }
    own |= {
        field.target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for field in node.body
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
            is_self = isinstance(node.value, ast.Name) and node.value.id == "self"
            if not is_self and node.attr not in own:
                yield node.lineno, node.attr


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_no_module_writes_the_fields_of_another(path: Path) -> None:
    """A field is set where its class is."""
    assert list(written(ast.parse(path.read_text("utf-8")))) == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_modules_are_small(path: Path) -> None:
    """A module of delivery can be read in one sitting."""
    assert len(path.read_text("utf-8").splitlines()) <= 500


def test_a_foreign_write_is_seen() -> None:
    """The check itself: a value that somebody else owns, reached by whatever name."""
    tree = ast.parse(
        "class A:\n def f(self, b):\n  self.x = 1\n  b.y = 2\n  b.c.z += 3\n  b.x = 4\n"
    )
    assert list(written(tree)) == [(4, "y"), (5, "z")]


def test_a_reply_has_few_verbs() -> None:
    """What it is asked for can be kept in mind."""
    public = [name for name in vars(Reply) if not name.startswith("_")]
    assert len(public) <= 15, public
