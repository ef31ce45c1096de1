"""Updates become what a gateway reads: by tables, from JSON as the server writes it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickertape.channels.telegram.inbound import Groups, Me, inbound_of, update_id_of
from tickertape.channels.telegram.outbound import STOP_DATA
from tickertape.chat import Address, ChatKind, Message, Person, StopPressed
from tickertape.markup.rulers import UTF16
from tickertape.message import text_for_model

ME = Me(id=42, username="tickertape_bot")
ANN = {"id": 1001, "is_bot": False, "first_name": "Ann", "last_name": "Lee", "username": "ann"}
BOT = {"id": 42, "is_bot": True, "first_name": "Tape", "username": "tickertape_bot"}
OTHER_BOT = {"id": 43, "is_bot": True, "first_name": "Other", "username": "other_bot"}
PRIVATE = {"id": 1001, "type": "private", "first_name": "Ann"}
GROUP = {"id": -5, "type": "group", "title": "Team"}
FORUM = {"id": -100, "type": "supergroup", "title": "Workshop", "is_forum": True}
CHANNEL = {"id": -200, "type": "channel", "title": "News"}

POLICIES: list[Groups] = ["mention", "all", "off"]


def _entity(kind: str, text: str, part: str, **more: Any) -> dict[str, Any]:
    start = text.index(part)
    return {
        "type": kind,
        "offset": UTF16.measure(text[:start]),
        "length": UTF16.measure(part),
        **more,
    }


def _message(chat: dict[str, Any], text: str | None = None, **more: Any) -> dict[str, Any]:
    message: dict[str, Any] = {"message_id": 9, "date": 1, "chat": chat, "from": ANN, **more}
    if text is not None:
        message["text"] = text
    return {"update_id": 7, "message": message}


def _mention(chat: dict[str, Any], text: str, name: str = "@tickertape_bot") -> dict[str, Any]:
    return _message(chat, text, entities=[_entity("mention", text, name)])


def _command(chat: dict[str, Any], text: str, **more: Any) -> dict[str, Any]:
    word = text.partition(" ")[0]
    return _message(chat, text, entities=[_entity("bot_command", text, word)], **more)


def _ours() -> dict[str, Any]:
    """Make a message of the bot's."""
    return {"message_id": 3, "date": 1, "chat": GROUP, "from": BOT, "text": "said"}


def _read(update: object, groups: Groups = "mention") -> Message | None:
    inbound = inbound_of(update, ME, groups)
    assert inbound is None or isinstance(inbound, Message)
    return inbound


@pytest.mark.parametrize(("length", "may_go_on"), [(2_048, False), (2_049, True), (4_096, True)])
def test_a_text_that_may_go_on_in_another_message(length: int, *, may_go_on: bool) -> None:
    """Programs cut what is too long for one somewhere in its second half."""
    read = _read(_message(PRIVATE, "x" * length))
    assert read is not None
    assert read.may_go_on is may_go_on
    origin = {"type": "user", "sender_user": ANN, "date": 1}
    passed_on = _read(_message(PRIVATE, "x" * length, forward_origin=origin))
    assert passed_on is not None
    assert not passed_on.may_go_on


def test_a_private_message() -> None:
    """In private everything is for the bot, as it was written."""
    assert inbound_of(_message(PRIVATE, "hello"), ME) == Message(
        address=Address("telegram", "1001", ChatKind.PRIVATE),
        sender=Person("1001", "Ann Lee"),
        text="hello",
        message_id="9",
        to_us=True,
        key="7",
        order=9,
        sent_at=1.0,
    )


@pytest.mark.parametrize("groups", POLICIES)
def test_private_chats_know_no_policy(groups: Groups) -> None:
    """The policy for groups says nothing about private chats."""
    assert _read(_message(PRIVATE, "hello"), groups) is not None


def test_a_name_in_private_is_text() -> None:
    """In private the bot's name is part of what was said; a command loses its suffix."""
    said = "who is @tickertape_bot ?"
    inbound = _read(_mention(PRIVATE, said))
    assert inbound is not None
    assert inbound.text == said
    command = _read(_command(PRIVATE, "/start@tickertape_bot now"))
    assert command is not None
    assert command.text == "/start now"


@pytest.mark.parametrize(
    ("text", "name", "left"),
    [
        ("@tickertape_bot hi", "@tickertape_bot", "hi"),
        ("@TickerTape_Bot hi", "@TickerTape_Bot", "hi"),
        ("👩‍👧 hey @tickertape_bot what 😀", "@tickertape_bot", "👩‍👧 hey what 😀"),
        ("hi @tickertape_bot", "@tickertape_bot", "hi"),
    ],
)
def test_a_mention_calls_the_bot(text: str, name: str, left: str) -> None:
    """A mention in a group is for the bot, and the model does not read it."""
    inbound = _read(_mention(GROUP, text, name))
    assert inbound is not None
    assert (inbound.text, inbound.to_us) == (left, True)
    assert inbound.address == Address("telegram", "-5", ChatKind.GROUP)


def test_a_link_without_a_handle_calls_the_bot() -> None:
    """A mention by link counts when it leads to the bot."""
    text = "Tape, hi"
    ours = _message(GROUP, text, entities=[_entity("text_mention", text, "Tape", user=BOT)])
    inbound = _read(ours)
    assert inbound is not None
    assert inbound.text == ", hi"
    theirs = _message(GROUP, text, entities=[_entity("text_mention", text, "Tape", user=ANN)])
    assert _read(theirs) is None


@pytest.mark.parametrize(
    "update",
    [
        _message(GROUP, "just talking"),
        _message(GROUP, "tickertape_bot without a mark"),
        _message(GROUP, "@tickertape_bot without an entity"),
        _mention(GROUP, "ask @tickertape_bot2 now", "@tickertape_bot2"),
        _message(GROUP, "hi", reply_to_message=_message(GROUP, "x")["message"]),
    ],
)
def test_what_is_not_for_the_bot(update: dict[str, Any]) -> None:
    """What does not call the bot is read only under the policy `all`, and marked."""
    assert _read(update) is None
    assert _read(update, "off") is None
    inbound = _read(update, "all")
    assert inbound is not None
    assert inbound.to_us is False
    assert inbound.text == update["message"]["text"]


def test_off_means_off() -> None:
    """Under the policy `off` not even a mention is read."""
    assert _read(_mention(GROUP, "@tickertape_bot hi"), "off") is None


def test_a_reply_to_the_bot_is_for_it() -> None:
    """A reply to one of the bot's messages needs no mention."""
    inbound = _read(_message(GROUP, "go on", reply_to_message=_ours()))
    assert inbound is not None
    assert (inbound.text, inbound.to_us) == ("go on", True)


def test_the_root_of_a_topic_is_no_question() -> None:
    """In a topic that the bot opened, not every message is an answer to the bot."""
    root = {"message_id": 7, "date": 1, "chat": FORUM, "from": BOT, "forum_topic_created": {}}
    update = _message(
        FORUM, "hi", message_thread_id=7, is_topic_message=True, reply_to_message=root
    )
    assert _read(update) is None


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("/new", "/new"),
        ("/new@tickertape_bot", "/new"),
        ("/ask@Tickertape_Bot why 😀", "/ask why 😀"),
    ],
)
def test_a_command_calls_the_bot(text: str, left: str) -> None:
    """A command for nobody in particular, or for the bot, is read without the bot's name."""
    inbound = _read(_command(GROUP, text))
    assert inbound is not None
    assert (inbound.text, inbound.to_us) == (left, True)


@pytest.mark.parametrize(
    ("update", "names_us"),
    [
        (_command(GROUP, "/dance"), False),
        (_command(GROUP, "/dance@tickertape_bot"), True),
        (_mention(GROUP, "@tickertape_bot /dance", "@tickertape_bot"), True),
        (_mention(GROUP, "hi @tickertape_bot", "@tickertape_bot"), True),
        (_command(GROUP, "/dance", reply_to_message=_ours()), True),
        (_command(PRIVATE, "/dance"), False),
    ],
)
def test_a_command_names_the_bot_or_nobody(
    update: dict[str, Any],
    names_us: bool,
) -> None:
    """A bare command in a group may be another bot's; behind a name, or in reply, it is not."""
    inbound = _read(update)
    assert inbound is not None
    assert (inbound.to_us, inbound.names_us) == (True, names_us)


@pytest.mark.parametrize("groups", POLICIES)
def test_commands_for_others_are_theirs(groups: Groups) -> None:
    """A command that names another bot is never ours, even as a reply to us."""
    update = _command(GROUP, "/new@other_bot now")
    update["message"]["reply_to_message"] = _ours()
    assert _read(update, groups) is None


def test_a_command_inside_a_text_is_text() -> None:
    """Only a command at the start is one."""
    text = "try /new@other_bot or @tickertape_bot"
    entities = [
        _entity("bot_command", text, "/new@other_bot"),
        _entity("mention", text, "@tickertape_bot"),
    ]
    inbound = _read(_message(GROUP, text, entities=entities))
    assert inbound is not None
    assert inbound.text == "try /new@other_bot or"


def test_captions_are_text() -> None:
    """The caption of a picture is read like a text, with its own entities."""
    caption = "@tickertape_bot what is this?"
    update = _message(
        GROUP,
        caption=caption,
        caption_entities=[_entity("mention", caption, "@tickertape_bot")],
        photo=[{"file_id": "x"}],
    )
    inbound = _read(update)
    assert inbound is not None
    assert inbound.text == "what is this?"


@pytest.mark.parametrize(
    ("more", "thread"),
    [
        ({}, None),
        ({"message_thread_id": 7}, None),
        ({"message_thread_id": 7, "is_topic_message": True}, "7"),
        ({"message_thread_id": 1, "is_topic_message": True}, None),
    ],
)
def test_topics(more: dict[str, Any], thread: str | None) -> None:
    """The topic counts only where the message says that it lies in one; General has no number."""
    inbound = _read(_message(FORUM, "hi", **more), "all")
    assert inbound is not None
    assert inbound.address == Address("telegram", "-100", ChatKind.GROUP, thread)


def test_a_private_topic() -> None:
    """A topic of a private chat is part of the address."""
    inbound = _read(_message(PRIVATE, "hi", message_thread_id=70, is_topic_message=True))
    assert inbound is not None
    assert inbound.address == Address("telegram", "1001", ChatKind.PRIVATE, "70")


def test_a_channel_post() -> None:
    """A channel's post is read like a group's message, and has no sender."""
    text = "@tickertape_bot sum up"
    post = {
        "message_id": 9,
        "date": 1,
        "chat": CHANNEL,
        "sender_chat": CHANNEL,
        "text": text,
        "entities": [_entity("mention", text, "@tickertape_bot")],
    }
    update = {"update_id": 7, "channel_post": post}
    assert inbound_of(update, ME) == Message(
        address=Address("telegram", "-200", ChatKind.CHANNEL),
        sender=None,
        text="sum up",
        message_id="9",
        to_us=True,
        key="7",
        order=9,
        sent_at=1.0,
    )
    assert inbound_of({"update_id": 7, "channel_post": {**post, "entities": []}}, ME) is None


@pytest.mark.parametrize("draft_id", [77, "77"])
@pytest.mark.parametrize(("thread_id", "thread"), [(None, None), (5, "5")])
def test_the_stop_button(draft_id: int | str, thread_id: int | None, thread: str | None) -> None:
    """A press is read with its draft's number in both forms, and the person is the chat's."""
    stop: dict[str, Any] = {"chat": PRIVATE, "draft_id": draft_id}
    if thread_id is not None:
        stop["message_thread_id"] = thread_id
    assert inbound_of({"update_id": 7, "stopped_message_generation": stop}, ME) == StopPressed(
        address=Address("telegram", "1001", ChatKind.PRIVATE, thread),
        sender=Person("1001", "Ann"),
        draft_id="77",
        key="7",
    )


def _press(message: dict[str, Any] | None, data: str | None = STOP_DATA) -> dict[str, Any]:
    """A press of a button under `message`; without one, of a button elsewhere."""
    press: dict[str, Any] = {"id": "55", "from": ANN, "chat_instance": "1"}
    if message is not None:
        press["message"] = message
    if data is not None:
        press["data"] = data
    return {"update_id": 7, "callback_query": press}


@pytest.mark.parametrize("groups", POLICIES)
def test_a_press_under_a_message(groups: Groups) -> None:
    """It names the message, its place, the person and the press, under every policy."""
    written = _message(GROUP, "x", message_thread_id=3, is_topic_message=True)["message"]
    assert inbound_of(_press(written), ME, groups) == StopPressed(
        address=Address("telegram", "-5", ChatKind.GROUP, "3"),
        sender=Person("1001", "Ann Lee"),
        message_id="9",
        press_id="55",
        key="7",
    )


def test_a_press_under_a_chain_of_replies() -> None:
    """A thread that is no topic is no place of its own."""
    written = _message(PRIVATE, "x", message_thread_id=3)["message"]
    press = inbound_of(_press(written), ME)
    assert press is not None
    assert press.address == Address("telegram", "1001", ChatKind.PRIVATE)


def test_a_press_under_a_message_that_is_too_old() -> None:
    """It is told with its number, so that it can be acknowledged."""
    press = inbound_of(_press({"message_id": 9, "chat": GROUP, "date": 0}), ME)
    assert press == StopPressed(
        address=Address("telegram", "-5", ChatKind.GROUP),
        sender=Person("1001", "Ann Lee"),
        message_id="9",
        press_id="55",
        key="7",
    )


@pytest.mark.parametrize(
    "update",
    [
        _press(_message(PRIVATE, "x")["message"], "buy"),
        _press(_message(PRIVATE, "x")["message"], None),
        _press(None),
    ],
)
def test_presses_of_other_buttons(update: dict[str, Any]) -> None:
    """Buttons that are not ours, and buttons in no chat, are somebody else's."""
    assert inbound_of(update, ME) is None


@pytest.mark.parametrize(
    "update",
    [
        {"update_id": 7},
        {"update_id": 7, "edited_message": _message(PRIVATE, "x")["message"]},
        {"update_id": 7, "poll": {"id": "1"}},
        _message(GROUP, new_chat_members=[BOT]),
        _message(PRIVATE, pinned_message={"message_id": 1}),
        _message(GROUP, "beep", **{"from": OTHER_BOT}),
        _message(GROUP, "beep", **{"from": BOT}),
        _message(PRIVATE, "beep", **{"from": BOT}),
        _message(FORUM, "@tickertape_bot", is_automatic_forward=True),
        _message(GROUP, "/secret", message_id=0, ephemeral_message_id=3),
        _message({**FORUM, "is_direct_messages": True}, "hi"),
        _message(PRIVATE, "hi", business_connection_id="x"),
    ],
)
@pytest.mark.parametrize("groups", POLICIES)
def test_what_is_never_read(update: dict[str, Any], groups: Groups) -> None:
    """Edits, service messages, other bots, business accounts: nothing to read."""
    assert inbound_of(update, ME, groups) is None


def test_unknown_contents_are_no_obstacle() -> None:
    """A message is read whatever else it holds, of whatever shape."""
    inbound = _read(_message(PRIVATE, "hi", novelty=[{"type": 3}], quote="?", photo="?"))
    assert inbound is not None
    assert inbound.text == "hi"


@pytest.mark.parametrize(
    "update",
    [
        None,
        7,
        "update",
        [],
        {"update_id": 7, "message": "hi"},
        {"update_id": 7, "message": {"text": "hi"}},
        {"update_id": 7, "message": {"message_id": 1, "chat": {"id": 1}, "text": "hi"}},
        _message({"id": 1, "type": "sender"}, "hi"),
        {"update_id": 7, "stopped_message_generation": {"chat": PRIVATE, "draft_id": "x"}},
        {"update_id": 7, "callback_query": {"id": "1"}},
    ],
)
def test_malformed_updates(update: object) -> None:
    """What is not an update is a ValueError, whatever it is."""
    with pytest.raises(ValueError, match=r".+"):
        inbound_of(update, ME)


@pytest.mark.parametrize(
    "odd",
    [
        {"entities": None},
        {"entities": [{"type": "mention"}, "x", None]},
        {"entities": {"0": 1}},
        {"caption_entities": None},
        {"reply_to_message": {"message_id": 1}},
        {"reply_to_message": None},
        {"reply_to_message": {"chat": PRIVATE, "message_id": 1, "text": 5}},
        {"quote": None, "external_reply": [], "forward_origin": 7, "sender_chat": "x"},
    ],
)
def test_no_word_is_lost_with_what_stands_beside_it(odd: dict[str, object]) -> None:
    """A shape that is not known, of what is no word, makes nobody meet silence."""
    update = {"update_id": 7, "message": {"message_id": 2, "chat": PRIVATE, "text": "hi", **odd}}
    read = inbound_of(update, ME)
    assert isinstance(read, Message)
    assert "hi" in text_for_model(read.content)


def test_of_many_entities_only_the_odd_one_is_left_out() -> None:
    """A name beside an entity of an unknown shape calls the bot all the same."""
    name = f"@{ME.username}"
    entities = [{"type": "new"}, {"type": "mention", "offset": 0, "length": len(name)}]
    group = {"id": -5, "type": "group"}
    message = {"message_id": 2, "chat": group, "text": f"{name} hi", "entities": entities}
    read = inbound_of({"update_id": 7, "message": message}, ME)
    assert isinstance(read, Message)
    assert read.text == "hi"


def test_the_same_update_has_the_same_key_and_another_has_another() -> None:
    """What is reported twice can be told, whatever it is; the same words twice are two messages."""
    written = _message(GROUP, "x")["message"]
    stop = {"chat": PRIVATE, "draft_id": 77}
    moved = {**written, "migrate_to_chat_id": -100}
    kinds: list[dict[str, Any]] = [
        _message(PRIVATE, "hello"),
        _press(written),
        {"stopped_message_generation": stop},
        {"message": moved},
        {"channel_post": {**written, "chat": CHANNEL}},
    ]
    keys = []
    for number, update in enumerate(kinds * 2):
        read = [inbound_of({**update, "update_id": number}, ME, "all") for _ in range(2)]
        assert read[0] is not None
        assert read[0] == read[1]
        keys.append(read[0].key)
    assert all(keys)
    assert len(set(keys)) == len(keys)


def test_the_order_grows_within_a_chat() -> None:
    """By the number of the message, which has more digits one day: not by its id, as text."""
    orders = []
    for number in (9, 10, 99, 100):
        update = _message(GROUP, "hi")
        update["message"]["message_id"] = number
        read = _read(update, "all")
        assert read is not None
        assert read.message_id == str(number)
        orders.append(read.order)
    assert orders == sorted(set(orders))


def test_an_update_without_a_number_has_no_key() -> None:
    """A caller of its own may have taken the number away; the message is read all the same."""
    update = _message(PRIVATE, "hello")
    del update["update_id"]
    read = _read(update)
    assert read is not None
    assert read.key == ""


@pytest.mark.parametrize(
    ("update", "update_id"),
    [({"update_id": 7}, 7), ({"update_id": "7"}, None), ({}, None), ("x", None), (None, None)],
)
def test_update_id_of(update: object, update_id: int | None) -> None:
    """An update's number is read even where the rest is malformed."""
    assert update_id_of(update) == update_id


@given(
    text=st.text(alphabet="@tickerapb_o/ 😀x\n", max_size=40),
    bounds=st.lists(st.tuples(st.integers(-5, 50), st.integers(-5, 50)), max_size=4),
    kind=st.sampled_from(["mention", "bot_command", "text_mention", "bold"]),
)
def test_entities_of_any_bounds(text: str, bounds: list[tuple[int, int]], kind: str) -> None:
    """Bounds that fit nothing never raise and never eat text that is not the bot's name."""
    entities = [{"type": kind, "offset": offset, "length": size} for offset, size in bounds]
    inbound = _read(_message(GROUP, text, entities=entities), "all")
    if inbound is not None and "@tickertape_bot" not in text:
        assert inbound.text == text.strip()
