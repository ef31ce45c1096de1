"""The delivery core: (Event | Outcome | now) in, Action out. It reads no clock and does no I/O.

In reading order:

    actions       what a channel is asked to do, and what came of it
    surface       what a channel can show, and how often
    streaming     how replies stream: the operator's settings
    formats       in which form a reply is shown, and what a chat was found to lack
    acknowledged  what still has to be shown at the end
    marks         what is added below an answer that was cut short
    limits/       when a call may go, and when one is worth it
    ways/         how an answer can grow at an address: drafts, edits, additions, or not at all
    reply/        one answer on its way to the screen: the state machine
    lost/         posts that were not heard of: looked for, listened for, posted once more
    shown         what became of an answer
    single_post   a post that belongs to no answer
    inbox         what an agent said that its reply was not told yet
    lane          the replies of one chat, taking turns
"""

from __future__ import annotations

__all__: list[str] = []
