"""The revisions of the database, in the order of their names; alembic reads them.

A revision that was released is never changed: another change is a revision of its own. It
knows the tables as they were at its time, and uses nothing of `tickertape.gateway.storage.tables`.
"""

from __future__ import annotations

__all__: list[str] = []
