"""Numbers of bytes for people."""

from __future__ import annotations


def gibibytes(size: float) -> str:
    """`1.5 GiB`, `730.0 MiB`."""
    return f"{size / 2**30:,.1f} GiB" if size >= 2**30 else f"{size / 2**20:,.1f} MiB"
