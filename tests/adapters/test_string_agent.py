"""Asynchronous functions of strings as agents."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from turns import text_of, turn

from tickertape.adapters import StringAgent
from tickertape.errors import FailureKind
from tickertape.events import Event, Failed, Finished, ReasoningDelta, TextDelta, ToolStarted
from tickertape.ports import Turn
from tickertape.testing.agents import check_agent, run_through

pytestmark = pytest.mark.anyio


async def words(asked: Turn) -> AsyncIterator[str | Event]:
    """Answer in two words, with a thought before."""
    yield ReasoningDelta("Hm.")
    for word in ("You ", f"said {asked.text}."):
        await asyncio.sleep(0)
        yield word


async def test_it_is_an_agent() -> None:
    """It passes the suite for agents, whichever form the function has."""

    async def whole(asked: Turn) -> str:
        return "All at once."

    await check_agent(lambda: StringAgent(words))
    await check_agent(lambda: StringAgent(whole))


async def test_strings_and_events_pass_in_their_order() -> None:
    """Text is text, events are events."""
    assert await run_through(StringAgent(words), turn("Hi")) == [
        ReasoningDelta("Hm."),
        TextDelta("You "),
        TextDelta("said Hi."),
        Finished(),
    ]


async def test_a_coroutine_may_give_a_text_a_stream_or_nothing() -> None:
    """What it returns is said."""

    async def whole(asked: Turn) -> str:
        return "All."

    async def later(asked: Turn) -> AsyncIterator[str | Event]:
        return words(asked)

    async def nothing(asked: Turn) -> None:
        return None

    assert text_of(await run_through(StringAgent(whole), turn())) == "All."
    assert text_of(await run_through(StringAgent(later), turn("x"))) == "You said x."
    assert await run_through(StringAgent(nothing), turn()) == [Finished()]


@pytest.mark.parametrize("tagged", [False, True])
async def test_none_says_nothing(*, tagged: bool) -> None:
    """It is what the chunks of SDKs hold that have no text, and tears no word apart."""

    async def chunks(asked: Turn) -> AsyncIterator[str | None]:
        for delta in (None, "You <thi", None, "ng> said", None):
            yield delta

    events = await run_through(StringAgent(chunks, tagged=tagged), turn())
    assert text_of(events) == "You <thing> said"
    assert events[-1] == Finished()


async def test_what_is_no_stream_fails_with_its_type() -> None:
    """A function that gives something else is told so."""

    def wrong(asked: Turn) -> list[str]:
        return ["a"]

    (failed,) = await run_through(StringAgent(wrong), turn())  # type: ignore[arg-type]
    assert isinstance(failed, Failed)
    assert failed.error.kind is FailureKind.BAD_RESPONSE
    assert "list" in failed.error.detail


async def test_tags_are_told_apart_on_request_only() -> None:
    """By default what an agent says is not changed, and nothing is lost either way."""

    async def tagged(asked: Turn) -> AsyncIterator[str | Event]:
        yield "<thi"
        yield "nk>Hm.</think>The answer"
        yield ToolStarted("1", "a")
        yield "is <"

    async def broken(asked: Turn) -> AsyncIterator[str]:
        yield "is <th"
        raise ValueError

    plain = await run_through(StringAgent(tagged), turn())
    assert text_of(plain) == "<think>Hm.</think>The answeris <"
    parted = await run_through(StringAgent(tagged, tagged=True), turn())
    thoughts = "".join(said.text for said in parted if isinstance(said, ReasoningDelta))
    assert thoughts + text_of(parted) == "Hm.The answeris <"
    assert text_of(await run_through(StringAgent(broken, tagged=True), turn())) == "is <th"
