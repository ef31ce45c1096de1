r"""Random Markdown in many scripts, and what must hold for it: `python -m benchmarks.texts`.

    python -m benchmarks.texts --count 50000 --seed 1

prints a line for each text that breaks a rule. A text is drawn as *pieces*: words of one script
(sometimes of another, or an emoji), marks, beginnings of lines, addresses, formulas, broken marks.
Each piece knows which letters and digits it says; what is silent (a tag, a fence's language, an
address under a link) says none. The rules:

1. **Nothing is lost.** The letters and digits that the pieces say, in their order, are a
   subsequence of the letters and digits of the final, where the address of a link and the language
   of a block of code count as shown. This holds in every form of text. (The first word behind
   three backticks or tildes may be a language: nobody need see it. Where a table is a list of its
   rows, its titles stand in them: there the letters are counted, in whatever order.)
2. **A complete text is previewed as its final.** For each prefix that ends with an empty line,
   where every paragraph is complete, the preview equals the final: the same text and the same
   looks. (In a fence, a formula or details an empty line ends nothing; they are left out here.)
3. **A preview begins what the final says.** For each prefix, the letters and digits of its preview
   are a prefix of those of the prefix's own final. (A table that grows too wide becomes a list:
   tables are left out.)
4. **No mark appears from nothing.** For each prefix, the preview shows no more `*`, `_`, `~`,
   backticks, `<`, `&` and backslashes, each counted by itself, than the final of that same prefix
   (and the addresses under its links, which a table says).

   In both, marks at the end of a prefix may wait, as may the beginning of a tag, and its last line:
   it is compared without them as well. And what is open is shown as if it ended there, while the
   final of a prefix shows its mark: tags are left out on both sides (`<b>`), and prefixes in which
   code or a formula is open are left out.
5. **Nothing crashes**, and a text of twice the length takes less than `LINEAR` times as long, in
   processor time, on repetitions of the text; in the script only.

Prefixes end where pieces end. The same seed draws the same texts.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tickertape.markup.forms import Format, Look, Rendering, Spans
from tickertape.markup.pages import Limits
from tickertape.markup.paper import page
from tickertape.markup.rulers import UTF16

__all__ = [
    "LINEAR",
    "PIECES",
    "SCRIPTS",
    "Piece",
    "all_said",
    "broken_rules",
    "drawn",
    "is_costly",
    "lost",
    "source_of",
    "words_of",
]

LINEAR = 3.0
"""A text of twice the length may take so many times as long: 2, and room for the clock."""

_LIMITS = Limits(1_000_000, UTF16)
_MOST_PIECES = 24
# Repetitions of a text are timed at these sizes, in characters.
_SIZES = (4_000, 8_000)
_MARKS = "*_~`<\\&"
_WAITING = "*_~`$\\!["
_TAG = re.compile("</?[a-z]+>")
_BEGUN_TAG = re.compile(r"<(?:[A-Za-z/!][^<>\n]{0,60})?\Z")
_TABLE = re.compile(r"-[ \t]*\|[ \t:]*-")
_LANGUAGE = re.compile(r"(?:`{3,}|~{3,})[ \t]*(\S+)")


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text."""

    source: str
    """What is written."""
    said: str = ""
    """The letters and digits in it that a reader must see."""


def all_said(*sources: str) -> tuple[Piece, ...]:
    """Return pieces that say every letter and digit in them."""
    return tuple(Piece(source, "".join(filter(str.isalnum, source))) for source in sources)


SCRIPTS: dict[str, tuple[str, ...]] = {
    "latin": ("word", "Naïve", "x", "ZÜRICH", "don't", "C++", "5", "1024", "3.14", "é̂t"),
    "cjk": ("重点", "社区", "これは", "カタカナ", "한국어", "는", "第2章", "１００", "漢"),
    "cyrillic": ("слово", "Ещё", "я", "ГОСТ", "23", "ёлка"),
    "arabic": ("كلمة", "و", "مُهِمّ", "٢٣", "العربية"),
    "devanagari": ("शब्द", "में", "हिन्दी", "१२", "कि"),
    "thai": ("ข้อความ", "ที่", "ไทย", "๑๒", "น้ำ"),
}
"""Words of each script."""

_EMOJI = ("🚀", "👨‍👩‍👧", "🇩🇪", "✅", "❤️", "1️⃣")
_STOPS: dict[str, tuple[str, ...]] = {
    "latin": (".", ", ", ": ", "! ", "?", " (", ")", "“", "”", "…", ";", "'", '"'),
    "cjk": ("。", "，", "：", "！", "？", "（", "）", "「", "」", "《", "》", "“", "”", "、"),
    "cyrillic": (".", ", ", ": ", "«", "»", " — ", " (", ")", "„", "“"),
    "arabic": ("،", "؛", "؟ ", ". ", "(", ")", "«", "»"),
    "devanagari": ("। ", "।", ", ", ": ", "“", "”", "(", ")"),
    "thai": (" ", "ๆ", ": ", "“", "”", "(", ")", "ฯ"),
}

PIECES: tuple[Piece, ...] = (
    *all_said(" ", " ", " ", " ", "\n", "\n\n", "\n\n", "  \n", "\\\n", "\t"),
    *all_said("**", "**", "**", "*", "*", "***", "~~", "_", "__", "`", "``", "~", "$", "$$"),
    *all_said("\n- ", "\n* ", "\n  - ", "\n   ", "\n    ", "\n> ", "\n>"),
    *all_said(
        "\n# ", "\n### ", "\n---\n", "\n***\n", "\n===\n", "\n- > ", "\n- >= ", "\n- + ", "\n+ "
    ),
    *all_said("\n```\n", "\n~~~\n", "\n~~~~\n", "\n$$\n", "$x$", "$5", "\\(", "\\)", "\\[", "\\]"),
    *all_said("\n01. ", "\n007) "),
    *all_said("5*3", "2**10", "a*b", "x**2", "2*(3+4)*5", "~5", "> 25", ">= 10", "< 5", "<5", "->"),
    *all_said("snake_case_name", "__init__", "_private_", "f\\(x\\)", "\\*", "\\_", "\\#", "\\\\"),
    *all_said("C:\\_dir_\\*.txt", "..\\.git\\", "print(*rows)", "\\begin{align}\n"),
    *all_said("https://x.example/_alice_", "https://a.example/?q=*foo*&x=1", "src/__init__.py"),
    *all_said("src/**/*.py", "*.tar.*", "user_name_@mail.example", "@some_user_", "~=1.2,!=1.3.*"),
    *all_said("/var/*x*", "s3://b/*x* ", "git@h:_a_/b_.git", "and/*or*", "a/**b**", "/etc/$x$/y"),
    *all_said(
        "${a}:${b}", "$(a)-$(b)", "$_GET.$_POST", "$变量和$变量", "\\(USD\\)", "\\(v2\\.0\\)"
    ),
    *all_said("\\[USD\\]", "\\(x_1\\)", "\n- > **25**", "\n- > US$5", "\n- > ±5", "_注_文字"),
    *all_said("|", " | ", "\n| a | b |\n|---|---|\n| c | ", "\n| d | e |", "\n|", "a|b\n-|-\n"),
    *all_said("[", "]", "(", ")", "](", "![", "<", ">", "&", "\\", "!", "#", "+", "-", "="),
    *all_said(*"\u2028\u2029\x0b\x0c\x85\x1c\x1e\x1f", "\r\n", *"\u00a0\u3000\u200b"),
    *all_said(
        "[1]: https://r.example", "`co de`", "`a*b_c`", "~~gone~~", "**bold**", "*it*", "__b c__"
    ),
    Piece("\n1. "),  # a list may count on
    Piece("\n2) "),
    Piece("\n```py\n"),
    Piece("<b>"),
    Piece("</b>"),
    Piece("<i>"),
    Piece("<br>"),
    Piece("<!---->"),
    Piece("&amp;"),
    Piece("&ast;"),
    Piece("[t](https://l.example/_p_)", "t"),
    Piece("**[v](https://l.example)**", "v"),
    Piece('[u](https://l.example "T")', "u"),
    Piece("![i](https://i.example/i.png)", "i"),
    Piece("[![j](https://i.example/j.svg)](https://o.example)", "j"),
    Piece("\n- [ ] "),
    Piece("\n- [x] "),
    Piece("\n<details><summary>S</summary>\n\n", "S"),
    Piece("\n</details>\n"),
)
"""Pieces of any text, in no script."""


def words_of(script: str) -> tuple[Piece, ...]:
    """Return the pieces of a script: its words, and its punctuation."""
    return (*all_said(*SCRIPTS[script]), *all_said(*SCRIPTS[script]), *all_said(*_STOPS[script]))


def drawn(seed: int) -> list[Piece]:
    """Draw a text: mostly words of one script, and marks between them."""
    rng = random.Random(seed)  # noqa: S311 - nothing secret
    script = rng.choice(list(SCRIPTS))
    words, emoji = words_of(script), all_said(*_EMOJI)
    foreign = words_of(rng.choice(list(SCRIPTS)))
    pieces: list[Piece] = []
    for _ in range(rng.randint(1, _MOST_PIECES)):
        kind = rng.random()
        choice = (
            PIECES if kind < 0.5 else words if kind < 0.9 else foreign if kind < 0.96 else emoji
        )
        pieces.append(rng.choice(choice))
    return pieces


def source_of(pieces: Sequence[Piece]) -> str:
    """Return the text that pieces make."""
    return "".join(piece.source for piece in pieces)


def broken_rules(pieces: Sequence[Piece]) -> Iterator[str]:
    """Yield a sentence for each rule that a text breaks (rules 1 to 5 of the module, but time)."""
    yield from lost(pieces)
    source, at = source_of(pieces), 0
    for piece in pieces:
        at += len(piece.source)
        yield from _broken_at(source[:at])


def lost(pieces: Sequence[Piece]) -> Iterator[str]:
    """Yield a sentence for each form of a final in which something is missing (rule 1)."""
    source, said = source_of(pieces), _said(pieces)
    for form in (Format.SPANS, Format.PLAIN):
        shown = _letters(_with_details(_final(source, form)))
        missing = (_uncounted if _TABLE.search(source) else _missing)(said, shown)
        if missing:
            yield f"lost in {form.name}: {missing!r} of {source!r}"


def _said(pieces: Sequence[Piece]) -> str:
    """Return what pieces say, but for what may be the language of a block of code."""
    source, at, said = source_of(pieces), 0, []
    languages = [found.span(1) for found in _LANGUAGE.finditer(source)]
    for piece in pieces:
        letters = [(at + i, char) for i, char in enumerate(piece.source) if char.isalnum()]
        is_all = len(letters) == len(piece.said)
        said += letters if is_all else [(at, char) for char in piece.said]
        at += len(piece.source)
    return "".join(
        char for place, char in said if not any(start <= place < end for start, end in languages)
    )


def _broken_at(prefix: str) -> Iterator[str]:
    """Yield what is wrong with the preview of a prefix."""
    preview, final = _preview(prefix), _final(prefix)
    is_complete = prefix.endswith("\n\n")
    if is_complete and preview != final and not _is_open(prefix):
        yield f"not the final: {prefix!r} previews {preview!r}, final {final!r}"
    if "`" in final.text or any(mark in prefix for mark in ("$$", "\\[", "\\begin")):
        return
    if wrong := _surplus(prefix, preview, [final]):
        # Marks and the beginning of a tag at the end, and the last line, may wait.
        begun = _BEGUN_TAG.sub("", prefix)
        bare = begun.rstrip(_WAITING)
        without = {begun[:end] for end in range(len(bare), len(begun) + 1)}
        without.add(prefix.rpartition("\n")[0])
        if _surplus(prefix, preview, [final, *map(_final, without)]):
            yield f"{wrong}: {prefix!r} previews {preview.text!r}, final {final.text!r}"


def _surplus(prefix: str, preview: Rendering, finals: Sequence[Rendering]) -> str:
    """Return what a preview shows that none of some finals does: letters, or a mark."""
    text = _untagged(preview.text)
    begins = any(_letters(_untagged(final.text)).startswith(_letters(text)) for final in finals)
    if not begins and not _TABLE.search(prefix):
        return "other letters"
    said = [_untagged(_with_details(final)) for final in finals]
    for mark in _MARKS:
        if text.count(mark) > max(shown.count(mark) for shown in said):
            return f"a mark {mark}"
    return ""


def _untagged(text: str) -> str:
    """Return a text without tags, and without what is one as soon as another is gone."""
    while (bare := _TAG.sub("", text)) != text:
        text = bare
    return text


def _is_open(prefix: str) -> bool:
    """Return whether an empty line may end nothing there: in a fence, a formula or details."""
    return any(mark in prefix for mark in ("```", "~~~", "$$", "\\[", "<details"))


def _final(source: str, form: Format = Format.SPANS) -> Rendering:
    whole = page("markdown", _LIMITS)
    whole.add(source)
    return whole.final(form)


def _preview(source: str) -> Rendering:
    growing = page("markdown", _LIMITS)
    growing.add(source)
    return growing.preview(Format.SPANS)


def _with_details(shown: Rendering) -> str:
    """Return a text with the languages of its spans before what they cover, addresses behind."""
    if not isinstance(shown.form, Spans):
        return shown.text
    units, at, pieces = shown.text.encode("utf-16-le"), 0, []
    details = [
        (span.start + (span.length if span.look is Look.LINK else 0), span.detail)
        for span in shown.form.spans
        if span.detail
    ]
    for place, detail in sorted(details):
        pieces += [units[2 * at : 2 * place].decode("utf-16-le"), detail]
        at = place
    return "".join([*pieces, units[2 * at :].decode("utf-16-le")])


_SHIFTED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹ⁿⁱ₀₁₂₃₄₅₆₇₈₉", "0123456789ni0123456789")


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.translate(_SHIFTED)))


def _missing(said: str, shown: str) -> str:
    """Return what was said from the first letter on that is not shown in its place."""
    at = 0
    for index, letter in enumerate(said):
        at = shown.find(letter, at) + 1
        if not at:
            return said[index:]
    return ""


def _uncounted(said: str, shown: str) -> str:
    """Return what was said and is not shown, in whatever order."""
    return "".join((Counter(said) - Counter(shown)).elements())


def is_costly(source: str) -> bool:
    """Return whether a text that is repeated takes more than linear time, on this processor."""
    short, long = (_seconds(source, size) for size in _SIZES)
    return long > LINEAR * short and _confirmed(source)


def _confirmed(source: str) -> bool:
    """Measure again, at twice the sizes, the best of three."""
    short, long = (min(_seconds(source, 2 * size) for _ in range(3)) for size in _SIZES)
    return long > LINEAR * short


def _seconds(source: str, size: int) -> float:
    text = source * 2 * (size // (2 * len(source)) + 1)  # even: each second one may close a fence
    began = time.process_time()
    growing = page("markdown", _LIMITS)
    growing.add(text)
    growing.preview(Format.SPANS)
    growing.final(Format.SPANS)
    return time.process_time() - began


def main(words: Sequence[str]) -> int:
    """Draw texts, and print each that breaks a rule; return 1 if any does."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.texts", description=__doc__)
    parser.add_argument("--count", type=int, default=50_000, help="how many texts")
    parser.add_argument("--seed", type=int, default=1, help="the first text's seed")
    parser.add_argument("--timed", type=int, default=25, help="every how many texts one is timed")
    asked = parser.parse_args(words)
    wrong = 0
    for seed in range(asked.seed, asked.seed + asked.count):
        pieces = drawn(seed)
        try:
            found = next(broken_rules(pieces), "")
            source = source_of(pieces)
            if not found and seed % asked.timed == 0 and is_costly(source):
                found = f"takes more than linear time: {source!r}"
        except Exception as error:  # noqa: BLE001 - a crash is a finding
            found = f"{error!r}: {source_of(pieces)!r}"
        if found:
            wrong += 1
            print(f"seed {seed}: {found}", flush=True)
    print(f"{asked.count} texts, {wrong} of them break a rule")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
