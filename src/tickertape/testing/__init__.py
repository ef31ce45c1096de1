"""Test doubles and conformance checks, for our own tests and for those of bots built on us.

    transports   FakeTransport: a channel in memory, with a screen and outcomes on demand
    providers    ScriptedProvider: a model that says what a script says
    clock        virtual time for asyncio: hours pass in milliseconds
    conformance  what every transport must keep, as one suite

Nothing is imported here: each module brings only what it needs.
"""

from __future__ import annotations

__all__: list[str] = []
