"""What is remembered: conversations, choices of chats, and the limits that refusals taught.

memory              the port, and the memory that ends with the program
entries             how an entry of a conversation lies in a row
store               the port with a database behind it
tables, migrations  its tables, and how a database gets them; revisions: the steps
limits              keeps limits over restarts
"""

from __future__ import annotations

__all__: list[str] = []
