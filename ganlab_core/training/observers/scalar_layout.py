"""The layout of TensorBoard's custom scalars: curves that are read together lie in one chart."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeAlias

Layout: TypeAlias = dict[str, dict[str, list[str | list[str]]]]


def scalar_layout(*, scalars: Iterable[str], vectors: Iterable[str]) -> Layout:
    """Charts by category and title, each of the tags that a pattern matches.

    Both players' losses together, the terms of each, the gradient norms, and the probabilities of each prior.

    Args:
        scalars: tags such as `loss/generator` and `loss/generator/adversarial`.
        vectors: names such as `prior/code`, whose entries are logged as `prior/code/0` and so on.
    """
    tags = list(scalars)
    players = [tag for tag in tags if re.fullmatch("loss/[^/]+", tag)]
    losses = {"players": _chart("^loss/[^/]+$")}
    losses |= {f"terms of the {tag.split('/')[1]}": _chart(f"^{re.escape(tag)}/[^/]+$") for tag in players}
    layout = {
        "losses": losses if players else {},
        "gradient norms": {"players": _chart("^gradient_norm/")} if _any(tags, "gradient_norm/") else {},
        "prior": {name.removeprefix("prior/"): _chart(f"^{re.escape(name)}/[0-9]+$") for name in vectors},
    }
    return {category: charts for category, charts in layout.items() if charts}


def _chart(pattern: str) -> list[str | list[str]]:
    return ["Multiline", [pattern]]


def _any(tags: Iterable[str], prefix: str) -> bool:
    return any(tag.startswith(prefix) for tag in tags)
