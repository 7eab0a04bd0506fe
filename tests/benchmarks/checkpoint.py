"""What saving costs: the time of a checkpoint against that of the steps between two.

    python tests/benchmarks/checkpoint.py [RECIPE ...] [--prior elastic] [--rounds 5]

Takes steps and saves in turn, on this machine's disk, and prints the median of each and the share of the time that
saving takes at the recipe's `checkpoint.every`.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import torch

from ganlab_core import load_plugins, load_recipe
from ganlab_core.runs.checkpoint import save_checkpoint
from ganlab_core.runs.folder import RunFolder
from ganlab_core.system.device import choose_device
from ganlab_core.training.learning_state import learning_state
from ganlab_core.training.session import Surroundings, build_session
from ganlab_core.training.step import train_step

_STEPS = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipes", nargs="*")
    parser.add_argument("--prior")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--first", type=int, default=0, help="the step to begin with, such as one after a loss starts")
    options = parser.parse_args()
    plugins = load_plugins()
    recipe = load_recipe(*options.recipes, prior=options.prior, plugins=plugins)
    with tempfile.TemporaryDirectory() as folder:
        around = Surroundings(plugins=plugins, device=choose_device(recipe.device))
        session = build_session(RunFolder(Path(folder, "run")), recipe, around)
        steps, saves = [], []
        for round_number in range(options.rounds + 1):  # the first round warms up
            started = time.perf_counter()
            for number in range(_STEPS):
                train_step(session.state, options.first + round_number * _STEPS + number)
            between = time.perf_counter()
            save_checkpoint(
                session.folder.checkpoints,
                number=round_number,
                model=session.state.model,
                learning=learning_state(session.state.players),
                keep=recipe.checkpoint.keep,
            )
            steps.append((between - started) / _STEPS)
            saves.append(time.perf_counter() - between)
        size = sum(file.stat().st_size for file in (session.folder.checkpoints / f"{options.rounds:08d}").iterdir())
    step, save = statistics.median(steps[1:]), statistics.median(saves[1:])
    every = recipe.checkpoint.every
    print(f"{torch.get_num_threads()} threads; {step:.4f} s a step, {save:.4f} s a checkpoint of {size / 1e6:.1f} MB")
    print(f"at checkpoint.every={every}: {save / (every * step):.2%} of the training time")


if __name__ == "__main__":
    main()
