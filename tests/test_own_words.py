"""What the author of a bot adds to an answer: buttons, a sentence for failures, and silence."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest

from tickertape.channels.telegram import button_data
from tickertape.channels.telegram.outbound import call_of
from tickertape.chat import Address, ChatKind
from tickertape.consumer import StreamConsumer, stream
from tickertape.delivery.actions import (
    Action,
    Button,
    ClearButtons,
    Outcome,
    Post,
    Reason,
    Refused,
)
from tickertape.delivery.streaming import StreamingConfig
from tickertape.errors import FailureKind, ProviderError
from tickertape.events import Event, Failed, TextDelta
from tickertape.testing.clock import run_in_virtual_time
from tickertape.testing.transports import FakeTransport

PRIVATE = Address("chat", "ada", ChatKind.PRIVATE)
GROUP = Address("chat", "crew", ChatKind.GROUP)
RATING = (Button("good", "+1"), Button("bad", "-1"))
OVERLOADED = ProviderError(FailureKind.OVERLOADED, "busy", status=529)


async def said(*texts: str, error: Exception | None = None) -> AsyncIterator[str]:
    """Yield texts, as an agent would, and raise at the end."""
    for text in texts:
        await asyncio.sleep(0.3)
        yield text
    if error is not None:
        raise error


@pytest.mark.parametrize("to", [PRIVATE, GROUP])
def test_buttons_stand_below_the_last_message(to: Address) -> None:
    """Of an answer of several messages the last one has them, once all of it is there."""
    transport = FakeTransport(limit=60)

    async def main() -> None:
        await stream(said(*["some words here "] * 12), transport, to=to, buttons=RATING)

    run_in_virtual_time(main())
    last = list(transport.screen(to).messages)[-1]
    assert len(transport.texts(to)) > 1
    assert transport.screen(to).offers == {last: RATING}
    assert isinstance(transport.actions[-1], ClearButtons)


def test_an_answer_that_broke_off_has_no_buttons() -> None:
    """Nothing is to be rated there; nor below an answer without a word."""
    transport = FakeTransport()

    async def main() -> None:
        with pytest.raises(LookupError):
            await stream(said("Half", error=LookupError()), transport, to=GROUP, buttons=RATING)
        await stream(said(), transport, to=GROUP, buttons=RATING)

    run_in_virtual_time(main())
    assert transport.screen(GROUP).offers == {}


def test_run_puts_buttons_too() -> None:
    """For programs that end the answer themselves."""
    transport = FakeTransport()

    async def main() -> None:
        consumer = StreamConsumer(transport, to=GROUP, buttons=RATING)
        consumer.on_delta("Hello")
        consumer.finish()
        await consumer.run()

    run_in_virtual_time(main())
    assert transport.screen(GROUP).offers == {"m1": RATING}


class Buttonless(FakeTransport):
    """A platform that has no buttons."""

    def apply(self, action: Action) -> Outcome:
        if isinstance(action, ClearButtons):
            return Refused(Reason.MALFORMED, "no buttons here")
        return super().apply(action)


def test_a_platform_without_buttons_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """The answer is whole all the same."""
    transport = Buttonless()

    async def main() -> None:
        shown = await stream(said("Hello"), transport, to=GROUP, buttons=RATING)
        assert shown.is_whole

    with caplog.at_level(logging.WARNING):
        run_in_virtual_time(main())
    assert "no buttons below the answer" in caplog.text


def test_a_failure_in_ones_own_words() -> None:
    """`on_error` is told what was raised, and says what the reader reads."""
    transport, told = FakeTransport(), list[Exception]()

    def on_error(error: Exception) -> str:
        told.append(error)
        return "Sorry, ask again."

    async def main() -> None:
        with pytest.raises(LookupError):
            await stream(
                said("Half", error=LookupError("x")), transport, to=GROUP, on_error=on_error
            )

    run_in_virtual_time(main())
    assert transport.texts(GROUP) == ["Half\n\n⚠ Sorry, ask again."]
    assert [repr(error) for error in told] == ["LookupError('x')"]


async def failing() -> AsyncIterator[Event]:
    """Yield what an agent says whose model's server is overloaded."""
    yield TextDelta("Half")
    yield Failed(OVERLOADED)


def test_an_agent_that_tells_its_failure() -> None:
    """It is told as well; without a sentence of one's own ours stands there."""
    transport, told = FakeTransport(), list[Exception]()

    async def main() -> None:
        await stream(failing(), transport, to=GROUP, on_error=told.append)

    run_in_virtual_time(main())
    assert told == [OVERLOADED]
    assert transport.texts(GROUP) == [f"Half\n\n⚠ {OVERLOADED.sentence}"]


def test_an_on_error_that_raises_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """The reader reads our own sentence."""
    transport = FakeTransport()

    def on_error(_: Exception) -> str:
        raise ZeroDivisionError

    async def main() -> None:
        await stream(failing(), transport, to=GROUP, on_error=on_error)

    run_in_virtual_time(main())
    assert transport.texts(GROUP) == [f"Half\n\n⚠ {OVERLOADED.sentence}"]
    assert "on_error raised" in caplog.text


def test_a_silent_answer_is_posted_so() -> None:
    """Each message of it; others are heard."""
    transport = FakeTransport(limit=60)

    async def main() -> None:
        config = StreamingConfig(silent=True)
        await stream(said(*["some words here "] * 12), transport, to=PRIVATE, config=config)
        await stream(said("loud"), transport, to=PRIVATE)

    run_in_virtual_time(main())
    *silent, loud = [action.silent for action in transport.actions if isinstance(action, Post)]
    assert len(silent) > 1
    assert all(silent)
    assert not loud


def test_how_telegram_is_asked() -> None:
    """Silence and buttons are fields of its calls; a press is read again."""
    at = Address("telegram", "7", ChatKind.PRIVATE)
    assert call_of(Post(at, "Hi", silent=True)).params["disable_notification"] is True
    assert call_of(Post(at, "Hi")).params["disable_notification"] is None
    call = call_of(ClearButtons(at, "3", RATING))
    assert call.method == "editMessageReplyMarkup"
    [[good, _]] = call.params["reply_markup"]["inline_keyboard"]  # type: ignore[index]
    assert button_data(good["callback_data"]) == "+1"
    assert button_data("of-another-program") is button_data(None) is None
