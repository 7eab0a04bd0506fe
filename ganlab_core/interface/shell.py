"""Commands that are shown to be pasted: every word of one as a shell reads it back."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from ganlab_core.interface.printable import is_hidden

_BY_NAME = {"\a": r"\a", "\b": r"\b", "\t": r"\t", "\n": r"\n", "\v": r"\v", "\f": r"\f", "\r": r"\r"}


def shell_command(*words: str | Path) -> str:
    r"""A command line, each word quoted where a shell would take it for something else.

    A path that begins with a hyphen gets `./` before it, so that it is no option. Characters that are not seen stand
    as `$'\x1b'`, which bash, zsh and ksh read.

    >>> shell_command("ganlab", "train", "--resume", Path("new run (2)"))
    "ganlab train --resume 'new run (2)'"
    """
    return " ".join(map(_word, words))


def _word(word: str | Path) -> str:
    text = f"./{word}" if isinstance(word, Path) and str(word).startswith("-") else str(word)
    if not any(map(is_hidden, text)):
        return shlex.quote(text)
    return "$'" + "".join(map(_ansi_c, text)) + "'"


def _ansi_c(letter: str) -> str:
    """A character of a word between `$'` and `'`."""
    if letter in "\\'":
        return f"\\{letter}"
    if not is_hidden(letter):
        return letter
    # Three octal digits end by themselves; a hexadecimal escape would take the next letter along.
    return _BY_NAME.get(letter) or "".join(f"\\{byte:03o}" for byte in os.fsencode(letter))
