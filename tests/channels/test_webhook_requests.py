"""What is decided about a request to a webhook, and what a webhook may be: tables, without I/O."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickertape.channels.telegram.calls import ApiCall
from tickertape.channels.telegram.inbound import ALLOWED_UPDATES
from tickertape.channels.telegram.webhooks.hook import TelegramWebhook
from tickertape.channels.telegram.webhooks.refusals import Refusals
from tickertape.channels.telegram.webhooks.registration import (
    Registered,
    registered_in,
    registration_of,
)
from tickertape.channels.telegram.webhooks.requests import (
    LARGEST_BODY,
    Head,
    HttpReply,
    PostedUpdate,
    refusal_of,
    update_in,
)
from tickertape.errors import ConfigError
from tickertape.listening import Listen

RIGHT = "right-secret_1"
SECRETS = {"/tape": RIGHT, "/work": "another"}
HOOK = TelegramWebhook("https://bot.example.org/tape", "127.0.0.1:8443", RIGHT)


def head(
    method: str = "POST", path: str = "/tape", secret: str | None = RIGHT, **more: object
) -> Head:
    """Make the head of a request that is right but for what is given."""
    return Head(method, path, secret, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("request_head", "status"),
    [
        (head(), None),
        (head(path="/work", secret="another"), None),
        (head(length=LARGEST_BODY), None),
        (head(encoding="identity"), None),
        (head(path="/"), 404),
        (head(path="/tape/"), 404),
        (head(path="/Tape"), 404),
        (head("GET", path="/nowhere", secret=None), 404),
        (head("GET"), 405),
        (head("PUT", secret=None), 405),
        (head(secret=None), 401),
        (head(secret=""), 403),
        (head(secret="right-secret_"), 403),
        (head(secret="right-secret_1 "), 403),
        (head(secret="RIGHT-SECRET_1"), 403),
        (head(secret="another"), 403),
        (head(secret="geheim-ü-\udcff"), 403),
        (head(secret=None, content_type="text/html", length=LARGEST_BODY + 1), 401),
        (head(content_type="text/plain"), 415),
        (head(content_type="application/octet-stream"), 415),
        (head(content_type="application/x-www-form-urlencoded"), 415),
        (head(encoding="gzip"), 415),
        (head(length=LARGEST_BODY + 1), 413),
    ],
)
def test_each_wrong_head_has_its_status(request_head: Head, status: int | None) -> None:
    """Path, method, secret, type and size are told apart, in this order."""
    refusal = refusal_of(request_head, SECRETS)
    assert (refusal.status if refusal is not None else None) == status


def test_the_wrong_method_is_told_the_right_one() -> None:
    """A 405 names what is allowed, as HTTP asks for."""
    refusal = refusal_of(head("GET"), SECRETS)
    assert refusal is not None
    assert refusal.headers == (("Allow", "POST"),)


@given(secret=st.text(), path=st.sampled_from(["/tape", "/work"]))
def test_only_the_right_secret_passes(secret: str, path: str) -> None:
    """Whatever is sent as a secret, it passes if it is the path's, and never else."""
    refusal = refusal_of(head(path=path, secret=secret), SECRETS)
    assert (refusal is None) == (secret == SECRETS[path])


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b'{"update_id": 1', 400),
        (b'{"update_id": 1}}', 400),
        (b"\xff\xfe", 400),
        (b'{"update_id": "\xff"}', 400),
        (b'{"update_id": ' + b"9" * 5000 + b"}", 400),
        (b"[" * 100_000, 400),
        (b"5", 400),
        (b"null", 400),
        (b"[]", 400),
        (b'[{"update_id": 1}]', 400),
        (b"{}", 400),
        (b'{"update_id": null}', 400),
        (b'{"update_id": true}', 400),
        (b'{"update_id": "1"}', 400),
        (b'{"update_id": 1.5}', 400),
        (b" " * (LARGEST_BODY + 1), 413),
    ],
)
def test_a_body_that_is_no_update(body: bytes, status: int) -> None:
    """It is refused with a reason, whatever it is."""
    reply = update_in(body)
    assert isinstance(reply, HttpReply)
    assert reply.status == status


def test_what_is_not_json_and_what_is_no_update_are_told_apart() -> None:
    """Their texts differ."""
    torn, other = update_in(b"{"), update_in(b"{}")
    assert isinstance(torn, HttpReply)
    assert isinstance(other, HttpReply)
    assert torn.text != other.text


def test_an_update_is_read_whole() -> None:
    """Its number, and all that it holds."""
    content = {"update_id": 7, "message": {"text": "süß 👩‍👧"}}
    assert update_in(json.dumps(content).encode()) == PostedUpdate(7, content)
    assert update_in(json.dumps(content, ensure_ascii=False).encode()) == PostedUpdate(7, content)


@given(st.binary() | st.text().map(str.encode) | st.from_regex(rb"[\[{\"0-9a-z:,}\] ]*"))
def test_any_body_is_an_update_or_refused(body: bytes) -> None:
    """Nothing is raised."""
    assert isinstance(update_in(body), PostedUpdate | HttpReply)


def test_nothing_shows_a_secret_or_a_persons_words() -> None:
    """Values that are logged or raised hide both."""
    shown = f"{HOOK!r} {head()!r} {PostedUpdate(1, {'text': 'my plan'})!r}"
    assert "right-secret_1" not in shown
    assert "my plan" not in shown


@pytest.mark.parametrize(
    ("url", "listen", "path", "at"),
    [
        ("https://a.example", "127.0.0.1:8443", "/", Listen("127.0.0.1", 8443)),
        ("https://a.example/", "[::1]:80", "/", Listen("::1", 80)),
        ("https://a.example:8443/a/b", "localhost:1", "/a/b", Listen("localhost", 1)),
        ("https://a.example/s%C3%BC%20b", "0.0.0.0:65535", "/sü b", Listen("0.0.0.0", 65535)),  # noqa: S104
    ],
)
def test_where_a_webhook_is(url: str, listen: str, path: str, at: Listen) -> None:
    """Its path is the url's, decoded; its address is that of `listen`."""
    hook = TelegramWebhook(url, listen, "s")
    assert (hook.path, hook.at) == (path, at)
    assert TelegramWebhook.of({"url": url, "listen": listen, "secret": "s"}) == hook


@pytest.mark.parametrize(
    ("url", "listen", "secret", "key"),
    [
        ("ftp://a.example/", "127.0.0.1:1", "s", "webhook.url"),
        ("https:///x", "127.0.0.1:1", "s", "webhook.url"),
        ("https://a.example/?a=1", "127.0.0.1:1", "s", "webhook.url"),
        ("https://a.example/", "127.0.0.1", "s", "webhook.listen"),
        ("https://a.example/", "127.0.0.1:0", "s", "webhook.listen"),
        ("https://a.example/", "127.0.0.1:65536", "s", "webhook.listen"),
        ("https://a.example/", ":8443", "s", "webhook.listen"),
        ("https://a.example/", "me@127.0.0.1:8443", "s", "webhook.listen"),
        ("https://a.example/", "127.0.0.1:8443/x", "s", "webhook.listen"),
        ("https://a.example/", "[::1:8443", "s", "webhook.listen"),
        ("https://a.example/", "127.0.0.1:1", "", "webhook.secret"),
        ("https://a.example/", "127.0.0.1:1", "pass word", "webhook.secret"),
        ("https://a.example/", "127.0.0.1:1", "s" * 257, "webhook.secret"),
    ],
)
def test_what_cannot_be_a_webhook(url: str, listen: str, secret: str, key: str) -> None:
    """The error names the setting, and never shows the secret."""
    with pytest.raises(ConfigError) as caught:
        TelegramWebhook(url, listen, secret)
    assert caught.value.key == key
    assert "pass word" not in str(caught.value)


@pytest.mark.parametrize("missing", ["url", "listen", "secret"])
def test_settings_that_lack_something(missing: str) -> None:
    """The error names what is missing."""
    settings = {"url": HOOK.url, "listen": HOOK.listen, "secret": HOOK.secret}
    del settings[missing]
    with pytest.raises(ConfigError, match=f"a mapping with {missing}$"):
        TelegramWebhook.of(settings)


def test_the_registration_asks_for_what_is_read() -> None:
    """With the secret and every kind of update, and without dropping what waits."""
    assert registration_of(HOOK) == ApiCall(
        "setWebhook",
        {
            "url": HOOK.url,
            "secret_token": HOOK.secret,
            "max_connections": 10,
            "allowed_updates": list(ALLOWED_UPDATES),
            "drop_pending_updates": False,
        },
    )


@pytest.mark.parametrize(
    ("result", "known"),
    [
        ({"url": ""}, Registered()),
        (
            {
                "url": HOOK.url,
                "pending_update_count": 3,
                "last_error_date": 1_764_583_200,
                "last_error_message": "Wrong response\n502",
            },
            Registered(HOOK.url, 3, 1_764_583_200, "Wrong response 502"),
        ),
        ({"url": "x", "last_error_date": 2**60, "last_error_message": 5}, Registered("x")),
        ({}, None),
        ([], None),
        (None, None),
    ],
)
def test_what_telegram_knows(result: object, known: Registered | None) -> None:
    """What is not of the Bot API is not believed."""
    assert registered_in(result) == known


def test_when_a_delivery_failed() -> None:
    """It is told with its zone."""
    assert Registered("x", 0, 1_764_583_200).failed == "2025-12-01T10:00:00+00:00"


def test_a_flood_of_refusals_is_a_line_a_minute() -> None:
    """Each kind is counted alone; a line tells of all since the one before."""
    refusals = Refusals(60.0)
    assert [refusals.count("a", at) for at in (0.0, 1.0, 59.9)] == [1, 0, 0]
    assert refusals.count("b", 30.0) == 1
    assert [refusals.count("a", at) for at in (60.0, 61.0, 130.0)] == [3, 0, 2]
