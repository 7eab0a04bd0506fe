"""What the tests of a plugin need: checks of what a part promises, and a recipe's first steps.

Each check builds a part as the core would and raises `AssertionError` with one sentence about the first promise that it
does not keep. Pytest fixtures are in `ganlab_core.testing.fixtures`.
"""

from __future__ import annotations

from ganlab_core.testing.dataset import check_dataset
from ganlab_core.testing.features import check_features
from ganlab_core.testing.loss import check_loss
from ganlab_core.testing.metric import check_metric
from ganlab_core.testing.network import check_network
from ganlab_core.testing.prior import check_prior
from ganlab_core.testing.recipe import run_recipe

__all__ = [
    "check_dataset",
    "check_features",
    "check_loss",
    "check_metric",
    "check_network",
    "check_prior",
    "run_recipe",
]
