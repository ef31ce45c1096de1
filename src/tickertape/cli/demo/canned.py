"""The demo's answer without a model: a text about the things to see."""

from __future__ import annotations

__all__ = ["TEXT"]

TEXT = """\
## Hello!

No model is at hand, so this answer was *written beforehand*. Everything else is real: the text \
comes in small pieces, as a model would send them, and what you see is how **Tickertape** brings \
them to you. It is Markdown, formatted while it grows.

In a private chat you are watching a draft. A draft is not a message yet: the bot may show it \
again and again, and the words appear at once. When the answer is complete, one real message takes \
its place, and nothing of the draft stays behind.

In a group there are no drafts. There the first words become a message, and the message is edited \
while the answer grows, within the limits that a platform has:

| where | how it grows | calls that it takes |
|---|---|--:|
| private chat | drafts | 40 in 30 s |
| group | edits of one message | 20 in 60 s |

So the edits are spread: quick at first, then calmer, and one call is always kept for the end, so \
that the final text is never late. To see it, pick the group and mention the bot.

A few things to try:

- Press the **stop** button, or write `/stop`. The answer ends at once, and what was said stays, \
marked as stopped.
- Write a second message while this one is still growing. It waits its turn.
- Write `/new`, and the conversation is forgotten.
- Open the list of API calls, and look at how few there are, and at what times.

> Nothing that was said is lost, nothing is said twice, and the last state of the message is the \
whole text, without a cursor and without a scar.

That is all there is to see here. Thank you for watching!
"""
"""About 1,700 characters of Markdown."""
