"""What one text delta passes through, from the provider's bytes to the acknowledged frame."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Self

import httpx2

import tickertape
from tickertape.agent.loop import ModelAgent
from tickertape.agent.models import Model
from tickertape.channels.telegram.direct_client import DirectClient
from tickertape.channels.telegram.transport import TelegramTransport
from tickertape.chat import Address, ChatKind, Message
from tickertape.conversation import Entry
from tickertape.delivery.streaming import StreamingConfig
from tickertape.gateway.announcer import pumped
from tickertape.gateway.answers.running_answer import RunningAnswer
from tickertape.gateway.answers.turn_writer import TurnWriter
from tickertape.outbox import Outbox
from tickertape.ports import Turn
from tickertape.providers.connections.vendors import ExceptionRow
from tickertape.providers.model_provider import Endpoint, ModelProvider
from tickertape.testing.clock import run_in_virtual_time

MOST = (137, 30)
"""Calls of our own functions, each time that a coroutine goes on included, and files of ours that
they are in."""

MOST_DECIDING = (71, 12)
"""Those in delivery, which decides what is shown, and when."""

MOST_AROUND = (49, 14)
"""Those in neither."""

MOST_MAKING = (17, 4)
"""Those in markup, which makes what is shown: a text is weighed once and rendered once."""

_PACKAGE = str(Path(tickertape.__file__).parent)
_CLOCK = "/testing/"
_COMPREHENSIONS = {"<listcomp>", "<setcomp>", "<dictcomp>"}  # no calls from Python 3.12 on
_TO = Address("telegram", "1001", ChatKind.PRIVATE)
_QUESTION = Message(_TO, None, "Say a few words.", "7", to_us=True)
_WORD = " word"
_BEFORE = 60
# Long enough to be worth a frame at once, so that no waiting is counted.
_COUNTED = " and then a clause" * 12
_ROUND_TRIP = 0.08


class _Bytes(httpx2.AsyncByteStream):
    """An answer's body, as the test gives it."""

    def __init__(self) -> None:
        self.pieces: asyncio.Queue[bytes] = asyncio.Queue()

    def say(self, text: str) -> None:
        """Let the server send one delta of the answer."""
        chunk = {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]}
        self.pieces.put_nowait(f"data: {json.dumps(chunk)}\n\n".encode())

    def end(self) -> None:
        """Let the server end the answer."""
        chunk = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
        self.pieces.put_nowait(f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n".encode())
        self.pieces.put_nowait(b"")

    async def __aiter__(self) -> AsyncGenerator[bytes, None]:
        while data := await self.pieces.get():
            yield data


class _Server:
    """A way to a model's server whose answer is one body."""

    status_error: type[Exception] = httpx2.HTTPStatusError
    exceptions: tuple[ExceptionRow, ...] = ()

    def __init__(self, body: _Bytes) -> None:
        self._body = body

    @asynccontextmanager
    async def ask(self, body: Mapping[str, object]) -> AsyncIterator[httpx2.Response]:
        """Answer."""
        yield httpx2.Response(200, headers={"content-type": "text/event-stream"}, stream=self._body)

    async def aclose(self) -> None:
        """Nothing is open."""


class _Posted:
    """An HTTP response of the Bot API."""

    status = 200
    headers: Mapping[str, str] = {}

    def __init__(self, telegram: _Telegram) -> None:
        self._telegram = telegram

    async def __aenter__(self) -> Self:
        await asyncio.sleep(_ROUND_TRIP)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._telegram.acknowledge()

    async def read(self) -> bytes:
        """Grant what was asked."""
        return b'{"ok": true, "result": true}'


class _Telegram(DirectClient):
    """The client of the Bot API, whose HTTP session grants everything."""

    def __init__(self) -> None:
        super().__init__("4200000001:SCRIPTED")
        self.texts: list[str] = []
        self._heard = asyncio.Condition()
        self.heard: list[str] = []

    def _opened(self) -> Any:
        return self

    def post(self, url: str, *, data: bytes, **_: object) -> _Posted:
        """Take a request."""
        self.texts.append(str(json.loads(data).get("text", "")))
        return _Posted(self)

    async def acknowledge(self) -> None:
        """Take note that the answer to the newest call was read."""
        async with self._heard:
            self.heard.append(self.texts[-1])
            self._heard.notify_all()

    async def until(self, word: str) -> None:
        """Wait until a frame with a word was acknowledged."""
        async with self._heard:
            await self._heard.wait_for(lambda: self.heard and word in self.heard[-1])


@contextmanager
def _counted(calls: Counter[str]) -> Iterator[None]:
    """Count the calls of our own functions, by file."""

    def note(frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        name = code.co_filename.removeprefix(_PACKAGE)
        if event != "call" or name == code.co_filename or code.co_name in _COMPREHENSIONS:
            return
        if not name.startswith(_CLOCK):
            calls[f"{name[1:]}:{code.co_name}"] += 1

    sys.setprofile(note)
    try:
        yield
    finally:
        sys.setprofile(None)


async def _one_delta() -> Counter[str]:
    """Carry an answer to the screen, and count what one delta in its middle takes."""
    body, telegram, calls = _Bytes(), _Telegram(), Counter[str]()
    endpoint = Endpoint(protocol="chat_completions", base_url="http://127.0.0.1:1", model="m")
    provider = ModelProvider(endpoint, opened=lambda _: _Server(body))
    agent = ModelAgent([Model("m", provider)])
    showing = pumped({_TO.channel: Outbox(TelegramTransport(telegram))})
    consumer = showing(_QUESTION, StreamingConfig())
    kept: list[Entry] = []

    async def keep(entries: Any, *_: object) -> None:
        kept.extend(entries)

    live = RunningAnswer()
    turn = Turn(_TO, None, _QUESTION.text)
    run = asyncio.create_task(live.run(consumer, agent.run(turn), TurnWriter(keep, {})))
    for number in range(_BEFORE):
        body.say(f"{_WORD}{number}")
        await asyncio.sleep(0.02)
    await telegram.until(f"{_WORD}{_BEFORE - 1}")
    await asyncio.sleep(2.0)
    with _counted(calls):
        body.say(_COUNTED)
        await telegram.until(_COUNTED)
        await asyncio.sleep(_ROUND_TRIP / 8)  # what follows from the answer
    body.end()
    await run
    assert live.shown is not None
    assert live.shown.is_whole
    assert kept
    return calls


def _size(calls: Counter[str]) -> tuple[int, int]:
    """Give the number of calls, and of the files that they are in."""
    return calls.total(), len({name.partition(":")[0] for name in calls})


def test_a_delta_passes_few_layers() -> None:
    """A delta that is shown at once takes a bounded number of calls, in few files."""
    calls = run_in_virtual_time(_one_delta())
    deciding = {name: n for name, n in calls.items() if name.startswith("delivery/")}
    making = {name: n for name, n in calls.items() if name.startswith("markup/")}
    around = calls - Counter(deciding) - Counter(making)
    parts = (
        (Counter(deciding), MOST_DECIDING),
        (Counter(making), MOST_MAKING),
        (around, MOST_AROUND),
        (calls, MOST),
    )
    for counted, most in parts:
        total, files = _size(counted)
        assert total <= most[0], counted.most_common()
        assert files <= most[1], sorted(counted)


def test_the_way_of_a_delta_is_told() -> None:
    """The design names each file that a delta passes, once, and their number."""
    calls = run_in_virtual_time(_one_delta())
    design = Path(__file__).parent.parent.joinpath("docs", "design.md").read_text("utf-8")
    told = design.partition("## The way of one delta")[2].partition("\n## ")[0]
    named = re.findall(r"`([\w/]+\.py)`", told.partition("|---")[2])
    assert sorted(named) == sorted({name.partition(":")[0] for name in calls})
    assert f"{MOST[0]} calls" in told
    assert f"{MOST[1]} files" in told
