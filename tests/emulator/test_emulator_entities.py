"""Text and its formatting, as the server keeps them."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tickertape.emulator.answers import BotApiError
from tickertape.emulator.entities import MOST_ENTITIES, format_text, read_entities
from tickertape.emulator.html import parse_html
from tickertape.emulator.markdown import parse_markdown, parse_markdown_v2
from tickertape.emulator.spans import SPLITTABLE, EntitySpan

PARSERS = {"Markdown": parse_markdown, "MarkdownV2": parse_markdown_v2, "HTML": parse_html}


def formatted(mode: str, source: str) -> tuple[str, list[tuple[object, ...]]]:
    """Parse, clean, and show a text with its entities as short tuples."""
    text = format_text(*PARSERS[mode](source))
    shown = []
    for entity in text.entities_json():
        extra = {key: value for key, value in entity.items() if key not in _PLACE}
        shown.append((entity["type"], entity["offset"], entity["length"], *extra.values()))
    return text.text, shown


_PLACE = {"type", "offset", "length"}
_USER = {"id": 7, "is_bot": False, "first_name": "User"}


@pytest.mark.parametrize(
    ("mode", "source", "text", "entities"),
    [
        (
            "MarkdownV2",
            "*bold _it_ ~x~*",
            "bold it x",
            [("bold", 0, 9), ("italic", 5, 2), ("strikethrough", 8, 1)],
        ),
        ("MarkdownV2", "__u__ ||s||", "u s", [("underline", 0, 1), ("spoiler", 2, 1)]),
        ("MarkdownV2", "```py\nx = 1\n```", "x = 1", [("pre", 0, 5, "py")]),
        ("MarkdownV2", "```\r\nx```", "x", [("pre", 0, 1)]),
        ("MarkdownV2", "```x```", "x", [("pre", 0, 1)]),
        ("MarkdownV2", "`a\\`b.`", "a`b.", [("code", 0, 4)]),
        ("MarkdownV2", "a\\.b\\!", "a.b!", []),
        ("MarkdownV2", ">quote\n>more\nend", "quote\nmore\nend", [("blockquote", 0, 10)]),
        ("MarkdownV2", "a\n>quote", "a\nquote", [("blockquote", 2, 5)]),
        (
            "MarkdownV2",
            "**>long\n>more||\nend",
            "long\nmore\nend",
            [("expandable_blockquote", 0, 9)],
        ),
        ("MarkdownV2", ">||s||\n>t", "s\nt", [("blockquote", 0, 3), ("spoiler", 0, 1)]),
        ("MarkdownV2", "[l](https://a.b/c\\)d)", "l", [("text_link", 0, 1, "https://a.b/c)d")]),
        ("MarkdownV2", "[a\\.b]", "a.b", [("text_link", 0, 3, "http://a.b/")]),
        ("MarkdownV2", "[you](tg://user?id=7)", "you", [("text_mention", 0, 3, _USER)]),
        ("MarkdownV2", "[l](javascript:x)", "l", []),
        ("MarkdownV2", "[l](tg://user?id=x)", "l", [("text_link", 0, 1, "tg://user?id=x")]),
        ("MarkdownV2", ">||a\n>b||", "a\nb", [("blockquote", 0, 3), ("spoiler", 0, 3)]),
        ("MarkdownV2", ">", "", []),
        ("MarkdownV2", "[l](http://[x)", "l", []),
        ("MarkdownV2", "![👍](tg://emoji?id=5)", "👍", [("custom_emoji", 0, 2, "5")]),
        ("MarkdownV2", "😀 *b*", "😀 b", [("bold", 3, 1)]),
        (
            "Markdown",
            "*b* _i_ `c` [l](http://x.y)",
            "b i c l",
            [("bold", 0, 1), ("italic", 2, 1), ("code", 4, 1), ("text_link", 6, 1, "http://x.y/")],
        ),
        ("Markdown", "\\*a\\_ **", "*a_", []),
        ("Markdown", "```js\nx```", "x", [("pre", 0, 1, "js")]),
        (
            "Markdown",
            "[x.y] [l](http://a.b",
            "x.y l",
            [("text_link", 0, 3, "http://x.y/"), ("text_link", 4, 1, "http://a.b/")],
        ),
        (
            "HTML",
            "<b>b</b><i>i</i><u>u</u><s>s</s>",
            "bius",
            [("bold", 0, 1), ("italic", 1, 1), ("underline", 2, 1), ("strikethrough", 3, 1)],
        ),
        ("HTML", "<STRONG>b</strong> <em>i</>", "b i", [("bold", 0, 1), ("italic", 2, 1)]),
        ("HTML", '<span class="tg-spoiler">s</span>', "s", [("spoiler", 0, 1)]),
        ("HTML", '<pre><code class="language-py">x</code></pre>', "x", [("pre", 0, 1, "py")]),
        ("HTML", "<pre>x</pre><code>y</code>", "xy", [("pre", 0, 1), ("code", 1, 1)]),
        (
            "HTML",
            "<a href='https://x.y?a=1&amp;b=2'>l</a>",
            "l",
            [("text_link", 0, 1, "https://x.y/?a=1&b=2")],
        ),
        ("HTML", "<a>x.y</a>", "x.y", [("text_link", 0, 3, "http://x.y/")]),
        ("HTML", "<tg-emoji emoji-id=5>👍</tg-emoji >", "👍", [("custom_emoji", 0, 2, "5")]),
        ("HTML", "<blockquote expandable>q</blockquote>", "q", [("expandable_blockquote", 0, 1)]),
        ("HTML", "a &lt; &#98; &#x1F600; &nbsp; &#0;", "a < b 😀 &nbsp; &#0;", []),
    ],
)
def test_markup_becomes_entities(
    mode: str, source: str, text: str, entities: list[tuple[object, ...]]
) -> None:
    """Each dialect's markup is parsed away, and what it said stands in UTF-16 units."""
    assert formatted(mode, source) == (text, entities)


@pytest.mark.parametrize(
    ("mode", "source", "reason"),
    [
        (
            "MarkdownV2",
            "a.",
            "Character '.' is reserved and must be escaped with the preceding '\\'",
        ),
        (
            "MarkdownV2",
            "a|b",
            "Character '|' is reserved and must be escaped with the preceding '\\'",
        ),
        (
            "MarkdownV2",
            "a>",
            "Character '>' is reserved and must be escaped with the preceding '\\'",
        ),
        ("MarkdownV2", "ü_a", "Can't find end of Italic entity at byte offset 2"),
        ("MarkdownV2", "*a", "Can't find end of Bold entity at byte offset 0"),
        ("MarkdownV2", "```py\na", "Can't find end of PreCode entity at byte offset 0"),
        ("MarkdownV2", "```\na", "Can't find end of Pre entity at byte offset 0"),
        ("MarkdownV2", "[a](b", "Can't find end of a URL at byte offset 4"),
        ("MarkdownV2", ">*a\nb*", "Can't find end of Bold entity at byte offset 1"),
        ("MarkdownV2", "![a]", "Custom emoji entity must contain a tg://emoji URL"),
        ("MarkdownV2", "![a](http://x.y)", "Custom emoji URL must have an emoji identifier"),
        ("MarkdownV2", "![a](tg", "Can't find end of a custom emoji URL at byte offset 5"),
        ("Markdown", "ü*a", "Can't find end of the entity starting at byte offset 2"),
        ("HTML", "<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("HTML", "ü<x>", 'Unsupported start tag "x" at byte offset 2'),
        ("HTML", "</b>", "Unexpected end tag at byte offset 0"),
        ("HTML", "<b>a</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("HTML", "<b>a</b x", "Unclosed end tag at byte offset 4"),
        ("HTML", "<b", "Unclosed start tag at byte offset 0"),
        (
            "HTML",
            "<a x",
            'Expected equal sign in declaration of an attribute of the tag "a" at byte offset 0',
        ),
        ("HTML", "<a  ", 'Unclosed start tag "a" at byte offset 0'),
        ("HTML", "<a =x>", 'Empty attribute name in the tag "a" at byte offset 0'),
        ("HTML", "<span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("HTML", "<tg-emoji>x</tg-emoji>", "Invalid custom emoji identifier specified"),
    ],
)
def test_wrong_markup_is_named_with_its_place(mode: str, source: str, reason: str) -> None:
    """What is wrong is told in the words of the server, with the offset in bytes."""
    with pytest.raises(BotApiError) as caught:
        PARSERS[mode](source)
    assert caught.value.description == f"Bad Request: can't parse entities: {reason}"


@pytest.mark.parametrize(
    ("source", "spans", "text", "kept"),
    [
        ("  a\t\x00b\r\n ", [], "a  b", []),
        ("\u202ea\u030ab", [], "ab", []),
        (" ab ", [EntitySpan("bold", 0, 4)], " ab", [("bold", 0, 3)]),
        ("a\r b", [EntitySpan("bold", 0, 4)], "a b", [("bold", 0, 3)]),
        ("a b", [EntitySpan("bold", 1, 2)], "a b", []),
        (
            "abcdef",
            [EntitySpan("bold", 0, 3), EntitySpan("bold", 3, 6)],
            "abcdef",
            [("bold", 0, 6)],
        ),
        (
            "abcdef",
            [EntitySpan("bold", 0, 4), EntitySpan("italic", 2, 6)],
            "abcdef",
            [("bold", 0, 4), ("italic", 2, 4), ("italic", 4, 6)],
        ),
        (
            "abcdef",
            [EntitySpan("code", 2, 4), EntitySpan("bold", 0, 6)],
            "abcdef",
            [("bold", 0, 2), ("code", 2, 4), ("bold", 4, 6)],
        ),
        ("abcdef", [EntitySpan("code", 0, 4), EntitySpan("pre", 2, 6)], "abcdef", [("code", 0, 4)]),
        (
            "abcdef",
            [
                EntitySpan("blockquote", 0, 6),
                EntitySpan("blockquote", 2, 4),
                EntitySpan("code", 1, 2),
            ],
            "abcdef",
            [("blockquote", 0, 6), ("code", 1, 2)],
        ),
        (
            "abcdef",
            [EntitySpan("bold", 2, 6), EntitySpan("text_link", 0, 4, (("url", "http://a.b/"),))],
            "abcdef",
            [("text_link", 0, 4), ("bold", 2, 4), ("bold", 4, 6)],
        ),
        ("abc", [EntitySpan("bold", 2, 2)], "abc", []),
        ("@somebody", [EntitySpan("code", 0, 9)], "@somebody", [("code", 0, 9)]),
        ("@somebody", [EntitySpan("bold", 0, 9)], "@somebody", [("bold", 0, 9), ("mention", 0, 9)]),
        (
            "x @somebody",
            [EntitySpan("blockquote", 0, 11)],
            "x @somebody",
            [("blockquote", 0, 11), ("mention", 2, 11)],
        ),
        ("@somebody", [EntitySpan("blockquote", 0, 3)], "@somebody", [("blockquote", 0, 3)]),
    ],
)
def test_texts_are_cleaned_and_entities_made_to_fit(
    source: str, spans: list[EntitySpan], text: str, kept: list[tuple[str, int, int]]
) -> None:
    """Blanks are trimmed, control characters go, and crossing entities are split or dropped."""
    result = format_text(source, spans)
    shown = [(span.kind, span.start, span.end) for span in result.spans]
    assert (result.text, shown) == (text, kept)


def test_leading_blanks_inside_an_entity_stay() -> None:
    """Blanks before the first entity are trimmed, blanks inside it are not."""
    result = format_text("  \n ab", [EntitySpan("bold", 3, 6)])
    assert (result.text, [(span.start, span.end) for span in result.spans]) == (" ab", [(0, 3)])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("/start now", [("bot_command", "/start")]),
        ("ask /start@some_bot", [("bot_command", "/start@some_bot")]),
        ("a/b //x", []),
        ("@someone: hi", [("mention", "@someone")]),
        ("mail a.b@c.de", [("email", "a.b@c.de")]),
        ("see https://a.b/c?d=1.", [("url", "https://a.b/c?d=1")]),
        ("#tag #1 $USD", [("hashtag", "#tag"), ("cashtag", "$USD")]),
        ("https://a.b/@somebody", [("url", "https://a.b/@somebody")]),
    ],
)
def test_the_server_finds_entities_by_itself(text: str, found: list[tuple[str, str]]) -> None:
    """Mentions, commands, addresses and tags are found without being marked."""
    spans = format_text(text).spans
    assert [(span.kind, text[span.start : span.end]) for span in spans] == found


def test_at_most_a_hundred_entities_survive() -> None:
    """Beyond a hundred entities the rest is dropped silently; custom emoji are not counted."""
    text = "x" * 600
    bold = [EntitySpan("bold", at, at + 1) for at in range(0, 300, 2)]
    code = [EntitySpan("code", at, at + 1) for at in range(301, 400, 2)]
    emoji = [
        EntitySpan("custom_emoji", at, at + 1, (("custom_emoji_id", "5"),))
        for at in range(400, 410)
    ]
    spans = format_text(text, [*bold, *code, *emoji]).spans
    counts = {kind: sum(span.kind == kind for span in spans) for kind in ("bold", "code")}
    assert counts == {"bold": MOST_ENTITIES - len(code), "code": len(code)}
    assert len(spans) == MOST_ENTITIES + len(emoji)
    links = [EntitySpan("code", at, at + 1) for at in range(0, 400, 2)]
    assert len(format_text(text, links).spans) == MOST_ENTITIES


@pytest.mark.parametrize(
    ("entities", "reason"),
    [
        ({"type": "bold"}, "can't parse entities JSON object: Array expected"),
        ([1], "can't parse MessageEntity: MessageEntity must be an Object"),
        ([{"type": "bold", "offset": 0}], "can't parse MessageEntity: Can't find field \"length\""),
        (
            [{"type": "bold", "offset": "0", "length": 1}],
            'can\'t parse MessageEntity: Field "offset" must be of type Integer',
        ),
        (
            [{"type": "loud", "offset": 0, "length": 1}],
            "can't parse MessageEntity: Unsupported type specified",
        ),
        (
            [{"type": "bold", "offset": 0, "length": 1, "colour": "red"}],
            'can\'t parse MessageEntity: MessageEntity has an unknown field "colour"',
        ),
        ([{"type": "bold", "offset": 1, "length": 1}], "ENTITY_BOUNDS_INVALID"),
        ([{"type": "bold", "offset": 0, "length": 9}], "ENTITY_BOUNDS_INVALID"),
    ],
)
def test_malformed_entities_are_refused(entities: object, reason: str) -> None:
    """Entities of a wrong shape, an unknown type, or that cut a character are refused."""
    with pytest.raises(BotApiError) as caught:
        read_entities(entities, "😀b")
    assert caught.value.description == f"Bad Request: {reason}"


def test_entities_are_read_in_utf16_units() -> None:
    """Offsets count UTF-16 units; what the server finds by itself is not heeded."""
    entities = [
        {"type": "bold", "offset": 2, "length": 1},
        {"type": "pre", "offset": 3, "length": 1, "language": "py"},
        {"type": "text_mention", "offset": 4, "length": 1, "user": {"id": 7}},
        {"type": "date_time", "offset": 5, "length": 1, "unix_time": 1, "date_time_format": "t"},
        {"type": "custom_emoji", "offset": 0, "length": 2, "custom_emoji_id": "5"},
        {"type": "text_link", "offset": 6, "length": 1, "url": "http://a.b/"},
        {"type": "url", "offset": 0, "length": 2},
        {"type": "italic", "offset": 0, "length": 0},
    ]
    spans = read_entities(entities, "😀bcdefgh")
    assert [(span.kind, span.start, span.end) for span in spans] == [
        ("bold", 1, 2),
        ("pre", 2, 3),
        ("text_mention", 3, 4),
        ("date_time", 4, 5),
        ("custom_emoji", 0, 1),
        ("text_link", 5, 6),
    ]


def test_entities_that_the_server_finds_itself_are_not_heeded() -> None:
    """A bot may send them back as it read them; nothing comes of it."""
    assert read_entities([{"type": "mention", "offset": 0, "length": 99}], "x") == []
    plain = [
        {"type": "pre", "offset": 0, "length": 1},
        {"type": "date_time", "offset": 1, "length": 1, "unix_time": 5},
    ]
    assert [dict(span.extra) for span in read_entities(plain, "xy")] == [{}, {"unix_time": 5}]
    with pytest.raises(BotApiError, match="Strings must be encoded in UTF-8"):
        read_entities([{"type": "\ud800", "offset": 0, "length": 1}], "x")


def test_half_a_character_is_not_utf8() -> None:
    """A lone surrogate is refused as Telegram words it."""
    with pytest.raises(BotApiError, match="strings must be encoded in UTF-8"):
        format_text("a\ud800")


KINDS = [*sorted(SPLITTABLE), "code", "pre", "blockquote", "text_link", "custom_emoji"]
UNICODE = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
SPANS = st.lists(
    st.builds(
        lambda kind, start, length: EntitySpan(kind, start, start + length),
        st.sampled_from(KINDS),
        st.integers(0, 30),
        st.integers(0, 30),
    ),
    max_size=12,
)


@given(UNICODE, SPANS)
@example("#A:", [EntitySpan("bold", 1, 3)])
@example("a #tag b", [EntitySpan("italic", 0, 4)])
def test_what_is_kept_is_valid(source: str, spans: list[EntitySpan]) -> None:
    """Whatever comes in, entities lie inside the text, nest, and cut no character."""
    inside = [EntitySpan(s.kind, min(s.start, len(source)), min(s.end, len(source))) for s in spans]
    text = format_text(source, inside)
    assert text.text == text.text.rstrip(" \n")
    units = len(text.text.encode("utf-16-le")) // 2
    shown = [(e["offset"], e["length"]) for e in text.entities_json()]
    for offset, length in shown:
        assert isinstance(offset, int)
        assert isinstance(length, int)
        assert 0 <= offset < offset + length <= units
    for one in text.spans:
        for other in text.spans:
            crosses = one.start < other.start < one.end < other.end
            assert not crosses, (one, other)


@given(st.sampled_from(sorted(PARSERS)), st.text("ab*_~|`[]()<>/!\\\n\"'=& .ü😀", max_size=40))
def test_any_markup_is_parsed_or_refused(mode: str, source: str) -> None:
    """No text of special characters breaks a parser: it is parsed, or refused by name."""
    try:
        text, spans = PARSERS[mode](source)
    except BotApiError as error:
        text, spans = error.description.removeprefix("Bad Request: can't parse entities: "), []
        source += error.description
    assert not text.startswith("Bad Request")
    assert all(0 <= span.start <= span.end <= len(text) for span in spans)
    assert len(text) <= len(source)
