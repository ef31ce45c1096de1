"""No request of any shape breaks the emulator."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tickertape.emulator
from tickertape.emulator import (
    CHANNEL,
    FORUM,
    GROUP,
    TOKEN,
    YOU,
    Floods,
    Settings,
    World,
    WorldError,
    control,
    furnished_world,
    viewer,
)
from tickertape.emulator.botapi import METHODS
from tickertape.emulator.fields import FieldError
from tickertape.emulator.server import EmulatorServer

FREE = Settings(floods=Floods(private=(), group=(), bot=(), drafts=()))
NAMES = sorted({name for method in METHODS.values() for name in method.parameters})
WORDS = st.sampled_from(
    ["bold", "pre", "text_link", "paragraph", "list", "table", "heading", "details", "blockquote",
     "HTML", "MarkdownV2", "typing", "cancel", "<b>a</b>", "*a*", "a", "", "1", "true", "[]", "{}",
     "\ud800", "http://a.b", "@news_of_the_team", "default", "chat"]
)  # fmt: skip
FIELDS = st.sampled_from(
    ["type", "offset", "length", "url", "user", "id", "text", "message_id", "blocks", "html",
     "markdown", "items", "cells", "size", "summary", "align", "valign", "inline_keyboard",
     "callback_data", "keyboard", "command", "description", "is_disabled", "chat_id", "buttons",
     "language", "caption", "location", "expression", "name"]
)  # fmt: skip
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.sampled_from([YOU, GROUP, FORUM, CHANNEL, 2**31, 2**63, 10**30]),
    st.floats(allow_nan=False, allow_infinity=False),
    WORDS,
    st.text(max_size=10),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(FIELDS, inner, max_size=5),
    max_leaves=12,
)
AS_TEXT = VALUES.map(json.dumps)
PARAMETERS = st.dictionaries(st.sampled_from(NAMES), VALUES | AS_TEXT, max_size=6)
METHOD = st.sampled_from(sorted(METHODS))


def crowded() -> World:
    """A world with something in every chat."""
    world = furnished_world(FREE)
    for chat_id in (YOU, GROUP, FORUM, CHANNEL):
        world.person_writes(chat_id, "hello", 0.0)
        world.call(TOKEN, "sendMessage", {"chat_id": chat_id, "text": "x"}, 0.0)
    return world


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(METHOD, PARAMETERS, st.sampled_from([YOU, GROUP, FORUM, CHANNEL, "skip"]))
def test_random_calls_are_carried_out_or_refused(
    method: str, params: dict[str, object], chat_id: object
) -> None:
    """Whatever is sent, the answer is an envelope with a reason, never a failure of the server."""
    if chat_id != "skip":
        params = {**params, "chat_id": chat_id}
    world = crowded()
    answer = world.call(TOKEN, method, params, 1.0)
    assert answer.status < 500
    assert answer.body["ok"] is (answer.status == 200)
    if answer.status != 200:
        assert answer.body["error_code"] == answer.status
        assert answer.description
    json.dumps(answer.body)
    json.dumps([change.as_json() for change in world.journal.after(0) or []])
    json.dumps(viewer.chat_screen(world, YOU, None))
    world.call(TOKEN, "getUpdates", {}, 1.0)


RICH = st.dictionaries(st.sampled_from(["blocks", "html", "markdown", "media", "is_rtl"]), VALUES)


@settings(max_examples=200)
@given(st.one_of(RICH, VALUES), st.booleans())
def test_random_rich_messages_are_taken_or_refused(value: object, is_draft: bool) -> None:
    """Rich messages of any shape are checked to their leaves."""
    method = "sendRichMessageDraft" if is_draft else "sendRichMessage"
    params: dict[str, object] = {"chat_id": YOU, "rich_message": value}
    if is_draft:
        params["draft_id"] = 1
    assert furnished_world(FREE).call(TOKEN, method, params, 0.0).status in {200, 400}


ORDERS = (
    viewer.send, viewer.stop, viewer.press, viewer.delete, control.add_fault, control.add_bot,
    control.change_settings, control.add_person, control.add_chat, control.order,
)  # fmt: skip
ORDER_FIELDS = st.sampled_from(
    ["chat_id", "text", "draft_id", "thread_id", "message_id", "data", "as", "bot_id", "fault",
     "kind", "times", "token", "username", "id", "type", "title", "topics", "verb", "floods"]
)  # fmt: skip


@given(st.sampled_from(ORDERS), st.one_of(st.dictionaries(ORDER_FIELDS, VALUES), VALUES))
def test_random_orders_are_carried_out_or_refused(order: object, body: object) -> None:
    """Control and viewer answer any JSON with a result or with a sentence."""
    assert callable(order)
    try:
        result = order(furnished_world(), body, 0.0)
    except (FieldError, WorldError) as error:
        result = {"error": str(error)}
    assert result
    json.dumps(result)


@pytest.mark.anyio
async def test_random_bytes_over_http() -> None:
    """Raw bodies under any content type get a Bot API error or a result, never a 5xx."""
    bodies = [
        b"",
        b"{",
        b"\x00\xff" * 50,
        b'{"chat_id":1001,"text":"x"}',
        b"chat_id=1001&text=x",
        b"--b\r\n\r\n",
        b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--",
        b"--b\r\nContent-Disposition: form-data; name*=utf-9''x\r\n\r\nx\r\n--b--\r\n",
    ]
    types = [
        "",
        "application/json",
        "application/json; charset=utf-16",
        "multipart/form-data",
        "multipart/form-data; boundary=b",
        "multipart/form-data; boundary=b; charset=nope",
        "application/x-www-form-urlencoded",
        "a/b;;;",
        "multipart/form-data; boundary=" + "x" * 99,
    ]
    async with (
        EmulatorServer(FREE) as emulator,
        httpx.AsyncClient(base_url=emulator.url, trust_env=False) as http,
    ):
        for body in bodies:
            for content_type in types:
                headers = {"content-type": content_type} if content_type else {}
                path = f"/bot{TOKEN}/sendMessage"
                response = await http.post(path, content=body, headers=headers)
                assert response.status_code in {200, 400}, (content_type, body, response.text)
                assert response.json()["ok"] is (response.status_code == 200)
        for path in (
            "/%ff",
            "/bot%00:x/getMe",
            f"/bot{TOKEN}/%F0%9F%98%80",
            "/static/../server.py",
        ):
            assert (await http.get(path)).status_code in {401, 404}


def test_the_emulator_is_an_independent_witness() -> None:
    """No module of the emulator imports anything else of the package."""
    folder = Path(tickertape.emulator.__file__).parent
    imported = {
        name
        for path in folder.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        for name in _imports(node)
        if name.startswith("tickertape")
    }
    assert {name for name in imported if not name.startswith("tickertape.emulator")} == set()


def _imports(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []
