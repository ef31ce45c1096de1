"""One turn, measured while it runs, purely: a listener of the answer that only notes.

The agent's words and the channel's calls are noted as they come, and nothing is computed before the
turn has ended: then by the same functions as `tickertape bench live` does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tickertape.chat import Address, Message
from tickertape.conversation import Step, ToolResult, Utterance
from tickertape.delivery.actions import Accepted, Append, Seal
from tickertape.delivery.marks import StopReason, mark_of_stop
from tickertape.delivery.shown import Shown
from tickertape.delivery.ways import ExtendWay, Way
from tickertape.events import (
    Event,
    Failed,
    Finished,
    Recorded,
    TextDelta,
    ToolFinished,
    ToolStarted,
)
from tickertape.watching.facts import (
    SPEEDS,
    ActionPerformed,
    Fact,
    ModelAsked,
    ReaderStall,
    TokensUsed,
    ToolRan,
    TurnEnded,
    TurnOutcome,
    UsedByModel,
    WrittenContent,
)
from tickertape.watching.film import Film
from tickertape.watching.heard import Heard
from tickertape.watching.measures import SeenFrame, delays
from tickertape.watching.readers import reader_stall

__all__ = ["WatchedTurn", "Watching"]

_LONGEST_ERROR = 300


@dataclass(frozen=True, slots=True)
class Watching:
    """What is noted of turns."""

    is_measured: bool = False
    """Whether answers are measured: words and frames are noted as they come."""
    with_content: bool = False
    """Whether observers may see what was written."""


class WatchedTurn:
    """One turn, from its beginning. A `ports.Listener` where it is measured."""

    def __init__(
        self,
        message: Message,
        watching: Watching,
        *,
        note: Callable[[Fact], None],
        now: Callable[[], float],
        ways: Callable[[Address], Sequence[Way]],
        broke: Callable[[Exception], None],
        is_first: bool = True,
    ) -> None:
        """Begin a turn.

        Args:
            message: the message that is answered.
            watching: what is noted.
            note: told of the tools that run, and at last of the turn.
            now: returns the moment.
            ways: returns how answers can grow at an address.
            broke: told of an exception of ours: what is measured must not hurt what is answered.
            is_first: whether it is the first attempt; what goes on where an earlier process ended
                is not measured: its reader waited for that, too.
        """
        self.home = message.address
        """The conversation."""
        self.number = message.taken[0] if message.taken else 0
        """The number of the turn in the journal; 0: it has none."""
        self.command = ""
        """The operator's command that answers; empty: the agent does."""
        self.is_measured = watching.is_measured
        """Whether its words and frames are noted."""
        self._is_first = is_first
        self._with_content = watching.with_content
        self._question = message.text
        self._note = note
        self._now = now
        self._ways = ways
        self._broke = broke
        self._began_at = now()
        self._heard = Heard()
        self._say = self._heard.say
        self._film = Film()
        self._is_appended = False
        self._calls: Counter[tuple[str, str | None]] = Counter()
        self._missed: list[ActionPerformed] = []
        self._asked: list[ModelAsked] = []
        self._tools: list[ToolRan] = []
        self._running: dict[str, float] = {}
        self._arguments: dict[str, str] = {}
        self._results: dict[str, str] = {}
        self._used: dict[str, UsedByModel] = {}

    @property
    def listeners(self) -> tuple[WatchedTurn, ...]:
        """Itself where it is measured: to be given to the answer."""
        return (self,) if self.is_measured else ()

    def feed(self, event: Event) -> None:
        """Note an event of the answer; see `Listener`."""
        if type(event) is TextDelta:  # nearly all of them
            self._say(event.text, self._now() - self._began_at)
            return
        self._heard.hear(event, self._now() - self._began_at)
        self._hear(event)

    def _hear(self, event: Event) -> None:
        match event:
            case ToolStarted(call_id=call_id):
                self._running[call_id] = self._now()
            case ToolFinished():
                self._tool_ended(event)
            case Recorded() if self._with_content:
                self._keep(event)
            case Finished(usage=usage) if usage is not None and not self._asked:
                # Whatever agent it is, it tells the sum.
                self._note(TokensUsed(self.home, self.number, "", usage, None))
            case _:
                pass

    def finish(self) -> None:
        """Do nothing; see `Listener`."""

    def stop(self) -> None:
        """Do nothing: what is said after a stop is taken for said; see `Listener`."""

    async def run(self) -> None:
        """Return at once; see `Listener`."""

    def performed(self, fact: ActionPerformed) -> None:
        """Note an action in the chat where the answer is shown; perhaps another answer's."""
        try:
            self._film.take(fact.action, fact.outcome, fact.heard_at)
        except Exception as error:  # noqa: BLE001 - whatever it is, the answer goes on
            self._broke(error)
        self._is_appended = self._is_appended or isinstance(fact.action, Append | Seal)
        self._calls[_place(fact.action.address)] += 1
        if not isinstance(fact.outcome, Accepted):
            self._missed.append(fact)

    def asked(self, fact: ModelAsked) -> None:
        """Note a request to a model."""
        self._asked.append(fact)

    def used(self, fact: TokensUsed) -> None:
        """Note what a model took."""
        one = UsedByModel(fact.model, fact.usage, fact.cost)
        if (before := self._used.get(fact.model)) is not None:
            costs = (before.cost, fact.cost)
            cost = None if None in costs else sum(filter(None, costs))
            one = UsedByModel(fact.model, before.usage + fact.usage, cost)
        self._used[fact.model] = one

    def ended(
        self,
        shown: Shown | None,
        *,
        failed: Failed | None = None,
        stopped: StopReason | None = None,
    ) -> None:
        """Note the end of the turn.

        Args:
            shown: what is on screen of the answer; None: an exception ended the turn.
            failed: the failure of the agent, if it reported one.
            stopped: the reason for which the answer was stopped.
        """
        ended = TurnEnded(
            address=self.home,
            turn=self.number,
            outcome=_outcome(shown, failed, stopped),
            began_at=self._began_at,
            ended_at=self._now(),
            used=tuple(self._used.values()),
            asked=tuple(self._asked),
            tools=tuple(self._tools),
            stopped=stopped.value if stopped is not None else "",
            command=self.command,
        )
        if shown is not None:
            ended = replace(ended, characters=len(shown.said), error=_error(shown, failed))
        if shown is not None and self.is_measured:
            try:
                ended = self._measured(ended, shown, stopped)
            except Exception as error:  # noqa: BLE001 - whatever it is, the answer is there
                self._broke(error)
        self._note(ended)

    def _measured(self, ended: TurnEnded, shown: Shown, stopped: StopReason | None) -> TurnEnded:
        places = {_place(self.home), _place(shown.address)}
        missed = tuple(one for one in self._missed if _place(one.action.address) in places)
        heard = self._heard
        mark = heard.mark if stopped is None else mark_of_stop(stopped)
        messages, drafts = set(shown.messages), set(shown.drafts)
        said = heard.said
        frames = self._film.frames(said, mark, self._began_at, messages=messages, drafts=drafts)
        is_measured = bool(said and frames and self._is_first)
        content = None
        if self._with_content:
            question = Utterance("user", self._question)
            content = WrittenContent(told=(question,), text=shown.said)
        return replace(
            ended,
            way=self._way(shown) if frames else "",
            delays=delays(heard.times, heard.sizes, said, frames) if is_measured else None,
            stalls=_stalls(frames) if is_measured else (),
            calls=missed,
            call_count=sum(self._calls[place] for place in places),
            content=content,
        )

    def _way(self, shown: Shown) -> str:
        """Return how the answer grew, by what was done."""
        if self._is_appended:
            has_extend = any(isinstance(way, ExtendWay) for way in self._ways(shown.address))
            return "extend" if has_extend else "append"
        if shown.drafts:
            return "draft"
        return "edit" if self._film.was_edited(set(shown.messages)) else "whole"

    def _tool_ended(self, event: ToolFinished) -> None:
        now = self._now()
        began_at = self._running.pop(event.call_id, now)
        content = None
        if self._with_content:
            arguments = self._arguments.pop(event.call_id, "")
            content = WrittenContent(text=arguments, result=self._results.pop(event.call_id, ""))
        ran = ToolRan(event.name, event.call_id, began_at, now, event.ok, content)
        self._tools.append(ran)
        self._note(ran)

    def _keep(self, event: Recorded) -> None:
        match event.entry:
            case Step(calls=calls):
                self._arguments |= {call.call_id: call.arguments for call in calls}
            case ToolResult(call_id=call_id, text=text):
                self._results[call_id] = text


def _stalls(frames: Sequence[SeenFrame]) -> tuple[ReaderStall, ...]:
    return tuple(ReaderStall(speed, reader_stall(frames, speed)) for speed in SPEEDS)


def _place(address: Address) -> tuple[str, str | None]:
    """Return what tells places of one channel apart; an address takes longer to look up."""
    return address.chat, address.thread


def _outcome(shown: Shown | None, failed: Failed | None, stopped: StopReason | None) -> TurnOutcome:
    if shown is None:
        return TurnOutcome.CRASHED
    if shown.gave_up is not None:
        return TurnOutcome.UNDELIVERED
    if failed is not None:
        return TurnOutcome.MODEL_FAILED
    if stopped is not None:
        return TurnOutcome.STOPPED
    return TurnOutcome.DELIVERED if shown.said.strip() else TurnOutcome.EMPTY


def _error(shown: Shown, failed: Failed | None) -> str:
    if shown.gave_up is not None:
        return f"{shown.gave_up.reason}: {shown.gave_up.detail}"
    return str(failed.error)[:_LONGEST_ERROR] if failed is not None else ""
