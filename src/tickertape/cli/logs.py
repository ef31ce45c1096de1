"""The log: one line for each event, on stderr, without secrets.

The modules log with the standard library and never log a message's text; here the lines get their
form: `key=value` for people, JSON for machines (`log.format`, or `TICKERTAPE_LOG=json`); what is
empty is left out. The last step before a line leaves blots out every secret that the program was
given, wherever it may have crept in.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Mapping
from typing import Literal

import structlog
from structlog.typing import WrappedLogger

from tickertape.cli.redaction import Redaction

__all__ = ["configure"]

# What is in the way of these is logged once by `gateway.fleet`; they say it several times a second.
_TOLD_BY_US = ("procrastinate", "psycopg.pool")


def configure(
    secrets: Iterable[str],
    *,
    environ: Mapping[str, str],
    level: int = logging.INFO,
    form: Literal["text", "json"] = "text",
) -> None:
    """Send all logging to stderr.

    Args:
        secrets: what must never be seen in a line.
        environ: `TICKERTAPE_LOG` in it, `text` or `json`, is a form that goes before `form`.
        level: the least that Tickertape's own modules say; others say warnings and more.
        form: the form of a line.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        _without_empty_fields,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _renderer(as_json=(environ.get("TICKERTAPE_LOG") or form) == "json"),
                Redaction(secrets),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("tickertape").setLevel(level)
    for name in _TOLD_BY_US:
        logging.getLogger(name).setLevel(logging.CRITICAL)


def _without_empty_fields(
    _: WrappedLogger, __: str, fields: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Leave out what says nothing; 0 and false say something."""
    return {name: value for name, value in fields.items() if value is not None and value != ""}


def _renderer(*, as_json: bool) -> structlog.typing.Processor:
    if as_json:
        return structlog.processors.JSONRenderer(sort_keys=True, ensure_ascii=False)
    return structlog.processors.LogfmtRenderer(
        key_order=["timestamp", "level", "event"], drop_missing=True, bool_as_flag=False
    )
