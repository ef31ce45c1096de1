"""What the author of a channel needs, in one import; `docs/write-a-channel.md` builds one with it.

    from tickertape.channel import Accepted, Action, Address, Message, Outcome, Post, Surface

Who and where:
    Address, ChatKind, Person

What comes in, from `Source.messages`:
    Message, StopPressed, ButtonPressed, Moved; Inbound     any of them
    Attachment, AttachmentKind, QuotedMessage, ForwardedMessage, Author, AuthorKind; MessagePart
                                                what a message holds besides words

What can be shown, from `Transport.surface`:
    Surface                                     all of it, as one value
    DraftWay, EditWay, AppendWay, ExtendWay, WholeWay; Way      how an answer can grow
    EDITS                                       the ways of most platforms
    Ruler; CODE_POINTS, UTF16, UTF8             how the platform measures a text
    Cadence, Window, Bucket; Limit              flood limits
    MessageRow                                  where messages are numbered one by one
    BlockLimits, Dialect                        Markdown and rich messages

What is asked of `Transport.perform`:
    Post, Edit, Delete, Probe                   what most platforms can do
    ShowDraft, Append, Seal, PostVoice          what some can
    Find, Acknowledge, ClearButtons             lost posts, and buttons
    Button                                      what a post may offer to its readers
    Action                                      any of them
    Plain, Spans, Blocks, Span, Look; Form, PLAIN   how a text looks; the kinds of
                                                blocks stand in `tickertape.markup.tree`

What came of it:
    Accepted, Throttled, Refused, Unknown; Outcome
    Reason                                      why a platform said no
    Cause                                       why it was not heard

The two sides, and both:
    Source, Transport, Channel
    TransportError                              raised by `messages` when nothing can come any more
    ConfigError                                 raised when a setting cannot be used

Test a channel with `tickertape.testing.conformance.check_channel`.
"""

from __future__ import annotations

from tickertape.chat import (
    Address,
    ButtonPressed,
    ChatKind,
    Inbound,
    Message,
    Moved,
    Person,
    StopPressed,
)
from tickertape.delivery.actions import (
    Accepted,
    Acknowledge,
    Action,
    Append,
    Button,
    Cause,
    ClearButtons,
    Delete,
    Edit,
    Find,
    Outcome,
    Post,
    PostVoice,
    Probe,
    Reason,
    Refused,
    Seal,
    ShowDraft,
    Throttled,
    Unknown,
)
from tickertape.delivery.surface import Bucket, Cadence, Limit, MessageRow, Surface, Window
from tickertape.delivery.ways import (
    EDITS,
    AppendWay,
    DraftWay,
    EditWay,
    ExtendWay,
    Way,
    WholeWay,
)
from tickertape.errors import ConfigError, TransportError
from tickertape.markup.forms import PLAIN, Blocks, Form, Look, Plain, Span, Spans
from tickertape.markup.pages import BlockLimits, Dialect
from tickertape.markup.rulers import CODE_POINTS, UTF8, UTF16, Ruler
from tickertape.message import (
    Attachment,
    AttachmentKind,
    Author,
    AuthorKind,
    ForwardedMessage,
    MessagePart,
    QuotedMessage,
)
from tickertape.ports import Channel, Source, Transport

__all__ = [
    "CODE_POINTS",
    "EDITS",
    "PLAIN",
    "UTF8",
    "UTF16",
    "Accepted",
    "Acknowledge",
    "Action",
    "Address",
    "Append",
    "AppendWay",
    "Attachment",
    "AttachmentKind",
    "Author",
    "AuthorKind",
    "BlockLimits",
    "Blocks",
    "Bucket",
    "Button",
    "ButtonPressed",
    "Cadence",
    "Cause",
    "Channel",
    "ChatKind",
    "ClearButtons",
    "ConfigError",
    "Delete",
    "Dialect",
    "DraftWay",
    "Edit",
    "EditWay",
    "ExtendWay",
    "Find",
    "Form",
    "ForwardedMessage",
    "Inbound",
    "Limit",
    "Look",
    "Message",
    "MessagePart",
    "MessageRow",
    "Moved",
    "Outcome",
    "Person",
    "Plain",
    "Post",
    "PostVoice",
    "Probe",
    "QuotedMessage",
    "Reason",
    "Refused",
    "Ruler",
    "Seal",
    "ShowDraft",
    "Source",
    "Span",
    "Spans",
    "StopPressed",
    "Surface",
    "Throttled",
    "Transport",
    "TransportError",
    "Unknown",
    "Way",
    "WholeWay",
    "Window",
]
