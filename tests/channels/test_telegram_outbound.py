"""Actions become calls: by tables, without a network."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aiogram.client.default import Default
from aiogram.methods import (
    AnswerCallbackQuery,
    DeleteMessage,
    EditMessageText,
    SendChatAction,
    SendMessage,
    SendMessageDraft,
    SendVoice,
    TelegramMethod,
)
from aiogram.types import BufferedInputFile

from tickertape.channels.telegram.aiogram import methods
from tickertape.channels.telegram.aiogram.methods import EditToRich, PostRich, ShowRichDraft
from tickertape.channels.telegram.calls import Granted
from tickertape.channels.telegram.outbound import STOP_DATA, call_of
from tickertape.channels.telegram.outcomes import outcome_of
from tickertape.chat import Address, ChatKind
from tickertape.delivery.actions import (
    Accepted,
    Acknowledge,
    Action,
    Button,
    Delete,
    Edit,
    Post,
    PostVoice,
    Probe,
    ShowDraft,
)
from tickertape.markup.forms import PLAIN, Blocks, Form, Look, Span, Spans
from tickertape.markup.tree import CodeBlock, Paragraph, Thinking, Words

PRIVATE = Address("telegram", "1001", ChatKind.PRIVATE)
TOPIC = Address("telegram", "-100", ChatKind.GROUP, "7")
GENERAL = Address("telegram", "-100", ChatKind.GROUP, "1")


def method_of(action: Action) -> TelegramMethod[Any]:
    """Return an action as the method of aiogram that carries it out."""
    return methods.method_of(call_of(action))


def _sent(method: SendMessage | EditMessageText | SendMessageDraft) -> dict[str, Any]:
    """What a method sends: everything that is set and is not left to the bot's defaults."""
    fields = method.model_dump(warnings=False)
    return {
        key: value
        for key, value in fields.items()
        if value is not None and not isinstance(value, Default)
    }


def test_a_voice_note_becomes_an_upload() -> None:
    """It is silent, stands in its topic, and points at the text that it reads aloud."""
    method = method_of(PostVoice(TOPIC, b"OggS", 12, "5"))
    assert isinstance(method, SendVoice)
    assert isinstance(method.voice, BufferedInputFile)
    assert (method.voice.data, method.voice.filename) == (b"OggS", "voice.ogg")
    assert (method.chat_id, method.message_thread_id, method.duration) == (-100, 7, 12)
    assert method.disable_notification
    assert method.reply_parameters is not None
    assert method.reply_parameters.message_id == 5
    assert method.reply_parameters.allow_sending_without_reply
    assert method_of(PostVoice(PRIVATE, b"OggS", 1)).reply_parameters is None  # type: ignore[attr-defined]


def test_a_draft_becomes_a_call() -> None:
    """A draft carries its number, the stop button, its topic, and no parse mode."""
    method = method_of(ShowDraft(Address("telegram", "1001", ChatKind.PRIVATE, "7"), "5", "hi"))
    assert isinstance(method, SendMessageDraft)
    assert _sent(method) == {
        "chat_id": 1001,
        "message_thread_id": 7,
        "draft_id": 5,
        "text": "hi",
        "can_stop": True,
    }
    assert method.parse_mode is None


def test_a_deletion_becomes_a_call() -> None:
    """Deleting names the chat and the message."""
    method = method_of(Delete(PRIVATE, "9"))
    assert isinstance(method, DeleteMessage)
    assert (method.chat_id, method.message_id) == (1001, 9)


def test_a_post_becomes_a_call() -> None:
    """A post is plain text without link previews, in its topic, without a reply unless asked."""
    method = method_of(Post(TOPIC, "hi"))
    assert isinstance(method, SendMessage)
    assert _sent(method)["link_preview_options"]["is_disabled"] is True
    assert (method.chat_id, method.message_thread_id, method.text) == (-100, 7, "hi")
    assert method.parse_mode is None
    assert method.reply_parameters is None


def test_a_reply_goes_out_alone_if_it_must() -> None:
    """A reply to a message that is gone is sent without it, whatever the bot's defaults say."""
    method = method_of(Post(PRIVATE, "hi", reply_to="3"))
    assert isinstance(method, SendMessage)
    assert method.reply_parameters is not None
    assert method.reply_parameters.message_id == 3
    assert method.reply_parameters.allow_sending_without_reply is True


def test_an_edit_becomes_a_call() -> None:
    """An edit names its message and drops any keyboard."""
    method = method_of(Edit(TOPIC, "9", "hi"))
    assert isinstance(method, EditMessageText)
    assert (method.chat_id, method.message_id, method.text) == (-100, 9, "hi")
    assert (method.parse_mode, method.reply_markup) == (None, None)


KEYBOARD = {"inline_keyboard": [[{"text": "⏹ Stop", "callback_data": "tickertape:stop"}]]}
BLOCKS = Blocks((Paragraph((Words("hi"),)),))
RICH = '{"blocks":[{"type":"paragraph","text":"hi"}]}'


def _keyboard(method: TelegramMethod[Any]) -> object:
    """The buttons that a call asks for, as JSON."""
    markup = getattr(method, "reply_markup", None)
    return None if markup is None else markup.model_dump(exclude_none=True)


@pytest.mark.parametrize("form", [PLAIN, BLOCKS])
def test_the_stop_button_comes_and_goes(form: Form) -> None:
    """A post and an edit carry it when asked to; an edit without it takes it away."""
    assert _keyboard(method_of(Post(PRIVATE, "hi", form=form, stop_button=True))) == KEYBOARD
    assert _keyboard(method_of(Edit(PRIVATE, "9", "hi", form, stop_button=True))) == KEYBOARD
    assert _keyboard(method_of(Post(PRIVATE, "hi", form=form))) is None
    assert _keyboard(method_of(Edit(PRIVATE, "9", "hi", form))) is None


def test_other_buttons_stand_in_one_row() -> None:
    """Their data is marked as ours, and fits into 64 bytes at its longest."""
    buttons = (Button("Let in", "access:" + "f" * 41), Button("Refuse \ud800", "b"))
    data = "tickertape=access:" + "f" * 41
    assert len(data) <= 64
    row = [
        {"text": "Let in", "callback_data": data},
        {"text": "Refuse \ufffd", "callback_data": "tickertape=b"},
    ]
    post = Post(PRIVATE, "Let Bob in?", buttons=buttons)
    assert _keyboard(method_of(post)) == {"inline_keyboard": [row]}


def test_the_button_says_what_may_be_said() -> None:
    """What a button sends has 1 to 64 bytes (core.telegram.org/bots/api#inlinekeyboardbutton)."""
    assert 1 <= len(STOP_DATA.encode()) <= 64


ENTITIES = [
    (Span(Look.BOLD, 0, 2), {"type": "bold"}),
    (Span(Look.ITALIC, 0, 2), {"type": "italic"}),
    (Span(Look.STRIKE, 0, 2), {"type": "strikethrough"}),
    (Span(Look.UNDERLINE, 0, 2), {"type": "underline"}),
    (Span(Look.SPOILER, 0, 2), {"type": "spoiler"}),
    (Span(Look.CODE, 0, 2), {"type": "code"}),
    (Span(Look.PRE, 0, 2), {"type": "pre"}),
    (Span(Look.PRE, 0, 2, "python"), {"type": "pre", "language": "python"}),
    (Span(Look.LINK, 0, 2, "https://a.b"), {"type": "text_link", "url": "https://a.b"}),
    (Span(Look.QUOTE, 0, 2), {"type": "blockquote"}),
    (Span(Look.FOLDED_QUOTE, 0, 2), {"type": "expandable_blockquote"}),
]


@pytest.mark.parametrize(("span", "entity"), ENTITIES)
def test_spans_become_entities(span: Span, entity: dict[str, object]) -> None:
    """Each look has its entity, in drafts, posts and edits alike, and no parse mode beside it."""
    form = Spans((span,))
    for action in (
        ShowDraft(PRIVATE, "5", "hi", form),
        Post(PRIVATE, "hi", form=form),
        Edit(PRIVATE, "9", "hi", form),
    ):
        method = method_of(action)
        assert isinstance(method, SendMessageDraft | SendMessage | EditMessageText)
        assert _sent(method)["entities"][0].items() >= entity.items()
        assert [(one.offset, one.length) for one in method.entities or ()] == [(0, 2)]
        assert method.parse_mode is None


def test_every_look_has_an_entity() -> None:
    """No look is left without one."""
    assert {span.look for span, _ in ENTITIES} == set(Look)


def test_a_link_that_would_cost_the_message_is_left_out() -> None:
    """The words stay, and so does everything else."""
    wrong, right = Span(Look.LINK, 0, 1, "src/app.py"), Span(Look.BOLD, 1, 1)
    method = method_of(Post(PRIVATE, "hi", form=Spans((wrong, right))))
    assert isinstance(method, SendMessage)
    assert [one.type for one in method.entities or ()] == ["bold"]
    alone = method_of(Post(PRIVATE, "hi", form=Spans((wrong,))))
    assert isinstance(alone, SendMessage)
    assert alone.entities is None


def test_blocks_become_rich_messages() -> None:
    """Blocks go out as the JSON of a rich message, by the method of the action."""
    draft = method_of(
        ShowDraft(Address("telegram", "1001", ChatKind.PRIVATE, "7"), "5", "hi", BLOCKS)
    )
    assert isinstance(draft, ShowRichDraft)
    assert (draft.chat_id, draft.message_thread_id, draft.draft_id) == (1001, 7, 5)
    assert (draft.rich_message, draft.can_stop) == (RICH, True)
    post = method_of(Post(TOPIC, "hi", reply_to="3", form=BLOCKS))
    assert isinstance(post, PostRich)
    assert (post.chat_id, post.message_thread_id, post.rich_message) == (-100, 7, RICH)
    assert post.reply_parameters is not None
    assert post.reply_parameters.allow_sending_without_reply is True
    assert isinstance(post.protect_content, Default)
    edit = method_of(Edit(TOPIC, "9", "hi", BLOCKS))
    assert isinstance(edit, EditToRich)
    assert (edit.chat_id, edit.message_id, edit.rich_message) == (-100, 9, RICH)


def test_blocks_that_show_nothing_are_their_text() -> None:
    """Thinking stands in drafts alone: as a message, its text is shown."""
    form = Blocks((Thinking("hm"),))
    assert isinstance(method_of(ShowDraft(PRIVATE, "5", "hm", form)), ShowRichDraft)
    assert isinstance(method_of(Post(PRIVATE, "hm", form=form)), SendMessage)
    assert isinstance(method_of(Edit(PRIVATE, "9", "hm", form)), EditMessageText)
    empty = method_of(ShowDraft(PRIVATE, "5", "x", Blocks((CodeBlock(""),))))
    assert isinstance(empty, SendMessageDraft)
    assert empty.text == "x"


def test_a_press_is_answered() -> None:
    """The press is named, and what the person is told, as far as 200 characters go."""
    told = method_of(Acknowledge(PRIVATE, "77", "x" * 201))
    assert isinstance(told, AnswerCallbackQuery)
    assert (told.callback_query_id, told.text) == ("77", "x" * 200)
    silent = method_of(Acknowledge(PRIVATE, "77"))
    assert isinstance(silent, AnswerCallbackQuery)
    assert silent.text is None
    assert outcome_of(Acknowledge(PRIVATE, "77"), Granted(True)) == Accepted("")


def test_the_general_topic_has_no_number() -> None:
    """The General topic of a forum is never named; a private topic of that number is."""
    for action in (Post(GENERAL, "hi"), ShowDraft(GENERAL, "1", "hi")):
        method = method_of(action)
        assert isinstance(method, SendMessage | SendMessageDraft)
        assert method.message_thread_id is None
    private = method_of(Post(Address("telegram", "1001", ChatKind.PRIVATE, "1"), "hi"))
    assert isinstance(private, SendMessage)
    assert private.message_thread_id == 1


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("plain 😀", "plain 😀"),
        ("a\ud83db", "a\ufffdb"),
        ("\ud83d\ude00", "😀"),
        ("end \ud83d", "end \ufffd"),
        ("", ""),
    ],
)
def test_broken_characters_do_not_hold_back_a_text(text: str, sent: str) -> None:
    """Halves of a surrogate pair are joined where they meet and replaced where they are alone."""
    if text:
        rich = method_of(Post(PRIVATE, text, form=Blocks((Paragraph((Words(text),)),))))
        assert isinstance(rich, PostRich)
        assert json.loads(rich.rich_message)["blocks"][0]["text"] == sent
    for action in (Post(PRIVATE, text), ShowDraft(PRIVATE, "1", text), Edit(PRIVATE, "1", text)):
        assert method_of(action).model_dump()["text"] == sent


def test_a_probe_is_a_chat_action() -> None:
    """What leaves no trace: "typing", in the topic; granted, it shows nothing."""
    probe = Probe(Address("telegram", "-5", ChatKind.GROUP, "9"))
    method = method_of(probe)
    assert isinstance(method, SendChatAction)
    assert (method.chat_id, method.message_thread_id, method.action) == (-5, 9, "typing")
    assert outcome_of(probe, Granted(True)) == Accepted("")
