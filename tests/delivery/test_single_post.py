"""A voice note on its way: once, behind the answers, and never in their place."""

from __future__ import annotations

import asyncio

import pytest
from reply_script import counted

from tickertape.chat import Address, ChatKind
from tickertape.consumer import StreamConsumer
from tickertape.delivery.actions import (
    Accepted,
    Button,
    Cause,
    Outcome,
    Post,
    PostVoice,
    Reason,
    Refused,
    Throttled,
    Unknown,
)
from tickertape.delivery.lane import Lane
from tickertape.delivery.limits.budget import Budget, ChatBudget
from tickertape.delivery.limits.share import Share
from tickertape.delivery.lost.known import KnownMessages, MissingPost
from tickertape.delivery.single_post import PATIENCE, SinglePost
from tickertape.delivery.streaming import StreamingConfig
from tickertape.delivery.surface import Cadence, Window
from tickertape.outbox import Outbox
from tickertape.testing.clock import run_in_virtual_time
from tickertape.testing.transports import FakeTransport

TO = Address("chat", "crew", ChatKind.GROUP)
VOICE = PostVoice(TO, b"OggS", 3, "m7")
TWO_A_MINUTE = Cadence(messages=(Window(2, 60.0),))


def note(cadence: Cadence | None = None) -> tuple[SinglePost, ChatBudget]:
    """Make a note and the budget of its chat."""
    budget = Budget().chat(TO.chat, cadence or Cadence())
    return SinglePost(VOICE, budget, 0.0), budget


@pytest.mark.parametrize(
    "outcome",
    [Accepted("", "m9"), Refused(Reason.MALFORMED, "VOICE_MESSAGES_FORBIDDEN"), Unknown()],
)
def test_whatever_comes_of_the_post_it_is_not_repeated(outcome: Outcome) -> None:
    """Also where we never heard: a second note is worse than none."""
    voice, _ = note()
    assert voice.poll(0.0) == VOICE
    assert voice.intent.at is None
    assert voice.poll(0.5) is None, "one is in flight"
    voice.settle(outcome, 1.0)
    assert voice.done
    assert voice.outcome == outcome
    assert voice.poll(2.0) is None


def test_the_message_of_a_note_is_no_lost_posts() -> None:
    """It is known, like any other message; where it was not heard of, nothing is looked for."""
    known, lost = KnownMessages(counted()), Post(TO, "Hello")
    for outcome, ids, can_tell in (
        (Accepted("", "m9"), ("m9",), True),
        (Unknown(), ("m9",), False),
    ):
        voice = SinglePost(VOICE, Budget().chat(TO.chat, Cadence()), 0.0, known)
        voice.poll(0.0)
        voice.settle(outcome, 1.0)
        assert known.ids == ids
        known.miss(lost, 1.0, "m9")
        assert known.can_tell(lost, (lost,), "m9") is can_tell
        known.forget(lost, 1.0)


@pytest.mark.parametrize(("outcome", "is_there"), [(Accepted(""), True), (Unknown(), False)])
def test_a_note_without_an_id_is_known_to_be_there_once_it_was_taken(
    outcome: Outcome, is_there: bool
) -> None:
    """Which of the messages to come it is, nobody can tell."""
    known = KnownMessages(counted())
    voice = SinglePost(VOICE, Budget().chat(TO.chat, Cadence()), 0.0, known)
    voice.poll(0.0)
    voice.settle(outcome, 1.0)
    assert known.missing_here(Post(TO, "Hello"), "m9") == [
        MissingPost(VOICE, 0.0, 0.0, is_there, is_sought=False, after=None)
    ]


@pytest.mark.parametrize(("since", "can_tell"), [(100.0, False), (400.0, True)])
def test_a_note_whose_answer_is_late_may_come_after_what_is_posted_soon(
    since: float, can_tell: bool
) -> None:
    """A lost post is not looked for behind it: what is found might be the note."""
    known, lost = KnownMessages(counted()), Post(TO, "Hello")
    voice = SinglePost(VOICE, Budget().chat(TO.chat, Cadence()), 0.0, known)
    voice.poll(0.0)
    voice.settle(Unknown("no answer in time", Cause.LATE), 15.0)
    known.posted(TO.chat, "m10", since)
    known.miss(lost, since, "m10")
    assert known.can_tell(lost, (lost,), "m10") is can_tell


@pytest.mark.parametrize(
    ("outcome", "ids", "can_tell"),
    [
        (Accepted("", "m11"), ("m10", "m11"), True),
        (Accepted(""), ("m10",), True),
        (Refused(Reason.MALFORMED), ("m10",), True),
        (Unknown(), ("m10",), False),
    ],
)
def test_what_a_late_answer_tells_of_a_note_is_known(
    outcome: Outcome, ids: tuple[str, ...], can_tell: bool
) -> None:
    """Its message is no lost post's; else what is lost can be looked for again."""
    known, lost = KnownMessages(counted()), Post(TO, "Hello")
    voice = SinglePost(VOICE, Budget().chat(TO.chat, Cadence()), 0.0, known)
    lane = Lane(Budget().chat(TO.chat, Cadence()))
    lane.join(voice)
    assert lane.poll(0.0) == VOICE
    lane.settle(Unknown("no answer in time", Cause.LATE), 15.0)
    known.posted(TO.chat, "m10", 20.0)
    lane.settle_late(voice, VOICE, outcome, 30.0)
    assert known.ids == ids
    known.miss(lost, 31.0, "m10")
    assert known.can_tell(lost, (lost,), "m10") is can_tell


def test_a_wait_that_the_channel_asks_for_is_waited_out() -> None:
    """Nothing was shown, so the same post may be made again."""
    voice, _ = note()
    voice.poll(0.0)
    voice.settle(Throttled(10.0), 1.0)
    assert voice.intent.at == 11.0
    assert voice.poll(10.0) is None
    assert voice.poll(11.0) == VOICE


def test_a_wait_that_is_too_long_ends_it() -> None:
    """Minutes later nobody listens to it any more."""
    voice, _ = note()
    voice.poll(0.0)
    voice.settle(Throttled(PATIENCE), 1.0)
    assert voice.done
    assert voice.outcome == Throttled(PATIENCE)


def test_the_call_for_an_answers_final_is_left() -> None:
    """While an answer is open, the last call of the window is not a note's."""
    voice, budget = note(TWO_A_MINUTE)
    budget.open()
    assert voice.poll(0.0) == VOICE
    voice.settle(Accepted("", "m1"), 0.5)
    second = SinglePost(VOICE, budget, 1.0)
    assert second.poll(1.0) is None
    assert second.intent.at is not None
    assert second.intent.at > 60.0


def test_a_note_takes_the_call_that_was_kept_for_a_final() -> None:
    """As soon as the answer is over without it; not when the window is."""
    transport = FakeTransport(voice_limit=100, cadence=TWO_A_MINUTE)

    async def main() -> float:
        outbox = Outbox(transport)
        await outbox.post_voice(VOICE)
        consumer = StreamConsumer(outbox, to=TO, config=StreamingConfig(enabled=False))
        running = asyncio.create_task(consumer.run())
        await asyncio.sleep(1)
        posting = asyncio.create_task(outbox.post_voice(VOICE))
        await asyncio.sleep(1)
        assert len(transport.actions) == 1
        consumer.finish()
        await asyncio.gather(running, posting)
        return asyncio.get_running_loop().time()

    assert run_in_virtual_time(main()) == pytest.approx(2.0)


def test_a_note_goes_as_soon_as_the_bots_share_allows() -> None:
    """It had been told to ask again a window later."""
    cadence = Cadence(shared=Window(30, 60.0))
    transport = FakeTransport(voice_limit=100, cadence=cadence)

    async def main() -> float:
        outbox = Outbox(transport)
        outbox.share(Share(0, 0, 30))
        posting = asyncio.create_task(outbox.post_voice(VOICE))
        await asyncio.sleep(5)
        assert not transport.actions
        outbox.share(Share(1, 1, 30))
        await posting
        return asyncio.get_running_loop().time()

    assert run_in_virtual_time(main()) == pytest.approx(5.0)


def test_a_note_follows_the_answer_in_its_lane() -> None:
    """An answer that is being shown goes before it, and its own outcome tells of it."""
    transport = FakeTransport(voice_limit=100)

    async def main() -> Outcome:
        outbox = Outbox(transport)
        config = StreamingConfig(enabled=False)
        consumer = StreamConsumer(outbox, to=TO, config=config)
        consumer.on_delta("The answer.")
        consumer.finish()
        running = asyncio.create_task(consumer.run())
        await asyncio.sleep(0)
        outcome = await outbox.post_voice(VOICE)
        await running
        await outbox.drain()
        return outcome

    assert run_in_virtual_time(main()) == Accepted("", "m2")
    assert [type(action) for action in transport.actions] == [Post, PostVoice]
    assert transport.screen(TO).voices == {"m2": VOICE}


def test_a_note_alone_is_posted_too() -> None:
    """It needs no answer to be open."""
    transport = FakeTransport(voice_limit=100)
    transport.script += [Throttled(2.0), None]

    async def main() -> tuple[Outcome, float]:
        outcome = await Outbox(transport).post_voice(VOICE)
        return outcome, asyncio.get_running_loop().time()

    outcome, at = run_in_virtual_time(main())
    assert outcome == Accepted("", "m1")
    assert at == pytest.approx(2.0)


def test_a_note_that_nobody_waits_for_is_not_posted() -> None:
    """Also one that waits for a wait to be over; its lane is left in peace."""
    transport = FakeTransport(voice_limit=100)
    transport.script += [Throttled(20.0)]

    async def main() -> float:
        outbox = Outbox(transport)
        posting = asyncio.create_task(outbox.post_voice(VOICE))
        await asyncio.sleep(5)
        posting.cancel()
        await asyncio.wait({posting})
        await outbox.drain()
        return asyncio.get_running_loop().time()

    assert run_in_virtual_time(main()) == pytest.approx(5.0)
    assert len(transport.actions) == 1
    assert transport.screen(TO).voices == {}


def test_a_note_that_is_withdrawn_in_flight_is_not_repeated() -> None:
    """What comes of the post still counts; a wait that the channel asks for is not waited out."""
    voice, _ = note()
    voice.poll(0.0)
    voice.withdraw()
    assert not voice.done
    voice.settle(Throttled(10.0), 1.0)
    assert voice.done


def test_what_is_heard_is_not_logged() -> None:
    """The bytes of a note are no part of what is printed of it."""
    assert "OggS" not in repr(VOICE)


def test_a_message_with_buttons_goes_the_same_way() -> None:
    """It is posted once, behind the answers, and keeps its buttons until they are cleared."""
    question = Post(TO, "Let Bob in?", buttons=(Button("Let in", "a"), Button("Refuse", "b")))

    async def main() -> None:
        transport = FakeTransport(buttons=True)
        outbox = Outbox(transport)
        outcome = await outbox.post(question)
        assert outcome == Accepted("Let Bob in?", "m1")
        assert transport.actions == [question]
        assert transport.screen(TO).offers == {"m1": question.buttons}
        await outbox.clear_buttons(TO, "m1")
        assert transport.screen(TO).offers == {}
        plain = await Outbox(FakeTransport()).post(question)
        assert plain == Refused(Reason.MALFORMED, "there are no buttons here")

    run_in_virtual_time(main())


@pytest.mark.parametrize("data", ["", "x" * 49, "é", "a\n"])
def test_data_that_platforms_do_not_carry(data: str) -> None:
    """It is refused where the button is made."""
    with pytest.raises(ValueError, match="1 to 48 printable ASCII"):
        Button("Let in", data)
