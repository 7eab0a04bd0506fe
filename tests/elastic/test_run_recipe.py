"""`run_recipe` on the plugin's own recipes."""

from __future__ import annotations

from pathlib import Path

from ganlab_core.testing import run_recipe
from tests.testing.test_run_recipe import last_line


def test_every_loss_counts_in_every_step_of_a_shipped_recipe(tmp_path: Path) -> None:
    narrow = ["networks.generator.width=4", "networks.trunk.width=4", "networks.recognition_trunk.width=4"]
    result = run_recipe("elastic/digits", overrides=["losses.discovery.merge_at=1", *narrow], run=tmp_path / "run")
    assert result.folder == tmp_path / "run"
    line = last_line(result.folder)
    assert {"loss/generator/discovery", "loss/generator/information", "loss/discriminator/adversarial"} <= line.keys()
    assert 0.0 <= result.evaluation["nmi"] <= 1.0
