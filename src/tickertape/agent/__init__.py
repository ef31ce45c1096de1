"""The agent: all between a person's message and a model's answer.

    loop        ModelAgent: steps of a model, its tools, other models that stand in; interruptible
    tool_calls  the calls of one step, run all at once; arguments: the arguments of a call
    models      the models, and the order in which they are asked
    rules       the reaction to each kind of failure: one table
    retry_plan  the attempts of one turn; cooldowns: models that failed and are asked last
    attempts    the words that the reader keeps of attempts that broke off; observed_request: what
                observers are told of one
    history     the part of a conversation that a model reads; tokens: its size in the window

Only `loop` and `tool_calls` wait for anything; the others are pure.
"""

__all__: list[str] = []
