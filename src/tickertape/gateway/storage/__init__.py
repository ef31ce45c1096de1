"""The memory: conversations, settings of chats, estimated limits, and what is owed.

memory              the port, and the memory and the journal that end with the program
entries, messages   entries of conversations, and messages, as they are stored
store               the port with a database behind it; database: opens that
database_journal    the journal in the same database
access_book         who is let in, and who asks to be
bot_shares          what each process holds of a bot's own limit
sole_user           the lock that keeps other programs from it
tables, migrations  its tables, and the migration of a database; revisions: its steps
backup              copies a database that is used
limits              keeps limits over restarts
"""

from __future__ import annotations

__all__: list[str] = []
