"""The operator's file: what stands in it, and what is said where it cannot be used.

loading                        reads the file, and looks up the secrets that it names
document                       YAML into plain values
sections, channel_config       those as typed values; fields: kinds of value that they share
channel_types                  what is known of a type of channel before one is opened
mistakes, refusals             what is said about a mistake, without repeating a secret
"""

from __future__ import annotations

__all__: list[str] = []
