"""What a tag means where it stands: a table, of which the first row that fits decides.

A tag counts as one, or it is text that talks about tags. It is waited for while the characters
behind it could change that. Where the reasons are not plain:

- In the middle of a line an opening tag counts where prose would not have it: behind the end of a
  sentence (`Sure.<think>`), or glued to the word behind it (`So <think>let me`), but not between
  letters of a script that has no blanks. Where a line below other words goes on in lower case
  (`<think> opens it`), it is text; and so is the closing tag that follows it in the same paragraph.
- Any closing tag ends a thought, for models mix them up; but not that of another name that was
  opened within the thought. Thoughts of one name are not nested, for a second opening tag is more
  often a slip than a second level: its end may never come, and the answer would be lost.
- A closing tag outside a thought is text in the middle of a sentence: behind a blank or an opening
  bracket, with no end of a sentence before it and no word glued to it; with emphasis around it
  (`**</think>**`); and at the start of a line that goes on in lower case (`</think> closes it`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import product
from typing import Literal, TypeAlias

from tickertape.providers.thinking import bare_harmony, prose
from tickertape.providers.thinking.leaks import LEAK
from tickertape.providers.thinking.tags import ANSWERS, Tag

__all__ = ["CONDITIONS", "RULES", "Place", "Sighting", "TagMemory", "Verdict", "verdict_on"]

_BLANKS = ("", " ", "\t")

Place: TypeAlias = Literal["text", "thought", "call"]
"""What a place belongs to: the answer, a thought, or a call that stands in the text."""

Verdict: TypeAlias = Literal[
    "tag", "text", "wait", "mention", "end of mention", "nest", "end of nest", "double"
]
"""It counts; it is text; the next characters decide. The rest is text, too, and kept in mind: prose
mentions an opening tag, or the closing one behind it; a thought has another within, or its end; a
thought has its own opening tag again."""


@dataclass(slots=True)
class TagMemory:
    """What the tags so far have to say about the next one."""

    opened: str | None = None
    """The family of the tag that opened the thought or call we are in."""
    seen: set[str] = field(default_factory=set)
    """The families of tags that counted."""
    nested: list[str] = field(default_factory=list)
    """The families that were opened within the thought."""
    doubled: int = 0
    """Opening tags of its own family within a thought: each is a slip, or has an end to come."""
    mentions: list[tuple[str, int]] = field(default_factory=list)
    """The opening tags that are text: their family and paragraph."""

    @property
    def place(self) -> Place:
        """Where the next character stands."""
        if self.opened is None:
            return "text"
        return "call" if self.opened.startswith(LEAK) else "thought"

    def keep(self, verdict: Verdict, family: str, paragraph: int) -> None:
        """Keep in mind what a tag that is text says of those to come."""
        match verdict:
            case "mention":
                self.mentions.append((family, paragraph))
            case "end of mention":
                self.mentions.remove((family, paragraph))
            case "nest":
                self.nested.append(family)
            case "end of nest":
                self.nested.remove(family)
            case "double":
                self.doubled += 1
            case "tag" | "text" | "wait":
                pass


@dataclass(frozen=True, slots=True)
class Sighting:
    """A tag, and what stands around it."""

    tag: Tag
    memory: TagMemory
    before: str
    """The character before it; empty behind another tag, and at the start of the answer."""
    after: str
    """The characters behind it that have come, two at most."""
    is_final: bool
    """Whether no more is to come behind it."""
    line: str
    """The end of what stands before it in its line, or more."""
    starts_line: bool
    """Whether only white space stands before it in its line."""
    has_words: bool
    """Whether words were said since a tag, or since the start of the answer."""
    paragraph: int
    """How many paragraphs stand before it."""

    @property
    def begins(self) -> bool:
        """Whether only white space stands before it, in its line or since a tag."""
        return self.starts_line or not self.has_words

    @property
    def may_change(self) -> bool:
        """Whether what it means may depend on characters that have not come."""
        return not self.is_final and len(self.after) < 2


def _is_glued(at: Sighting) -> bool:
    is_inside = prose.is_unspaced(at.before) and prose.is_unspaced(at.after[:1])
    return prose.is_loose(at.before) and at.after[:1].isalnum() and not is_inside


def _is_emphasised(at: Sighting) -> bool:
    bare = at.line.rstrip(prose.EMPHASIS)
    return bare != at.line and at.after[:1] == at.line[-1] and not bare[-1:].strip()


def _is_in_a_sentence(at: Sighting) -> bool:
    told = at.line.rstrip()
    is_bracketed = at.line[-1:] in prose.OPENING | prose.QUOTES and not at.line[-2:-1].strip()
    is_word = (at.line != told or is_bracketed) and prose.is_parted(at.after)
    return is_word and told[-1:] not in prose.THOUGHT_ENDS


CONDITIONS: dict[str, Callable[[Sighting], bool]] = {
    "always": lambda _: True,
    "may be quoted": lambda at: at.may_change and at.before in prose.QUOTES and not at.after,
    "a word may follow": lambda at: at.may_change and at.after in ("", *prose.HYPHENS),
    "its line may go on": lambda at: at.may_change and at.begins and at.after in _BLANKS,
    "a line below may go on": lambda at: (
        at.may_change and at.starts_line and at.has_words and at.after in _BLANKS
    ),
    "a word may be glued to it": lambda at: (
        at.may_change and not (at.starts_line or at.after) and prose.is_loose(at.before)
    ),
    "is bare harmony": lambda at: at.tag.family == bare_harmony.FAMILY,
    "is escaped": lambda at: at.before == prose.ESCAPE,
    "is quoted": lambda at: at.before in prose.QUOTES and at.after[:1] in prose.QUOTES,
    "is XML behind a tag": lambda at: (
        at.tag.family in ANSWERS and bool(at.memory.seen) and not at.has_words
    ),
    "is XML": lambda at: at.tag.family in ANSWERS,
    "begins a line": lambda at: at.starts_line,
    "begins": lambda at: at.begins,
    "begins, and its line goes on": lambda at: at.begins and prose.goes_on(at.after),
    "a line below goes on": lambda at: at.starts_line and at.has_words and prose.goes_on(at.after),
    "follows a tag or a sentence": lambda at: not at.before or at.before in prose.SENTENCE_ENDS,
    "is glued": _is_glued,
    "was mentioned": lambda at: (at.tag.family, at.paragraph) in at.memory.mentions,
    "is emphasised": _is_emphasised,
    "is between letters": lambda at: (
        prose.is_unspaced(at.line[-1:]) and prose.is_unspaced(at.after[:1])
    ),
    "is in a sentence": _is_in_a_sentence,
    "was seen": lambda at: at.tag.family in at.memory.seen,
    "follows no blank": lambda at: not at.before.isspace(),
    "follows a word": lambda at: at.before.isalnum(),
    "follows a sentence": lambda at: at.line.rstrip()[-1:] in prose.SENTENCE_ENDS,
    "is first": lambda at: not at.has_words,
    "is of another family": lambda at: at.tag.family != at.memory.opened,
    "was opened within": lambda at: at.tag.family in at.memory.nested,
}
"""What may be so of a tag and of what stands around it."""

RULES: tuple[tuple[str, str, str, Verdict], ...] = (
    # where, which tags ("call": one that stands around a call), what is so, the verdict
    ("text thought call", "open close answer end stop call", "may be quoted", "wait"),
    ("text", "close", "a word may follow", "wait"),
    ("text", "close", "its line may go on", "wait"),
    ("text", "open answer call", "a line below may go on", "wait"),
    ("text", "open answer call", "a word may be glued to it", "wait"),
    ("call", "call", "always", "tag"),
    ("text thought", "open answer", "is bare harmony", "tag"),
    ("text thought", "open close answer end stop call", "is escaped", "text"),
    ("text thought", "open close answer end stop call", "is quoted", "text"),
    ("text", "answer", "is XML behind a tag", "tag"),
    ("text", "answer", "is XML", "text"),
    ("text", "open answer", "a line below goes on", "mention"),
    ("text", "open answer", "begins a line", "tag"),
    ("text", "open answer", "follows a tag or a sentence", "tag"),
    ("text", "open answer", "is glued", "tag"),
    ("text", "open answer", "always", "mention"),
    ("text", "close", "begins, and its line goes on", "text"),
    ("text", "close", "begins", "tag"),
    ("text", "close", "was mentioned", "end of mention"),
    ("text", "close", "is emphasised", "text"),
    ("text", "close", "is between letters", "text"),
    ("text", "close", "is in a sentence", "text"),
    ("text", "close", "always", "tag"),
    ("text", "end", "was seen", "tag"),
    ("text", "stop", "begins", "tag"),
    ("text", "stop", "follows no blank", "tag"),
    ("text", "call", "begins", "tag"),
    ("text", "call", "follows a word", "tag"),
    ("text", "call", "follows a sentence", "tag"),
    ("thought", "open", "is first", "tag"),
    ("thought", "open", "is of another family", "nest"),
    ("thought", "open", "always", "double"),
    ("thought", "close", "was opened within", "end of nest"),
    ("thought", "close", "always", "tag"),
    ("thought", "answer", "is XML", "text"),
    ("thought", "answer", "always", "tag"),
    ("thought", "end", "is of another family", "text"),
    ("thought", "end", "always", "tag"),
)
"""The table. What no row fits is text."""

_ROWS: dict[tuple[str, str], list[tuple[Callable[[Sighting], bool], Verdict]]] = {}
for _places, _roles, _name, _verdict in RULES:
    for _key in product(_places.split(), _roles.split()):
        _ROWS.setdefault(_key, []).append((CONDITIONS[_name], _verdict))


def verdict_on(at: Sighting) -> Verdict:
    """Return what the tag means, by the first row of the table that fits."""
    role = "call" if at.tag.family.startswith(LEAK) else at.tag.role
    rows = _ROWS[at.memory.place, role]
    return next((verdict for fits, verdict in rows if fits(at)), "text")
