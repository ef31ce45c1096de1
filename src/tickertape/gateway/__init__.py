"""The gateway: people write to a bot, an agent answers, conversations are remembered.

decide, and touch nothing    router, decisions, commands, settings, access, albums, moves, question
what is remembered           transcript (of an answer), entries, memory, storage (a database)
the operator's file          document, sections, mistakes, refusals, config
what comes in                intake
what is done about it        worker, turns, running_answer, history_writer, audience, announcer
beside the lines             notes (read aloud), presses (of buttons), limits, moved_chats
all of them                  loop
the composition root         app: the only place that names adapters
"""

__all__: list[str] = []
