"""What every channel must do: one suite, for ours and for yours.

    async def test_it_is_a_channel() -> None:
        await check_channel(open_stage)

where `open_stage()` gives an asynchronous context manager whose value is a `ChannelStage`: a way to
open the channel, a chat where it may write, and a person who writes there. Who brings only the side
that shows things runs `check_transport` with a `Stage`; who brings only the side that hears, runs
`check_source`.

Each check opens a stage of its own and raises `AssertionError` with one sentence when a promise of
`tickertape.ports` is broken. A check whose subject the channel does not have asks for the matching
refusal (drafts) or for nothing (edits, where text can only be added; blocks and buttons).

    outbound   surface and perform: what every transport must keep
    inbound    messages: what every source must keep
"""

from __future__ import annotations

from tickertape.testing.conformance.inbound import (
    ChannelStage,
    ChannelStageMaker,
    check_channel,
    check_source,
)
from tickertape.testing.conformance.outbound import Stage, StageMaker, check_transport

__all__ = [
    "ChannelStage",
    "ChannelStageMaker",
    "Stage",
    "StageMaker",
    "check_channel",
    "check_source",
    "check_transport",
]
