"""The whole gateway over HTTP, between the emulated Telegram and a scripted model's server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import pytest
from gateway_http import (
    ENDLESS,
    NO_MODEL,
    QUICK,
    SECRETS,
    STOPPED,
    Reader,
    asked,
    configured,
    said_by_bot,
    served,
    serving,
    texts_of,
)
from gateway_stage import Parrot

from tickertape.conversation import ToolCall
from tickertape.delivery.streaming import StreamingConfig
from tickertape.emulator.scene import BEN, CHANNEL, FORUM, GROUP, IDEAS, YOU
from tickertape.emulator.server import EmulatorServer
from tickertape.errors import ConfigError, TransportError
from tickertape.gateway import commands
from tickertape.gateway.agent import warm
from tickertape.gateway.app import build
from tickertape.gateway.config.loading import Secrets
from tickertape.gateway.config.sections import (
    AccessConfig,
    McpConfig,
    ModelConfig,
    ProviderConfig,
    QueueConfig,
    ToolsConfig,
)
from tickertape.testing.model_script import ScriptedAnswer, refusal
from tickertape.testing.model_server import ModelServer

pytest_plugins = ["gateway_fixtures"]
pytestmark = pytest.mark.anyio


async def test_an_entry_of_access_that_admits_nobody_is_told(
    emulator: EmulatorServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A name is no id of Telegram; what is meant for other channels may be anything."""
    allow = (str(YOU), "-1009", f"telegram:{YOU}", "matrix:@ann:example.org", "@ann", "telegram:b")
    config = configured(emulator, tmp_path, NO_MODEL, access=AccessConfig(allow=allow))
    async with served(config):
        pass
    told = [record for record in caplog.records if "no id of Telegram" in record.message]
    assert [getattr(record, "id", None) for record in told] == ["@ann", "telegram:b"]


async def test_a_private_chat_streams_by_drafts(
    emulator: EmulatorServer, reader: Reader, tmp_path: Path
) -> None:
    """You see drafts that grow, then one exact message, and no draft stays behind."""
    words = tuple(f"word{number} " for number in range(40))
    text = "".join(words).strip()
    async with (
        ModelServer(ScriptedAnswer(pieces=words, pause=1 / 60)) as model,
        serving(emulator, tmp_path, model),
    ):
        await reader.write(YOU, "hello")
        await reader.answers(YOU, text)
        shown = await reader.screen(YOU)
    assert shown["drafts"] == []
    frames = reader.frames[YOU]
    assert len(frames) >= 2
    assert all(text.startswith(frame) for frame in frames)
    assert asked(model) == [["be kind", "hello"]]
    assert model.requests[0].headers["authorization"] == "Bearer sk-tape"


async def test_a_group_by_mention(emulator: EmulatorServer, reader: Reader, tmp_path: Path) -> None:
    """In a group the bot answers a mention, as a reply, and the model does not read the mention."""
    async with ModelServer(QUICK) as model, serving(emulator, tmp_path, model):
        await reader.write(GROUP, "we talk among ourselves")
        await reader.write(GROUP, "@tickertape_bot what is new?")
        (answer,) = await reader.answers(GROUP, "An answer in two pieces.")
    assert answer["reply_to"] is not None
    assert [said[-1] for said in asked(model)] == ['[from "You"]\nwhat is new?']


async def test_a_topic_and_a_channel(
    emulator: EmulatorServer, reader: Reader, tmp_path: Path
) -> None:
    """The answer lands in the topic of the question; a listed channel's post is answered."""
    async with ModelServer(QUICK) as model, serving(emulator, tmp_path, model):
        await reader.write(FORUM, "@tickertape_bot ideas?", thread_id=IDEAS)
        (answer,) = await reader.answers(FORUM, "An answer in two pieces.")
        await reader.write(CHANNEL, "@tickertape_bot news?")
        await reader.until(CHANNEL, lambda s: "An answer in two pieces." in texts_of(s))
    assert answer["thread_id"] == IDEAS


async def test_stop_by_word_and_by_button(
    emulator: EmulatorServer, reader: Reader, tmp_path: Path
) -> None:
    """Both ways end the answer: the model is left, what was said becomes a marked message."""
    story = f"Once upon a time\n\n{STOPPED}"
    async with ModelServer(ENDLESS) as model, serving(emulator, tmp_path, model):
        await reader.write(YOU, "a story")
        await reader.until(YOU, lambda screen: bool(screen["drafts"]))
        await reader.write(YOU, "/stop")
        await reader.answers(YOU, story)
        await model.left()
        await reader.write(YOU, "another")
        shown = await reader.until(YOU, lambda screen: bool(screen["drafts"]))
        await reader.press_stop(YOU, shown["drafts"][0]["draft_id"])
        await reader.answers(YOU, story, story)
        await model.left(2)
    assert [departure.request for departure in model.departures] == [0, 1]


async def test_strangers_and_commands(
    emulator: EmulatorServer, reader: Reader, tmp_path: Path
) -> None:
    """Ben is not listed: his words reach nobody. Your commands are answered, `/new` forgets."""
    said = "An answer in two pieces."
    async with ModelServer(QUICK) as model, serving(emulator, tmp_path, model):
        await reader.write(GROUP, "@tickertape_bot let me in", **{"as": BEN})
        await reader.write(YOU, "/start")
        start, new = commands.words(commands.StartCommand()), commands.words(commands.NewCommand())
        await reader.answers(YOU, start)
        await reader.write(YOU, "one")
        await reader.answers(YOU, start, said)
        await reader.write(YOU, "/new")
        await reader.answers(YOU, start, said, new)
        await reader.write(YOU, "two")
        await reader.answers(YOU, start, said, new, said)
        assert said_by_bot(await reader.screen(GROUP)) == []
    assert asked(model) == [["be kind", "one"], ["be kind", "two"]]


async def test_a_second_message_waits_and_a_restart_remembers(
    emulator: EmulatorServer, reader: Reader, tmp_path: Path
) -> None:
    """Two questions get two answers in order; a second gateway knows both."""
    said = "An answer in two pieces."
    async with ModelServer(QUICK) as model:
        async with serving(emulator, tmp_path, model, gateway=QueueConfig(together=0)):
            await reader.write(YOU, "one")
            await reader.write(YOU, "two")
            await reader.answers(YOU, said, said)
        async with serving(emulator, tmp_path, model):
            await reader.write(YOU, "three")
            await reader.answers(YOU, said, said, said)
    assert asked(model)[-1] == ["be kind", "one", said, "two", said, "three"]


async def test_without_streaming_the_answer_comes_at_once(
    emulator: EmulatorServer, reader: Reader, tmp_path: Path
) -> None:
    """`enabled: false` shows no preview: one message, once."""
    streaming = StreamingConfig(enabled=False)
    async with (
        ModelServer(ScriptedAnswer(pieces=("First", " and last."), pause=0.2)) as model,
        serving(emulator, tmp_path, model, streaming=streaming),
    ):
        await reader.write(YOU, "hello")
        (message,) = await reader.answers(YOU, "First and last.")
    assert YOU not in reader.frames
    assert message["edited"] is False


async def test_the_next_program_goes_on_with_what_is_on_its_way(
    emulator: EmulatorServer, reader: Reader, tmp_path: Path
) -> None:
    """The model of an answer that is cut short by the end of the program is asked once more."""
    async with ModelServer(ENDLESS) as model:
        async with serving(emulator, tmp_path, model):
            await reader.write(YOU, "a story")
            await reader.until(YOU, lambda screen: bool(screen["drafts"]))
        await model.left()
    assert said_by_bot(await reader.screen(YOU)) == []
    async with ModelServer(QUICK) as model, serving(emulator, tmp_path, model):
        await reader.answers(YOU, "An answer in two pieces.")
    assert [said[-1] for said in asked(model)] == ["a story"]
    assert (await reader.screen(YOU))["drafts"] == []


@pytest.mark.parametrize("protocol", ["chat_completions", "responses", "messages"])
async def test_a_tool_is_called(
    protocol: str, emulator: EmulatorServer, reader: Reader, tmp_path: Path
) -> None:
    """By each protocol the model calls a built-in tool, reads its result, and ends its answer."""
    call = ToolCall("call_1", "calculate", '{"expression": "6*7"}')
    async with ModelServer() as model:
        provider = ProviderConfig.model_validate(
            {"protocol": protocol, "base_url": model.base_url, "api_key_env": ""}
        )
        model.say("Let me see.", call)
        model.say("It is 42.")
        async with serving(emulator, tmp_path, model, provider=provider):
            await reader.write(YOU, "six times seven?")
            await reader.answers(YOU, "Let me see.", "It is 42.")
    told = json.dumps(model.requests[1].body)
    assert "Let me see." in told
    assert '"42"' in told
    assert {"calculate", "current_time"} == {
        cast("dict[str, str]", tool.get("function", tool))["name"]
        for tool in cast("list[dict[str, Any]]", model.requests[0].body["tools"])
    }


async def test_another_model_stands_in_and_can_be_chosen(
    emulator: EmulatorServer, reader: Reader, tmp_path: Path
) -> None:
    """When the default refuses, the fallback answers; `/model` and `/retry` choose it outright."""
    async with ModelServer(refusal(401, "no such key")) as broken, ModelServer() as spare:
        spare.say("I stand in.")
        models = {"spare": ModelConfig(base_url=spare.base_url, model="s-1", api_key_env="")}
        async with serving(emulator, tmp_path, broken, models=models, fallback=("spare",)):
            await reader.write(YOU, "hello")
            await reader.answers(YOU, "I stand in.")
            await reader.write(YOU, "/model spare")
            chosen = "Switched to spare. It will answer your next message."
            await reader.answers(YOU, "I stand in.", chosen)
            await reader.write(YOU, "/retry")
            await reader.answers(YOU, "I stand in.", chosen, "I stand in.")
    assert len(broken.requests) == 1
    assert asked(spare) == [["be kind", "hello"]] * 2
    assert "authorization" not in spare.requests[0].headers


async def test_settings_of_a_model_reach_its_server(
    emulator: EmulatorServer, reader: Reader, tmp_path: Path
) -> None:
    """Parameters, headers and the limit of the answer are in the request."""
    async with ModelServer(QUICK) as model:
        provider = ProviderConfig(
            base_url=model.base_url,
            api_key_env="",
            headers_env={"X-Account": "KEY"},
            parameters={"temperature": 0.25},
            max_tokens=77,
        )
        async with serving(emulator, tmp_path, model, provider=provider):
            await reader.write(YOU, "hello")
            await reader.answers(YOU, "An answer in two pieces.")
    (request,) = model.requests
    assert request.headers["x-account"] == "sk-tape"
    assert request.body["temperature"] == 0.25
    assert 77 in request.body.values()


async def test_a_dead_server_of_tools_holds_nothing_up(
    emulator: EmulatorServer, reader: Reader, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The gateway starts and answers with the tools that are there, and ends in order."""
    tools = ToolsConfig(
        builtin=("calculate",),
        mcp={
            "gone": McpConfig(command="/no/such/program", env_from=("KEY",)),
            "far": McpConfig(url="http://127.0.0.1:9/mcp", headers_env={"Authorization": "KEY"}),
        },
    )
    async with ModelServer(QUICK) as model, serving(emulator, tmp_path, model, tools=tools):
        await reader.write(YOU, "hello")
        await reader.answers(YOU, "An answer in two pieces.")
    assert len(cast("list[object]", model.requests[0].body["tools"])) == 1
    assert "sk-tape" not in caplog.text


async def test_an_agent_of_ones_own(
    emulator: EmulatorServer, reader: Reader, tmp_path: Path
) -> None:
    """It answers instead of the configured model, which is not asked, and has no models."""
    config = configured(emulator, tmp_path, NO_MODEL)
    async with served(config, Parrot("All mine.")):
        await reader.write(YOU, "hello")
        await reader.answers(YOU, "All mine.")
        await reader.write(YOU, "/model")
        await reader.until(YOU, lambda screen: "none to choose" in texts_of(screen)[-1])


async def test_warming_asks_for_one_token(emulator: EmulatorServer, tmp_path: Path) -> None:
    """The server reads what every conversation begins with; a failure is told, not raised."""
    async with ModelServer(QUICK) as model:
        assert await warm(configured(emulator, tmp_path, model.base_url), SECRETS) is None
    (request,) = model.requests
    assert asked(model)[0][0] == "be kind"
    assert len(cast("list[object]", request.body["tools"])) == 2
    assert 1 in [value for key, value in request.body.items() if key.startswith("max_")]
    assert await warm(configured(emulator, tmp_path, NO_MODEL), SECRETS) is not None


async def test_a_token_that_nobody_knows(emulator: EmulatorServer, tmp_path: Path) -> None:
    """The gateway ends with one line that does not show the token."""
    config = configured(emulator, tmp_path, NO_MODEL)
    unknown = {"TELEGRAM_BOT_TOKEN": "4200000002:NOBODYKNOWSTHIS", "KEY": "k"}
    async with build(config, Secrets(unknown)) as gateway:
        with pytest.raises(TransportError) as caught:
            await gateway.run()
    assert "NOBODY" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (
            {"tools": ToolsConfig(functions=("no_such_module:function",))},
            "tools.functions: 'no_such_module:function' cannot be used",
        ),
        (
            {"models": {"a": ModelConfig(api_key_env="KEY", parameters={"stream": False})}},
            "models.a.parameters.stream: False cannot be used",
        ),
        (
            {"models": {"a": ModelConfig(api_key_env="KEY", parameters={"model": "sk-tape-1"})}},
            "models.a.parameters.model: <not repeated here: it may be a secret> cannot be used",
        ),
    ],
)
async def test_what_is_found_wrong_late(
    more: dict[str, object], words: str, emulator: EmulatorServer, tmp_path: Path
) -> None:
    """What only its user can check ends the start in one line too, and leaves nothing open."""
    config = configured(emulator, tmp_path, NO_MODEL, **more)
    with pytest.raises(ConfigError) as caught:
        async with build(config, SECRETS):
            pass
    line = str(caught.value)
    assert line.startswith(words)
    assert "\n" not in line
