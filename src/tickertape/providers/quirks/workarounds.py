"""What to change in a request that a server refused, and for how long that is remembered; pure.

A server that refuses a parameter says so before the answer begins. Then the request is changed and
repeated at once, unseen by the user; what helped is remembered for the model and applied
from the start, until it expires and the plain request is tried again.

    Workaround
    ├── WithoutParameter   a field of the request is left out
    ├── Renamed            a field has another name there
    ├── Fixed              a field must have this value
    ├── WithoutStreaming   one JSON answer is asked for instead of a stream
    └── ReturnsReasoning   whether earlier thinking is sent back

Which refusal calls for which workaround is decided in `tickertape.providers.quirks.known`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, assert_never

from tickertape.providers.quirks.profile import Profile

__all__ = [
    "EXPIRY",
    "Fixed",
    "KnownWorkarounds",
    "Renamed",
    "ReturnsReasoning",
    "WithoutParameter",
    "WithoutStreaming",
    "Workaround",
    "adapted",
    "returned_to",
    "streams",
    "worked_around",
]

EXPIRY = 3600.0
"""Seconds for which a workaround is applied before the plain request is tried again: servers and
accounts change, and an hour makes one refused request an hour (our own choice)."""


@dataclass(frozen=True, slots=True)
class WithoutParameter:
    """A field of the request is left out."""

    name: str
    """The field; with `tools` goes what is said about them."""


@dataclass(frozen=True, slots=True)
class Renamed:
    """A field has another name there."""

    old: str
    """How we call it."""
    new: str
    """How the server does."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """A field must have one value."""

    name: str
    """The field."""
    value: bool
    """What the server demands."""


@dataclass(frozen=True, slots=True)
class WithoutStreaming:
    """One JSON answer is asked for instead of a stream."""

    with_tools_only: bool = False
    """Whether only requests with tools are concerned."""


@dataclass(frozen=True, slots=True)
class ReturnsReasoning:
    """The model's earlier thinking is sent back, or is not."""

    how: Literal["never", "with_calls", "always"]
    """On which of its messages; with "never" nothing goes back that only its server understands."""


Workaround: TypeAlias = WithoutParameter | Renamed | Fixed | WithoutStreaming | ReturnsReasoning
"""A change to a request."""


def worked_around(
    body: Mapping[str, object], workarounds: Sequence[Workaround]
) -> dict[str, object]:
    """Apply what concerns the request's fields."""
    whole = dict(body)
    for workaround in workarounds:
        match workaround:
            case WithoutParameter(name=name):
                whole.pop(name, None)
            case Renamed(old=old, new=new):
                if old in whole:
                    whole[new] = whole.pop(old)
            case Fixed(name=name, value=value):
                whole[name] = value
            case WithoutStreaming() | ReturnsReasoning():
                pass
            case _:
                assert_never(workaround)
    if "tools" not in whole:
        whole.pop("tool_choice", None)
        whole.pop("parallel_tool_calls", None)
    return whole


def adapted(profile: Profile, workarounds: Sequence[Workaround]) -> Profile:
    """Apply what concerns the way in which the conversation is told."""
    for workaround in workarounds:
        if isinstance(workaround, ReturnsReasoning):
            profile = replace(
                profile,
                returns_reasoning=workaround.how,
                encrypted_reasoning=workaround.how != "never",
            )
    return profile


def returned_to(origin: str, workarounds: Sequence[Workaround]) -> str:
    """Return the origin whose items are sent back unchanged; "" if none are."""
    return "" if ReturnsReasoning("never") in workarounds else origin


def streams(workarounds: Sequence[Workaround], *, with_tools: bool) -> bool:
    """Return whether to request a stream.

    Args:
        workarounds: what is known of the model.
        with_tools: whether the request offers tools.
    """
    return not any(
        isinstance(workaround, WithoutStreaming) and (with_tools or not workaround.with_tools_only)
        for workaround in workarounds
    )


class KnownWorkarounds:
    """What one model's server is known to refuse."""

    __slots__ = ("_expiries",)

    def __init__(self) -> None:
        self._expiries: dict[Workaround, float] = {}

    def learn(self, workaround: Workaround, now: float) -> None:
        """Remember what helped, for `EXPIRY` seconds; what is known keeps its time.

        Args:
            workaround: the change after which the server answered.
            now: seconds of any clock that goes forward.
        """
        self._expiries.setdefault(workaround, now + EXPIRY)

    def known(self, now: float) -> tuple[Workaround, ...]:
        """Return the known workarounds that have not expired, in the order learned."""
        self._expiries = {workaround: at for workaround, at in self._expiries.items() if at > now}
        return tuple(self._expiries)
