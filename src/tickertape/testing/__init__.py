"""Test doubles and conformance checks, for our own tests and for those of bots built on us.

    transports   FakeTransport: a channel in memory, with a screen and outcomes on demand
    trees        what the blocks of a message come to, as platforms count them
    providers    ScriptedProvider: a model that says what a script says
    model_server ModelServer: a model's server over real HTTP, with faults on demand
    model_script what it answers, as values
    model_wire   what a model says, in the bytes of each protocol
    byte_server  ByteServer: a server that says the very bytes of a script, and breaks when told
    clock        virtual time for asyncio: hours pass in milliseconds
    conformance  what every channel, and every transport, must keep, as one suite
    agents       what every agent must keep, as one suite
    measures     how live a reply was: staleness, first text, final lag
    live         many conversations at once through one outbox, watched

Nothing is imported here: each module brings only what it needs.
"""

from __future__ import annotations

__all__: list[str] = []
