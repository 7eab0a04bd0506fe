"""Plain scalars as the core schema of YAML 1.2.2 reads them (section 10.3.2).

pyyaml follows YAML 1.1, where `1e-4` is text, `no` is false, `010` is eight and `1:30` is ninety.
"""

from __future__ import annotations

import re

Scalar = str | int | float | bool | None

NULL = re.compile(r"null|Null|NULL|~|")
BOOL = re.compile(r"true|True|TRUE|false|False|FALSE")
INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
FLOAT = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)


def read_scalar(text: str) -> Scalar:
    """The value of an unquoted scalar.

    Raises:
        ValueError: an integer of more digits than Python reads.
    """
    if NULL.fullmatch(text):
        return None
    if BOOL.fullmatch(text):
        return text.lower() == "true"
    if INT.fullmatch(text):
        return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))
    if FLOAT.fullmatch(text):
        return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    return text
