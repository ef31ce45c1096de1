"""The table of what a tag means: each row of it is needed."""

from __future__ import annotations

import pytest
from test_thoughts import _CASES

from tickertape.events import ReasoningDelta
from tickertape.providers.thinking import thoughts
from tickertape.providers.thinking.leaks import LEAK
from tickertape.providers.thinking.rules import CONDITIONS, RULES, Sighting, Verdict, verdict_on
from tickertape.providers.thinking.thoughts import Thoughts


def _row_of(at: Sighting) -> int | None:
    """Return the number of the row that decides; None where none fits."""
    role = "call" if at.tag.family.startswith(LEAK) else at.tag.role
    fitting = (
        number
        for number, (places, roles, condition, _) in enumerate(RULES)
        if at.memory.place in places.split() and role in roles.split() and CONDITIONS[condition](at)
    )
    return next(fitting, None)


def test_each_row_decides_some_tag(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cases of the filter, in one piece and many, need all of the table, and no more."""
    decided: set[int | None] = set()

    def watch(at: Sighting) -> Verdict:
        row, verdict = _row_of(at), verdict_on(at)
        assert verdict == ("text" if row is None else RULES[row][3])
        decided.add(row)
        return verdict

    monkeypatch.setattr(thoughts, "verdict_on", watch)
    glued = 'Let me look<tool_call>{"name": "clock"}</tool_call>'
    for came in (*(case[0] for case in _CASES), glued):
        for pieces in ([came], list(came)):
            parts = Thoughts()
            for piece in pieces:
                parts.feed(piece)
            parts.flush()
    assert [row for number, row in enumerate(RULES) if number not in decided] == []
    assert {condition for _, _, condition, _ in RULES} == set(CONDITIONS)


def test_a_thought_that_begins_behind_a_leaked_call_is_not_mistaken_for_its_end() -> None:
    """A call stays one where the text ends with an opening tag behind it."""
    parts = Thoughts()
    call = "<tool_call>{}</tool_call>"
    assert [*parts.feed(call + "<think>"), *parts.flush()] == [ReasoningDelta(call)]
    assert parts.leaked
