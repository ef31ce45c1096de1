"""Which words of a server mean that the conversation is longer than the model's window; pure.

Every server words it differently, and their words for a limit of the *answer* that is set too high
are alike: "max_tokens must be less than the context window" is about a setting, and no shorter
conversation would help. The first of three tables that has the words decides:

1. `SUMS`     conversation and answer together are too long: a shorter conversation helps;
2. `SETTINGS` the answer's limit alone, or a setting that names the window, is refused: it does not;
3. `WORDINGS` the conversation is too long.
"""

from __future__ import annotations

import re

__all__ = ["SETTINGS", "SUMS", "WORDINGS", "is_overflow", "is_too_large_to_wait_for"]

_LIMIT = r"['\"`]?max_(?:completion_|output_|new_)?tokens['\"`]?"
"""The answer's limit, under any of its names."""

SUMS: tuple[str, ...] = (
    # docs.anthropic.com/en/docs/build-with-claude/context-windows
    r"input length and ['\"`]?max_tokens['\"`]? exceed",
    # huggingface/text-generation-inference, router/src/validation.rs; Together
    r"inputs?['\"`]? tokens \+ ['\"`]?max_new_tokens",
    r"inputs?['\"`]? must have less than [\d,]+ tokens",
    # What vLLM computes as the rest of its window is below nothing (vllm-project/vllm#36789).
    r"max_tokens must be at least 1, got -\d",
)
"""Conversation and answer together exceed the window."""

SETTINGS: tuple[str, ...] = (
    rf"{_LIMIT}[^.]{{0,60}}(?:(?:must|should|can|may)(?: not|not)?|needs? to) be\b",
    rf"{_LIMIT}[^.]{{0,60}}(?:is too (?:large|high|big)|exceeds?|cannot exceed|greater than)\b",
    rf"range of {_LIMIT}",
    rf"maximum (?:allowed )?(?:value )?(?:for|of) {_LIMIT}",
    rf"invalid (?:value (?:for|of) )?{_LIMIT}",
    r"supports at most [\d,]+ (?:completion|output) tokens",
    # A setting whose name has the words: "Unrecognized request argument supplied: context_length"
    (
        r"(?:unrecogni[sz]ed|unknown|unexpected|unsupported|invalid|extra) [^.]{0,40}"
        r"(?:argument|parameter|field|key|option|input)s?\b[^.]{0,40}\bcontext_"
    ),
    r"\bcontext_\w+['\"`]? (?:is|are) (?:an? )?(?:unrecogni[sz]ed|unknown|unexpected|unsupported)",
)
"""A setting is refused by itself."""

WORDINGS: tuple[str, ...] = (
    # OpenAI, DeepSeek, OpenRouter, vLLM, SGLang, llama.cpp, LM Studio, MiniMax, Together, Copilot:
    # "maximum context length is", "exceeds the context window", "the available context size"
    r"\bcontext[ _](?:length|size|window|limit)\b",
    r"context[_ ](?:length|size|window|limit)[_ ]exceeded",
    r"\bcontext (?:is )?(?:too long|overflow)",
    r"exceeds? (?:the )?(?:available |maximum |model'?s )*context\b",
    r"\bmaximum context\b",
    # Anthropic, Vertex, Ollama, Baidu
    r"\bprompt (?:tokens? )?(?:is |are )?too long",
    # docs.aws.amazon.com/bedrock, API error codes
    r"\b(?:inputs?|prompt|messages?|conversation|request|history) (?:is|are|was) too long\b",
    r"\b(?:inputs?|prompt|messages?|conversation|request|history) (?:is|are|was) too large\b",
    r"\binput too long\b",
    r"\bmessage you submitted was too long\b",
    r"\binput tokens exceeded",
    # ai.google.dev/gemini-api/docs/troubleshooting; Copilot
    r"\btoken count\b.{0,60}\bexceed",
    r"\binput token count is [\d,]+ but\b",
    r"exceeds? the maximum (?:allowed )?number of (?:input )?tokens",
    # gpt-5: "Input tokens exceed the configured limit of 272000 tokens."
    r"\binput tokens? exceed",
    # Poolside, Volcengine, SGLang: "Input length (9) exceeds the maximum allowed length (8)"
    r"\binput length\b.{0,40}\b(?:exceed|longer|larger|greater)",
    r"maximum (?:allowed )?(?:input|prompt|model|sequence) length",
    r"exceeds? max(?:imum)? (?:message|input|prompt) (?:tokens|length)",
    # docs.z.ai/api-reference/api-code, 1261
    r"\bprompt exceeds max(?:imum)? length",
    # MoonshotAI/kimi-code#207
    r"\b(?:model|input|prompt|context) token limit\b",
    r"\btoken limit exceeded",
    # help.aliyun.com/zh/model-studio/error-code
    r"range of input length",
    # Groq, OpenAI: "Please reduce the length of the messages or completion."
    r"\breduce the length of (?:the|your) (?:messages|prompt|input|conversation)",
    r"\breduce (?:your|the) (?:prompt|input|conversation|context)\b",
    # Cohere, AI21: "too many tokens: total number of tokens in the prompt cannot exceed 4081"
    r"\btoo many (?:input |prompt |context )?tokens\b(?!.{0,30}\b(?:per|wait)\b)",
    r"\bnumber of (?:input |prompt )?tokens\b.{0,60}\b(?:exceed|larger|greater|more than)",
    # Mistral, DS4: "Prompt contains 140000 tokens and 0 draft tokens, too large for model with ..."
    r"\bprompt (?:has|contains) [\d,]+ tokens\b.{0,60}\b(?:too large|but|exceed)",
    # docs.x.ai, models and their windows
    # NVIDIA/TensorRT-LLM: "The sum of prompt length (9.0), query length (0) should not exceed"
    r"\bprompt length\b.{0,60}\b(?:exceed|but|greater)",
    # platform.openai.com: what one message or one list of messages may hold
    # (an id of a call has a length of its own, and is none of it)
    (
        r"invalid '(?:messages|input)(?:\[\d+\])?(?:\.(?:content|output)(?:\[\d+\])?(?:\.text)?)?':"
        r" (?:string|array) too (?:long|large)"
    ),
    # GitHub Models
    r"\brequest body too large\b.{0,60}\btokens",
    # Zhipu, Qianfan, Volcengine
    r"(?:上下文|输入|prompt ?)[^。]{0,12}(?:超长|超过|超出|过长)",
)
"""The conversation exceeds the window."""

_SUMS = re.compile("|".join(SUMS))
_SETTINGS = re.compile("|".join(SETTINGS))
_WORDINGS = re.compile("|".join(WORDINGS))

_VLLM = re.compile(r"is too large: (\d+)\.[^.]{0,80}maximum context length is (\d+)")
"""vLLM weighs the answer's limit against what the conversation leaves of the window."""

_PER_MINUTE = re.compile(
    r"request too large\b.{0,300}\blimit:? ([\d,]+),.{0,40}\brequested:? ([\d,]+)"
)
"""A single request above what a minute allows (OpenAI, Groq): no wait makes it fit."""


def is_overflow(message: str) -> bool:
    """Return whether a message says that the conversation is too long."""
    words = " ".join(message.lower().split())
    if (weighed := _VLLM.search(words)) is not None:
        return int(weighed[1]) < int(weighed[2])
    if _SUMS.search(words):
        return True
    return not _SETTINGS.search(words) and _WORDINGS.search(words) is not None


def is_too_large_to_wait_for(message: str) -> bool:
    """Return whether a message that speaks of a rate limit says that one request exceeds it."""
    found = _PER_MINUTE.search(" ".join(message.lower().split()))
    return found is not None and _number(found[2]) > _number(found[1])


def _number(digits: str) -> int:
    return int(digits.replace(",", "") or "0")
