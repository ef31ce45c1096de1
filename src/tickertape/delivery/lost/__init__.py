"""Posts that were not heard of: they may be on screen, and their numbers are not known.

missed_posts     posts of one piece that may be on screen, and are not known
known            which messages of a chat are known
open_calls       the calls whose answers may still come
search           which message a lost post made
lost_post_steps  what is done next about a lost post, as a table
lost_posts       looking for them, listening for them, posting once more
doubts           which texts may stand twice, or not at all
late_answers     what follows from an answer that came after the reply went on
"""

from __future__ import annotations

__all__: list[str] = []
