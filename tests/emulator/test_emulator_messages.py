"""Messages: what is sent, edited and deleted, and the exact words of every refusal."""

from __future__ import annotations

import json

import pytest

from tickertape.emulator import (
    BEN,
    BOT_ID,
    CHANNEL,
    FORUM,
    GROUP,
    IDEAS,
    RELEASES,
    SUPERGROUP,
    TOKEN,
    YOU,
    Answer,
    Floods,
    Settings,
    World,
    furnished_world,
)

FREE = Settings(floods=Floods(private=(), group=(), bot=(), drafts=()))
BUTTON = {"inline_keyboard": [[{"text": "Stop", "callback_data": "stop"}]]}
NOT_MODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup are "
    "exactly the same as a current content and reply markup of the message"
)


@pytest.fixture
def world() -> World:
    """A world without flood control, where the bot said "first" to you (message 1)."""
    world = furnished_world(FREE)
    call(world, "sendMessage", chat_id=YOU, text="first")
    return world


def call(world: World, method: str, now: float = 0.0, /, **params: object) -> Answer:
    """One call of the bot."""
    return world.call(TOKEN, method, params, now)


def result(answer: Answer) -> dict[str, object]:
    """The object that a call returned."""
    assert isinstance(answer.result, dict), answer
    return answer.result


def test_a_message_comes_back_as_it_stands(world: World) -> None:
    """The returned message has its id, its author, its chat and its cleaned text."""
    answer = call(
        world, "sendMessage", chat_id=str(YOU), text="  hi *you*\n", parse_mode="markdown"
    )
    assert result(answer) == {
        "message_id": 2,
        "from": {
            "id": BOT_ID,
            "is_bot": True,
            "first_name": "Tickertape",
            "username": "tickertape_bot",
        },
        "chat": {"id": YOU, "type": "private", "first_name": "You", "username": "you"},
        "date": 1_790_000_000,
        "text": "hi you",
        "entities": [{"type": "bold", "offset": 3, "length": 3}],
    }
    assert world.screen(YOU).texts == ("first", "hi you")


def test_ids_ascend_in_the_account_or_in_the_chat(world: World) -> None:
    """Private chats and basic groups share a counter; supergroups and channels have their own."""
    chats = (GROUP, YOU, SUPERGROUP, CHANNEL, SUPERGROUP, GROUP)
    ids = [
        result(call(world, "sendMessage", chat_id=chat, text="x"))["message_id"] for chat in chats
    ]
    assert ids == [2, 3, 1, 1, 2, 4]


def test_a_channel_post_has_no_author(world: World) -> None:
    """In a channel the channel itself speaks; the bot may still edit its post."""
    post = result(call(world, "sendMessage", chat_id="@News_of_the_team", text="x"))
    assert "from" not in post
    assert post["sender_chat"] == post["chat"]
    edited = call(world, "editMessageText", chat_id=CHANNEL, message_id=1, text="y")
    assert result(edited)["text"] == "y"


def test_topics_are_flagged_and_replies_stay_in_their_topic(world: World) -> None:
    """A message in a topic says so; one that answers it lands in the same topic."""
    first = result(call(world, "sendMessage", chat_id=FORUM, text="a", message_thread_id=IDEAS))
    assert (first["message_thread_id"], first["is_topic_message"]) == (IDEAS, True)
    reply = {"message_id": first["message_id"]}
    second = result(call(world, "sendMessage", chat_id=FORUM, text="b", reply_parameters=reply))
    assert second["message_thread_id"] == IDEAS


def test_an_edit_changes_text_and_drops_the_keyboard(world: World) -> None:
    """An edit marks the message; a keyboard that is not named again is gone."""
    sent = result(call(world, "sendMessage", chat_id=YOU, text="x", reply_markup=BUTTON))
    assert sent["reply_markup"] == BUTTON
    edited = result(call(world, "editMessageText", 5.0, chat_id=YOU, message_id=2, text="x"))
    assert "reply_markup" not in edited
    assert edited["edit_date"] == 1_790_000_005


def test_text_and_rich_can_replace_each_other(world: World) -> None:
    """A text becomes a rich message in place, and a rich message a text."""
    rich = {"blocks": [{"type": "paragraph", "text": "a"}]}
    edited = result(call(world, "editMessageText", chat_id=YOU, message_id=1, rich_message=rich))
    assert edited["rich_message"] == rich
    assert "text" not in edited
    again = call(world, "editMessageText", chat_id=YOU, message_id=1, rich_message=json.dumps(rich))
    assert again.description == NOT_MODIFIED
    back = result(call(world, "editMessageText", chat_id=YOU, message_id=1, text="b"))
    assert "rich_message" not in back


def test_the_same_content_is_not_modified(world: World) -> None:
    """Content and keyboard are compared after cleaning, entities included."""
    edit = {"chat_id": YOU, "message_id": 1}
    assert call(world, "editMessageText", **edit, text=" first ").description == NOT_MODIFIED
    bold = [{"type": "bold", "offset": 0, "length": 5}]
    assert call(world, "editMessageText", **edit, text="first", entities=bold).status == 200
    assert call(world, "editMessageText", **edit, text="first", reply_markup=BUTTON).status == 200
    again = call(world, "editMessageText", **edit, text="first", reply_markup=json.dumps(BUTTON))
    assert again.description == NOT_MODIFIED
    empty: dict[str, object] = {"inline_keyboard": []}
    assert call(world, "editMessageText", **edit, text="first", reply_markup=empty).status == 200


def test_parse_mode_goes_before_entities(world: World) -> None:
    """Where both are given, the markup decides."""
    entities = [{"type": "code", "offset": 0, "length": 1}]
    sent = call(
        world, "sendMessage", chat_id=YOU, text="*b*", parse_mode="Markdown", entities=entities
    )
    assert result(sent)["entities"] == [{"type": "bold", "offset": 0, "length": 1}]


def test_length_is_counted_in_code_points_after_parsing(world: World) -> None:
    """4096 emoji fit, and so does a longer source whose markup goes away."""
    assert call(world, "sendMessage", chat_id=YOU, text="😀" * 4096).status == 200
    marked = call(world, "sendMessage", chat_id=YOU, text=f"*{'x' * 4096}*", parse_mode="Markdown")
    assert marked.status == 200


def test_deleting_ends_messages(world: World) -> None:
    """A deleted message is gone for everybody, and cannot be edited or deleted again."""
    assert call(world, "deleteMessage", chat_id=YOU, message_id=1).result is True
    assert world.screen(YOU).messages == ()
    gone = call(world, "editMessageText", chat_id=YOU, message_id=1, text="x")
    assert gone.description == "Bad Request: message to edit not found"
    gone = call(world, "deleteMessage", chat_id=YOU, message_id=1)
    assert gone.description == "Bad Request: message to delete not found"


def test_many_can_be_deleted_at_once(world: World) -> None:
    """What is there is deleted, what is not is passed over."""
    call(world, "sendMessage", chat_id=YOU, text="second")
    assert call(world, "deleteMessages", chat_id=YOU, message_ids="[1, 2, 2, 99]").result is True
    assert world.screen(YOU).messages == ()


def test_what_others_wrote_is_theirs(world: World) -> None:
    """A bot edits only its own; it deletes a person's message in private, not in a group."""
    private = world.person_writes(YOU, "mine", 0.0).message_id
    group = world.person_writes(GROUP, "mine", 0.0).message_id
    for chat_id, message_id in ((YOU, private), (GROUP, group), (FORUM, IDEAS)):
        edit = call(world, "editMessageText", chat_id=chat_id, message_id=message_id, text="x")
        assert edit.description == "Bad Request: message can't be edited"
    for method, name in (("deleteMessage", "message_id"), ("deleteMessages", "message_ids")):
        value = group if name == "message_id" else [group]
        answer = call(world, method, chat_id=GROUP, **{name: value})
        assert answer.description == "Bad Request: message can't be deleted"
    assert call(world, "deleteMessage", chat_id=YOU, message_id=private).status == 200


def test_old_messages_cannot_be_deleted_but_edited(world: World) -> None:
    """After 48 hours a message stays; edits have no time limit."""
    later = 48 * 3600.0
    old = call(world, "deleteMessage", later, chat_id=YOU, message_id=1)
    assert old.description == "Bad Request: message can't be deleted"
    assert call(world, "editMessageText", later, chat_id=YOU, message_id=1, text="x").status == 200


def test_a_reply_keyboard_is_not_shown_back_and_forbids_edits(world: World) -> None:
    """Only inline keyboards belong to a message; one with another keyboard cannot be edited."""
    keyboard = {
        "keyboard": [["a", {"text": "b", "request_contact": True}]],
        "resize_keyboard": True,
    }
    for markup in (keyboard, {"remove_keyboard": True}, {"force_reply": True, "selective": True}):
        sent = result(call(world, "sendMessage", chat_id=YOU, text="x", reply_markup=markup))
        assert "reply_markup" not in sent
        edit = call(world, "editMessageText", chat_id=YOU, message_id=sent["message_id"], text="y")
        assert edit.description == "Bad Request: message can't be edited"


SEND = {"chat_id": YOU, "text": "x"}
EDIT = {"chat_id": YOU, "message_id": 1, "text": "x"}


@pytest.mark.parametrize(
    ("method", "params", "description"),
    [
        ("sendMessage", {"text": "x"}, "chat_id is empty"),
        ("sendMessage", {**SEND, "chat_id": ""}, "chat_id is empty"),
        ("sendMessage", {**SEND, "chat_id": 5}, "chat not found"),
        ("sendMessage", {**SEND, "chat_id": "abc"}, "chat not found"),
        ("sendMessage", {**SEND, "chat_id": "@nobody_is_here"}, "chat not found"),
        ("sendMessage", {**SEND, "chat_id": "@"}, "chat not found"),
        ("sendMessage", {**SEND, "chat_id": 10**30}, "chat not found"),
        ("sendMessage", {**SEND, "chat_id": [1]}, 'parameter "chat_id" must be a text'),
        ("sendMessage", {**SEND, "chat_id": True}, 'parameter "chat_id" must be a text'),
        ("sendMessage", {"chat_id": YOU}, "message text is empty"),
        ("sendMessage", {**SEND, "text": ""}, "message text is empty"),
        ("sendMessage", {**SEND, "text": " \n\u200b"}, "text must be non-empty"),
        ("sendMessage", {**SEND, "text": {"a": 1}}, 'parameter "text" must be a text'),
        ("sendMessage", {**SEND, "text": "\ud800"}, "strings must be encoded in UTF-8"),
        ("sendMessage", {**SEND, "text": "x" * 4097}, "message is too long"),
        ("sendMessage", {**SEND, "text": "x" * 32_769}, "text is too long"),
        ("sendMessage", {**SEND, "parse_mode": "BBCode"}, "unsupported parse_mode"),
        ("sendMessage", {**SEND, "text": "a.", "parse_mode": "MarkdownV2"},
         ("can't parse entities: Character '.' is reserved and must be escaped with the preceding "
         "'\\'")),
        ("sendMessage", {**SEND, "entities": "[{"}, "can't parse entities JSON object"),
        ("sendMessage", {**SEND, "message_thread_id": 5}, "message thread not found"),
        ("sendMessage", {**SEND, "chat_id": FORUM, "message_thread_id": 1},
         "message thread not found"),
        ("sendMessage", {**SEND, "chat_id": GROUP, "message_thread_id": 9},
         "message thread not found"),
        ("sendMessage", {**SEND, "message_thread_id": "x"},
         'parameter "message_thread_id" must be an integer'),
        ("sendMessage", {**SEND, "message_thread_id": 2**63},
         'parameter "message_thread_id" is out of range'),
        ("sendMessage", {**SEND, "reply_parameters": {"message_id": 99}},
         "message to be replied not found"),
        ("sendMessage", {**SEND, "reply_parameters": {"message_id": 1, "chat_id": GROUP}},
         "message to be replied not found"),
        ("sendMessage", {**SEND, "reply_to_message_id": 99}, "message to be replied not found"),
        ("sendMessage", {**SEND, "reply_parameters": {"message_id": "1"}},
         ("can't parse reply parameters JSON object: "
         'Field "message_id" must be of type Integer')),
        ("sendMessage", {**SEND, "reply_parameters": "{"},
         "can't parse reply parameters JSON object"),
        ("sendMessage", {**SEND, "link_preview_options": {"is_disabled": "yes"}},
         ("can't parse link preview options JSON object: "
         'Field "is_disabled" must be of type Boolean')),
        ("sendMessage", {**SEND, "disable_notification": "maybe"},
         'parameter "disable_notification" must be a boolean'),
        ("sendMessage", {**SEND, "colour": "red"}, 'unknown parameter "colour"'),
        ("sendMessage", {**SEND, "business_connection_id": "b"},
         'the emulator does not model "business_connection_id"'),
        ("sendMessage", {**SEND, "reply_markup": "{"},
         "can't parse reply keyboard markup JSON object"),
        ("sendMessage", {**SEND, "reply_markup": {}},
         "can't parse reply keyboard markup JSON object: object expected as reply markup"),
        ("sendMessage", {**SEND, "reply_markup": {"inline_keyboard": [[{"text": 5, "url": "x"}]]}},
         "can't parse reply keyboard markup JSON object: Field \"text\" must be of type String"),
        ("sendMessage", {**SEND, "reply_markup": {"inline_keyboard": [{"text": "a"}]}},
         "can't parse reply keyboard markup JSON object: rows of a keyboard must be of type Array"),
        ("sendMessage", {**SEND, "reply_markup": {"inline_keyboard": [[{"text": "a"}]]}},
         ("can't parse reply keyboard markup JSON object: "
         "Text buttons are unallowed in the inline keyboard")),
        ("sendMessage", {**SEND, "reply_markup": {"inline_keyboard": [
            [{"text": "a", "url": "http://a", "callback_data": "a"}]]}},
         "can't parse reply keyboard markup JSON object: a button must have exactly one action"),
        ("sendMessage", {**SEND, "reply_markup": {"inline_keyboard": [
            [{"text": "a", "callback_data": "ü" * 33}]]}}, "BUTTON_DATA_INVALID"),
        ("sendMessage", {**SEND, "reply_markup": {"inline_keyboard": [
            [{"text": "a", "url": "nowhere"}]]}}, "BUTTON_URL_INVALID"),
        ("sendMessage", {**SEND, "reply_markup": {"inline_keyboard": [
            [{"text": "", "callback_data": "a"}]]}}, "BUTTON_INVALID"),
        ("editMessageText", {"chat_id": YOU, "message_id": 1}, "message text is empty"),
        ("editMessageText", {"chat_id": YOU, "text": "x"}, "message identifier is not specified"),
        ("editMessageText", {**EDIT, "message_id": 99}, "message to edit not found"),
        ("editMessageText", {**EDIT, "text": "x" * 4097}, "MESSAGE_TOO_LONG"),
        ("editMessageText", {**EDIT, "text": " "}, "text must be non-empty"),
        ("editMessageText", {**EDIT, "rich_message": {"html": "x"}},
         "either text or rich_message must be specified"),
        ("editMessageText", {**EDIT, "inline_message_id": "abc"}, "MESSAGE_ID_INVALID"),
        ("editMessageText", {**EDIT, "reply_markup": {"force_reply": True}},
         "can't parse reply keyboard markup JSON object: inline keyboard expected"),
        ("deleteMessages", {"chat_id": YOU, "message_ids": []},
         "message identifiers are not specified"),
        ("deleteMessages", {"chat_id": YOU, "message_ids": ["1"]},
         "invalid message identifier specified"),
        ("deleteMessages", {"chat_id": YOU, "message_ids": list(range(101))},
         "too many message identifiers specified"),
        ("sendChatAction", {"chat_id": YOU}, "wrong parameter action in request"),
        ("sendChatAction", {"chat_id": YOU, "action": "dancing"},
         "wrong parameter action in request"),
        ("sendChatAction", {"chat_id": YOU, "action": "typing", "message_thread_id": 7},
         "message thread not found"),
        ("answerCallbackQuery", {"callback_query_id": "1"},
         "query is too old and response timeout expired or query ID is invalid"),
        ("answerCallbackQuery", {"callback_query_id": "1", "text": "x" * 201}, "MESSAGE_TOO_LONG"),
        ("setMyCommands", {}, "can't parse commands JSON object"),
        ("setMyCommands", {"commands": [{"command": "Ü", "description": "x"}]},
         "BOT_COMMAND_INVALID"),
        ("setMyCommands", {"commands": [{"command": "a", "description": ""}]},
         "BOT_COMMAND_DESCRIPTION_INVALID"),
        ("setMyCommands", {"commands": [{"command": "a"}]},
         "can't parse BotCommand: Can't find field \"description\""),
        ("setMyCommands", {"commands": [{"command": "a", "description": "x"}] * 101},
         "BOT_COMMANDS_TOO_MUCH"),
        ("getMyCommands", {"scope": {"type": "nowhere"}},
         ('can\'t parse BotCommandScope: Field "type" must be one of default, all_private_chats, '
         "all_group_chats, all_chat_administrators, chat, chat_administrators, chat_member")),
        ("setWebhook", {"url": "ftp://a.b"}, "bad webhook: invalid webhook URL specified"),
        ("setWebhook", {"url": "http://[a"}, "bad webhook: invalid webhook URL specified"),
        ("setWebhook", {"url": "http://a.b:0"}, "bad webhook: invalid webhook URL specified"),
        ("setWebhook", {"url": "http://a.b", "secret_token": "a b"},
         "secret token contains unallowed characters"),
        ("setWebhook", {"url": "http://a.b", "max_connections": 101},
         "max_connections must be between 1 and 100"),
        ("getUpdates", {"allowed_updates": "message"}, "can't parse allowed updates JSON object"),
        ("getUpdates", {"allowed_updates": [1]},
         "can't parse allowed updates JSON object: list of strings expected"),
        ("getUpdates", {"timeout": "soon"}, 'parameter "timeout" must be an integer'),
        ("getChatMember", {"chat_id": GROUP}, "invalid user_id specified"),
        ("getChatMember", {"chat_id": YOU, "user_id": BEN}, "invalid user_id specified"),
    ],
)  # fmt: skip
def test_refusals_are_worded_as_telegram_words_them(
    world: World, method: str, params: dict[str, object], description: str
) -> None:
    """Each way to be wrong has its own text, and changes nothing."""
    before = world.screen(YOU).texts
    answer = call(world, method, **params)
    assert (answer.status, answer.description) == (400, f"Bad Request: {description}")
    assert answer.body["error_code"] == 400
    assert world.screen(YOU).texts == before


@pytest.mark.parametrize(
    ("token", "method", "status", "description"),
    [
        ("1:unknown", "getMe", 401, "Unauthorized"),
        ("no-token", "getMe", 404, "Not Found"),
        (TOKEN, "sendEverything", 404, "Not Found: method not found"),
    ],
)
def test_tokens_and_methods_must_exist(
    world: World, token: str, method: str, status: int, description: str
) -> None:
    """Nobody's token is 401, what is no token is 404, and so is an unknown method."""
    answer = world.call(token, method, {}, 0.0)
    assert (answer.status, answer.description) == (status, description)


def test_everything_that_is_optional_can_be_given(world: World) -> None:
    """HTML, previews, quotes and every kind of button pass where they are well formed."""
    actions: list[dict[str, object]] = [
        {"url": "https://a.b", "style": "primary"},
        {"callback_data": "x", "icon_custom_emoji_id": "5"},
        {"web_app": {"url": "https://a.b"}},
        {"pay": True},
        {"switch_inline_query": ""},
        {"copy_text": {"text": "x"}},
    ]
    rows = [[{"text": "a", **action}] for action in actions]
    sent = call(
        world,
        "sendMessage",
        chat_id=YOU,
        text="<b>x</b>",
        parse_mode="HTML",
        link_preview_options={"is_disabled": True, "url": "http://a.b"},
        reply_parameters={"message_id": 1, "quote": "fi", "quote_position": 0, "chat_id": YOU},
        reply_markup={"inline_keyboard": [*rows, []]},
    )
    assert result(sent)["entities"] == [{"type": "bold", "offset": 0, "length": 1}]
    assert result(sent)["reply_markup"] == {"inline_keyboard": rows}


def test_lax_forms_are_understood(world: World) -> None:
    """Numbers and truths may come as text, null counts as missing, methods have no case."""
    params = {
        "chat_id": f"{YOU}",
        "text": 12.5,
        "disable_notification": "True",
        "entities": None,
        "protect_content": 0,
        "message_thread_id": "",
        "reply_markup": " ",
    }
    params["message_thread_id"] = 0.0
    sent = result(world.call(TOKEN, "SENDMESSAGE", params, 0.0))
    assert sent["text"] == "12.5"


def test_a_missing_reply_can_be_allowed(world: World) -> None:
    """Both ways to answer a message can do without it."""
    lenient = {"message_id": 99, "allow_sending_without_reply": True}
    for params in (
        {"reply_parameters": lenient},
        {"reply_to_message_id": 99, "allow_sending_without_reply": True},
    ):
        sent = result(call(world, "sendMessage", chat_id=YOU, text="x", **params))
        assert "reply_to_message" not in sent
    answered = result(call(world, "sendMessage", chat_id=YOU, text="x", reply_to_message_id=1))
    reply = answered["reply_to_message"]
    assert isinstance(reply, dict)
    assert reply["text"] == "first"


def test_a_closed_topic_takes_no_messages_and_a_deleted_one_is_unknown(world: World) -> None:
    """A closed topic can be opened again, a deleted one is gone with its messages."""
    params = {"chat_id": FORUM, "text": "x", "message_thread_id": RELEASES}
    world.close_topic(FORUM, RELEASES)
    assert call(world, "sendMessage", **params).description == "Bad Request: TOPIC_CLOSED"
    world.close_topic(FORUM, RELEASES, closed=False)
    assert call(world, "sendMessage", **params).status == 200
    world.delete_topic(FORUM, RELEASES)
    gone = call(world, "sendMessage", **params)
    assert gone.description == "Bad Request: message thread not found"
    assert [message.thread_id for message in world.screen(FORUM).messages] == [IDEAS]


def test_a_thread_of_replies_can_be_written_to(world: World) -> None:
    """In a supergroup without topics, a chain of replies is a thread."""
    first = world.person_writes(SUPERGROUP, "a", 0.0).message_id
    sent = call(world, "sendMessage", chat_id=SUPERGROUP, text="b", message_thread_id=first)
    assert result(sent)["message_thread_id"] == first
    assert "is_topic_message" not in result(sent)


@pytest.mark.parametrize("method", ["sendMessage", "editMessageText", "sendChatAction"])
@pytest.mark.parametrize(
    ("act", "chat_id", "status", "description"),
    [
        ("block", YOU, 403, "Forbidden: bot was blocked by the user"),
        ("deactivate", YOU, 403, "Forbidden: user is deactivated"),
        ("kick", GROUP, 403, "Forbidden: bot was kicked from the group chat"),
        ("kick", SUPERGROUP, 403, "Forbidden: bot was kicked from the supergroup chat"),
        ("kick", CHANNEL, 403, "Forbidden: bot was kicked from the channel chat"),
        ("demote", GROUP, 400, "Bad Request: not enough rights to send text messages to the chat"),
        ("demote", CHANNEL, 400, "Bad Request: need administrator rights in the channel chat"),
    ],
)
def test_a_bot_that_is_shut_out_is_told_how(
    world: World, method: str, act: str, chat_id: int, status: int, description: str
) -> None:
    """Blocked, kicked and demoted bots get the text of their case, until they are let in again."""
    sent = result(call(world, "sendMessage", chat_id=chat_id, text="x"))
    choices: dict[str, dict[str, object]] = {
        "sendMessage": {"text": "y"},
        "editMessageText": {"text": "y", "message_id": sent["message_id"]},
        "sendChatAction": {"action": "typing"},
    }
    params = choices[method]
    getattr(world, act)(chat_id, 0.0)
    answer = call(world, method, chat_id=chat_id, **params)
    assert (answer.status, answer.description) == (status, description)
    (world.unblock if chat_id == YOU else world.admit)(chat_id, 0.0)
    assert call(world, method, chat_id=chat_id, **params).status == 200


def test_a_bot_is_no_member_of_what_came_before_it(world: World) -> None:
    """A bot that was never in a group is told so."""
    world.chat(GROUP).access.clear()
    answer = call(world, "sendMessage", chat_id=GROUP, text="x")
    assert answer.description == "Forbidden: bot is not a member of the group chat"


def test_bots_do_not_talk_to_each_other(world: World) -> None:
    """Another bot cannot be written to."""
    answer = call(world, "sendMessage", chat_id=BOT_ID, text="x")
    assert answer.description == "Forbidden: bots can't send messages to bots"
