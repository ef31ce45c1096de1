"""Faults on demand: which call fails, and how.

A plan holds the faults that were ordered; each says which calls it strikes, how many it lets pass
first, and how often it strikes. `strike` gives one fault its effect, with or without a network:
the HTTP server and simulations in virtual time use the same function.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never

from tickertape.emulator.answers import (
    Answer,
    BotApiError,
    Json,
    NoAnswer,
    Outcome,
    too_many_requests,
)
from tickertape.emulator.fields import Fields

__all__ = [
    "Fault",
    "FaultPlan",
    "Lost",
    "PlannedFault",
    "Refuse",
    "Reset",
    "Slow",
    "Status",
    "Throttle",
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


Fault: TypeAlias = Throttle | Status | Refuse | Reset | Lost | Slow
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
    """How many calls it strikes; at least 1."""
    skip: int = 0
    """How many matching calls it lets pass first."""

    def matches(self, method: str, chat_id: int | None) -> bool:
        """Whether it concerns such a call."""
        name = method.lower()
        wanted = name == self.method.lower() if self.method else name != "getupdates"
        return wanted and self.chat_id in {None, chat_id}

    def as_json(self) -> Json:
        """The order as it was given."""
        return {
            "method": self.method,
            "chat_id": self.chat_id,
            "times": self.times,
            "skip": self.skip,
            "fault": _fault_json(self.fault),
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
        """Orders one more."""
        self._planned.append(planned)

    def clear(self) -> None:
        """Forgets all orders."""
        self._planned.clear()

    def take(self, method: str, chat_id: int | None) -> Fault | None:
        """The fault that strikes the next call of this kind; the oldest order goes first."""
        for index, planned in enumerate(self._planned):
            if not planned.matches(method, chat_id):
                continue
            if planned.skip:
                self._planned[index] = replace(planned, skip=planned.skip - 1)
                continue
            if planned.times > 1:
                self._planned[index] = replace(planned, times=planned.times - 1)
            else:
                del self._planned[index]
            return planned.fault
        return None


def strike(fault: Fault | None, apply: Callable[[], Answer]) -> Outcome:
    """Carries out a call under a fault.

    Args:
        fault: What befalls it; None: nothing.
        apply: Carries the call out; called at most once.
    """
    match fault:
        case None:
            return apply()
        case Throttle(retry_after=seconds):
            return too_many_requests(seconds).answer
        case Status(status=status, html=html):
            return _failure(status, html=html)
        case Refuse(status=status, description=description):
            return BotApiError(status, description).answer
        case Reset():
            return NoAnswer(applied=False)
        case Lost():
            apply()
            return NoAnswer(applied=True)
        case Slow(seconds=seconds):
            return replace(apply(), delay=seconds)
        case _:
            assert_never(fault)


def is_applied(fault: Fault | None) -> bool:
    """Whether a call is carried out under this fault."""
    return fault is None or isinstance(fault, Lost | Slow)


def name_of(fault: Fault | None) -> str | None:
    """The `kind` of a fault, as orders name it."""
    return None if fault is None else type(fault).__name__.lower()


def read_fault(value: object) -> PlannedFault:
    """An order as JSON.

    Raises:
        FieldError: It is malformed; the text says where.
    """
    fields = Fields(value, "the order")
    method = fields.maybe_text("method")
    chat_id = fields.maybe_integer("chat_id")
    times = fields.maybe_integer("times", 1, 1_000_000)
    skip = fields.maybe_integer("skip", 0, 1_000_000)
    fault = _read(Fields(fields.needed("fault"), "fault"))
    fields.close()
    return PlannedFault(fault, method, chat_id, 1 if times is None else times, skip or 0)


_PHRASES = {
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}


def _read(fields: Fields) -> Fault:
    fault = _READERS[fields.one_of("kind", _READERS)](fields)
    fields.close()
    return fault


def _read_refusal(fields: Fields) -> Fault:
    status = fields.maybe_integer("status", 400, 499)
    return Refuse(fields.text("description"), 400 if status is None else status)


def _read_status(fields: Fields) -> Fault:
    return Status(fields.integer("status", 500, 599), html=fields.flag("html"))


_READERS: dict[str, Callable[[Fields], Fault]] = {
    "throttle": lambda fields: Throttle(fields.integer("retry_after", 1, 1_000_000)),
    "status": _read_status,
    "refuse": _read_refusal,
    "reset": lambda _: Reset(),
    "lost": lambda _: Lost(),
    "slow": lambda fields: Slow(fields.number("seconds", 0.0, 3600.0)),
}


def _fault_json(fault: Fault) -> Json:
    match fault:
        case Throttle(retry_after=seconds):
            return {"kind": "throttle", "retry_after": seconds}
        case Status(status=status, html=html):
            return {"kind": "status", "status": status, "html": html}
        case Refuse(status=status, description=description):
            return {"kind": "refuse", "status": status, "description": description}
        case Reset():
            return {"kind": "reset"}
        case Lost():
            return {"kind": "lost"}
        case Slow(seconds=seconds):
            return {"kind": "slow", "seconds": seconds}
        case _:
            assert_never(fault)


def _failure(status: int, *, html: bool) -> Answer:
    phrase = _PHRASES.get(status, "Server Error")
    answer = BotApiError(status, phrase).answer
    if not html:
        return answer
    title = f"{status} {phrase}"
    page = (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n"
        f"<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
    )
    return replace(answer, html=page)
