"""A model's thinking that stands in its text, told from the answer, purely.

thoughts      tells them apart, while they come; parted: what they turned out to be
rules         what a tag means where it stands, as a table
tags          which tags there are; code_spans: where they are code
bare_harmony  channels whose markers were dropped
leaks         tool calls that stand in the text; bare_calls: as all of it, with no tags
prose         what the characters around a tag tell
"""

from __future__ import annotations

__all__: list[str] = []
