"""Tool calls that are all of the text, with no tag around them.

Models that were taught to answer with a call as JSON (Llama 3, docs.vllm.ai/en/latest/features/
tool_calling, `llama3_json`, and most small ones) do so where no parser takes it out:
`{"name": "clock", "arguments": {}}`, several of them, a list of them, or in OpenAI's own shape;
some put a fence around it (ollama/ollama#13519). `functools[{...}]` is Phi-4-mini's, `✿FUNCTION✿:`
Qwen-Agent's, `functions.clock:0{...}` what is left of Kimi's tags.

Only what begins the text may be one, and it is one only if no words follow: then it was an example.
"""

from __future__ import annotations

import json
import re

__all__ = ["FAMILY", "is_call", "may_begin"]

FAMILY = "call bare"
"""The family of these calls."""

_NAME = r'"[A-Za-z_][\w.-]{0,80}"'
_START = re.compile(
    rf'(?:```(?:json)?\s+|functools)?\[?\s*\{{\s*(?:"type"\s*:\s*"function"\s*,\s*)?(?:'
    rf'"name"\s*:\s*{_NAME}\s*,\s*"(?:arguments|parameters)"\s*:\s*[{{"]'
    rf'|"function"\s*:\s*\{{\s*"name"\s*:\s*{_NAME})'
    r'|\{\s*"tool_calls"\s*:\s*\[\s*\{'
    r"|✿FUNCTION✿:|functions\.[A-Za-z_][\w.-]{0,80}(?::\d{1,3})?\s?(?:\(\{|\{)"
)
_BEGUN = re.compile(
    r'(?:```(?:json)?\s+|functools)?\[?\s*(?:\{\s*(?:"(?:[nt][a-z_]{0,9})?\Z|"(?:name|type|tool_calls)"[^}]{0,160}\Z)?)?\Z'
    r"|functions\.[\w.:-]{0,90}\s?\(?\Z"
)
_LETTERS = ("functools[", "functions.", "✿FUNCTION✿:", "```json")
_BETWEEN = re.compile(r"(?:[\s;,\])`]|<\|[a-z_]{1,20}\|>)*")


def may_begin(text: str) -> bool | None:
    """Return whether a text that begins so begins with a call; None where more is needed to tell.

    Args:
        text: the beginning of the answer, without blanks before it.
    """
    if _START.match(text):
        return True
    return None if _BEGUN.match(text) or any(w.startswith(text) for w in _LETTERS) else False


def is_call(text: str) -> bool:
    """Return whether a text that begins with a call is nothing but calls, whole or cut short.

    Args:
        text: all that came from the beginning of the call on.
    """
    at = min((place for place in map(text.find, "[{") if place >= 0), default=len(text))
    while at < len(text) and text[at] in "[{":
        try:
            _, at = json.JSONDecoder(strict=False).raw_decode(text, at)
        except (ValueError, RecursionError):
            return True
        between = _BETWEEN.match(text, at)
        at = between.end() if between else at
    return at == len(text)
