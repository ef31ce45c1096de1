"""Faults on demand: which call fails, and how.

A plan holds the faults that were ordered; each says which calls it strikes, how many it lets pass
first, and how often it strikes, or from when until when. `strike` gives one fault its effect, with
or without a network: the HTTP server and simulations in virtual time use the same function.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Final, Literal, TypeAlias, assert_never, get_args

from tickertape.emulator.answers import (
    Answer,
    BotApiError,
    Json,
    NoAnswer,
    Outcome,
    too_many_requests,
)
from tickertape.emulator.fields import FieldError, Fields

__all__ = [
    "Fault",
    "FaultPlan",
    "Garbled",
    "Held",
    "Lost",
    "NoId",
    "PlannedFault",
    "Refuse",
    "Reset",
    "Slow",
    "Status",
    "Throttle",
    "Unreached",
    "arrives_at",
    "is_applied",
    "name_of",
    "read_fault",
    "strike",
]


@dataclass(frozen=True, slots=True)
class Throttle:
    """The call is refused by flood control and not applied."""

    retry_after: int
    """Whole seconds to wait, as they are told."""


@dataclass(frozen=True, slots=True)
class Status:
    """A server in front answers in place of the Bot API; the call is not applied."""

    status: int
    """The HTTP status; 500 to 599."""
    html: bool = False
    """Whether the body is a page in place of an envelope."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """The Bot API refuses the call with a text of your choice; it is not applied."""

    description: str
    """The whole text, prefix included."""
    status: int = 400
    """The HTTP status; 400 to 499."""


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection is cut before the call is applied."""


@dataclass(frozen=True, slots=True)
class Lost:
    """The call is applied, then the connection is cut without an answer."""


@dataclass(frozen=True, slots=True)
class Slow:
    """The call is applied at once, and its answer comes late."""

    seconds: float
    """How late."""


@dataclass(frozen=True, slots=True)
class NoId:
    """The call is applied, and its answer is a bare `true`, without the message's number."""


GarbledBody: TypeAlias = Literal["page", "half"]
"""What comes in place of an answer: a page of HTML, or the first half of the envelope."""


@dataclass(frozen=True, slots=True)
class Garbled:
    """The call is applied, and its answer comes as something that cannot be read."""

    status: int = 200
    """The HTTP status; 200 to 599."""
    body: GarbledBody = "page"
    """What comes in its place."""


@dataclass(frozen=True, slots=True)
class Unreached:
    """No connection can be made: the call never leaves, and the caller knows that.

    Over HTTP the connection stands already: there it is cut as by `Reset`.
    """


@dataclass(frozen=True, slots=True)
class Held:
    """The network holds the call back; it arrives later, and is applied then.

    It is applied also where the caller has given up by then: what was sent is on its way.
    """

    until: float
    """When the network lets go, on the world's clock."""
    stretch: float = 0.0
    """How much later a call arrives, as a share of the time for which it was held; 0 to 1. A packet
    is sent again after pauses that double (RFC 6298, 5.5): so a call that waited for a minute may
    come up to a minute after one that was made just now, and what was sent first comes last."""


Fault: TypeAlias = (
    Throttle | Status | Refuse | Reset | Lost | Slow | NoId | Garbled | Unreached | Held
)
"""What can befall one call."""


@dataclass(frozen=True, slots=True)
class PlannedFault:
    """A fault and the calls that it strikes."""

    fault: Fault
    """What befalls them."""
    method: str | None = None
    """Only calls of this method, in any case; None: of any but `getUpdates`."""
    chat_id: int | None = None
    """Only calls that name this chat; None: any."""
    times: int = 1
    """How many calls it strikes, where it does not last; at least 1."""
    skip: int = 0
    """How many matching calls it lets pass first."""
    since: float = 0.0
    """From when on it strikes, on the world's clock."""
    until: float | None = None
    """The fault lasts: every call before this moment is struck. None: it strikes `times` calls."""

    def is_over(self, now: float) -> bool:
        """Return whether it lasted, and strikes nothing any more."""
        return self.until is not None and now >= self.until

    def matches(self, method: str, chat_id: int | None) -> bool:
        """Return whether the fault strikes such a call."""
        name = method.lower()
        wanted = name == self.method.lower() if self.method else name != "getupdates"
        return wanted and self.chat_id in {None, chat_id}

    def as_json(self) -> Json:
        """Return the fault as it was planned."""
        return {
            "method": self.method,
            "chat_id": self.chat_id,
            "times": self.times,
            "skip": self.skip,
            **({"since": self.since} if self.since else {}),
            **({} if self.until is None else {"until": self.until}),
            "fault": {"kind": name_of(self.fault), **asdict(self.fault)},
        }


class FaultPlan:
    """The faults that are ordered and did not all strike yet."""

    def __init__(self) -> None:
        self._planned: list[PlannedFault] = []

    @property
    def planned(self) -> tuple[PlannedFault, ...]:
        """What is still to come, in the order in which it was ordered."""
        return tuple(self._planned)

    def add(self, planned: PlannedFault) -> None:
        """Plan one more fault."""
        self._planned.append(planned)

    def clear(self) -> None:
        """Forget all planned faults."""
        self._planned.clear()

    def take(self, method: str, chat_id: int | None, now: float) -> Fault | None:
        """Return the fault that strikes such a call at this moment; the oldest plan goes first."""
        self._planned = [planned for planned in self._planned if not planned.is_over(now)]
        for index, planned in enumerate(self._planned):
            if now < planned.since or not planned.matches(method, chat_id):
                continue
            if planned.skip:
                self._planned[index] = replace(planned, skip=planned.skip - 1)
                continue
            if planned.until is not None:
                return planned.fault
            if planned.times > 1:
                self._planned[index] = replace(planned, times=planned.times - 1)
            else:
                del self._planned[index]
            return planned.fault
        return None


def strike(fault: Fault | None, apply: Callable[[], Answer]) -> Outcome:
    """Carry out a call under a fault.

    Args:
        fault: What befalls it; None: nothing.
        apply: Carries the call out; called at most once.
    """
    match fault:
        case None | Held():
            outcome: Outcome = apply()
        case Throttle(retry_after=seconds):
            outcome = too_many_requests(seconds).answer
        case Status(status=status, html=html):
            outcome = _failure(status, html=html)
        case Refuse(status=status, description=description):
            outcome = BotApiError(status, description).answer
        case Reset() | Unreached():
            outcome = NoAnswer(applied=False, is_sent=isinstance(fault, Reset))
        case Lost():
            outcome = NoAnswer(applied=True, original=apply())
        case Slow(seconds=late):
            outcome = replace(apply(), delay=late)
        case NoId():
            outcome = _without_id(apply())
        case Garbled():
            outcome = _garbled(fault, apply())
        case _:
            assert_never(fault)
    return outcome


def arrives_at(fault: Fault | None, now: float) -> float:
    """Return when a call that would arrive now arrives under this fault."""
    if not isinstance(fault, Held):
        return now
    return max(now, fault.until + fault.stretch * (fault.until - now))


def is_applied(fault: Fault | None) -> bool:
    """Return whether a call is carried out under this fault."""
    return fault is None or isinstance(fault, Lost | Slow | NoId | Garbled | Held)


def name_of(fault: Fault | None) -> str | None:
    """Return the `kind` of a fault in the JSON of a plan."""
    return None if fault is None else type(fault).__name__.lower()


def read_fault(value: object, now: float = 0.0) -> PlannedFault:
    """Return a planned fault from its JSON.

    Args:
        value: The order; a fault that lasts says `until`, or for how many `seconds` from now.
        now: Seconds on the world's clock.

    Raises:
        FieldError: It is malformed; the text says where.
    """
    fields = Fields(value, "the order")
    method = fields.maybe_text("method")
    chat_id = fields.maybe_integer("chat_id")
    times = fields.maybe_integer("times", 1, 1_000_000)
    skip = fields.maybe_integer("skip", 0, 1_000_000)
    since, until = _read_span(fields, now)
    fault = _read(Fields(fields.needed("fault"), "fault"))
    fields.close()
    if isinstance(fault, Held) and not fault.until:
        if until is None:
            raise FieldError('Can\'t find field "until"')
        fault = replace(fault, until=until)
    return PlannedFault(
        fault, method, chat_id, 1 if times is None else times, skip or 0, since, until
    )


_PHRASES = {
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}


_FOR_EVER: Final = 1e12
"""Seconds; longer than any clock of a world runs."""


def _read_span(fields: Fields, now: float) -> tuple[float, float | None]:
    """Read from when until when a fault lasts; None: it does not."""
    if "seconds" in fields:
        return now, now + fields.number("seconds", 0.0, _FOR_EVER)
    since = fields.number("since", 0.0, _FOR_EVER, default=0.0)
    return since, fields.number("until", since, _FOR_EVER) if "until" in fields else None


def _read(fields: Fields) -> Fault:
    fault = _READERS[fields.one_of("kind", _READERS)](fields)
    fields.close()
    return fault


def _read_refusal(fields: Fields) -> Fault:
    status = fields.maybe_integer("status", 400, 499)
    return Refuse(fields.text("description"), 400 if status is None else status)


def _read_garbled(fields: Fields) -> Garbled:
    status = fields.maybe_integer("status", 200, 599)
    half = "body" in fields and fields.one_of("body", get_args(GarbledBody)) == "half"
    return Garbled(200 if status is None else status, "half" if half else "page")


def _read_held(fields: Fields) -> Held:
    until = fields.number("until", 0.0, _FOR_EVER, default=0.0)
    return Held(until, fields.number("stretch", 0.0, 1.0, default=0.0))


_READERS: dict[str, Callable[[Fields], Fault]] = {
    "throttle": lambda fields: Throttle(fields.integer("retry_after", 1, 1_000_000)),
    "status": lambda fields: Status(fields.integer("status", 500, 599), fields.flag("html")),
    "refuse": _read_refusal,
    "reset": lambda _: Reset(),
    "lost": lambda _: Lost(),
    "slow": lambda fields: Slow(fields.number("seconds", 0.0, 3600.0)),
    "noid": lambda _: NoId(),
    "garbled": _read_garbled,
    "unreached": lambda _: Unreached(),
    "held": _read_held,
}


def _without_id(answer: Answer) -> Answer:
    """Return `true` for a message; refusals and what is no message stay as they are."""
    if not isinstance(answer.result, dict):
        return answer
    return Answer(200, {"ok": True, "result": True}, original=answer)


def _garbled(fault: Garbled, answer: Answer) -> Answer:
    whole = json.dumps(answer.body)
    text = whole[: len(whole) // 2] if fault.body == "half" else _page(fault.status)
    return Answer(fault.status, {}, html=text, original=answer)


def _failure(status: int, *, html: bool) -> Answer:
    answer = BotApiError(status, _phrase(status)).answer
    return replace(answer, html=_page(status)) if html else answer


def _phrase(status: int) -> str:
    return _PHRASES.get(status, "Server Error" if status >= 500 else "OK")


def _page(status: int) -> str:
    title = f"{status} {_phrase(status)}"
    return (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n"
        f"<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
    )
