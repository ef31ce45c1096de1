"""Which message says what: whatever is taken back, cut again or told again, in their order."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from reply_script import GROUP, Script

from tickertape.delivery.actions import Edit, Post, Reason, Refused
from tickertape.delivery.formats import Formats
from tickertape.delivery.reply.screen import Blank, Posted
from tickertape.delivery.reply.segments import Segments
from tickertape.events import Finished, Restarted
from tickertape.markup.forms import Rendering
from tickertape.markup.pages import Limits
from tickertape.markup.rulers import UTF16

LIMIT = 40
WORDS = "some words of it "

steps = st.lists(
    st.one_of(
        st.sampled_from(["restart", "tool", "show", "show", "shrink", "killed", "goes missing"]),
        st.integers(1, 9).map(WORDS.__mul__),
    ),
    max_size=24,
)


def bare(text: str) -> str:
    """Return a text without its blanks, which a cut may take."""
    return "".join(text.split())


class Answer:
    """What was said of an answer, in a chat whose messages count from 1."""

    def __init__(self) -> None:
        self.segments = self._begun()
        self.made = 0

    def _begun(self) -> Segments:
        return Segments("raw", Limits(LIMIT, UTF16), Formats("off", has_blocks=False))

    def take(self, step: str) -> None:
        """Let one thing happen."""
        segments = self.segments
        match step:
            case "restart":
                segments.rollback()
            case "tool":
                segments.commit()
            case "show":
                self._show()
            case "shrink":
                segments.shrink(segments.pending() or segments.live, 0.0)
            case "killed":
                first = segments.all[0].number
                state = replace(segments.state, first_void=first, committed="", is_retold=True)
                self.segments = Segments.resumed(state, self._begun())
                self.segments.rollback()
            case "goes missing":
                self._lose()
            case words:
                segments.add(words, 0.0)

    def _show(self) -> None:
        """Show the first segment that is not, as a reply does: one call."""
        segment = self.segments.pending()
        if segment is None or not (segment.sealed or segment.has_words()):
            return
        shown = segment.final()
        if isinstance(segment.screen, Posted):
            segment.show(replace(segment.screen, shown=shown) if shown else Blank())
        elif shown:
            self.made += 1
            segment.show(Posted(f"m{self.made}", shown, nth=self.made))

    def _lose(self) -> None:
        """Let a reader delete the message of the first segment that is not complete."""
        segment = self.segments.pending() or self.segments.live
        if isinstance(segment.screen, Posted):
            segment.show(Blank())
            self.segments.move_up(segment, 0.0)

    def ids(self) -> list[int]:
        """Return the messages of what was said, in reading order."""
        said = [one.screen for one in self.segments.all if one.text or not one.sealed]
        return [screen.nth for screen in said if isinstance(screen, Posted)]


@settings(max_examples=400, deadline=None)
@given(steps=steps)
def test_messages_stand_in_the_order_of_what_they_say(steps: list[str]) -> None:
    """No page is above one that was said before it, and no message of what was said is lost."""
    answer = Answer()
    for step in steps:
        before = answer.segments.said
        answer.take(step)
        assert answer.ids() == sorted(answer.ids()), step
        if step == "shrink":
            assert answer.segments.said == before
    answer.segments.close("")
    for _ in range(2 * len(answer.segments.every())):
        answer.take("show")
    assert answer.segments.pending() is None
    assert answer.ids() == sorted(answer.ids())
    screens = [one.screen for one in answer.segments.shown()]
    shown = [screen.shown for screen in screens if isinstance(screen, Posted)]
    assert all(shown)
    assert bare("".join(one.text for one in shown)) == bare(answer.segments.said)


def test_a_text_whose_message_is_gone_goes_into_the_next_that_waits() -> None:
    """In the reply, too: a reader deletes the first page of what was taken back."""
    script = Script(GROUP, limit=8)
    script.say("one-one two-two ")
    assert script.shown() == Post(GROUP, "one-one")
    assert script.shown() == Post(GROUP, "two-two")
    script.say(Restarted(), "three-3 four-44 ", Finished())
    assert script.act() == Edit(GROUP, "m100", "three-3")
    script.settle(Refused(Reason.MESSAGE_GONE))
    assert script.shown() == Edit(GROUP, "m101", "three-3")
    assert script.shown() == Post(GROUP, "four-44")
    assert script.reply.shown.is_whole
    assert script.reply.shown.messages == ("m101", "m102")
    assert script.reply.shown.doubtful == ()


def test_a_text_that_is_cut_again_and_taken_back_leaves_its_messages_to_the_next() -> None:
    """A message that the shorter text has no piece for waits to be deleted, or for another text."""
    answer = Answer()
    for step in (WORDS * 8, *["show"] * 4, "restart", WORDS, "tool", WORDS * 4, "shrink", "show"):
        answer.take(step)
    assert answer.ids() == [1, 2, 3, 4]
    assert Rendering("") not in [one.final() for one in answer.segments.all[:4]]
