"""Letting people in while the gateway runs.

    stranger ─▶ Request, a code ─▶ an admin's button, `/approve`, `tickertape access` ─▶ Admitted

requests    who asked, and whether a code is theirs, purely
rates       how often strangers are answered, and how often a code may be guessed, purely
orders      what admins can order in a chat, by words and by buttons, purely
changes     what happened between two looks at the database, purely
wording     the bot's sentences about it
admission   what strangers ask and admins decide is carried out; `storage.access_book` keeps it
watch       what has changed takes effect, is told and logged
announcements  admins are told of requests; tasks: what takes time
surroundings   what is needed of the gateway; neighbours: its parts that do it
"""

from __future__ import annotations

__all__: list[str] = []
