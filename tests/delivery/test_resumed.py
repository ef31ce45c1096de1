"""A reply that another process takes up: what is certain of it, by that process's clock."""

from __future__ import annotations

from reply_script import GROUP, Script, draft_ids
from test_lost_posts import GONE, LATE, known, lost

from tickertape.delivery.actions import Find, Post, Probe
from tickertape.delivery.formats import Abilities
from tickertape.delivery.reply.reply import Reply
from tickertape.delivery.reply.screen import Posted, Unheard
from tickertape.delivery.reply.state import as_found
from tickertape.events import Finished, SegmentEnded, ToolStarted
from tickertape.markup.forms import Rendering


def resumed(script: Script, now: float) -> Reply:
    """Let another process go on, whose clock says `now`."""
    parts = script.reply._parts
    reply = Reply.resume(
        script.reply.state,
        parts.surface,
        parts.budget,
        parts.config,
        now,
        draft_ids=draft_ids(),
        abilities=Abilities(),
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
    first, second = (part.screen for part in as_found(script.reply.state, 500.0).said.all)
    assert first == Posted("m100", Rendering("One thing"))
    assert second == Posted("m101", Rendering("Another"), unheard=(Rendering("Another"),))


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
    (found,) = (part.screen for part in as_found(before, before.at + 500.0).said.all)
    assert isinstance(screen, Unheard)
    assert isinstance(found, Unheard)
    assert (screen.after, screen.asked) == ("m41", ("m42",))
    assert (found.after, found.asked, found.gone) == (None, (), ())
    assert found.since == screen.since + 500.0


def test_a_line_of_progress_waits_by_the_clock_of_what_goes_on() -> None:
    """It was not told yet, and still is not."""
    script = Script(GROUP)
    script.say(ToolStarted("1", "clock"))
    before = script.reply.state
    found = as_found(before, 500.0)
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
