"""What servers say when they refuse, purely.

error_body  the body of a refusal, in any known shape
failures    which kind of failure that is
overflow    the words for a conversation that is too long
waits       how long to wait
"""

from __future__ import annotations

__all__: list[str] = []
