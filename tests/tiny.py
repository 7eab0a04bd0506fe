"""A recipe of core parts alone that trains in a blink."""

from typing import Any

TINY: dict[str, Any] = {
    "dataset": {"use": "digits", "size": 16, "imbalance": {"ratio": 5.0}},
    "prior": {"noise": {"use": "normal", "dim": 4}},
    "networks": {
        "generator": {"use": "dcgan", "width": 4},
        "trunk": {"use": "dcgan", "width": 4},
        "discriminator": {"use": "linear"},
    },
    "losses": {"adversarial": {"use": "nonsaturating"}},
    "batch_size": 8,
    "steps": 4,
    "device": "cpu",
    "checkpoint": {"every": 2},
    "samples": {"every": 2, "columns": 3},
    "log": {"every": 1},
}
