"""Who answers, as the operator configured it.

Nothing is imported here: models and tools are needed only where nobody else answers.
"""

from __future__ import annotations

__all__: list[str] = []
