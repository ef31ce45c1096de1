"""The Python on the pages runs, and does what the page says.

README, write-a-channel and terminal have tests of their own: `test_readme`, `test_write_a_channel`
and `test_terminal_transport`.
"""

from __future__ import annotations

import ast
import asyncio
import inspect
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Protocol

import pytest
from aiogram.types import Chat, Message
from pages import ROOT, blocks
from running import defined, run, run_plainly

from tickertape import (
    Address,
    Button,
    ChatKind,
    Entry,
    Event,
    Finished,
    Outbox,
    Recorded,
    ResumableAgent,
    StreamConsumer,
    StreamingConfig,
    TextDelta,
    Turn,
    Utterance,
    ports,
    stream,
)
from tickertape.adapters import StringAgent, ThreadAgent
from tickertape.channels.telegram import TelegramTransport, address_of, open_bot
from tickertape.emulator.scene import GROUP, TOKEN, YOU
from tickertape.emulator.server import EmulatorServer
from tickertape.errors import CommandError, ToolError
from tickertape.providers.model_provider import Endpoint, ModelProvider
from tickertape.testing import byte_server, model_script
from tickertape.testing.agents import TURN
from tickertape.testing.model_server import ModelServer
from tickertape.testing.transports import FakeTransport

ELSEWHERE = {"docs/write-a-channel.md", "docs/terminal.md"}
HOME = Address("telegram", str(YOU), ChatKind.PRIVATE)

pytestmark = pytest.mark.anyio


async def echo(question: str) -> AsyncIterator[str]:
    """The reader's agent: it yields."""
    for word in question.split():
        yield f"{word} "


def aiogram_message(text: str, message_id: int = 1) -> Message:
    """Make a message as aiogram hands it to a handler."""
    chat = Chat(id=YOU, type="private")
    return Message(message_id=message_id, date=datetime.now(UTC), chat=chat, text=text)


async def said_by(agent: ports.Agent, turn: Turn = TURN) -> str:
    """Return the text that an agent says."""
    return "".join([one.text async for one in agent.run(turn) if isinstance(one, TextDelta)])


class Dispatcher:
    """Collects the handlers that a page registers."""

    def __init__(self) -> None:
        self.handlers: list[Callable[..., Any]] = []

    def message(self) -> Callable[[Any], Any]:
        return self._register

    def callback_query(self, _filter: object) -> Callable[[Any], Any]:
        return self._register

    def _register(self, handler: Callable[..., Any]) -> Callable[..., Any]:
        self.handlers.append(handler)
        return handler


def test_every_block_is_run() -> None:
    """Each block of Python of the pages is named in these files, or has a test elsewhere."""
    named = {
        (call.args[0].value, call.args[1].value)
        for file in Path(__file__).parent.glob("test_*snippets.py")
        for call in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
        if call.func.id in {"run", "run_plainly", "defined"}
        if isinstance(call.args[0], ast.Constant) and isinstance(call.args[1], ast.Constant)
    }
    pages: dict[str, int] = {}
    for block in blocks("python"):
        if block.page.startswith("docs/") and block.page not in ELSEWHERE:
            page = block.page.removeprefix("docs/").removesuffix(".md")
            pages[page] = pages.get(page, 0) + 1
    assert named == {(page, number) for page, count in pages.items() for number in range(count)}


async def test_the_ports_are_as_they_are_told() -> None:
    """The signatures on the page on agents are those of the ports."""
    names = {"Protocol": Protocol, "AsyncIterator": AsyncIterator, "Event": Event}
    told = await run("agents", 0, Turn=Turn, **names)
    assert signature(told["Agent"].run) == signature(ports.Agent.run)
    told = await run("agents", 1, Agent=told["Agent"], Turn=Turn, Entry=Entry, **names)
    assert signature(told["ResumableAgent"].resume) == signature(ResumableAgent.resume)


def signature(function: Callable[..., object]) -> list[str]:
    """Return the names of a function's parameters."""
    return list(inspect.signature(function).parameters)


async def test_an_agent_reads_what_came_on_its_way() -> None:
    """What people said since is asked for, and told as recorded."""
    names = defined("agents", 2, "def between_steps(turn):", Recorded=Recorded)
    late = Utterance("user", "And in Rome?")
    turn = Turn(HOME, None, "What is the weather?", added=lambda: (late,))
    assert list(names["between_steps"](turn)) == [Recorded(late)]


async def test_the_two_forms_of_the_page_on_agents() -> None:
    """Both bring the answer to the screen."""
    transport = FakeTransport()
    common = {"address_of": address_of, "message": aiogram_message("Hi there"), "asyncio": asyncio}
    await run("agents", 3, stream=stream, outbox=Outbox(transport), your_agent=echo, **common)
    called = {"StreamConsumer": StreamConsumer, "your_agent": lambda text, say: say(text)}
    await run("agents", 4, outbox=Outbox(transport), **called, **common)
    assert transport.texts(HOME) == ["Hi there", "Hi there"]


async def test_strings_and_threads_are_agents() -> None:
    """The adapters say what the function says."""
    names = await run(
        "agents", 5, Turn=Turn, AsyncIterator=AsyncIterator, StringAgent=StringAgent, my_model=echo
    )
    assert await said_by(names["agent"]) == "What is new? "
    library = SimpleNamespace(chat=lambda text, stream_callback: stream_callback(text) or text)
    names = await run(
        "agents", 6, Turn=Turn, Callable=Callable, ThreadAgent=ThreadAgent, my_library=library
    )
    assert await said_by(names["agent"]) == "What is new?"


async def test_the_suite_for_agents_is_run_as_told() -> None:
    """The reader's test passes with an agent that keeps its promises."""

    async def answer(turn: Turn) -> AsyncIterator[str]:
        yield turn.text

    names = await run("agents", 11, make_my_agent=lambda: StringAgent(answer))
    await names["test_it_is_an_agent"]()


async def test_a_page_of_text_is_formatted() -> None:
    """The comments of the example are what comes out."""
    names = await run("formatting", 0)
    text, form = names["text"], names["Format"]
    assert text.preview(form.PLAIN).text == "Hello world"
    assert text.final(form.PLAIN).text == "Hello world"


async def test_a_command_of_ones_own_answers() -> None:
    """The generator yields a line for each day, and says what it does not know."""
    names = await run("gateway", 0, FORECASTS={"Rome": ["sun", "rain", "fog"]})
    assert [line async for line in names["weather"]("Rome", 2)] == ["- **sun**\n", "- **rain**\n"]
    with pytest.raises(CommandError, match=r"no forecast for Ulm\."):
        await anext(names["weather"]("Ulm"))


async def test_a_tool_of_ones_own_answers() -> None:
    """The function tells the weather, and what it does not know."""
    names = await run("tools", 0, FORECASTS={"Rome": ["", "rain"]})
    assert names["weather"]("Rome") == "rain"
    with pytest.raises(ToolError, match=r"Use one of Rome\."):
        names["weather"]("Ulm")


async def test_a_model_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The example asks a server, here one that stands where OpenAI's does."""
    asked: list[Endpoint] = []

    async with ModelServer() as server:
        server.say("Hel", "lo")

        def opened(endpoint: Endpoint) -> ModelProvider:
            asked.append(endpoint)
            mine = Endpoint(
                protocol="chat_completions", base_url=server.base_url, model=endpoint.model
            )
            return ModelProvider(mine)

        monkeypatch.setattr("tickertape.providers.model_provider.ModelProvider", opened)
        monkeypatch.setenv("OPENAI_API_KEY", "secret")
        await run("providers", 0, os=os)
        assert len(server.requests) == 1
    assert asked[0].base_url == "https://api.openai.com/v1"


async def test_servers_for_tests_say_what_they_are_told() -> None:
    """The plans are carried out in their order, and the bytes are sent as they are."""
    names = {name: getattr(model_script, name) for name in model_script.__all__}
    told = await run("providers", 1, ModelServer=ModelServer, Endpoint=Endpoint, **names)
    assert told["endpoint"].protocol == "messages"
    names = {name: getattr(byte_server, name) for name in byte_server.__all__}
    told = await run("providers", 2, **names)
    assert told["half"][-1] == b"ZZ\r\n"


async def test_the_embedded_model_is_reached_as_told(tmp_path: Path) -> None:
    """The block opens a server on the file, and makes a provider for it."""
    opened: list[Path] = []

    @asynccontextmanager
    async def server(path: Path) -> AsyncIterator[SimpleNamespace]:
        opened.append(path)
        yield SimpleNamespace(base_url="http://127.0.0.1:1/v1", api_key="made", model="small")

    store = SimpleNamespace(fetch=lambda: tmp_path)
    common = {"Endpoint": Endpoint, "ModelProvider": ModelProvider}
    names = await run("providers", 3, ModelStore=lambda: store, LocalServer=server, **common)
    assert opened == [tmp_path]
    await names["provider"].aclose()


def test_a_run_that_failed_is_played_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The script of a transcript is judged anew."""
    from tickertape.simulation.draw import draw  # noqa: PLC0415 - only this needs it
    from tickertape.simulation.loop import play  # noqa: PLC0415
    from tickertape.simulation.transcript import written  # noqa: PLC0415

    (tmp_path / "seed-17.json").write_text(written(play(draw(17)), ()), "utf-8")
    monkeypatch.chdir(tmp_path)
    run_plainly("simulation", 0)


async def test_an_answer_is_heard_while_it_is_written() -> None:
    """The speaker is fed with what the agent says, and has ended when the block has."""
    fed: list[Event] = []
    ended: list[str] = []

    class Speaker:
        def __init__(self, *_parts: object) -> None:
            self._done = asyncio.Event()

        async def run(self) -> None:
            await self._done.wait()
            ended.append("run")

        def feed(self, event: Event) -> None:
            fed.append(event)

        def finish(self) -> None:
            self._done.set()

    async def answer(turn: Turn) -> AsyncIterator[str]:
        yield turn.text

    parts = {"Espeak": str, "Loudspeaker": SimpleNamespace(find=lambda: "loud")}
    rest = {"asyncio": asyncio, "agent": StringAgent(answer), "turn": TURN}
    await run("speech", 0, Speaker=Speaker, **parts, **rest)
    assert [TextDelta("What is new?"), ended] == [fed[0], ["run"]]
    assert isinstance(fed[-1], Finished)


async def test_the_emulator_is_used_as_told() -> None:
    """What a person writes into the group is on screen, and a fault waits for the bot's answer."""
    async with EmulatorServer() as emulator:

        @asynccontextmanager
        async def mine() -> AsyncIterator[EmulatorServer]:
            yield emulator

        async def reader() -> None:
            while not any("hi" in text for text in emulator.world.screen(GROUP).texts):
                await emulator.changed()

        reading = asyncio.create_task(reader())
        original = sys.modules["tickertape.emulator.server"]
        sys.modules["tickertape.emulator.server"] = SimpleNamespace(EmulatorServer=mine)  # type: ignore[assignment]
        try:
            await run("emulator", 0)
        finally:
            sys.modules["tickertape.emulator.server"] = original
        await reading
        assert len(emulator.world.faults.planned) == 1


async def test_virtual_time_passes_as_told() -> None:
    """The comments of the example are what the world says."""
    names = await run("emulator", 1)
    assert names["answer"].status == 200
    assert names["world"].screen(YOU).drafts == ()


@pytest.fixture
def dispatcher() -> Dispatcher:
    """A dispatcher as a page has it."""
    return Dispatcher()


async def test_an_aiogram_bot_streams_and_stops(dispatcher: Dispatcher) -> None:
    """The blocks of the page on Telegram answer, and end an answer by its button."""
    async with EmulatorServer() as emulator:
        bot = open_bot(TOKEN, api_base=emulator.url)
        await run("telegram", 0, bot=bot, message=aiogram_message("Say it"), your_agent=echo)
        assert emulator.world.screen(YOU).texts == ("Say it",)
        stopped: list[str] = []
        shown = SimpleNamespace(messages=("7",))
        consumer = SimpleNamespace(shown=shown, stop=lambda: stopped.append("stop"))
        await run(
            "telegram",
            1,
            TelegramTransport=TelegramTransport,
            bot=bot,
            dispatcher=dispatcher,
            consumer=consumer,
        )
        for number in (6, 7):
            query = SimpleNamespace(message=aiogram_message("", number), answer=_nothing)
            await dispatcher.handlers[-1](query)
        assert stopped == ["stop"]
        words = {"Button": Button, "StreamingConfig": StreamingConfig, "address_of": address_of}
        outbox = Outbox(TelegramTransport(bot))
        common = {"stream": stream, "outbox": outbox, "message": aiogram_message("Buttons")}
        await run("telegram", 2, your_agent=echo, **common, **words)
        assert emulator.world.screen(YOU).texts == ("Say it", "Buttons")
        await bot.session.close()


async def test_the_quick_start_of_developers_streams(dispatcher: Dispatcher) -> None:
    """Both forms in aiogram, and the handler for other libraries."""
    async with EmulatorServer() as emulator:
        bot = open_bot(TOKEN, api_base=emulator.url)
        names = await run(
            "quickstart-developer", 0, bot=bot, dispatcher=dispatcher, your_agent=echo
        )
        await dispatcher.handlers[-1](aiogram_message("One"))
        names = await run("quickstart-developer", 1, **{**names, "your_agent": _calling})
        await dispatcher.handlers[-1](aiogram_message("Two"))
        await bot.session.close()

        names = await run("quickstart-developer", 2, token=TOKEN, your_agent=echo)
        await names["stop"](None)
        names["transport"] = TelegramTransport.open(TOKEN, api_base=emulator.url)
        names["outbox"] = Outbox(names["transport"])
        update = SimpleNamespace(effective_message=aiogram_message("Three"))
        await names["answer"](update, None)
        await names["stop"](None)
        assert emulator.world.screen(YOU).texts == ("One", "Two", "Three")


async def _nothing() -> None:
    """Acknowledge a press."""


async def _calling(question: str, on_delta: Callable[[str], None]) -> None:
    on_delta(question)


def test_the_pages_are_where_they_are_looked_for() -> None:
    """The blocks that other tests run exist."""
    assert {block.page for block in blocks("python")} >= ELSEWHERE | {"README.md"}
    assert (ROOT / "tests" / "test_write_a_channel.py").exists()
