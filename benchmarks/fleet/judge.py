"""What may not be: a question that is lost, answered twice, or out of its order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.fleet.agent import answer_to

__all__ = ["Verdict", "judged"]

# How an answer ends that was cut off three times (`delivery.marks`).
_GIVEN_UP = "⚠"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the chats show in the end."""

    asked: int
    """How many questions there were."""
    lost: tuple[str, ...] = ()
    """Questions without an answer."""
    doubled: tuple[str, ...] = ()
    """Questions with more than one."""
    disordered: tuple[str, ...] = ()
    """Chats in which answers stand in another order than their questions."""
    marked: tuple[str, ...] = ()
    """Questions whose answer says that it is not whole: they are not wrong, but should be few."""

    @property
    def violations(self) -> int:
        """How many things are wrong."""
        return len(self.lost) + len(self.doubled) + len(self.disordered)

    def __str__(self) -> str:
        """Return it as a phrase, with what is wrong."""
        said = f"{self.asked:,} asked, {self.violations} wrong"
        for name in ("lost", "doubled", "disordered", "marked"):
            if found := getattr(self, name):
                said += f"; {len(found)} {name}: {' '.join(found[:5])}"
        return said


def judged(written: Mapping[str, Sequence[str]], shown: Mapping[str, Sequence[str]]) -> Verdict:
    """Return what is right and wrong.

    Args:
        written: the questions of each chat, in their order.
        shown: the messages of bots in each chat, in their order.
    """
    lost: list[str] = []
    doubled: list[str] = []
    disordered: list[str] = []
    marked: list[str] = []
    for chat, questions in written.items():
        order: list[int] = []
        texts = shown.get(chat, ())
        for question in questions:
            beginning = answer_to(question)
            at = [number for number, text in enumerate(texts) if text.startswith(beginning)]
            lost += [question] if not at else []
            doubled += [question] if len(at) > 1 else []
            marked += [question] if any(_GIVEN_UP in texts[number] for number in at) else []
            order += at[:1]
        disordered += [chat] if order != sorted(order) else []
    asked = sum(map(len, written.values()))
    return Verdict(asked, tuple(lost), tuple(doubled), tuple(disordered), tuple(marked))
