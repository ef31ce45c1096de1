"""Thinking that stands as tags in the text, told apart from the answer: the one place for it.

`tags` knows what a tag is, `code_spans` what is code; here is decided what a tag means.

1. A tag in a code fence or in inline code, between two quote marks, or behind a backslash, is text.
2. An opening tag opens a thought at the start of the text or of a line, and behind another tag. In
   the middle of a line it does so where prose would not have it: behind the end of a sentence
   (`Sure.<think>`), or glued to the word behind it (`So <think>let me`), but not between letters of
   a script that has no blanks. Elsewhere it is text, and so it is where a line below other words
   goes on in lower case (`<think> opens it`); and so is the closing tag that follows it in the same
   paragraph: prose about tags looks like that.
3. Any closing tag closes the thought, for models mix them up; but not the tag of another name that
   was opened within the thought: the two of them are part of it. Thoughts of one name are not
   counted, for a second opening tag is more often a slip than a second level: the second
   end may never come, and the answer would be lost. Rule 4 repairs the rest.
4. A closing tag outside a thought says that all the text before it was thinking: the template
   opened the thought. `Restarted` says so, and the text comes again as thinking: when words follow,
   and only where no thinking was told apart yet, by tags or by the server (`apart`). A tag behind
   which nothing is said, or behind an answer that was known to be one, is a slip of the model's,
   and is dropped alone (altic-dev/FluidVoice#836). In the middle of a sentence it is text: behind a
   blank or an opening bracket, with no end of a sentence before it and no word glued to it; with
   emphasis around it (`**</think>**`); between letters of a script that has no blanks; and at the
   start of a line that goes on in lower case (`</think> closes it`).
5. A thought that is never closed goes on to the end of its piece, and no further.
6. Harmony without its markers comes apart as if it had them (`bare_harmony`).
7. A tool call that stands in the text by mistake (`leaks`, `bare_calls`) is held back, and becomes
   text when words follow it, thinking where it is the last that was said. So is the mark with which
   a model ends its turn; it is dropped where nothing follows.
8. White space around the tags is layout: it is dropped, but for the space between two pieces of
   the answer that would else be glued together. So is a thought of nothing but white space.

Nothing is held back but what may become a tag, a tag of which the character behind it decides what
it is, and white space that may be layout. Nothing is lost: text, thinking, tags and layout are all
that came. What all calls give out together does not depend on how the text was cut, once what a
`Restarted` voids is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TypeAlias

from tickertape.events import ReasoningDelta, Restarted, TextDelta
from tickertape.providers.thinking import bare_calls, bare_harmony, leaks, prose
from tickertape.providers.thinking.code_spans import CodeSpans
from tickertape.providers.thinking.tags import ANSWERS, SIGNS, Tag, could_begin_tag, tag_at

__all__ = ["Said", "Thoughts"]

Said: TypeAlias = TextDelta | ReasoningDelta | Restarted
"""What a piece of text turns out to be. `Restarted` voids the text, never the thinking."""

_OTHERS = r"```tool|(?:`{1,3}|```to{0,2})\Z|\](?=<\]|<?\Z)"
_SIGN = re.compile(f"[{re.escape(SIGNS)}]|{_OTHERS}")
_BARE_SIGN = re.compile(f"[{re.escape(SIGNS)}act]|{_OTHERS}")
_SIGN_IN_LEAK = re.compile(f"[{re.escape(SIGNS)}]|```|`{{1,2}}\\Z")
_PLAIN_IN_THOUGHT = frozenset(SIGNS).isdisjoint
_PLAIN_IN_TEXT = frozenset(SIGNS + "`~\n]").isdisjoint
_LONGEST_LINE = 80  # characters before a tag that are looked at
_LONGEST_GAP = 16  # characters before a mark of harmony that are


class Thoughts:
    """Parts the words of one answer into text and thinking, as they come."""

    __slots__ = (
        "_bare",
        "_before",
        "_blank",
        "_channel",
        "_code",
        "_doubled",
        "_families",
        "_held",
        "_leak",
        "_mentions",
        "_nested",
        "_opened",
        "_out",
        "_said",
        "_shown",
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
        self._begin("think" if inside else None)

    def _begin(self, opened: str | None) -> None:
        # The name of the tag that opened the thought we are in.
        self._opened = opened
        # The other tags that were opened within it.
        self._nested: list[str] = []
        # The text of this piece that was given out, and how much of it by earlier calls.
        self._said: list[str] = []
        self._shown = 0
        self._out: list[Said] = []
        self._held = ""
        # The white space since a tag or since the beginning, while nothing else has come.
        self._blank: str | None = ""
        # What ends with the last character that was passed on; empty behind a tag.
        self._before = ""
        self._code = CodeSpans()
        # The opening tags that are text: their name and paragraph.
        self._mentions: list[tuple[str, int]] = []
        # The families of tags that were seen.
        self._families = set() if opened is None else {opened}
        # Opening tags of its own name within the thought: each is a slip, or has an end to come.
        self._doubled = 0
        # The call that stands in the text, as it came, while it may be what the text ends with.
        self._leak = ""
        # Whether a closing tag that nothing opened came, and nothing was said since.
        self._strayed = False
        # Whether it may be harmony without its markers; None while that cannot be told.
        self._bare: bool | None = None if opened is None else False
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
            self._said.extend(passed)
            self._before = passed[-1]
        if text and self._opened is not None and self._plain()(text):
            self._before = text
            return [ReasoningDelta(text)]
        self._shown = len(self._said)
        self._read(self._held + text, is_end=False)
        self.passes = _never if self._opened is not None else self._plain()
        out, self._out = self._out, []
        return out

    def flush(self) -> list[Said]:
        """Return the text that was held back, at the end of a piece.

        All that was let through by `passes` must have been told. The next words begin another piece
        of the same answer: outside of thought and code.
        """
        self._shown = len(self._said)
        self._read(self._held, is_end=True)
        if self._leak:
            self._end_leak()
        elif self._blank and self._opened is None and not self._families:
            self._out.append(TextDelta(self._blank))
        out = self._out
        self._begin(None)
        return out

    def _plain(self) -> Callable[[str], bool]:
        if self._held or self._blank is not None or self._leak or self._bare is not False:
            return _never
        if self._opened is not None:
            return _PLAIN_IN_THOUGHT
        return _PLAIN_IN_TEXT if self._code.steady else _never

    def _read(self, text: str, *, is_end: bool) -> None:
        """Parse `text`, which begins where the last call held back."""
        if self._bare is None:
            begun = self._begun(text, is_end=is_end)
            if begun is None:
                self._held = text
                return
            text = begun
        done = followed = 0
        found = self._signs().search(text)
        while found is not None:
            at = found.start()
            if self._opened is None:
                self._code.feed(text[followed:at])
                followed = at
            before = text[at - 1] if at > done else self._before[-1:]
            tag = self._tag_at(text, at, before, is_end=is_end)
            if tag is None and not is_end and self._may_begin_tag(text, at, before):
                break
            if tag is not None:
                after = text[at + tag.size : at + tag.size + 2]
                if not is_end and self._needs_more(tag, text[done:at], before, after):
                    break
                blank = text[done:at].isspace() or at == done
                if self._counts(tag, text[done:at], before, after, blank):
                    self._give(text[done:at])
                    done = followed = at + tag.size
                    self._apply(tag, text[at:done])
                    self._before = ""
            found = self._signs().search(text, max(done, at + (tag.size if tag else 1)))
        at = len(text) if found is None else found.start()
        if at > done:
            self._before = (self._before + text[done:at])[-_LONGEST_GAP:]
            if self._opened is None:
                self._code.feed(text[followed:at])
            self._give(text[done:at])
        self._held = text[at:]

    def _signs(self) -> re.Pattern[str]:
        if self._opened is not None and self._opened.startswith(leaks.LEAK):
            return _SIGN_IN_LEAK
        return _BARE_SIGN if self._bare else _SIGN

    def _begun(self, text: str, *, is_end: bool) -> str | None:
        """Find out what the answer begins as, and return what of it is to read; None: wait."""
        start = text.lstrip()
        self._bare = bare_harmony.may_begin(start) if start else None
        if not self._bare:
            is_call = bare_calls.may_begin(start) if start else False
            if start and not is_end and (is_call is None or self._bare is None):
                self._bare = None
                return None
            if is_call:
                self._bare = False
                self._apply_leak(Tag("open", bare_calls.FAMILY, 0, is_call=True), "")
            return text
        self._channel = bare_harmony.channel_at_start(start)
        if self._channel:
            return text
        self._before = self._blank = ""
        return start

    def _tag_at(self, text: str, at: int, before: str, *, is_end: bool) -> Tag | None:
        if self._opened is not None and self._opened.startswith(leaks.LEAK):
            size = leaks.leak_ends_at(text, at, self._opened)
            return Tag("close", self._opened, size) if size else None
        if self._bare:
            is_start = not (before or self._said or self._families)
            told = self._before + text[max(0, at - _LONGEST_GAP) : at] if before else ""
            mark = bare_harmony.mark_at(text, at, told, is_start=is_start, is_end=is_end)
            if mark is not None:
                return mark
        is_code = self._opened is None and (text[at] == before == "`" or self._code.covers())
        if is_code and not self._code.is_closing:
            return None
        tag = tag_at(text, at) or (leaks.leak_at(text, at) if self._may_leak(text[at]) else None)
        if tag is not None and tag.role == "end" and tag.family == "harmony" != self._opened:
            # Phi's models end so, without the rest of harmony.
            tag = tag if "harmony" in self._families else Tag("stop", "stop", tag.size)
        return tag if tag is None or tag.role == "stop" or not is_code else None

    def _may_begin_tag(self, text: str, at: int, before: str) -> bool:
        if self._opened is not None and self._opened.startswith(leaks.LEAK):
            return leaks.leak_ends_at(text, at, self._opened) == 0
        is_start = not (before or self._said or self._families)
        if self._bare and bare_harmony.could_begin(text, at, is_start=is_start):
            return True
        if self._opened is None and (text[at] == before == "`" or self._code.covers()):
            return self._code.is_closing and could_begin_tag(text, at)
        may_leak = self._may_leak(text[at]) and leaks.could_begin_leak(text, at)
        return may_leak or could_begin_tag(text, at)

    def _may_leak(self, sign: str) -> bool:
        """Return whether a call may begin here with a sign; a fence begins a line."""
        return self._opened is None and (sign != "`" or self._code.at_line_start)

    def _needs_more(self, tag: Tag, ahead: str, before: str, after: str) -> bool:
        """Return whether the meaning of a tag depends on text that has not arrived."""
        if len(after) > 1:
            return False
        if before in prose.QUOTES and not after:
            return True
        if self._opened is not None:
            return False
        is_blank = after in (" ", "\t")
        match tag.role:
            case "close":
                return (
                    not after or after in prose.HYPHENS or (is_blank and self._begins_line(ahead))
                )
            case "open" | "answer" if self._code.at_line_start:
                return self._has_words(ahead) and (not after or is_blank)
            case "open" | "answer":
                return not after and prose.is_loose(before)
            case "end" | "stop":
                return False

    def _counts(self, tag: Tag, ahead: str, before: str, after: str, blank: bool) -> bool:
        """Return whether a tag is one, rather than text that talks about tags."""
        if tag.family == bare_harmony.FAMILY:
            return True
        if tag.family.startswith(leaks.LEAK):
            return self._opened is not None or self._leaks(ahead, before, after)
        if (before in prose.QUOTES and after[:1] in prose.QUOTES) or before == prose.ESCAPE:
            return False
        if self._opened is not None:
            return self._counts_within(tag, is_first=blank and self._blank is not None)
        match tag.role:
            case "open" | "answer":
                return self._opens(tag, ahead, before, after)
            case "close":
                return self._closes(tag, ahead, after)
            case "end":
                return tag.family in self._families
            case "stop":
                return self._begins_line(ahead) or not before.isspace()

    def _closes(self, tag: Tag, ahead: str, after: str) -> bool:
        """Return whether a closing tag outside a thought is more than a word of a sentence."""
        if self._begins_line(ahead):
            return not prose.goes_on(after)
        if self._was_mentioned(tag):
            return False
        line = self._line(ahead)
        bare = line.rstrip(prose.EMPHASIS)
        if bare != line and after[:1] == line[-1] and not bare[-1:].strip():
            return False
        if prose.is_unspaced(line[-1:]) and prose.is_unspaced(after[:1]):
            return False
        told = line.rstrip()
        is_opened = line[-1:] in prose.OPENING | prose.QUOTES and not line[-2:-1].strip()
        is_word = (line != told or is_opened) and prose.is_parted(after)
        return not (is_word and told[-1:] not in prose.THOUGHT_ENDS)

    def _leaks(self, ahead: str, before: str, after: str) -> bool:
        """Return whether a call that begins here may have leaked: no sentence leads to it."""
        if before == prose.ESCAPE or (before in prose.QUOTES and after[:1] in prose.QUOTES):
            return False
        told = self._line(ahead).rstrip()
        return self._begins_line(ahead) or before.isalnum() or told[-1:] in prose.SENTENCE_ENDS

    def _begins_line(self, ahead: str) -> bool:
        """Return whether only white space stands before a place, in its line or since a tag."""
        return self._code.at_line_start or (self._blank is not None and not ahead.strip())

    def _line(self, ahead: str) -> str:
        """Return the end of the line before a place, as far as it was said or stands in `ahead`."""
        line = ahead
        # What stands before a closing tag that nothing opened is taken back when words follow.
        for piece in reversed([] if self._strayed else self._said):
            if len(line.strip().rstrip(prose.EMPHASIS)) > 1 or len(line) > _LONGEST_LINE:
                break
            line = piece[-_LONGEST_LINE:] + line
        return line

    def _was_mentioned(self, tag: Tag) -> bool:
        """Return whether a closing tag follows its opening tag in prose."""
        mention = (tag.family, self._code.paragraph)
        if mention not in self._mentions:
            return False
        self._mentions.remove(mention)
        return True

    def _opens(self, tag: Tag, ahead: str, before: str, after: str) -> bool:
        if tag.family in ANSWERS:  # else it is a word of XML
            return bool(self._families) and not self._has_words(ahead)
        if self._code.at_line_start:
            opens = not (self._has_words(ahead) and prose.goes_on(after))
        elif not before or before in prose.SENTENCE_ENDS:
            opens = True
        else:
            is_inside = prose.is_unspaced(before) and prose.is_unspaced(after[:1])
            opens = prose.is_loose(before) and after[:1].isalnum() and not is_inside
        if not opens:
            self._mentions.append((tag.family, self._code.paragraph))
        return opens

    def _has_words(self, ahead: str) -> bool:
        """Return whether words were said since a tag or since the beginning."""
        return self._blank is None or bool(ahead.strip())

    def _counts_within(self, tag: Tag, *, is_first: bool) -> bool:
        """Return whether a tag within a thought is more than a part of the thought."""
        match tag.role:
            case "open":
                if not is_first and tag.family != self._opened:
                    self._nested.append(tag.family)
                self._doubled += not is_first and tag.family == self._opened
                return is_first
            case "close":
                if tag.family in self._nested:
                    self._nested.remove(tag.family)
                    return False
                return True
            case "answer":
                return tag.family not in ANSWERS
            case "end" | "stop":
                return tag.family == self._opened

    def _apply(self, tag: Tag, raw: str) -> None:
        if tag.family.startswith(leaks.LEAK):
            self._apply_leak(tag, raw)
            return
        if tag.family in (bare_harmony.FAMILY, "harmony"):
            self._part_channels()
            self._bare = True  # more of its markers may be missing
        if tag.role == "stop":
            self._leak += (self._blank or "") + raw
        elif tag.role == "open":
            self.leaked = self.leaked or tag.is_call
            self._opened = tag.family if self._opened is None else self._opened
            self.apart = True
        elif self._opened is not None:
            self._opened = None
            self._nested.clear()
        elif tag.role == "close" and self._blank is None:
            self._strayed = not self.apart or self._doubled > 0
            self._doubled = max(0, self._doubled - 1)
        elif tag.role == "answer":
            self.apart = True
            self._leak = self._leak if self.leaked else ""
        self._blank = ""
        self._families.add(tag.family)
        self._code.begin_line()

    def _apply_leak(self, tag: Tag, raw: str) -> None:
        """Begin or end a call that stands in the text: it is held back, as it came."""
        if self._opened is None:
            self._opened, self.leaked = tag.family, True
            self._leak += (self._blank or "") + raw
            self._blank = None
        else:
            self._opened, self._blank = None, ""
            self._leak += raw
        self._code.begin_line()

    def _end_leak(self) -> None:
        """Emit what was held back at the end of the text: a call, or words about one."""
        if not self.leaked:
            return  # the mark of an end
        is_call = not self._opened or leaks.is_leak(self._leak, self._opened)
        self.leaked = is_call
        self._out.append(ReasoningDelta(self._leak) if is_call else TextDelta(self._leak))

    def _part_channels(self) -> None:
        """Take the name of the channel that the answer begins with out of what was said."""
        channel, self._channel = self._channel, ""
        if not channel or not self._said:
            return
        words = "".join(self._said).lstrip().removeprefix(channel).lstrip()
        self._take_back(words if channel == "analysis" else "")
        self.apart = True
        if channel != "analysis" and words:
            self._said.append(words)
            self._out.append(TextDelta(words))

    def _take_back(self, thinking: str) -> None:
        """Take back the text of this piece, and emit its reasoning."""
        if self._shown:
            self._out.append(Restarted())
        else:
            self._out = [said for said in self._out if not isinstance(said, TextDelta)]
        if thinking:
            self._out.append(ReasoningDelta(thinking))
        self._said.clear()
        self._shown = 0
        self._strayed = False

    def _give(self, text: str) -> None:
        """Pass on text that holds no tag."""
        if self._opened is not None and self._opened.startswith(leaks.LEAK):
            self._leak += text
            return
        if self._blank is not None:
            words = text.lstrip()
            self._blank += text[: len(text) - len(words)]
            if not words:
                return
            if self._strayed and self._opened is None:
                self._take_back("".join(self._said))
                self.apart = True
            text = self._blank + words if self._leak or self._keeps_blank() else words
            text, self._leak = self._leak + text, ""
            self._blank = None
        if not text:
            return
        if self._opened is None:
            self.leaked = False
            self._said.append(text)
            self._out.append(TextDelta(text))
        else:
            self._out.append(ReasoningDelta(text))

    def _keeps_blank(self) -> bool:
        """Return whether the white space before words is part of the answer."""
        if self._opened is not None:
            return False
        return not self._families or (bool(self._said) and not self._said[-1][-1].isspace())


def _never(_: str) -> bool:
    return False
