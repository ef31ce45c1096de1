"""Where live replies are measured: an agent, a channel, and conversations between.

The gateway is not part of it: no one writes to the bot, nothing is stored, no tool is offered.
Model, delivery and channel are those of the gateway.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Protocol

from tickertape.agent.loop import ModelAgent
from tickertape.agent.models import Model
from tickertape.channels.telegram.transport import TelegramTransport
from tickertape.chat import Address, ChatKind
from tickertape.cli.bench.plan import Plan
from tickertape.cli.bench.report import Result
from tickertape.cli.demo.canned import TEXT
from tickertape.cli.embedded import KEY, embedded
from tickertape.delivery.streaming import StreamingConfig
from tickertape.emulator.scene import TOKEN
from tickertape.emulator.server import EmulatorServer
from tickertape.emulator.settings import Settings
from tickertape.errors import ConfigError, ModelUnavailableError
from tickertape.gateway.agent import provider_of, warm
from tickertape.gateway.config.channel_types import TelegramConfig
from tickertape.gateway.config.gateway_config import GatewayConfig
from tickertape.gateway.config.loading import Secrets
from tickertape.gateway.config.sections import ToolsConfig
from tickertape.gateway.settings import DEFAULT_MODEL
from tickertape.local.server import LocalServer
from tickertape.local.store import ModelStore
from tickertape.ports import Agent, Transport
from tickertape.testing.live import Bench, Conversation
from tickertape.testing.providers import ScriptedProvider

__all__ = ["Place", "rehearse"]

# Seconds that a call to the emulator takes: what one to Telegram takes from a good network.
_ROUND_TRIP = 0.08
# Tokens a second of the canned text: what hosted models of the middle class write.
_TOKENS_PER_SECOND = 50.0
# Tokens of one conversation with the embedded model, and of its answer: enough for 120 words.
_WINDOW = 1_024
_ANSWER = 256
# People of the emulator are numbered from here on: none of its scene is among them.
_FIRST_PERSON = 500_001


class Place(Protocol):
    """A channel with chats to measure in."""

    @property
    def name(self) -> str:
        """Its name in the report."""
        ...

    @property
    def transport(self) -> Transport:
        """Its side that shows things."""
        ...

    def chats(self, count: int) -> Sequence[Address]:
        """Return `count` chats for a round."""
        ...

    def is_exact(self, conversation: Conversation) -> bool | None:
        """Return whether a chat shows exactly the answer; None if that cannot be known."""
        ...


class _Emulated:
    """The emulator: private chats with people who are made for each round."""

    def __init__(self, emulator: EmulatorServer, transport: TelegramTransport) -> None:
        self._world = emulator.world
        self._people = 0
        self.transport: Transport = transport
        self.name = f"the emulator, {_ROUND_TRIP * 1000:.0f} ms round trip, private chats"

    def chats(self, count: int) -> Sequence[Address]:
        first = _FIRST_PERSON + self._people
        self._people += count
        for number in range(first, first + count):
            self._world.add_person(number, f"Person {number}")
            self._world.begin(number)
        return [_place_of(number) for number in range(first, first + count)]

    def is_exact(self, conversation: Conversation) -> bool | None:
        screen = self._world.screen(int(conversation.address.chat))
        return not screen.drafts and conversation.is_shown_by("".join(screen.texts))


class _Configured:
    """The configured channel: chats that the operator named."""

    def __init__(self, transport: TelegramTransport, chats: Sequence[int], where: str) -> None:
        self._chats = chats
        self.transport: Transport = transport
        self.name = where

    def chats(self, count: int) -> Sequence[Address]:
        return [_place_of(number) for number in self._chats[:count]]

    def is_exact(self, _: Conversation) -> bool | None:
        return None


def _place_of(number: int) -> Address:
    """Return the chat of Telegram with a number.

    Numbers of persons are positive, those of groups and channels are not
    (core.telegram.org/api/bots/ids, 2026-11).
    """
    kind = ChatKind.PRIVATE if number > 0 else ChatKind.GROUP
    return Address("telegram", str(number), kind)


async def rehearse(plan: Plan, say: Callable[[int], None]) -> tuple[str, list[Result]]:
    """Hold all conversations of a plan, round by round.

    Returns:
        What was measured in a few words, and what came of each round.

    Raises:
        ConfigError: when something in the configuration cannot be used.
        ModelUnavailableError: when the embedded model is needed and cannot be had.
    """
    async with AsyncExitStack() as stack:
        agent, model = await stack.enter_async_context(_answering(plan))
        place = await stack.enter_async_context(_place(plan))
        streaming = plan.configured[0].streaming if plan.configured else StreamingConfig()
        bench = Bench(agent, place.transport, streaming=streaming)
        results = []
        for count in plan.sessions:
            say(count)
            round_ = await bench.run(plan.prompt, place.chats(count))
            exact = tuple(place.is_exact(one) for one in round_.conversations)
            results.append(Result(round_, exact))
    return f"{model}; {place.name}", results


@asynccontextmanager
async def _answering(plan: Plan) -> AsyncIterator[tuple[Agent, str]]:
    """Yield the agent that answers, and its name in the report."""
    if plan.scripted:
        scripted = ScriptedProvider.from_text(TEXT, tokens_per_second=_TOKENS_PER_SECOND)
        yield ModelAgent([Model(DEFAULT_MODEL, scripted)]), "a canned text"
        return
    async with AsyncExitStack() as stack:
        if plan.configured is None:
            settings, found = await stack.enter_async_context(_embedded(max(plan.sessions)))
        else:
            settings, found = plan.configured
        provider = provider_of(DEFAULT_MODEL, settings.provider, found)
        stack.push_async_callback(provider.aclose)
        prompt = settings.provider.system_prompt
        agent = ModelAgent([Model(DEFAULT_MODEL, provider)], system_prompt=prompt)
        yield agent, "the embedded model" if plan.configured is None else provider.origin


@asynccontextmanager
async def _embedded(sessions: int) -> AsyncIterator[tuple[GatewayConfig, Secrets]]:
    """Run the embedded model for several answers at once; return how to request it."""
    path = ModelStore().fetch()
    async with LocalServer(
        path, context_tokens=_WINDOW * sessions, answers_at_once=sessions
    ) as server:
        provider = embedded(server, window=_WINDOW, answer=_ANSWER)
        settings = GatewayConfig(provider=provider, tools=ToolsConfig(builtin=()))
        found = Secrets({KEY: server.api_key})
        if (failed := await warm(settings, found)) is not None:
            raise ModelUnavailableError(str(failed.error))
        yield settings, found


@asynccontextmanager
async def _place(plan: Plan) -> AsyncIterator[Place]:
    async with AsyncExitStack() as stack:
        if plan.configured is None:
            emulator = EmulatorServer(Settings(round_trip=_ROUND_TRIP))
            await stack.enter_async_context(emulator)
            transport = TelegramTransport.open(TOKEN, api_base=emulator.url)
            place: Place = _Emulated(emulator, transport)
        else:
            settings, found = plan.configured
            bot = _bot_of(settings)
            token = found.value_of(bot.token_env)
            transport = TelegramTransport.open(token, api_base=bot.api_base)
            place = _Configured(transport, plan.chats, bot.api_base.partition("://")[2])
        stack.push_async_callback(transport.aclose)
        yield place


def _bot_of(settings: GatewayConfig) -> TelegramConfig:
    """Return the first bot of Telegram that is configured.

    Raises:
        ConfigError: when there is none.
    """
    for channel in settings.all_channels.values():
        if isinstance(channel.settings, TelegramConfig):
            return channel.settings
    raise ConfigError("channels", ", ".join(settings.channels), "a channel of the type telegram")
