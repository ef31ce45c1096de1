"""Templates of the terminal: a prompt, a system prompt, a model and options under one name.

template   one template, purely: read from YAML, filled, written as YAML
folder     the folder of the user's templates
command    `tickertape templates`
"""

from __future__ import annotations

__all__: list[str] = []
