"""A reply that another process takes up: what is certain of it, by that process's clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from reply_script import GROUP, PRIVATE, Script, shown_text
from test_lost_posts import GONE, LATE, known, lost

from tickertape.delivery.actions import Edit, Find, Post, Probe, Reason, Refused, ShowDraft
from tickertape.delivery.formats import Abilities
from tickertape.delivery.marks import StopReason
from tickertape.delivery.reply.reply import Reply
from tickertape.delivery.reply.screen import Blank, Drafted, Posted, Unheard
from tickertape.delivery.reply.state import ReplyState, after_restart
from tickertape.delivery.reply.stored import dumps, loads
from tickertape.delivery.streaming import StreamingConfig
from tickertape.delivery.ways import AppendWay
from tickertape.events import Finished, ReasoningDelta, Restarted, SegmentEnded, ToolStarted
from tickertape.markup.forms import Blocks, Rendering, Spans
from tickertape.markup.pages import BlockLimits


def resumed(script: Script, now: float, abilities: Abilities | None = None) -> Reply:
    """Let another process go on, whose clock says `now`, and which knows this of its channel."""
    parts = script.reply._parts
    reply = Reply.resume(
        script.reply.state,
        parts.surface,
        parts.budget,
        parts.config,
        now,
        draft_ids=iter(["d2"]),
        abilities=abilities,
        known_at=lambda _: None,
    )
    script.reply, script.now = reply, now
    return reply


def test_what_is_still_written_may_show_anything_and_what_is_complete_shows_its_text() -> None:
    """Frames may have been shown that were not stored any more."""
    script = Script(GROUP)
    script.say("One thing", SegmentEnded(), "Another")
    shown = [script.shown(), script.shown()]
    assert all(isinstance(action, Post) for action in shown)
    first, second = (part.screen for part in after_restart(script.reply.state, 500.0).said.all)
    assert first == Posted("m100", Rendering("One thing"), nth=1)
    assert second == Posted("m101", Rendering("Another"), unheard=(Rendering("Another"),), nth=2)


def test_a_lost_post_is_not_looked_for_and_waits_by_the_clock_of_what_goes_on() -> None:
    """What came in meanwhile is not known."""
    script = Script(GROUP, known=known("m41"))
    script.say("One thing")
    lost(script)
    assert isinstance(script.act(), Find)
    script.settle(GONE)
    before = script.reply.state
    assert before.at is not None
    (screen,) = (part.screen for part in before.said.all)
    (found,) = (part.screen for part in after_restart(before, before.at + 500.0).said.all)
    assert isinstance(screen, Unheard)
    assert isinstance(found, Unheard)
    assert (screen.after, screen.asked) == ("m41", ("m42",))
    assert (found.after, found.asked, found.gone) == (None, (), ())
    assert found.since == screen.since + 500.0


def moments(state: ReplyState) -> dict[str, float | None]:
    """Give every moment in a state, under what it is the moment of."""
    found = {
        "now": state.at,
        "sign": state.typing_at,
        "line": state.progress.changed_at,
        "first preview": state.route.clock.start,
        "last preview": state.route.clock.last,
        "backoff": state.route.backoff.until,
    }
    flights = {"flight": state.flight} if state.flight is not None else {}
    flights |= {f"late {number}": one for number, one in enumerate(state.posts.open)}
    for name, flight in flights.items():
        found[f"{name}"] = flight.since
        found[f"{name}: first preview"] = flight.clock.start
        found[f"{name}: last preview"] = flight.clock.last
        found[f"{name}: unsent"] = flight.unsent_since
    screens = {name: flight.screen for name, flight in flights.items()}
    for number, part in enumerate((*state.said.all, *state.said.spare, *state.said.strays)):
        found[f"part {number}: unsent"] = part.unsent_since
        screens[f"part {number}"] = part.screen
    for name, screen in screens.items():
        match screen:
            case Blank(until=moment) | Drafted(at=moment) | Unheard(since=moment):
                found[f"{name}: screen"] = moment
            case _:
                pass
    return found


def in_trouble() -> Script:
    """Write an answer of which a draft is on screen, another in flight, and a final refused."""
    script = Script(PRIVATE, typing=5.0)
    script.say("One")
    script.shown()
    script.say(SegmentEnded())
    script.act()
    script.settle(Refused(Reason.MALFORMED))
    script.act()
    script.say("Two")
    return script


def with_late_post() -> Script:
    """Write an answer whose first post was not heard of, and may be there."""
    script = Script(GROUP)
    script.say("One thing")
    lost(script, LATE)
    script.say(" and more of it")
    return script


def with_draft() -> Script:
    """Write an answer of which a draft is on screen, and another on its way."""
    script = Script(PRIVATE, typing=5.0)
    script.say("One thing")
    script.shown()
    script.say(ToolStarted("1", "clock"))
    script.act()
    script.say("And more")
    return script


@pytest.mark.parametrize("begun", [in_trouble, with_late_post, with_draft])
def test_all_that_waits_does_so_by_the_clock_of_what_goes_on(begun: Callable[[], Script]) -> None:
    """As if no time had passed between; also of messages that wait for a text, or have to go."""
    state = begun().reply.state
    said = replace(state.said, spare=state.said.all, strays=state.said.all)
    state = replace(state, at=0.5, said=said)
    before, after = moments(state), moments(after_restart(state, 500.5))
    assert after == {name: None if at is None else at + 500.0 for name, at in before.items()}
    assert sum(at is not None and at >= 0.0 for at in before.values()) >= 5


def test_a_line_of_progress_waits_by_the_clock_of_what_goes_on() -> None:
    """It was not told yet, and still is not."""
    script = Script(GROUP)
    script.say(ToolStarted("1", "clock"))
    before = script.reply.state
    found = after_restart(before, 500.0)
    assert (before.progress.changed_at, before.at) == (0.0, 0.0)
    assert (found.progress.changed_at, found.at) == (500.0, 500.0)


def test_a_reply_goes_on_and_hears_of_no_call_from_before() -> None:
    """What was complete on screen is left as it is, and what was lost is said."""
    script = Script(GROUP)
    script.say("One thing", SegmentEnded(), "Another")
    script.shown()
    lost(script, LATE)
    assert script.reply.state.posts.open
    assert not resumed(script, 500.0).state.posts.open
    script.say(Finished())
    assert isinstance(script.shown(), Probe)
    assert script.shown() == Post(GROUP, "Another")
    assert script.reply.intent.over


def test_a_reply_goes_on_with_its_draft_and_begins_others_after_it() -> None:
    """A draft is one of one message."""
    script = Script(PRIVATE)
    script.say("One thing")
    assert script.shown() == ShowDraft(PRIVATE, "d1", "One thing")
    assert resumed(script, 500.0).shown.drafts == ("d1",)
    script.say(", and then more of it.")
    assert script.shown() == ShowDraft(PRIVATE, "d1", "One thing, and then more of it.")
    script.say(SegmentEnded(), "Another")
    assert shown_text(script) == "One thing, and then more of it."
    assert script.shown() == ShowDraft(PRIVATE, "d2", "Another")
    assert script.reply.shown.drafts == ("d1", "d2")


def test_a_reply_goes_on_to_learn_what_its_channel_lacks() -> None:
    """A refusal of blocks is one of all blocks there, whoever hears of it."""
    config, blocks = StreamingConfig(rich="always"), BlockLimits(500, 16, 20)
    script = Script(GROUP, config=config, dialect="markdown", blocks=blocks)
    script.say("|a|b|\n|-|-|\n|1|2|\n\nwords ")
    script.shown()
    abilities = Abilities()
    resumed(script, 500.0, abilities)
    script.say("and more of them", Finished())
    action = script.act()
    assert isinstance(action, Edit)
    assert isinstance(action.form, Blocks)
    script.settle(Refused(Reason.BLOCKS_FORBIDDEN))
    assert not abilities.has_blocks(GROUP.chat, script.now)
    action = script.shown()
    assert isinstance(action, Edit)
    assert isinstance(action.form, Spans)


def said_in_pages() -> Script:
    """Write an answer whose second message goes on with code."""
    script = Script(GROUP, limit=40, dialect="markdown")
    script.say("```py\n" + "x = 1\n" * 9)
    script.shown()
    script.shown()
    return script


def taken_back() -> Script:
    """Write an answer whose agent began anew, of which more was on screen than is said."""
    script = Script(GROUP, limit=16)
    script.say("kept. ", ToolStarted("1", "clock"), "One and one and one and one and one.")
    for _ in range(3):
        script.shown()
    script.say(Restarted(), "Two ")
    return script


def stopped() -> Script:
    """Write an answer that was stopped while it was thought about."""
    config = StreamingConfig(reasoning="keep")
    script = Script(GROUP, dialect="markdown", config=config, stop_buttons=True)
    script.say(ReasoningDelta("So it is. "), "One **thing")
    script.shown()
    script.reply.stop(StopReason.USER, script.now)
    return script


def refused() -> Script:
    """Write an answer whose looks were refused, and whose message was taken away."""
    script = Script(GROUP, dialect="markdown", reply_to="m7")
    script.say("One **thing** and more. ")
    script.act()
    script.settle(Refused(Reason.FORMAT_REJECTED))
    script.shown()
    script.say("And even more of it, and more. ")
    script.act()
    script.settle(Refused(Reason.MESSAGE_GONE))
    return script


@pytest.mark.parametrize("begun", [said_in_pages, taken_back, stopped, refused])
def test_a_reply_that_goes_on_is_the_same_reply(begun: Callable[[], Script]) -> None:
    """All that is certain of it is known to the process that goes on, and does what it would do."""
    one, other = begun(), begun()
    found = after_restart(one.reply.state, 500.0)
    assert resumed(one, 500.0).state == found
    assert resumed(other, 500.0).state == found
    resumed(other, 900.0)
    for script in (one, other):
        script.say(" The end.", Finished())
        while not script.reply.intent.done:
            script.shown()
    assert one.reply.shown == other.reply.shown
    assert one.reply.shown.is_whole


def test_all_that_is_known_of_a_reply_can_be_printed() -> None:
    """A log tells it where something went wrong."""
    script = stopped()
    assert repr(script.reply) == f"Reply({script.reply.state!r})"


def emptied() -> Script:
    """Write an answer whose message came to nothing, and cannot even say so."""
    script = Script(GROUP, stop_buttons=True)
    script.say("Hello ")
    script.shown()
    script.say(Restarted(), "\u2800", Finished())
    for reason in (Reason.EMPTY, Reason.MESSAGE_GONE):
        script.act()
        script.settle(Refused(reason))
    return script


def sealed() -> Script:
    """Write an answer whose text was added to a message, which was then sealed."""
    script = Script(GROUP, stop_buttons=True, way=AppendWay(300.0, 4000))
    script.say("Hello ")
    script.shown()
    script.say("world.", Finished())
    script.shown()
    return script


BEGUN = (in_trouble, with_late_post, with_draft, said_in_pages, taken_back, stopped, refused)


@pytest.mark.parametrize("begun", [*BEGUN, emptied, sealed])
def test_what_is_known_of_a_reply_can_be_stored(begun: Callable[[], Script]) -> None:
    """Each value is of the kind that it is declared to be, or would be read as another."""
    state = begun().reply.state
    assert loads(dumps(state)) == state
    found = after_restart(state, 500.0)
    assert loads(dumps(found)) == found
