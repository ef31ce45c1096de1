"""What a reader of one room sees, event by event: the judge of the Matrix channel, purely.

It reads what `/sync` tells, as the specification (v1.15) says that clients do, and nothing of ours:

- an edit (`m.replace`, 11.6 "Event replacements") is by the author of the message and of its type;
  of several the one with the latest `origin_server_ts` counts, then the one with the greater id;
- a redaction takes a message, an edit or a reaction away;
- a message is live as long as its newest content has MSC4357's flag.

What is not as the specification says is `wrong`, one sentence each: an edit of an edit, say, or
HTML beyond the allowed subset.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from benchmarks.matrix.html import faults, text_of

__all__ = ["LIVE", "Frame", "Json", "Screen", "Seen", "Version"]

Json: TypeAlias = Mapping[str, Any]
"""An object of JSON."""

LIVE: Final = "org.matrix.msc4357.live"
"""The flag of a message that is still being written."""


@dataclass(frozen=True, slots=True)
class Version:
    """What a message said at one time."""

    event_id: str
    """The event that brought it."""
    at: float
    """When the reader got it."""
    sent_at: int
    """When the server got it, in milliseconds since 1970."""
    content: Json = field(repr=False)
    """Its content; of an edit the new one."""
    notified: tuple[str, ...] = ()
    """Whom the event mentions, and so notifies."""

    @property
    def body(self) -> str:
        """Its plain text."""
        return str(self.content.get("body", ""))

    @property
    def html(self) -> str:
        """Its formatted text; empty where it has none."""
        is_html = self.content.get("format") == "org.matrix.custom.html"
        return str(self.content["formatted_body"]) if is_html else ""

    @property
    def shown(self) -> str:
        """What a program that formats shows of it, as text."""
        return text_of(self.html) if self.html else self.body

    @property
    def is_live(self) -> bool:
        """Whether more of it is to come."""
        return LIVE in self.content


@dataclass(slots=True)
class Seen:
    """One message."""

    event_id: str
    """Its id."""
    sender: str
    """Its author."""
    kind: str
    """Its type of event."""
    relates: Json = field(repr=False)
    """What it answers, and the thread that it stands in."""
    versions: list[Version] = field(default_factory=list)
    """What it said, in the order in which the reader got it."""
    is_redacted: bool = False
    """Whether it was taken away."""
    reactions: list[tuple[str, str]] = field(default_factory=list)
    """Who put what below it."""

    @property
    def newest(self) -> Version:
        """What it says."""
        first, *edits = self.versions
        return max(edits, key=lambda one: (one.sent_at, one.event_id), default=first)

    @property
    def body(self) -> str:
        """Its plain text."""
        return self.newest.body

    @property
    def shown(self) -> str:
        """What a program that formats shows of it, as text."""
        return self.newest.shown

    @property
    def is_live(self) -> bool:
        """Whether it is still being written."""
        return self.newest.is_live

    @property
    def edits(self) -> int:
        """How many edits it had."""
        return len(self.versions) - 1

    @property
    def answers(self) -> str:
        """The message that it answers; empty: none."""
        is_fallback = self.relates.get("is_falling_back") is True
        told = self.relates.get("m.in_reply_to", {})
        return "" if is_fallback else str(told.get("event_id", ""))

    @property
    def thread(self) -> str:
        """The first message of the thread that it stands in; empty: none."""
        is_in = self.relates.get("rel_type") == "m.thread"
        return str(self.relates["event_id"]) if is_in else ""


@dataclass(frozen=True, slots=True)
class Frame:
    """What one event changed for the reader."""

    at: float
    """When the reader got it."""
    message: str
    """Which message changed."""
    text: str
    """What it shows."""
    is_live: bool
    """Whether it is still being written."""


@dataclass(slots=True)
class Screen:
    """One room, as a reader sees it."""

    room: str
    """Its id."""
    messages: dict[str, Seen] = field(default_factory=dict)
    """All messages, by their ids, in the order in which they came."""
    frames: list[Frame] = field(default_factory=list)
    """What changed, in the order in which it did."""
    typing: list[tuple[float, tuple[str, ...]]] = field(default_factory=list)
    """Who was writing, since when."""
    sent: dict[str, list[tuple[float, str]]] = field(default_factory=dict)
    """When the server got the events of each person, in seconds on the reader's clock, and their
    types: what its limits count."""
    members: dict[str, str] = field(default_factory=dict)
    """Whether people are in (`join`), asked to come (`invite`), or gone (`leave`)."""
    wrong: list[str] = field(default_factory=list)
    """What is not as the specification says: one sentence each."""
    gaps: int = 0
    """How often the server left events out of what it told."""
    _events: set[str] = field(default_factory=set)
    _reactions: dict[str, tuple[Seen, tuple[str, str]]] = field(default_factory=dict)
    _edits: dict[str, Seen] = field(default_factory=dict)

    def of(self, sender: str) -> list[Seen]:
        """Return somebody's messages that were not taken away, the oldest first."""
        return [
            seen
            for seen in self.messages.values()
            if seen.sender == sender and not seen.is_redacted
        ]

    def take(self, told: Json, at: float) -> None:
        """Take in what `/sync` tells of the room (`rooms.join.<id>`)."""
        timeline = told.get("timeline", {})
        self.gaps += bool(timeline.get("limited")) and bool(self._events)
        for event in told.get("state", {}).get("events", ()):
            self._take_state(event)
        for event in timeline.get("events", ()):
            if event["event_id"] not in self._events:
                self._events.add(event["event_id"])
                self._count(event, at)
                self._take(event, at)
        for event in told.get("ephemeral", {}).get("events", ()):
            if event["type"] == "m.typing":
                self.typing.append((at, tuple(event["content"]["user_ids"])))

    def _count(self, event: Json, at: float) -> None:
        age = event.get("unsigned", {}).get("age", 0) / 1000
        self.sent.setdefault(event["sender"], []).append((at - age, event["type"]))

    def _take_state(self, event: Json) -> None:
        if event["type"] == "m.room.member":
            self.members[event["state_key"]] = event["content"]["membership"]

    def _take(self, event: Json, at: float) -> None:
        if event["type"] == "m.room.redaction":
            content = event["content"]
            self._redact(str(event.get("redacts") or content.get("redacts")), at)
        elif "redacted_because" in event.get("unsigned", {}):
            return
        elif event["type"] == "m.reaction":
            self._react(event)
        elif event["type"] in {"m.room.message", "m.room.encrypted", "m.sticker"}:
            self._take_message(event, at)
        elif "state_key" in event:
            self._take_state(event)

    def _take_message(self, event: Json, at: float) -> None:
        content = event["content"]
        relates = content.get("m.relates_to", {})
        is_edit = relates.get("rel_type") == "m.replace"
        shown = content.get("m.new_content", {}) if is_edit else content
        version = Version(
            event["event_id"], at, event["origin_server_ts"], shown, _mentioned(content)
        )
        self.wrong += [f"{version.event_id}: {fault}" for fault in faults(version.html)]
        if is_edit:
            self._edit(event, version, str(relates.get("event_id")))
            return
        seen = Seen(event["event_id"], event["sender"], event["type"], relates, [version])
        self.messages[seen.event_id] = seen
        self._show(seen, at)

    def _edit(self, event: Json, version: Version, target: str) -> None:
        seen = self.messages.get(target)
        if seen is None:
            self.wrong.append(f"{version.event_id} is an edit of {target}, which is no message")
        elif seen.sender != event["sender"] or seen.kind != event["type"]:
            self.wrong.append(f"{version.event_id} is an edit of somebody else's {target}")
        elif not version.content and seen.kind == "m.room.message":
            self.wrong.append(f"{version.event_id} is an edit without m.new_content")
        elif not seen.is_redacted:
            seen.versions.append(version)
            self._edits[version.event_id] = seen
            self._show(seen, version.at)

    def _react(self, event: Json) -> None:
        relates = event["content"].get("m.relates_to", {})
        seen = self.messages.get(str(relates.get("event_id")))
        if seen is not None:
            one = (event["sender"], str(relates["key"]))
            seen.reactions.append(one)
            self._reactions[event["event_id"]] = (seen, one)

    def _redact(self, target: str, at: float) -> None:
        if target in self.messages:
            self.messages[target].is_redacted = True
            self.frames.append(Frame(at, target, "", is_live=False))
        elif target in self._reactions:
            seen, one = self._reactions.pop(target)
            seen.reactions.remove(one)
        elif target in self._edits:
            seen = self._edits.pop(target)
            seen.versions = [one for one in seen.versions if one.event_id != target]
            self._show(seen, at)

    def _show(self, seen: Seen, at: float) -> None:
        self.frames.append(Frame(at, seen.event_id, seen.shown, is_live=seen.is_live))

    def films(self, sender: str) -> Iterator[list[Frame]]:
        """Yield what was to be seen of each of somebody's messages, in the order of time."""
        for event_id, seen in self.messages.items():
            if seen.sender == sender:
                yield [frame for frame in self.frames if frame.message == event_id]


def _mentioned(content: Json) -> tuple[str, ...]:
    """Return whom an event notifies (`m.mentions`, "User and room mentions")."""
    mentions = content.get("m.mentions", {})
    return (*mentions.get("user_ids", ()), *(("@room",) if mentions.get("room") else ()))
