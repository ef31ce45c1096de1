"""Models' servers: each protocol has a pure decoder, and `client` does the talking.

    sse                bytes into messages
    chat_completions   the messages of OpenAI Chat Completions into events
    failures           what servers say when they refuse, as one table
    client             the connection: `ChatCompletionsProvider`

Nothing is imported here, so that `tickertape.providers` costs nothing until a provider is used.
"""

from __future__ import annotations

__all__: list[str] = []
