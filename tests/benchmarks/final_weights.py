"""SHA-256 of the weights of eight recipes, one a family, after forty steps: to show that a change changes no number.

`python tests/benchmarks/final_weights.py` before and after, on one machine; the lines must be the same.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

from ganlab_core import load_plugins, load_recipe, train

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
STEPS = 40
FAMILIES: dict[str, Sequence[str]] = {
    "dcgan": ["dcgan-digits.yaml"],
    "infogan": ["infogan-digits.yaml"],
    "elastic": ["elastic-digits.yaml"],
    "several codes": ["infogan-digits.yaml", "continuous-codes.yaml"],
    "hinge": ["infogan-digits.yaml", "hinge.yaml"],
    "wasserstein": ["infogan-digits.yaml", "wasserstein.yaml"],
    "nt-xent": ["elastic/digits-nt-xent"],
    "pairwise": ["elastic/digits-pairwise"],
}


def weights_of(sources: Sequence[str], folder: Path) -> str:
    """Train forty steps, in the first half of which classes are found where the recipe does so; hash the weights."""
    plugins = load_plugins()
    paths = [source if "/" in source else EXAMPLES / source for source in sources]
    recipe = load_recipe(*paths, plugins=plugins)
    overrides = [f"steps={STEPS}", "seed=7", "device=cpu", "checkpoint.every=0", "samples.every=0"]
    for name, loss in recipe.losses.items():
        overrides += [f"losses.{name}.starts={STEPS // 2}"] if loss.starts else []
        overrides += [f"losses.{name}.ends={STEPS // 2}"] if loss.ends else []
        overrides += [f"losses.{name}.merge_at={STEPS // 2}"] if "merge_at" in loss.arguments else []
    overrides += [f"~metrics.{name}" for name in recipe.metrics]
    result = train(load_recipe(*paths, overrides=overrides, plugins=plugins), run=folder, plugins=plugins)
    file = result.folder / "checkpoints" / f"{STEPS:08d}" / "weights.safetensors"
    return hashlib.sha256(file.read_bytes()).hexdigest()


def main() -> None:
    """Print a line a family."""
    with tempfile.TemporaryDirectory() as folder:
        for name, sources in FAMILIES.items():
            print(f"{weights_of(sources, Path(folder, name.replace(' ', '-')))}  {name}", flush=True)


if __name__ == "__main__":
    main()
