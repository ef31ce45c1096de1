"""The line of input of `tickertape chat`: keys, history, several lines.

| key | does |
|---|---|
| Enter | asks; at the end of a line that ends with a backslash it begins the next line |
| Alt-Enter | begins the next line |
| Ctrl-C | ends the answer that is being written; else wipes what is typed; else leaves |
| Ctrl-D | leaves, where nothing is typed |
| Ctrl-Z | suspends the program, as the shell's job |
| Tab | completes a command |
| up, down | what was asked before |

What is pasted comes as it is, its line breaks included, and asks nothing by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.filters import Condition
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent, merge_key_bindings
from prompt_toolkit.layout.dimension import Dimension
from prompt_toolkit.output import Output
from prompt_toolkit.output.defaults import create_output
from prompt_toolkit.output.vt100 import Vt100_Output

__all__ = ["PROMPT", "KeyActions", "history_at", "keyboard", "screen_output"]

PROMPT = "> "
"""What stands before what is typed."""


def screen_output() -> Output:
    """Return standard output as prompt_toolkit writes to it.

    It is not asked where the cursor is: the answer may come late, or never, and nothing here
    depends on it (there are no menus).
    """
    output = create_output()
    if isinstance(output, Vt100_Output):
        output.enable_cpr = False
    return output


def history_at(path: Path) -> History:
    """Return the input history, in a file that only its owner can read; else in memory."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        path.open("r+b").close()  # it is read later, where its errors are not caught
        return FileHistory(path)
    return InMemoryHistory()


@dataclass(frozen=True, slots=True)
class KeyActions:
    """What the keys do."""

    ask: Callable[[str], None]
    """Takes what is asked."""
    interrupt: Callable[[], bool]
    """Ends what is being answered; says whether there was anything."""
    leave: Callable[[], None]
    """Takes note that the person goes."""
    suspend: Callable[[], None]
    """Hands the terminal to the shell."""
    complete: Callable[[str], str]
    """Returns what Tab adds to the words before the cursor."""


def keyboard(
    output: Output, history: History, actions: KeyActions, *, room: Callable[[], int]
) -> PromptSession[str]:
    """Return the line of input, which stays until its application ends.

    Args:
        output: where it is drawn.
        history: what was asked before.
        actions: what the keys do.
        room: says how many rows it may take; what is longer is scrolled within them.
    """
    session: PromptSession[str] = PromptSession(
        [("bold", PROMPT)],
        output=output,
        history=history,
        key_bindings=merge_key_bindings([_keys(actions), _more_keys(actions)]),
        multiline=True,
        prompt_continuation=" " * len(PROMPT),
        erase_when_done=True,
        enable_history_search=False,
        include_default_pygments_style=False,
    )
    session.layout.current_window.height = lambda: Dimension(max=room())
    return session


def _keys(actions: KeyActions) -> KeyBindings:
    keys = KeyBindings()

    @keys.add("enter")
    def _enter(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if buffer.document.text_before_cursor.endswith("\\"):
            buffer.delete_before_cursor()
            buffer.newline()
            return
        text = buffer.text.strip()
        if text:
            with suppress(OSError):  # a full disk: what is asked is remembered in memory alone
                buffer.append_to_history()
        buffer.reset()
        if text:
            actions.ask(text)

    @keys.add("escape", "enter")
    def _next_line(event: KeyPressEvent) -> None:
        event.current_buffer.newline()

    @keys.add("c-c")
    @keys.add("<sigint>")
    def _interrupt(event: KeyPressEvent) -> None:
        if actions.interrupt():
            return
        if event.current_buffer.text:
            event.current_buffer.reset()
        else:
            actions.leave()

    @keys.add("c-d", filter=Condition(_is_empty))
    def _leave(_: KeyPressEvent) -> None:
        actions.leave()

    return keys


def _more_keys(actions: KeyActions) -> KeyBindings:
    keys = KeyBindings()

    @keys.add("c-z")
    def _suspend(_: KeyPressEvent) -> None:
        actions.suspend()

    @keys.add("tab")
    def _complete(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        buffer.insert_text(actions.complete(buffer.document.text_before_cursor))

    return keys


def _is_empty() -> bool:
    from prompt_toolkit.application import get_app  # noqa: PLC0415 - the one that runs

    return not get_app().current_buffer.text
