"""Marks beside what rarely stands beside them: each pair of such pieces is frequent here."""

from __future__ import annotations

import pytest
from benchmarks.texts import Piece, all_said, broken_rules
from hypothesis import given, settings
from hypothesis import strategies as st

_WORDS = all_said("word", "x", "слово", "重点", "كلمة", "น้ำ", "한국어", "5", "1024", "🚀", "🇩🇪")
_MARKS = all_said("*", "**", "***", "_", "__", "~~", "~", "`", "$", "$$", "||", "\\*", "\\_", "\\")
_UNSEEN = all_said(
    *("\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u200e", "\u200f", "\u061c", "\u00ad"),
    *("\u202b", "\u202c", "\u2066", "\u030a", "\ufe0f", "\x07", "\u2028", "\u3000", "\u00a0"),
)
_BRACKETS = all_said(
    *(
        "(",
        ")",
        "[",
        "]",
        "](",
        "![",
        "{",
        "}",
        "「",
        "」",
        "（",
        "）",
        "“",
        "”",
        "«",
        "»",
        '"',
        "'",
    ),
    *("\\(", "\\)", "\\[", "\\]"),
)
_TAGS = (Piece("<i>"), Piece("</i>"), Piece("<b>"), Piece("<!---->"), Piece("&amp;"))
_NAMES = all_said(
    *("C:\\_dir_\\*.txt", "C:\\dir\\**", "..\\.git\\", "~\\.cfg\\", "\\\\srv\\_x_", "src/**/*.py"),
    *("**/", "/etc/hosts", "*.tar.*", "print(*rows)", "f(**kw)", "zip(*a, *b)", "f(*", "a*b"),
    *("x**2", "2*(3+4)*5", "snake_case_name", "@some_user_", "https://x.example/_a_", "$x$", "$5"),
    *("C:\\Program Files\\_x_", "./src/*_t.go", "~/share/*", "/*x*/", "f(x, *a)", "int *a, *b"),
    *("`a*b`", "**bold**", "*it*", "_i_", "~~g~~", "->", "<5"),
)
_STOPS = all_said(
    " ", " ", "\n", ".", ",", ": ", "。", "，", "！", "…", "/", "-", "=", "+", " — ", "|"
)

texts = st.lists(
    st.one_of(*map(st.sampled_from, (_WORDS, _MARKS, _UNSEEN, _BRACKETS, _TAGS, _NAMES, _STOPS))),
    min_size=2,
    max_size=9,
)


@settings(max_examples=400, deadline=None)
@given(texts)
def test_a_preview_has_no_mark_that_its_final_has_not(pieces: list[Piece]) -> None:
    """Whatever stands beside a mark, a preview and its final read it alike; nothing is lost."""
    assert list(broken_rules(pieces)) == []


@pytest.mark.parametrize(
    "source",
    [
        "print(*rows)->\\(Ещё.\u200b*🇩🇪",
        "…\\*@some_user_\u200b✅““_src/**/*.py5**1024[..\\.git\\",
        "- ]print(*rows)\u200b$x$snake_case_name」C:\\_dir_\\*.txt",
        "user_name_@mail.examplesrc/**/*.py~~gone~~print(*rows)$\u200ba*b",
        "# `a*b_c`x**x**2….: 1024<i>**$x$x",
        "é=~~*.tar.****",
        "_f(*C:\\-\n&\\**",
        ".***字*/f(* ",
        "***-\\(|[a*b(a*ba*b",
        "***C:\\dir\\**\n",
        ".*.tar.*（**\\\\srv\\_x_~~g~~\\_",
        "*it*f(**kw)🚀5\\(+***5",
        "a*b http://x.example/*q c**d",
    ],
)
def test_each_prefix_of_a_rare_text_breaks_no_rule(source: str) -> None:
    """Cut behind each character."""
    assert list(broken_rules(all_said(*source))) == []
