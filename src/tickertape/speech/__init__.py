"""Speech: an answer is heard while it is written.

text          purely: a streaming text into sentences, and how they are said
speech_queue  purely: which sentences to synthesise, which to play, and what was heard
audio, opus   sound as a value, and the files that hold it
ports         the seams: Engine, Player
engines       espeak, piper, remote; by_name opens one
players       a loudspeaker, or a WAV file; programs: how a program is run
speaker       carries one answer, and never holds up the screen
narrator      a whole text as one piece of sound that a messenger can carry
"""

from __future__ import annotations

__all__: list[str] = []
