"""Conversations at once, measured in virtual time: every number is known beforehand."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tickertape.agent.loop import ModelAgent
from tickertape.agent.models import Model
from tickertape.chat import Address, ChatKind
from tickertape.delivery.actions import (
    Accepted,
    Delete,
    Edit,
    Outcome,
    Post,
    Probe,
    Reason,
    Refused,
    ShowDraft,
    Throttled,
    Unknown,
)
from tickertape.errors import FailureKind, ProviderError
from tickertape.events import Failed, Finished, ReasoningDelta, Restarted
from tickertape.testing.clock import run_in_virtual_time
from tickertape.testing.live import Bench, Conversation, Round, TimedCall, frames_of
from tickertape.testing.providers import Script, ScriptedProvider
from tickertape.testing.transports import FakeTransport, LostAnswer

CHAT = Address("memory", "@home", ChatKind.PRIVATE)
SCRIPT: Script = [(1.0, "Hello "), (2.0, "world, "), (3.0, "at length.")]


def held(
    transport: FakeTransport, *scripts: Script, addresses: Sequence[Address] = (CHAT,)
) -> Round:
    """Hold conversations in virtual time."""

    async def run() -> Round:
        agent = ModelAgent([Model("scripted", ScriptedProvider(*scripts))])
        return await Bench(agent, transport).run("Say hello.", addresses)

    return run_in_virtual_time(run())


def one(transport: FakeTransport, *scripts: Script) -> Conversation:
    """Hold one conversation."""
    (conversation,) = held(transport, *scripts).conversations
    return conversation


def test_an_answer_is_measured_from_the_question_to_its_last_word() -> None:
    """Calls take half a second: so late is the first text, and so long the final lags."""
    conversation = one(FakeTransport(latency=0.5), SCRIPT)
    assert conversation.said == "Hello world, at length."
    assert conversation.first_delta == pytest.approx(1.0)
    assert conversation.measures is not None
    assert conversation.measures.first_text == pytest.approx(1.5)
    assert conversation.measures.lag == pytest.approx(0.5)
    assert conversation.seconds == pytest.approx(3.5)
    assert {round(call.latency, 6) for call in conversation.calls} == {0.5}
    assert not any(call.is_refused for call in conversation.calls)
    assert conversation.is_complete
    assert conversation.is_shown_by("Hello world,\nat length.")
    assert not conversation.is_shown_by("Hello world, at length. Hello")


def test_conversations_at_once_do_not_mix() -> None:
    """Each has its own chat, its own calls and its own times; the round lasts as long as all."""
    addresses = [Address("memory", name, ChatKind.PRIVATE) for name in ("@ada", "@ben", "@cleo")]
    transport = FakeTransport(latency=0.5)
    round_ = held(transport, SCRIPT, [(0.0, "Yes.")], SCRIPT, addresses=addresses)
    assert round_.wall_time == pytest.approx(3.5)
    assert [one.address for one in round_.conversations] == addresses
    assert max(one.said for one in round_.conversations) == "Yes."
    for conversation in round_.conversations:
        assert {call.action.address for call in conversation.calls} == {conversation.address}
        assert transport.texts(conversation.address) == [conversation.said]


def test_thinking_on_screen_is_no_first_text() -> None:
    """A line that says that the model thinks is not yet something of the answer."""
    thinking: Script = [(0.5, ReasoningDelta("Let me see ...")), (4.0, "Forty-two.")]
    conversation = one(FakeTransport(), thinking)
    assert isinstance(conversation.calls[0].action, ShowDraft)
    assert conversation.first_delta == pytest.approx(4.0)
    assert conversation.measures is not None
    assert conversation.measures.first_text == pytest.approx(4.0)


def test_what_a_restart_made_void_is_not_measured() -> None:
    """Only the attempt that the reader keeps counts."""
    restarted: Script = [(1.0, "Wrong. "), (2.0, Restarted()), (3.0, "Right.")]
    conversation = one(FakeTransport(), restarted)
    assert conversation.said == "Right."
    assert conversation.first_delta == pytest.approx(3.0)
    assert conversation.is_complete


def test_a_cut_answer_is_whole_with_its_mark() -> None:
    """The bot's word about the model's limit below the answer is no flaw of the screen."""
    transport = FakeTransport()
    conversation = one(transport, [(1.0, "Hello"), (2.0, Finished("length"))])
    assert conversation.is_complete
    assert conversation.mark
    assert conversation.is_shown_by("".join(transport.texts(CHAT)))
    assert conversation.measures is not None
    assert conversation.measures.lag == pytest.approx(1.0)


def test_a_failing_agent_is_a_failure_with_its_reason() -> None:
    """The operator's view of the error is told; what came before is measured all the same."""
    failed = Failed(ProviderError(FailureKind.AUTH, "no such key", status=401))
    conversation = one(FakeTransport(), [(1.0, failed)])
    assert not conversation.is_complete
    assert conversation.failure == "auth (HTTP 401): no such key"
    assert conversation.first_delta is None
    assert conversation.measures is None


def test_an_answer_without_a_word_is_a_failure() -> None:
    """Nothing said is nothing delivered."""
    conversation = one(FakeTransport(), [(1.0, Finished())])
    assert conversation.failure == "the agent said nothing"
    assert not conversation.is_complete


def test_a_dead_chat_is_a_failure() -> None:
    """Where nothing can be shown, the reason is told."""
    transport = FakeTransport()
    transport.script.extend([Refused(Reason.CHAT_DEAD, "bot was blocked")] * 3)
    conversation = one(transport, SCRIPT)
    assert conversation.failure == "not delivered: chat_dead"
    assert any(call.is_refused for call in conversation.calls)


def test_refusals_are_what_the_channel_said_no_to() -> None:
    """A call that never reached the channel, or was never heard, was not refused."""
    transport = FakeTransport()
    transport.script.extend([Throttled(1.0), Throttled(1.0, by_flood_control=False), LostAnswer()])
    conversation = one(transport, SCRIPT)
    assert sum(call.is_refused for call in conversation.calls) == 1
    assert conversation.is_complete


def test_rounds_follow_each_other_in_the_same_chat() -> None:
    """Of a second round only its own calls count."""

    async def run() -> list[Round]:
        agent = ModelAgent(
            [Model("scripted", ScriptedProvider([(1.0, "Once.")], [(1.0, "Twice")]))]
        )
        bench = Bench(agent, FakeTransport())
        return [await bench.run("Hello", [CHAT]) for _ in range(2)]

    first, second = run_in_virtual_time(run())
    assert second.conversations[0].said == "Twice"
    assert not set(first.conversations[0].calls) & set(second.conversations[0].calls)
    assert second.conversations[0].is_complete


def test_frames_follow_what_every_action_shows() -> None:
    """Drafts, posts, edits and deletions change the screen; what was not accepted does not."""
    whole = "Hello world"
    steps: list[tuple[object, Outcome]] = [
        (Probe(CHAT), Accepted("")),
        (ShowDraft(CHAT, "1", "Hello"), Accepted("Hello")),
        (ShowDraft(CHAT, "1", "Hello w"), Unknown("lost")),
        (Post(CHAT, "Hello"), Accepted("Hello", "7")),
        (Edit(CHAT, "7", "Hello world"), Refused(Reason.TOO_LONG)),
        (Edit(CHAT, "7", "Hello world"), Accepted("Hello world", "7")),
        (Post(CHAT, "Hello"), Accepted("Hello", "8")),
        (Delete(CHAT, "8"), Accepted("")),
    ]
    calls = [
        TimedCall(action, outcome, 10.0 + number, 10.5 + number)  # type: ignore[arg-type]
        for number, (action, outcome) in enumerate(steps)
    ]
    frames = [(frame.at, frame.text, frame.durable) for frame in frames_of(calls, whole, "", 10.0)]
    assert frames == [
        (1.5, "Hello", False),
        (3.5, "Hello", True),
        (5.5, "Hello world", True),
        (6.5, "Hello world", False),
        (7.5, "Hello world", True),
    ]
