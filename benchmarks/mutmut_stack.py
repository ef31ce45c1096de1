"""A plugin of pytest for `make mutants`: mutmut's record of calls stands in every context.

While it learns which test runs which function, mutmut sets a context variable in each call and
resets it behind; where that takes the variable out of the context of an asyncio task, CPython
3.11.7 was seen to crash. A variable that was set before is never taken out.
"""

from __future__ import annotations

from mutmut.core import MutmutCallStack

MutmutCallStack.set(("", 0))
