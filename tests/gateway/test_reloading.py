"""A configuration that is read again: what changes in a running gateway, and what does not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from gateway_http import QUICK, SECRETS, Reader, configured
from gateway_stage import Parrot
from hypothesis import given
from hypothesis import strategies as st

from tickertape.delivery.streaming import StreamingConfig
from tickertape.emulator.scene import GROUP, TOKEN, YOU
from tickertape.emulator.server import EmulatorServer
from tickertape.errors import ConfigError, UnsetVariableError
from tickertape.gateway.app import GatewayParts, assemble
from tickertape.gateway.config.changes import RELOADABLE, changes_of, merged
from tickertape.gateway.config.gateway_config import GatewayConfig
from tickertape.gateway.config.loading import parse
from tickertape.gateway.config.sections import AccessConfig, ModelConfig, ProviderConfig
from tickertape.gateway.reloadable import AnswerSettings, SettingsInUse
from tickertape.gateway.settings import Choices
from tickertape.testing.model_script import ScriptedAnswer, Stall
from tickertape.testing.model_server import ModelServer

pytest_plugins = ["gateway_fixtures"]

ENVIRON = {"TELEGRAM_BOT_TOKEN": TOKEN, "KEY": "sk-tape"}

CHANGES = [
    ("", (), ()),
    ("access: {allow: [7]}", ("access.allow",), ()),
    ("access: {admins: [7], pairing: true}", ("access.admins", "access.pairing"), ()),
    ("gateway: {queue: steer, together: 1}", ("gateway.queue", "gateway.together"), ()),
    ("streaming: {cursor: x, reasoning: hide}", ("streaming.cursor", "streaming.reasoning"), ()),
    ("provider: {model: other}", ("provider.model",), ()),
    ("provider: {parameters: {temperature: 1}}", ("provider.parameters.temperature",), ()),
    ("models: {clever: {}}\nfallback: [clever]", ("models.clever", "fallback"), ()),
    ("speech: {always: true, longest: 5}", ("speech.always",), ("speech.longest",)),
    ("storage: {url: 'sqlite+aiosqlite:///x.db'}", (), ("storage.url",)),
    ("telegram: {groups: all}", (), ("telegram.groups",)),
    ("telegram: {webhook: {url: 'https://a.example/x'}}", (), ("telegram.webhook",)),
    ("channels: {work: {type: telegram}}", (), ("telegram", "channels.work")),
    ("telegram: {}\nchannels: {work: {type: telegram}}", (), ("channels.work",)),
    ("tools: {max_steps: 2, mcp: {x: {command: y}}}", (), ("tools.mcp.x", "tools.max_steps")),
]


@pytest.mark.parametrize(("text", "applied", "waiting"), CHANGES)
def test_changes_are_named_by_their_keys(
    text: str, applied: tuple[str, ...], waiting: tuple[str, ...]
) -> None:
    """Each key that differs is told, either as one that changes or as one that needs a restart."""
    wanted = parse(text) if text else GatewayConfig()
    changes = changes_of(GatewayConfig(), wanted)
    assert set(changes.applied) == set(applied)
    assert set(changes.waiting) == set(waiting)


def test_an_own_agent_has_no_models() -> None:
    """With an agent of the operator's, changes of models and tools mean nothing."""
    wanted = parse("provider: {model: x}\ntools: {max_steps: 2}\nstreaming: {cursor: x}")
    changes = changes_of(GatewayConfig(), wanted, own_agent=True)
    assert (changes.applied, changes.waiting) == (("streaming.cursor",), ())


@given(
    st.lists(st.sampled_from([text for text, *_ in CHANGES if text[:8] != "channels"]), unique=True)
)
def test_what_is_merged_is_what_was_told(texts: list[str]) -> None:
    """After a reload nothing that can be reloaded differs, and everything else still does."""
    wanted = GatewayConfig()
    for text in filter(None, texts):
        other = parse(text)
        update = {name: getattr(other, name) for name in other.model_fields_set}
        wanted = wanted.model_copy(update=update)
    before = changes_of(GatewayConfig(), wanted)
    after = changes_of(merged(GatewayConfig(), wanted), wanted)
    assert after.applied == ()
    assert after.waiting == before.waiting


def test_what_can_be_reloaded_is_listed_by_keys_that_exist() -> None:
    """Each entry of the list is a section, or a key of one."""
    config = GatewayConfig()
    for path in RELOADABLE:
        section, _, key = path.partition(".")
        assert hasattr(getattr(config, section), key or "__class__")


def test_former_settings_are_closed_when_no_answer_uses_them() -> None:
    """An answer keeps its settings; the last one that ends closes them, once."""
    agent, closed = Parrot(""), list[str]()
    first, second, third = (
        AnswerSettings(agent, Choices(), StreamingConfig(cursor=mark)) for mark in "abc"
    )
    settings = SettingsInUse(first)
    with settings.keep() as one:
        with settings.keep() as other:
            settings.replace(second, lambda: closed.append("first"))
            assert settings.present is second
            assert one is other is first
        settings.replace(third, lambda: closed.append("second"))
        assert closed == ["second"]
    assert closed == ["second", "first"]
    with settings.keep() as last:
        assert last is third
    assert closed == ["second", "first"]


@asynccontextmanager
async def running(config: GatewayConfig) -> AsyncIterator[GatewayParts]:
    """Run a gateway, and stop it at the end."""
    async with assemble(config, SECRETS) as parts:
        task = asyncio.create_task(parts.gateway.run())
        try:
            yield parts
        finally:
            parts.gateway.stop()
            async with asyncio.timeout(20):
                await task


@pytest.mark.anyio
async def test_a_running_answer_keeps_its_model(
    emulator: EmulatorServer, reader: Reader, tmp_path: Path
) -> None:
    """The next answer comes from another model; the one that runs goes on to its end."""
    begun = ScriptedAnswer(pieces=("Once upon a time",), fault=Stall(after=1))
    async with ModelServer() as old, ModelServer() as new:
        old.plan(begun)
        new.plan(QUICK)
        config = configured(emulator, tmp_path, old.base_url)
        async with running(config) as parts:
            await reader.write(YOU, "a story")
            await reader.until(YOU, lambda screen: bool(screen["drafts"]))
            provider = config.provider.model_copy(update={"base_url": new.base_url})
            changes = await parts.reloader.apply(
                config.model_copy(update={"provider": provider}), ENVIRON
            )
            assert changes.applied == ("provider.base_url",)
            await reader.write(GROUP, "@tickertape_bot and you?")
            await reader.answers(GROUP, "An answer in two pieces.")
            assert (len(old.requests), len(new.requests)) == (1, 1)
            assert not old.departures
            await reader.write(YOU, "/stop")
            await old.left()
            await reader.write(YOU, "again")
            await reader.answers(YOU, "Once upon a time\n\n⏹ Stopped.", "An answer in two pieces.")
            assert len(old.requests) == 1


@pytest.mark.anyio
async def test_people_and_models_come_and_go(
    emulator: EmulatorServer, reader: Reader, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Who is listed is answered from the next message on; a model of a chat may be a later one."""
    async with ModelServer() as server:
        server.plan(QUICK)
        config = configured(emulator, tmp_path, server.base_url, access=AccessConfig())
        async with running(config) as parts:
            await reader.write(YOU, "is anyone there?")
            async with asyncio.timeout(20):
                while "not let in" not in caplog.text:  # noqa: ASYNC110 - a log
                    await asyncio.sleep(0)
            clever = ModelConfig(base_url=server.base_url, model="other", api_key_env="KEY")
            wanted = configured(emulator, tmp_path, server.base_url, models={"clever": clever})
            changes = await parts.reloader.apply(wanted, ENVIRON)
            assert changes.applied == ("models.clever", "access.allow")
            await reader.write(YOU, "/model clever")
            await reader.write(YOU, "hello")
            said = "Switched to clever. It will answer your next message."
            await reader.answers(YOU, said, "An answer in two pieces.")
            [request] = server.requests
            assert request.body["model"] == "other"


@pytest.mark.anyio
async def test_what_cannot_be_used_changes_nothing(
    emulator: EmulatorServer, tmp_path: Path
) -> None:
    """A variable that is not set, or settings of a model that cannot be: all stays as it was."""
    async with running(configured(emulator, tmp_path, "http://127.0.0.1:9/v1")) as parts:
        before, settings = parts.reloader.running, parts.gateway.settings
        lacking = ProviderConfig(api_key_env="NOT_SET")
        wanted = before.model_copy(update={"provider": lacking, "access": AccessConfig()})
        with pytest.raises(UnsetVariableError):
            await parts.reloader.apply(wanted, ENVIRON)
        reserved = before.provider.model_copy(update={"parameters": {"messages": []}})
        with pytest.raises(ConfigError):
            await parts.reloader.apply(before.model_copy(update={"provider": reserved}), ENVIRON)
        assert parts.reloader.running is before
        assert parts.gateway.settings is settings
