"""Links that Telegram takes are told from those that would cost the whole message."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickertape.channels.telegram.links import is_linkable
from tickertape.markup.inlines import leads


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org",
        "HTTP://Example.org/a?b=c#d",
        "https://example.org:8443/",
        "http://127.0.0.1:8000/docs",
        "http://[::1]/",
        "example.org/page",
        "https://de.wikipedia.org/wiki/Z\u00fcrich",
        "tg://resolve?domain=tickertape_bot",
        "ton://transfer/abc",
    ],
)
def test_links_that_are_taken(url: str) -> None:
    """Addresses of the web, with or without a scheme, and Telegram's own."""
    assert is_linkable(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "#anchor",
        "/etc/hosts",
        "src/app.py",
        "./a.md",
        "../a.md",
        "http://localhost:8000/",
        "https://",
        "http://example.org:port/",
        "http://[::1",
        "mailto:anna@example.org",
        "tel:+491234",
        "ftp://example.org",
        "javascript:alert(1)",
        "file:///etc/hosts",
        "https://user@example.org",
        "https://exa mple.org",
        "https://example.org/\ta",
        "https://example.org/\ud83d",
        "tg://user?id=5",
        "tg://",
    ],
)
def test_links_that_are_not_taken(url: str) -> None:
    """Paths, anchors, hosts without a dot, foreign schemes, people, and what is no address."""
    assert not is_linkable(url)


@given(st.text(max_size=40))
def test_anything_can_be_asked(text: str) -> None:
    """Whatever a model writes as an address, the question has an answer."""
    assert is_linkable(text) in (True, False)


_PARTS = [
    "http://",
    "https://",
    "tg://",
    "user",
    "a.b",
    "a",
    ".",
    ":",
    "80",
    "65536",
    "/",
    "?x",
    "@",
]
_PARTS += ["[::1]", "[", "]", "#", "é", "℀", "\u200b", " ", "%2e", "..", "-", "_", "resolve", "＠"]


@given(st.lists(st.sampled_from(_PARTS), max_size=8).map("".join) | st.text(max_size=20))
def test_what_is_shown_as_a_link_is_one(tail: str) -> None:
    """No address is hidden under words by the markup layer which the channel then leaves away."""
    for url in (tail, f"http://{tail}", f"https://a.b{tail}", f"tg://{tail}"):
        assert is_linkable(url) or not leads(url)
