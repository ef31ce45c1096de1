"""How long a server asks to wait, from every place and spelling in which servers say it; pure.

    Retry-After: 7 · Mon, 21 Sep 2026 14:14:30 GMT · retry-after-ms: 1500        `in_headers`
    x-ratelimit-reset-requests: 6m0s · anthropic-ratelimit-tokens-reset: 2026-…  `of_limits`
    {"retryDelay": "28s"}, {"resets_in_seconds": 9}, {"resets_at": 1790000030}   `in_fields`
    "Please retry in 28.1s.", "try again in 1m30s", "wait 2 minutes"             `in_words`

A wait is a number of seconds, or a moment: its length then depends on the caller's clock
(`seconds_of`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeAlias

__all__ = [
    "Wait",
    "WaitFor",
    "WaitUntil",
    "in_fields",
    "in_headers",
    "in_words",
    "of_limits",
    "seconds_of",
]


@dataclass(frozen=True, slots=True)
class WaitFor:
    """A wait from the moment in which it is read."""

    seconds: float
    """How long; never negative."""


@dataclass(frozen=True, slots=True)
class WaitUntil:
    """A wait up to a moment."""

    moment: float
    """Seconds since the epoch."""


Wait: TypeAlias = WaitFor | WaitUntil
"""How long a server asks to wait."""

_EPOCH = 1e9
"""Seconds from which a number is a moment: as a wait it would be thirty years."""

_EPOCH_MS = 1e12
"""The same in milliseconds, as OpenRouter has it (everruns/everruns#2280)."""

_LAST = 1e14
"""Beyond this a number means nothing (the year 5138, in milliseconds)."""

_UNITS: tuple[tuple[str, float], ...] = (
    (r"ns|nanoseconds?", 1e-9),
    (r"[uµμ]s|microseconds?", 1e-6),
    (r"ms|msecs?|millis|milliseconds?", 1e-3),
    (
        (
            r"s|secs?|seconds?|sek(?:unde?[nry]?)?|seconde[ns]|second[eio]|segundos?"
            r"|сек(?:унд[аиуы]?)?|giây|detik"
        ),
        1.0,
    ),
    (
        (
            r"m|mins?|minutes?|minuten?|minut(?:er|y)?|minuut|minut[io]|minutos?"
            r"|мин(?:ут[аиуы]?)?|хвилин[аиу]?|phút|menit"
        ),
        60.0,
    ),
    (
        (
            r"h|hrs?|hours?|std|stunden?|heures?|horas?|or[ae]|uren|uur|timm(?:e|ar)|godzin[ayę]?"
            r"|час(?:а|ов)?|годин[аиу]?|giờ|jam"
        ),
        3600.0,
    ),
    (r"d|days?|tage?n?|jours?|d[ií]as?|giorn[io]|дн(?:я|ей)|день|ngày|hari", 86400.0),
)
"""Units of time, as Go prints them (`1m30.5s`, `829.16ms`) and as people write them in English,
German, Dutch, Swedish, French, Spanish, Portuguese, Italian, Polish, Russian, Ukrainian,
Vietnamese, Indonesian."""

_UNIT = "|".join(names for names, _ in _UNITS)
_NO_LETTER = r"(?![a-zµμà-ÿа-яёіїє])"
_AMOUNT = re.compile(rf"(?i)(\d[\d,]*(?:\.\d+)?)\s*({_UNIT}){_NO_LETTER}")
_DURATION = (
    rf"(?:\d[\d,]*(?:\.\d+)?\s*(?:{_UNIT}){_NO_LETTER}"
    r"(?:,?\s*(?:(?:and|und|et|y|e|i|и)\s+)?(?=\d))?)+"
)
_MOMENT = (
    r"\d{4}-\d\d-\d\d[t ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?\s?(?:z|utc|gmt|[+-]\d\d:?\d\d)(?![a-z\d])"
)
_ABROAD = (
    *("versuch", "wart", "wiederhol", "erneut", "verfügbar", "probeer", "wacht", "försök", "vänta"),
    *("réessay", "ressay", "attend", "patient", "disponib", "intént", "intent[ae]", "reint"),
    *("esper", "tent[ae]", "aguard", "riprov", "aspett", "spróbuj", "poczekaj", "повтор"),
    *("попроб", "подожд", "через", "спроб", "зачека", "thử lại", "đợi", "chờ", "coba lagi"),
    *("tunggu",),
)
"""How the words for waiting and for trying again begin, in the other languages of the units."""

_WAITING = (
    r"\b(?:(?:retry(?:ing)?|try\b[^.\d]{0,40}?\bagain|wait|resets?|available)\b"
    rf"|(?:{'|'.join(_ABROAD)})\w*)"
)
_WORDS = re.compile(rf"(?i){_WAITING}[^.\d]{{0,40}}?(?<![\w.])(?:({_DURATION})|({_MOMENT}))")
"""platform.openai.com/docs/guides/rate-limits, console.groq.com/docs/rate-limits ("Please try again
in 7m12s."), ai.google.dev/gemini-api/docs/rate-limits ("Please retry in 28.1s."), Azure ("Please
retry after 26 seconds."). No digit and no full stop stands between the verb and the time, so that
"Limit 3 per 1 minute" is no wait."""

_BARE_WORDS = re.compile(r"(?i)\bretry[ _-]?after\W{1,3}(\d+(?:\.\d+)?)(?=\s*(?:$|[.,;)\]]))")
"""A header's name in prose, with its number: seconds."""

_BEHIND: tuple[tuple[str, float], ...] = (
    ("秒(?:钟|鐘|間)?|초|saniye", 1.0),
    ("分(?:钟|鐘|間)?|분|dakika", 60.0),
    ("小时|小時|時間|시간|saat", 3600.0),
)
"""Units of the languages that say behind them what they are: Chinese, Japanese, Korean, Turkish."""

_AMOUNT_BEHIND = rf"(\d+(?:\.\d+)?) ?({'|'.join(names for names, _ in _BEHIND)})"
_WORDS_BEHIND = re.compile(
    rf"(?i){_AMOUNT_BEHIND} ?(?:之?[后後]|以[后後]|ほど|くらい|お?待|후|뒤|동안|정도|sonra|bekle)"
    rf"|(?:等待?|等候) ?{_AMOUNT_BEHIND}"
)
"""请在20秒后重试, 20秒後に, 20초 후에, 20 saniye sonra; 请等待20秒."""

_FIELDS: Mapping[str, float] = {
    "retryafterms": 1e-3,
    "retryaftermillis": 1e-3,
    "retrydelay": 1.0,
    "retryafter": 1.0,
    "retryafterseconds": 1.0,
    "retryinseconds": 1.0,
    "waitseconds": 1.0,
    "resetsinseconds": 1.0,
    "resetinseconds": 1.0,
    "resetafter": 1.0,
    "quotaresetdelay": 1.0,
    "resetsat": 1.0,
    "resetat": 1.0,
    "resettime": 1.0,
    "quotaresettimestamp": 1.0,
}
"""Fields of an error, without their case and their hyphens, and the unit of a bare number: Google's
RetryInfo and ErrorInfo (google/rpc/error_details.proto), the ChatGPT back end
(router-for-me/CLIProxyAPI#1666), gateways."""

_HEADERS: tuple[tuple[str, float], ...] = (
    ("retry-after-ms", 1e-3),
    ("x-ms-retry-after-ms", 1e-3),  # Azure
    ("retry-after", 1.0),
)

_RESET = re.compile(r"(?:^|-)rate-?limit-(?:(.+)-)?reset(?:-(.+))?$")
"""`x-ratelimit-reset`, `x-rate-limit-reset`, `x-ratelimit-reset-tokens` (OpenAI, Groq),
`ratelimit-reset` (IETF), `anthropic-ratelimit-tokens-reset`; what it is about stands on either
side."""

_LIMIT = re.compile(r"rate-?limit")


def seconds_of(wait: Wait, now: float) -> float:
    """Return how long to wait from `now`, in seconds since the epoch; never negative."""
    return max(0.0, wait.moment - now) if isinstance(wait, WaitUntil) else wait.seconds


def in_headers(headers: Mapping[str, str]) -> Wait | None:
    """Return the wait that the headers of an answer name, looked up in lower case."""
    for name, unit in _HEADERS:
        if name in headers and (wait := _wait(headers[name], unit)) is not None:
            return wait
    return None


def of_limits(headers: Mapping[str, str]) -> Wait | None:
    """Return when the limit that was hit is lifted, from the headers that count down limits.

    Of several limits that are used up the last one counts; where none says so, the one lifted
    first.

    Args:
        headers: with their names in lower case.
    """
    resets: list[tuple[bool, Wait]] = []
    for name, value in headers.items():
        if (found := _RESET.search(name)) is not None and (wait := _wait(value)) is not None:
            about = found[1] or found[2] or ""
            resets.append((_is_used_up(headers, about), wait))
    resets.sort(key=lambda reset: seconds_of(reset[1], _EPOCH))
    used_up = [wait for is_used_up, wait in resets if is_used_up]
    return used_up[-1] if used_up else next((wait for _, wait in resets), None)


def in_fields(said: Mapping[object, object]) -> Iterator[Wait]:
    """Yield the waits that the fields of an object name; its inner objects are not looked at."""
    named = {re.sub(r"[_-]", "", str(key).lower()): value for key, value in said.items()}
    for name, unit in _FIELDS.items():
        if name in named and (wait := _wait(named[name], unit)) is not None:
            yield wait


def in_words(message: str) -> Wait | None:
    """Return the wait that a message names in words."""
    if (found := _WORDS.search(message)) is not None:
        return _wait(found[1] or found[2])
    if (found := _WORDS_BEHIND.search(message)) is not None:
        number, unit = (found[1], found[2]) if found[1] else (found[3], found[4])
        size = next(size for names, size in _BEHIND if re.fullmatch(rf"(?i){names}", unit))
        return _wait(number, size)
    bare = _BARE_WORDS.search(message)
    return _wait(bare[1]) if bare else None


def _is_used_up(headers: Mapping[str, str], about: str) -> bool:
    for name, value in headers.items():
        if "remaining" in name and _LIMIT.search(name) and about in name:
            return re.fullmatch(r"0+(?:\.0*)?", value.strip()) is not None
    return False


def _wait(value: object, unit: float = 1.0) -> Wait | None:
    """Read a value of any sort; `unit` is that of a bare number, in seconds."""
    match value:
        case bool():
            return None
        case int() | float():
            return _number(value, unit)
        case str():
            return _spelled(value.strip(), unit)
        case {"seconds": seconds, **rest}:
            whole, part = _wait(seconds), _wait(rest.get("nanos", 0), 1e-9)
            both = isinstance(whole, WaitFor) and isinstance(part, WaitFor)
            return WaitFor(whole.seconds + part.seconds) if both else whole  # type: ignore[union-attr]
        case _:
            return None


def _number(value: float, unit: float) -> Wait | None:
    if not value <= _LAST:
        return None
    if value >= _EPOCH_MS:
        return WaitUntil(value / 1000)
    if value * unit >= _EPOCH:
        return WaitUntil(float(value))
    return WaitFor(max(0.0, value * unit)) if math.isfinite(value) else None


def _spelled(text: str, unit: float) -> Wait | None:
    try:
        return _number(float(text), unit)
    except ValueError:
        pass
    if re.fullmatch(rf"(?i){_DURATION}", text):
        return _number(sum(_seconds(n, u) for n, u in _AMOUNT.findall(text)), 1.0)
    return _moment(text)


def _seconds(number: str, unit: str) -> float:
    size = next(size for names, size in _UNITS if re.fullmatch(rf"(?i){names}", unit))
    return float(number.replace(",", "")) * size


def _moment(text: str) -> Wait | None:
    """Read a date of HTTP or of RFC 3339; one without a zone means nothing."""
    try:
        if re.fullmatch(rf"(?i){_MOMENT}", text):
            zoned = re.sub(r"(?i)\s?(?:utc|gmt|z)$", "+00:00", text)
            return WaitUntil(datetime.fromisoformat(zoned).timestamp())
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError, IndexError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return WaitUntil(moment.timestamp())
