"""OpenAI Chat Completions, and the dozens of servers that speak dialects of it.

request     what is asked, as the JSON of a body
decoder     the bytes of an answer into events
chunk       what a chunk says, as far as we read it
calls       its tool calls, in every server's form
details     its reasoning details, to be returned
"""

from __future__ import annotations

from tickertape.providers.chat_completions.decoder import ChatCompletionsDecoder
from tickertape.providers.chat_completions.request import body

__all__ = ["ChatCompletionsDecoder", "body"]
