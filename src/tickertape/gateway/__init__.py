"""The gateway: people write to a bot, an agent answers, conversations are remembered.

`access`, `commands` and `router` decide and touch nothing; `store` remembers; `config` reads the
operator's file; `app` is the composition root, where adapters get their names and tasks run.
"""

__all__: list[str] = []
