"""The command line's words as people write them."""

from __future__ import annotations

import pytest

from tickertape.cli.arguments import paired


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("", ""),
        ("ask what is -o", "ask what is -o"),
        ("ask -o temperature 0.2 hi", "ask -o temperature=0.2 hi"),
        ("ask -o temperature=0.2 hi", "ask -o temperature=0.2 hi"),
        ("chat --option a 1 -p b 2", "chat --option a=1 -p b=2"),
        ("ask hi -p name", "ask hi -p name"),
        ("ask -- -o a b", "ask -- -o a b"),
        ("demo -p 9000 hi", "demo -p 9000 hi"),
    ],
)
def test_names_and_values(written: str, read: str) -> None:
    """Two words behind `-o` and `-p` are one; what follows `--` is a question."""
    assert paired(written.split()) == read.split()
