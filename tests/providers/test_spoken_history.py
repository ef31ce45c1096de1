"""Who said what, quoted and passed on in a group is in each request, and for foreign agents too."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable

import pytest

from tickertape.adapters.langchain import chat_messages
from tickertape.adapters.openai_agents import input_items
from tickertape.adapters.pydantic_ai import model_messages
from tickertape.conversation import Entry, Utterance, sound
from tickertape.message import (
    Attachment,
    AttachmentKind,
    Author,
    ForwardedMessage,
    MessagePart,
    QuotedMessage,
    text_for_model,
)
from tickertape.ports import Prompt
from tickertape.providers import chat_completions, messages, responses
from tickertape.providers.quirks.profile import Profile

ANNA, BEN = Author("Anna", id="p1"), Author("Ben", id="p2")
SAID: tuple[tuple[Author, tuple[MessagePart, ...]], ...] = (
    (ANNA, (QuotedMessage(("room 5",), BEN), Attachment(AttachmentKind.PHOTO), "is it this one?")),
    (BEN, (ForwardedMessage(("see [here](https://a.example)",), Author("Eve")),)),
)
HISTORY: tuple[Entry, ...] = (
    Utterance("system", "be kind"),
    Utterance("user", text_for_model(SAID[0][1], ANNA), ANNA),
    Utterance("assistant", "Yes."),
    Utterance("user", text_for_model(SAID[1][1], BEN), BEN),
    # Nothing was answered to the second: both are one question then.
    Utterance("user", text_for_model(("and this?",), ANNA), ANNA),
)
TOLD = (
    '[from "Anna"]\n[in reply to a message from "Ben"]\n> room 5\n\n[photo]\nis it this one?',
    '[from "Ben"]\n[forwarded from "Eve"]\n> see [here](https://a.example)',
    '[from "Anna"]\nand this?',
)


@pytest.mark.parametrize("body", [chat_completions.body, responses.body, messages.body])
def test_every_request_carries_it(body: Callable[..., dict[str, object]]) -> None:
    """In each of the three protocols, to the letter."""
    asked = body(Prompt(sound(HISTORY)), model="m", profile=Profile(), origin="")
    written = json.dumps(asked, ensure_ascii=False)
    for told in TOLD:
        assert json.dumps(told, ensure_ascii=False)[1:-1] in written


@pytest.mark.parametrize("convert", [chat_messages, input_items, model_messages])
def test_every_foreign_agent_is_told(convert: Callable[[Iterable[Entry]], list[object]]) -> None:
    """In each framework's own messages."""
    written = "".join(map(repr, convert(sound(HISTORY))))
    for told in TOLD:
        assert repr(told)[1:-1] in written
