"""The bot's own words around what the agent said: below it, behind it, folded under it."""

from __future__ import annotations

from dataclasses import replace

from tickertape.markup.counts import fits_blocks
from tickertape.markup.forms import Blocks, Form, Look, Plain, Rendering, Span, Spans
from tickertape.markup.pages import Limits
from tickertape.markup.plain import render
from tickertape.markup.rulers import UTF16
from tickertape.markup.tree import Block, Folded, LineBreak, Paragraph, Thinking, Words

__all__ = ["below", "ended", "fits", "folded", "thinking"]

_GAP = "\n\n"


def below(rendering: Rendering, note: str) -> Rendering:
    """Put `note` below a text, after an empty line."""
    note = render(note)
    if not note or not rendering:
        return Rendering(note) if note else rendering
    return _added(rendering, note, Paragraph(_lines(note)))


def ended(rendering: Rendering, cursor: str) -> Rendering:
    """Put `cursor` at the end of a text, to show that more is coming."""
    cursor = cursor.rstrip()
    if not rendering or not cursor:
        return rendering
    form = rendering.form
    if isinstance(form, Blocks):
        form = Blocks((*form.blocks[:-1], *_with_cursor(form.blocks[-1], cursor)))
    return Rendering(rendering.text + cursor, form)


def thinking(rendering: Rendering, line: str) -> Rendering:
    """Put what the agent does besides speaking below a preview."""
    line = render(line)
    if not line:
        return rendering
    if not rendering:
        return Rendering(line)
    return _added(rendering, line, Thinking(line))


def folded(rendering: Rendering, text: str) -> Rendering:
    """Put a long aside, folded, below a text."""
    text = render(text)
    if not text:
        return rendering
    form = rendering.form
    if isinstance(form, Plain):
        text = "> " + text.replace("\n", "\n> ")
    if not rendering:
        return Rendering(text)
    added = _added(rendering, text, Folded(text))
    if isinstance(added.form, Spans):
        start = UTF16.measure(rendering.text) + len(_GAP)
        quote = Span(Look.FOLDED_QUOTE, start, UTF16.measure(text))
        added = replace(added, form=Spans((*added.form.spans, quote)))
    return added


def fits(rendering: Rendering, limits: Limits) -> bool:
    """Return whether one message can hold a rendering, in its form."""
    if limits.ruler.marked(rendering) > limits.length:
        return False
    match rendering.form:
        case Plain():
            return True
        case Spans(spans):
            return limits.spans is None or len(spans) <= limits.spans
        case Blocks(blocks):
            return limits.blocks is not None and fits_blocks(blocks, limits.blocks)


def _added(rendering: Rendering, text: str, block: Block) -> Rendering:
    form: Form = rendering.form
    if isinstance(form, Blocks):
        form = Blocks((*form.blocks, block))
    return Rendering(rendering.text + _GAP + text, form)


def _with_cursor(block: Block, cursor: str) -> tuple[Block, ...]:
    if isinstance(block, Paragraph):
        return (Paragraph((*block.inlines, Words(cursor))),)
    return block, Paragraph((Words(cursor),))


def _lines(text: str) -> tuple[Words | LineBreak, ...]:
    inlines: list[Words | LineBreak] = []
    for line in text.split("\n"):
        inlines += [Words(line), LineBreak()] if line else [LineBreak()]
    return tuple(inlines[:-1])
