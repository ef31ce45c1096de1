"""The gateway: people write to a bot, an agent answers, conversations are remembered.

router, decisions     what is done with what comes in, purely; so are commands, settings,
access, albums, moves and question
config                the operator's file
storage               what is remembered
reading, intake       what comes in
worker, turns         what is done about it, in the line of each conversation
answers               answers on their way
presses, moved_chats  what happens beside the lines; announcer: the bot's own words
loop                  all of them at work
app, agent, channels  the composition root: the only modules that name adapters
"""

from __future__ import annotations

__all__: list[str] = []
