"""A text becomes a plain body and the HTML that Matrix allows, and nothing that is said is lost."""

from __future__ import annotations

import json

import pytest
from benchmarks.matrix.html import faults, text_of, words_of
from benchmarks.texts import PIECES, SCRIPTS, Piece, all_said, drawn, source_of
from channel_trees import blocks
from hypothesis import given
from hypothesis import strategies as st

from tickertape.channels.matrix.body import ROOM, body_of, bytes_of
from tickertape.markup.forms import PLAIN, Blocks, Format, Look, Span, Spans
from tickertape.markup.pages import BlockLimits, Limits, Page
from tickertape.markup.paper import page
from tickertape.markup.parse import parse
from tickertape.markup.rulers import UTF8
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
    Item,
    LineBreak,
    Link,
    Listing,
    Paragraph,
    Quote,
    Style,
    Styled,
    Table,
    Thinking,
    Words,
)

LIMITS = Limits(30_000, UTF8, blocks=BlockLimits(count=1000, depth=30, columns=50))
ONE, TWO = Paragraph((Words("one"),)), Paragraph((Words("two"),))


def html_of(*shown: Block) -> str:
    """Return the HTML of blocks."""
    return body_of("plain", Blocks(shown))[1]


def bold(*inlines: Inline) -> Styled:
    """Return pieces in bold."""
    return Styled(Style.BOLD, inlines)


@pytest.mark.parametrize(
    ("inline", "html"),
    [
        (Words("a < b & c > d"), "a &lt; b &amp; c &gt; d"),
        (Words("a   b"), "a\u00a0\u00a0 b"),
        (LineBreak(), "<br>"),
        (bold(Words("a")), "<strong>a</strong>"),
        (Styled(Style.ITALIC, (Words("a"),)), "<em>a</em>"),
        (Styled(Style.STRIKE, (Words("a"),)), "<del>a</del>"),
        (Styled(Style.UNDERLINE, (Words("a"),)), "<u>a</u>"),
        (Styled(Style.SPOILER, (Words("a"),)), "<span data-mx-spoiler>a</span>"),
        (bold(bold(Words("a")), Words("b")), "<strong>ab</strong>"),
        (Code("a<b"), "<code>a&lt;b</code>"),
        (Formula('"x"'), '<span data-mx-maths="&quot;x&quot;"><code>"x"</code></span>'),
    ],
)
def test_pieces_of_a_line(inline: Inline, html: str) -> None:
    """Each has its tag, none twice within itself, and every sign is written so that it is one."""
    assert html_of(Paragraph((bold(Words(".")), inline))) == f"<p><strong>.</strong>{html}</p>"


@pytest.mark.parametrize(
    ("url", "html"),
    [
        ("https://a.b/?c=1&d='2'", '<a href="https://a.b/?c=1&amp;d=&#x27;2&#x27;">w</a>'),
        ("HTTP://a.b", '<a href="HTTP://a.b">w</a>'),
        ("ftp://a.b/c", '<a href="ftp://a.b/c">w</a>'),
        ("mailto:a@b.c", '<a href="mailto:a@b.c">w</a>'),
        ("magnet:?xt=urn", '<a href="magnet:?xt=urn">w</a>'),
        ('https://a.b/"onclick="c', '<a href="https://a.b/&quot;onclick=&quot;c">w</a>'),
        ("javascript:alert(1)", "w (javascript:alert(1))"),
        ("data:text/html,<b>", "w (data:text/html,&lt;b&gt;)"),
        ("tel:+49", "w (tel:+49)"),
        ("docs/a.md", "w (docs/a.md)"),
        ("https://", "w (https://)"),
        ("http://[a", "w (http://[a)"),
        ("w", "w"),
    ],
)
def test_a_link_leads_only_where_it_may(url: str, html: str) -> None:
    """Another address stands behind the words, unless they say it."""
    assert html_of(Paragraph((Link(url, (Words("w"),)),))) == f"<p>{html}</p>"


@pytest.mark.parametrize(
    ("block", "html"),
    [
        (Heading(3, (Words("a"),)), "<h3>a</h3>"),
        (CodeBlock("a <\n  b"), "<pre><code>a &lt;\n  b\n</code></pre>"),
        (CodeBlock("a", "c++"), '<pre><code class="language-c++">a\n</code></pre>'),
        (CodeBlock("a", "py x='1'"), '<pre><code class="language-py">a\n</code></pre>'),
        (CodeBlock("a", '"><b>'), "<pre><code>a\n</code></pre>"),
        (FormulaBlock("x"), '<div data-mx-maths="x"><pre><code>x\n</code></pre></div>'),
        (Divider(), "<hr>"),
        (Quote((ONE, Divider())), "<blockquote><p>one</p><hr></blockquote>"),
        (Details((Words("s"),), (ONE,)), "<details><summary>s</summary><p>one</p></details>"),
        (Details((Words("s"),), (ONE,), is_open=True), "<p><strong>s</strong></p><p>one</p>"),
        (Thinking("a\nb"), "<p><em>a<br>b</em></p>"),
        (Folded("short"), "<blockquote>short</blockquote>"),
        (
            Folded("first\nsecond\nthird"),
            "<details><summary>first</summary><blockquote>second<br>third</blockquote></details>",
        ),
        (
            Table(
                ("left", "right"), ((Words("a"),), ()), (((Code("b"),), (Words("c"), LineBreak())),)
            ),
            (
                "<table><thead><tr><th>a</th><th></th></tr></thead>"
                "<tbody><tr><td><code>b</code></td><td>c<br></td></tr></tbody></table>"
            ),
        ),
        (
            Table(("left",), ((Words("a"),),), ()),
            "<table><thead><tr><th>a</th></tr></thead></table>",
        ),
    ],
)
def test_blocks(block: Block, html: str) -> None:
    """Each has the tags of its kind."""
    assert html_of(block) == html


@pytest.mark.parametrize(
    ("listing", "html"),
    [
        (Listing((Item((ONE,)), Item((TWO,)))), "<ul><li>one</li><li>two</li></ul>"),
        (Listing((Item((ONE,)),), loose=True), "<ul><li><p>one</p></li></ul>"),
        (Listing((Item((ONE,)),), start=1), "<ol><li>one</li></ol>"),
        (Listing((Item((ONE,)),), start=0), '<ol start="0"><li>one</li></ol>'),
        (
            Listing((Item((ONE,)), Item((TWO,)), Item((ONE,), number=7)), start=3),
            '<ol start="3"><li>one</li><li>two</li></ol><ol start="7"><li>one</li></ol>',
        ),
        (
            Listing((Item((ONE,), checked=True), Item((), checked=False))),
            "<ul><li>☑ one</li><li>☐ </li></ul>",
        ),
        (Listing((Item((ONE,), checked=True),), loose=True), "<ul><li><p>☑ one</p></li></ul>"),
        (Listing((Item((ONE, TWO)),)), "<ul><li>one<br>two</li></ul>"),
        (
            Listing((Item((ONE, Listing((Item((TWO,)),)))),)),
            "<ul><li>one<ul><li>two</li></ul></li></ul>",
        ),
        (
            Listing((Item((ONE,), continued=True), Item((TWO,))), start=4),
            '<p>one</p><ol start="5"><li>two</li></ol>',
        ),
        (Listing((Item((ONE,), continued=True),)), "<p>one</p>"),
        (Listing((Item(()),)), "<ul><li></li></ul>"),
    ],
)
def test_lists(listing: Listing, html: str) -> None:
    """An item that goes on has no marker, and numbers that jump begin another list."""
    assert html_of(bold_line(), listing) == f"<p><strong>.</strong></p>{html}"


def bold_line() -> Paragraph:
    """Return a line that is not plain."""
    return Paragraph((bold(Words(".")),))


def test_an_aside_is_folded_behind_a_line_of_it() -> None:
    """So that its reader knows what it is, and nothing in it is said twice."""
    html = html_of(Folded("word " * 40))
    assert html.startswith("<details><summary>" + "word " * 19)
    assert words_of(text_of(html)) == "word" * 40


@pytest.mark.parametrize(
    ("text", "spans", "html"),
    [
        ("a <b", (Span(Look.BOLD, 2, 2),), "a <strong>&lt;b</strong>"),
        ("🚀 a b", (Span(Look.ITALIC, 3, 1),), "🚀 <em>a</em> b"),
        (
            "abc",
            (Span(Look.BOLD, 0, 3), Span(Look.ITALIC, 1, 2), Span(Look.CODE, 2, 1)),
            "<strong>a<em>b<code>c</code></em></strong>",
        ),
        (
            "a\n\nb\n\nc",
            (Span(Look.PRE, 3, 1, "py"),),
            'a<pre><code class="language-py">b</code></pre>c',
        ),
        ("a\n\n b\nd\n\nc", (Span(Look.QUOTE, 3, 4),), "a<blockquote> b<br>d</blockquote>c"),
        ("a\n\nb", (Span(Look.FOLDED_QUOTE, 3, 1),), "a<blockquote>b</blockquote>"),
        ("a\n  ◦ b", (Span(Look.UNDERLINE, 0, 1),), "<u>a</u><br>\u00a0 ◦ b"),
        (
            "ab",
            (Span(Look.SPOILER, 0, 1), Span(Look.STRIKE, 1, 1)),
            "<span data-mx-spoiler>a</span><del>b</del>",
        ),
        ("ab", (Span(Look.LINK, 0, 1, "https://a.b"),), '<a href="https://a.b">a</a>b'),
        ("ab", (Span(Look.LINK, 0, 1, "javascript:a"),), "a (javascript:a)b"),
    ],
)
def test_spans(text: str, spans: tuple[Span, ...], html: str) -> None:
    """Spans are counted in UTF-16 units; blocks among them need no line breaks around."""
    assert body_of(text, Spans(spans)) == (text, html)


def test_plain_words_have_no_html() -> None:
    """The plain body says all of them, and an event holds twice as many."""
    lines = Paragraph((Words("a"), LineBreak(), Words("<b>")))
    assert body_of("a\n<b>", PLAIN) == ("a\n<b>", "")
    assert body_of("a\n<b>", Spans(())) == ("a\n<b>", "")
    assert body_of("a\n<b>", Blocks((lines, lines))) == ("a\n<b>", "")


def test_html_that_does_not_fit_is_left_out() -> None:
    """A table of single letters takes ten times as many bytes as it has letters."""
    row = ((Words("x"),),) * 50
    table = Table(("left",) * 50, row, (row,) * 200)
    text, html = body_of("x" * 10_000, Blocks((table,)))
    assert (len(text), html) == (10_000, "")
    assert body_of("x", Blocks((table,)), room=200_000)[1] != ""


@given(st.text())
def test_bytes_are_those_of_the_event(text: str) -> None:
    """As canonical JSON writes it: UTF-8, with two characters for a quote or a line break."""
    text = text.encode("utf-8", "ignore").decode()
    assert bytes_of(text) == len(json.dumps({"b": text}, ensure_ascii=False).encode()) - len(
        '{"b": }'
    )


@given(blocks())
def test_blocks_of_any_shape_are_allowed_and_whole(shown: tuple[Block, ...]) -> None:
    """Only allowed tags and attributes, closed in their order; all letters, in their order."""
    html = html_of(bold_line(), *shown)
    assert faults(html) == []
    assert is_within(said_in(shown), words_of(text_of(html)))


@given(st.lists(st.sampled_from((*PIECES, *all_said(*SCRIPTS["latin"]), *all_said("<", "&", '"')))))
def test_texts_of_any_kind_are_allowed_and_whole(pieces: list[Piece]) -> None:
    """What a model writes, in each form: as blocks, and as text with spans."""
    source = source_of(pieces)
    for form in (Format.BLOCKS, Format.SPANS):
        final = page_of(source).final(form)
        text, html = body_of(final.text, final.form)
        assert faults(html) == []
        if html and form is Format.BLOCKS:
            assert is_within(said_in(parse(source)), words_of(text_of(html)))
        elif html:
            assert words_of(text_of(html)) == words_of(text)


@pytest.mark.parametrize("seed", range(12))
def test_previews_show_what_finals_will(seed: int) -> None:
    """Each preview of a text that grows is allowed, and none shows a tag that is half written."""
    grown = page_of("")
    for piece in drawn(seed):
        grown.add(piece.source)
        preview = grown.preview(Format.BLOCKS)
        text, html = body_of(preview.text, preview.form)
        assert faults(html) == []
        assert bytes_of(text) + bytes_of(html) <= ROOM
        shown = preview.form.blocks if isinstance(preview.form, Blocks) else ()
        assert not html or is_within(said_in(shown), words_of(text_of(html)))


def page_of(source: str) -> Page:
    """Return a page with a text."""
    made = page("markdown", LIMITS)
    made.add(source)
    return made


def is_within(said: str, shown: str) -> bool:
    """Return whether all of `said` is shown, in its order."""
    letters = iter(shown)
    return all(char in letters for char in said)


def said_in(shown: object) -> str:
    """Return the letters and digits that blocks say, whatever they are made of."""
    match shown:
        case Words(text) | Code(text) | Folded(text) | Thinking(text) | CodeBlock(text):
            return words_of(text)
        case Formula(text) | FormulaBlock(text):
            return words_of(text)
        case Details(summary, inner):
            return said_in(summary) + said_in(inner)
        case Paragraph(inner) | Heading(_, inner) | Styled(_, inner) | Link(_, inner):
            return said_in(inner)
        case Quote(inner) | Listing(inner) | Item(inner):
            return said_in(inner)
        case Table(_, header, rows):
            return said_in(header) + said_in(rows)
        case tuple():
            return "".join(map(said_in, shown))
        case _:
            return ""
