"""Answers that come late, or never, and transports that break their promise: as programs see it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from rough_transport import Held, RoughTransport
from tickertape.chat import Address, ChatKind
from tickertape.consumer import StreamConsumer
from tickertape.delivery.actions import (
    Accepted,
    Action,
    Edit,
    Find,
    Outcome,
    Post,
    Reason,
    Refused,
    Throttled,
    Unknown,
)
from tickertape.delivery.lost.known import KnownMessages
from tickertape.delivery.reply.stored import dumps, loads
from tickertape.delivery.shown import Shown
from tickertape.delivery.streaming import StreamingConfig
from tickertape.delivery.surface import Cadence, Surface
from tickertape.delivery.ways import EDITS
from tickertape.markup.forms import PLAIN, Blocks
from tickertape.markup.pages import BlockLimits
from tickertape.outbox import Outbox
from tickertape.pump.chat_writer import LateCalls
from tickertape.testing.clock import run_in_virtual_time
from tickertape.testing.transports import FakeTransport, LostAnswer

PRIVATE = Address("chat", "ada", ChatKind.PRIVATE)
GROUP = Address("chat", "crew", ChatKind.GROUP)
PLACES = [PRIVATE, GROUP]


async def speech() -> AsyncIterator[str]:
    """Say twenty words in six seconds."""
    for number in range(20):
        yield f"word{number} "
        await asyncio.sleep(0.3)


async def slow_speech() -> AsyncIterator[str]:
    """Say sixty words in a minute."""
    for number in range(60):
        yield f"word{number} "
        await asyncio.sleep(1.0)


TEXT = " ".join(f"word{number}" for number in range(20))


class Slow(FakeTransport):
    """A channel that does everything at once, and answers late."""

    def __init__(self, seconds: float, kind: type[Action], *, finds: int = 0) -> None:
        super().__init__(stop_buttons=True, finds=finds)
        self.seconds = seconds
        self.kind = kind

    async def perform(self, action: Action) -> Outcome:
        outcome = await super().perform(action)
        if isinstance(action, self.kind):
            await asyncio.sleep(self.seconds)
        return outcome


async def _shown_in_the_end(words: AsyncIterator[str], outbox: Outbox, to: Address) -> Shown:
    """Show an answer; return what became of it when nothing can come late any more."""
    async with StreamConsumer(outbox, to=to) as answer:
        async for word in words:
            answer.on_delta(word)
    await outbox.drain()
    return answer.shown


async def show(transport: FakeTransport, to: Address, *, only_writer: bool) -> Shown:
    """Show the speech, and wait for all that comes late."""
    outbox = Outbox(transport, only_writer=only_writer)
    outbox.saw(to, "m0")
    return await _shown_in_the_end(speech(), outbox, to)


@pytest.mark.parametrize("only_writer", [False, True])
@pytest.mark.parametrize("to", PLACES)
@pytest.mark.parametrize("seconds", [17.0, 50.0, 170.0])
def test_a_late_answer_to_a_post_is_an_answer(
    to: Address, seconds: float, only_writer: bool
) -> None:
    """However late: one message in the end, without a button, and nothing in doubt."""
    transport = Slow(seconds, Post, finds=3)
    shown = run_in_virtual_time(show(transport, to, only_writer=only_writer))
    assert transport.texts(to) == [TEXT]
    assert transport.screen(to).buttons == set()
    assert shown.doubtful == ()
    assert shown.is_whole
    posts = sum(isinstance(action, Post) for action in transport.actions)
    assert posts == (2 if seconds > 60.0 and not only_writer else 1)
    assert any(isinstance(action, Find) for action in transport.actions) is only_writer


def test_what_comes_in_while_an_answer_runs_is_not_asked_about() -> None:
    """A lively chat: the lost message is found behind all that people wrote meanwhile."""
    transport = FakeTransport(stop_buttons=True, finds=1)
    transport.script.append(LostAnswer())

    async def run() -> Shown:
        outbox = Outbox(transport, only_writer=True)
        outbox.saw(GROUP, "m0")
        async with StreamConsumer(outbox, to=GROUP) as answer:
            for number in range(1, 9):  # they come before the answer's first post
                transport._last_number = number
                outbox.saw(GROUP, f"m{number}")
            async for words in speech():
                answer.on_delta(words)
        return answer.shown

    shown = run_in_virtual_time(run())
    assert transport.texts(GROUP) == [TEXT]
    assert transport.screen(GROUP).messages == {"m9": TEXT}
    assert shown.doubtful == ()
    assert sum(isinstance(action, Find) for action in transport.actions) == 1


class Rows(FakeTransport):
    """A channel that counts the messages of one chat for themselves, and all others together."""

    def surface(self, address: Address) -> Surface:
        surface = super().surface(address)
        assert surface.row is not None
        name = "" if address == GROUP else GROUP.chat
        return replace(surface, row=replace(surface.row, name=name))


def test_a_row_that_is_called_like_a_chat_is_not_the_chats_own() -> None:
    """Names of rows and ids of chats are the channel's own, and nobody keeps them apart there."""

    async def run() -> tuple[KnownMessages | None, ...]:
        outbox = Outbox(Rows(finds=1), only_writer=True)
        outbox.saw(GROUP, "m7")
        outbox.saw(PRIVATE, "m8")
        others = Address("chat", "others", ChatKind.GROUP)
        return outbox._known_at(GROUP), outbox._known_at(PRIVATE), outbox._known_at(others)

    own, shared, same = run_in_virtual_time(run())
    assert own is not None
    assert shared is not None
    assert (own.ids, shared.ids) == (("m7",), ("m8",))
    assert same is shared


class OldServer(FakeTransport):
    """A channel that has no messages of blocks, and tells so late."""

    def __init__(self, seconds: float) -> None:
        super().__init__(dialect="markdown", blocks=BlockLimits(count=500, depth=16, columns=20))
        self.seconds = seconds

    async def perform(self, action: Action) -> Outcome:
        if isinstance(action, Post | Edit) and isinstance(action.form, Blocks):
            self.actions.append(action)
            await asyncio.sleep(self.seconds)
            return Refused(Reason.BLOCKS_UNKNOWN)
        return await super().perform(action)


@pytest.mark.parametrize("to", PLACES)
@pytest.mark.parametrize("seconds", [1.0, 17.0, 90.0, 170.0])
def test_a_form_that_is_refused_is_not_asked_for_again(to: Address, seconds: float) -> None:
    """However late that is told: the text is shown plainer, and so are all texts after it."""
    transport = OldServer(seconds)

    async def run() -> list[Shown]:
        outbox, shown = Outbox(transport), []
        for _ in range(2):
            config = StreamingConfig(rich="always", transport="off")
            async with StreamConsumer(outbox, to=to, config=config) as answer:
                async for words in speech():
                    answer.on_delta(words)
            await outbox.drain()
            shown.append(answer.shown)
        return shown

    first, second = run_in_virtual_time(run())
    assert transport.texts(to) == [TEXT, TEXT]
    assert first.doubtful == second.doubtful == ()
    assert second.is_whole
    posts = [action.form for action in transport.actions if isinstance(action, Post)]
    in_blocks = [form for form in posts if isinstance(form, Blocks)]
    assert len(in_blocks) == (1 if seconds < 60.0 else 2)
    assert posts == [*in_blocks, PLAIN, PLAIN]


class Closed(FakeTransport):
    """A channel where nothing may be written: it tells so late, and then not at all."""

    posts = 0

    async def perform(self, action: Action) -> Outcome:
        self.actions.append(action)
        if not isinstance(action, Post):
            return Accepted("")
        self.posts += 1
        if self.posts > 1:
            return Unknown()
        await asyncio.sleep(90.0)
        return Refused(Reason.CHAT_DEAD)


def test_a_place_that_is_dead_is_not_tried_again_when_that_is_told_late() -> None:
    """Not by the answer, which has ended in doubt, nor by the next one."""
    transport = Closed()

    async def run() -> list[Shown]:
        outbox = Outbox(transport)
        return [await _shown_in_the_end(speech(), outbox, GROUP) for _ in range(2)]

    first, second = run_in_virtual_time(run())
    for shown in (first, second):
        assert shown.gave_up is not None
        assert shown.gave_up.reason is Reason.CHAT_DEAD
    assert transport.posts == 2


class Saying(FakeTransport):
    """A channel that answers the first post late, and as it is told."""

    def __init__(self, seconds: float, outcome: Outcome) -> None:
        super().__init__()
        self.seconds = seconds
        self.outcome: Outcome | None = outcome

    async def perform(self, action: Action) -> Outcome:
        if not isinstance(action, Post) or self.outcome is None:
            return await super().perform(action)
        outcome, self.outcome = self.outcome, None
        await asyncio.sleep(self.seconds)
        return outcome


@pytest.mark.parametrize("seconds", [1.0, 30.0])
def test_a_refusal_teaches_others_whenever_it_is_told(seconds: float) -> None:
    """Who keeps what was learned of a chat is told by which chat it was refused."""
    told: list[str] = []

    async def run() -> Shown:
        outbox = Outbox(
            Saying(seconds, Throttled(5.0)), on_learned=lambda chat, _: told.append(chat)
        )
        return await _shown_in_the_end(speech(), outbox, GROUP)

    assert run_in_virtual_time(run()).is_whole
    assert told == [GROUP.chat]


@pytest.mark.parametrize("seconds", [1.0, 30.0])
def test_that_a_chat_has_moved_is_known_to_others_whenever_it_is_told(seconds: float) -> None:
    """Answers by its old id and by the new one share its limits."""

    async def run() -> bool:
        outbox = Outbox(Saying(seconds, Refused(Reason.CHAT_MOVED, moved_to="town")))
        await _shown_in_the_end(speech(), outbox, GROUP)
        cadence = Cadence()
        return outbox._budget.chat(GROUP.chat, cadence) is outbox._budget.chat("town", cadence)

    assert run_in_virtual_time(run())


class HeldEdit(FakeTransport):
    """A channel that applies the second edit half a minute late, after all that follows."""

    edits = 0

    async def perform(self, action: Action) -> Outcome:
        self.edits += isinstance(action, Edit)
        if isinstance(action, Edit) and self.edits == 2:
            await asyncio.sleep(30.0)
        return await super().perform(action)


def test_an_edit_that_arrives_after_the_final_does_not_stand() -> None:
    """The preview that was held replaces the final for a moment; then the final is there again."""
    transport = HeldEdit(stop_buttons=True)
    shown = run_in_virtual_time(show(transport, GROUP, only_writer=False))
    assert transport.texts(GROUP) == [TEXT]
    assert transport.screen(GROUP).buttons == set()
    assert shown.is_whole


def test_an_edit_of_a_program_that_was_killed_does_not_stand() -> None:
    """It is held on its way when its program goes down, and arrives after the next one's final."""

    def trouble(action: Action, now: float) -> Held | None:
        return Held(60.0) if isinstance(action, Edit) and now < 5.0 else None

    transport = RoughTransport(trouble, EDITS)

    async def run() -> Shown:
        first = Outbox(transport)
        consumer = StreamConsumer(first, to=GROUP)
        running = asyncio.create_task(consumer.run())
        words = speech()
        while asyncio.get_running_loop().time() < 5.0:
            consumer.on_delta(await anext(words))
        stored = dumps(consumer.state)
        running.cancel()
        await first.aclose()
        second = Outbox(transport)
        consumer = StreamConsumer.resume(second, loads(stored))
        async for word in words:
            consumer.on_delta(word)
        consumer.finish()
        shown = await consumer.run()
        await second.drain()
        await asyncio.sleep(300.0)
        return shown

    assert run_in_virtual_time(run()).is_whole
    held = [at for at, action in transport.asked if isinstance(action, Edit) and at < 5.0]
    assert len(held) == 1
    assert transport.texts(GROUP) == [TEXT]
    assert transport.screen(GROUP).buttons == set()


class Deaf(FakeTransport):
    """A channel that applies edits and never answers them, for a while; it counts open calls."""

    def __init__(self, until: float) -> None:
        super().__init__(stop_buttons=True)
        self.until = until
        self.open = self.most_open = 0

    async def perform(self, action: Action) -> Outcome:
        self.open += 1
        self.most_open = max(self.open, self.most_open)
        try:
            outcome = await super().perform(action)
            if isinstance(action, Edit) and asyncio.get_running_loop().time() < self.until:
                await asyncio.Event().wait()
            return outcome
        finally:
            self.open -= 1


def test_late_calls_leave_connections_to_those_that_can_be_answered() -> None:
    """Forty groups of one bot: a client with a hundred connections is never full of silence.

    Each answer is affirmed when no edit can come any more, also where the connection was given up.
    """
    transport, groups = (
        Deaf(60.0),
        [Address("chat", f"c{number}", ChatKind.GROUP) for number in range(1, 41)],
    )

    async def show_all() -> list[Shown]:
        outbox = Outbox(transport)
        answers = [_shown_in_the_end(slow_speech(), outbox, group) for group in groups]
        return await asyncio.gather(*answers)

    all_shown = run_in_virtual_time(show_all())
    assert transport.most_open <= len(groups) + 32
    assert transport.open == 0
    assert all(shown.is_whole for shown in all_shown)
    for group in groups:
        *_, last, affirmed = [action for action in transport.actions if action.address == group]
        assert last == affirmed


def test_of_too_many_late_calls_the_oldest_are_given_up_and_posts_last() -> None:
    """What waits for the answer of a post needs the id in it."""
    post, edit = Post(GROUP, "Hello"), Edit(GROUP, "m1", "Hello")
    actions: list[Action] = [post, edit, edit, *[post] * 30]

    async def given_up(more: int) -> list[int]:
        late = LateCalls()
        calls = [asyncio.create_task(asyncio.sleep(60.0, Unknown())) for _ in range(33 + more)]
        for call, action in zip(calls, [*actions, *[post] * more], strict=True):
            late.add(call, action)
        await asyncio.sleep(0)
        cancelled = [at for at, call in enumerate(calls) if call.cancelled()]
        for call in calls:
            late.end(call)
        return cancelled

    assert run_in_virtual_time(given_up(0)) == [1]
    assert run_in_virtual_time(given_up(1)) == [1, 2]
    assert run_in_virtual_time(given_up(2)) == [0, 1, 2]


class Silent(FakeTransport):
    """A channel that never answers a post, and never ends the call."""

    async def perform(self, action: Action) -> Outcome:
        outcome = await super().perform(action)
        if isinstance(action, Post):
            await asyncio.Event().wait()
        return outcome


@pytest.mark.parametrize("to", PLACES)
def test_posts_that_are_never_answered_come_to_an_end(to: Address) -> None:
    """Two messages at the most, the run returns, and nothing is left running."""
    transport = Silent(stop_buttons=False)
    shown = run_in_virtual_time(show(transport, to, only_writer=False))
    assert len(transport.texts(to)) == 2
    assert TEXT in transport.texts(to)
    assert TEXT in shown.doubtful
    assert not shown.is_whole
    assert shown.gave_up is None


class Broken(FakeTransport):
    """A transport that breaks its promise in one way or the other."""

    def __init__(self, returned: Any) -> None:
        super().__init__()
        self.returned = returned

    async def perform(self, action: Action) -> Outcome:
        self.actions.append(action)
        if isinstance(self.returned, Exception):
            raise self.returned
        outcome: Outcome = self.returned
        return outcome


@pytest.mark.parametrize(
    ("returned", "detail"),
    [
        (RuntimeError("no"), "RuntimeError"),
        (None, "NoneType is no outcome"),
        ("fine", "str is no outcome"),
    ],
)
@pytest.mark.parametrize("to", PLACES)
def test_a_transport_that_always_fails_ends_the_answer(
    to: Address, returned: object, detail: str
) -> None:
    """It raises, or returns no outcome: `stream` comes back and tells so."""
    transport = Broken(returned)
    shown = run_in_virtual_time(show(transport, to, only_writer=False))
    assert shown.gave_up is not None
    assert shown.gave_up == Refused(Reason.BROKEN_TRANSPORT, detail)
    assert not shown.is_whole
    assert len(transport.actions) == 3
