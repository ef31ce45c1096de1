"""A stage for the gateway: a channel in memory, a real database, agents that obey."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from databases import database_in

from tickertape.chat import (
    Address,
    ButtonPressed,
    ChatKind,
    Inbound,
    Message,
    Moved,
    Person,
    StopPressed,
)
from tickertape.conversation import Entry
from tickertape.delivery.actions import Acknowledge, Action, Button, PostVoice, ShowDraft
from tickertape.delivery.streaming import StreamingConfig
from tickertape.errors import TransportError
from tickertape.events import Event, Failed, Finished, TextDelta
from tickertape.gateway.access import Access
from tickertape.gateway.announcer import ShowingFor
from tickertape.gateway.answers.audience import Hearing
from tickertape.gateway.custom_commands.catalog import Catalog
from tickertape.gateway.loop import Gateway
from tickertape.gateway.settings import QueueMode
from tickertape.gateway.storage.store import ConversationStore
from tickertape.message import Author, ForwardedMessage
from tickertape.ports import Agent, Turn
from tickertape.speech.narrator import Narrator
from tickertape.testing.transports import FakeTransport

ANNA = Person("1001", "Anna")
PRIVATE = Address("telegram", "1001", ChatKind.PRIVATE)
GROUP = Address("telegram", "-1007", ChatKind.GROUP)
TOPIC = Address("telegram", "-1007", ChatKind.GROUP, thread="5")
STOPPED = "⏹ Stopped."


class FakeChannel(FakeTransport):
    """A channel in memory whose people are the test."""

    def __init__(self, *, buttons: bool = False) -> None:
        super().__init__(voice_limit=100_000, finds=6, buttons=buttons)
        self._incoming: asyncio.Queue[Inbound | TransportError | None] = asyncio.Queue()
        self._presses: Iterator[int] = iter(range(1, 1_000))
        self._offered: dict[str, tuple[Button, ...]] = {}
        self.changed = asyncio.Condition()
        self.dealt_with = 0
        """How many things that came in were dealt with."""

    def write(self, text: str, to: Address = PRIVATE, sender: Person | None = ANNA) -> str:
        """Let a person write; give the id of their message: one of the chat's own."""
        message_id = self._next_id()
        message = Message(to, sender, text, message_id, to_us=True)
        self._incoming.put_nowait(message)
        return message_id

    def pass_on(self, text: str, to: Address = PRIVATE) -> None:
        """Let a person forward a message of Ben's."""
        parts = (ForwardedMessage((text,), Author("Ben")),)
        message = Message(to, ANNA, "", self._next_id(), to_us=True, parts=parts)
        self._incoming.put_nowait(message)

    def press_stop(self, draft_id: str, address: Address = PRIVATE) -> None:
        """Let a person press the stop button."""
        self._incoming.put_nowait(StopPressed(address, ANNA, draft_id))

    def press(
        self, message_id: str, address: Address = PRIVATE, sender: Person | None = ANNA
    ) -> str:
        """Let a person press the stop button under a message; give the press's id."""
        press_id = f"press {next(self._presses)}"
        press = StopPressed(address, sender, message_id=message_id, press_id=press_id)
        self._incoming.put_nowait(press)
        return press_id

    def press_button(self, message_id: str, at: int, address: Address, sender: Person) -> str:
        """Let a person press one of the buttons that a message offers, or offered."""
        press_id = f"press {next(self._presses)}"
        offers = self.screen(address).offers.get(message_id) or self._offered[message_id]
        data = offers[at].data
        self._incoming.put_nowait(ButtonPressed(address, sender, data, message_id, press_id))
        return press_id

    async def offers(self, address: Address) -> str:
        """Wait until a message offers buttons; give its id."""
        async with asyncio.timeout(10), self.changed:
            await self.changed.wait_for(lambda: self.screen(address).offers)
        [message_id] = self.screen(address).offers
        self._offered |= self.screen(address).offers
        return message_id

    async def withdraws(self, address: Address) -> None:
        """Wait until no message offers buttons."""
        async with asyncio.timeout(10), self.changed:
            await self.changed.wait_for(lambda: not self.screen(address).offers)

    def moves(self, old: Address, new: Address) -> None:
        """Let the platform say that a chat has another id."""
        self._incoming.put_nowait(Moved(new, old.chat))

    async def told(self, press_id: str) -> str:
        """Wait until a press was acknowledged; give what the person was told."""
        async with asyncio.timeout(10), self.changed:
            await self.changed.wait_for(lambda: self._told(press_id))
        [text] = self._told(press_id)
        return text

    def _told(self, press_id: str) -> list[str]:
        answers = [action for action in self.actions if isinstance(action, Acknowledge)]
        return [answer.text for answer in answers if answer.press_id == press_id]

    def end(self, error: TransportError | None = None) -> None:
        """Let nothing come in any more."""
        self._incoming.put_nowait(error)

    async def messages(self) -> AsyncGenerator[Inbound, None]:
        """Yield what was written."""
        while True:
            item = await self._incoming.get()
            if item is None:
                return
            if isinstance(item, TransportError):
                raise item
            yield item
            self.dealt_with += 1
            await self._tell()

    async def has_dealt_with(self, count: int) -> None:
        """Wait until so many things that came in were dealt with."""
        async with asyncio.timeout(10), self.changed:
            await self.changed.wait_for(lambda: self.dealt_with >= count)

    def apply(self, action: Action) -> object:  # type: ignore[override]
        """Apply an action, and wake who waits for the screen."""
        outcome = super().apply(action)
        asyncio.get_running_loop().create_task(self._tell())
        return outcome

    async def _tell(self) -> None:
        async with self.changed:
            self.changed.notify_all()

    async def shows(self, *texts: str, at: Address = PRIVATE) -> None:
        """Wait until exactly these messages are on screen."""
        async with asyncio.timeout(10), self.changed:
            await self.changed.wait_for(lambda: self.texts(at) == list(texts))

    async def speaks(self, count: int = 1, at: Address = PRIVATE) -> list[PostVoice]:
        """Wait until so many voice notes are there; give them."""
        async with asyncio.timeout(10), self.changed:
            await self.changed.wait_for(lambda: len(self.screen(at).voices) >= count)
        return list(self.screen(at).voices.values())


class GatedAgent:
    """Says what the test tells it to say, while the test watches."""

    def __init__(self) -> None:
        self.started = 0
        """How many turns were given to it."""
        self.turns: asyncio.Queue[tuple[Turn, asyncio.Queue[Event | Exception]]] = asyncio.Queue()
        self.closed = asyncio.Event()

    async def run(self, turn: Turn) -> AsyncIterator[Event]:
        """Yield what is put into the turn's queue."""
        words: asyncio.Queue[Event | Exception] = asyncio.Queue()
        self.started += 1
        self.closed.clear()
        self.turns.put_nowait((turn, words))
        try:
            while True:
                event = await words.get()
                if isinstance(event, Exception):
                    raise event
                yield event
                if isinstance(event, Finished | Failed):
                    return
        finally:
            self.closed.set()

    async def turn(self) -> tuple[Turn, Callable[[Event | Exception], None]]:
        """Wait for the next turn; give it, and how to answer it."""
        async with asyncio.timeout(10):
            turn, words = await self.turns.get()
        return turn, words.put_nowait


class Parrot:
    """Says the same to everybody, at once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.turns: list[Turn] = []
        """What was asked, in order."""

    async def run(self, turn: Turn) -> AsyncIterator[Event]:
        """Yield the text and the end."""
        self.turns.append(turn)
        yield TextDelta(self.text)
        yield Finished()


@asynccontextmanager
async def running(
    path: Path,
    agent: Agent,
    *,
    allow: frozenset[str] = frozenset({ANNA.id}),
    grace: float = 5.0,
    models: Mapping[str, str] | None = None,
    streaming: StreamingConfig | None = None,
    showing: ShowingFor | None = None,
    hearing: Hearing | None = None,
    narrator: Narrator | None = None,
    voice: bool = False,
    queue: QueueMode = "queue",
    together: float = 0.0,
    custom: Catalog | None = None,
) -> AsyncIterator[tuple[FakeChannel, Gateway, ConversationStore, asyncio.Task[None]]]:
    """Run a gateway over a database at `path`; end it as its channel ends, if nobody did."""
    store = await ConversationStore.open(database_in(path))
    channel = FakeChannel()
    gateway = Gateway(
        {PRIVATE.channel: channel},
        agent,
        store,
        Access(allow),
        grace=grace,
        models=models,
        streaming=streaming,
        showing=showing,
        hearing=hearing,
        narrator=narrator,
        voice=voice,
        queue=queue,
        together=together,
        custom=custom,
    )
    task = asyncio.create_task(gateway.run())
    try:
        yield channel, gateway, store, task
        if not task.done():
            channel.end()
            async with asyncio.timeout(10):
                await task
    finally:
        task.cancel()
        await asyncio.wait({task})
        await store.aclose()


async def reopened(path: Path, at: Address = PRIVATE) -> list[tuple[str, str]]:
    """Read the words of a conversation from the file, as after a restart."""
    return [
        (getattr(entry, "role", type(entry).__name__), entry.text) for entry in await kept(path, at)
    ]


async def kept(path: Path, at: Address = PRIVATE) -> tuple[Entry, ...]:
    """Read a conversation from the file, as after a restart."""
    store = await ConversationStore.open(database_in(path))
    try:
        return await store.history(at, limit=100)
    finally:
        await store.aclose()


async def drafted(channel: FakeChannel, text: str, at: Address = PRIVATE) -> str:
    """Wait until a draft with `text` is on screen; give its id."""
    async with asyncio.timeout(10), channel.changed:
        await channel.changed.wait_for(lambda: channel.screen(at).draft == text)
    return next(a.draft_id for a in reversed(channel.actions) if isinstance(a, ShowDraft))


async def posted(channel: FakeChannel, text: str, at: Address = GROUP) -> str:
    """Wait until a message with `text` is on screen; give its id."""
    async with asyncio.timeout(10), channel.changed:
        await channel.changed.wait_for(lambda: text in channel.texts(at))
    messages = channel.screen(at).messages
    return next(id_ for id_, shown in reversed(messages.items()) if shown == text)
