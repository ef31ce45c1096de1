"""Two machines back to back: our pump and Telegram channel against the emulator's pure world.

No HTTP and no waiting: aiogram's session hands each call to the world, and time is virtual. The
world counts calls by its own rules, has its own texts of errors and its own faults; it shares no
code with us, so a misreading of Telegram would show here. What Hypothesis finds here it makes small
by itself; whole runs, with many chats and people in them, are those of `tests/simulation`.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from tickertape.channels.telegram import TelegramTransport
from tickertape.chat import Address, ChatKind
from tickertape.consumer import StreamConsumer
from tickertape.delivery.marks import EMPTY, StopReason
from tickertape.emulator.answers import Answer
from tickertape.emulator.faults import (
    Fault,
    Lost,
    PlannedFault,
    Refuse,
    Reset,
    Slow,
    Status,
    Throttle,
)
from tickertape.emulator.scene import CHANNEL, FORUM, GROUP, IDEAS, YOU, furnished_world
from tickertape.emulator.world import World
from tickertape.errors import FailureKind, ProviderError
from tickertape.events import (
    Event,
    Failed,
    Finished,
    ReasoningDelta,
    Restarted,
    SegmentEnded,
    TextDelta,
    ToolFinished,
    ToolStarted,
)
from tickertape.outbox import Outbox
from tickertape.simulation.messages import messages_due, readable
from tickertape.simulation.network import SimulatedNetwork
from tickertape.simulation.simulated_client import SimulatedClient
from tickertape.spoken import Spoken
from tickertape.testing.clock import run_in_virtual_time

PLACES = [
    Address("telegram", str(YOU), ChatKind.PRIVATE),
    Address("telegram", str(GROUP), ChatKind.GROUP),
    Address("telegram", str(FORUM), ChatKind.GROUP, str(IDEAS)),
    Address("telegram", str(CHANNEL), ChatKind.CHANNEL),
]


async def answer(
    world: World,
    to: Address,
    deltas: Sequence[tuple[float, str | Event]],
    ending: str,
    *,
    only_writer: bool = False,
) -> StreamConsumer:
    """Let an agent say `deltas`, text or events, each after its pause, and come to an end."""
    outbox = Outbox(
        TelegramTransport(SimulatedClient(SimulatedNetwork(world))), only_writer=only_writer
    )
    outbox.saw(to, "0")  # the answer's messages are the first of their chat
    consumer = StreamConsumer(outbox, to=to, timeout=10_000.0)
    run = asyncio.create_task(consumer.run())
    for pause, text in deltas:
        await asyncio.sleep(pause)
        consumer.feed(TextDelta(text) if isinstance(text, str) else text)
    match ending:
        case "finish":
            consumer.feed(Finished())
        case "fail":
            consumer.feed(Failed(ProviderError(FailureKind.NETWORK, "gone")))
        case _:
            consumer.stop(StopReason.USER)
    await run
    await outbox.drain()  # what comes late may change what is on screen
    return consumer


def check(world: World, to: Address, consumer: StreamConsumer) -> None:
    """All that was said stands on screen once, without a draft, and what is in doubt is listed."""
    doubtful = {readable(text) for text in consumer.shown.doubtful}
    shown = [text for whole in world.screen(int(to.chat)).texts if (text := readable(whole))]
    finals = [readable(due.seen.text) for due in messages_due(consumer)]
    copies = Counter(shown) - Counter(finals)
    assert set(Counter(finals) - Counter(shown)) <= doubtful
    assert copies.total() <= len(consumer.shown.doubtful)
    assert set(copies) <= doubtful
    # A message that is void and cannot be deleted says so, wherever it stands.
    told = "".join(text for text in finals if text != readable(EMPTY))
    assert told.startswith(readable(consumer.shown.said))
    assert consumer.shown.is_whole or doubtful
    # Only a post takes a draft away: where none is known to have arrived, it expires by itself.
    assert not world.screen(int(to.chat)).drafts or doubtful


def throttled_by_the_world(world: World) -> int:
    """Count the calls that flood control refused although no fault was ordered."""
    return sum(
        1
        for _, record in world.calls.after(0)
        if isinstance(record.outcome, Answer)
        and record.outcome.status == 429
        and record.fault is None
    )


faults: st.SearchStrategy[Fault] = st.one_of(
    st.builds(Throttle, st.integers(1, 60)),
    st.builds(Status, st.sampled_from([500, 502, 504]), st.booleans()),
    st.just(Reset()),
    st.just(Lost()),
    st.builds(Slow, st.floats(0.1, 20.0)),
    st.builds(
        Refuse,
        st.sampled_from(
            [
                "Bad Request: TEXTDRAFT_PEER_INVALID",
                "Bad Request: message can't be edited",
                "Bad Request: something that nobody has seen before",
            ]
        ),
    ),
)
plans = st.lists(
    st.builds(
        PlannedFault, faults, times=st.integers(1, 2), skip=st.integers(0, 12)
    ),
    max_size=5,
)  # fmt: skip
pauses = st.sampled_from([0.0, 0.02, 0.02, 0.1, 0.5, 3.0, 40.0])
words = st.sampled_from(
    [
        "word ",
        "two\n",
        "🚀 ",
        "a\u030a ",
        "\t\u202ex\x07 ",
        "a longer piece of text, in fact. ",
        "x" * 700,
    ]
)
speeches = st.lists(st.tuples(pauses, words), min_size=1, max_size=40)


@settings(max_examples=120)
@given(
    to=st.sampled_from(PLACES),
    deltas=speeches,
    plan=plans,
    ending=st.sampled_from(["finish", "finish", "fail", "stop"]),
    only_writer=st.booleans(),
)
def test_any_order_of_faults_leaves_the_text_intact(
    to: Address,
    deltas: list[tuple[float, str]],
    plan: list[PlannedFault],
    ending: str,
    only_writer: bool,
) -> None:
    """Whatever befalls the calls, the whole text stands there, once, or it is listed.

    Where the bot is the only writer, but for channels, nothing is doubled, and nothing in doubt.
    """
    world = furnished_world()
    for planned in plan:
        world.faults.add(planned)
    consumer = run_in_virtual_time(answer(world, to, deltas, ending, only_writer=only_writer))
    if consumer.shown.gave_up is not None:
        # Only refusals end an answer: of one final again and again, or of a single character.
        assert any(isinstance(planned.fault, Refuse) for planned in plan)
        return
    check(world, to, consumer)
    can_tell = only_writer and to.kind is not ChatKind.CHANNEL  # where it may edit others' posts
    if can_tell and not any(isinstance(planned.fault, Refuse) for planned in plan):
        assert consumer.shown.doubtful == ()
        assert consumer.shown.is_whole


events = st.sampled_from(
    [
        ReasoningDelta("hm, let me see. "),
        ToolStarted("1", "clock"),
        ToolFinished("1", "clock", ok=True),
        SegmentEnded(),
        Restarted(),
    ]
)
works = st.lists(
    st.tuples(pauses, st.one_of(words, st.just("x" * 3000), events)), min_size=1, max_size=40
)


@settings(max_examples=120)
@given(
    to=st.sampled_from(PLACES),
    deltas=works,
    plan=plans,
    ending=st.sampled_from(["finish", "finish", "fail", "stop"]),
)
def test_an_agent_at_work_leaves_the_text_of_its_last_attempt(
    to: Address,
    deltas: list[tuple[float, str | Event]],
    plan: list[PlannedFault],
    ending: str,
) -> None:
    """Thinking, tools and restarts leave no trace: what counts stands there, once, and no more."""
    world = furnished_world()
    for planned in plan:
        world.faults.add(planned)

    async def watch() -> StreamConsumer:
        consumer = await answer(world, to, deltas, ending)
        # A draft of a page that was taken back vanishes by itself.
        await asyncio.sleep(31.0)
        world.advance(asyncio.get_running_loop().time())
        return consumer

    consumer = run_in_virtual_time(watch())
    events = (TextDelta(said) if isinstance(said, str) else said for _, said in deltas)
    assert consumer.shown.said == Spoken(events).said
    if consumer.shown.gave_up is not None:
        assert any(isinstance(planned.fault, Refuse) for planned in plan)
        return
    check(world, to, consumer)


@settings(max_examples=60)
@given(to=st.sampled_from(PLACES), deltas=speeches, chats=st.integers(1, 3))
def test_without_faults_flood_control_never_has_cause_to_refuse(
    to: Address, deltas: list[tuple[float, str]], chats: int
) -> None:
    """Answer after answer in the same chat: no call is ever refused, and each is one message."""

    async def converse(world: World) -> list[StreamConsumer]:
        bot = SimulatedClient(SimulatedNetwork(world))
        outbox = Outbox(TelegramTransport(bot))
        said = []
        for _ in range(chats):
            consumer = StreamConsumer(outbox, to=to, timeout=10_000.0)
            run = asyncio.create_task(consumer.run())
            for pause, text in deltas:
                await asyncio.sleep(pause)
                consumer.on_delta(text)
            consumer.finish()
            await run
            said.append(consumer)
        return said

    world = furnished_world()
    consumers = run_in_virtual_time(converse(world))
    assert throttled_by_the_world(world) == 0
    assert all(consumer.shown.doubtful == () for consumer in consumers)
    shown = world.screen(int(to.chat)).texts
    assert readable("".join(shown)) == readable(
        "".join(consumer.shown.said for consumer in consumers)
    )


def test_a_draft_dismissed_by_a_message_of_ours_is_not_left_behind() -> None:
    """After a private answer the screen holds one message and no draft, also with a stop."""
    for ending in ("finish", "stop", "fail"):
        world = furnished_world()
        to = PLACES[0]
        deltas = [(0.1, f"Sentence number {number}. ") for number in range(100)]
        consumer = run_in_virtual_time(answer(world, to, deltas, ending))
        check(world, to, consumer)
        methods = Counter(record.method for _, record in world.calls.after(0))
        assert methods["sendMessage"] == 1
        assert methods["sendMessageDraft"] >= 10


def test_forty_seconds_of_silence_do_not_blank_the_screen() -> None:
    """While a tool runs, the draft is shown again before it would vanish."""
    world = furnished_world()

    async def watch() -> StreamConsumer:
        deltas = [(0.0, "Let me look that up. "), (70.0, "Here it is.")]
        return await answer(world, PLACES[0], deltas, "finish")

    consumer = run_in_virtual_time(watch())
    changes = world.journal.after(0)
    assert changes is not None
    gone = [c for c in changes if c.kind == "draft_gone" and c.data.get("reason") == "expired"]
    assert gone == []
    check(world, PLACES[0], consumer)
