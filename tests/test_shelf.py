"""The shelves: what `import tickertape` and `import tickertape.channel` promise."""

from __future__ import annotations

import subprocess
import sys
from typing import get_args

import pytest

import tickertape
import tickertape.channel
from tickertape.channel import Action, Form, Inbound, Limit, MessagePart, Outcome, Way

NAMES = """
Accepted Acknowledge Action Address Append AppendWay Attachment AttachmentKind Author AuthorKind
BlockLimits Blocks Bucket Button ButtonPressed Cadence Cause Channel ChatKind ClearButtons
ConfigError Delete Dialect DraftWay EDITS Edit EditWay ExtendWay Find Form ForwardedMessage
Inbound Limit Look Message
MessagePart MessageRow Moved Outcome PLAIN Person Plain Post PostVoice Probe QuotedMessage Reason
Refused Seal ShowDraft Source Span Spans StopPressed Surface Throttled Transport TransportError
Unknown Way WholeWay Window CODE_POINTS UTF16 UTF8 Ruler
"""
CHANNEL = NAMES.split()


@pytest.mark.parametrize("name", tickertape.__all__)
def test_every_public_name_is_there(name: str) -> None:
    """Each name of `__all__` can be had, and is told about in the docstring."""
    assert getattr(tickertape, name) is not None
    assert name in (tickertape.__doc__ or "")


def test_a_name_that_does_not_exist_is_an_attribute_error() -> None:
    """The lazy shelf fails as a module does."""
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        tickertape.Nothing  # noqa: B018


def test_importing_the_package_imports_nothing_heavy() -> None:
    """Neither asyncio nor any library is loaded by `import tickertape`."""
    code = "import sys, tickertape; print([m for m in ('asyncio', 'pydantic') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.strip() == "[]"


def test_the_shelf_of_a_channels_author() -> None:
    """It holds exactly these names, each told about in the docstring, so that none goes unseen."""
    shelf = tickertape.channel
    assert sorted(shelf.__all__) == sorted(CHANNEL)
    told = (shelf.__doc__ or "").replace(",", " ").replace(";", " ").split()
    assert [name for name in CHANNEL if name not in told] == []


def test_the_union_of_actions_and_outcomes_is_on_the_shelf() -> None:
    """Whoever matches on what is asked, or on what came in, can name every case."""
    for union in (Action, Outcome, Inbound, MessagePart, Way, Limit, Form):
        names = {one.__name__ for one in get_args(union)} - {"str"}
        assert names <= set(CHANNEL), names - set(CHANNEL)


def test_a_channel_needs_no_library_but_the_markup() -> None:
    """The shelf loads neither asyncio nor anything that only a bot or a model needs."""
    heavy = "('asyncio', 'aiohttp', 'aiogram', 'httpx2', 'openai', 'sqlalchemy', 'rich')"
    code = f"import sys, tickertape.channel; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.strip() == "[]"
