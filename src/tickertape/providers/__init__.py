"""Models' servers: each protocol has a pure decoder and builder, and `client` does the talking.

    client             the connection: `ModelProvider`
    endpoint           where a model is, and how it is asked
    profile, profiles  what servers want to be asked like, and which of them
    workarounds        changes to a refused request; quirks: which refusal calls for which
    patience           how long a server may be silent
    error_body         the body of a refusal, in any known shape
    failures           which kind of failure that is
    chat_completions   OpenAI Chat Completions: bytes into events, prompts into requests
    responses          OpenAI Responses
    messages           Anthropic Messages
    decoder            what the three decoders share: framing, and exactly one end
    sse                bytes into messages
    life               signs of life in the place of messages
    json_text          JSON that is not quite JSON
    call_ids           ids of calls and names of tools, as servers take them
    usage              what an answer cost
    reasons            why an answer ended, in the words of all servers
    repeats            what a whole text has beyond its pieces
    arguments          the arguments of a call, of pieces that go on or repeat
    assembly           messages' pieces into events and a step
    thoughts           tagged thinking, told from the answer
    tags, code_spans   which tags there are, and where they are code
    bare_harmony       channels whose markers were dropped
    leaks              tool calls that stand in the text
    direct             the HTTP transport below every connection
    vendors            the ways to a server: with a key alone, or by its vendor's SDK

Nothing is imported here, so that `tickertape.providers` costs nothing until a provider is used.
"""

from __future__ import annotations

__all__: list[str] = []
