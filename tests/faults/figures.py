"""Rows 12 and 13: figures that are not finite, and generators that have collapsed."""

from __future__ import annotations

import torch
from safetensors.torch import load_file

from ganlab_core.evaluation.collapse import Bins
from ganlab_core.interface.image_data import to_unit_range
from ganlab_core.stock.datasets.digits import digits
from ganlab_core.stock.datasets.imbalance import Imbalance
from tests.evaluation.test_collapse import noisy, signs, test_healthy_images_raise_no_alarm
from tests.faults.harness import Bench, ganlab, logged_steps

_PLUGIN = '''
import torch

from ganlab_core import Component, hookimpl


class Faulty:
    """Goes wrong at a step."""

    def __init__(self, *, at: int, what: str) -> None:
        self._at, self._what = at, what

    def generator(self, step):
        fake_NCHW = step.images("fake")
        if step.number != self._at:
            return fake_NCHW.mean() * 0.0
        if self._what == "gradient":
            return (fake_NCHW * 0.0).sqrt().sum()
        return fake_NCHW.mean() * float(self._what)


@hookimpl
def ganlab_losses():
    yield Component(name="faulty", factory=Faulty)
'''


def not_finite(bench: Bench) -> None:
    """Which term, at which step; nothing is updated, and every checkpoint is finite."""
    folder = bench.new("figures")
    (folder / "faulty.py").write_text(_PLUGIN)
    for what in ("nan", "inf", "-inf", "gradient"):
        for at in (0, 1, 2, 3) if bench.long else (2,):
            with bench.case(f"{what} at step {at + 1}"):
                run = folder / f"{what}{at}"
                options = [f"+losses.faulty={{use: faulty, at: {at}, what: '{what}'}}", "steps=6"]
                settings = [part for option in options for part in ("--set", option)]
                outcome = ganlab(folder, "--plugin", "faulty.py", "train", "tiny.yaml", "--run", run.name, *settings)
                outcome.require_message("losses.faulty", f"step {at + 1}", "not finite", "generator")
                for file in run.glob("checkpoints/*/weights.safetensors"):
                    assert all(torch.isfinite(value).all() for value in load_file(file).values()), file
                saved = sorted(path.name for path in run.glob("checkpoints/0*"))
                assert saved == (["00000002"] if at >= 2 else []), saved
                assert len(logged_steps(run)) == at, f"{logged_steps(run)} are logged"


def collapsed(bench: Bench) -> None:
    """One image, one mode and three modes are found; twenty healthy draws raise no alarm."""
    real_NCHW = to_unit_range(digits(size=16, imbalance=Imbalance(ratio=5.0)).images_NCHW)
    bins = Bins.of(real_NCHW, seed=0)
    for seed in range(20):
        with bench.case(f"healthy {seed}"):
            test_healthy_images_raise_no_alarm(real_NCHW, bins, bench.random.randrange(1 << 30))
    for modes, deviations in {1: (0.0, 0.1, 0.3, 0.6), 3: (0.0, 0.1, 0.3, 0.6)}.items():
        for deviation in deviations:
            with bench.case(f"{modes} modes with noise of {deviation}"):
                seed = bench.random.randrange(1 << 30)
                chosen_N = torch.randperm(len(real_NCHW), generator=torch.Generator().manual_seed(seed))[:modes]
                few_NCHW = noisy(real_NCHW[chosen_N].repeat(500 // modes, 1, 1, 1), deviation=deviation, seed=seed)
                assert signs(few_NCHW, real_NCHW, bins), "it is not found"
