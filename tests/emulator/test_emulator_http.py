"""The emulator over real HTTP, spoken to by hand."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tickertape.emulator import BOT_NAME, FORUM, GROUP, TOKEN, YOU, Floods, Settings
from tickertape.emulator.requests import LARGEST_BODY
from tickertape.emulator.server import AddressError, EmulatorServer

pytestmark = pytest.mark.anyio

API = f"/bot{TOKEN}"
FREE = Settings(floods=Floods(private=(), group=(), bot=(), drafts=()))


@pytest.fixture
async def emulator() -> AsyncIterator[EmulatorServer]:
    """A running emulator without flood control."""
    async with EmulatorServer(FREE) as emulator:
        yield emulator


@pytest.fixture
async def http(emulator: EmulatorServer) -> AsyncIterator[httpx.AsyncClient]:
    """A client of it."""
    async with httpx.AsyncClient(base_url=emulator.url, trust_env=False) as http:
        yield http


async def send(http: httpx.AsyncClient, text: str = "x", chat_id: int = YOU) -> httpx.Response:
    """Send a message as JSON."""
    return await http.post(f"{API}/sendMessage", json={"chat_id": chat_id, "text": text})


async def test_every_way_to_pass_parameters_works(http: httpx.AsyncClient) -> None:
    """Query, urlencoded, multipart and JSON, with GET and POST, method names in any case."""
    fields: dict[str, Any] = {"chat_id": str(YOU), "text": "hé 😀 & co"}
    responses = [
        await http.get(f"{API}/sendMessage", params=fields),
        await http.post(f"{API}/sendmessage", params=fields),
        await http.post(f"{API}/SENDMESSAGE", data=fields),
        await http.post(f"{API}/sendMessage", files={k: (None, v) for k, v in fields.items()}),
        await http.post(f"{API}/sendMessage", json=fields),
        await http.post(f"{API}/sendMessage", params={"chat_id": "5"}, json=fields),
    ]
    assert [response.json()["result"]["text"] for response in responses] == [fields["text"]] * 6
    assert {response.headers["content-type"] for response in responses} == {"application/json"}


async def test_structures_may_be_json_text_in_forms(http: httpx.AsyncClient) -> None:
    """In a form, structured parameters are JSON written as text."""
    entities = json.dumps([{"type": "bold", "offset": 0, "length": 1}])
    form = {"chat_id": str(YOU), "text": "x", "entities": entities}
    answer = (await http.post(f"{API}/sendMessage", data=form)).json()
    assert answer["result"]["entities"] == [{"type": "bold", "offset": 0, "length": 1}]


@pytest.mark.parametrize(
    ("path", "status", "description"),
    [
        (f"{API}/nothing", 404, "Not Found: method not found"),
        (f"{API}", 404, "Not Found"),
        (f"{API}/", 404, "Not Found"),
        (f"{API}/getMe/now", 404, "Not Found"),
        ("/botgarbage/getMe", 404, "Not Found"),
        ("/bot12:/getMe", 404, "Not Found"),
        ("/bot12:unknown/getMe", 401, "Unauthorized"),
        (f"/file{API}/photo.jpg", 404, "Not Found"),
    ],
)
async def test_wrong_paths_get_the_envelope(
    http: httpx.AsyncClient, path: str, status: int, description: str
) -> None:
    """Tokens and methods that do not exist are answered as the Bot API does."""
    response = await http.get(path)
    assert response.status_code == status
    assert response.json() == {"ok": False, "error_code": status, "description": description}


@pytest.mark.parametrize(
    ("content_type", "body", "status", "description"),
    [
        ("application/json", b"{", 400, "can't parse the request body as JSON object"),
        ("application/json", b"[1]", 400, "can't parse the request body as JSON object"),
        ("application/json", b'{"a":NaN}', 400, "can't parse the request body as JSON object"),
        ("application/json", b'{"a":1e999}', 400, "can't parse the request body as JSON object"),
        ("application/json", b"\xff", 400, "can't parse the request body as JSON object"),
        ("application/json", b"[" * 100_000, 400, "can't parse the request body as JSON object"),
        ("application/json", b'{"chat_id":1001,"text":"\\ud800"}', 400,
         "strings must be encoded in UTF-8"),
        ("application/json", b'{"a":' + b"[" * 200 + b"]" * 200 + b"}", 400,
         "can't parse the request body as JSON object"),
        ("application/json", json.dumps(dict.fromkeys(map(str, range(1001)), 1)).encode(), 400,
         "too many parameters"),
        ("application/x-www-form-urlencoded", b"text=%ff", 400, "strings must be encoded in UTF-8"),
        ("application/x-www-form-urlencoded", b"a=1&" * 2000, 400, "too many parameters"),
        ("multipart/form-data", b"x", 400, "can't parse the multipart form"),
        ("multipart/form-data; boundary=b", b"x", 400, "can't parse the multipart form"),
        ("multipart/form-data; boundary=b",
         b'--b\r\nContent-Disposition: form-data; name="text"; filename="a"\r\n\r\nx\r\n--b--\r\n',
         400, 'parameter "text" is a file, and no file is expected'),
        ("text/plain", b"hello", 400, 'unsupported content type "text/plain"'),
    ],
)  # fmt: skip
async def test_broken_bodies_get_the_envelope(
    http: httpx.AsyncClient, content_type: str, body: bytes, status: int, description: str
) -> None:
    """A body that cannot be read is refused in words, never with a crash."""
    response = await http.post(
        f"{API}/sendMessage", content=body, headers={"content-type": content_type}
    )
    assert response.json() == {
        "ok": False,
        "error_code": status,
        "description": f"Bad Request: {description}",
    }


async def test_huge_bodies_are_refused(http: httpx.AsyncClient) -> None:
    """More than the server reads is 413."""
    response = await http.post(f"{API}/sendMessage", content=b"x" * (LARGEST_BODY + 1))
    assert (response.status_code, response.json()["description"]) == (
        413,
        "Request Entity Too Large",
    )


async def test_other_http_methods_are_refused(http: httpx.AsyncClient) -> None:
    """The Bot API knows GET and POST."""
    response = await http.put(f"{API}/getMe")
    assert (response.status_code, response.json()["error_code"]) == (405, 405)


async def test_floods_are_told_in_all_three_places() -> None:
    """A 429 has its wait in the text, in the parameters and in a header."""
    async with (
        EmulatorServer() as emulator,
        httpx.AsyncClient(base_url=emulator.url, trust_env=False) as http,
    ):
        responses = [await send(http) for _ in range(6)]
    refused = responses[-1]
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    assert refused.json() == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 1",
        "parameters": {"retry_after": 1},
    }


async def test_a_long_poll_wakes_when_something_comes(
    emulator: EmulatorServer, http: httpx.AsyncClient
) -> None:
    """A waiting getUpdates is answered by the next message, not by its timeout."""
    poll = asyncio.create_task(http.get(f"{API}/getUpdates", params={"timeout": 50}, timeout=60))
    await _until_polling(emulator)
    emulator.world.person_writes(YOU, "wake up", emulator.now())
    async with asyncio.timeout(10):
        updates = (await poll).json()["result"]
    assert [update["message"]["text"] for update in updates] == ["wake up"]


async def test_a_newer_poll_ends_the_waiting_one(
    emulator: EmulatorServer, http: httpx.AsyncClient
) -> None:
    """The first of two waiting polls gets 409, the second goes on."""
    first = asyncio.create_task(http.get(f"{API}/getUpdates", params={"timeout": 50}, timeout=60))
    await _until_polling(emulator)
    second = asyncio.create_task(http.get(f"{API}/getUpdates", params={"timeout": 50}, timeout=60))
    async with asyncio.timeout(10):
        conflict = await first
    assert conflict.status_code == 409
    emulator.world.person_writes(YOU, "hi", emulator.now())
    async with asyncio.timeout(10):
        assert len((await second).json()["result"]) == 1


async def test_closing_ends_polls_and_streams() -> None:
    """When the server stops, waiting polls get an empty answer."""
    async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
        async with EmulatorServer() as emulator:
            url = f"{emulator.url}{API}/getUpdates?timeout=50"
            poll = asyncio.create_task(http.get(url))
            await _until_polling(emulator)
        assert (await poll).json() == {"ok": True, "result": []}


async def _until_polling(emulator: EmulatorServer) -> None:
    """Wait until a poll has arrived and waits."""
    (bot,) = emulator.world.bots
    before = bot.poll
    async with asyncio.timeout(10):
        while bot.poll == before:
            await emulator.changed()


@pytest.mark.parametrize(
    ("kind", "is_sent"), [("reset", False), ("lost", True), ("unreached", False)]
)
async def test_a_cut_connection_is_really_cut(
    emulator: EmulatorServer, kind: str, is_sent: bool
) -> None:
    """The TCP connection is reset without an answer, before or after the call was applied."""
    body = json.dumps({"chat_id": YOU, "text": "x"}).encode()
    request = (
        f"POST {API}/sendMessage HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body
    async with httpx.AsyncClient(base_url=emulator.url, trust_env=False) as http:
        await http.post("/control/faults", json={"fault": {"kind": kind}})
        host, port = emulator.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(request)
        with pytest.raises(ConnectionResetError):
            await reader.read()
        writer.close()
    assert (emulator.world.screen(YOU).texts == ("x",)) is is_sent


async def test_other_faults_are_answers(http: httpx.AsyncClient) -> None:
    """Throttling, a proxy's page, a refusal and slowness come over the wire as ordered."""
    for fault in (
        {"kind": "throttle", "retry_after": 9},
        {"kind": "status", "status": 502, "html": True},
        {"kind": "status", "status": 500},
        {"kind": "refuse", "status": 403, "description": "Forbidden: no"},
        {"kind": "slow", "seconds": 0.01},
    ):
        order = await http.post("/control/faults", json={"fault": fault, "method": "sendMessage"})
        assert order.status_code == 200
    assert len((await http.get("/control/faults")).json()["faults"]) == 5
    responses = [await send(http) for _ in range(5)]
    assert [response.status_code for response in responses] == [429, 502, 500, 403, 200]
    assert responses[0].headers["retry-after"] == "9"
    assert responses[1].headers["content-type"].startswith("text/html")
    calls = (await http.get("/control/calls")).json()["calls"]
    assert [call["fault"] for call in calls] == ["throttle", "status", "status", "refuse", "slow"]
    await http.post("/control/faults", json={"fault": {"kind": "reset"}})
    assert (await http.delete("/control/faults")).json() == {"faults": []}


async def test_spoiled_answers_come_over_the_wire(http: httpx.AsyncClient) -> None:
    """The message is there, and the answer cannot be read, or says nothing of it."""
    for fault in (
        {"kind": "garbled"},
        {"kind": "garbled", "status": 502},
        {"kind": "garbled", "body": "half"},
        {"kind": "noid"},
    ):
        await http.post("/control/faults", json={"fault": fault})
    page, gateway, half, bare = [await send(http) for _ in range(4)]
    assert [answer.status_code for answer in (page, gateway, half, bare)] == [200, 502, 200, 200]
    assert page.headers["content-type"].startswith("text/html")
    assert half.headers["content-type"] == "application/json"
    assert half.text.startswith('{"ok": true, "result": {')
    assert not half.text.endswith("}")
    assert bare.json() == {"ok": True, "result": True}
    calls = (await http.get("/control/calls")).json()["calls"]
    assert all(call["applied"] for call in calls)


async def test_held_calls_are_applied_when_the_network_lets_go(http: httpx.AsyncClient) -> None:
    """They are answered then, too; an order may say how long it lasts from its own moment on."""
    now = (await http.get("/control/calls")).json()["now"]
    order = {"fault": {"kind": "held", "until": now + 0.1}, "times": 2}
    await http.post("/control/faults", json=order)
    answers = await asyncio.gather(send(http), send(http))
    assert [answer.status_code for answer in answers] == [200, 200]
    calls = (await http.get("/control/calls")).json()["calls"]
    assert [call["fault"] for call in calls] == ["held", "held"]
    assert all(call["applied_at"] >= now + 0.1 for call in calls)
    order = {"fault": {"kind": "held"}, "method": "sendMessage", "seconds": 60}
    (planned,) = (await http.post("/control/faults", json=order)).json()["faults"]
    assert planned["until"] == planned["since"] + 60 == planned["fault"]["until"]


async def test_a_round_trip_is_half_before_and_half_after(http: httpx.AsyncClient) -> None:
    """The call is applied in the middle of its time."""
    changed = await http.post("/control/settings", json={"round_trip": 0.04})
    assert changed.json()["round_trip"] == 0.04
    await send(http)
    call = (await http.get("/control/calls", params={"since": 0})).json()["calls"][0]
    assert call["applied_at"] - call["at"] >= 0.02
    assert call["ms"] >= 40.0


async def test_the_viewer_sees_and_acts(http: httpx.AsyncClient) -> None:
    """The page's requests: the overview, a screen, writing, pressing, stopping, deleting."""
    state = (await http.get("/view/state")).json()
    assert (state["you"], [bot["username"] for bot in state["bots"]]) == (YOU, [BOT_NAME])
    forum = next(chat for chat in state["chats"] if chat["id"] == FORUM)
    assert [topic["name"] for topic in forum["topics"]] == ["Ideas", "Releases"]
    written = (await http.post("/view/send", json={"chat_id": YOU, "text": "hi"})).json()
    assert written["message"]["text"] == "hi"
    button = [[{"text": "Go", "callback_data": "go"}]]
    message = {"chat_id": YOU, "text": "x", "reply_markup": {"inline_keyboard": button}}
    await http.post(f"{API}/sendMessage", json=message)
    frame = {"chat_id": YOU, "draft_id": 5, "text": "dr", "can_stop": True}
    await http.post(f"{API}/sendMessageDraft", json=frame)
    await http.post(f"{API}/sendChatAction", json={"chat_id": YOU, "action": "typing"})
    screen = (await http.get(f"/view/chats/{YOU}")).json()
    assert [shown["text"] for shown in screen["messages"]] == ["hi", "x"]
    assert screen["messages"][1]["buttons"] == button
    assert [draft["text"] for draft in screen["drafts"]] == ["dr"]
    assert [action["action"] for action in screen["actions"]] == ["typing"]
    for path, order in (
        ("press", {"message_id": 2, "data": "go"}),
        ("stop", {"draft_id": 5}),
        ("delete", {"message_id": 1}),
    ):
        response = await http.post(f"/view/{path}", json={"chat_id": YOU, **order})
        assert response.json() == {"ok": True}
    screen = (
        await http.get(f"/view/chats/{YOU}", params={"bot_id": state["bots"][0]["id"]})
    ).json()
    assert ([shown["text"] for shown in screen["messages"]], screen["drafts"]) == (["x"], [])
    updates = (await http.get(f"{API}/getUpdates")).json()["result"]
    kinds = ["message", "callback_query", "stopped_message_generation"]
    assert [kind for update in updates for kind in update if kind != "update_id"] == kinds


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "sentence"),
    [
        ("GET", "/view/chats/5", None, 404, "There is no chat 5."),
        ("GET", "/view/chats/x", None, 400, "A chat id and a bot id are whole numbers."),
        ("GET", "/view/events?since=x", None, 400, "since is a whole number."),
        ("GET", "/control/calls?since=x", None, 400, "since is a whole number."),
        ("POST", "/view/send", b"{", 400, None),
        ("POST", "/view/send", b"[]", 400, "the order must be an Object"),
        ("POST", "/view/send", b'{"chat_id":1001,"text":""}', 400, "The text is empty."),
        ("POST", "/view/send", b'{"chat_id":9,"text":"x"}', 404, "There is no chat 9."),
        ("POST", "/view/send", b'{"chat_id":1001,"text":5}', 400,
         'Field "text" must be of type String'),
        ("POST", "/view/stop", b"{}", 400, "Can't find field \"chat_id\""),
        ("POST", "/control/bots", b'{"token":"x","username":"y"}', 400,
         "A token is a number, a colon and letters, digits, - or _."),
        ("GET", "/elsewhere", None, 404, "There is nothing at this address."),
        ("GET", "/control/elsewhere", None, 404, "There is nothing at this address."),
        ("PUT", "/view/send", None, 405, "405: Method Not Allowed"),
    ],
)  # fmt: skip
async def test_wrong_orders_get_one_sentence(
    http: httpx.AsyncClient,
    method: str,
    path: str,
    body: bytes | None,
    status: int,
    sentence: str | None,
) -> None:
    """What the viewer or control cannot do is said in a sentence."""
    response = await http.request(method, path, content=body)
    assert response.status_code == status
    assert list(response.json()) == ["error"]
    assert sentence is None or response.json()["error"] == sentence


async def test_events_stream_in_order_and_can_be_resumed(
    emulator: EmulatorServer, http: httpx.AsyncClient
) -> None:
    """Each change comes with its number; a reader goes on after the last one it saw."""
    since = emulator.world.journal.seq
    await send(http, "one")
    events = await _events(http, since, 2)
    assert [event["type"] for event in events] == ["message", "call"]
    assert [event["seq"] for event in events] == [since + 1, since + 2]
    assert TOKEN not in json.dumps(events)
    last = {"last-event-id": str(since + 1)}
    assert [event["type"] for event in await _events(http, since, 1, last)] == ["call"]
    assert [event["type"] for event in await _events(http, 10**9, 1)] == ["reset"]


async def test_events_come_as_they_happen(
    emulator: EmulatorServer, http: httpx.AsyncClient
) -> None:
    """A reader that waits is told of a draft, and of its end by time, without asking."""
    emulator.world.configure(Settings(draft_lifetime=0.05))
    reader = asyncio.create_task(_events(http, emulator.world.journal.seq, 3))
    frame = {"chat_id": YOU, "draft_id": 5, "text": "dr"}
    async with asyncio.timeout(10):
        await http.post(f"{API}/sendMessageDraft", json=frame)
        events = await reader
    assert [event["type"] for event in events] == ["draft", "call", "draft_gone"]
    assert events[2]["reason"] == "expired"


async def _events(
    http: httpx.AsyncClient, since: int, count: int, headers: dict[str, str] | None = None
) -> list[dict[str, Any]]:
    """Read so many events."""
    events: list[dict[str, Any]] = []
    path = f"/view/events?since={since}"
    async with http.stream("GET", path, headers=headers, timeout=20) as stream:
        async for line in stream.aiter_lines():
            if line.startswith("data: "):
                events.append(json.loads(line.removeprefix("data: ")))
            if len(events) >= count:
                break
    return events


@pytest.mark.parametrize("path", ["/view/state", "/control/settings", "/control/faults"])
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"host": "evil.example"}, 403),
        ({"host": "[", "origin": "http://["}, 403),
        ({"host": "localhost:1", "origin": "http://localhost:1"}, 200),
        ({"host": "127.0.0.9"}, 200),
        ({"host": "emulator.test"}, 200),
        ({}, 200),
    ],
)
async def test_other_web_pages_are_kept_out(
    path: str, headers: dict[str, str], status: int
) -> None:
    """A page from elsewhere in the person's browser reaches neither viewer nor control."""
    async with (
        EmulatorServer(hosts=("emulator.test",)) as emulator,
        httpx.AsyncClient(base_url=emulator.url, trust_env=False) as http,
    ):
        assert (await http.get(path, headers=headers)).status_code == status


async def test_a_taken_port_is_one_clear_line(emulator: EmulatorServer) -> None:
    """Listening where somebody listens says what to do."""
    port = int(emulator.url.rsplit(":", 1)[1])
    with pytest.raises(AddressError) as caught:
        await EmulatorServer(port=port).serve_until_cancelled()
    assert str(caught.value) == (
        f"cannot listen on 127.0.0.1:{port}: Address already in use; "
        "choose another port or stop what uses it"
    )
    with pytest.raises(AddressError, match="cannot listen on"):
        await EmulatorServer(port=99_999).serve_until_cancelled()


async def test_serving_ends_when_it_is_cancelled() -> None:
    """The command's way to run it: serve until cancelled, then let go of the port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    serving = asyncio.create_task(EmulatorServer(port=port).serve_until_cancelled())
    async with asyncio.timeout(10), httpx.AsyncClient(trust_env=False) as http:
        while True:
            try:
                response = await http.get(f"http://127.0.0.1:{port}{API}/getMe")
            except httpx.ConnectError:
                continue
            break
    assert response.json()["result"]["username"] == BOT_NAME
    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving
    async with EmulatorServer(port=port) as again:
        assert again.url.endswith(f":{port}")


async def test_the_page_is_served_under_a_strict_policy(http: httpx.AsyncClient) -> None:
    """The page may load from its own server and from nowhere else."""
    page = await http.get("/")
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["content-security-policy"].startswith("default-src 'self'")
    assert (await http.get("/static/index.html")).status_code == 200
    assert (await http.get("/static/nothing.js")).status_code == 404


async def test_a_whole_message_fits_into_a_query(http: httpx.AsyncClient) -> None:
    """4096 emoji pass in the address of a GET."""
    params = {"chat_id": str(YOU), "text": "😀" * 4096}
    assert (await http.get(f"{API}/sendMessage", params=params)).status_code == 200


async def test_many_bots_share_the_server(http: httpx.AsyncClient) -> None:
    """A bot that is registered can call; persons and chats are registered likewise."""
    token = "88:second"
    bot = await http.post("/control/bots", json={"token": token, "username": "second_bot"})
    assert bot.json()["bot"]["id"] == 88
    assert token not in bot.text
    me = (await http.get(f"/bot{token}/getMe")).json()["result"]
    assert me["username"] == "second_bot"
    sent = await http.post(f"/bot{token}/sendMessage", json={"chat_id": GROUP, "text": "x"})
    assert sent.json()["ok"] is True
