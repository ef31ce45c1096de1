"""What it takes to watch a gateway: its share of the processor's time of whole turns.

Turns of a gateway run in virtual time, so that nothing but the processor's time passes: a model's
server whose bytes are decoded, the agent, delivery, and Telegram's client, whose calls take 80 ms
and are granted. Sockets, TLS and the database are left out, with which the share would be smaller:
it is an upper bound.

Both are measured in one run, so that a machine with other things to do changes both alike: what
observers are told, and the end of each turn, by the thread's clock; the words of an answer, each of
which takes less than that clock, by as many fed to another turn right after.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Self

import httpx2

from benchmarks.frames import answer
from tickertape.agent.loop import ModelAgent
from tickertape.agent.models import Model
from tickertape.channels.telegram.direct_client import DirectClient
from tickertape.channels.telegram.transport import TelegramTransport
from tickertape.chat import Address, ChatKind, Inbound, Message, Person
from tickertape.cli.garbage import look_briefly
from tickertape.cli.tables import aligned
from tickertape.events import TextDelta
from tickertape.gateway.access import Access
from tickertape.gateway.loop import Gateway
from tickertape.gateway.storage.memory import PassingMemory
from tickertape.gateway.watch.log_lines import LogLines
from tickertape.gateway.watch.prometheus import PrometheusMetrics
from tickertape.gateway.watch.turn import WatchedTurn, Watching
from tickertape.gateway.watch.watch import Watch
from tickertape.providers.connections.vendors import ExceptionRow
from tickertape.providers.model_provider import Endpoint, ModelProvider
from tickertape.testing.clock import run_in_virtual_time
from tickertape.testing.measures import quantile
from tickertape.watching.facts import Fact

__all__ = ["MOST", "run"]

MOST = 0.02
"""The share of the processor's time that watching may take."""

_CHATS = 40
_RATE = 50.0
_SECONDS = 12.0
_TOKEN = 4
_ROUND_TRIP = 0.08
_ROUNDS = 5


class _Body(httpx2.AsyncByteStream):
    """An answer's body: fifty tokens a second."""

    def __init__(self, text: str) -> None:
        self._pieces = [text[at : at + _TOKEN] for at in range(0, len(text), _TOKEN)]

    async def __aiter__(self) -> AsyncGenerator[bytes, None]:
        clock = asyncio.get_running_loop().time
        begun = clock()
        for number, piece in enumerate(self._pieces):
            await asyncio.sleep(begun + number / _RATE - clock())
            delta = {"choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": None}]}
            yield f"data: {json.dumps(delta)}\n\n".encode()
        usage = {"prompt_tokens": 20, "completion_tokens": len(self._pieces)}
        end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "usage": usage}
        yield f"data: {json.dumps(end)}\n\ndata: [DONE]\n\n".encode()


class _Server:
    """A way to a model's server whose answers are all the same."""

    status_error: type[Exception] = httpx2.HTTPStatusError
    exceptions: tuple[ExceptionRow, ...] = ()

    def __init__(self, text: str) -> None:
        self._text = text

    @asynccontextmanager
    async def ask(self, _: Mapping[str, object]) -> AsyncIterator[httpx2.Response]:
        """Answer."""
        headers = {"content-type": "text/event-stream"}
        yield httpx2.Response(200, headers=headers, stream=_Body(self._text))

    async def aclose(self) -> None:
        """Nothing is open."""


class _Granted:
    """An HTTP response of the Bot API."""

    status = 200
    headers: Mapping[str, str] = {}

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __aenter__(self) -> Self:
        await asyncio.sleep(_ROUND_TRIP)
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    async def read(self) -> bytes:
        """Return the answer."""
        return self._body


class _Telegram(DirectClient):
    """The client of the Bot API, whose HTTP session grants everything."""

    def __init__(self) -> None:
        super().__init__("4200000001:SCRIPTED")
        self.calls = 0

    def _opened(self) -> Any:  # noqa: ANN401 - as far as it is used
        return self

    def post(self, url: str, *, data: bytes, **_: object) -> _Granted:
        """Take a request, and grant it."""
        self.calls += 1
        asked = json.loads(data)
        if url.endswith("sendMessageDraft"):
            return _Granted(b'{"ok": true, "result": true}')
        chat = {"id": int(asked["chat_id"]), "type": "private"}
        message = {"message_id": self.calls, "date": 0, "chat": chat, "text": asked.get("text", "")}
        return _Granted(json.dumps({"ok": True, "result": message}).encode())


class _Channel(TelegramTransport):
    """Telegram, where everybody writes once."""

    async def messages(self) -> AsyncGenerator[Inbound, None]:
        """Yield a message of each person."""
        for number in range(1, _CHATS + 1):
            at = Address("telegram", str(number), ChatKind.PRIVATE)
            yield Message(at, Person("1", "Anna"), "How do tides come about?", "1", to_us=True)
            await asyncio.sleep(1.0 / _CHATS)
        # The answers end by themselves, and the gateway with its channel.


class _Timed(Watch):
    """A watch that is watched."""

    spent = 0.0
    _is_inside = False

    def note(self, fact: Fact) -> None:
        """Note a fact, and how long that took; facts that follow from it are part of that."""
        if self._is_inside:
            super().note(fact)
            return
        self._is_inside, begun = True, time.thread_time()
        super().note(fact)
        self.spent += time.thread_time() - begun
        self._is_inside = False

    @contextmanager
    def turn(
        self, message: Message, *, is_first: bool = True, command: str = ""
    ) -> Iterator[WatchedTurn]:
        """Watch a turn, and how long its end takes."""
        with super().turn(message, is_first=is_first, command=command) as turn:
            ended = turn.ended

            def timed(*args: Any, **more: Any) -> None:  # noqa: ANN401 - passed on
                self._is_inside, begun = True, time.thread_time()
                ended(*args, **more)
                self.spent += time.thread_time() - begun
                self._is_inside = False

            turn.ended = timed  # type: ignore[method-assign]
            yield turn


async def _turns(text: str, watch: Watch) -> int:
    """Answer everybody; return how many calls that took."""
    endpoint = Endpoint(protocol="chat_completions", base_url="http://127.0.0.1:1", model="m")
    provider = ModelProvider(endpoint, opened=lambda _: _Server(text))
    agent = ModelAgent([Model("m", provider)], observer=watch)
    client = _Telegram()
    channel = _Channel(client)
    access = Access(frozenset({"1"}))
    await Gateway({"telegram": channel}, agent, PassingMemory(), access, watch=watch).run()
    return client.calls


async def _feeding(text: str) -> float:
    """Return the seconds that the words of all answers take."""
    watch = Watch(watching=Watching(is_measured=True))
    deltas = [TextDelta(text[at : at + _TOKEN]) for at in range(0, len(text), _TOKEN)]
    message = Message(Address("telegram", "1", ChatKind.PRIVATE), None, "", "1", to_us=True)
    spent = 0.0
    for _ in range(_CHATS):
        with watch.turn(message) as turn:
            begun = time.thread_time()
            for delta in deltas:
                turn.feed(delta)
            spent += time.thread_time() - begun
    return spent


def run() -> str:
    """Measure; give a table. `!` marks a bar that was missed."""
    text = answer(int(_RATE * _SECONDS) * _TOKEN)
    shares: list[float] = []
    told: list[float] = []
    fed: list[float] = []
    calls = 0
    for _ in range(_ROUNDS):
        metrics = PrometheusMetrics(channels=("telegram",))
        watch = _Timed([LogLines(), metrics], watching=Watching(is_measured=True))
        gc.collect()
        look_briefly()
        begun = time.process_time()
        calls = run_in_virtual_time(_turns(text, watch))
        whole = time.process_time() - begun
        told.append(watch.spent / _CHATS)
        fed.append(run_in_virtual_time(_feeding(text)) / _CHATS)
        gc.unfreeze()
        shares.append((told[-1] + fed[-1]) / (whole / _CHATS))
        assert b'outcome="delivered",way="draft"} 40.0' in metrics.exposition()
    share = quantile(shares, 0.5)
    return aligned(
        [
            ("turns at once", str(_CHATS)),
            ("tokens of an answer", str(len(text) // _TOKEN)),
            ("calls of an answer", f"{calls / _CHATS:.1f}"),
            ("facts and the end of a turn", f"{quantile(told, 0.5) * 1000:.2f} ms"),
            ("the words of an answer", f"{quantile(fed, 0.5) * 1000:.2f} ms"),
            ("share of the processor's time", f"{share:.1%}{'' if share <= MOST else ' !'}"),
        ]
    )


if __name__ == "__main__":
    sys.stdout.write(run() + "\n")
