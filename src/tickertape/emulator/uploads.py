"""Files that a bot sends: parts of a multipart form, by name or by `attach://`.

core.telegram.org/bots/api#sending-files, 2026-11: a file is a part of its own, either named as the
parameter or as `attach://<name>` in the parameter says.
"""

from __future__ import annotations

from collections.abc import Mapping

from tickertape.emulator.answers import bad_request
from tickertape.emulator.files import Upload
from tickertape.emulator.multipart import MalformedFormError, Part, parts_of

__all__ = ["form_of"]

_ATTACHED = "attach://"
_MOST_PARTS = 1000


def form_of(content_type: str, body: bytes) -> dict[str, object]:
    """Return the parameters of a multipart form.

    Raises:
        BotApiError: It cannot be read, has too many parts, or a text that is not UTF-8.
    """
    fields: dict[str, object] = {}
    try:
        for count, part in enumerate(parts_of(content_type, body), start=1):
            if count > _MOST_PARTS:
                raise bad_request("too many parameters")
            fields[part.name] = _value(part)
    except MalformedFormError:
        raise bad_request("can't parse the multipart form") from None
    except UnicodeDecodeError:
        raise bad_request("Strings must be encoded in UTF-8") from None
    return _attached(fields)


def _value(part: Part) -> str | Upload:
    if part.filename is None:
        return part.content.decode("utf-8")
    return Upload(part.filename, part.content)


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
