"""The form of what is shown: formatted previews, the ladder of formats, what a chat lacks."""

from __future__ import annotations

import pytest
from reply_script import GROUP, PRIVATE, Script

from tickertape.delivery.actions import (
    Accepted,
    Action,
    Edit,
    Post,
    Reason,
    Refused,
    ShowDraft,
    Throttled,
    Unknown,
)
from tickertape.delivery.formats import FORGET_CHANNEL, FORGET_CHAT, Abilities
from tickertape.delivery.marks import StopReason
from tickertape.delivery.streaming import StreamingConfig
from tickertape.events import Finished, ReasoningDelta, TextDelta, ToolStarted
from tickertape.markup.forms import PLAIN, Blocks, Form, Look, Span, Spans
from tickertape.markup.pages import BlockLimits
from tickertape.markup.tree import Folded, Paragraph, Table, Thinking, Words

BLOCKS = BlockLimits(count=500, depth=16, columns=20)
AUTO = StreamingConfig(rich="auto")
ALWAYS = StreamingConfig(rich="always")
BOLD = Spans((Span(Look.BOLD, 6, 5),))
TABLE = "| a | b |\n|---|---|\n| 1 | 2 |\n"


def markdown(
    config: StreamingConfig | None = None,
    *,
    private: bool = False,
    abilities: Abilities | None = None,
    limit: int = 4096,
) -> Script:
    """Begin a reply in a chat that shows Markdown formatted, and has messages of blocks."""
    return Script(
        PRIVATE if private else GROUP,
        config=config,
        dialect="markdown",
        blocks=BLOCKS,
        abilities=abilities,
        limit=limit,
    )


def form_of(action: Action) -> Form:
    """Give the form of an action that shows a text."""
    assert isinstance(action, ShowDraft | Post | Edit)
    return action.form


def test_previews_are_formatted_and_healed() -> None:
    """Emphasis that is still open is shown as emphasis, in drafts and in messages alike."""
    draft = markdown(private=True)
    draft.say("Hello **world")
    assert draft.shown() == ShowDraft(PRIVATE, "d1", "Hello world", BOLD)
    message = markdown()
    message.say("Hello **world")
    assert message.shown() == Post(GROUP, "Hello world", form=BOLD)
    message.say("**", Finished())
    assert message.reply.intent.done


def test_what_was_said_stays_as_it_was_said() -> None:
    """Formatting touches the screen alone."""
    script = markdown()
    script.say("Hello **wor", "ld**", Finished())
    assert script.shown() == Post(GROUP, "Hello world", form=BOLD)
    assert script.reply.shown.said == "Hello **world**"


def test_looks_alone_are_worth_an_edit() -> None:
    """A text that is on screen without its looks is not the final."""
    script = markdown()
    script.say("Hello *world")
    script.shown()
    script.say("* **now**", Finished())
    action = script.shown()
    assert isinstance(action, Edit)
    assert action.text == "Hello world now"
    assert isinstance(action.form, Spans)
    assert script.reply.intent.done


def test_a_text_becomes_blocks_where_they_help() -> None:
    """In `auto` a message is text until it has a table; then it is edited in place."""
    script = markdown(AUTO)
    script.say("See:\n\n")
    assert form_of(script.shown()) == PLAIN
    script.say(TABLE, "\n", "And more words.\n")
    action = script.shown()
    assert isinstance(action, Edit)
    assert isinstance(action.form, Blocks)
    assert isinstance(action.form.blocks[1], Table)
    script.say(Finished())
    assert script.reply.intent.done


@pytest.mark.parametrize("rich", ["auto", "always", "off"])
def test_blocks_are_used_as_asked_for(rich: str) -> None:
    """Words alone are blocks in `always` only, a table is none in `off` only."""
    config = StreamingConfig.from_dict({"rich": rich})
    words, table = markdown(config), markdown(config)
    words.say("Hello world", Finished())
    table.say(TABLE, Finished())
    assert isinstance(form_of(words.shown()), Blocks) is (rich == "always")
    assert isinstance(form_of(table.shown()), Blocks) is (rich != "off")


def test_without_messages_of_blocks_there_are_none() -> None:
    """What a surface does not have is not asked for."""
    script = Script(GROUP, config=ALWAYS, dialect="markdown")
    script.say(TABLE, Finished())
    assert isinstance(form_of(script.shown()), Spans)


def test_a_refused_form_steps_down_at_once_and_to_the_end() -> None:
    """Blocks, then text with spans, then text alone: each is tried once, without a pause."""
    script = markdown(AUTO)
    script.say(TABLE, Finished())
    forms = []
    for _ in range(2):
        forms.append(type(form_of(script.act())))
        script.settle(Refused(Reason.FORMAT_REJECTED))
    action = script.shown()
    forms.append(type(form_of(action)))
    assert forms == [Blocks, Spans, type(PLAIN)]
    assert script.now == pytest.approx(3 * 0.08)
    assert script.reply.shown.is_whole


def test_only_a_refusal_changes_the_form() -> None:
    """A wait, and an answer that was lost, say nothing about how a text may look."""
    script = markdown(AUTO)
    script.say("See:")
    script.shown()
    script.say("\n\n", TABLE, Finished())
    for outcome in (Throttled(3.0), Unknown("lost")):
        assert isinstance(form_of(script.act()), Blocks)
        script.settle(outcome)
    assert isinstance(form_of(script.shown()), Blocks)


def test_a_final_that_is_refused_for_no_known_reason_gets_plainer() -> None:
    """Before an answer is given up it is tried without looks."""
    script = markdown()
    script.say("Hello **world**", Finished())
    assert form_of(script.act()) == BOLD
    script.settle(Refused(Reason.MALFORMED))
    assert script.act() == Post(GROUP, "Hello world")
    script.settle(Accepted("Hello world", "m1"))
    assert script.reply.shown.is_whole


def test_a_refused_form_is_refused_for_its_text_alone() -> None:
    """The next message of the same answer is tried in the best form again."""
    script = markdown(AUTO)
    script.say(TABLE)
    script.act()
    script.settle(Refused(Reason.FORMAT_REJECTED))
    assert isinstance(form_of(script.shown()), Spans)
    script.say(ToolStarted("1", "clock"), TABLE, Finished())
    assert isinstance(form_of(script.shown()), Blocks)


@pytest.mark.parametrize(
    ("reason", "seconds", "other_chat"),
    [
        (Reason.BLOCKS_UNKNOWN, FORGET_CHANNEL, True),
        (Reason.BLOCKS_FORBIDDEN, FORGET_CHAT, False),
    ],
)
def test_what_is_lacking_is_remembered_for_a_while(
    reason: Reason, seconds: float, other_chat: bool
) -> None:
    """A server or chat without blocks is asked once, not for each answer, and later again."""
    abilities = Abilities()

    def first_form(now: float, *, private: bool = False) -> Form:
        script = markdown(AUTO, abilities=abilities, private=private)
        script.now = now
        script.say(TABLE, Finished())
        action = script.act()
        if isinstance(form_of(action), Blocks):
            script.settle(Refused(reason))
            assert isinstance(form_of(script.shown()), Spans)
        assert script.reply is not None
        return form_of(action)

    assert isinstance(first_form(10.0), Blocks)
    assert isinstance(first_form(20.0), Spans)
    assert isinstance(first_form(20.0, private=True), Spans) is other_chat
    assert isinstance(first_form(10.0 + seconds + 1.0), Blocks)


def test_thinking_is_told_in_the_block_for_it() -> None:
    """A draft that may be made of blocks has one for what goes on; a message has a line."""
    draft = markdown(AUTO, private=True)
    draft.say(ReasoningDelta("hm"))
    assert draft.shown() == ShowDraft(
        PRIVATE, "d1", "💭 Thinking …", Blocks((Thinking("💭 Thinking …"),))
    )
    draft.say("Hello world, here I am")
    assert draft.shown() == ShowDraft(PRIVATE, "d1", "Hello world, here I am")
    message = markdown(ALWAYS)
    message.say(ReasoningDelta("hm"))
    assert not isinstance(form_of(message.shown()), Blocks)


def test_a_tool_is_told_below_blocks() -> None:
    """In a draft of blocks the line of progress is the last block."""
    draft = markdown(ALWAYS, private=True)
    draft.say("Hello world. ")
    draft.shown()
    draft.say(ReasoningDelta("hm"))
    assert form_of(draft.shown()) == Blocks(
        (Paragraph((Words("Hello world."),)), Thinking("💭 Thinking …"))
    )


@pytest.mark.parametrize(("rich", "folded"), [("off", False), ("always", True)])
def test_thinking_stays_where_it_shall(rich: str, folded: bool) -> None:
    """With `keep` the final has the thinking below the answer, folded."""
    config = StreamingConfig.from_dict({"reasoning": "keep", "rich": rich})
    script = markdown(config)
    thought = "First I think of this, and then of that, and so on."
    script.say(ReasoningDelta(thought), "Hello **world**", Finished())
    action = script.shown()
    assert isinstance(action, Post)
    assert thought in action.text
    assert action.text.startswith("Hello world\n\n")
    match action.form:
        case Blocks(blocks):
            assert folded
            assert blocks[-1] == Folded(thought)
        case Spans(spans):
            assert not folded
            assert spans[-1].look is Look.FOLDED_QUOTE
        case _:
            pytest.fail("the thinking is not folded")
    assert script.reply.intent.done


def test_thinking_goes_with_the_answer_where_it_shall_not_stay() -> None:
    """Hidden, told in a line, or shown while it lasts: the final has the answer alone."""
    for reasoning in ("hide", "status", "show"):
        script = markdown(StreamingConfig.from_dict({"reasoning": reasoning}))
        script.say(
            ReasoningDelta("I think of this and that, and so on."), "Hello world", Finished()
        )
        assert script.shown() == Post(GROUP, "Hello world")


def test_thinking_that_stays_never_pushes_the_answer_out() -> None:
    """Of a long thought that part stays for which there is room, or none."""
    config = StreamingConfig(reasoning="keep")
    for words in (10, 18, 19):
        script = markdown(config, limit=200)
        script.say(ReasoningDelta("thought " * 60), "answer! " * words, Finished())
        action = script.shown()
        assert isinstance(action, Post)
        assert action.text.startswith(("answer! " * words).strip())
        assert len(action.text) <= 200
        assert script.reply.intent.done


def test_marks_stand_below_in_every_form() -> None:
    """Why an answer was cut short is told below it, whatever the answer looks like."""
    for config, text in ((None, "Hello **world**"), (ALWAYS, "Hello **world**"), (None, TABLE)):
        script = markdown(config)
        script.say(TextDelta(text))
        script.reply.stop(StopReason.USER, script.now)
        action = script.shown()
        assert isinstance(action, Post)
        assert action.text.endswith("\n\n⏹ Stopped.")
        assert script.reply.intent.done


def test_a_table_waits_for_its_second_line() -> None:
    """Its header is not shown as words that turn into a table."""
    script = markdown()
    script.say("See this table:\n\n")
    script.shown()
    script.say("| first title | second |\n")
    assert script.reply.poll(script.now + 5.0) is None
    script.say("|---|---|\n")
    action = script.shown()
    assert isinstance(action, Edit)
    assert "first title" in action.text
    assert isinstance(action.form, Spans)
    assert action.form.spans[0].look is Look.PRE


def test_a_draft_of_thinking_that_is_refused_is_told_plainly() -> None:
    """The block for what goes on is a form like others: refused once, it is not asked for again."""
    draft = markdown(AUTO, private=True)
    draft.say(ReasoningDelta("hm"))
    assert isinstance(form_of(draft.act()), Blocks)
    draft.settle(Refused(Reason.FORMAT_REJECTED))
    assert draft.shown() == ShowDraft(PRIVATE, "d1", "💭 Thinking …")


def test_an_emphasis_that_is_cut_again_stays_closed() -> None:
    """A message that the channel finds too long is cut in two, and both halves keep their looks."""
    script = markdown(limit=200)
    script.say("**" + "bold words " * 40 + "end**", Finished())
    forms = []
    while not script.reply.intent.done:
        action = script.act()
        assert isinstance(action, Post)
        if len(action.text) > 150:
            script.settle(Refused(Reason.TOO_LONG))
        else:
            assert "*" not in action.text
            forms.append(action.form)
            script.accept(action)
    assert all(isinstance(form, Spans) for form in forms)
