"""Features of real digits by a network that nobody trained, a file of random Inception weights, the command line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING

import ganlab_fid.plugin
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from ganlab_core import ImageData, Judge, Plugins, to_unit_range

if TYPE_CHECKING:
    from ganlab_core.testing.fixtures import LoadPlugin

pytest_plugins = ["ganlab_core.testing.fixtures"]


@dataclass(frozen=True)
class Outcome:
    """What a call of `ganlab` left behind."""

    code: int
    out: str
    err: str
    log: str


Ganlab = Callable[..., Outcome]


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> None:
    """Small matrices are slower on many threads, and tests run side by side."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def plugins(load_plugin: LoadPlugin) -> Plugins:
    """The core and this plugin alone."""
    return load_plugin(ganlab_fid.plugin)


@pytest.fixture(scope="session")
def digits(plugins: Plugins) -> ImageData:
    """scikit-learn's 1,797 digits as the core gives them."""
    data: ImageData = plugins.registries["dataset"].get("digits").build({"size": 16})
    return data


@pytest.fixture(scope="session")
def judge() -> Judge:
    """Random convolutions: features as good as any to compare computations on."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        return Judge(channels=1, classes=10).eval()


@pytest.fixture(scope="session")
def features_ND(digits: ImageData, judge: Judge) -> Tensor:
    """512 features of each digit, at a scale near one."""
    raw_ND = judge.features(to_unit_range(digits.images_NCHW))
    return raw_ND / raw_ND.std()


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A safetensors file of torchvision's Inception-v3 with random weights."""
    from torchvision.models import inception_v3

    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        network = inception_v3(weights=None, init_weights=False)
    path = tmp_path_factory.mktemp("inception") / "inception.safetensors"
    save_file(network.state_dict(), path)
    return path


@pytest.fixture
def ganlab(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> Ganlab:
    """Calls the console script's function in an empty folder, this plugin being the only one."""
    (script,) = entry_points(group="console_scripts", name="ganlab")
    main = script.load()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GANLAB_PLUGINS", "fid")
    monkeypatch.setenv("COLUMNS", "200")

    def call(*arguments: object) -> Outcome:
        monkeypatch.setattr("sys.argv", ["ganlab", *map(str, arguments)])
        capsys.readouterr()
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err, caplog.text)

    return call
