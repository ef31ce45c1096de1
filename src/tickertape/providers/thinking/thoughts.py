"""Thinking that stands as tags in the text, told apart from the answer: the one place for it.

`tags` knows what a tag is, `code_spans` what is code, and `rules` what a tag means where it stands;
here is done what it says.

1. A tag in a code fence or in inline code is text; everywhere else, `rules` decides.
2. A closing tag outside a thought says that all the text before it was thinking: the template
   opened the thought. `Restarted` says so, and the text comes again as thinking: when words follow,
   and only where no thinking was told apart yet, by tags or by the server (`apart`). A tag behind
   which nothing is said, or behind an answer that was known to be one, is a slip of the model's,
   and is dropped alone (altic-dev/FluidVoice#836).
3. A thought that is never closed goes on to the end of its piece, and no further.
4. Harmony without its markers comes apart as if it had them (`bare_harmony`).
5. A tool call that stands in the text by mistake (`leaks`, `bare_calls`) is held back, and becomes
   text when words follow it, thinking where it is the last that was said. So is the mark with which
   a model ends its turn; it is dropped where nothing follows.
6. White space around the tags is layout: it is dropped, but for the space between two pieces of
   the answer that would else be glued together. So is a thought of nothing but white space.

Nothing is held back but what may become a tag, a tag of which the character behind it decides what
it is, and white space that may be layout. Nothing is lost: text, thinking, tags and layout are all
that came. What all calls give out together does not depend on how the text was cut, once what a
`Restarted` voids is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Literal

from tickertape.events import ReasoningDelta
from tickertape.providers.thinking import bare_calls, bare_harmony, leaks, prose
from tickertape.providers.thinking.code_spans import CodeSpans
from tickertape.providers.thinking.parted import PartedText, Said
from tickertape.providers.thinking.rules import Sighting, TagMemory, verdict_on
from tickertape.providers.thinking.tags import SIGNS, Tag, could_begin_tag, tag_at

__all__ = ["Said", "Thoughts"]

_OTHERS = r"```tool|(?:`{1,3}|```to{0,2})\Z|\](?=<\]|<?\Z)"
_SIGN = re.compile(f"[{re.escape(SIGNS)}]|{_OTHERS}")
_BARE_SIGN = re.compile(f"[{re.escape(SIGNS)}acft]|{_OTHERS}")
_SIGN_IN_LEAK = re.compile(f"[{re.escape(SIGNS)}]|```|`{{1,2}}\\Z")
_PLAIN_IN_THOUGHT = frozenset(SIGNS).isdisjoint
_PLAIN_IN_TEXT = frozenset(SIGNS + "`~\n]").isdisjoint
_LONGEST_LINE = 80  # characters before a tag that are looked at
_LONGEST_GAP = 16  # characters before a mark of harmony that are


class Thoughts:
    """Parts the words of one answer into text and thinking, as they come."""

    __slots__ = (
        "_before",
        "_blank",
        "_call",
        "_channel",
        "_code",
        "_held",
        "_is_bare",
        "_memory",
        "_parted",
        "_strayed",
        "apart",
        "leaked",
        "passes",
    )

    def __init__(self, *, inside: bool = False) -> None:
        """Begin an answer.

        Args:
            inside: whether it begins within a thought, because the server's template opened it.
        """
        self.apart = inside
        """Whether thinking was told apart from the answer, by tags or by its server."""
        self.leaked = False
        """Whether the text ends with the call of a tool, which is not shown: nothing was said
        behind it, and it will get no result."""
        self._begin(TagMemory("think", {"think"}) if inside else TagMemory())

    def _begin(self, memory: TagMemory) -> None:
        self._memory = memory
        self._parted = PartedText()
        self._code = CodeSpans()
        # What came, and may become a tag.
        self._held = ""
        # The white space since a tag or since the beginning, while nothing else has come.
        self._blank: str | None = ""
        # What ends with the last character that was passed on; empty behind a tag.
        self._before = ""
        # The call that stands in the text, as it came, while it may be what the text ends with.
        self._call = ""
        # Whether a closing tag that nothing opened came, and nothing was said since.
        self._strayed = False
        # Whether it may be harmony without its markers; None while that cannot be told.
        self._is_bare: bool | None = None if memory.opened is None else False
        # The name of the channel that it begins with, while it stands in the text.
        self._channel = ""
        self.passes: Callable[[str], bool] = _never
        """Whether text that comes next consists of words, as nearly all does, and need not be fed.
        """

    def feed(self, text: str, passed: Sequence[str] = ()) -> list[Said]:
        """Take more text, and return its parts: words, reasoning, leaked calls.

        Args:
            text: what came.
            passed: what came before it, since the last call, and was let through by `passes`.
        """
        if passed:
            self._parted.note_passed(passed)
            self._before = passed[-1]
        if text and self._memory.opened is not None and self._plain()(text):
            self._before = text
            return [ReasoningDelta(text)]
        self._read(self._held + text, is_end=False)
        self.passes = _never if self._memory.opened is not None else self._plain()
        return self._parted.take_out()

    def flush(self) -> list[Said]:
        """Return the text that was held back, at the end of a piece.

        All that was let through by `passes` must have been told. The next words begin another piece
        of the same answer: outside of thought and code.
        """
        self._read(self._held, is_end=True)
        if self._call:
            self._end_call()
        elif self._blank and not self._memory.seen:
            self._parted.say(self._blank)
        out = self._parted.take_out()
        self._begin(TagMemory())
        return out

    def _plain(self) -> Callable[[str], bool]:
        if self._held or self._blank is not None or self._call or self._is_bare is not False:
            return _never
        if self._memory.opened is not None:
            return _PLAIN_IN_THOUGHT
        return _PLAIN_IN_TEXT if self._code.steady else _never

    def _read(self, text: str, *, is_end: bool) -> None:
        """Parse `text`, which begins where the last call held back."""
        if self._is_bare is None:
            begun = self._begun(text, is_end=is_end)
            if begun is None:
                self._held = text
                return
            text = begun
        done = told = at = 0  # what is done with, what the code was told, where to look
        while found := self._signs().search(text, at):
            at = found.start()
            if self._memory.opened is None:
                self._code.feed(text[told:at])
                told = at
            before = text[at - 1] if at > done else self._before[-1:]
            tag = self._tag_at(text, at, before, is_end=is_end)
            if tag == "begun":
                break
            if tag is None:
                at += 1
                continue
            verdict = verdict_on(self._sighting(tag, text, done, at, before, is_end=is_end))
            if verdict == "wait":
                break
            end = at + tag.size
            if verdict == "tag":
                self._give(text[done:at])
                self._apply(tag, text[at:end])
                self._before = ""
                done = told = end
            else:
                self._memory.keep(verdict, tag.family, self._code.paragraph)
            at = end
        else:
            at = len(text)
        if at > done:
            self._before = (self._before + text[done:at])[-_LONGEST_GAP:]
            if self._memory.opened is None:
                self._code.feed(text[told:at])
            self._give(text[done:at])
        self._held = text[at:]

    def _signs(self) -> re.Pattern[str]:
        if self._memory.opened is not None and self._memory.place == "call":
            return _SIGN_IN_LEAK
        return _BARE_SIGN if self._is_bare else _SIGN

    def _sighting(
        self, tag: Tag, text: str, done: int, at: int, before: str, *, is_end: bool
    ) -> Sighting:
        end, ahead = at + tag.size, text[done:at]
        return Sighting(
            tag,
            self._memory,
            before=before,
            after=text[end : end + 2],
            is_final=is_end,
            line=self._line(ahead) if self._memory.opened is None else "",
            starts_line=self._code.at_line_start,
            has_words=self._blank is None or bool(ahead.strip()),
            paragraph=self._code.paragraph,
        )

    def _line(self, ahead: str) -> str:
        """Return the end of the line before a place, as far as it was said or stands in `ahead`."""
        line = ahead
        # What stands before a closing tag that nothing opened is taken back when words follow.
        for piece in reversed([] if self._strayed else self._parted.pieces):
            if len(line.strip().rstrip(prose.EMPHASIS)) > 1 or len(line) > _LONGEST_LINE:
                break
            line = piece[-_LONGEST_LINE:] + line
        return line

    def _begun(self, text: str, *, is_end: bool) -> str | None:
        """Find out what the answer begins as, and return what of it is to read; None: wait."""
        start = text.lstrip()
        self._is_bare = bare_harmony.may_begin(start) if start else None
        if not self._is_bare:
            is_call = bare_calls.may_begin(start) if start else False
            if start and not is_end and (is_call is None or self._is_bare is None):
                self._is_bare = None
                return None
            if is_call:
                self._is_bare = False
                self._apply_call(bare_calls.FAMILY, "")
            return text
        self._channel = bare_harmony.channel_at_start(start)
        if self._channel:
            return text
        self._before = self._blank = ""
        return start

    def _tag_at(
        self, text: str, at: int, before: str, *, is_end: bool
    ) -> Tag | Literal["begun"] | None:
        """Return the tag at a place; "begun" where it may become one, None where there is none."""
        opened, sign = self._memory.opened, text[at]
        if opened is not None and self._memory.place == "call":
            size = leaks.leak_ends_at(text, at, opened)
            begun = size == 0 and not is_end
            return Tag("close", opened, size) if size else "begun" if begun else None
        is_start = not (before or self._parted.pieces or self._memory.seen)
        if self._is_bare:
            ahead = self._before + text[max(0, at - _LONGEST_GAP) : at] if before else ""
            mark = bare_harmony.mark_at(text, at, ahead, is_start=is_start, is_end=is_end)
            if mark is not None:
                return mark
        is_code = opened is None and (sign == before == "`" or self._code.covers())
        is_text = opened is None and not is_code
        may_leak = is_text and (sign != "`" or self._code.at_line_start)
        if not is_code or self._code.is_closing:
            tag = self._as_stop(tag_at(text, at)) or (leaks.leak_at(text, at) if may_leak else None)
            if tag is not None and (tag.role == "stop" or not is_code):
                return tag
            begun = could_begin_tag(text, at) or (may_leak and leaks.could_begin_leak(text, at))
        else:
            begun = False
        if self._is_bare and bare_harmony.could_begin(text, at, is_start=is_start):
            begun = True
        return "begun" if begun and not is_end else None

    def _as_stop(self, tag: Tag | None) -> Tag | None:
        """Return the end of harmony as the end of a turn, where nothing else of harmony was seen.

        Phi's models end so.
        """
        if tag is None or tag.role != "end" or tag.family != "harmony":
            return tag
        return tag if "harmony" in self._memory.seen else Tag("stop", "stop", tag.size)

    def _apply(self, tag: Tag, raw: str) -> None:
        """Do what a tag says."""
        if tag.family.startswith(leaks.LEAK):
            self._apply_call(tag.family, raw)
            return
        if tag.family in (bare_harmony.FAMILY, "harmony"):
            self._part_channels()
            self._is_bare = True  # more of its markers may be missing
        match self._memory.place, tag.role:
            case _, "stop":
                self._call += (self._blank or "") + raw
            case _, "open":
                self.leaked = self.leaked or tag.is_call
                self._memory.opened = self._memory.opened or tag.family
                self.apart = True
            case "thought", _:
                self._memory.opened = None
                self._memory.nested.clear()
            case _, "close" if self._blank is None:
                self._strayed = not self.apart or self._memory.doubled > 0
                self._memory.doubled = max(0, self._memory.doubled - 1)
            case _, "answer":
                self.apart = True
                self._call = self._call if self.leaked else ""
            case _:
                pass
        self._blank = ""
        self._memory.seen.add(tag.family)
        self._code.begin_line()

    def _apply_call(self, family: str, raw: str) -> None:
        """Begin or end a call that stands in the text: it is held back, as it came."""
        self._call += (self._blank or "") + raw
        if self._memory.opened is None:
            self._memory.opened, self._blank, self.leaked = family, None, True
        else:
            self._memory.opened, self._blank = None, ""
        self._code.begin_line()

    def _end_call(self) -> None:
        """Emit what was held back at the end of the text: a call, or words about one."""
        if not self.leaked:
            return  # the mark of an end
        opened = self._memory.opened if self._memory.place == "call" else None
        self.leaked = opened is None or leaks.is_leak(self._call, opened)
        (self._parted.think if self.leaked else self._parted.say)(self._call)

    def _part_channels(self) -> None:
        """Take the name of the channel that the answer begins with out of what was said."""
        channel, self._channel = self._channel, ""
        if not channel or not self._parted.pieces:
            return
        words = self._parted.text.lstrip().removeprefix(channel).lstrip()
        is_thinking = channel == "analysis"
        self._take_back(words if is_thinking else "")
        self.apart = True
        self._parted.say("" if is_thinking else words)

    def _take_back(self, thinking: str) -> None:
        """Take back the text of this piece, and emit its reasoning."""
        self._parted.take_back(thinking)
        self._strayed = False

    def _give(self, text: str) -> None:
        """Pass on text that holds no tag."""
        if self._memory.place == "call":
            self._call += text
            return
        if self._blank is not None:
            words = text.lstrip()
            self._blank += text[: len(text) - len(words)]
            if not words:
                return
            if self._strayed and self._memory.opened is None:
                self._take_back(self._parted.text)
                self.apart = True
            text = self._blank + words if self._call or self._keeps_blank() else words
            text, self._call = self._call + text, ""
            self._blank = None
        if self._memory.opened is not None:
            self._parted.think(text)
        elif text:
            self.leaked = False
            self._parted.say(text)

    def _keeps_blank(self) -> bool:
        """Return whether the white space before words is part of the answer."""
        if self._memory.opened is not None:
            return False
        pieces = self._parted.pieces
        return not self._memory.seen or (bool(pieces) and not pieces[-1][-1].isspace())


def _never(_: str) -> bool:
    return False
