"""One program for each library: it streams a trace to a chat as the library's documentation says.

Each runs in an environment of its own and imports nothing of the project's (`ours` excepted).
"""
