"""Models' servers: each protocol has a pure decoder and builder, and one client for all.

    model_provider     the connection: `ModelProvider`
    endpoint           where a model is, and how it is asked
    connections        the ways to a server, and how long it may be silent
    quirks             what servers want to be asked like; changes to a refused request
    refusals           what a refusal says, and which kind of failure that is
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
    thinking           thoughts and tool calls that stand in the text, told from the answer

Nothing is imported here, so that `tickertape.providers` costs nothing until a provider is used.
"""

from __future__ import annotations

__all__: list[str] = []
