"""The delivery core: (Event | Outcome | now) in, Action out. It reads no clock and does no I/O.

In reading order:

    actions     what a channel is asked to do, and what came of it
    surface     what a channel can show, and how often
    streaming   how replies stream: the operator's settings
    screen      what was acknowledged of a piece of a reply
    formats     in which form a reply is shown, and what a chat was found to lack
    missed_posts  posts of one piece that may be on screen, and are not known
    segment     one piece of a reply: its text, and what is on screen of it
    pieces      all pieces of a reply
    segments    what was said, cut into pieces that fit one message each
    marks       what is added below an answer that was cut short
    pace        how previews are spread over an answer of unknown length
    meters      counting calls, so that the platform never counts more than we do
    fair_queue  sharing one bot's limit between its chats
    budget      when a call may go: per chat, per bot, learning from refusals
    ways/       how an answer can grow at an address: drafts, edits, additions, or not at all
    progress    what the agent does while it does not speak, as one line
    preview_clock  the moments from which the next preview is timed
    backoff     what failed lately, and until when to wait
    in_flight   the action that is under way
    known       which messages of a chat are known
    open_calls  the calls whose answers may still come
    search      which message a lost post made
    lost_post_steps  what is done next about a lost post, as a table
    lost_posts  posts that were not heard of: looked for, listened for, posted once more
    doubts      which texts may stand twice, or not at all
    late_answers  what follows from an answer that nobody waits for any more
    route       where a reply goes, by which way, and what went wrong
    rules       what follows from a refusal, as a table
    ladders     what each consequence does
    outcomes    what came of actions
    parts       what a reply is made of
    intent      what it wants next, and when
    schedule    when something of it is due
    frames      what it shows then
    state       a reply as a value, and what of it is certain in another process
    stored      that value as text
    shown       what became of an answer
    reply_view  what can be read of a reply, and the promises that it keeps
    reply       what can happen to it: the state machine
    inbox       what an agent said that its reply was not told yet
    lane        the replies of one chat, taking turns
"""

from __future__ import annotations

__all__: list[str] = []
