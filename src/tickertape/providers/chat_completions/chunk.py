"""A chunk of the stream, or a whole answer, as far as its fields are read.

The fields are those of platform.openai.com/docs/api-reference/chat-streaming (2026-11) and what
other servers add; all the others are skipped without being built, which is what makes a chunk
cheap. What may be of any kind is `object`, and looked at where it is used.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from tickertape.providers.json_text import written

__all__ = ["CHUNK", "Choice", "Chunk", "ChunkDelta", "parts"]


class ChunkDelta(msgspec.Struct, gc=False):
    """What the model says: more of it, or all of it."""

    content: object = None
    """Words: a string, or a list of parts (`parts`)."""
    reasoning_content: object = None
    """Thinking, in the words of DeepSeek, Z.ai, llama.cpp and vLLM before 0.16."""
    reasoning: object = None
    """Thinking, in the words of OpenRouter, Groq and vLLM (vllm-project/vllm#33402)."""
    reasoning_text: object = None
    """Thinking, in the words of GitHub Copilot."""
    reasoning_details: object = None
    """Thinking again, in pieces with signatures (openrouter.ai/docs/use-cases/reasoning-tokens)."""
    refusal: object = None
    """Words with which the model refuses."""
    tool_calls: object = None
    """Pieces of tool calls."""
    function_call: object = None
    """A piece of the one tool call of the protocol before 2023-11."""
    images: object = None
    """Images, which no chat is shown (openrouter.ai/docs/features/multimodal/image-generation)."""
    audio: object = None
    """A recording, or a piece of one, with its words (openai-python 3.54,
    types/chat/chat_completion_audio.py)."""


class Choice(msgspec.Struct, gc=False):
    """One of the answers; only the first is read."""

    index: object = 0
    """Which one; None where a server does not count."""
    delta: ChunkDelta | None = None
    """What it says, in a stream."""
    message: ChunkDelta | None = None
    """What it says, as a whole."""
    text: object = None
    """More of what it says, in the protocol of text completions."""
    finish_reason: object = None
    """Why it ended, where it did."""
    native_finish_reason: object = None
    """The same in the words of the vendor behind a gateway (openrouter.ai/docs/api-reference)."""
    stop_details: object = None
    """What explains it, as Anthropic has it."""
    finish_message: object = None
    """What explains it, in one sentence, as Gemini has it."""
    error: object = None
    """What went wrong with this answer (openrouter.ai/docs/api-reference/errors)."""


class Chunk(msgspec.Struct, gc=False):
    """A message of the stream, or the body of an answer without one."""

    choices: list[Choice | None] | None = None
    """The answers; none where only usage is told, or what a content filter found."""
    usage: object = None
    """What the answer cost so far."""
    x_groq: object = None
    """Groq's place for usage."""
    error: object = None
    """What went wrong."""
    detail: object = None
    """What went wrong, in the words of FastAPI."""
    message: object = None
    """What went wrong, in the words of vLLM and Mistral."""
    msg: object = None
    """What went wrong, in the words of Zhipu."""
    errors: object = None
    """What went wrong, where it is several things."""
    base_resp: object = None
    """What went wrong, in the words of MiniMax; that nothing did, where its code is 0."""

    @property
    def is_error(self) -> bool:
        """Whether it says that something went wrong."""
        if self.error or (isinstance(self.base_resp, dict) and self.base_resp.get("status_code")):
            return True
        return not self.choices and bool(self.detail or self.message or self.msg or self.errors)


CHUNK = msgspec.json.Decoder(Chunk)
"""Reads a chunk; raises a ValueError where there is none."""


def parts(content: object) -> Iterator[tuple[bool, str]]:
    """Read content that is a part, or a list of them.

    Source: docs.mistral.ai/capabilities/reasoning, 2026-11.

    Yields:
        Whether a part is thinking, and its words.
    """
    found = content if isinstance(content, list) else [content]
    for part in found:
        match part:
            case str(text):
                yield False, text
            case {"type": "thinking", "thinking": str(text)}:
                yield True, text
            case {"type": "thinking", "thinking": [*thoughts]}:
                for thought in thoughts:
                    match thought:
                        case {"text": str(text)}:
                            yield True, text
            case {"type": "thinking" | "reasoning", "text": str(text)}:
                yield True, text
            case {"text": str(text)} | {"refusal": str(text)} | {"transcript": str(text)}:
                yield False, text
            case {"audio": {"transcript": str(text)}}:
                yield False, text
            case int() | float() if part is not True and part is not False:
                yield False, written(part)  # of a server whose template writes JSON
            case _:
                pass
