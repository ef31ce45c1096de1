"""Answers become outcomes: by tables, without a network."""

from __future__ import annotations

from typing import Any

import pytest
from aiogram.exceptions import (
    AiogramError,
    ClientDecodeError,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.methods import SendMessage, TelegramMethod

from tickertape.channels.telegram.aiogram.aiogram_client import answer_of_error
from tickertape.channels.telegram.answers import TABLE
from tickertape.channels.telegram.calls import Denied, Granted, Unanswered
from tickertape.channels.telegram.direct_client import answer_in
from tickertape.channels.telegram.outcomes import outcome_of
from tickertape.chat import Address, ChatKind
from tickertape.delivery.actions import (
    Accepted,
    Acknowledge,
    Action,
    Delete,
    Edit,
    Outcome,
    Post,
    Reason,
    Refused,
    ShowDraft,
    Throttled,
    Unknown,
)
from tickertape.markup.forms import Blocks, Look, Span, Spans
from tickertape.markup.tree import Paragraph, Words

PRIVATE = Address("telegram", "1001", ChatKind.PRIVATE)

DRAFT = ShowDraft(PRIVATE, "5", "dr")
POST = Post(PRIVATE, "po")
EDIT = Edit(PRIVATE, "9", "ed")
DELETE = Delete(PRIVATE, "9")

_CLASS_OF: dict[int, type[TelegramAPIError]] = {
    400: TelegramBadRequest,
    401: TelegramUnauthorizedError,
    403: TelegramForbiddenError,
    404: TelegramNotFound,
    409: TelegramConflictError,
    413: TelegramEntityTooLarge,
    500: TelegramServerError,
    502: TelegramServerError,
}


def outcome_of_error(action: Action, error: AiogramError) -> Outcome:
    """Return what an exception of aiogram's means for an action."""
    return outcome_of(action, answer_of_error(error))


def _message(**fields: object) -> dict[str, object]:
    return {"message_id": 9, "date": 1, "chat": {"id": 1001, "type": "private"}, **fields}


def _refusal(status: int, text: str) -> TelegramAPIError:
    """The exception that aiogram raises for an answer of this status."""
    method: TelegramMethod[Any] = SendMessage(chat_id=1, text="x")
    return _CLASS_OF.get(status, TelegramAPIError)(method, text)


@pytest.mark.parametrize(
    ("action", "result", "outcome"),
    [
        (DRAFT, True, Accepted("dr")),
        (POST, _message(text="shown"), Accepted("shown", "9")),
        (POST, _message(), Accepted("po", "9")),
        (EDIT, _message(text="shown"), Accepted("shown", "9")),
        (EDIT, True, Accepted("ed", "9")),
        (DELETE, True, Accepted("")),
        (POST, True, Accepted("po")),
    ],
)
def test_granted_calls(action: Action, result: object, outcome: Outcome) -> None:
    """What is on screen is what the server says, or else what was asked."""
    assert outcome_of(action, Granted(result)) == outcome


# The official texts, as the server writes them (tdlib/td, tdlib/telegram-bot-api; the codes in
# capitals: core.telegram.org/method/messages.sendMessage and messages.editMessage).
NOT_MODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup are "
    "exactly the same as a current content and reply markup of the message"
)
REFUSALS = [
    (400, "Bad Request: message to edit not found", Reason.MESSAGE_GONE),
    (400, "Bad Request: message can't be edited", Reason.NOT_EDITABLE),
    (400, "Bad Request: message to delete not found", Reason.MESSAGE_GONE),
    (400, "Bad Request: there is no text in the message to edit", Reason.NOT_EDITABLE),
    (400, "Bad Request: MESSAGE_ID_INVALID", Reason.MESSAGE_GONE),
    (400, "Bad Request: message is too long", Reason.TOO_LONG),
    (400, "Bad Request: MESSAGE_TOO_LONG", Reason.TOO_LONG),
    (400, "Bad Request: text is too long", Reason.TOO_LONG),
    (413, "Request Entity Too Large", Reason.TOO_LONG),
    (400, "Bad Request: message text is empty", Reason.EMPTY),
    (400, "Bad Request: text must be non-empty", Reason.EMPTY),
    (400, "Bad Request: message must be non-empty", Reason.EMPTY),
    (
        400,
        (
            "Bad Request: can't parse entities: Character '.' is reserved and must be escaped with "
            "the preceding '\\'"
        ),
        Reason.FORMAT_REJECTED,
    ),
    (
        400,
        "Bad Request: can't parse entities: Can't find end of Bold entity at byte offset 3",
        Reason.FORMAT_REJECTED,
    ),
    (
        400,
        'Bad Request: can\'t parse entities: Unsupported start tag "x" at byte offset 0',
        Reason.FORMAT_REJECTED,
    ),
    (400, "Bad Request: strings must be encoded in UTF-8", Reason.FORMAT_REJECTED),
    (400, "Bad Request: ENTITY_BOUNDS_INVALID", Reason.FORMAT_REJECTED),
    (400, "Bad Request: ENTITIES_TOO_LONG", Reason.FORMAT_REJECTED),
    (
        400,
        "Bad Request: entity URL 'src/app.py' is invalid: Wrong HTTP URL",
        Reason.FORMAT_REJECTED,
    ),
    (400, "Bad Request: can't parse RichText: unknown type", Reason.FORMAT_REJECTED),
    (400, "Bad Request: chat not found", Reason.CHAT_DEAD),
    (400, "Bad Request: chat_id is empty", Reason.CHAT_DEAD),
    (400, "Bad Request: PEER_ID_INVALID", Reason.CHAT_DEAD),
    (400, "Bad Request: message thread not found", Reason.THREAD_GONE),
    (400, "Bad Request: TOPIC_DELETED", Reason.THREAD_GONE),
    (400, "Bad Request: message to be replied not found", Reason.MALFORMED),
    (
        400,
        ("Bad Request: query is too old and response timeout expired or query ID is invalid"),
        Reason.MALFORMED,
    ),
    (400, "Bad Request: message can't be deleted", Reason.NOT_EDITABLE),
    (400, "Bad Request: group chat was upgraded to a supergroup chat", Reason.CHAT_DEAD),
    (
        400,
        "Bad Request: not enough rights to send text messages to the chat",
        Reason.CHAT_DEAD,
    ),
    (400, "Bad Request: have no rights to send a message", Reason.CHAT_DEAD),
    (400, "Bad Request: have no write access to the chat", Reason.CHAT_DEAD),
    (400, "Bad Request: need administrator rights in the channel chat", Reason.CHAT_DEAD),
    (400, "Bad Request: CHAT_WRITE_FORBIDDEN", Reason.CHAT_DEAD),
    (400, "Bad Request: CHAT_SEND_PLAIN_FORBIDDEN", Reason.CHAT_DEAD),
    (400, "Bad Request: CHAT_ADMIN_REQUIRED", Reason.CHAT_DEAD),
    (400, "Bad Request: CHAT_RESTRICTED", Reason.CHAT_DEAD),
    (400, "Bad Request: CHANNEL_PRIVATE", Reason.CHAT_DEAD),
    (400, "Bad Request: USER_IS_BLOCKED", Reason.CHAT_DEAD),
    (400, "Bad Request: USER_BANNED_IN_CHANNEL", Reason.CHAT_DEAD),
    (400, "Bad Request: INPUT_USER_DEACTIVATED", Reason.CHAT_DEAD),
    (400, "Bad Request: TOPIC_CLOSED", Reason.CHAT_DEAD),
    (400, "Bad Request: TEXTDRAFT_PEER_INVALID", Reason.DRAFT_UNAVAILABLE),
    (
        400,
        "Bad Request: chat actions can't be sent to channel direct messages chats",
        Reason.DRAFT_UNAVAILABLE,
    ),
    (400, "Bad Request: RANDOM_ID_INVALID", Reason.MALFORMED),
    (400, "Bad Request: RICH_MESSAGE_TEXT_TOO_LONG", Reason.FORMAT_REJECTED),
    (400, "Bad Request: RICH_MESSAGE_MARKDOWN_INVALID", Reason.FORMAT_REJECTED),
    (400, "Bad Request: RICH_MESSAGE_CONTENT_REQUIRED", Reason.FORMAT_REJECTED),
    (400, "Bad Request: RICH_MESSAGE_BLOCKS_TOO_MANY", Reason.FORMAT_REJECTED),
    (400, "Bad Request: rich message must be non-empty", Reason.FORMAT_REJECTED),
    (400, "Bad Request: table cell must be non-empty", Reason.FORMAT_REJECTED),
    (
        400,
        "Bad Request: list must be either ordered or unordered",
        Reason.FORMAT_REJECTED,
    ),
    (400, "Bad Request: invalid section heading size specified", Reason.FORMAT_REJECTED),
    (400, "Bad Request: can't parse InputRichBlock: no type", Reason.FORMAT_REJECTED),
    (
        400,
        "Bad Request: not enough rights to send the rich message to the chat",
        Reason.BLOCKS_FORBIDDEN,
    ),
    (
        400,
        "Bad Request: query is too old and response timeout expired or query ID is invalid",
        Reason.MALFORMED,
    ),
    (400, "Bad Request: message can't be deleted", Reason.NOT_EDITABLE),
    (403, "Forbidden: bot was blocked by the user", Reason.CHAT_DEAD),
    (403, "Forbidden: user is deactivated", Reason.CHAT_DEAD),
    (403, "Forbidden: bot was kicked from the group chat", Reason.CHAT_DEAD),
    (403, "Forbidden: bot was kicked from the supergroup chat", Reason.CHAT_DEAD),
    (403, "Forbidden: bot was kicked from the channel chat", Reason.CHAT_DEAD),
    (403, "Forbidden: bot is not a member of the supergroup chat", Reason.CHAT_DEAD),
    (403, "Forbidden: the group chat was deleted", Reason.CHAT_DEAD),
    (403, "Forbidden: bot can't initiate conversation with a user", Reason.CHAT_DEAD),
    (401, "Unauthorized", Reason.UNAUTHORIZED),
    (404, "Not Found", Reason.UNAUTHORIZED),
    (404, "Not Found: method not found", Reason.DRAFT_UNAVAILABLE),
    (
        409,
        (
            "Conflict: terminated by other getUpdates request; "
            "make sure that only one bot instance is running"
        ),
        Reason.MALFORMED,
    ),
    (418, "something else entirely", Reason.MALFORMED),
]


@pytest.mark.parametrize(("status", "text", "reason"), REFUSALS)
def test_every_official_refusal(status: int, text: str, reason: Reason) -> None:
    """Each official text, in any case, leads to its reason and is kept for the log."""
    for words in (text, text.upper()):
        outcome = outcome_of_error(DRAFT, _refusal(status, words))
        assert outcome == Refused(reason, words)


def test_every_row_is_tried() -> None:
    """No row of the table is left without an official text that reaches it."""
    texts = [(status, text.lower()) for status, text, _ in REFUSALS]
    texts += [(400, NOT_MODIFIED.lower()), (429, "too many requests"), (500, "internal")]
    reached = {
        next(row for row in TABLE if row.status == status and row.words in text)
        for status, text in texts
        if any(row.status == status and row.words in text for row in TABLE)
    }
    assert reached == set(TABLE)


def test_not_modified_is_a_success() -> None:
    """An edit to the text that is there has what it wanted."""
    assert outcome_of_error(EDIT, _refusal(400, NOT_MODIFIED)) == Accepted("ed", "9")


def test_only_drafts_can_be_unavailable() -> None:
    """A server that lacks a method which is no draft's is refused as malformed."""
    lacking = _refusal(404, "Not Found: method not found")
    assert outcome_of_error(POST, lacking) == Refused(
        Reason.MALFORMED, "Not Found: method not found"
    )


BLOCKS = Blocks((Paragraph((Words("x"),)),))
RICH: list[Action] = [
    ShowDraft(PRIVATE, "5", "dr", BLOCKS),
    Post(PRIVATE, "po", form=BLOCKS),
    Edit(PRIVATE, "9", "ed", BLOCKS),
]
LACKING = "Not Found: method not found"


@pytest.mark.parametrize("action", RICH)
@pytest.mark.parametrize(
    ("status", "text", "reason"),
    [
        (404, LACKING, Reason.BLOCKS_UNKNOWN),
        (400, "Bad Request: message text is empty", Reason.BLOCKS_UNKNOWN),
        (
            400,
            "Bad Request: not enough rights to send the rich message to the chat",
            Reason.BLOCKS_FORBIDDEN,
        ),
        (400, "Bad Request: RICH_MESSAGE_TEXT_TOO_LONG", Reason.FORMAT_REJECTED),
        (400, "Bad Request: RICH_MESSAGE_DEPTH_INVALID", Reason.FORMAT_REJECTED),
        (400, "Bad Request: message is too long", Reason.FORMAT_REJECTED),
        (413, "Request Entity Too Large", Reason.FORMAT_REJECTED),
        (400, "Bad Request: what nobody has seen before", Reason.FORMAT_REJECTED),
        (418, "what nobody has seen before", Reason.MALFORMED),
        (400, "Bad Request: message to edit not found", Reason.MESSAGE_GONE),
        (400, "Bad Request: TOPIC_CLOSED", Reason.CHAT_DEAD),
    ],
)
def test_refusals_of_blocks(action: Action, status: int, text: str, reason: Reason) -> None:
    """What a server lacks, forbids or does not understand is told apart from what ends the chat.

    A server before Bot API 10.1 does not see the blocks of an edit, and misses its text.
    """
    assert outcome_of_error(action, _refusal(status, text)) == Refused(reason, text)


def test_a_draft_of_blocks_is_a_draft() -> None:
    """Where there are no drafts, their form is not the reason."""
    text = "Bad Request: TEXTDRAFT_PEER_INVALID"
    outcome = outcome_of_error(RICH[0], _refusal(400, text))
    assert outcome == Refused(Reason.DRAFT_UNAVAILABLE, text)


def test_a_refusal_that_nobody_knows_may_be_about_the_form() -> None:
    """What is sent without a form is malformed for another reason."""
    unknown = _refusal(400, "Bad Request: what nobody has seen before")
    spans = Post(PRIVATE, "po", form=Spans((Span(Look.BOLD, 0, 1),)))
    assert outcome_of_error(spans, unknown) == Refused(Reason.FORMAT_REJECTED, unknown.message)
    assert outcome_of_error(POST, unknown) == Refused(Reason.MALFORMED, unknown.message)
    assert outcome_of_error(DELETE, unknown) == Refused(Reason.MALFORMED, unknown.message)


@pytest.mark.parametrize(
    ("action", "result", "outcome"),
    [
        (RICH[0], True, Accepted("dr")),
        (RICH[1], {"message_id": 9, "rich_message": {}}, Accepted("po", "9")),
        (RICH[1], {"message_id": 9, "text": ""}, Accepted("po", "9")),
        (RICH[2], {"message_id": 9, "rich_message": {}}, Accepted("ed", "9")),
        (RICH[2], True, Accepted("ed", "9")),
        (
            RICH[1],
            {"rich_message": {}},
            Accepted("po"),
        ),
    ],
)
def test_granted_blocks(action: Action, result: dict[str, Any] | bool, outcome: Outcome) -> None:
    """Of blocks the server tells no text: what is shown is what was asked."""
    assert outcome_of(action, Granted(result)) == outcome


def test_blocks_that_stand_there_already() -> None:
    """An edit to the blocks that are there has what it wanted."""
    assert outcome_of_error(RICH[2], _refusal(400, NOT_MODIFIED)) == Accepted("ed", "9")


def test_a_press_that_nobody_waits_for() -> None:
    """Its answer comes too late, which ends nothing."""
    text = "Bad Request: query is too old and response timeout expired or query ID is invalid"
    outcome = outcome_of_error(Acknowledge(PRIVATE, "7"), _refusal(400, text))
    assert outcome == Refused(Reason.MALFORMED, text)


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (500, "Internal Server Error: restart"),
        (500, "Internal Server Error: sent message was immediately deleted and can't be returned"),
        (502, "Bad Gateway"),
    ],
)
@pytest.mark.parametrize("action", [DRAFT, POST, EDIT])
def test_a_failing_server_leaves_it_open(status: int, text: str, action: Action) -> None:
    """After a 5xx nobody can tell whether the call was applied."""
    assert outcome_of_error(action, _refusal(status, text)) == Unknown(text)


def test_floods() -> None:
    """A 429 waits as long as it asks: by its parameters, else by its text, else a second."""
    method = SendMessage(chat_id=1, text="x")
    assert outcome_of_error(POST, TelegramRetryAfter(method, "…", 37)) == Throttled(37.0)
    for text, seconds in [
        ("Too Many Requests: retry after 13938", 13938.0),
        ("Too Many Requests: RETRY AFTER 0", 1.0),
        ("Too Many Requests", 1.0),
    ]:
        assert outcome_of_error(POST, TelegramAPIError(method, text)) == Throttled(seconds)


def test_an_upgraded_group_says_where_it_went() -> None:
    """The new number of a group that became a supergroup is passed on."""
    moved = TelegramMigrateToChat(SendMessage(chat_id=1, text="x"), "upgraded", -1009)
    outcome = outcome_of_error(POST, moved)
    assert isinstance(outcome, Refused)
    assert (outcome.reason, outcome.moved_to) == (Reason.CHAT_MOVED, "-1009")


def test_silence_is_unknown_and_names_its_cause() -> None:
    """A network failure is unknown; its detail is the kind of failure, never its text."""
    error = TelegramNetworkError(SendMessage(chat_id=1, text="x"), "secret")
    assert outcome_of_error(POST, error) == Unknown("TelegramNetworkError")
    error.__cause__ = ConnectionResetError("secret")
    assert outcome_of_error(POST, error) == Unknown("ConnectionResetError")
    assert outcome_of(POST, Unanswered("TimeoutError")) == Unknown("TimeoutError")


@pytest.mark.parametrize(
    ("action", "answer", "outcome"),
    [
        (POST, {"ok": True, "result": {"message_id": 4, "text": "t"}}, Accepted("t", "4")),
        (POST, {"ok": True, "result": {"message_id": 4}}, Accepted("po", "4")),
        (EDIT, {"ok": True, "result": {"text": "t"}}, Accepted("t", "9")),
        (DRAFT, {"ok": True, "result": "yes"}, Accepted("dr")),
        (
            POST,
            {"ok": True, "result": 7},
            Accepted("po"),
        ),
        (
            POST,
            {"ok": False, "error_code": 429, "parameters": {"retry_after": 2.5}},
            Throttled(2.5),
        ),
        (
            POST,
            {"ok": False, "error_code": 429, "description": "Too Many Requests: retry after 4"},
            Throttled(4.0),
        ),
        (
            POST,
            {"ok": False, "error_code": 400, "description": "Bad Request: chat not found"},
            Refused(Reason.CHAT_DEAD, "Bad Request: chat not found"),
        ),
        (
            POST,
            {"ok": False, "error_code": 403, "description": ["?"]},
            Refused(Reason.CHAT_DEAD, ""),
        ),
        (POST, {"ok": False}, Unknown("the answer is not one of the Bot API")),
        (POST, {"error": "bad gateway"}, Unknown("the answer is not one of the Bot API")),
        (POST, "<html>502</html>", Unknown("the answer is not one of the Bot API")),
        (POST, ["ok"], Unknown("the answer is not one of the Bot API")),
        (POST, None, Unknown("the answer is not one of the Bot API")),
    ],
)
def test_answers_that_do_not_fit(action: Action, answer: object, outcome: Outcome) -> None:
    """An answer beyond aiogram's types is read as far as it is the Bot API's, else unknown."""
    error = ClientDecodeError("Failed", ValueError("x"), answer)
    assert outcome_of_error(action, error) == outcome
    assert outcome_of(action, answer_in(answer)) == outcome


def test_words_are_short_and_on_one_line() -> None:
    """The words for the log never fill a page, and a missing description is no error."""
    words = "a\nb " * 1000
    body = {"ok": False, "error_code": 400, "description": words}
    for long in (answer_of_error(_refusal(400, words)), answer_in(body)):
        assert isinstance(long, Denied)
        assert long.words.startswith("a b a b")
        assert len(long.words) == 300
    missing = TelegramBadRequest(SendMessage(chat_id=1, text="x"), None)  # type: ignore[arg-type]
    assert outcome_of_error(POST, missing) == Refused(Reason.MALFORMED, "")
