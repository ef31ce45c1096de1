"""The gateway: people write to a bot, an agent answers, conversations are remembered.

router, decisions     decide about all that comes in, purely; commands, settings, access, albums,
                      moves and question are pure as well
config                the operator's file
storage               the memory
admission             people are let in while it runs; access_lists: those of the file
intake                reads the channels
worker, executor      the work of each conversation, carried out one by one
answers               running answers, and their listeners
presses, moved_chats  work outside the lines; announcer: the bot's own messages
loop                  the running gateway
fleet                 several processes that answer for the same bots
reloadable            what it can change while it runs, as a value; reloading: changes it
app, agent, channels  the composition root: the only modules that name adapters
"""

from __future__ import annotations

__all__: list[str] = []
