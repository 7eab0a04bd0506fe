"""A stranger's distribution: built, installed, found by its entry point, and trained with from a recipe."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import yaml

FILES = {
    "pyproject.toml": """
        [build-system]
        requires = ["setuptools>=77"]
        build-backend = "setuptools.build_meta"
        """,
    "setup.cfg": """
        [metadata]
        name = ganlab-stranger
        version = 3.1

        [options]
        py_modules = stranger

        [options.entry_points]
        ganlab =
            stranger = stranger
        """,
    "stranger.py": '''
        """A prior and a loss that nobody at ganlab has heard of."""

        from ganlab_core import Component, Draw, hookimpl


        class Laplace:
            """Laplace noise."""

            recognition_width = 0

            def __init__(self, *, dim: int = 3, scale: float = 1.0) -> None:
                self.width, self.scale = dim, scale

            def sample(self, batch_size, *, generator, step=None):
                import torch

                uniform = torch.rand(batch_size, self.width, generator=generator, device=generator.device) - 0.5
                return Draw(-self.scale * uniform.sign() * (1 - 2 * uniform.abs()).clamp_min(1e-6).log())

            def fixed(self, value, batch_size, *, device):
                import torch

                return Draw(torch.full((batch_size, self.width), value, device=device))

            def nll(self, parameters_NR, draw, *, target="hard"):
                raise TypeError("nobody predicts noise")


        class FeatureMatching:
            """Squared distance between the mean features of real and fake images."""

            def generator(self, step):
                real, fake = step.features("real", "fake")
                return (real.mean(0) - fake.mean(0)).square().mean()


        @hookimpl
        def ganlab_priors():
            yield Component(name="laplace", factory=Laplace)


        @hookimpl
        def ganlab_losses():
            yield Component(name="feature-matching", factory=FeatureMatching)
        ''',
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the stranger's distribution was installed into."""
    source = tmp_path_factory.mktemp("ganlab-stranger")
    for name, text in FILES.items():
        (source / name).write_text(textwrap.dedent(text))
    target = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*command, "--target", str(target), str(source)], check=True)
    return target


def ganlab(site: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The console script with the stranger's distribution installed."""
    paths = os.pathsep.join(filter(None, [str(site), os.environ.get("PYTHONPATH")]))
    environ = {name: value for name, value in os.environ.items() if name != "GANLAB_PLUGINS"}
    return subprocess.run(
        [sys.executable, "-m", "ganlab_core", *arguments],
        cwd=folder,
        env={**environ, "PYTHONPATH": paths, "COLUMNS": "200"},
        capture_output=True,
        text=True,
    )


def test_its_prior_and_loss_train_from_a_recipe(site: Path, tmp_path: Path, tiny: dict[str, object]) -> None:
    tiny["prior"] = {"noise": {"use": "laplace", "dim": 5, "scale": 0.5}}
    tiny["losses"] = {"adversarial": {"use": "nonsaturating"}, "matching": {"use": "feature-matching", "weight": 0.1}}
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(tiny))
    trained = ganlab(site, tmp_path, "train", "mine.yaml", "--run", "run")
    assert trained.returncode == 0, trained.stderr
    last = json.loads((tmp_path / "run" / "metrics.jsonl").read_text().splitlines()[-1])
    assert last["loss/generator/matching"] > 0.0


def test_it_is_listed_with_its_distribution_and_version(site: Path, tmp_path: Path) -> None:
    shown = ganlab(site, tmp_path, "show", "prior", "laplace")
    assert "Laplace noise." in shown.stdout
    assert "plugin 'stranger' (ganlab-stranger 3.1)" in shown.stdout


def test_its_arguments_are_checked_like_our_own(site: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("prior:\n  noise:\n    use: laplace\n    scail: 2.0\n")
    checked = ganlab(site, tmp_path, "validate", "bad.yaml")
    assert checked.returncode == 1
    assert "bad.yaml:4:5" in checked.stderr
    assert "did you mean 'scale'" in checked.stderr
