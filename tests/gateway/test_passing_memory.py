"""A memory without a database does what the database does, until the program ends."""

from __future__ import annotations

from pathlib import Path

import pytest
from databases import database_in

from tickertape.chat import Address, ChatKind
from tickertape.conversation import Entry, Step, TextPart, ToolCall, ToolResult, Utterance
from tickertape.delivery.limits.limit_estimate import Family, LimitEstimate
from tickertape.gateway.settings import ChatSettings
from tickertape.gateway.storage.memory import Memory, PassingMemory
from tickertape.gateway.storage.store import ConversationStore

pytestmark = pytest.mark.anyio

HERE = Address("telegram", "1001", ChatKind.PRIVATE)
THERE = Address("telegram", "-1007", ChatKind.GROUP, thread="5")
TURN: list[Entry] = [
    Utterance("user", "what time?"),
    Step((TextPart("Wait."), ToolCall("1", "clock", "{}")), origin="m@host"),
    ToolResult("1", "clock", "noon"),
    Step((TextPart("Noon."),)),
]
LESSON = LimitEstimate(Family.MESSAGES, 2.0, 0.0)


async def moved(memory: Memory) -> list[object]:
    """Let chats move, to where nothing was and to where something was; list what is left."""
    given: list[object] = []
    for old, new, again in (("a", "a1", 1), ("b", "b1", 2), ("b1", "b", 1), ("c", "c", 1)):
        before, after = (
            Address("telegram", old, ChatKind.GROUP),
            Address("telegram", new, ChatKind.GROUP),
        )
        await memory.append(before, TURN)
        await memory.change(before, ChatSettings(reasoning="hide", model="clever"))
        await memory.learn("telegram", old, [LESSON])
        if again == 2:
            await memory.append(after, [Utterance("user", "here already")])
            await memory.change(after, ChatSettings(reasoning="show", voice=True))
            await memory.learn("telegram", new, [LimitEstimate(Family.MESSAGES, 4.0, 0.0)])
        for _ in range(again):
            await memory.move("telegram", old, new)
        await memory.append(before, [Utterance("assistant", "late")])
        for at in (before, after):
            given += [await memory.history(at, limit=20), await memory.settings(at)]
        given += [sorted(await memory.limits("telegram")), dict(await memory.moves("telegram"))]
    return given


async def told(memory: Memory) -> list[object]:
    """Do with a memory what the gateway does, and list what it gives."""
    given: list[object] = [await memory.take_back_answer(HERE), await memory.history(HERE, limit=9)]
    await memory.append(HERE, TURN[:1])
    await memory.append(HERE, TURN[1:])
    await memory.append(THERE, [Utterance("user", "here")])
    given += [await memory.history(HERE, limit=limit) for limit in range(1, 6)]
    await memory.append(HERE, TURN)
    given += [await memory.history(HERE, limit=limit) for limit in range(1, 10)]
    given += [await memory.take_back_answer(HERE), await memory.history(HERE, limit=9)]
    given += [await memory.take_back_answer(HERE), await memory.history(HERE, limit=9)]
    # A step may quote what marks an added message in a table.
    quote = Step((TextPart('"added": true'),))
    added = Utterance("user", "And now?", is_added=True)
    await memory.append(HERE, [*TURN[:2], added, quote, *TURN[2:]])
    given += [await memory.take_back_answer(HERE), await memory.history(HERE, limit=9)]
    given += [await memory.settings(HERE), await memory.queue_modes()]
    await memory.change(HERE, ChatSettings(reasoning="show", model="clever", queue="collect"))
    given += [await memory.queue_modes()]
    await memory.forget(HERE)
    given += [await memory.history(HERE, limit=9), await memory.history(THERE, limit=9)]
    given += [await memory.settings(HERE), await memory.settings(THERE)]
    await memory.learn("telegram", "7", [LESSON])
    given += [
        {chat: len(tuple(lessons)) for chat, lessons in (await memory.limits("telegram")).items()}
    ]
    given += await moved(memory)
    return given


async def test_both_memories_say_the_same(tmp_path: Path) -> None:
    """Whatever is asked in between, the same entries, settings and lessons come back."""
    store = await ConversationStore.open(database_in(tmp_path))
    passing = await told(PassingMemory())
    assert passing == await told(store)
    assert {"7": 1} in passing
    await store.aclose()
