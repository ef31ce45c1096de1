"""The agent: what stands between a person's message and a model's answer.

    loop        ModelAgent: steps of a model, its tools, other models that stand in; interruptible
    models      which models there are, and in which order they are asked
    rules       what is done about each kind of failure: one table
    retry_plan  the attempts of one turn; cooldowns: models that failed and are asked last
    attempts    what the reader keeps of attempts that broke off
    history     what a model reads of a conversation; tokens: how much of its window that takes
    arguments   what a tool is called with

Only `loop` waits for anything; the others are pure.
"""

__all__: list[str] = []
