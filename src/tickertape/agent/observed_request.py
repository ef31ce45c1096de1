"""One request to a model, as its observer is told of it, purely."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

from tickertape.chat import Address
from tickertape.conversation import FinishReason, Step
from tickertape.errors import FailureKind
from tickertape.events import Event, Failed, Finished, ReasoningDelta, Recorded, TextDelta, Usage
from tickertape.ports import Observer, Prompt
from tickertape.watching.facts import ModelAsked, WrittenContent

__all__ = ["ObservedRequest"]


class ObservedRequest:
    """A request from the moment when it is made; its end is noted, however that comes."""

    __slots__ = (
        "_address",
        "_asked_at",
        "_ended",
        "_first_at",
        "_model",
        "_now",
        "_observer",
        "_prompt",
        "_said",
        "_usage",
    )

    def __init__(
        self,
        observer: Observer | None,
        address: Address,
        model: str,
        prompt: Prompt,
        now: Callable[[], float],
    ) -> None:
        """Begin a request.

        Args:
            observer: told of it; None: no one is.
            address: the conversation.
            model: the model's name.
            prompt: what it is given to read.
            now: returns the moment.
        """
        self._observer = observer
        self._address = address
        self._model = model
        self._prompt = prompt
        self._now = now
        self._asked_at = now()
        self._first_at: float | None = None
        # Where its reader goes away before the end.
        self._ended: FinishReason | FailureKind = "stopped"
        self._usage: Usage | None = None
        self._said: Step | None = None

    def hear(self, event: Event) -> None:
        """Take in an event that may be the first of the answer."""
        if self._first_at is None and isinstance(event, TextDelta | ReasoningDelta):
            self._first_at = self._now()

    def end(self, end: Finished | Failed, recorded: Sequence[Recorded]) -> None:
        """Take in how the answer ended, and what is recorded of it."""
        if isinstance(end, Failed):
            self._ended = end.error.kind
            return
        self._ended, self._usage = end.reason, end.usage
        steps = [one.entry for one in recorded if isinstance(one.entry, Step)]
        self._said = steps[-1] if steps else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Note the request, whether or not it came to its end."""
        if self._observer is None:
            return
        self._observer.note(
            ModelAsked(
                address=self._address,
                model=self._model,
                asked_at=self._asked_at,
                first_at=self._first_at,
                ended_at=self._now(),
                ended=self._ended,
                usage=self._usage,
                content=WrittenContent(told=self._prompt.entries, said=self._said),
            )
        )
