"""What is known of a running bot for those who watch it: frozen facts, and measures of answers.

facts      what happened: an action, a request to a model, a turn, an estimated limit
measures   how live an answer was: its tokens and the reader's screen in, seconds out
readers    how long people wait who read at some speed
reading    how much of an answer can be read on a screen
film       what was on screen of an answer, and when
heard      what an agent said of an answer, and when
prices     what tokens cost

Nothing here does I/O. `tickertape bench live` and the metrics of `tickertape serve` are computed
from the same films by the same functions.
"""

from __future__ import annotations

__all__: list[str] = []
