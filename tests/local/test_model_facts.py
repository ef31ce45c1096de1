"""The pinned facts of the embedded model."""

from __future__ import annotations

import pytest

from tickertape.local.model import KNOWN, SYSTEM_PROMPT, ModelFile


@pytest.mark.parametrize("model", KNOWN, ids=lambda model: model.file)
def test_the_facts_agree(model: ModelFile) -> None:
    """The pieces are as long as the file, and the hashes look like hashes."""
    assert sum(wheel.size for wheel in model.wheels) == model.size
    assert len({wheel.distribution for wheel in model.wheels}) == len(model.wheels)
    assert len(bytes.fromhex(model.sha256)) == 32
    assert len(bytes.fromhex(model.revision)) == 20


def test_the_prompt_is_short() -> None:
    """A small model on two cores begins to answer at once only after a short prompt."""
    assert len(SYSTEM_PROMPT.split()) < 100
