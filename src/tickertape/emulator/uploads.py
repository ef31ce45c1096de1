"""Files that a bot sends: parts of a multipart form, by name or by `attach://`.

core.telegram.org/bots/api#sending-files, 2026-11: a file is a part of its own, either named as the
parameter or as `attach://<name>` in the parameter says.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

from starlette.datastructures import Headers
from starlette.formparsers import MultiPartException, MultiPartParser

from tickertape.emulator.answers import bad_request
from tickertape.emulator.files import Upload

__all__ = ["form_of"]

_ATTACHED = "attach://"


async def form_of(headers: Headers, body: bytes) -> dict[str, object]:
    """The parameters of a multipart form.

    Raises:
        BotApiError: It cannot be read.
    """

    async def stream() -> AsyncIterator[bytes]:
        yield body

    try:
        parser = MultiPartParser(headers, stream(), max_part_size=len(body))  # type: ignore[arg-type]
        form = await parser.parse()
    except (MultiPartException, KeyError, LookupError, UnicodeError):
        raise bad_request("can't parse the multipart form") from None
    fields: dict[str, object] = {}
    try:
        for name, value in form.multi_items():
            is_text = isinstance(value, str)
            fields[name] = value if is_text else Upload(value.filename or "", await value.read())  # type: ignore[union-attr]
    finally:
        await form.close()
    return _attached(fields)


def _attached(fields: Mapping[str, object]) -> dict[str, object]:
    """Put files where `attach://` points at them."""
    used: set[str] = set()
    result: dict[str, object] = {}
    for name, value in fields.items():
        key = value.removeprefix(_ATTACHED) if isinstance(value, str) else ""
        file = fields.get(key) if key != value else None
        if isinstance(file, Upload):
            used.add(key)
        result[name] = file if isinstance(file, Upload) else value
    return {name: value for name, value in result.items() if name not in used}
