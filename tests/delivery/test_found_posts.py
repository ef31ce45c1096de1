"""Whose message it is that was found, where several posts may have made it."""

from __future__ import annotations

import pytest
from reply_script import GROUP, Script
from test_lost_posts import GONE, LATE, known, lost

from tickertape.delivery.actions import (
    Accepted,
    Delete,
    Edit,
    Find,
    Outcome,
    Post,
    Probe,
    Reason,
    Refused,
    Seal,
    Unknown,
)
from tickertape.delivery.ways import AppendWay
from tickertape.events import Finished, Restarted, SegmentEnded

REFUSED = Refused(Reason.MALFORMED, "try later")


def twice_lost(script: Script, first: Outcome | None = None) -> None:
    """Lose a preview that is not found, and then the final of what is said instead."""
    script.say("One thing")
    lost(script, first)
    for answer in (REFUSED, GONE, GONE):
        assert isinstance(script.act(), Find)
        script.settle(answer)
    script.say(Restarted(), "Another", Finished())
    while not isinstance(action := script.act(), Post):
        script.settle(Accepted("") if isinstance(action, Probe) else GONE)
    script.settle(Unknown())


def test_the_message_that_is_found_is_that_of_the_first_post() -> None:
    """Posts arrive in their order: it is the second one that may stand there as well."""
    script = Script(GROUP, known=known("m41"))
    twice_lost(script)
    assert script.act() == Find(GROUP, "m42")
    script.settle(Accepted("", "m42"))
    assert script.shown() == Edit(GROUP, "m42", "Another")
    assert script.reply.shown.is_whole
    assert script.reply.shown.doubtful == ("Another",)


@pytest.mark.parametrize("number", [42, 43])
def test_a_message_is_that_of_the_post_whose_text_it_shows(number: int) -> None:
    """Where the channel tells it, nothing is left to guess, whatever may stand before it."""
    script = Script(GROUP, known=known("m41"))
    twice_lost(script)
    for unknown in range(42, number):
        assert script.act() == Find(GROUP, f"m{unknown}")
        script.settle(REFUSED)
    assert script.act() == Find(GROUP, f"m{number}")
    script.settle(Accepted("Another", f"m{number}"))
    assert script.shown() == Edit(GROUP, f"m{number}", "Another")
    assert script.reply.shown.doubtful == ("One thing",)


def test_a_message_behind_one_that_could_not_be_asked_about_may_be_that_of_any_post() -> None:
    """The first one may stand there: both are told."""
    script = Script(GROUP, known=known("m41"))
    twice_lost(script)
    assert script.act() == Find(GROUP, "m42")
    script.settle(REFUSED)
    assert script.act() == Find(GROUP, "m43")
    script.settle(Accepted("", "m43"))
    assert script.shown() == Edit(GROUP, "m43", "Another")
    assert sorted(script.reply.shown.doubtful) == ["Another", "One thing"]


def test_a_message_may_be_that_of_a_later_post_than_one_that_was_late() -> None:
    """What was late may have come after it: both are told."""
    script = Script(GROUP, known=known("m41"))
    twice_lost(script, LATE)
    assert script.act() == Find(GROUP, "m42")
    script.settle(Accepted("", "m42"))
    script.shown()
    assert sorted(script.reply.shown.doubtful) == ["Another", "One thing"]


@pytest.mark.parametrize("is_found_first", [True, False])
def test_two_answers_never_share_a_message(is_found_first: bool) -> None:
    """The first asks while the second is still waiting: one of them has it, the other posts."""
    chat = known("m41")
    first, second = (Script(GROUP, known=chat) for _ in range(2))
    first.say("One", Finished())
    lost(first)
    second.say("Two", Finished())
    post = lost(second, LATE)
    assert first.act() == Find(GROUP, "m42")
    if is_found_first:
        first.settle(Accepted("", "m42"))
        second.reply.settle_late(post, Accepted("Two", "m42"), second.now)
        assert first.shown() == Edit(GROUP, "m42", "One")
        assert second.shown() == Post(GROUP, "Two")
    else:
        second.reply.settle_late(post, Accepted("Two", "m42"), second.now)
        first.settle(Accepted("", "m42"))
        assert second.reply.intent.over
        for message_id in ("m43", "m44", "m45"):
            assert first.act() == Find(GROUP, message_id)
            first.settle(GONE)
        assert first.shown() == Post(GROUP, "One")
    for script in (first, second):
        assert script.reply.intent.over
        assert script.reply.shown.is_whole
        assert script.reply.shown.doubtful == ()


def test_what_may_stand_in_a_chat_is_not_looked_for_in_the_one_that_it_became() -> None:
    """The second message was rolled back while its post was lost; then the chat moves."""
    chat = known("m41", tries=1)
    script = Script(GROUP, known=chat, knows_all=True)
    script.say("One", SegmentEnded(), "Two words")
    script.shown()
    lost(script)
    assert script.act() == Find(GROUP, "m101")
    script.settle(GONE)
    script.say(Restarted(), "One and more", Finished())
    assert isinstance(script.act(), Edit)
    script.settle(Refused(Reason.CHAT_MOVED, moved_to="moved"))
    script.shown()
    while not script.reply.intent.over:
        assert not isinstance(script.shown(), Find)
    assert sorted(script.reply.shown.doubtful) == ["One", "Two words"]


@pytest.mark.parametrize("is_found", [True, False])
def test_an_open_message_is_sealed_before_it_is_edited(is_found: bool) -> None:
    """One to which text is added stays open until then, whoever tells that it is there."""
    script = Script(GROUP, known=known("m41") if is_found else None, way=AppendWay(300.0, 4096))
    script.say("One thing")
    post = lost(script, Unknown() if is_found else LATE)
    assert post.is_open
    if is_found:
        assert script.act() == Find(GROUP, "m42")
        script.settle(Accepted("", "m42"))
    else:
        script.reply.settle_late(post, Accepted("One thing", "m42"), script.now)
    script.say(Restarted(), "Another", Finished())
    assert script.shown() == Seal(GROUP, "m42", "One thing", len("One thing"))
    assert script.shown() == Edit(GROUP, "m42", "Another")
    assert script.reply.shown.is_whole


@pytest.mark.parametrize("second", [Accepted("Two"), Unknown()], ids=["no id", "lost"])
def test_a_message_before_that_of_a_later_post_is_that_of_one_without_an_id(
    second: Outcome,
) -> None:
    """The first stands there complete, and nobody knows its id: the next one is the second's."""
    script = Script(GROUP, known=known("m41"))
    script.say("One", SegmentEnded())
    assert script.act() == Post(GROUP, "One")
    script.settle(Accepted("One"))
    script.say("Two")
    lost(script, second)
    for message_id in ("m42", "m43"):
        assert script.act() == Find(GROUP, message_id)
        script.settle(Accepted("", message_id))
    script.say(" words", Finished())
    assert script.shown() == Edit(GROUP, "m43", "Two words")
    assert script.reply.shown.is_whole
    assert script.reply.shown.doubtful == ()


def test_a_message_that_shows_its_own_text_is_not_that_of_one_without_an_id() -> None:
    """Where the channel tells what it shows, the first one stands elsewhere."""
    script = Script(GROUP, known=known("m41"))
    script.say("One", SegmentEnded())
    script.act()
    script.settle(Accepted("One"))
    script.say("Two")
    lost(script)
    assert script.act() == Find(GROUP, "m42")
    script.settle(Accepted("Two", "m42"))
    script.say(" words", Finished())
    assert script.shown() == Edit(GROUP, "m42", "Two words")


def test_a_message_may_be_that_of_a_later_post_than_one_without_an_id_that_is_gone() -> None:
    """What is found behind it proves nothing: what is posted again is told."""
    script = Script(GROUP, known=known("m41"))
    script.say("One", SegmentEnded())
    script.act()
    script.settle(Accepted("One"))
    script.say("Two", Finished())
    lost(script)
    for answer in (GONE, Accepted("", "m43"), GONE, GONE):
        assert isinstance(script.act(), Find)
        script.settle(answer)
    assert script.shown() == Post(GROUP, "Two")
    assert script.reply.shown.is_whole
    assert script.reply.shown.doubtful == ("Two",)


@pytest.mark.parametrize(("since", "can_tell"), [(250.0, False), (400.0, True)])
def test_a_post_that_was_given_up_may_come_after_what_was_posted_soon(
    since: float, can_tell: bool
) -> None:
    """Packets that were held arrive late: what is found then need not be that of a later post."""
    chat, held, post = known("m41"), Post(GROUP, "Held"), Post(GROUP, "Later")
    chat.miss(held, 1.0, "m41", is_late=True)
    chat.rest(held)
    chat.posted(GROUP.chat, "m42", since)
    chat.miss(post, since, "m42")
    assert chat.can_tell(post, [post], "m42") is can_tell


def test_a_message_may_be_that_of_a_post_from_before_others_that_came_between() -> None:
    """The first one may stand before what came in: it is not the one that is found for certain."""
    chat = known("m41", tries=1)
    script = Script(GROUP, known=chat)
    script.say("One")
    lost(script)
    assert script.act() == Find(GROUP, "m42")
    script.settle(Refused(Reason.NOT_EDITABLE))
    script.say(" thing", Finished())
    chat.note("m44")
    post = lost(script)
    assert post == Post(GROUP, "One thing")
    assert script.act() == Find(GROUP, "m45")
    script.settle(Accepted("", "m45"))
    script.shown()
    assert script.reply.shown.is_whole
    assert sorted(script.reply.shown.doubtful) == ["One", "One thing"]


@pytest.mark.parametrize("is_second_there", [True, False])
def test_a_message_that_was_taken_for_an_earlier_posts_is_the_one_whose_answer_names_it(
    *, is_second_there: bool
) -> None:
    """The first stands before what came in meanwhile: what was found was the second's own."""
    chat = known("m41")
    first, second, third = (Script(GROUP, known=chat) for _ in range(3))
    first.say("One", Finished())
    first.act()
    first.settle(Accepted("One"))
    chat.note("m43")
    second.say("Two", Finished())
    post = lost(second, LATE)
    assert second.act() == Find(GROUP, "m44")
    second.settle(Accepted("", "m44"))
    for _ in range(3):
        assert isinstance(second.act(), Find)
        second.settle(GONE)
    while not isinstance(action := second.act(), Post):
        second.settle(Accepted(""))
    assert action == post
    if is_second_there:
        second.settle(Accepted("Two"))
        second.reply.settle_late(post, Accepted("Two", "m44"), second.now)
        assert second.shown() == Delete(GROUP, "m44")
    else:
        second.settle(Refused(Reason.MALFORMED))
        second.reply.settle_late(post, Accepted("Two", "m44"), second.now)
    assert second.reply.intent.over
    assert second.reply.shown.is_whole
    assert second.reply.shown.doubtful == ()
    assert ("m44" in second.reply.shown.messages) is not is_second_there
    # The first one's message is missing again: none that comes is taken for another's.
    third.say("Three", Finished())
    lost(third)
    assert len(chat.missing_here(Post(GROUP, "Three"), "m41")) == 2 + is_second_there


@pytest.mark.parametrize(("sent_at", "ahead"), [(361.0, 1), (362.0, 0)])
def test_what_was_sent_minutes_after_a_post_stands_below_its_message(
    sent_at: float, ahead: int
) -> None:
    """Its clock is the platform's, and may be apart from ours; what is looked for stays."""
    chat, post, lost_one = known("m41"), Post(GROUP, "Without"), Post(GROUP, "Lost")
    chat.miss(post, 1.0, is_there=True)
    chat.miss(lost_one, 1.0, "m41")
    chat.note("m50", sent_at=sent_at)
    later = Post(GROUP, "Later")
    chat.miss(later, 500.0, "m50")
    here = [one.post for one in chat.missing_here(later, "m50")]
    assert here == [*[post] * ahead, lost_one, later]


@pytest.mark.parametrize("came_in", ["m42", "m43"])
def test_a_message_after_one_without_an_id_may_be_that_of_the_next_post(came_in: str) -> None:
    """Only where no message can be hidden before it, it is that of the one without an id."""
    chat = known("m41")
    first, second = (Script(GROUP, known=chat) for _ in range(2))
    first.say("One", Finished())
    assert isinstance(first.act(), Post)
    first.settle(Accepted("One"))
    chat.note(came_in)
    second.say("Two")
    assert isinstance(second.act(), Post)
    second.settle(Accepted("Two"))
    ahead = int(came_in.removeprefix("m")) + 1
    assert second.act() == Find(GROUP, f"m{ahead}")
    second.settle(Accepted("", f"m{ahead}"))
    for _ in range(3):
        assert isinstance(second.act(), Find)
        second.settle(GONE)
    second.say(" words", Finished())
    lost(second)
    assert second.act() == Find(GROUP, f"m{ahead + 1}")
    second.settle(Accepted("", f"m{ahead + 1}"))
    assert second.shown() == Edit(GROUP, f"m{ahead + 1}", "Two words")
    doubtful = ["Two words"] if came_in == "m42" else ["Two", "Two words"]
    assert sorted(second.reply.shown.doubtful) == doubtful
