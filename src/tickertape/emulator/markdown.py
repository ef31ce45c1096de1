"""The `parse_mode`s Markdown and MarkdownV2: markup in, text and formatting out.

Error texts and byte offsets are those of tdlib/td MessageEntity.cpp `parse_markdown` and
`parse_markdown_v2`; the dialects are described at core.telegram.org/bots/api#formatting-options.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from tickertape.emulator.answers import BotApiError, bad_request
from tickertape.emulator.spans import EntitySpan

__all__ = ["link_span", "parse_error", "parse_markdown", "parse_markdown_v2"]

_RESERVED = frozenset("_*[]()~`>#+-=|{}.!\n")
_NAMES = {
    "bold": "Bold",
    "italic": "Italic",
    "underline": "Underline",
    "strikethrough": "Strikethrough",
    "spoiler": "Spoiler",
    "code": "Code",
    "pre": "Pre",
    "text_link": "TextUrl",
    "custom_emoji": "CustomEmoji",
    "blockquote": "BlockQuote",
}
_MARKS = {
    "bold": "*",
    "italic": "_",
    "underline": "__",
    "strikethrough": "~",
    "spoiler": "||",
    "code": "`",
    "pre": "```",
    "text_link": "]",
    "custom_emoji": "]",
}
_OPENERS = (
    ("__", "underline"),
    ("_", "italic"),
    ("*", "bold"),
    ("~", "strikethrough"),
    ("||", "spoiler"),
    ("![", "custom_emoji"),
    ("[", "text_link"),
    ("```", "pre"),
    ("`", "code"),
)


def parse_error(reason: str) -> BotApiError:
    """Return the refusal of a text whose markup is wrong."""
    return bad_request(f"can't parse entities: {reason}")


def link_span(url: str, start: int, end: int) -> EntitySpan | None:
    """Return a link's formatting: a mention for `tg://user?id=`; None if it is unusable."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme == "tg" and parts.netloc == "user":
        ids = parse_qs(parts.query).get("id", [""])
        if ids[0].isascii() and ids[0].isdigit():
            user = {"id": int(ids[0][:18]), "is_bot": False, "first_name": "User"}
            return EntitySpan("text_mention", start, end, (("user", user),))
    if parts.scheme in {"http", "https", "tg", "ton"} and parts.netloc:
        bare = not parts.path and parts.scheme != "tg"
        address = parts._replace(path="/").geturl() if bare else url
        return EntitySpan("text_link", start, end, (("url", address),))
    if not parts.scheme and "." in url and not set(url) & set(" \n\t"):
        return EntitySpan("text_link", start, end, (("url", f"http://{url}/"),))
    return None


def parse_markdown(source: str) -> tuple[str, list[EntitySpan]]:
    """Parse the old dialect: nothing nests, four characters are special.

    Raises:
        BotApiError: A mark is not closed.
    """
    text: list[str] = []
    spans: list[EntitySpan] = []
    length = at = 0
    while at < len(source):
        char = source[at]
        if char == "\\" and source[at + 1 : at + 2] in {"_", "*", "`", "["}:
            text.append(source[at + 1])
            length += 1
            at += 2
        elif char not in "_*`[":
            text.append(char)
            length += 1
            at += 1
        else:
            inner, span, at = _old_entity(source, at, length)
            text.append(inner)
            length += len(inner)
            if span is not None and inner:
                spans.append(span)
    return "".join(text), spans


def _old_entity(source: str, at: int, start: int) -> tuple[str, EntitySpan | None, int]:
    char = source[at]
    is_pre = source.startswith("```", at)
    closing = "```" if is_pre else {"[": "]"}.get(char, char)
    language, begin = _language(source, at + 3) if is_pre else ("", at + 1)
    stop = source.find(closing, begin)
    if stop < 0:
        place = _byte_offset(source, at)
        raise parse_error(f"Can't find end of the entity starting at byte offset {place}")
    inner = source[begin:stop]
    end = start + len(inner)
    after = stop + len(closing)
    if char == "[":
        url = inner
        if source.startswith("(", after):
            close = source.find(")", after)
            url = source[after + 1 : close if close >= 0 else len(source)]
            after = close + 1 if close >= 0 else len(source)
        return inner, link_span(url, start, end), after
    if is_pre:
        extra = (("language", language),) if language else ()
        return inner, EntitySpan("pre", start, end, extra), after
    kind = {"_": "italic", "*": "bold", "`": "code"}[char]
    return inner, EntitySpan(kind, start, end), after


def parse_markdown_v2(source: str) -> tuple[str, list[EntitySpan]]:
    """Parse the second dialect: marks nest, and every special character must be escaped.

    Raises:
        BotApiError: A mark is not closed, or a special character is not escaped.
    """
    return _MarkdownReader(source).read()


@dataclass(slots=True)
class _OpenMark:
    """An entity whose end was not met yet."""

    kind: str
    """Which formatting it is."""
    start: int
    """Where its text begins."""
    place: int
    """Where its mark stands in the source."""
    argument: str = ""
    """The language of a code block; `expandable` for such a quote."""


class _MarkdownReader:
    """One pass over a MarkdownV2 source."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._at = 0
        self._text: list[str] = []
        self._spans: list[EntitySpan] = []
        self._open: list[_OpenMark] = []

    def read(self) -> tuple[str, list[EntitySpan]]:
        self._maybe_quote()
        while self._at < len(self._source):
            self._step()
        if self._open and self._open[-1].kind == "blockquote":
            self._close_quote()
        if self._open:
            raise self._unclosed()
        return "".join(self._text), sorted(self._spans, key=lambda span: (span.start, -span.end))

    def _step(self) -> None:
        source, at = self._source, self._at
        char = source[at]
        following = source[at + 1 : at + 2]
        kind = self._open[-1].kind if self._open else ""
        is_code = kind in {"code", "pre"}
        if char == "\\" and following and 0 < ord(following) <= 126:
            self._put(following, 2)
        elif char != "`" if is_code else char not in _RESERVED:
            self._put(char, 1)
        elif char == "\n":
            self._line_end()
        elif self._closes(kind):
            self._close()
        else:
            self._begin()

    def _put(self, char: str, width: int) -> None:
        self._text.append(char)
        self._at += width

    def _closes(self, kind: str) -> bool:
        mark = _MARKS.get(kind)
        if mark is None or not self._source.startswith(mark, self._at):
            return False
        return kind != "italic" or not self._source.startswith("__", self._at)

    def _begin(self) -> None:
        source, at = self._source, self._at
        opener = next((pair for pair in _OPENERS if source.startswith(pair[0], at)), None)
        if opener is None:
            raise parse_error(
                f"Character '{source[at]}' is reserved and must be escaped with the preceding '\\'"
            )
        mark, kind = opener
        if self._is_quote_end(kind):
            return
        argument = ""
        self._at = at + len(mark)
        if kind == "pre":
            argument, self._at = _language(source, at + 3)
        self._open.append(_OpenMark(kind, len(self._text), at, argument))

    def _is_quote_end(self, kind: str) -> bool:
        """Return whether two bars end a quote's last line, which makes it expandable."""
        quote = self._open[-1] if self._open else None
        if kind != "spoiler" or quote is None or quote.kind != "blockquote":
            return False
        after = self._at + 2
        if self._source[after : after + 1] not in {"", "\n"}:
            return False
        if self._source[after : after + 2] == "\n>":
            return False
        quote.argument = "expandable"
        self._at = after
        return True

    def _line_end(self) -> None:
        quoting = any(entity.kind == "blockquote" for entity in self._open)
        goes_on = self._source.startswith(">", self._at + 1)
        if quoting and not goes_on:
            if self._open[-1].kind != "blockquote":
                raise self._unclosed()
            self._close_quote()
        self._put("\n", 1)
        if quoting and goes_on:
            self._at += 1
        elif not quoting:
            self._maybe_quote()

    def _maybe_quote(self) -> None:
        for mark, argument in (("**>", "expandable"), (">", "")):
            if self._source.startswith(mark, self._at):
                self._open.append(_OpenMark("blockquote", len(self._text), self._at, argument))
                self._at += len(mark)
                return

    def _close_quote(self) -> None:
        entity = self._open.pop()
        kind = "expandable_blockquote" if entity.argument else "blockquote"
        if len(self._text) > entity.start:
            self._spans.append(EntitySpan(kind, entity.start, len(self._text)))

    def _close(self) -> None:
        entity = self._open.pop()
        self._at += len(_MARKS[entity.kind])
        start, end = entity.start, len(self._text)
        span: EntitySpan | None = EntitySpan(entity.kind, start, end)
        if entity.kind == "pre" and entity.argument:
            span = EntitySpan("pre", start, end, (("language", entity.argument),))
        elif entity.kind == "text_link":
            url = self._target("a URL") if self._at_target() else "".join(self._text[start:])
            span = link_span(url, start, end)
        elif entity.kind == "custom_emoji":
            span = self._emoji(start, end)
        if span is not None and end > start:
            self._spans.append(span)

    def _at_target(self) -> bool:
        return self._source.startswith("(", self._at)

    def _emoji(self, start: int, end: int) -> EntitySpan:
        if not self._at_target():
            raise parse_error("Custom emoji entity must contain a tg://emoji URL")
        url = self._target("a custom emoji URL")
        prefix, _, number = url.partition("?id=")
        if prefix != "tg://emoji" or not number.isdigit():
            raise parse_error("Custom emoji URL must have an emoji identifier")
        return EntitySpan("custom_emoji", start, end, (("custom_emoji_id", number),))

    def _target(self, what: str) -> str:
        begin = at = self._at + 1
        url: list[str] = []
        while at < len(self._source) and self._source[at] != ")":
            following = self._source[at + 1 : at + 2]
            escaped = self._source[at] == "\\" and following and 0 < ord(following) <= 126
            url.append(following if escaped else self._source[at])
            at += 2 if escaped else 1
        if at >= len(self._source):
            place = _byte_offset(self._source, begin)
            raise parse_error(f"Can't find end of {what} at byte offset {place}")
        self._at = at + 1
        return "".join(url)

    def _unclosed(self) -> BotApiError:
        entity = self._open[-1]
        name = "PreCode" if entity.kind == "pre" and entity.argument else _NAMES[entity.kind]
        place = _byte_offset(self._source, entity.place)
        return parse_error(f"Can't find end of {name} entity at byte offset {place}")


def _language(source: str, at: int) -> tuple[str, int]:
    """Return the language after three backticks, and where the code begins."""
    end = at
    while end < len(source) and not source[end].isspace() and source[end] != "`":
        end += 1
    language = ""
    if at < end < len(source) and source[end] != "`":
        language, at = source[at:end], end
    if source[at : at + 2] in {"\r\n", "\n\r"}:
        at += 2
    elif source[at : at + 1] in {"\n", "\r"}:
        at += 1
    return language, at


def _byte_offset(source: str, at: int) -> int:
    return len(source[:at].encode("utf-8", "surrogatepass"))
