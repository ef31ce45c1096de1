"""Calls to a database that are made again, as their answer was not heard.

A server that is restarted is away for a second or two, and whether it carried out a call that it
cut off is not known: only what may be carried out twice is called again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar

from sqlalchemy.exc import DBAPIError

from tickertape.gateway.reasons import words_of
from tickertape.gateway.storage.postgres_failures import is_passing

__all__ = ["PAUSES", "until_heard"]

_LOG = logging.getLogger(__name__)

PAUSES: Final = (0.2, 0.5, 1.0, 2.0, 4.0)
"""Seconds before each further call: a choice, as people wait. Restarts of an idle Postgres took
0.2 s (November 2026); one that goes through its log first takes longer."""

_P = ParamSpec("_P")
_T = TypeVar("_T")


def until_heard(
    call: Callable[_P, Coroutine[Any, Any, _T]],
) -> Callable[_P, Coroutine[Any, Any, _T]]:
    """Return a call that is made again while its database does not answer: five times at the most.

    Args:
        call: calls the database; it may be carried out more than once.
    """

    @wraps(call)
    async def heard(*args: _P.args, **named: _P.kwargs) -> _T:
        for pause in PAUSES:
            try:
                return await call(*args, **named)
            except DBAPIError as error:
                if not is_passing(error):
                    raise
                told = "the database did not answer: it is asked again"
                _LOG.warning(told, extra={"seconds": pause, "error": words_of(error)})
            await asyncio.sleep(pause)
        return await call(*args, **named)

    return heard
