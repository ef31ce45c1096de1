"""Counts of blocks as platforms count them, independent of the package's own."""

from __future__ import annotations

from collections.abc import Iterable

from tickertape.markup.pages import BlockLimits
from tickertape.markup.tree import Block, Details, Listing, Quote, Table

__all__ = ["count", "depth", "fits"]


def fits(blocks: Iterable[Block], limits: BlockLimits) -> bool:
    """Return whether a message may hold `blocks`."""
    blocks = tuple(blocks)
    return (
        count(blocks) <= limits.count
        and depth(blocks) <= limits.depth
        and all(len(table.header) <= limits.columns for table in _tables(blocks))
        and (limits.folds_formulas or not _folds_formula(blocks))
    )


def count(blocks: Iterable[Block]) -> int:
    """Count blocks: nested ones, items of lists and rows of tables too."""
    return sum(1 + _rows(block) + sum(map(count, _inner(block))) for block in blocks)


def depth(blocks: Iterable[Block]) -> int:
    """Return how deep blocks nest; 0 if there are none."""
    return max((1 + max(map(depth, _inner(block)), default=0) for block in blocks), default=0)


def _folds_formula(blocks: Iterable[Block]) -> bool:
    """Return whether details hold a formula; a tree's text names each value in it."""
    for block in blocks:
        if isinstance(block, Details) and "Formula" in repr(block):
            return True
        if any(map(_folds_formula, _inner(block))):
            return True
    return False


def _rows(block: Block) -> int:
    match block:
        case Listing(items=items):
            return len(items)
        case Table(rows=rows):
            return 1 + len(rows)
        case _:
            return 0


def _inner(block: Block) -> list[tuple[Block, ...]]:
    """Return the blocks inside a block, place by place."""
    match block:
        case Listing(items=items):
            return [item.blocks for item in items]
        case Quote(blocks=blocks) | Details(blocks=blocks):
            return [blocks]
        case _:
            return []


def _tables(blocks: Iterable[Block]) -> list[Table]:
    found: list[Table] = []
    for block in blocks:
        if isinstance(block, Table):
            found.append(block)
        for inner in _inner(block):
            found += _tables(inner)
    return found
