"""The table of what follows from refusals: complete, and as the docs print it."""

from __future__ import annotations

import itertools
from pathlib import Path

from tickertape.delivery.actions import Reason
from tickertape.delivery.reply.rules import AFTER_THREE, RULES, Asked, Then

DESIGN = Path(__file__).parents[2] / "docs" / "design.md"


def table() -> str:
    """Return the rules as the docs have them: rows are reasons, columns what was asked."""
    head = ["", *Asked]
    rows = [[f"`{reason}`", *(RULES[asked, reason] for asked in Asked)] for reason in Reason]
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows])


def after_three() -> str:
    """Return what follows from three refusals as the docs have it."""
    rows = [
        [asked, AFTER_THREE.get((asked, False), ""), AFTER_THREE.get((asked, True), "")]
        for asked in Asked
        if any((asked, is_final) in AFTER_THREE for is_final in (False, True))
    ]
    head = ["", "a preview", "a final"]
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] * 3, *rows])


def printed(name: str) -> str:
    """Return what the docs have between two marks."""
    text = DESIGN.read_text("utf-8")
    return text.split(f"<!-- {name} -->\n")[1].split(f"<!-- /{name} -->")[0].strip()


def test_the_docs_have_the_table() -> None:
    """Whoever changes a rule changes the page."""
    assert printed("rules") == table()
    assert printed("after three") == after_three()


def test_every_refusal_has_a_consequence() -> None:
    """Whatever is asked for, and whatever the reason."""
    assert set(RULES) == set(itertools.product(Asked, Reason))


def test_every_consequence_follows_from_something() -> None:
    """None of them is left over."""
    assert {*RULES.values(), *AFTER_THREE.values()} == set(Then)
