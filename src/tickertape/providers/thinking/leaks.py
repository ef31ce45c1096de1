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
  `<tool_code>`: Gemma 3; `<seed:tool_call>`, `<|FunctionCallBegin|>[{`: Seed-OSS, Doubao;
- `<tool_calls>[{`: Jamba, Hunyuan; `<TOOLCALL>[`: Nemotron; `<|tool_call_start|>[`: LFM2;
  `<|START_ACTION|>`: Command R; `<|tools_prefix|>[`: Apertus; `<longcat_tool_call>`: LongCat;
  `<function_call>{`: Granite 3; `[TOOL_REQUEST]`: what LM Studio teaches models without a syntax
  (lmstudio.ai/docs/developer/openai-compat/tools, 2026-11);
- `<tool_call name="clock">`, `<tool_call>clock(...)`, `<function name="clock">`, `<tool_use>{`,
  `<tool>{`, `<use_tool><...`: what models make of these (NousResearch/hermes-agent,
  ollama/ollama and ggml-org/llama.cpp, their issues on calls in the text);
- `[TOOL_CALL]{`: MiniMax; `<xai:function_call name=`: Grok; `<start_function_call>call:`:
  FunctionGemma; `<|action_start|>`: InternLM; `<|python_start|>`: Llama 4; a fence named
  `tool_code` or `tool_call`: Gemma 3 and others.

A tag alone is a word that an answer may be about. It opens a call only with the beginning of one
behind it. What stands in it is held back: if words follow, the answer was about calls, and is given
out as it came; where it ends the text, it is a call that leaked, and not for the reader.
"""

from __future__ import annotations

import re

from tickertape.providers.thinking import bare_calls
from tickertape.providers.thinking.tags import Tag

__all__ = ["LEAK", "could_begin_leak", "is_leak", "leak_at", "leak_ends_at"]

LEAK = "call "
"""What the families of these tags begin with."""

_NAME = r"[A-Za-z_][\w.-]{0,80}"
_BLANK = r"\s{0,8}"
_OPEN = r"[\s\w.<\[{(\"'=:/-]{0,120}"
"""What may yet become a call, behind a tag of which models write many sorts."""
_CLAUDE = "antml:"
_DSML = [(bars, kind) for bars in ["｜", "｜｜", "|"] for kind in ("function_calls", "tool_calls")]
"""How DeepSeek's marks are written (adolfousier/opencrabs#398, PyModel/pythinker-code#288)."""

# For each opening tag: what must follow it, its beginnings, and the tag that ends it.
_LEAKS: tuple[tuple[str, str, str, str], ...] = (
    (
        "<tool_call>",
        rf"{_BLANK}(?:\{{|\[{_BLANK}\{{|<[a-z_]{{1,40}}[=>]|{_NAME}{_BLANK}(?:<arg_key>|[{{(]|</tool))",
        _OPEN,
        "</tool_call>",
    ),
    ("<tool_call ", r'(?:name|id)="[^"\n]{0,80}">', _OPEN, "</tool_call>"),
    ("<function name=", rf'"{_NAME}">', _OPEN, "</function>"),
    ("<tool_use>", rf"{_BLANK}[{{<]", _BLANK, "</tool_use>"),
    ("<tool>", rf"{_BLANK}\{{", _BLANK, "</tool>"),
    ("<use_tool>", rf"{_BLANK}<", _BLANK, "</use_tool>"),
    ("<use_mcp_tool>", rf"{_BLANK}<", _BLANK, "</use_mcp_tool>"),
    ("<xai:function_call ", "name=", _OPEN, "</xai:function_call>"),
    ("<start_function_call>", rf"{_BLANK}call:", _OPEN, "<end_function_call>"),
    (f"<{_CLAUDE}function_calls>", "", "", f"</{_CLAUDE}function_calls>"),
    (f"<{_CLAUDE}invoke name=", "", "", f"</{_CLAUDE}invoke>"),
    ("[TOOL_CALL]", rf"{_BLANK}\{{", _BLANK, "[/TOOL_CALL]"),
    ("```tool_code\n", "", "", "```"),
    ("```tool_call\n", "", "", "```"),
    ("```tool_calls\n", "", "", "```"),
    # MiniMax M3 (MiniMax-AI/MiniMax-M3#31)
    ("]<]minimax[>[", "", "", "</tool_call>"),
    ("[Calling tool:", rf" ?{_NAME}", _OPEN, ""),
    ("<function>", rf"{_BLANK}<(?:name>|invoke)", _OPEN, "</function>"),
    *((f"<{bars}DSML{bars}{kind}>", "", "", f"</{bars}DSML{bars}{kind}>") for bars, kind in _DSML),
    ("<|tool_calls|>", rf"{_BLANK}\[", _BLANK, ""),
    ("<|action_start|>", "", "", "<|action_end|>"),
    ("<|python_start|>", "", "", "<|python_end|>"),
    ("<｜DSML｜invoke name=", "", "", "</｜DSML｜invoke>"),
    ("<|tool▁calls▁begin|>", "", "", "<|tool▁calls▁end|>"),
    ("<|tool▁call▁begin|>", "", "", "<|tool▁call▁end|>"),
    ("<function=", rf"{_NAME}>", rf"(?:{_NAME})?", "</function>"),
    ("<function_calls>", rf"{_BLANK}(?:<invoke|[{{\[])", _OPEN, "</function_calls>"),
    ("<invoke name=", rf'"{_NAME}">', rf'(?:"(?:{_NAME}"?)?)?', "</invoke>"),
    ("<minimax:tool_call>", rf"{_BLANK}<invoke", rf"{_BLANK}<?i?n?v?o?k?", "</minimax:tool_call>"),
    ("[TOOL_CALLS]", rf"{_BLANK}(?:\[{_BLANK}\{{|{_NAME}(?:\{{|\[ARGS\]|\[CALL_ID\]))", _OPEN, ""),
    (
        "<seed:tool_call>",
        rf"{_BLANK}<function=",
        rf"{_BLANK}<?f?u?n?c?t?i?o?n?",
        "</seed:tool_call>",
    ),
    ("<|tool_call|>", rf"{_BLANK}(?:\[{_BLANK}\{{|\{{|{_NAME}\{{)", _OPEN, ""),
    ("<tool_code>", r"\n", "", "</tool_code>"),
    ("<function_call>", rf"{_BLANK}(?:\{{|{_NAME}\()", _OPEN, "</function_call>"),
    ("<longcat_tool_call>", rf"{_BLANK}(?:\{{|{_NAME}\s)", _OPEN, "</longcat_tool_call>"),
    ("[TOOL_REQUEST]", rf"{_BLANK}\{{", _BLANK, "[END_TOOL_REQUEST]"),
    ("<tool_calls>", rf"{_BLANK}(?:\[{_BLANK}\{{|\{{|<tool_call)", _OPEN, "</tool_calls>"),
    ("<TOOLCALL>", rf"{_BLANK}[\[{{]", _BLANK, "</TOOLCALL>"),
    ("<|python_tag|>", rf"{_BLANK}(?:\{{|{_NAME}\()", rf"{_BLANK}(?:{_NAME})?", ""),
    ("<|tool_call>", rf"{_BLANK}call:", rf"{_BLANK}c?a?l?l?", "<tool_call|>"),
    ("<|tool_call_start|>", rf"{_BLANK}\[", _BLANK, "<|tool_call_end|>"),
    ("<|tools_prefix|>", rf"{_BLANK}\[", _BLANK, "<|tools_suffix|>"),
    ("<|START_ACTION|>", "", "", "<|END_ACTION|>"),
    ("<|FunctionCallBegin|>", rf"{_BLANK}\[", _BLANK, "<|FunctionCallEnd|>"),
    ("<|tool_call_begin|>", "", "", "<|tool_call_end|>"),
    ("<｜tool▁call▁begin｜>", "", "", "<｜tool▁call▁end｜>"),
    ("<|tool_calls_section_begin|>", "", "", "<|tool_calls_section_end|>"),
    ("<｜tool▁calls▁begin｜>", "", "", "<｜tool▁calls▁end｜>"),
)

_WHOLE = re.compile("|".join(f"({re.escape(one)})(?={follows})" for one, follows, _, _ in _LEAKS))
_BEGUN = re.compile("|".join(rf"{re.escape(opening)}{begun}\Z" for opening, _, begun, _ in _LEAKS))
_ENDS = {LEAK + opening: end for opening, _, _, end in _LEAKS} | {bare_calls.FAMILY: ""}
_LONGEST = 300  # characters of a tag and of what must follow it


def leak_at(text: str, at: int) -> Tag | None:
    """Return the tag that opens a call at a place; None where none is whole there."""
    found = _WHOLE.match(text, at)
    return Tag("open", LEAK + found[0], len(found[0]), is_call=True) if found else None


def could_begin_leak(text: str, at: int) -> bool:
    """Return whether the text from a place on, to its end, is such a tag that has only begun."""
    rest = text[at : at + _LONGEST]
    return _BEGUN.match(rest) is not None or any(one[0].startswith(rest) for one in _LEAKS)


def leak_ends_at(text: str, at: int, family: str) -> int | None:
    """Return the size of the tag that ends a call there; 0: it may be one, None: it is none."""
    end = _ENDS[family]
    if not end:
        return None
    if text.startswith(end, at):
        return len(end)
    return 0 if end.startswith(text[at : at + len(end)]) else None


def is_leak(text: str, family: str) -> bool:
    """Return whether what a text ends with is a call, rather than words about one.

    Args:
        text: what came from the beginning of the call on.
        family: the family of the tag that opened it, which nothing closed.
    """
    behind = text.lstrip().removeprefix(family.removeprefix(LEAK)).lstrip()
    is_json = family == bare_calls.FAMILY or (not _ENDS[family] and behind[:1] in ("[", "{"))
    return not is_json or bare_calls.is_call(behind)
