"""Which code of a prior a part of this plugin works on."""

from __future__ import annotations

from ganlab_core import GanlabError, Prior


def categorical_code(prior: Prior, code: str | None, *, asked_by: str) -> str:
    """The name of a categorical factor of the prior: `code` itself, or the first one if `code` is None.

    Raises:
        GanlabError: the prior has no such categorical factor.
    """
    found = list(prior.categorical)
    if not found:
        raise GanlabError(
            f"{asked_by}: the prior has no categorical code among its factors {list(prior.factors)}; "
            "add one, such as `prior.code: {use: elastic, classes: 10}`"
        )
    if code is None:
        return found[0]
    if code not in found:
        raise GanlabError(f"{asked_by}: `code: {code}` is no categorical code of the prior; it has {found}")
    return code
