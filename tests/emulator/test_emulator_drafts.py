"""The life of drafts, moved through time by hand."""

from __future__ import annotations

import pytest

from tickertape.emulator import (
    BEN,
    CHANNEL,
    FORUM,
    GROUP,
    SUPERGROUP,
    TOKEN,
    YOU,
    Answer,
    World,
    WorldError,
    furnished_world,
)
from tickertape.emulator.answers import Json
from tickertape.emulator.drafts import Draft


def show(
    world: World, now: float, text: object = "Hel", draft_id: object = 5, **more: object
) -> Answer:
    """Send one frame to the private chat."""
    params = {"chat_id": YOU, "draft_id": draft_id, "text": text, **more}
    return world.call(TOKEN, "sendMessageDraft", params, now)


def shown(world: World) -> list[tuple[int, str]]:
    """Read the drafts on the screen of the private chat."""
    drafts = world.screen(YOU).drafts
    return [(draft.draft_id, draft.content.text.text) for draft in drafts]


def only(world: World) -> Draft:
    """Take the one draft on the screen."""
    (draft,) = world.screen(YOU).drafts
    return draft


def events(world: World, *kinds: str) -> list[Json]:
    """Read the changes of some kinds."""
    return [
        {key: value for key, value in change.data.items() if key != "draft"}
        for change in world.journal.after(0) or []
        if change.kind in kinds
    ]


def test_a_draft_grows_and_expires_thirty_seconds_after_its_last_frame() -> None:
    """Each frame replaces the one before and restarts the clock; then the draft vanishes."""
    world = furnished_world()
    assert show(world, 0.0).result is True
    show(world, 20.0, "Hello")
    world.advance(49.9)
    assert shown(world) == [(5, "Hello")]
    assert [world.deadline] == [50.0]
    world.advance(50.0)
    assert shown(world) == []
    assert [world.deadline] == [None]
    assert [event["reason"] for event in events(world, "draft_gone")] == ["expired"]


def test_another_id_replaces_the_draft_of_the_topic() -> None:
    """There is one draft for each topic and sender."""
    world = furnished_world()
    topic = world.add_topic(YOU, "Plans", 0.0)
    show(world, 0.0)
    show(world, 0.0, "other", 5, message_thread_id=topic.id)
    show(world, 1.0, "new", 6)
    assert shown(world) == [(6, "new"), (5, "other")]
    assert [event["reason"] for event in events(world, "draft_gone")] == ["replaced"]


def test_any_message_of_the_bot_in_the_topic_ends_the_draft() -> None:
    """A message in the same chat and topic dismisses the draft; elsewhere it does not."""
    world = furnished_world()
    topic = world.add_topic(YOU, "Plans", 0.0)
    show(world, 0.0)
    send = {"chat_id": YOU, "text": "x", "message_thread_id": topic.id}
    world.call(TOKEN, "sendMessage", send, 1.0)
    world.call(TOKEN, "sendMessage", {"chat_id": GROUP, "text": "x"}, 1.0)
    assert shown(world) == [(5, "Hel")]
    world.call(TOKEN, "sendRichMessage", {"chat_id": YOU, "rich_message": {"markdown": "x"}}, 2.0)
    assert shown(world) == []
    assert [event["reason"] for event in events(world, "draft_gone")] == ["dismissed"]


def test_failures_actions_edits_and_persons_leave_the_draft() -> None:
    """Refused sends, chat actions, edits and the person's own messages keep a draft alive."""
    world = furnished_world()
    world.call(TOKEN, "sendMessage", {"chat_id": YOU, "text": "old"}, 0.0)
    show(world, 0.0)
    world.call(TOKEN, "sendMessage", {"chat_id": YOU, "text": ""}, 1.0)
    world.call(TOKEN, "sendChatAction", {"chat_id": YOU, "action": "typing"}, 1.0)
    world.call(TOKEN, "editMessageText", {"chat_id": YOU, "message_id": 1, "text": "n"}, 1.0)
    world.person_writes(YOU, "wait", 2.0)
    assert shown(world) == [(5, "Hel")]


@pytest.mark.parametrize("text", ["", "  \n", None])
def test_an_empty_draft_is_a_placeholder(text: str | None) -> None:
    """A draft without text says that the bot is thinking; it does not clear the screen."""
    world = furnished_world()
    assert show(world, 0.0, text).status == 200
    assert only(world).content.is_placeholder
    assert shown(world) == [(5, "")]


def test_a_frame_after_the_message_is_a_ghost_until_the_person_writes() -> None:
    """A late frame shows beside the message for its whole life, and is marked."""
    world = furnished_world()
    show(world, 0.0)
    world.call(TOKEN, "sendMessage", {"chat_id": YOU, "text": "Hello"}, 1.0)
    show(world, 1.1, "Hell")
    assert only(world).ghost
    world.advance(31.1)
    assert shown(world) == []
    world.person_writes(YOU, "again", 40.0)
    show(world, 41.0, "An")
    assert not only(world).ghost


def test_a_frame_after_an_expired_draft_and_its_message_is_a_ghost_too() -> None:
    """It does not matter whether the draft was still alive when the message came."""
    world = furnished_world()
    show(world, 0.0)
    world.call(TOKEN, "sendMessage", {"chat_id": YOU, "text": "Hello"}, 31.0)
    show(world, 32.0)
    assert only(world).ghost


@pytest.mark.parametrize("draft_id", [0, "0", None])
def test_a_draft_needs_an_id(draft_id: object) -> None:
    """Zero or nothing is refused."""
    answer = show(furnished_world(), 0.0, draft_id=draft_id)
    assert answer.description == "Bad Request: RANDOM_ID_INVALID"


@pytest.mark.parametrize("chat_id", [GROUP, SUPERGROUP, FORUM, CHANNEL])
@pytest.mark.parametrize("rich", [False, True])
def test_drafts_are_for_private_chats_only(chat_id: int, rich: bool) -> None:
    """Everywhere else the peer is refused."""
    content = {"rich_message": {"html": "x"}} if rich else {"text": "x"}
    method = "sendRichMessageDraft" if rich else "sendMessageDraft"
    params = {"chat_id": chat_id, "draft_id": 1, **content}
    answer = furnished_world().call(TOKEN, method, params, 0.0)
    assert answer.description == "Bad Request: TEXTDRAFT_PEER_INVALID"


def test_a_draft_is_at_most_as_long_as_a_message() -> None:
    """4096 code points fit, one more does not, emoji count once."""
    world = furnished_world()
    assert show(world, 0.0, "😀" * 4096).status == 200
    assert show(world, 0.0, "x" * 4097).description == "Bad Request: message is too long"


def test_a_blocked_bot_shows_no_drafts() -> None:
    """The person who blocked the bot sees no draft of it."""
    world = furnished_world()
    world.block(YOU, 0.0)
    assert show(world, 1.0).description == "Forbidden: bot was blocked by the user"


def test_a_bot_cannot_begin_with_a_draft() -> None:
    """Nobody who did not write to the bot sees its drafts."""
    answer = show(furnished_world(), 0.0, chat_id=BEN)
    assert answer.description == "Forbidden: bot can't initiate conversation with a user"


def test_the_stop_button_is_told_once_as_decimal_text() -> None:
    """The press reaches the bot as text, and there is no second press."""
    world = furnished_world()
    show(world, 0.0, can_stop=True)
    world.press_stop(YOU, 5, 1.0)
    (update,) = _updates(world, 1.0)
    assert update["stopped_message_generation"] == {
        "chat": {"id": YOU, "type": "private", "first_name": "You", "username": "you"},
        "draft_id": "5",
    }
    with pytest.raises(WorldError, match="no draft 5 with a stop button"):
        world.press_stop(YOU, 5, 2.0)


def test_a_press_in_a_topic_names_it() -> None:
    """The update carries the topic of the draft."""
    world = furnished_world()
    topic = world.add_topic(YOU, "Plans", 0.0)
    show(world, 0.0, can_stop=True, message_thread_id=topic.id)
    world.press_stop(YOU, 5, 1.0, thread_id=topic.id)
    (update,) = _updates(world, 1.0)
    assert dict(update["stopped_message_generation"])["message_thread_id"] == topic.id


def test_without_a_button_nothing_can_be_stopped() -> None:
    """A draft without a button, another id, and a group have nothing to press."""
    world = furnished_world()
    show(world, 0.0)
    for chat_id, draft_id in ((YOU, 5), (YOU, 6), (GROUP, 5)):
        with pytest.raises(WorldError):
            world.press_stop(chat_id, draft_id, 1.0)


def test_frames_after_the_press_are_taken_and_not_shown() -> None:
    """The stopped draft vanishes at once, and later frames of it change nothing."""
    world = furnished_world()
    show(world, 0.0, can_stop=True)
    world.press_stop(YOU, 5, 1.0)
    assert shown(world) == []
    assert show(world, 1.5, "Hello").status == 200
    assert shown(world) == []
    show(world, 2.0, "fresh", 6)
    assert shown(world) == [(6, "fresh")]


def test_keep_on_stop_leaves_the_text_for_a_while() -> None:
    """The draft stays without its button until its time is over; frames do not prolong it."""
    world = furnished_world()
    show(world, 0.0, can_stop=True, keep_on_stop=True)
    world.press_stop(YOU, 5, 1.0)
    show(world, 10.0, "Hello")
    draft = only(world)
    assert (draft.stopped, draft.can_stop, shown(world)) == (True, False, [(5, "Hel")])
    world.advance(30.0)
    assert shown(world) == []


def test_a_press_can_be_lost() -> None:
    """A lost press changes the screen and is not told to the bot."""
    world = furnished_world()
    show(world, 0.0, can_stop=True)
    world.press_stop(YOU, 5, 1.0, is_told=False)
    assert shown(world) == []
    assert _updates(world, 1.0) == []


def test_a_rich_draft_and_a_plain_one_share_their_place() -> None:
    """A rich frame with the same id takes the plain one's place, thinking blocks included."""
    world = furnished_world()
    show(world, 0.0)
    rich = {"blocks": [{"type": "thinking", "text": "hm"}, {"type": "paragraph", "text": "a"}]}
    params = {"chat_id": YOU, "draft_id": 5, "rich_message": rich}
    assert world.call(TOKEN, "sendRichMessageDraft", params, 1.0).status == 200
    assert only(world).content.rich is not None
    assert not only(world).content.is_placeholder


def test_actions_end_by_time_by_cancel_and_by_a_message() -> None:
    """Typing is shown for five seconds, until it is cancelled, or until the message comes."""
    world = furnished_world()

    def act(now: float, name: str = "typing") -> None:
        params = {"chat_id": GROUP, "action": name}
        assert world.call(TOKEN, "sendChatAction", params, now).status == 200

    act(0.0)
    assert [action.action for action in world.screen(GROUP).actions] == ["typing"]
    world.advance(5.0)
    assert world.screen(GROUP).actions == ()
    act(6.0)
    act(7.0, "cancel")
    assert world.screen(GROUP).actions == ()
    act(8.0)
    world.call(TOKEN, "sendMessage", {"chat_id": GROUP, "text": "x"}, 9.0)
    assert world.screen(GROUP).actions == ()


def _updates(world: World, now: float) -> list[dict[str, dict[str, object]]]:
    result = world.call(TOKEN, "getUpdates", {}, now).result
    assert isinstance(result, list)
    return result
