r"""Signs that Markdown would take for marks: `- > 25` compares, `- + 3` counts, `C:\_x_` is a path.

A `>` before a number, or before `=`, is "greater than" where a quote would begin with it: behind
the marker of an item, or, without a blank (`>25`, `>=`), at the beginning of a line. A quote that
is open goes on with it. A `+` or `-` before a number, behind the marker of an item, is its sign.
A backslash in a path of Windows parts folders, where an escape would hide it: behind a drive, a
server, `.`, `..`, `~` or `%NAME%`. Two backslashes end the path: they are an escape.
A number with zeros before it (`01.`, `007.`) is a word: the number of an item would lose them.

To the parser each is a stand-in that is a letter of a word; its words get the sign back.
"""

from __future__ import annotations

import re

__all__ = ["FOLDER", "NUMBER", "foldered", "guarded", "is_sign", "may_be_sign", "restored"]

FOLDER = "\x06"
"""The stand-in for a backslash in a path."""

NUMBER = r"(?:0|[1-9][0-9]{0,8})"
"""The number in an item's marker, as a regular expression."""
_PADDED = r"(?<!\d)0(?=\d{1,8}[.)](?:\s|\Z))"
_NUMBER = r"[-+−~≈]?[$€£¥₹₽₩]?[.,]?\d"
# Behind a marker a number is told by more: `**25**`, `(5)`, `US$5`, `EUR 5`, `±5`, `½`, `二十五`. A
# formula is compared as well.
_AROUND = r"[*_~`(]{0,8}[-+−±~≈≥≤]?"
_CURRENCY = r"(?:(?:[A-Z]{1,3}\$|[A-Z]{3}|R[ps]\.?|kr\.?)[ \t]?)?"
_NUMERALS = r"[〇零一二三四五六七八九十百千万萬亿億兆两兩]"
_COUNTED = (
    rf"{_AROUND}(?:{_CURRENCY}[-+−]?[.,]?[\d¼-¾⅐-↋∞]|\\?[$¢-¥฿₠-⃏]"
    rf"|{_NUMERALS}{{2,}}|百分|[二三四五六七八九十百千两兩](?![^\W\d_个個人元円年月日天倍次名岁歲米]))"
)
# The beginning of such a number, which may become something else.
_BEGUN = re.compile(
    rf"[ \t>]*(?:(?:[-*+]|{NUMBER}[.)])[ \t]+)+(?:\[[ xX]\][ \t]+)?>[ \t]*{_AROUND}"
    rf"(?:[A-Z]{{1,3}}\$?|R[ps]\.?|kr?\.?|[-+.,\\~_*`]|{_NUMERALS})?[ \t]*\Z"
)
# Behind the marker of an item.
_BEHIND_ITEM = rf">(?=[ \t]*(?:=|{_COUNTED}|\\\())|[-+](?=[ \t]+[$€£¥₹₽₩]?\d)"
# At the beginning of a line; `>1. a` is a list in a quote.
_AT_BEGINNING = rf">(?==|(?!{NUMBER}[.)](?:\s|\Z)){_NUMBER})"
_SIGN = re.compile(
    rf"^([ \t>]*(?:(?:[-*+]|{NUMBER}[.)])[ \t]+)+)(?:{_BEHIND_ITEM})"
    rf"|^([ \t]*(?:>[ \t]+)*)(?:{_AT_BEGINNING})"
    rf"|^[ \t>]*(?:(?:[-*+]|{NUMBER}[.)])[ \t][ \t>]*)*{_PADDED}",
    re.MULTILINE,
)
# It begins with a set of characters, so that a search skips all others.
_MAY_BE_SIGN = re.compile(
    rf"[-+>](?:(?<=>)[ \t]*(?:=|{_COUNTED}|\\\()|(?<!>)[ \t]+[$€£¥₹₽₩]?\d)|{_PADDED}"
)
_IN_ITEM, _IN_LINE = re.compile(_BEHIND_ITEM), re.compile(_AT_BEGINNING)
_QUOTES = re.compile(r"[ \t>]*")
# No clean source has these characters (`tickertape.markup.cleaning`).
_STAND_INS = {">": "\x03", "+": "\x04", "-": "\x05", "\\": FOLDER, "0": "\u202a"}
_EACH = (">", "+", "-")
_IN_NAME = r"[^\s\\<>\"|?`]"
# A folder's name may have blanks in it: `C:\Program Files (x86)\_x_`.
_PATH = re.compile(
    r"(?:(?<![\w\\])[A-Za-z]:|(?<![\w\\./~%])(?:\.{1,2}|~|%\w{1,32}%|\\\\[\w.\-]{1,64}))"
    rf"(?:\\{_IN_NAME}+(?:(?: (?:[A-Z(]{_IN_NAME}*|and)){{1,3}}(?<! and)(?=\\))?)+(?:\\(?!\\))?"
)
_BACK = str.maketrans({stand_in: sign for sign, stand_in in _STAND_INS.items()})


def is_sign(rest: str, *, is_item: bool) -> bool:
    """Return whether the rest of a line begins with a sign, where a block could begin.

    Args:
        rest: The rest of the line.
        is_item: Whether the marker of an item stands before it in the same line.
    """
    return rest[:1] in _EACH and bool((_IN_ITEM if is_item else _IN_LINE).match(rest))


def may_be_sign(line: str) -> bool:
    """Return whether a line that goes on ends within what may become a sign and a number."""
    return ">" in line and bool(_BEGUN.match(line))


def guarded(source: str) -> str:
    """Return a clean source with stand-ins for its signs."""
    source = foldered(source)
    if not _MAY_BE_SIGN.search(source):
        return source
    pieces: list[str] = []
    at = 0
    for found in _SIGN.finditer(source):
        sign = found.end() - 1
        lead = found[2]
        if lead is not None and _quotes_above(source, found.start(), at) > lead.count(">"):
            continue
        pieces += [source[at:sign], _STAND_INS[source[sign]]]
        at = sign + 1
    return "".join([*pieces, source[at:]]) if pieces else source


def foldered(text: str) -> str:
    """Return a text with stand-ins for the backslashes of paths, each as long as what it is for."""
    if "\\" not in text:
        return text
    return _PATH.sub(lambda path: path[0].replace("\\", FOLDER), text)


def _quotes_above(source: str, line: int, sign_end: int) -> int:
    """Return how many quotes are open in the line above one, where the last sign ends."""
    above = source.rfind("\n", 0, max(line - 1, 0)) + 1
    if above >= line:
        return 0
    found = _QUOTES.match(source, above, line - 1)
    marks = found[0].count(">") if found else 0
    return marks - (above < sign_end <= line)


def restored(text: str) -> str:
    """Return words with their signs."""
    return text if text.isprintable() else text.translate(_BACK)
