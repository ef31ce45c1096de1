"""The delivery core: (Event | Outcome | now) in, Action out. It reads no clock and does no I/O.

In reading order:

    actions     what a channel is asked to do, and what came of it
    surface     what a channel can show, and how often
    streaming   how replies stream: the operator's settings
    screen      what was acknowledged of a piece of a reply
    formats     in which form a reply is shown, and what a chat was found to lack
    segment     one piece of a reply: its text, and what is on screen of it
    segments    what was said, cut into pieces that fit one message each
    marks       what is added below an answer that was cut short
    pace        how previews are spread over an answer of unknown length
    meters      counting calls, so that the platform never counts more than we do
    turns       sharing one bot's limit between its chats
    budget      when a call may go: per chat, per bot, learning from refusals
    preview_clock  when a preview is worth sending
    progress    what the agent does while it does not speak, as one line
    flight      the action that is under way, and what it leaves on screen
    trouble     what went wrong lately
    standing    what outcomes teach a reply: the ladders that it steps down
    reply       the state machine of one answer, and the promises that it keeps
    inbox       what an agent said that its reply was not told yet
    lane        the replies of one chat, taking turns
"""

from __future__ import annotations

__all__: list[str] = []
