"""The file of conversations: what is stored is read again, and told."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tickertape.chat import Address, ChatKind
from tickertape.cli.conversations.exchange import (
    Exchange,
    as_json,
    as_line,
    as_markdown,
    exchanges_of,
)
from tickertape.cli.conversations.log import ConversationLog, LogError, answered
from tickertape.cli.conversations.saving import SavingMemory
from tickertape.conversation import Entry, Step, TextPart, ToolCall, ToolResult, Utterance
from tickertape.events import Usage

HERE = Address("terminal", "1", ChatKind.PRIVATE)
CALLED = Step((TextPart("Let me see."), ToolCall("1", "calculate", "{}")), "x")
TURN: tuple[Entry, ...] = (
    Utterance("user", "2+2?"),
    CALLED,
    ToolResult("1", "calculate", "4"),
    Step((TextPart("Four."),), "x"),
)

pytestmark = pytest.mark.anyio


def test_what_was_said_comes_back(tmp_path: Path) -> None:
    """Every entry, in its conversation and order; the newest conversation is found."""
    log = ConversationLog(tmp_path)
    assert log.newest() is None
    assert list(log.newest_first()) == []
    first, second = log.begin("m-1"), log.begin("m-2", "Be kind")
    log.append(first, TURN, model="m-1", usage=Usage(10, 2))
    log.append(second, [Utterance("user", "Hi")], model="m-2")
    assert log.entries(first) == TURN
    assert log.newest() == second
    assert log.find(second.id[:5]) == second
    assert log.find("x") is log.find("") is None
    log.append(first, [Utterance("user", "Sure?")])
    assert log.newest() is not None
    assert [one.question for one in exchanges_of(log.newest_first())] == ["Sure?", "Hi", "2+2?"]
    assert log.count() == (2, 6)


def test_a_question_with_its_answer(tmp_path: Path) -> None:
    """Words of all steps are the answer; thoughts, calls and results are not told."""
    log = ConversationLog(tmp_path)
    conversation = log.begin("m-1")
    log.append(conversation, TURN, model="m-1", usage=Usage(10, 2))
    (told,) = exchanges_of(log.newest_first(conversation.id))
    assert (told.question, told.answer) == ("2+2?", "Let me see.\n\nFour.")
    assert (told.model, told.input_tokens, told.output_tokens) == ("m-1", 10, 2)


def test_an_answer_is_taken_back(tmp_path: Path) -> None:
    """The question stays, and what was added to it."""
    log = ConversationLog(tmp_path)
    conversation = log.begin()
    added = Utterance("user", "in hex", is_added=True)
    log.append(conversation, (*TURN, Utterance("user", "3+3?"), CALLED, added))
    log.take_back_answer(conversation)
    assert log.entries(conversation) == (*TURN, Utterance("user", "3+3?"), added)


def test_it_can_be_switched_off(tmp_path: Path) -> None:
    """Until it is switched on."""
    log = ConversationLog(tmp_path / "folder")
    log.switch(on=False)
    assert not ConversationLog(tmp_path / "folder").is_on
    log.switch(on=True)
    assert log.is_on


@pytest.mark.parametrize("text", ["this is no database at all, but a text" * 100, ""])
def test_a_file_that_is_none(tmp_path: Path, text: str) -> None:
    """What cannot be read is one line; an empty file is filled."""
    log = ConversationLog(tmp_path)
    log.path.write_text(text, "utf-8")
    if text:
        with pytest.raises(LogError, match=r"conversations\.db"):
            log.append(log.begin(), TURN)
    else:
        log.append(log.begin(), TURN)
        assert log.count() == (1, 4)


async def test_a_memory_that_is_saved(tmp_path: Path) -> None:
    """What a gateway keeps is in the file; `/new` begins another conversation there."""
    log, told = ConversationLog(tmp_path), list[str]()
    memory = SavingMemory(log, log.begin(), lambda name: name or "m-1", told.append)
    await memory.append(HERE, TURN)
    assert await memory.take_back_answer(HERE) == "2+2?"
    await memory.append(HERE, [Utterance("assistant", "4")])
    await memory.forget(HERE)
    await memory.append(HERE, [Utterance("user", "Hi")])
    assert await memory.history(HERE, limit=9) == (Utterance("user", "Hi"),)
    found = list(exchanges_of(log.newest_first()))
    assert [(one.question, one.answer) for one in found] == [("Hi", ""), ("2+2?", "4")]
    assert found[0].conversation != found[1].conversation
    log.path.unlink()
    log.path.mkdir()
    await memory.append(HERE, [Utterance("user", "lost")])
    await memory.append(HERE, [Utterance("user", "again")])
    assert len(told) == 1
    assert len(await memory.history(HERE, limit=9)) == 3


def test_how_it_is_told() -> None:
    """As Markdown, in one line, as JSON."""
    at = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
    one = Exchange("0a1b2c", at, "m-1", "What is\na monad?" + " really" * 20, "A burrito.", 10, 2)
    text = as_markdown(one)
    assert "conversation: 0a1b2c" in text
    assert "Model: **m-1**" in text
    assert text.index("a monad?") < text.index("A burrito.")
    line = as_line(one)
    assert "0a1b2c  What is a monad? really" in line
    assert line.endswith("...")
    assert len(line) <= 100
    assert json.loads(as_json([one]))[0]["at"] == "2026-11-30T09:00:00+00:00"


def test_what_is_stored_of_an_answer() -> None:
    """What was recorded, and what was said beyond that; nothing of nothing."""
    assert answered([], "") == ()
    assert answered([CALLED], "") == (CALLED,)
    assert answered([CALLED], "half") == (CALLED, Utterance("assistant", "half"))
