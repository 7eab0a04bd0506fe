"""What the plugin's parts are usually used with: the fragments that `--prior elastic` and `--loss ...` merge in."""

from __future__ import annotations

from typing import Any

FIRST_STEPS = 800
"""Steps in which classes are found in real images, before the generator learns to draw them."""

READS_CODES: dict[str, Any] = {
    "networks": {"recognition": {"use": "recognition", "hidden": 128}},
    "metrics": {
        name: {"use": name} for name in ("nmi", "ent", "purity", "prior-rmse", "codes-used", "real-clustering")
    },
}
"""A recognition head and the figures that tell how well codes stand for classes."""

ELASTIC: dict[str, Any] = {
    "networks": {
        "recognition": {"use": "over-clustering", "hidden": 128, "subcodes": 50, "heads": 4},
        "recognition_trunk": {"use": "dcgan", "width": 16},
    },
    "prior": {"code": {"use": "elastic", "classes": 10, "learning_rate": 3e-3}},
    "losses": {
        "adversarial": {"use": "augmented", "loss": "nonsaturating", "starts": FIRST_STEPS},
        "discovery": {"use": "discovery", "merge_at": FIRST_STEPS, "ends": FIRST_STEPS},
        "information": {
            "use": "mutual-information",
            "target": "soft",
            "trains": "generator",
            "starts": FIRST_STEPS,
        },
        "prior_matching": {
            "use": "prior-matching",
            "over": "data",
            "every": 1_000_000,
            "weight": 30.0,
            "starts": FIRST_STEPS,
        },
    },
    "metrics": READS_CODES["metrics"],
    "players": {
        "generator": {
            "groups": {
                "recognition": {"learning_rate": 1e-3, "betas": [0.9, 0.999]},
                "recognition_trunk": {"learning_rate": 1e-3, "betas": [0.9, 0.999]},
            }
        }
    },
    "ema": 0.998,
    "steps": 2800,
}
"""Elastic-InfoGAN as this plugin does it best; `elastic/digits-nt-xent` is the published form."""
