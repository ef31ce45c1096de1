r"""Addresses, paths and names keep their letters; what a mark, `$` or `\(` means next to them."""

from __future__ import annotations

import pytest
from benchmarks.texts import all_said, broken_rules

from tickertape.markup.forms import Format, Look, Rendering, Spans
from tickertape.markup.pages import Limits
from tickertape.markup.paper import page
from tickertape.markup.rulers import UTF16

LIMITS = Limits(4096, UTF16, 95)
TAGS = {Look.BOLD: "b", Look.ITALIC: "i", Look.STRIKE: "s", Look.LINK: "a", Look.CODE: "c"}
TAGS |= {Look.PRE: "p", Look.QUOTE: "q"}


def rendered(source: str, *, is_preview: bool = False) -> Rendering:
    """Give the final of a text, or the preview of its beginning."""
    whole = page("markdown", LIMITS)
    whole.add(source)
    return (whole.preview if is_preview else whole.final)(Format.SPANS)


def tagged(rendering: Rendering) -> str:
    """Give a text with tags where its looks begin and end."""
    spans = rendering.form.spans if isinstance(rendering.form, Spans) else ()
    tags = []
    for span in spans:
        end, tag = span.start + span.length, TAGS[span.look]
        tags += [(span.start, 1, -end, tag, f"<{tag}>"), (end, 0, -span.start, tag, f"</{tag}>")]
    units, at, pieces = rendering.text.encode("utf-16-le"), 0, []
    for place, _, _, _, tag in sorted(tags):
        pieces += [units[2 * at : 2 * place].decode("utf-16-le"), tag]
        at = place
    return "".join([*pieces, units[2 * at :].decode("utf-16-le")])


T, U = "[T](https://x.example)", "[U](https://y.example)"

LINKS = {
    "a hyphen": (f"**{T}**-x", "<a><b>T</a></b>-x"),
    "an apostrophe": (f"**{T}**'s", "<a><b>T</a></b>'s"),
    "a parenthesis": (f"**{T}**(x)", "<a><b>T</a></b>(x)"),
    "a digit": (f"**{T}**2", "<a><b>T</a></b>2"),
    "a word": (f"**{T}**and", "<a><b>T</a></b>and"),
    "another link": (f"**{T}**{U}", "<a><b>T</a></b><a>U</a>"),
    "a colon within": (f"**{T}:**text", "<b><a>T</a>:</b>text"),
    "dots within": (f"**a {T}….**And", "<b>a <a>T</a>….</b>And"),
    "one star": (f"*{T}*s", "<a><i>T</a></i>s"),
    "tildes": (f"~~{T}~~new", "<a><s>T</a></s>new"),
    "low lines": (f"__{T}__and", "<a><b>T</a></b>and"),
    "a slash between two": (f"**{T}**/**{U}**", "<a><b>T</a></b>/<a><b>U</a></b>"),
    "a picture": ("**![i](https://x.example/i.png)**x", "<a><b>i</a></b>x"),
    "a place here": ("**[docs](docs/x.md)**and", "<b>docs (docs/x.md)</b>and"),
    "marks in the address": ("*[T](https://x.example/*a*)*s", "<a><i>T</a></i>s"),
    "brackets in the address": ("**[T](https://x.example/(p)_q_)**and", "<a><b>T</a></b>and"),
    "the address itself": (
        "**[https://x.example](https://x.example)**and",
        "<a><b>https://x.example</a></b>and",
    ),
    "marks behind a link": (f"{T}**b** {T}*i*", "<a>T</a><b>b</b> <a>T</a><i>i</i>"),
    "a bare address": ("**https://x.example**and", "<b>https://x.example</b>and"),
    "a bare address in brackets": ("(https://x.example)**b**", "(https://x.example)<b>b</b>"),
    "in an item": (f"- **{T}**-x", "• <a><b>T</a></b>-x"),
    "in a quote": (f"> **{T}**and", "<q><a><b>T</a></b>and</q>"),
}

FORMULAS = {
    "a letter": ("$x$", "<c>x</c>"),
    "a command": ("$\\frac{a}{b}$", "<c>\\frac{a}{b}</c>"),
    "brackets": ("$(a+b)^2$", "<c>(a+b)^2</c>"),
    "braces": ("${\\bf x}$", "<c>{\\bf x}</c>"),
    "brackets behind": ("$f$(x) and $P(A)$(B)", "<c>f</c>(x) and <c>P(A)</c>(B)"),
    "a ratio": ("$a$/$b$/$c$ or $a$:$b$", "<c>a</c>/<c>b</c>/<c>c</c> or <c>a</c>:<c>b</c>"),
    "in italics": ("see _$x$_ and", "see <c>x</c> and"),
    "Chinese around": ("共$n$个，设$x=1,$则", "共<c>n</c>个，设<c>x=1,</c>则"),
    "Chinese in it": ("$速度=距离/时间$", "<c>速度=距离/时间</c>"),
    "a letter in brackets": ("\\(x\\) and \\(n\\)", "<c>x</c> and <c>n</c>"),
    "an index": ("\\(x_1\\)", "<c>x_1</c>"),
    "a sum": ("\\(a+b\\)", "<c>a+b</c>"),
    "a Greek letter": ("\\(\\alpha\\)", "<c>\\alpha</c>"),
    "an equation": ("\\(E=mc^2\\)", "<c>E=mc^2</c>"),
    "a command with words": ("\\(\\text{a\\-b}\\)", "<c>\\text{a\\-b}</c>"),
    "a thin space": ("\\(f\\!\\left(x\\right)\\)", "<c>f\\!\\left(x\\right)</c>"),
    "numbers behind a formula": (
        "\\(n = 10\\) gives \\(100\\)",
        "<c>n = 10</c> gives <c>100</c>",
    ),
    "a number with blanks": ("is \\( 42 \\)", "is <c>42</c>"),
    "a line": ("\\[x + y\\]", "<p>x + y</p>"),
    "a word in lines": ("\\[\nUSD\n\\]", "<p>USD</p>"),
}

ESCAPED = {
    "capitals": ("Dollar \\(USD\\), \\(WHO\\)", "Dollar (USD), (WHO)"),
    "a year": ("\\(2024\\)", "(2024)"),
    "a word and a number": ("\\(page 5\\)", "(page 5)"),
    "a slash": ("\\(yes/no\\)", "(yes/no)"),
    "a time": ("\\(10:30\\) \\(50%\\)", "(10:30) (50%)"),
    "another script": ("\\(世界 2024\\)", "(世界 2024)"),
    "a sentence": ("\\(Hello, world\\!\\)", "(Hello, world!)"),
    "a version": ("version \\(v2\\.0\\)", "version (v2.0)"),
    "a hyphen": ("\\(co\\-op\\)", "(co-op)"),
    "stars": ("\\(\\*not bold\\*\\)", "(*not bold*)"),
    "bold in brackets": ("\\(*it*\\)", "(<i>it</i>)"),
    "numbers of points": ("\\(1\\) first \\(2\\) second", "(1) first (2) second"),
    "a link": ("see \\[1\\]\\(https://x.example/a_b\\)", "see [1](https://x.example/a_b)"),
    "brackets in brackets": ("\\(see \\(x\\)\\)", "(see (x))"),
    "a line of a word": ("\\[USD\\]", "[USD]"),
    "a line of a number": ("\\[2024\\]", "[2024]"),
    "a line of a version": ("\\[v2\\.0\\]", "[v2.0]"),
    "an item": ("- \\[USD\\]\n- \\(WHO\\)", "• [USD]\n• (WHO)"),
}

COMPARED = {
    "bold": ("- > **25**: rich", "• > <b>25</b>: rich"),
    "italic": ("- > *5*", "• > <i>5</i>"),
    "code": ("- > `25`", "• > <c>25</c>"),
    "a formula": ("- > $x$", "• > <c>x</c>"),
    "a formula in brackets": ("- > \\(x\\)", "• > <c>x</c>"),
    "a parenthesis": ("- > (5)", "• > (5)"),
    "dollars of a country": ("- > US$100", "• > US$100"),
    "reals": ("- > R$ 50", "• > R$ 50"),
    "rupiahs": ("- > Rp100", "• > Rp100"),
    "a currency's code": ("- > EUR 5", "• > EUR 5"),
    "a currency alone": ("- > €", "• > €"),
    "a sign": ("- > ±5\n- > +5", "• > ±5\n• > +5"),
    "a fraction": ("- > ½", "• > ½"),
    "Chinese": ("- > 二十五\n- > 三个月", "• > 二十五\n• > 三个月"),
    "no end": ("- > ∞", "• > ∞"),
    "in a numbered item": ("1. > **5**", "1. > <b>5</b>"),
    "in an item of a quote": ("> - > (5)", "<q>• > (5)</q>"),
    "a quote": ("- > **Note**: x", "• <q><b>Note</b>: x</q>"),
    "a quote in Chinese": ("- > 一般来说", "• <q>一般来说</q>"),
}

LOW = {
    "behind a word": ("_注_文字", "<i>注</i>文字"),
    "behind a longer word": ("_注意_后面", "<i>注意</i>后面"),
    "a Latin word": ("_note_的", "<i>note</i>的"),
    "Korean": ("_주_는", "<i>주</i>는"),
    "Thai": ("_ไทย_ไทย", "<i>ไทย</i>ไทย"),
    "within a word": ("这是_重点_内容", "这是_重点_内容"),
    "a name": ("变量_名_字", "变量_名_字"),
}

TABLES = LINKS, FORMULAS, ESCAPED, COMPARED, LOW
CASES = [case for table in TABLES for case in table.values()]
NAMES = [
    f"{kind}: {name}"
    for kind, table in zip(("link", "formula", "escaped", "compared", "low"), TABLES, strict=True)
    for name in table
]


@pytest.mark.parametrize(("source", "shown"), CASES, ids=NAMES)
def test_what_was_meant_is_shown(source: str, shown: str) -> None:
    """In the final, and in the preview of all of it as far as nothing waits at its end."""
    assert tagged(rendered(source)) == shown
    assert tagged(rendered(f"{source}\n\n", is_preview=True)) == shown


@pytest.mark.parametrize("source", [source for source, _ in CASES], ids=NAMES)
def test_previews_begin_what_the_final_says(source: str) -> None:
    """Whatever part of it has come, no letter and no sign is shown that the final has not there."""
    final = rendered(source).text
    bare = "".join(char for char in final if char not in "*_~$ ")
    for end in range(1, len(source)):
        preview = rendered(source[:end], is_preview=True).text
        assert bare.startswith("".join(char for char in preview if char not in "*_~$ "))


KEPT = {
    "files": "/var/log/*error* and /var/log/*warn*",
    "a file": "src/*test*",
    "here and at home": "./x/*foo* y, ../*a* b and ~/x/*foo* y",
    "any scheme": "s3://b/*foo* x, redis://a/*foo* and gs://b/_x_/",
    "a host": "x.example/?a=*b*&c=*d* x",
    "a number of a host": "192.168.0.1/_a_/*b* x",
    "a drive": "C:/a/_b_/*c* x",
    "a repository": "git@h:_a_/b_c_.git x",
    "folders": "/var/*x*/y and src/*test*/*a*/x",
    "a path behind an option": "--dir=/a/*b* c",
    "words that look like a path": "and/*or* x",
    "variables": "${HOST}:${PORT}",
    "variables of a path": "${a}/${b}",
    "variables in a row": "${a}${b}${c}",
    "variables of an address": "postgres://${USER}:${PASS}@${HOST}/db",
    "dollars in an address": "https://x.example/$a$/$b$",
    "dollars in a path": "/etc/$x$/y and ~/x/$a$/b",
    "dollars in a Windows path": "C:\\$a$\\b",
    "dollars of users": "mongodb://$a$:$b$@c",
    "fields": "$_GET['a'].$_POST['b']",
    "commands": "$(date)-$(whoami)",
    "calls": "$('#a').on($('#b'))",
    "names in Chinese": "$变量和$变量",
    "names in Cyrillic": "$имя-$фамилия",
    "names": "$HOME:$PATH",
    "arguments": "$@,$*",
    "templates": "${{ a }}/${{ b }}",
}


@pytest.mark.parametrize("source", KEPT.values(), ids=KEPT.keys())
def test_addresses_paths_and_names_stay_as_they_are(source: str) -> None:
    """No mark, dollar sign or bracket vanishes from what someone may copy."""
    assert rendered(source) == Rendering(source)
    for end in range(1, len(source)):
        preview = rendered(source[:end], is_preview=True).text
        begun = "".join(char for char in preview if char not in "$[")
        assert "".join(char for char in source if char not in "$[").startswith(begun)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("$(a)-$(b)c10$x$ y", "$(a)-$(b)c10$x$ y"),
        ("$(a)-$(b)a/**b**2**10$x$ y", "$(a)-$(b)a/**b**2**10$x$ y"),
        ("\\(x_1\\)/var/*x*y", "x_1/var/*x*y"),
        ("x.example/\\(x_1\\)*y*z", "x.example/x_1*y*z"),
    ],
)
def test_no_formula_spans_what_was_found_to_be_none(source: str, text: str) -> None:
    """Neither the sign of a price nor a formula between brackets is within another or a path."""
    assert rendered(source).text == text
    assert list(broken_rules(all_said(*source))) == []
