"""The operator's file: its sections, and the errors for values that cannot be used.

loading                        reads the file, and looks up the secrets that it names
document                       YAML into plain values
sections, channel_config       those as typed values; fields: kinds of value that they share
gateway_config                 all sections, checked against each other
channel_types                  types of channel, as far as they are known before one is opened
mistakes, refusals             errors that repeat no secret; review: all of a file at once
variables                      the environment variables that are named
changes                        what differs from a running configuration
"""

from __future__ import annotations

__all__: list[str] = []
