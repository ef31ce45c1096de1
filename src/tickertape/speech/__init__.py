"""Speech: an answer is heard while it is written.

Without I/O: `sentence_splitter` turns a streaming text into sentences (one `paragraph` at a time,
cut where `boundaries` says, put into words by `wording`), and `speech_queue` says which of them to
synthesise, which to play, and what was heard. Around it: engines (`espeak`, `piper`, `remote`),
players (`players`), and the `Speaker` (`consumer`), which carries one answer and never holds up the
screen.
"""

from __future__ import annotations

__all__: list[str] = []
