"""Faults that last: what stands in the chat when they are over, and when they never are.

The real consumer, outbox and Telegram channel against the emulator's world, in virtual time. Each
schedule is one that was seen: which calls fail, how, and from when until when.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from tickertape.channels.telegram import TelegramTransport
from tickertape.chat import Address, ChatKind
from tickertape.consumer import StreamConsumer, stream
from tickertape.delivery.actions import Action, Outcome
from tickertape.delivery.shown import Shown
from tickertape.delivery.surface import Surface
from tickertape.emulator.chats import StoredMessage
from tickertape.emulator.faults import (
    Fault,
    Garbled,
    Held,
    Lost,
    NoId,
    PlannedFault,
    Reset,
    Slow,
    Status,
    Unreached,
)
from tickertape.emulator.scene import GROUP, YOU, furnished_world
from tickertape.emulator.world import World
from tickertape.markup.rulers import UTF16
from tickertape.outbox import Outbox
from tickertape.simulation.network import SimulatedNetwork
from tickertape.simulation.simulated_client import SimulatedClient
from tickertape.testing.clock import run_in_virtual_time

PRIVATE = Address("telegram", str(YOU), ChatKind.PRIVATE)
TEAM = Address("telegram", str(GROUP), ChatKind.GROUP)
PLACES = [PRIVATE, TEAM]
PLACE_NAMES = ["private", "group"]

AN_HOUR = 3600.0
FOR_EVER = 1e9
AFTERMATH = 40.0
"""Seconds after an answer: longer than a draft lives, and than what is under way needs."""
AT_ONCE = 3.0
"""Seconds that "at once" may take: a pause of a second before the next attempt, and its way."""


@dataclass(frozen=True)
class Answer:
    """What an agent says: `words` words, evenly over `seconds` seconds."""

    seconds: float
    words: int = 40

    @property
    def text(self) -> str:
        return "".join(self._word(number) for number in range(self.words)).strip()

    async def events(self) -> AsyncIterator[str]:
        for number in range(self.words):
            await asyncio.sleep(self.seconds / self.words)
            yield self._word(number)

    def _word(self, number: int) -> str:
        return f"word{number} "


@dataclass(frozen=True)
class Left:
    """What is left of one answer."""

    told: Shown
    ended_at: float
    world: World
    to: Address

    @property
    def messages(self) -> tuple[StoredMessage, ...]:
        return self.world.screen(int(self.to.chat)).messages

    @property
    def texts(self) -> tuple[str, ...]:
        return self.world.screen(int(self.to.chat)).texts

    @property
    def buttons(self) -> list[str]:
        """The texts of messages that carry a button."""
        return [message.content.text.text for message in self.messages if message.markup]

    def times_of(self, method: str) -> list[float]:
        """When calls of a method came to the server, whatever became of their answers."""
        return [record.at for _, record in self.world.calls.after(0) if record.method == method]


def show(answer: Answer, to: Address, *faults: PlannedFault) -> Left:
    """Stream an answer under faults; it has an hour to come to an end."""
    world = furnished_world()
    for planned in faults:
        world.faults.add(planned)

    async def run() -> Left:
        bot = SimulatedClient(SimulatedNetwork(world))
        outbox = Outbox(TelegramTransport(bot, stop_buttons=True))
        async with asyncio.timeout(AN_HOUR):
            told = await stream(answer.events(), outbox, to=to)
        loop = asyncio.get_running_loop()
        ended_at = loop.time()
        await asyncio.sleep(AFTERMATH)
        world.advance(loop.time())
        return Left(told, ended_at, world, to)

    return run_in_virtual_time(run())


def lasting(
    fault: Fault, method: str | None = None, since: float = 0.0, until: float = FOR_EVER
) -> PlannedFault:
    """Strike every call of a method, or of all, for a while."""
    return PlannedFault(fault, method, since=since, until=until)


def is_told(shown: Left, answer: Answer) -> bool:
    """Whether every message but the one that holds the answer is listed as doubtful."""
    extra = list(shown.texts)
    extra.remove(answer.text)
    left = list(shown.told.doubtful)
    for text in extra:
        if text not in left:
            return False
        left.remove(text)
    return True


UNHEARD: list[Fault] = [Lost(), Slow(600.0), Garbled(), Garbled(body="half"), Garbled(502)]
UNHEARD_NAMES = ["cut", "silent", "page", "half", "502"]


# The six schedules.


@pytest.mark.parametrize("to", PLACES, ids=PLACE_NAMES)
@pytest.mark.parametrize("fault", UNHEARD, ids=UNHEARD_NAMES)
@pytest.mark.parametrize("until", [60.0, FOR_EVER], ids=["a minute", "for ever"])
def test_all_answers_of_posts_lost_leave_at_most_one_copy(
    to: Address, fault: Fault, until: float
) -> None:
    """Every `sendMessage` is applied and not heard, and all else is heard: two messages at most."""
    answer = Answer(4.0)
    shown = show(answer, to, lasting(fault, "sendMessage", until=until))
    assert answer.text in shown.texts
    assert len(shown.texts) <= 2
    assert len(shown.times_of("sendMessage")) <= 2
    assert is_told(shown, answer)


@pytest.mark.parametrize("to", PLACES, ids=PLACE_NAMES)
def test_answers_that_come_after_the_deadline_are_answers(to: Address) -> None:
    """Three `sendMessage` answers come 17 s late, 2 s after the deadline: there is one message."""
    answer = Answer(4.0)
    shown = show(answer, to, PlannedFault(Slow(17.0), "sendMessage", times=3))
    assert shown.texts == (answer.text,)
    assert shown.buttons == []
    assert shown.told.doubtful == ()


@pytest.mark.parametrize("to", PLACES, ids=PLACE_NAMES)
def test_a_final_comes_at_once_when_the_network_is_back(to: Address) -> None:
    """Connections are refused from second 2 to 24: what never left counts against no limit."""
    answer = Answer(4.0)
    shown = show(answer, to, lasting(Unreached(), since=2.0, until=24.0))
    assert shown.texts == (answer.text,)
    assert 24.0 <= shown.ended_at <= 24.0 + AT_ONCE
    assert shown.told.doubtful == ()


@pytest.mark.parametrize("stretch", [0.0, 0.01, 1.0], ids=["at once", "just after", "doubled"])
def test_silence_in_mid_answer_neither_leaves_drafts_nor_posts(stretch: float) -> None:
    """Packets are held for 30 s in mid-answer in a private chat: the answer stands there once."""
    answer = Answer(60.0, words=240)
    held = lasting(Held(40.0, stretch), since=10.0, until=40.0)
    shown = show(answer, PRIVATE, held)
    assert shown.texts == (answer.text,)
    assert shown.buttons == []
    assert shown.times_of("editMessageText") == []
    (posted_at,) = shown.times_of("sendMessage")
    assert posted_at >= 60.0
    assert shown.times_of("sendMessageDraft")[-1] > 45.0
    assert shown.told.doubtful == ()


def test_a_post_that_was_lost_in_a_group_is_told() -> None:
    """The first post of a group's answer is lost: what may stand beside the answer is listed."""
    answer = Answer(4.0)
    shown = show(answer, TEAM, PlannedFault(Lost(), "sendMessage"))
    assert answer.text in shown.texts
    assert len(shown.texts) <= 2
    assert is_told(shown, answer)
    assert answer.text not in shown.buttons


class Raising:
    """A transport that breaks its promise: whatever it shall do, it raises."""

    surface_of_all = Surface(limit=4096, ruler=UTF16, dialect="markdown")

    def surface(self, address: Address) -> Surface:
        return self.surface_of_all

    async def perform(self, action: Action) -> Outcome:
        raise ValueError("broken")


@pytest.mark.parametrize("to", PLACES, ids=PLACE_NAMES)
def test_a_transport_that_always_raises_ends_the_reply(to: Address) -> None:
    """`stream()` returns, and says why nothing was delivered."""

    async def run() -> Shown:
        async with asyncio.timeout(AN_HOUR):
            return await stream(Answer(4.0).events(), Raising(), to=to)

    shown = run_in_virtual_time(run())
    assert not shown.is_whole
    assert shown.gave_up is not None
    assert "ValueError" in shown.gave_up.detail


# Their siblings.


@pytest.mark.parametrize("to", PLACES, ids=PLACE_NAMES)
def test_edits_that_are_answered_late_cost_nothing(to: Address) -> None:
    """Edits come 12 s late, 2 s after their deadline, for two minutes: one message, no copy."""
    answer = Answer(20.0)
    shown = show(answer, to, lasting(Slow(12.0), "editMessageText", until=120.0))
    assert shown.texts == (answer.text,)
    assert shown.buttons == []


@pytest.mark.parametrize("to", PLACES, ids=PLACE_NAMES)
def test_a_post_without_a_number_counts_as_shown(to: Address) -> None:
    """`true` in place of a message: the final is not posted again."""
    answer = Answer(4.0)
    shown = show(answer, to, lasting(NoId(), "sendMessage"))
    assert shown.texts.count(answer.text) == 1
    assert len(shown.texts) <= 2
    assert is_told(shown, answer)


@pytest.mark.parametrize("to", PLACES, ids=PLACE_NAMES)
def test_edits_that_are_answered_by_true_are_edits(to: Address) -> None:
    """Of an edit, `true` says all that matters."""
    answer = Answer(20.0)
    shown = show(answer, to, lasting(NoId(), "editMessageText"))
    assert shown.texts == (answer.text,)
    assert shown.buttons == []


@pytest.mark.parametrize("to", PLACES, ids=PLACE_NAMES)
@pytest.mark.parametrize(
    "fault", [Reset(), Status(502), Status(503, html=True)], ids=["cut", "502", "page"]
)
def test_an_outage_in_which_nothing_is_applied_doubles_nothing(to: Address, fault: Fault) -> None:
    """For five minutes no call is applied, and nobody can know that: the answer stands once."""
    answer = Answer(4.0)
    shown = show(answer, to, lasting(fault, since=1.0, until=300.0))
    assert shown.texts.count(answer.text) == 1
    assert len(shown.texts) <= 2
    assert shown.ended_at <= 300.0 + 2 * 30.0 + AT_ONCE


@pytest.mark.parametrize("to", PLACES, ids=PLACE_NAMES)
def test_the_calls_of_a_long_outage_are_few(to: Address) -> None:
    """An hour without an answer: pauses grow to half a minute, and so do the calls' distances."""
    answer = Answer(4.0)
    shown = show(answer, to, lasting(Lost(), since=1.0, until=1800.0))
    assert shown.texts.count(answer.text) in (1, 2)
    assert len(shown.texts) <= 2
    assert shown.world.calls.count <= 30 + 1800 / 30


@pytest.mark.parametrize("stretch", [0.01, 0.5, 1.0], ids=["just after", "half", "doubled"])
def test_an_edit_that_was_given_up_does_not_stand_for_the_final(stretch: float) -> None:
    """Edits are held while the answer ends, and come last what was first: the final stands."""
    answer = Answer(30.0)
    held = lasting(Held(45.0, stretch), "editMessageText", since=8.0, until=45.0)
    shown = show(answer, TEAM, held)
    assert shown.texts == (answer.text,)
    assert shown.buttons == []


@pytest.mark.parametrize("held_until", [42.0, 43.5, 44.0])
def test_an_edit_that_overtakes_the_answer_of_the_final_does_not_stand(held_until: float) -> None:
    """The final is applied, then an edit that was held, and only then the final is answered."""
    answer = Answer(40.0, words=80)
    held = lasting(Held(held_until), "editMessageText", since=28.5, until=31.0)
    slow = lasting(Slow(8.0), "editMessageText", since=39.5, until=45.0)
    shown = show(answer, TEAM, held, slow)
    assert shown.texts == (answer.text,)
    assert shown.buttons == []


@pytest.mark.parametrize("until", [600.0, FOR_EVER], ids=["ten minutes", "for ever"])
def test_a_group_that_is_upgraded_amid_lost_posts_gets_one_copy_at_most(until: float) -> None:
    """The numbers of the old group say nothing of the new one: nothing is posted without end."""
    world = furnished_world()
    world.faults.add(lasting(Lost(), "sendMessage", since=3.0, until=until))
    answer = Answer(10.0)

    async def run() -> Shown:
        bot = SimulatedClient(SimulatedNetwork(world))
        outbox = Outbox(TelegramTransport(bot), only_writer=True)
        question = 0
        for _ in range(50):  # the account counts the messages of all its private chats and groups
            question = world.person_writes(YOU, "Hello", 0.0).message_id
        outbox.saw(TEAM, str(question))
        loop = asyncio.get_running_loop()
        loop.call_at(3.0, world.upgrade_to_supergroup, GROUP, 3.0)
        async with asyncio.timeout(AN_HOUR):
            async with StreamConsumer(outbox, to=TEAM) as consumer:
                async for event in answer.events():
                    consumer.on_delta(event)
            await outbox.drain()
        return consumer.shown

    shown = run_in_virtual_time(run())
    texts = world.screen(int(shown.address.chat)).texts
    assert shown.address != TEAM
    assert texts.count(answer.text) in {1, 2}
    assert len([text for text in texts if text.startswith("word")]) <= 2
    assert answer.text in shown.doubtful


@pytest.mark.parametrize("to", PLACES, ids=PLACE_NAMES)
@pytest.mark.parametrize("stretch", [0.0, 0.01, 1.0], ids=["at once", "just after", "doubled"])
def test_an_answer_that_ends_while_packets_are_held_is_doubled_at_most_once(
    to: Address, stretch: float
) -> None:
    """Nothing arrives while an answer ends: at most one copy, which is told; no half answer."""
    answer = Answer(8.0)
    shown = show(answer, to, lasting(Held(50.0, stretch), since=2.0, until=50.0))
    assert answer.text in shown.texts
    assert len(shown.texts) <= 2
    assert is_told(shown, answer)
    assert answer.text not in shown.buttons
