"""The agent: what stands between a person's message and a model's answer."""

__all__: list[str] = []
