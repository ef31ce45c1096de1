"""The memory: conversations, settings of chats, and estimated limits.

memory              the port, and the memory that ends with the program
entries             entries of conversations as rows
store               the port with a database behind it; database: opens that
tables, migrations  its tables, and the migration of a database; revisions: its steps
limits              keeps limits over restarts
"""

from __future__ import annotations

__all__: list[str] = []
