"""How a text is said: pieces of Markdown in, words out, without any mark.

Nothing that is only written is said: emphasis, addresses behind links, emoji, the names of
footnotes. Code within a sentence is read as words, formulas are announced. What engines take for
orders (espeak-ng and Piper read `[[...]]` as phonemes) does not get through.
"""

from __future__ import annotations

import re
from typing import assert_never

from tickertape.markup.parse import parse_chunk
from tickertape.markup.tree import (
    Block,
    Code,
    CodeBlock,
    Details,
    Divider,
    Folded,
    Formula,
    FormulaBlock,
    Heading,
    Inline,
    LineBreak,
    Link,
    Listing,
    Paragraph,
    Quote,
    Styled,
    Table,
    Thinking,
    Words,
)
from tickertape.speech.text.phrases import Phrases

__all__ = ["announced", "can_be_said", "paragraphs", "said"]

# In front of a piece of a paragraph, so that nothing in it begins a block.
_ANCHOR = "x "

# Who is named before the host (`user:password@`) is least of all for other people's ears.
_ADDRESS = re.compile(
    r"(?:(?:https?|ftp)://(?:[^\s/?#<>\[\]\"'`|]*@)?(?:www\.)?|(?<![\w.@/-])www\.)"
    r"([^\s/?#<>()\[\]\"'`|]+)([^\s<>()\[\]\"'`|]*)"
)
# Comments, and the tags of HTML that models write; other words in angle brackets are to be filled
# in by the reader, and are said.
_TAG = re.compile(
    r"<!--[^<>]*-->|</?(?:a|abbr|article|aside|b|big|blockquote|br|center|code|col|dd|del|div"
    r"|dl|dt|em|figcaption|figure|font|footer|h[1-6]|header|hr|i|img|ins|kbd|li|main|mark|nav|ol|p"
    r"|pre|q|s|samp|section|small|span|strike|strong|sub|summary|sup|table|tbody|td|tfoot|th|thead"
    r"|tr|u|ul|var)(?:\s+[\w:-]+\s*=\s*(?:\"[^\"<>]*\"|'[^'<>]*'|[^\s\"'<>]+))*\s*/?>",
    re.IGNORECASE,
)
_MAIL = re.compile(r"\b(?:mailto|tel):")
_FOOTNOTE = re.compile(r"\[\^[^\]\s]{1,40}\]")
_ORDERS = re.compile(r"\[{2,}|\]{2,}")
_MARKS_AT_EDGE = re.compile(r"(?:(?<=\s)|^)[*_`]+(?=\S)|(?<=\S)[*_`]+(?=\s|$)|[*_~`]{2,}")
_BLANKS = re.compile(r"\s+")
_BEFORE_STOP = re.compile(r" +([,.;:!?…])(?=\s|$)")
# Pictures, arrows of emoji, and what joins them (unicode.org/Public/emoji, 17.0).
_EMOJI = re.compile(
    "[\U0001f000-\U0001faff\u2600-\u27bf\u2b05-\u2b55\ufe0e\ufe0f\u200d\u20e3\U000e0020-\U000e007f]"
)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NOT_WORDS = re.compile(r"[()\[\]{}\"'`;:!?,\\|<>$#^~_]+")
_JOINED = re.compile(r"(?<=\w)\.(?=\w)")
_PLAIN_FORMULA = re.compile(r"[^\W_]+(?:[.,]\d+)?")


def said(source: str, phrases: Phrases) -> str:
    """Return the spoken words of Markdown within one paragraph; "" if there are none."""
    words = "".join(_inlines(_pieces(source), phrases))
    return _tidy(words)


def paragraphs(blocks: tuple[Block, ...], phrases: Phrases) -> list[str]:
    """Return the spoken text of whole blocks: one for each paragraph and each announcement."""
    result: list[str] = []
    for block in blocks:
        result += _block(block, phrases)
    return [text for text in result if can_be_said(text)]


def announced(header: str, phrases: Phrases) -> str:
    """Announce a table, given its first line."""
    rows = parse_chunk(f"{header}\n{_delimiters(header)}\n")
    tables = [block for block in rows if isinstance(block, Table)]
    return _table(tables[0], phrases) if tables else ""


def can_be_said(text: str) -> bool:
    """Return whether the text contains anything that can be pronounced."""
    return any(char.isalnum() for char in text)


def _pieces(source: str) -> tuple[Inline, ...]:
    """Read a piece of a paragraph."""
    read = parse_chunk(_ANCHOR + source.strip())
    inlines = [piece for block in read if isinstance(block, Paragraph) for piece in block.inlines]
    if not inlines or not isinstance(inlines[0], Words):
        return tuple(inlines)
    return (Words(inlines[0].text[len(_ANCHOR) :]), *inlines[1:])


def _block(block: Block, phrases: Phrases) -> list[str]:
    match block:
        case Paragraph(inlines) | Heading(_, inlines):
            return [_tidy("".join(_inlines(inlines, phrases)))]
        case CodeBlock(_, language):
            return [phrases.code_block(language)]
        case FormulaBlock():
            return [phrases.formula]
        case Divider() | Thinking():
            return []
        case Table():
            return [_table(block, phrases)]
        case Folded(text):
            return [_tidy(text)]
        case Listing() | Quote() | Details():
            return _outer(block, phrases)
        case _:
            assert_never(block)


def _outer(block: Listing | Quote | Details, phrases: Phrases) -> list[str]:
    """Return the spoken text of a block that contains others."""
    match block:
        case Listing(items):
            return [text for item in items for text in paragraphs(item.blocks, phrases)]
        case Quote(blocks):
            return paragraphs(blocks, phrases)
        case Details(summary, blocks):
            return [_tidy("".join(_inlines(summary, phrases))), *paragraphs(blocks, phrases)]


def _inlines(inlines: tuple[Inline, ...], phrases: Phrases) -> list[str]:
    result: list[str] = []
    for piece in inlines:
        match piece:
            case Words(text):
                result.append(text)
            case LineBreak():
                result.append(" ")
            case Styled(_, inner) | Link(_, inner):
                result += _inlines(inner, phrases)
            case Code(text):
                result.append(_code(text, phrases))
            case Formula(source):
                is_plain = _PLAIN_FORMULA.fullmatch(source.strip())
                result.append(source.strip() if is_plain else phrases.inline_formula)
            case _:
                assert_never(piece)
    return result


def _code(text: str, phrases: Phrases) -> str:
    """Read code as words: `os.path_of(x)` is "os dot path of x"."""
    signs = phrases.signs
    text = _HUMP.sub(" ", _NOT_WORDS.sub(" ", text))
    text = _JOINED.sub(f" {signs.get('.', '')} ", text)
    text = re.sub(r"(?<!\S)\.(?=\w)", f"{signs.get('.', '')} ", text)
    text = re.sub(r"(?<!\S)-{1,2}(?=\w)", f"{signs.get('-', '')} ", text)
    text = text.replace("/", f" {signs.get('/', '')} ").replace("@", f" {signs.get('@', '')} ")
    return _BLANKS.sub(" ", text.replace(".", " ")).strip()


def _table(table: Table, phrases: Phrases) -> str:
    titles = [_tidy("".join(_inlines(cell, phrases))) for cell in table.header]
    titles = [title for title in titles if can_be_said(title)]
    if not titles:
        return phrases.bare_table.format(len(table.header))
    return phrases.table.format(", ".join(titles))


def _delimiters(header: str) -> str:
    """Return the delimiter row of a table with this header."""
    columns = len(re.findall(r"(?<!\\)\|", header.strip().strip("|"))) + 1
    return "|" + "---|" * columns


def _tidy(text: str) -> str:
    """Take away what is not said."""
    text = _MAIL.sub("", _ADDRESS.sub(_host, _TAG.sub(" ", text)))
    text = _EMOJI.sub(" ", _FOOTNOTE.sub(" ", text))
    text = _ORDERS.sub(" ", text)
    text = _MARKS_AT_EDGE.sub(" ", text)
    text = _BLANKS.sub(" ", text).strip()
    return _BEFORE_STOP.sub(r"\1", text)


def _host(found: re.Match[str]) -> str:
    """Return the host of a matched address, and the full stop after it."""
    whole = found[0]
    bare = whole.rstrip(".,;:!?…")
    stop = whole[len(bare) :]
    return found[1].rstrip(".,;:!?…") + stop
