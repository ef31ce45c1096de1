"""Speech: an answer is heard while it is written.

Purely: a text that streams becomes sentences (`script`, made of a `passage` for each paragraph, cut
where `boundaries` says, put into words by `wording`), and a `recital` says which of them to
synthesise, which to play, and what was heard. Around it: engines (`espeak`, `piper`, `remote`),
players (`players`), and the `Speaker` (`consumer`), which carries one answer and never holds up the
screen.
"""

from __future__ import annotations

__all__: list[str] = []
