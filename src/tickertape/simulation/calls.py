"""The calls of a run, out of the emulator's log and the times at which we heard of them."""

from __future__ import annotations

from collections.abc import Sequence

from tickertape.emulator.answers import Answer, NoAnswer, Outcome
from tickertape.emulator.calls import CallLog, CallRecord, number_of
from tickertape.simulation.looks import words_of_rich
from tickertape.simulation.network import Crossing
from tickertape.simulation.record import SimulatedCall

__all__ = ["calls_of"]


def calls_of(crossings: Sequence[Crossing], log: CallLog) -> tuple[SimulatedCall, ...]:
    """Return the calls, in the order in which they were made."""
    logged = [record for _, record in log.after(0)]
    # A log that is full has dropped the oldest.
    pairs = zip(crossings[len(crossings) - len(logged) :], logged, strict=True)
    return tuple(sorted((_call(*pair) for pair in pairs), key=lambda call: call.at))


def _call(crossing: Crossing, record: CallRecord) -> SimulatedCall:
    answer = _legible(record.outcome)
    granted = _of_the_server(record.outcome)
    result = granted.result if granted is not None else None
    made = result.get("message_id") if isinstance(result, dict) else None
    stands = result.get("stands") if isinstance(result, dict) else None
    is_granted = granted is not None and granted.status == 200
    return SimulatedCall(
        at=crossing.at,
        heard_at=crossing.heard_at,
        method=record.method,
        chat_id=record.chat_id or 0,
        status=answer.status if answer is not None and crossing.heard else None,
        applied=record.applied_at is not None and is_granted,
        fault=record.fault,
        arrived_at=crossing.arrived_at,
        description=(answer.description or "") if answer is not None else "",
        retry_after=answer.retry_after if answer is not None else None,
        text=stands or record.text or words_of_rich(record.params.get("rich_message")) or None,
        message_id=number_of(record.params.get("message_id")) or number_of(made),
        draft_id=number_of(record.params.get("draft_id")),
    )


def _legible(outcome: Outcome) -> Answer | None:
    """Return the answer as it came; None where none came, or none that can be read."""
    if not isinstance(outcome, Answer):
        return None
    spoiled = outcome.html is not None and outcome.original is not None
    return None if spoiled else outcome


def _of_the_server(outcome: Outcome) -> Answer | None:
    """Return what the server itself answered, even if its caller never got it."""
    match outcome:
        case NoAnswer(original=original):
            return original
        case Answer(original=None):
            return outcome
        case Answer(original=original):
            return original
