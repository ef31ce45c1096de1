"""Commands of the operator's own: a prompt, a Python function or a program behind a name.

call           what a person asked of a command: the argument that functions can take
words          what stands behind a command, split into words
templates      texts with placeholders, filled in one pass
parameters     what a Python function wants of a call
custom_command a command as it is configured
catalog        all of them: what follows from a command, who may use it, what menus say
sentences      the bot's words about them
assembly       the catalog of a configuration: functions are imported, programs looked for
command_agent  runs a function or a program, as an agent whose answer is what it says
functions      the text of a function, as it comes
programs       the output of a program, as it comes
terminal_text  what a terminal would show of it
code_block     the same as a block of code
"""

from __future__ import annotations

from tickertape.gateway.custom_commands.call import CommandCall

__all__ = ["CommandCall"]
