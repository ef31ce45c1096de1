"""One answer on its way to the screen.

screen         what was acknowledged of a piece of a reply
segment        one piece of a reply: its text, and what is on screen of it
pieces         all pieces of a reply
segments       what was said, cut into pieces that fit one message each
progress       what the agent does while it does not speak, as one line
preview_clock  the moments from which the next preview is timed
backoff        what failed lately, and until when to wait
in_flight      the action that is under way
route          where a reply goes, by which way, and what went wrong
rules          what follows from a refusal, as a table
ladders        what each consequence does
outcomes       what came of actions
parts          what a reply is made of
intent         what it wants next, and when
schedule       when something of it is due
frames         what it shows then
state          a reply as a value, and what of it is certain in another process
stored         that value as text
reply_view     what can be read of a reply, and the promises that it keeps
reply          what can happen to it: the state machine
"""

from __future__ import annotations

__all__: list[str] = []
