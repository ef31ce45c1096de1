"""Two Telegram bots in one gateway: two emulated Telegrams, one model, one database."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from databases import database_in
from gateway_http import ENDLESS, QUICK, STOPPED, Reader, asked, texts_of

from tickertape.cli import logs
from tickertape.emulator.chats import ChatType
from tickertape.emulator.scene import GROUP, YOU
from tickertape.emulator.scene import TOKEN as HOME_TOKEN
from tickertape.emulator.server import EmulatorServer
from tickertape.emulator.world import World
from tickertape.errors import TransportError
from tickertape.gateway.app import build
from tickertape.gateway.config.gateway_config import GatewayConfig
from tickertape.gateway.config.loading import parse, secrets
from tickertape.gateway.loop import Gateway
from tickertape.testing.model_script import ScriptedAnswer
from tickertape.testing.model_server import ModelServer

pytestmark = pytest.mark.anyio

WORK_TOKEN = "4200000009:TheTokenOfTheBotAtWork"
STRANGE_TOKEN = "4200000008:NobodyKnowsThisToken"
SAID = "An answer in two pieces."


@asynccontextmanager
async def two_towns() -> AsyncIterator[tuple[EmulatorServer, Reader, EmulatorServer, Reader]]:
    """Run two emulated Telegrams, each with a bot of its own, and open their pages."""
    office = EmulatorServer()
    office.world = World(epoch=time.time())
    office.world.add_bot(WORK_TOKEN, "bot_at_work", "Work")
    office.world.add_person(YOU, "You", "you")
    office.world.begin(YOU)
    office.world.add_chat(GROUP, ChatType.GROUP, "Colleagues")
    async with (
        EmulatorServer() as home,
        office as work,
        httpx.AsyncClient(base_url=home.url, timeout=20) as at_home,
        httpx.AsyncClient(base_url=work.url, timeout=20) as at_work,
    ):
        yield home, Reader(at_home), work, Reader(at_work)


def configured(
    home: str, work: str, folder: Path, model: str, *, allow: str = str(YOU)
) -> GatewayConfig:
    """Write a file with both bots, and read it."""
    return parse(f"""
provider: {{base_url: "{model}", api_key_env: "", system_prompt: "be kind"}}
channels:
  home: {{type: telegram, token_env: HOME_TOKEN, api_base: "{home}"}}
  work: {{type: telegram, token_env: WORK_TOKEN, api_base: "{work}", groups: all}}
access: {{allow: [{allow}]}}
storage: {{url: "{database_in(folder)}"}}
""")


@asynccontextmanager
async def served(config: GatewayConfig, work_token: str = WORK_TOKEN) -> AsyncIterator[Gateway]:
    """Run a gateway with the tokens of both bots, and stop it at the end."""
    environ = {"HOME_TOKEN": HOME_TOKEN, "WORK_TOKEN": work_token}
    async with build(config, secrets(config, environ)) as gateway:
        task = asyncio.create_task(gateway.run())
        try:
            yield gateway
        finally:
            gateway.stop()
            async with asyncio.timeout(20):
                await task


async def test_both_answer(tmp_path: Path) -> None:
    """Each answers where it was asked, as it is configured, and remembers its own conversation."""
    async with two_towns() as (home, at_home, work, at_work), ModelServer(QUICK) as model:
        config = configured(home.url, work.url, tmp_path, model.base_url)
        async with served(config):
            await at_home.write(YOU, "one")
            await at_home.answers(YOU, SAID)
            await at_work.write(YOU, "two")
            await at_work.answers(YOU, SAID)
            await at_home.write(GROUP, "among ourselves")
            await at_work.write(GROUP, "for the bot as well")
            await at_work.answers(GROUP, SAID)
            assert texts_of(await at_home.screen(GROUP)) == ["among ourselves"]
        async with served(config):
            await at_work.write(YOU, "three")
            await at_work.answers(YOU, SAID, SAID)
            await at_home.write(YOU, "four")
            await at_home.answers(YOU, SAID, SAID)
    pasts = [said for said in asked(model) if "from" not in said[-1]]
    assert pasts == [
        ["be kind", "one"],
        ["be kind", "two"],
        ["be kind", "two", SAID, "three"],
        ["be kind", "one", SAID, "four"],
    ]


async def test_the_same_chat_at_once(tmp_path: Path) -> None:
    """A button, a choice and a fresh start in one of them change nothing in the other."""
    async with two_towns() as (home, at_home, work, at_work), ModelServer(ENDLESS) as model:
        config = configured(home.url, work.url, tmp_path, model.base_url)
        async with served(config):
            await at_home.write(YOU, "a story")
            shown = await at_home.until(YOU, lambda screen: bool(screen["drafts"]))
            await at_work.write(YOU, "another one")
            await at_work.until(YOU, lambda screen: bool(screen["drafts"]))
            await at_home.press_stop(YOU, shown["drafts"][0]["draft_id"])
            await at_home.answers(YOU, f"Once upon a time\n\n{STOPPED}")
            assert (await at_work.screen(YOU))["drafts"]
            await at_home.write(YOU, "/reasoning hide")
            await at_home.write(YOU, "/reasoning")
            chosen = await at_home.until(YOU, lambda screen: len(screen["messages"]) >= 6)
            await at_work.write(YOU, "/stop")
            await at_work.answers(YOU, f"Once upon a time\n\n{STOPPED}")
            await at_work.write(YOU, "/reasoning")
            other = await at_work.until(YOU, lambda screen: len(screen["messages"]) >= 5)
    assert "/reasoning hide - my thinking is not shown (chosen)" in texts_of(chosen)[-1]
    assert "/reasoning hide - my thinking is not shown\n" in texts_of(other)[-1]


async def test_a_wrong_token_stops_no_other(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The log names the channel and what to do, and shows neither token; the other one answers."""
    async with two_towns() as (home, at_home, work, _), ModelServer(QUICK) as model:
        config = configured(home.url, work.url, tmp_path, model.base_url)
        async with served(config, work_token=STRANGE_TOKEN):
            await at_home.write(YOU, "hello")
            await at_home.answers(YOU, SAID)
    [told] = [r for r in caplog.records if r.message.startswith("a channel has ended")]
    assert vars(told)["channel"] == "work"
    assert "check the token" in vars(told)["error"]
    assert "frames" not in vars(told)
    assert "NobodyKnows" not in str([vars(record) for record in caplog.records])


async def test_wrong_tokens_alone_end_the_gateway(tmp_path: Path) -> None:
    """Where no channel is left, one line names each, without a token."""
    async with EmulatorServer() as home, EmulatorServer() as work:
        config = configured(home.url, work.url, tmp_path, "http://127.0.0.1:9/v1")
        environ = {"HOME_TOKEN": STRANGE_TOKEN, "WORK_TOKEN": STRANGE_TOKEN}
        async with build(config, secrets(config, environ)) as gateway:
            with pytest.raises(TransportError) as caught:
                async with asyncio.timeout(20):
                    await gateway.run()
    line = str(caught.value)
    assert line.startswith("No channel is left. home: The Bot API does not know this bot")
    assert "; work: The Bot API does not know" in line
    assert "NobodyKnows" not in line
    assert "\n" not in line


async def test_a_server_that_does_not_answer_stops_no_other(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It holds up neither the start, nor an answer, nor the end; the log names its channel."""
    taken, answered = asyncio.Event(), list[str]()

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        taken.set()
        await reader.read()  # until the other side has had enough
        writer.close()

    async with two_towns() as (home, at_home, _, _), ModelServer(QUICK) as model:
        silent = await asyncio.start_server(hold, "127.0.0.1")
        port = silent.sockets[0].getsockname()[1]
        for dead in (f"http://127.0.0.1:{port}", "http://127.0.0.1:9"):
            config = configured(home.url, dead, tmp_path, model.base_url)
            async with served(config):
                answered.append(SAID)
                await at_home.write(YOU, "hello")
                await at_home.answers(YOU, *answered)
        silent.close()
    assert taken.is_set()
    warned = [r for r in caplog.records if r.name.startswith("tickertape.channels")]
    assert {vars(record)["channel"] for record in warned} == {"work"}


async def test_both_tokens_are_redacted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever a line says, it shows the token of no channel."""
    config = configured("http://127.0.0.1:9", "http://127.0.0.1:9", tmp_path, "http://127.0.0.1:9")
    found = secrets(config, {"HOME_TOKEN": HOME_TOKEN, "WORK_TOKEN": WORK_TOKEN})
    root, ours = logging.getLogger(), logging.getLogger("tickertape")
    before = (root.handlers[:], root.level, ours.level)
    try:
        logs.configure(found.values, environ={})
        logging.getLogger("foreign").error("POST /bot%s/x, /bot%s/y", HOME_TOKEN, WORK_TOKEN)
    finally:
        root.handlers[:] = before[0]
        root.setLevel(before[1])
        ours.setLevel(before[2])
    line = capsys.readouterr().err
    assert "POST /bot<secret>/x, /bot<secret>/y" in line


@pytest.mark.parametrize(
    ("allow", "told"),
    [
        ("1001, 'work:1001', -5", []),
        (
            "'wrok:1001'",
            [("wrok:1001", "no channel has the name before the colon; there is ")],
        ),
        ("'work:anna', '@ann'", [("work:anna", "no id of Telegram"), ("@ann", "no id of Tele")]),
    ],
)
async def test_entries_of_access_that_admit_nobody(
    allow: str, told: list[tuple[str, str]], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Another channel's name, and what is no id in its channel, are told with what to do."""
    dead = "http://127.0.0.1:9"
    config = configured(dead, dead, tmp_path, dead, allow=allow)
    async with build(config, secrets(config, {"HOME_TOKEN": HOME_TOKEN, "WORK_TOKEN": WORK_TOKEN})):
        pass
    records = [r for r in caplog.records if r.getMessage().startswith("access.allow")]
    assert [vars(record)["id"] for record in records] == [entry for entry, _ in told]
    for record, (_, words) in zip(records, told, strict=True):
        assert words in record.getMessage()


async def test_an_entry_for_one_bot(tmp_path: Path) -> None:
    """`work:ID` lets that person talk to the bot at work, and to no other."""
    async with (
        two_towns() as (home, at_home, work, at_work),
        ModelServer(ScriptedAnswer(pieces=("Hello.",))) as model,
    ):
        config = configured(home.url, work.url, tmp_path, model.base_url, allow=f"'work:{YOU}'")
        async with served(config):
            await at_home.write(YOU, "may I?")
            await at_work.write(YOU, "may I?")
            await at_work.answers(YOU, "Hello.")
        assert texts_of(await at_home.screen(YOU)) == ["may I?"]
