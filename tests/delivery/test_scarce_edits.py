"""Platforms where edits are scarce, and where a stop button takes calls of its own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tickertape.chat import Address, ChatKind
from tickertape.delivery.actions import Accepted, Action, Edit, Outcome, Post, Throttled
from tickertape.delivery.limits.budget import Budget, Family
from tickertape.delivery.reply.reply import Reply
from tickertape.delivery.streaming import StreamingConfig
from tickertape.delivery.surface import Bucket, Cadence, Surface
from tickertape.delivery.ways import EditWay, WholeWay, edit_gap
from tickertape.events import Finished, TextDelta
from tickertape.markup.forms import Blocks
from tickertape.markup.pages import BlockLimits
from tickertape.markup.rulers import UTF8

TO = Address("home", "!room:example.org", ChatKind.PRIVATE)
FREE = Surface(
    limit=30_000,
    ruler=UTF8,
    ways=(EditWay(edits=100), WholeWay()),
    dialect="markdown",
    blocks=BlockLimits(100, 10, 10),
    rich="always",
    stop_buttons=True,
    button_calls=2,
    has_keys=True,
    cadence=Cadence((Bucket(4.0, 10),)),
)


def reply_on(surface: Surface, budget: Budget | None = None) -> Reply:
    """Make a reply to a chat with this surface."""
    budget = Budget() if budget is None else budget
    chat = budget.chat(TO.chat, surface.cadence)
    ids = map(str, range(1000))
    return Reply(TO, surface, chat, StreamingConfig(), draft_ids=ids, key="k")


def played(reply: Reply, seconds: float, rate: float = 80.0) -> list[Action]:
    """Let an agent write evenly for so long, and accept everything; return what was done."""
    done: list[Action] = []
    steps = int(seconds * 20)
    for step in range(steps):
        now = 100.0 + step / 20
        reply.feed(TextDelta("word " * int(rate / 100)), now)
        while (action := reply.poll(now)) is not None:
            done.append(action)
            reply.settle(accepted(action), now)
    now = 100.0 + seconds
    reply.feed(Finished(), now)
    while not reply.intent.done:
        now = max(now, reply.intent.at or now)
        if (action := reply.poll(now)) is not None:
            done.append(action)
            reply.settle(accepted(action), now)
    return done


def accepted(action: Action) -> Outcome:
    """Return the outcome of an action that was carried out."""
    return Accepted(action.text, "m1") if isinstance(action, Post | Edit) else Accepted("")


@pytest.mark.parametrize(("seconds", "most"), [(20, 100), (60, 120), (300, 150)])
def test_an_answer_has_about_as_many_edits_as_its_platform_stands(seconds: int, most: int) -> None:
    """However long it gets: clients load all of them."""
    edits = [one for one in played(reply_on(FREE), seconds, 100.0) if isinstance(one, Edit)]
    assert len(edits) <= most
    free = replace(FREE, ways=(EditWay(), WholeWay()))
    assert len(played(reply_on(free), seconds, 100.0)) > len(edits)


def test_edits_come_as_often_as_they_are_read_at_first() -> None:
    """The gap grows with the square of the age, up to where a reader would wonder."""
    assert edit_gap(100, 0.0) == 0.0
    assert edit_gap(100, 12.5) == pytest.approx(0.25)
    assert edit_gap(100, 25.0) == pytest.approx(1.0)
    assert edit_gap(100, 1_000.0) == 10.0


@pytest.mark.parametrize(("buttons", "counted"), [(True, 3.0), (False, 1.0)])
def test_a_button_that_is_made_by_itself_counts_as_calls(*, buttons: bool, counted: float) -> None:
    """Both of its making and its end, in the limit of the chat and in that of the bot."""
    bucket = Bucket(0.2, 10)
    surface = replace(FREE, stop_buttons=buttons, cadence=Cadence((bucket,), shared=bucket))
    budget = Budget()
    reply = reply_on(surface, budget)
    reply.feed(TextDelta("Some words. "), 100.0)
    action = reply.poll(100.0)
    assert isinstance(action, Post)
    reply.settle(Accepted(action.text, "m1"), 100.0)
    demand = budget.demand(100.0)
    assert demand is not None
    assert demand.made == counted
    assert budget.chat(TO.chat, surface.cadence).final_at(Family.MESSAGES, 100.0) == 100.0


def test_a_button_of_a_post_that_was_refused_counts_nothing() -> None:
    """There is none."""
    budget = Budget()
    surface = replace(FREE, cadence=Cadence((), shared=Bucket(0.2, 10)))
    reply = reply_on(surface, budget)
    reply.feed(TextDelta("Some words. "), 100.0)
    assert reply.poll(100.0) is not None
    reply.settle(Throttled(4.0), 100.0)
    demand = budget.demand(100.0)
    assert demand is not None
    assert demand.made == 1


def test_blocks_that_every_program_shows_are_used_whatever_the_operator_chose() -> None:
    """`streaming.rich` is about readers whose programs are too old for them."""
    reply = reply_on(FREE)
    reply.feed(TextDelta("# Title\n\n- one\n- two\n\nAnd more. "), 100.0)
    action = reply.poll(100.0)
    assert isinstance(action, Post)
    assert isinstance(action.form, Blocks)
    assert action.key.startswith("k.")
