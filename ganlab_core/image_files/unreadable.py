"""Files that are no usable images: why, and what to do about one."""

from __future__ import annotations

from typing import Literal, TypeAlias

Unreadable: TypeAlias = Literal["stop", "skip"]
"""What to do at a file that cannot be read."""


class UnreadableError(Exception):
    """Why a file is not a usable image."""
