"""The updates that wait for a bot: ids, confirmation, kinds, expiry."""

from __future__ import annotations

from tickertape.emulator import (
    BEN,
    CHANNEL,
    FORUM,
    GROUP,
    IDEAS,
    SUPERGROUP,
    TOKEN,
    YOU,
    Settings,
    World,
    furnished_world,
)
from tickertape.emulator.account import LongPoll
from tickertape.emulator.answers import Answer, Json


def updates(world: World, now: float = 0.0, **params: object) -> list[Json]:
    """Ask for updates."""
    result = world.call(TOKEN, "getUpdates", params, now).result
    assert isinstance(result, list)
    return result


def texts(found: list[Json]) -> list[object]:
    """Take the texts of messages and posts."""
    messages = [update.get("message") or update.get("channel_post") for update in found]
    return [message["text"] for message in messages if isinstance(message, dict)]


def filled(count: int) -> tuple[World, int]:
    """A world where a person wrote some messages, and the id of the first update."""
    world = furnished_world()
    for number in range(count):
        world.person_writes(YOU, f"m{number}", 0.0)
    first = updates(world)[0]["update_id"]
    assert isinstance(first, int)
    return world, first


def test_updates_stay_until_they_are_confirmed() -> None:
    """Asking again gives the same; an offset confirms everything before it."""
    world, first = filled(3)
    assert [update["update_id"] for update in updates(world)] == [first, first + 1, first + 2]
    assert texts(updates(world, offset=first + 1)) == ["m1", "m2"]
    assert texts(updates(world)) == ["m1", "m2"]
    assert updates(world, offset=first + 3) == []
    assert updates(world) == []


def test_a_negative_offset_counts_from_the_end_and_forgets_the_rest() -> None:
    """Minus one gives the last update and confirms all others."""
    world, _ = filled(3)
    assert texts(updates(world, offset=-1)) == ["m2"]
    assert texts(updates(world)) == ["m2"]
    assert texts(updates(world, offset=-9)) == ["m2"]


def test_an_offset_far_ahead_is_ignored() -> None:
    """An offset beyond the next id confirms nothing."""
    world, first = filled(2)
    assert texts(updates(world, offset=first + 1000)) == ["m0", "m1"]


def test_the_limit_is_clipped() -> None:
    """At most a hundred come at once, at least one."""
    world, _ = filled(120)
    assert len(updates(world, limit=500)) == 100
    assert len(updates(world, limit=2)) == 2
    assert len(updates(world, limit=-3)) == 1


def test_only_wanted_kinds_are_kept() -> None:
    """The list is remembered; an empty one restores the default, and names nobody knows pass."""
    world = furnished_world()
    updates(world, allowed_updates=["callback_query", "nonsense"])
    world.person_writes(YOU, "unheard", 0.0)
    updates(world)
    assert updates(world) == []
    updates(world, allowed_updates="[]")
    world.person_writes(YOU, "heard", 0.0)
    assert texts(updates(world)) == ["heard"]


def test_updates_are_forgotten_after_a_day() -> None:
    """What nobody fetches for 24 hours is gone."""
    world, _ = filled(1)
    world.person_writes(YOU, "later", 10.0)
    assert texts(updates(world, 86_400.0)) == ["later"]
    assert updates(world, 86_410.0) == []


def test_a_poll_that_finds_nothing_waits_and_the_last_one_wins() -> None:
    """The waiting poll ends with 409 when another must wait too, and not for a short one."""
    world = furnished_world()
    first = world.poll(TOKEN, {"timeout": 99}, 0.0)
    assert isinstance(first, LongPoll)
    assert first.until == 50.0
    assert isinstance(world.poll(TOKEN, {}, 1.0), Answer)
    assert world.resume(first, 1.0) is None
    second = world.poll(TOKEN, {"timeout": "20"}, 2.0)
    assert isinstance(second, LongPoll)
    ended = world.resume(first, 2.0)
    assert ended is not None
    assert ended.description == (
        "Conflict: terminated by other getUpdates request; "
        "make sure that only one bot instance is running"
    )
    world.person_writes(YOU, "hi", 3.0)
    found = world.resume(second, 3.0)
    assert found is not None
    assert isinstance(found.result, list)
    assert texts(found.result) == ["hi"]


def test_a_poll_gives_up_in_the_end() -> None:
    """When its time is over, a poll is answered with nothing."""
    world = furnished_world()
    poll = world.poll(TOKEN, {"timeout": 5}, 0.0)
    assert isinstance(poll, LongPoll)
    assert world.resume(poll, 4.9) is None
    answer = world.resume(poll, 5.0)
    assert answer is not None
    assert answer.result == []


def test_webhooks_and_polls_exclude_each_other() -> None:
    """A webhook ends the waiting poll, and refuses others until it is deleted."""
    world = furnished_world()
    poll = world.poll(TOKEN, {"timeout": 5}, 0.0)
    assert isinstance(poll, LongPoll)
    world.call(TOKEN, "setWebhook", {"url": "https://a.b/c"}, 0.0)
    ended = world.resume(poll, 0.0)
    assert ended is not None
    assert ended.description == "Conflict: terminated by setWebhook request"
    assert world.call(TOKEN, "getUpdates", {}, 0.0).description == (
        "Conflict: can't use getUpdates method while webhook is active; "
        "use deleteWebhook to delete the webhook first"
    )
    world.person_writes(YOU, "hi", 0.0)
    assert world.call(TOKEN, "deleteWebhook", {}, 0.0).result is True
    assert texts(updates(world)) == ["hi"]


def test_a_bot_reads_where_it_is_addressed() -> None:
    """Mentions and commands are entities, topics are flagged, replies carry what they answer."""
    world = furnished_world()
    world.call(TOKEN, "sendMessage", {"chat_id": FORUM, "text": "q", "message_thread_id": IDEAS}, 0)
    world.person_writes(GROUP, "@tickertape_bot /help", 0.0, person_id=BEN)
    world.person_writes(FORUM, "a", 0.0, reply_to=4)
    world.person_writes(FORUM, "general", 0.0)
    world.person_writes(CHANNEL, "post", 0.0)
    group, topic, general, post = updates(world)
    message = _dict(group["message"])
    assert message["entities"] == [
        {"type": "mention", "offset": 0, "length": 15},
        {"type": "bot_command", "offset": 16, "length": 5},
    ]
    assert _dict(message["from"])["id"] == BEN
    reply = _dict(topic["message"])
    assert (reply["message_thread_id"], reply["is_topic_message"]) == (IDEAS, True)
    assert _dict(reply["reply_to_message"])["text"] == "q"
    assert "message_thread_id" not in _dict(general["message"])
    channel_post = _dict(post["channel_post"])
    assert "from" not in channel_post
    assert _dict(channel_post["sender_chat"])["id"] == CHANNEL


def test_a_topic_message_answers_the_message_that_opened_the_topic() -> None:
    """In a topic, what answers nothing carries the announcement of the topic as its reply."""
    world = furnished_world()
    world.person_writes(FORUM, "idea", 0.0, thread_id=IDEAS)
    message = _dict(updates(world)[0]["message"])
    assert "forum_topic_created" in _dict(message["reply_to_message"])


def test_reply_chains_of_supergroups_have_a_thread_and_no_topic() -> None:
    """A chain of replies shares a thread id that is no topic."""
    world = furnished_world()
    for text, reply_to in (("a", None), ("b", 1), ("c", 2)):
        world.person_writes(SUPERGROUP, text, 0.0, reply_to=reply_to)
    first, *chain = [_dict(update["message"]) for update in updates(world)]
    assert "message_thread_id" not in first
    assert [message["message_thread_id"] for message in chain] == [1, 1]
    assert not any("is_topic_message" in message for message in chain)


def test_privacy_hides_what_is_not_for_the_bot() -> None:
    """With group privacy a bot reads commands, mentions of it and replies to it, no more."""
    world = furnished_world(Settings(privacy=True))
    world.call(TOKEN, "sendMessage", {"chat_id": GROUP, "text": "q"}, 0.0)
    for text in ("chat", "@somebody hi", "@tickertape_bot hi", "/help", "/help@other_bot"):
        world.person_writes(GROUP, text, 0.0)
    world.person_writes(GROUP, "answer", 0.0, reply_to=1)
    world.person_writes(GROUP, "talk", 0.0, reply_to=2)
    world.person_writes(YOU, "private", 0.0)
    assert texts(updates(world)) == ["@tickertape_bot hi", "/help", "answer", "private"]
    world.upgrade_to_supergroup(GROUP, 0.0)
    services = [_dict(update["message"]) for update in updates(world)][-2:]
    assert not any("text" in message for message in services)
    me = _dict(world.call(TOKEN, "getMe", {}, 0.0).result)
    assert me["can_read_all_group_messages"] is False


def test_every_bot_has_its_own_queue_and_private_chats() -> None:
    """Two bots read the group each, and know nothing of the other's private chat."""
    world = furnished_world()
    other = world.add_bot("77:other", "other_bot")
    world.person_writes(GROUP, "all", 0.0)
    world.person_writes(YOU, "for the other", 0.0, bot_id=other.id)
    assert texts(updates(world)) == ["all"]
    result = world.call("77:other", "getUpdates", {}, 0.0).result
    assert isinstance(result, list)
    assert texts(result) == ["all", "for the other"]
    assert world.screen(YOU).messages == ()
    assert world.screen(YOU, bot_id=other.id).texts == ("for the other",)


def _dict(value: object) -> dict[str, object]:
    assert isinstance(value, dict)
    return value
