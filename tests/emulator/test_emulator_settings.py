"""Settings as JSON, and control's orders."""

from __future__ import annotations

import pytest

from tickertape.emulator import (
    FORUM,
    GROUP,
    RELEASES,
    TOKEN,
    YOU,
    ChatLimits,
    Floods,
    Settings,
    SlidingWindow,
    TokenBucket,
    WorldError,
    control,
    furnished_world,
)
from tickertape.emulator.fields import FieldError


def test_settings_survive_the_way_through_json() -> None:
    """What is shown can be given back and means the same."""
    settings = Settings(
        floods=Floods(
            private=(), group=(SlidingWindow(5, 2.0), TokenBucket(0.5, 3)), prolong=False, seed=7
        ),
        chats={-5: ChatLimits(messages=(SlidingWindow(1, 1.0),)), 6: ChatLimits(drafts=())},
        round_trip=0.08,
        privacy=True,
    )
    assert Settings().changed(settings.as_json()) == settings


def test_what_is_not_named_stays() -> None:
    """A change touches only its own keys; null takes a chat's own limits away."""
    settings = Settings(round_trip=1.0, chats={5: ChatLimits(drafts=())})
    changed = settings.changed({"floods": {"prolong": False}, "chats": {"5": None}})
    assert changed == Settings(round_trip=1.0, floods=Floods(prolong=False))
    assert settings.changed({}) == settings


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ([], "settings must be an Object"),
        ({"colour": 1}, 'settings has an unknown field "colour"'),
        ({"round_trip": -1}, "between 0 and 60"),
        ({"round_trip": "1"}, "must be of type Number"),
        ({"round_trip": True}, "must be of type Number"),
        ({"privacy": 1}, "must be of type Boolean"),
        ({"floods": {"group": 5}}, "must be of type Array"),
        ({"floods": {"group": [{"calls": 0, "seconds": 1}]}}, "between 1 and 1000000"),
        ({"floods": {"group": [{"rate": 1.0}]}}, 'Can\'t find field "burst"'),
        ({"floods": {"group": [{"calls": 1, "seconds": 1, "x": 1}]}}, 'unknown field "x"'),
        ({"floods": {"chance": 1}}, 'floods has an unknown field "chance"'),
        ({"floods": {"seed": 1.5}}, "must be of type Integer"),
        ({"chats": []}, 'Field "chats" must be of type Object'),
        ({"chats": {"here": {}}}, "must be chat ids"),
        ({"chats": {"5": {"edits": []}}}, 'limits of chat 5 has an unknown field "edits"'),
    ],
)
def test_wrong_settings_name_the_key(change: object, sentence: str) -> None:
    """A setting that cannot be used is named with what is allowed."""
    with pytest.raises(FieldError) as caught:
        Settings().changed(change)
    assert sentence in str(caught.value)


def test_control_furnishes_the_world() -> None:
    """Bots, persons and chats of every kind can be ordered."""
    world = furnished_world()
    control.add_bot(world, {"token": "77:other", "username": "@other_bot"}, 0.0)
    control.add_person(world, {"id": 5, "first_name": "Eve"}, 0.0)
    forum = {"id": -77, "type": "supergroup", "title": "F", "is_forum": True, "topics": ["A", "B"]}
    assert control.add_chat(world, forum, 0.0)["chat"] == {
        "id": -77,
        "type": "supergroup",
        "title": "F",
        "is_forum": True,
        "topics": [{"id": 2, "name": "A"}, {"id": 3, "name": "B"}],
        "bot_id": None,
    }
    private = control.add_chat(world, {"id": 5, "type": "private", "topics": ["T"]}, 0.0)["chat"]
    assert isinstance(private, dict)
    assert private["title"] == "Eve"
    sent = world.call(
        TOKEN, "sendMessage", {"chat_id": 5, "text": "x", "message_thread_id": 1}, 0.0
    )
    assert sent.status == 200


@pytest.mark.parametrize(
    ("order", "sentence"),
    [
        ({"id": -77, "type": "group", "topics": ["A"]}, "only forums and private chats"),
        ({"id": -77, "type": "supergroup", "is_forum": True, "topics": [5]}, "a list of names"),
        ({"id": -77, "type": "village"}, "must be one of private, group"),
    ],
)
def test_impossible_chats_are_refused_whole(order: dict[str, object], sentence: str) -> None:
    """A chat that cannot be is not begun."""
    world = furnished_world()
    with pytest.raises(FieldError, match=sentence):
        control.add_chat(world, order, 0.0)
    assert len(world.chats) == 5


@pytest.mark.parametrize(
    "body",
    [
        {"verb": "block", "person_id": YOU},
        {"verb": "unblock", "person_id": YOU},
        {"verb": "deactivate", "person_id": YOU},
        {"verb": "kick", "chat_id": GROUP},
        {"verb": "demote", "chat_id": GROUP},
        {"verb": "admit", "chat_id": GROUP},
        {"verb": "close_topic", "chat_id": FORUM, "thread_id": RELEASES},
        {"verb": "delete_topic", "chat_id": FORUM, "thread_id": RELEASES},
        {"verb": "add_topic", "chat_id": FORUM, "name": "More"},
        {"verb": "upgrade_to_supergroup", "chat_id": GROUP},
    ],
)
def test_persons_act_by_order(body: dict[str, object]) -> None:
    """Every verb of persons can be ordered by name."""
    assert control.order(furnished_world(), body, 0.0) == {"ok": True}
    with pytest.raises(FieldError):
        control.order(furnished_world(), body | {"loudly": True}, 0.0)


def test_unknown_orders_are_refused() -> None:
    """What cannot be ordered is said to be unknown."""
    world = furnished_world()
    with pytest.raises(FieldError, match="must be one of block"):
        control.order(world, {"verb": "dance"}, 0.0)
    with pytest.raises(WorldError, match="no chat 5"):
        control.order(world, {"verb": "kick", "chat_id": 5}, 0.0)


def test_calls_are_listed_with_their_whole_texts() -> None:
    """The log tells when a call was applied, its text, its length and its result."""
    world = furnished_world()
    world.call(TOKEN, "sendMessage", {"chat_id": YOU, "text": "x" * 300}, 1.0)
    world.call(TOKEN, "sendMessage", {"chat_id": "a", "text": "y"}, 2.0)
    listed = control.calls(world, 0, 3.0)["calls"]
    assert isinstance(listed, list)
    assert listed[0]["text"] == "x" * 300
    wanted = {"number", "at", "applied_at", "method", "chat_id", "status", "message_id"}
    assert [{key: call[key] for key in wanted} for call in listed] == [
        {"number": 1, "at": 1.0, "applied_at": 1.0, "method": "sendMessage", "chat_id": YOU,
         "status": 200, "message_id": 1},
        {"number": 2, "at": 2.0, "applied_at": 2.0, "method": "sendMessage", "chat_id": None,
         "status": 400, "message_id": None},
    ]  # fmt: skip
    assert control.calls(world, 2, 3.0)["calls"] == []
