"""`python -m tickertape` is the command `tickertape`."""

from tickertape.cli import main

__all__: list[str] = []

main()
