"""`GanlabError`: what goes wrong by the user's making."""

from __future__ import annotations


class GanlabError(Exception):
    """An error of the user's making: its text says what, where, and the way out; the command line prints only that."""
