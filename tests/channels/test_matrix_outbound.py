"""Actions as events, answers as outcomes, and how far an account was read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tickertape.channels.matrix import calls
from tickertape.channels.matrix.calls import (
    Answer,
    CallDenied,
    CallGranted,
    CallUnanswered,
    CallUnreached,
    answer_in,
)
from tickertape.channels.matrix.outbound import edited, notice, posted, reaction, transaction
from tickertape.channels.matrix.outcomes import outcome_of
from tickertape.channels.matrix.position import (
    Invitation,
    Position,
    filter_for,
    invitations_in,
    since_invited,
)
from tickertape.channels.matrix.surface import surface_with
from tickertape.chat import Address, ChatKind
from tickertape.delivery.actions import (
    Accepted,
    Edit,
    Outcome,
    Post,
    Reason,
    Refused,
    Throttled,
    Unknown,
)
from tickertape.delivery.surface import Bucket
from tickertape.markup.forms import Look, Span, Spans

HERE = Address("home", "!room:example.org", ChatKind.GROUP)
THREAD = Address("home", "!room:example.org", ChatKind.GROUP, "$root")
BOT = "@bot:example.org"
LIVE = "org.matrix.msc4357.live"
BOLD = Spans((Span(Look.BOLD, 0, 2),))


def test_a_message() -> None:
    """It names nobody, and is plain where it has no looks."""
    assert posted(Post(HERE, "a < b")) == {"msgtype": "m.text", "body": "a < b", "m.mentions": {}}


def test_a_message_that_is_being_written() -> None:
    """It is live, formatted, an answer, and names who asked."""
    content = posted(Post(HERE, "so", "$q", BOLD, stop_button=True), "@ann:example.org")
    assert content == {
        "msgtype": "m.text",
        "body": "so",
        "format": "org.matrix.custom.html",
        "formatted_body": "<strong>so</strong>",
        "m.mentions": {"user_ids": ["@ann:example.org"]},
        "m.relates_to": {"m.in_reply_to": {"event_id": "$q"}},
        LIVE: {},
    }


def test_an_edit() -> None:
    """It notifies nobody; what programs without edits show is short."""
    text = "x" * 500
    content = edited(Edit(HERE, "$m", text, stop_button=True))
    assert content["m.relates_to"] == {"rel_type": "m.replace", "event_id": "$m"}
    assert content["m.mentions"] == {} == content["m.new_content"]["m.mentions"]
    assert content["m.new_content"]["body"] == text
    assert LIVE in content["m.new_content"]
    assert content["body"] == f"* {'x' * 60}…"
    last = edited(Edit(HERE, "$m", "whole"))
    assert LIVE not in last["m.new_content"]
    assert last["body"] == "* whole"


@pytest.mark.parametrize(("reply_to", "is_falling_back"), [(None, True), ("$q", False)])
def test_a_message_in_a_thread(reply_to: str | None, *, is_falling_back: bool) -> None:
    """Programs without threads show it as an answer."""
    assert posted(Post(THREAD, "so", reply_to))["m.relates_to"] == {
        "rel_type": "m.thread",
        "event_id": "$root",
        "is_falling_back": is_falling_back,
        "m.in_reply_to": {"event_id": reply_to or "$root"},
    }
    assert "m.relates_to" not in notice("so", None)
    assert notice("so", "$root")["m.relates_to"]["event_id"] == "$root"


def test_a_broken_character_costs_itself_alone() -> None:
    """Half of a pair cannot be written in UTF-8."""
    for content in (posted(Post(HERE, "a\ud83d")), edited(Edit(HERE, "$m", "a\ud83d"))):
        assert "\\ud83d" not in json.dumps(content)
        assert "a\ufffd" in json.dumps(content, ensure_ascii=False)


def test_a_stop_button_is_a_reaction() -> None:
    """A person presses it by adding theirs."""
    relation = reaction("$m")["m.relates_to"]
    assert relation == {"rel_type": "m.annotation", "event_id": "$m", "key": "🛑"}


def test_a_transaction_is_the_same_in_every_process() -> None:
    """And another one for other parts."""
    assert transaction("post", "k.0") == transaction("post", "k.0")
    others = {transaction("post", "k.1"), transaction("postk", ".0"), transaction("post", "k", "0")}
    assert len(others | {transaction("post", "k.0")}) == 4


def test_ids_are_quoted_in_paths() -> None:
    """They hold what a path cannot."""
    call = calls.send("!a/b:example.org", "m.room.message", {}, "t?1")
    assert call.path == (
        "/_matrix/client/v3/rooms/%21a%2Fb%3Aexample.org/send/m.room.message/t%3F1"
    )
    assert "since=" not in calls.sync(None, 0, {}).path
    assert "since=s1&timeout=30000" in calls.sync("s1", 30_000, {}).path


def limited(**told: Any) -> bytes:
    """Make the body of a refusal by the limits."""
    return json.dumps(
        {"errcode": "M_LIMIT_EXCEEDED", "error": "Too Many\nRequests", **told}
    ).encode()


@pytest.mark.parametrize(
    ("status", "body", "header", "answer"),
    [
        (200, b'{"event_id": "$e"}', None, CallGranted({"event_id": "$e"})),
        (200, b"<html>", None, CallUnanswered("the answer is no JSON object")),
        (200, b"[]", None, CallUnanswered("the answer is no JSON object")),
        (
            429,
            limited(retry_after_ms=4010),
            "9",
            CallDenied(429, "M_LIMIT_EXCEEDED", "Too Many Requests", 4.01),
        ),
        (429, limited(), "9", CallDenied(429, "M_LIMIT_EXCEEDED", "Too Many Requests", 9.0)),
        (429, b"slow down", None, CallDenied(429, "", "", 5.0)),
        (403, b'{"errcode": "M_FORBIDDEN"}', None, CallDenied(403, "M_FORBIDDEN")),
        (502, b"<html>", None, CallDenied(502, "")),
    ],
)
def test_answers(status: int, body: bytes, header: str | None, answer: Answer) -> None:
    """The homeserver's, and those of a proxy in front of it."""
    assert answer_in(status, body, header) == answer


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (CallGranted({"event_id": "$e"}), Accepted("so", "$e")),
        (CallDenied(429, "M_LIMIT_EXCEEDED", "", 4.0), Throttled(4.0)),
        (CallUnreached("ClientConnectorError"), Throttled(2.0, by_flood_control=False)),
        (CallUnanswered("TimeoutError"), Unknown("TimeoutError")),
        (CallDenied(502, ""), Unknown("HTTP 502")),
        (CallDenied(403, "M_FORBIDDEN", "no"), Refused(Reason.CHAT_DEAD, "M_FORBIDDEN no")),
        (CallDenied(401, "M_UNKNOWN_TOKEN"), Refused(Reason.UNAUTHORIZED, "M_UNKNOWN_TOKEN")),
        (CallDenied(413, "M_TOO_LARGE"), Refused(Reason.TOO_LONG, "M_TOO_LARGE")),
        (CallDenied(413, ""), Refused(Reason.TOO_LONG, "")),
        (CallDenied(400, "M_BAD_JSON"), Refused(Reason.MALFORMED, "M_BAD_JSON")),
    ],
)
def test_outcomes(answer: Answer, outcome: Outcome) -> None:
    """What they said is apart from what was not heard."""
    assert outcome_of(answer, "so") == outcome


def test_the_limits_of_an_account_are_those_of_all_its_rooms() -> None:
    """One room plans by them, and several share them."""
    cadence = surface_with(0.2, 10).cadence
    assert cadence.messages == (Bucket(0.2, 10),)
    assert cadence.shared == Bucket(0.2, 10)
    assert surface_with(0.2, 10, is_encrypted=True).limit < surface_with(0.2, 10).limit


def invitation(membership: str = "invite", **content: Any) -> dict[str, Any]:
    """Make the event by which the bot is invited."""
    told = {"membership": membership, **content}
    return {"type": "m.room.member", "state_key": BOT, "sender": "@ann:x", "content": told}


def test_invitations() -> None:
    """Who invites, and whether a private chat is meant; what is none is no invitation."""
    other = invitation() | {"state_key": "@ben:x"}
    batch = {
        "rooms": {
            "invite": {
                "!a": {"invite_state": {"events": [other, invitation(is_direct=True)]}},
                "!b": {"invite_state": {"events": [invitation("leave"), {}]}},
                "!c": {"invite_state": {"events": [invitation(is_direct="yes")]}},
            }
        }
    }
    assert list(invitations_in(batch, BOT)) == [
        Invitation("!a", "@ann:x", is_direct=True),
        Invitation("!c", "@ann:x", is_direct=False),
    ]
    assert list(invitations_in({}, BOT)) == []


def test_what_was_said_before_the_invitation_is_no_question() -> None:
    """Of several invitations the last one counts; without one nothing does."""
    events = [{"n": 1}, invitation(), {"n": 2}, invitation(), {"n": 3}]
    assert since_invited(events, BOT) == [{"n": 3}]
    assert since_invited([{"n": 1}], BOT) == []


def test_a_position_is_kept_as_json() -> None:
    """What is none begins with the present."""
    position = Position("s1", ("$a", "$b"))
    assert Position.of(json.loads(json.dumps(position.as_json))) == position
    for odd in ({}, {"since": ""}, {"since": "s1"}, {"since": 1, "done": []}):
        assert Position.of(odd) is None


def test_the_bots_own_events_are_not_asked_for() -> None:
    """A hundred edits of an answer would fill what is told."""
    wanted = filter_for(BOT, is_encrypting=False)
    assert wanted["room"]["timeline"]["not_senders"] == [BOT]
    assert "m.room.member" not in wanted["room"]["state"]["types"]
    assert "m.room.member" in filter_for(BOT, is_encrypting=True)["room"]["state"]["types"]
