"""Messages that come before others are answered: by the chat's mode, and within a moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import get_args

import pytest
from command_stage import catalog
from hypothesis import given
from hypothesis import strategies as st
from test_router import GROUP, PRIVATE, text

from tickertape.chat import Message, Person
from tickertape.conversation import CommandGiven
from tickertape.delivery.marks import StopReason
from tickertape.gateway import commands
from tickertape.gateway.access import Access
from tickertape.gateway.decisions import (
    AskAgent,
    Begin,
    Change,
    Continue,
    Decision,
    Drop,
    Ignore,
    Interrupt,
    Live,
    Queue,
    Retry,
    RunCommand,
    Say,
)
from tickertape.gateway.router import Router
from tickertape.gateway.settings import QueueMode

ANNA, BEN = Person("1001", "Anna"), Person("1002", "Ben")
UNTOLD = (Live(PRIVATE, PRIVATE, is_untold=True),)
TOLD = (Live(PRIVATE, PRIVATE),)
FOLLOWED = Interrupt(PRIVATE, StopReason.FOLLOWED)


def router(mode: QueueMode = "queue", *, room: int = 20, together: float = 0.3) -> Router:
    """Make a router that admits two people."""
    access = Access(frozenset({ANNA.id, BEN.id}))
    return Router(access, room=room, mode=mode, together=together)


def at(message: Message, now: float | None) -> Message:
    """Return a message that came in at a moment."""
    return replace(message, came_at=now)


def asked(*messages: Message) -> AskAgent:
    """Return the work that answers messages together."""
    first, *others = messages
    work = AskAgent(first)
    for message in others:
        work = work.joined(message)
    return work


ONE, TWO, THREE = (
    replace(text(words), taken=(number,), message_id=str(number))
    for number, words in enumerate(("one", "two", "three"), 1)
)


@pytest.mark.parametrize(
    ("mode", "second", "third", "works"),
    [
        ("queue", (), (), [asked(TWO), asked(THREE)]),
        ("collect", (), (), [asked(TWO, THREE)]),
        ("steer", (), (), [asked(TWO, THREE)]),
        ("interrupt", (Interrupt(PRIVATE),), (Interrupt(PRIVATE),), [asked(TWO, THREE)]),
    ],
)
def test_what_becomes_of_messages_while_an_answer_is_written(
    mode: QueueMode,
    second: Sequence[Decision],
    third: Sequence[Decision],
    works: list[AskAgent],
) -> None:
    """They come seconds after each other."""
    machine = router(mode)
    assert machine.receive(at(ONE, 0.0)) == (Begin(asked(ONE)),)
    assert machine.receive(at(TWO, 5.0), TOLD)[1:] == tuple(second)
    assert machine.receive(at(THREE, 9.0), TOLD)[1:] == tuple(third)
    told = []
    while (work := machine.done(PRIVATE)) is not None:
        told.append(work)
    assert told == works
    assert asked(TWO, THREE).message.taken == (2, 3)


@pytest.mark.parametrize("mode", get_args(QueueMode))
def test_what_comes_within_a_moment_is_answered_together(mode: QueueMode) -> None:
    """The answer to the first has said nothing yet: it ends without a trace."""
    machine = router(mode)
    machine.receive(at(ONE, 0.0))
    both = asked(ONE).followed_by(TWO)
    assert machine.receive(at(TWO, 0.2), UNTOLD) == (Queue(both), FOLLOWED)
    machine.receive(at(THREE, 0.4), TOLD)
    assert machine.done(PRIVATE) == both.joined(THREE)
    assert machine.done(PRIVATE) is None
    assert both.joined(THREE) == Continue(replace(THREE, taken=(1, 2, 3)), (ONE, TWO, THREE), 2)
    assert both.joined(THREE).alone == asked(TWO, THREE)
    assert both.followed_by(THREE) == replace(both.joined(THREE), added=1)


def test_a_stop_behind_a_burst_drops_all_of_it() -> None:
    """The answer that ended has no mark: the words tell how many are not answered."""
    machine = router()
    machine.receive(at(ONE, 0.0))
    for message, live in ((TWO, UNTOLD), (THREE, TOLD)):
        machine.receive(at(message, 0.1), live)
    drop, queued = machine.receive(at(text("/stop"), 0.2), TOLD)
    assert drop == Drop(asked(ONE).followed_by(TWO).joined(THREE))
    assert queued == Queue(Say(text("/stop"), commands.dropped(3)))
    assert machine.receive(at(text("/stop"), 0.3), TOLD)[0] == Interrupt(PRIVATE)


def test_a_retry_behind_a_burst_changes_nothing() -> None:
    """The answer is made again as it is."""
    machine = router()
    machine.receive(at(ONE, 0.0))
    machine.receive(at(TWO, 0.1), UNTOLD)
    [ignored] = machine.receive(at(text("/retry"), 0.2), TOLD)
    assert isinstance(ignored, Ignore)
    assert machine.done(PRIVATE) == asked(ONE).followed_by(TWO)


@pytest.mark.parametrize(
    ("later", "live", "now"),
    [
        (TWO, UNTOLD, 0.3),
        (TWO, TOLD, 0.2),
        (TWO, UNTOLD, None),
        (replace(TWO, sender=BEN), UNTOLD, 0.2),
        (replace(TWO, sent_at=1002.0), UNTOLD, 0.2),
    ],
)
def test_what_does_not_come_together(
    later: Message, live: Sequence[Live], now: float | None
) -> None:
    """It came later; the answer is being written; it was owed; another person; sent before."""
    machine = router()
    machine.receive(at(replace(ONE, sent_at=1000.0), 0.0))
    assert machine.receive(at(later, now), live) == (Queue(asked(later)),)


def test_what_was_owed_before_a_restart_comes_at_once_and_not_together() -> None:
    """All of it is taken up in one moment, which is not when it came."""
    machine = router()
    machine.reserve((1, 2, 3))
    assert machine.receive(ONE) == (Begin(asked(ONE)),)
    for message in (TWO, THREE):
        assert machine.receive(message, UNTOLD) == (Queue(asked(message)),)


def test_an_interrupt_before_the_first_word_leaves_no_trace() -> None:
    """There is nothing to mark as stopped."""
    machine = router("interrupt")
    machine.receive(at(ONE, 0.0))
    both = asked(ONE).followed_by(TWO)
    assert machine.receive(at(TWO, 5.0), UNTOLD) == (Queue(both), FOLLOWED)


def test_other_work_parts_what_is_answered_together() -> None:
    """What was sent before a change of the model is answered by the model of then."""
    machine = router("collect")
    change = text("/model b")
    for message in (ONE, TWO, change, THREE):
        machine.receive(at(message, 0.0), TOLD)
    assert machine.done(PRIVATE) == asked(TWO)
    assert machine.done(PRIVATE) == Change(change, commands.ModelCommand("b"))
    assert machine.done(PRIVATE) == asked(THREE)


def test_a_running_answer_takes_what_waits_for_it() -> None:
    """Only where the chat wants that, and up to other work."""
    machine = router("steer")
    assert machine.hand_over(PRIVATE) == ()
    machine.receive(at(ONE, 0.0))
    assert machine.hand_over(PRIVATE) == ()
    for message in (TWO, text("/voice"), THREE):
        machine.receive(at(message, 5.0), TOLD)
    assert machine.hand_over(PRIVATE) == (asked(TWO),)
    assert machine.hand_over(PRIVATE) == ()
    machine.choose(PRIVATE, "collect")
    machine.done(PRIVATE)
    assert machine.hand_over(PRIVATE) == ()
    assert machine.done(PRIVATE) == asked(THREE)


def test_a_chat_chooses_for_itself_and_keeps_that_when_it_moves() -> None:
    """The others are as configured."""
    machine = router()
    machine.choose(GROUP, "collect")
    machine.move(GROUP.channel, GROUP.chat, "-1008")
    there = replace(GROUP, chat="-1008")
    for place, works in ((there, 2), (PRIVATE, 3)):
        for number in range(3):
            machine.receive(text(str(number), place))
        done = [machine.done(place) for _ in range(works)]
        assert done[-1] is None
    machine.choose(there, None)
    for number in range(3):
        machine.receive(text(str(number), there))
    assert [type(machine.done(there)) for _ in range(3)] == [AskAgent, AskAgent, type(None)]


def test_a_joined_question_takes_as_many_places_as_it_has_messages() -> None:
    """And a stop tells how many are not answered."""
    machine = router("collect", room=2)
    for message in (text("/voice"), ONE, TWO):
        machine.receive(at(message, 0.0))
    [refused] = machine.receive(at(THREE, 0.0))
    assert not isinstance(refused, Queue)
    drop, queued = machine.receive(at(text("/stop"), 0.0))
    assert drop == Drop(asked(ONE, TWO))
    assert queued == Queue(Say(text("/stop"), commands.dropped(2)))


def test_a_row_of_stops_is_answered_once() -> None:
    """By the end of the answer, whether it is over by then or not."""
    machine = router()
    machine.receive(at(ONE, 0.0))
    stops = [replace(text("/stop"), sent_at=1000.0 + second) for second in range(12)]
    assert {machine.receive(stop) for stop in stops[:6]} == {(Interrupt(PRIVATE),)}
    assert machine.done(PRIVATE) is None
    assert {machine.receive(stop) for stop in stops[6:]} == {(Ignore("one more of a row"),)}


@pytest.mark.parametrize("between", [None, "/voice"])
def test_another_row_of_stops_is_answered_again(between: str | None) -> None:
    """It comes a minute later, or behind something else."""
    machine = router()
    first = replace(text("/stop"), sent_at=1000.0)
    assert machine.receive(first) == (Begin(Say(first, "Nothing to stop.")),)
    assert machine.receive(first) == (Ignore("one more of a row"),)
    machine.done(PRIVATE)
    if between is not None:
        machine.receive(text(between))
        machine.done(PRIVATE)
    later = replace(first, sent_at=1061.0 if between is None else 1001.0)
    assert machine.receive(later) == (Begin(Say(later, "Nothing to stop.")),)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["ask", "ask", "ask", "other", "retry", "done", "give", "stop"]),
        st.sampled_from([ANNA, BEN]),
        st.sampled_from([0.0, 0.1, 0.5]),
        st.booleans(),
    ),
    max_size=60,
)


@given(st.sampled_from(get_args(QueueMode)), STEPS)
def test_every_question_has_one_end(
    mode: QueueMode, steps: list[tuple[str, Person, float, bool]]
) -> None:
    """It is answered, read by a running answer, or dropped: once, and in the order of questions."""
    machine = router(mode, room=1_000)
    running: AskAgent | Retry | object | None = None
    now, asked_so_far = 0.0, 0
    ends: list[int] = []
    dropped: list[int] = []

    def begin(work: object | None) -> None:
        nonlocal running
        running = work
        if isinstance(work, AskAgent | Continue):
            ends.extend(work.message.taken)

    for step, who, pause, is_untold in steps:
        now += pause
        live = (Live(GROUP, GROUP, is_untold=is_untold),) if running is not None else ()
        match step:
            case "done" if running is not None:
                begin(machine.done(GROUP))
            case "give" if isinstance(running, AskAgent | Continue | Retry):
                given = machine.hand_over(GROUP)
                assert mode == "steer" or given == ()
                ends.extend(number for work in given for number in work.message.taken)
            case "ask" | "other" | "retry" | "stop":
                words = {"ask": "what", "other": "/help"}.get(step, f"/{step}")
                asked_so_far += step == "ask"
                number = (asked_so_far,) if step == "ask" else ()
                message = replace(text(words, GROUP, who), taken=number)
                for decision in machine.receive(at(message, now), live):
                    match decision:
                        case Begin(work=work):
                            begin(work)
                        case Drop(work=AskAgent(message=lost) | Continue(message=lost)):
                            dropped.extend(lost.taken)
                        case Interrupt(reason=StopReason.FOLLOWED):
                            assert isinstance(running, AskAgent | Continue)
                            del ends[-len(running.message.taken) :]  # it goes on in the next
                        case _:
                            pass
            case _:
                pass
    while running is not None:
        begin(machine.done(GROUP))
    assert ends == sorted(ends)
    assert sorted(ends + dropped) == list(range(1, asked_so_far + 1))


CUSTOM = """
    sum: {description: d, prompt: "Sum up: {text}"}
    run: {description: d, program: [run, "{text}"]}
"""


@pytest.mark.parametrize(
    ("mode", "ends"),
    [("queue", ()), ("collect", ()), ("steer", ()), ("interrupt", (Interrupt(PRIVATE),))],
)
def test_commands_of_the_operator_while_an_answer_is_written(
    mode: QueueMode, ends: Sequence[Decision]
) -> None:
    """A prompt is a question like any other; a program is an answer of its own."""
    access = Access(frozenset({ANNA.id}))
    machine = Router(access, mode=mode, together=0.3, custom=catalog(CUSTOM))
    prompt = replace(ONE, text="/sum one")
    filled = AskAgent(replace(ONE, text="", parts=("Sum up: one",)))
    run = replace(TWO, text="/run two")
    ran = RunCommand(run, CommandGiven("run", "two"))
    assert machine.receive(at(THREE, 0.0)) == (Begin(asked(THREE)),)
    assert machine.receive(at(prompt, 0.1), TOLD) == (Queue(filled), *ends)
    assert machine.receive(at(run, 0.2), TOLD) == (Queue(ran), *ends)
    assert machine.hand_over(PRIVATE) == ((filled,) if mode == "steer" else ())
    if mode != "steer":
        assert machine.done(PRIVATE) == filled
    assert machine.done(PRIVATE) == ran
    ended = Interrupt(PRIVATE)  # not without a trace: it may have had effects
    assert machine.receive(at(THREE, 0.3), UNTOLD)[1:] == ((ended,) if ends else ())
    assert machine.done(PRIVATE) == asked(THREE)
