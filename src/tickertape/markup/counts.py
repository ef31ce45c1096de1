"""How much a message of blocks holds, as Telegram counts it.

Nested blocks, items of lists and rows of tables count as blocks of their own (telegram.md 3.3).
"""

from __future__ import annotations

from typing import NamedTuple

from tickertape.markup.pages import BlockLimits
from tickertape.markup.tree import (
    Block,
    Details,
    Formula,
    FormulaBlock,
    Inline,
    Link,
    Listing,
    Quote,
    Styled,
    Table,
)

__all__ = ["BlockCounts", "columns", "count", "depth", "fits_blocks", "gains", "held"]


def count(blocks: tuple[Block, ...]) -> int:
    """Count blocks, with all that they hold."""
    return sum(1 + _held(block) for block in blocks)


def _held(block: Block) -> int:
    match block:
        case Listing(items):
            return sum(1 + count(item.blocks) for item in items)
        case Table(_, _, rows):
            return 1 + len(rows)
        case Quote(blocks) | Details(_, blocks):
            return count(blocks)
        case _:
            return 0


def depth(blocks: tuple[Block, ...]) -> int:
    """Return how deep blocks nest; an item or a row is a level of its own."""
    return max((1 + _depth(block) for block in blocks), default=0)


def _depth(block: Block) -> int:
    match block:
        case Listing(items):
            return 1 + max(depth(item.blocks) for item in items)
        case Table():
            return 1
        case Quote(blocks) | Details(_, blocks):
            return depth(blocks)
        case _:
            return 0


def columns(blocks: tuple[Block, ...]) -> int:
    """Return the number of columns of the widest table."""
    return max((_columns(block) for block in blocks), default=0)


def _columns(block: Block) -> int:
    match block:
        case Listing(items):
            return max(columns(item.blocks) for item in items)
        case Table(_, header):
            return len(header)
        case Quote(blocks) | Details(_, blocks):
            return columns(blocks)
        case _:
            return 0


class BlockCounts(NamedTuple):
    """What blocks hold, as far as a message of blocks has limits for it."""

    number: int = 0
    """How many blocks, with all that they hold."""
    depth: int = 0
    """How deep they nest."""
    columns: int = 0
    """How many columns the widest table has."""
    folds_formula: bool = False
    """Whether details hold a formula."""

    def beside(self, other: BlockCounts) -> BlockCounts:
        """Return what these blocks hold and others below them."""
        return BlockCounts(
            self.number + other.number,
            max(self.depth, other.depth),
            max(self.columns, other.columns),
            self.folds_formula or other.folds_formula,
        )

    def fits(self, limits: BlockLimits) -> bool:
        """Return whether one message can hold them."""
        return (
            self.number <= limits.count
            and self.depth <= limits.depth
            and self.columns <= limits.columns
            and (limits.folds_formulas or not self.folds_formula)
        )


def held(blocks: tuple[Block, ...]) -> BlockCounts:
    """Return what blocks hold."""
    return BlockCounts(
        count(blocks), depth(blocks), columns(blocks), any(map(_folds_formula, blocks))
    )


def fits_blocks(blocks: tuple[Block, ...], limits: BlockLimits) -> bool:
    """Return whether one message can hold `blocks`."""
    return held(blocks).fits(limits)


def _folds_formula(block: Block) -> bool:
    """Return whether details hold a formula. They stand in no quote, and in no list."""
    return isinstance(block, Details) and _shows_formula(block)


def _shows_formula(block: Block) -> bool:
    """Return whether there is a formula anywhere in a block."""
    match block:
        case FormulaBlock():
            return True
        case Details(summary, blocks):
            return has_formula(summary) or any(_shows_formula(inner) for inner in blocks)
        case Quote(blocks):
            return any(_shows_formula(inner) for inner in blocks)
        case Listing(items):
            return any(_shows_formula(inner) for item in items for inner in item.blocks)
        case Table(_, header, rows):
            return any(has_formula(cell) for row in (header, *rows) for cell in row)
        case _:
            return has_formula(getattr(block, "inlines", ()))


def gains(blocks: tuple[Block, ...]) -> bool:
    """Return whether blocks would show it better than text: tables, formulas, boxes, details."""
    return any(_gains(block) for block in blocks)


def _gains(block: Block) -> bool:
    match block:
        case Table() | FormulaBlock() | Details():
            return True
        case Listing(items):
            return any(item.checked is not None or gains(item.blocks) for item in items)
        case Quote(blocks):
            return gains(blocks)
        case _:
            return has_formula(getattr(block, "inlines", ()))


def has_formula(inlines: tuple[Inline, ...]) -> bool:
    """Return whether there is a formula within a line."""
    for piece in inlines:
        match piece:
            case Formula():
                return True
            case Styled(_, inner) | Link(_, inner):
                if has_formula(inner):
                    return True
            case _:
                pass
    return False
