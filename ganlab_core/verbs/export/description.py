"""`export.json`: what a program needs to know beside the weights, above all how a latent vector is put together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from ganlab_core.interface.latent import CategoricalFactor, ContinuousFactor, Factor
from ganlab_core.interface.randomness import derived_generator
from ganlab_core.interface.version import __version__
from ganlab_core.runs.loaded import LoadedRun
from ganlab_core.stock.priors.normal import Normal
from ganlab_core.verbs.export.networks import Exported

FORMAT = 1
"""Grows when a reader of `export.json` must change."""

_DRAWS = 32


def describe(run: LoadedRun, networks: Sequence[Exported]) -> dict[str, Any]:
    """The facts of a run, as JSON values."""
    channels, height, width = run.facts.image_shape
    parts = run.recipe.networks
    return {
        "format": FORMAT,
        "ganlab": __version__,
        "steps": run.number,
        "images": {"channels": channels, "height": height, "width": width, "low": -1.0, "high": 1.0},
        "prior": _factors(run),
        "classes": list(run.facts.class_names),
        "networks": {
            network.name: {
                "input": network.input,
                "shape": ["batch", *network.shape],
                "outputs": list(network.outputs),
                "weights": f"{network.name}.safetensors",
                "parts": {
                    part: getattr(parts, part).model_dump(mode="json")
                    for part in dict.fromkeys(key.split(".")[0] for key in network.weights)
                },
            }
            for network in networks
        },
    }


def _factors(run: LoadedRun) -> list[dict[str, Any]]:
    """The prior's factors in the order in which they stand in a latent vector."""
    found, start = [], 0
    for name, factor in run.prior.factors.items():
        found.append({"name": name, "start": start, "width": factor.width, **_kind(factor, device=run.device)})
        start += factor.width
    return found


def _kind(factor: Factor, *, device: torch.device) -> dict[str, Any]:
    """How to draw a factor. `own` is one that only its plugin can draw, so some draws stand in for it."""
    if isinstance(factor, CategoricalFactor):
        probabilities = factor.probabilities().detach().double()
        return {
            "kind": "categorical",
            "classes": factor.classes,
            "probabilities": (probabilities / probabilities.sum()).tolist(),
            "vectors": _vectors(factor, device=device),
        }
    if isinstance(factor, ContinuousFactor):
        return {"kind": "continuous", "low": factor.low, "high": factor.high}
    if isinstance(factor, Normal):
        return {"kind": "normal"}
    draws = derived_generator(0, "export", device=device)
    return {"kind": "own", "draws": factor.sample(_DRAWS, generator=draws).value_NW.detach().float().cpu().tolist()}


def _vectors(factor: CategoricalFactor, *, device: torch.device) -> str | list[list[float]]:
    """What the generator reads for each category: `one-hot`, or a vector each."""
    rows = [factor.fixed(category, 1, device=device).value_NW for category in range(factor.classes)]
    vectors_KW = torch.cat(rows).detach().float().cpu()
    return "one-hot" if torch.equal(vectors_KW, torch.eye(factor.classes)) else vectors_KW.tolist()
