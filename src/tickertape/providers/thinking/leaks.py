"""Tool calls that stand in the text, in a model's own syntax, because no parser took them out.

Which syntaxes there are, and where each was seen in the text of an answer:

- `<tool_call>{"name": ...}</tool_call>`: Qwen, Hermes; with `<function=...>` inside: Qwen3-Coder;
  with `<arg_key>` inside: GLM (docs.vllm.ai/en/latest/features/tool_calling, 2026-11);
- `<function=clock>{...}</function>`: Llama (console.groq.com/docs/errors, `failed_generation`);
- `<function_calls><invoke name="clock">...`: Claude's older syntax, and models that learnt it;
- `<minimax:tool_call>`: MiniMax; `[TOOL_CALLS][{...}]` or `[TOOL_CALLS]clock{...}`: Mistral;
- `<|tool_calls_section_begin|>`: Kimi; `<｜tool▁calls▁begin｜>` and, from V3.2 on,
  `<｜DSML｜function_calls>` or `<｜DSML｜tool_calls>`: DeepSeek;
- `<|python_tag|>`: Llama 3.1; `<|tool_call|>[{`: Phi-4, Granite; `<|tool_call>call:`: Gemma 4;
  `<seed:tool_call>`: Seed-OSS, Doubao.

A tag alone is a word that an answer may be about. It opens a call only with the beginning of one
behind it. What stands in it is held back: if words follow, the answer was about calls, and is given
out as it came; where it ends the text, it is a call that leaked, and not for the reader.
"""

from __future__ import annotations

import re

from tickertape.providers.thinking.tags import Tag

__all__ = ["LEAK", "could_begin_leak", "leak_at", "leak_ends_at"]

LEAK = "call "
"""What the families of these tags begin with."""

_NAME = r"[A-Za-z_][\w.-]{0,80}"
_BLANK = r"\s{0,8}"

# For each opening tag: what must follow it, its beginnings, and the tag that ends it.
_LEAKS: tuple[tuple[str, str, str, str], ...] = (
    (
        "<tool_call>",
        rf"{_BLANK}(?:\{{|<function=|{_NAME}{_BLANK}<arg_key>)",
        rf"{_BLANK}(?:<f?u?n?c?t?i?o?n?|{_NAME}{_BLANK}(?:<a?r?g?_?k?e?y?)?)?",
        "</tool_call>",
    ),
    ("<function=", rf"{_NAME}>", rf"(?:{_NAME})?", "</function>"),
    ("<function_calls>", rf"{_BLANK}<invoke", rf"{_BLANK}<?i?n?v?o?k?", "</function_calls>"),
    ("<invoke name=", rf'"{_NAME}">', rf'(?:"(?:{_NAME}"?)?)?', "</invoke>"),
    ("<minimax:tool_call>", rf"{_BLANK}<invoke", rf"{_BLANK}<?i?n?v?o?k?", "</minimax:tool_call>"),
    (
        "[TOOL_CALLS]",
        rf"{_BLANK}(?:\[{_BLANK}\{{|{_NAME}(?:\[ARGS\])?\{{)",
        rf"{_BLANK}(?:\[{_BLANK}|{_NAME}\[?A?R?G?S?\]?)?",
        "",
    ),
    (
        "<seed:tool_call>",
        rf"{_BLANK}<function=",
        rf"{_BLANK}<?f?u?n?c?t?i?o?n?",
        "</seed:tool_call>",
    ),
    ("<|tool_call|>", rf"{_BLANK}\[{_BLANK}\{{", rf"{_BLANK}(?:\[{_BLANK})?", ""),
    ("<|python_tag|>", rf"{_BLANK}(?:\{{|{_NAME}\()", rf"{_BLANK}(?:{_NAME})?", ""),
    ("<|tool_call>", rf"{_BLANK}call:", rf"{_BLANK}c?a?l?l?", "<tool_call|>"),
    ("<｜DSML｜function_calls>", "", "", "</｜DSML｜function_calls>"),
    ("<｜DSML｜tool_calls>", "", "", "</｜DSML｜tool_calls>"),
    ("<|tool_calls_section_begin|>", "", "", "<|tool_calls_section_end|>"),
    ("<｜tool▁calls▁begin｜>", "", "", "<｜tool▁calls▁end｜>"),
)

_WHOLE = [
    (re.compile(re.escape(opening) + f"(?={follows})"), LEAK + opening, len(opening))
    for opening, follows, _, _ in _LEAKS
]
_BEGUN = [
    (opening, re.compile(re.escape(opening) + begun + r"\Z")) for opening, _, begun, _ in _LEAKS
]
_ENDS = {LEAK + opening: end for opening, _, _, end in _LEAKS}
_LONGEST = 300  # characters of a tag and of what must follow it


def leak_at(text: str, at: int) -> Tag | None:
    """Return the tag that opens a call at a place; None where none is whole there.

    Args:
        text: a part of the answer.
        at: the place.
    """
    for pattern, family, size in _WHOLE:
        if pattern.match(text, at):
            return Tag("open", family, size, is_call=True)
    return None


def could_begin_leak(text: str, at: int) -> bool:
    """Return whether the text from a place on, to its end, is such a tag that has only begun.

    Args:
        text: a part of the answer.
        at: the place.
    """
    rest = text[at : at + _LONGEST]
    return any(opening.startswith(rest) or begun.match(rest) for opening, begun in _BEGUN)


def leak_ends_at(text: str, at: int, family: str) -> int | None:
    """Return the size of the tag that ends a call at a place; 0: it may be one, None: it is none.

    Args:
        text: a part of the answer.
        at: the place.
        family: the family of the tag that opened the call.
    """
    end = _ENDS[family]
    if not end:
        return None
    if text.startswith(end, at):
        return len(end)
    return 0 if end.startswith(text[at : at + len(end)]) else None
