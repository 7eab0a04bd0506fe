"""A stranger's distribution: built, installed, found by its entry point, and trained with; from nothing, too."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import textwrap
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from ganlab_core.testing.fixtures import Ganlab
from tests.conftest import REPOSITORY

PIP_INSTALL = ("-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index")
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
    subprocess.run([sys.executable, *PIP_INSTALL, "--target", str(target), str(source)], check=True)
    return target


def in_a_process(site: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
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


@pytest.mark.slow
def test_its_prior_and_loss_train_from_a_recipe(site: Path, tmp_path: Path, tiny: dict[str, object]) -> None:
    tiny["prior"] = {"noise": {"use": "laplace", "dim": 5, "scale": 0.5}}
    tiny["losses"] = {"adversarial": {"use": "nonsaturating"}, "matching": {"use": "feature-matching", "weight": 0.1}}
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(tiny))
    trained = in_a_process(site, tmp_path, "train", "mine.yaml", "--run", "run")
    assert trained.returncode == 0, trained.stderr
    last = json.loads((tmp_path / "run" / "metrics.jsonl").read_text().splitlines()[-1])
    assert last["loss/generator/matching"] > 0.0


@pytest.fixture
def installed(site: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The stranger's distribution in this process."""
    monkeypatch.delenv("GANLAB_PLUGINS", raising=False)
    monkeypatch.syspath_prepend(str(site))
    yield
    sys.modules.pop("stranger", None)


@pytest.mark.usefixtures("installed")
def test_it_is_listed_with_its_distribution_and_version(ganlab: Ganlab) -> None:
    shown = ganlab("show", "prior", "laplace")
    assert "Laplace noise." in shown.out
    assert "plugin 'stranger' (ganlab-stranger 3.1)" in shown.out


@pytest.mark.usefixtures("installed")
def test_its_arguments_are_checked_like_our_own(ganlab: Ganlab, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("prior:\n  noise:\n    use: laplace\n    scail: 2.0\n")
    checked = ganlab("validate", "bad.yaml")
    assert checked.code == 1
    assert "bad.yaml:4:5" in checked.err
    assert "did you mean 'scale'" in checked.err


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    """The programs of a fresh virtual environment that ganlab was installed into; libraries come from this one's."""
    sources = tmp_path / "sources"
    sources.mkdir()
    for name in ("ganlab_core", "ganlab_elastic"):
        shutil.copytree(REPOSITORY / name, sources / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(REPOSITORY / name, sources)
    folder = tmp_path / "environment"
    venv.create(folder, symlinks=True)
    (site_packages,) = folder.glob("lib/python*/site-packages")
    (site_packages / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    subprocess.run([folder / "bin" / "python", *PIP_INSTALL, "--ignore-installed", str(sources)], check=True)
    return folder / "bin"


@pytest.mark.slow
def test_a_new_plugin_is_scaffolded_edited_installed_and_trained(environment: Path, tmp_path: Path) -> None:
    def call(*command: str) -> str:
        environ = {name: value for name, value in os.environ.items() if name not in ("GANLAB_PLUGINS", "PYTHONPATH")}
        program, *arguments = command
        done = subprocess.run(
            [environment / program, *arguments], cwd=tmp_path, env=environ, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    call("ganlab", "new", "plugin", "mine", "--kind", "loss")
    loss = tmp_path / "ganlab-mine" / "ganlab_mine" / "loss.py"
    edited = loss.read_text().replace(".square().sum()", ".abs().sum()")
    assert edited != loss.read_text()
    loss.write_text(edited)
    call("python", *PIP_INSTALL, "./ganlab-mine")
    call(
        "ganlab",
        "train",
        "--loss",
        "mine",
        "--steps",
        "2",
        "--set",
        "batch_size=8",
        "--set",
        "~metrics",
        "--run",
        "run",
    )

    last = json.loads((tmp_path / "run" / "metrics.jsonl").read_text().splitlines()[-1])
    assert last["loss/generator/mine"] > 0.0
    (status,) = [status for status in json.loads(call("ganlab", "plugins", "--json")) if status["name"] == "mine"]
    assert (status["distribution"], status["healthy"]) == ("ganlab-mine", True)
    assert (status["hooks"], status["parts"]) == (["ganlab_losses"], ["loss mine"])
