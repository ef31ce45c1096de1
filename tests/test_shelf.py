"""The shelf: what `import tickertape` promises."""

from __future__ import annotations

import subprocess
import sys

import pytest

import tickertape


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
