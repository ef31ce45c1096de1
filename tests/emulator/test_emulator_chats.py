"""What persons do, what becomes of chats, and what bots read of it."""

from __future__ import annotations

import pytest

from tickertape.emulator import (
    BEN,
    BOT_ID,
    CHANNEL,
    FORUM,
    GROUP,
    SUPERGROUP,
    TOKEN,
    YOU,
    Settings,
    World,
    WorldError,
    furnished_world,
)
from tickertape.emulator.answers import Json
from tickertape.emulator.chats import ChatType


def updates(world: World, now: float = 0.0) -> list[Json]:
    """Read what waits for the bot."""
    result = world.call(TOKEN, "getUpdates", {}, now).result
    assert isinstance(result, list)
    return result


def test_a_private_chat_begins_when_the_person_writes() -> None:
    """Before, the bot may not write; after, it may."""
    world = furnished_world()
    params = {"chat_id": BEN, "text": "x"}
    before = world.call(TOKEN, "sendMessage", params, 0.0)
    assert before.description == "Forbidden: bot can't initiate conversation with a user"
    world.person_writes(BEN, "/start", 0.0)
    assert world.call(TOKEN, "sendMessage", params, 0.0).status == 200
    assert updates(world)[0]["message"] == {
        "message_id": 1,
        "from": {"id": BEN, "is_bot": False, "first_name": "Ben", "username": "ben_of_the_team"},
        "chat": {
            "id": BEN, "type": "private", "first_name": "Ben", "username": "ben_of_the_team",
        },
        "date": 1_790_000_000,
        "text": "/start",
        "entities": [{"type": "bot_command", "offset": 0, "length": 6}],
    }  # fmt: skip


def test_an_upgraded_group_sends_its_bots_elsewhere() -> None:
    """The old id is answered with the new one, both chats announce it, and the new one works."""
    world = furnished_world()
    world.person_writes(GROUP, "hi", 0.0)
    new = world.upgrade_to_supergroup(GROUP, 1.0)
    answer = world.call(TOKEN, "sendMessage", {"chat_id": GROUP, "text": "x"}, 1.0)
    assert answer.body == {
        "ok": False,
        "error_code": 400,
        "description": "Bad Request: group chat was upgraded to a supergroup chat",
        "parameters": {"migrate_to_chat_id": new.id},
    }
    messages = [update["message"] for update in updates(world)]
    services = [m for m in messages if isinstance(m, dict) and "text" not in m]
    assert [message.get("migrate_to_chat_id") for message in services] == [new.id, None]
    assert [message.get("migrate_from_chat_id") for message in services] == [None, GROUP]
    assert world.call(TOKEN, "sendMessage", {"chat_id": new.id, "text": "x"}, 2.0).status == 200
    with pytest.raises(WorldError, match="by now"):
        world.person_writes(GROUP, "anyone?", 2.0)
    for chat_id in (GROUP, SUPERGROUP):
        with pytest.raises(WorldError, match="Only a basic group"):
            world.upgrade_to_supergroup(chat_id, 3.0)


def test_a_bot_is_told_what_it_may_do() -> None:
    """Blocking and unblocking reach the bot as changes of its membership."""
    world = furnished_world()
    world.block(YOU, 0.0)
    world.unblock(YOU, 1.0)
    world.kick(CHANNEL, 2.0)
    world.demote(GROUP, 3.0)
    changes = [update["my_chat_member"] for update in updates(world)]
    shown = [
        (change["old_chat_member"]["status"], change["new_chat_member"]["status"])
        for change in changes
        if isinstance(change, dict)
    ]
    assert shown == [
        ("member", "kicked"),
        ("kicked", "member"),
        ("administrator", "kicked"),
        ("member", "restricted"),
    ]


def test_a_press_reaches_the_bot_and_can_be_answered_once() -> None:
    """A button sends its data; the query can be answered in time, and once."""
    world = furnished_world()
    button = {"inline_keyboard": [[{"text": "Stop", "callback_data": "stop"}]]}
    params = {"chat_id": GROUP, "text": "x", "reply_markup": button}
    world.call(TOKEN, "sendMessage", params, 0.0)
    first = world.press_button(GROUP, 1, "stop", 1.0, person_id=BEN)
    second = world.press_button(GROUP, 1, "stop", 2.0)
    query = updates(world)[0]["callback_query"]
    assert isinstance(query, dict)
    assert (query["id"], query["data"], query["from"]["id"]) == (first, "stop", BEN)
    assert query["message"]["reply_markup"] == button
    answers = [
        world.call(TOKEN, "answerCallbackQuery", {"callback_query_id": name}, now).status
        for name, now in ((first, 3.0), (first, 4.0), (second, 62.0))
    ]
    assert answers == [200, 400, 400]
    with pytest.raises(WorldError, match="no button"):
        world.press_button(GROUP, 1, "go", 5.0)


def test_persons_delete_messages_without_a_word_to_the_bot() -> None:
    """The message is gone; bots read nothing of it."""
    world = furnished_world()
    world.call(TOKEN, "sendMessage", {"chat_id": YOU, "text": "x"}, 0.0)
    world.delete_message(YOU, 1, 1.0)
    assert world.screen(YOU).messages == ()
    assert updates(world) == []


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (lambda world: world.person_writes(YOU, " ", 0.0), "The text is empty"),
        (lambda world: world.person_writes(YOU, "x" * 4097, 0.0), "longer than 4096"),
        (lambda world: world.person_writes(YOU, "\ud800", 0.0), "not valid Unicode"),
        (lambda world: world.person_writes(5, "x", 0.0), "no chat 5"),
        (lambda world: world.person_writes(GROUP, "x", 0.0, person_id=5), "no such person"),
        (lambda world: world.person_writes(GROUP, "x", 0.0, thread_id=5), "no topic 5"),
        (lambda world: world.person_writes(GROUP, "x", 0.0, reply_to=5), "no message 5"),
        (lambda world: world.person_writes(YOU, "x", 0.0, bot_id=5), "no such bot"),
        (lambda world: world.delete_message(YOU, 5, 0.0), "no message 5"),
        (lambda world: world.press_button(YOU, 5, "x", 0.0), "no button"),
        (lambda world: world.close_topic(FORUM, 5), "no topic 5"),
        (lambda world: world.delete_topic(GROUP, 5), "no topic 5"),
        (lambda world: world.add_topic(GROUP, "x", 0.0), "has no topics"),
        (lambda world: world.add_bot("x", "x_bot"), "A token is"),
        (lambda world: world.add_bot(f"{BOT_ID}:x", "x_bot"), "this number already"),
        (lambda world: world.add_person(YOU, "x"), "is taken"),
        (lambda world: world.add_person(-1, "x"), "not positive"),
        (lambda world: world.add_chat(GROUP, ChatType.GROUP, "x"), "is taken"),
        (lambda world: world.add_chat(5, ChatType.GROUP, "x"), "not negative"),
        (lambda world: world.add_chat(-5, ChatType.GROUP, "x", is_forum=True), "Only supergroups"),
        (lambda world: world.add_chat(-5, ChatType.PRIVATE, "x"), "begin by writing"),
        (lambda world: World().person_writes(YOU, "x", 0.0), "no such bot"),
    ],
)
def test_what_persons_cannot_do_is_said_in_one_sentence(act: object, sentence: str) -> None:
    """Every impossible act is refused with a sentence that says why."""
    assert callable(act)
    with pytest.raises(WorldError, match=sentence):
        act(furnished_world())


def test_a_button_of_a_person_cannot_be_pressed() -> None:
    """Only what a bot wrote has buttons that are heard."""
    world = furnished_world()
    message = world.person_writes(YOU, "x", 0.0)
    with pytest.raises(WorldError):
        world.press_button(YOU, message.message_id, "x", 0.0)


def test_commands_are_kept_for_each_scope_and_language() -> None:
    """Lists of commands do not disturb each other, and can be deleted."""
    world = furnished_world()
    scope = {"type": "chat", "chat_id": GROUP}
    commands = [{"command": "/help", "description": " Helps "}]

    def call(method: str, **params: object) -> object:
        return world.call(TOKEN, method, params, 0.0).result

    assert call("setMyCommands", commands=commands, scope=scope, language_code="de") is True
    assert call("getMyCommands") == []
    kept = [{"command": "help", "description": "Helps"}]
    assert call("getMyCommands", scope=scope, language_code="de") == kept
    assert call("deleteMyCommands", scope=scope, language_code="de") is True
    assert call("getMyCommands", scope=scope, language_code="de") == []


@pytest.mark.parametrize(
    ("chat_id", "user_id", "status"),
    [
        (GROUP, YOU, "member"),
        (GROUP, BOT_ID, "member"),
        (CHANNEL, BOT_ID, "administrator"),
        (YOU, YOU, "member"),
        (GROUP, 77, "left"),
    ],
)
def test_members_are_known(chat_id: int, user_id: int, status: str) -> None:
    """GetChatMember tells what somebody is in a chat."""
    world = furnished_world()
    other = world.add_bot("77:other", "other_bot")
    world.chat(GROUP).access.pop(other.id)
    params = {"chat_id": chat_id, "user_id": user_id}
    member = world.call(TOKEN, "getChatMember", params, 0.0).result
    assert isinstance(member, dict)
    assert member["status"] == status


def test_chats_are_described() -> None:
    """GetChat tells a chat's type, title and whether it has topics."""
    world = furnished_world()
    chat = world.call(TOKEN, "getChat", {"chat_id": FORUM}, 0.0).result
    assert isinstance(chat, dict)
    assert (chat["type"], chat["title"], chat["is_forum"]) == ("supergroup", "Workshop", True)


def test_every_change_is_in_the_journal() -> None:
    """Readers get all changes after a number in order, or learn that they fell behind."""
    world = furnished_world()
    seq = world.journal.seq
    world.person_writes(YOU, "x", 0.0)
    world.delete_message(YOU, 1, 0.0)
    changes = world.journal.after(seq)
    assert changes is not None
    assert [change.as_json()["type"] for change in changes] == ["message", "deleted"]
    assert [change.seq for change in changes] == [seq + 1, seq + 2]
    assert world.journal.after(seq + 2) == []
    assert world.journal.after(seq + 3) is None


def test_listeners_hear_of_changes() -> None:
    """Whoever waits is called after a change."""
    world = furnished_world(Settings())
    heard: list[int] = []
    world.listen(lambda: heard.append(world.journal.seq))
    world.person_writes(YOU, "x", 0.0)
    assert heard


def test_secrets_stay_inside() -> None:
    """No token and no secret of a webhook is in a representation or in the log of calls."""
    world = furnished_world()
    params = {"url": "https://a.b", "secret_token": "hush"}
    world.call(TOKEN, "setWebhook", params, 0.0)
    logged = [record.as_json() for _, record in world.calls.after(0)]
    shown = f"{world.bots} {logged} {world.journal.after(0)}"
    assert TOKEN not in shown
    assert "hush" not in shown
