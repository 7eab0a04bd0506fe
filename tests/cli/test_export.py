"""`ganlab export`: weights, programs and a card whose snippet draws without ganlab."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from PIL import Image
from safetensors.torch import load_file

from ganlab_core.loaded_run import LoadedRun, load_run
from tests.cli.coded_run import coded_run
from tests.conftest import Ganlab, Outcome

# Runs a script where ganlab is not to be had, whichever way it is installed.
_WITHOUT_GANLAB = """
import importlib, runpy, sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.startswith("ganlab"):
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Absent())
for name in ("ganlab_core", "ganlab_elastic"):
    try:
        importlib.import_module(name)
    except ModuleNotFoundError:
        continue
    sys.exit(f"{name} can be imported")
runpy.run_path("snippet.py")
assert not [name for name in sys.modules if name.startswith("ganlab")]
"""


@pytest.fixture
def run(ganlab: Ganlab, tiny: dict[str, Any]) -> Path:
    """A run with a class code and a recognition head, in the folder where `ganlab` is called."""
    return coded_run(tiny, Path("run"))


def exported(ganlab: Ganlab, run: Path, *options: str) -> dict[str, Any]:
    """What an export into `out` says in JSON."""
    outcome = ganlab("export", run, "--out", "out", "--json", *options)
    assert outcome.code == 0, outcome.err
    said: dict[str, Any] = json.loads(outcome.out)
    return said


def snippets() -> list[str]:
    """The Python of the model card."""
    return re.findall(r"```python\n(.*?)```", Path("out/README.md").read_text(encoding="utf-8"), flags=re.DOTALL)


def run_without_ganlab(snippet: str) -> None:
    Path("out/snippet.py").write_text(snippet)
    command = [sys.executable, "-I", "-c", _WITHOUT_GANLAB]
    done = subprocess.run(command, cwd="out", capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def drawn_by(run: LoadedRun, latent_Z: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Pixels `(H, W)` or `(H, W, C)` of the image of a latent vector, straight from the generator."""
    with torch.no_grad():
        image_CHW = run.generator(torch.from_numpy(latent_Z.astype(np.float32))[None])[0]
    return image_CHW.permute(1, 2, 0).add(1).mul(127.5).round().to(torch.uint8).squeeze(2).numpy()


def pixels(path: str) -> np.ndarray[Any, Any]:
    with Image.open(path) as picture:
        return np.asarray(picture)


def test_help_has_an_example(ganlab: Ganlab) -> None:
    assert "Examples: `ganlab export RUN --out model`" in ganlab("export", "--help").out


def test_weights_are_those_of_the_run(ganlab: Ganlab, run: Path) -> None:
    exported(ganlab, run)
    loaded = load_run(run)
    generator = load_file("out/generator.safetensors")
    wanted = {f"generator.{name}": value for name, value in loaded.generator.state_dict().items()}
    assert generator.keys() == wanted.keys()
    assert all(torch.equal(generator[name], value) for name, value in wanted.items())
    recognition = load_file("out/recognition.safetensors")
    assert {name.split(".")[0] for name in recognition} == {"trunk", "recognition"}
    assert Path("out/generator.safetensors").stat().st_mode == Path("out/export.json").stat().st_mode


def test_the_description_says_how_a_latent_vector_is_put_together(ganlab: Ganlab, run: Path) -> None:
    exported(ganlab, run)
    about = json.loads(Path("out/export.json").read_text())
    assert about["images"] == {"channels": 1, "height": 16, "width": 16, "low": -1.0, "high": 1.0}
    noise, code = about["prior"]
    assert noise == {"name": "noise", "start": 0, "width": 4, "kind": "normal"}
    assert (code["start"], code["kind"], code["vectors"]) == (4, "categorical", "one-hot")
    assert code["probabilities"] == pytest.approx([1 / 3] * 3)
    assert about["networks"]["generator"]["parts"]["generator"] == {"use": "dcgan", "width": 4}
    assert about["networks"]["recognition"]["outputs"] == ["code", "embedding"]


def test_programs_take_any_batch_and_give_what_the_networks_give(ganlab: Ganlab, run: Path) -> None:
    said = exported(ganlab, run)
    assert said == {"folder": "out", "differences": said["differences"], "failures": []}
    assert list(said["differences"]) == ["generator.pt2", "recognition.pt2"]
    assert max(said["differences"].values()) < 1e-5
    loaded = load_run(run)
    networks = loaded.model.networks
    assert networks.recognition is not None
    generator = torch.export.load("out/generator.pt2").module()
    recognition = torch.export.load("out/recognition.pt2").module()
    with torch.no_grad():
        for count in (1, 5):
            latent_NZ = torch.randn(count, 7, generator=torch.Generator().manual_seed(count))
            images_NCHW = loaded.generator(latent_NZ)
            torch.testing.assert_close(generator(latent_NZ)["images"], images_NCHW)
            found, wanted = recognition(images_NCHW), networks.recognition(networks.trunk(images_NCHW))
            torch.testing.assert_close(found["code"], wanted.parameters["code"])
            torch.testing.assert_close(found["embedding"], wanted.embedding_ND)


def test_the_cards_snippet_draws_a_class_without_ganlab(ganlab: Ganlab, run: Path) -> None:
    exported(ganlab, run)
    (snippet,) = snippets()
    assert len(snippet.splitlines()) == 10
    run_without_ganlab(snippet)
    latent_Z = np.concatenate([np.random.default_rng(0).standard_normal(4), [1, 0, 0]])
    difference = pixels("out/code-0.pgm").astype(int) - drawn_by(load_run(run), latent_Z)
    assert np.abs(difference).max() <= 1  # rounding
    run_without_ganlab(snippet.replace("np.eye(3)[0]", "np.eye(3)[2]"))
    assert (pixels("out/code-0.pgm") != drawn_by(load_run(run), latent_Z)).any()


def test_onnx_files_give_the_same_and_draw_without_ganlab(ganlab: Ganlab, run: Path) -> None:
    pytest.importorskip("onnxscript")
    pytest.importorskip("onnxruntime")
    said = exported(ganlab, run, "--onnx")
    files = ["generator.pt2", "generator.onnx", "recognition.pt2", "recognition.onnx"]
    assert list(said["differences"]) == files
    assert max(said["differences"].values()) < 1e-4
    with_torch, with_onnx = snippets()
    images = []
    for snippet in (with_torch, with_onnx):
        run_without_ganlab(snippet)
        images.append(pixels("out/code-0.pgm").astype(int))
    assert "torch" not in with_onnx
    assert np.abs(images[0] - images[1]).max() <= 1


def test_onnx_that_is_not_installed_is_one_line(ganlab: Ganlab, run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    monkeypatch.setitem(sys.modules, "onnx", None)
    outcome = ganlab("export", run, "--out", "out", "--onnx")
    assert outcome.code == 1
    assert re.fullmatch(
        r"error: --onnx needs onnx, (onnxscript, )?onnxruntime: pip install 'ganlab\[onnx\]'\n", outcome.err
    )
    assert not Path("out").exists()


def test_the_card_tells_of_data_proportions_metrics_and_versions(ganlab: Ganlab, run: Path) -> None:
    outcome = ganlab("export", run, "--out", "out")
    assert outcome.code == 0, outcome.err
    assert re.search(r"^generator\.pt2 +differs from the network by at most \S+$", outcome.out, flags=re.MULTILINE)
    card = Path("out/README.md").read_text(encoding="utf-8")
    evaluation = json.loads((run / "evaluation.json").read_text())
    assert "`digits`: 887 images, content hash `" in card
    assert "| 2 | 0.333 |" in card
    assert f"| `diversity` | {evaluation['diversity']:.4g} |" in card
    assert f"- torch {torch.__version__.split('+')[0]}" in card
    assert "load only those that you made yourself" in card
    with Image.open("out/grid.png") as grid:
        assert grid.size == (502, 152)


def test_what_a_run_folder_says_is_no_markup_in_the_card(ganlab: Ganlab, run: Path) -> None:
    facts = json.loads((run / "data.json").read_text())
    facts["name"] = "`x` | <script>alert(1)</script>\n# heading"
    (run / "data.json").write_text(json.dumps(facts))
    (run / "evaluation.json").write_text(json.dumps({"matched_classes": [99, "a", None], "nmi": 0.5}))
    exported(ganlab, run)
    card = Path("out/README.md").read_text(encoding="utf-8")
    assert "<script>" not in card
    assert "\n# heading" not in card
    assert "| `nmi` | 0.5 |" in card


def test_a_run_without_recognition_in_colour_with_a_continuous_code(ganlab: Ganlab, tiny: dict[str, Any]) -> None:
    Path("photos").mkdir()
    for index in range(12):
        Image.new("RGB", (16, 16), (20 * index, 90, 30)).save(f"photos/{index}.png")
    recipe = tiny | {"dataset": {"use": "image-folder", "root": "photos", "size": 16, "channels": 3}, "steps": 1}
    recipe["prior"] = tiny["prior"] | {"style": {"use": "uniform", "dim": 2, "low": -2.0, "high": 3.0}}
    Path("rgb.yaml").write_text(yaml.safe_dump(recipe, sort_keys=False))
    assert ganlab("train", "rgb.yaml", "--run", "rgb").code == 0
    said = exported(ganlab, Path("rgb"))
    assert list(said["differences"]) == ["generator.pt2"]
    assert not list(Path("out").glob("recognition*"))
    (snippet,) = snippets()
    run_without_ganlab(snippet)
    rng = np.random.default_rng(0)
    latent_Z = np.concatenate([rng.standard_normal(4), rng.uniform(-2.0, 3.0, 2)])
    wanted_HWC = drawn_by(load_run("rgb"), latent_Z)
    assert np.abs(pixels("out/image.ppm").astype(int) - wanted_HWC).max() <= 1


_MOODY = """
import torch
from torch import nn
from ganlab_core import Component, hookimpl


class Mood(nn.Module):
    def forward(self, x):
        return x if x.sum().item() > 0 else -x


class Moody(nn.Module):
    def __init__(self, spec):
        super().__init__()
        self.shape = spec.image_shape
        size = self.shape[0] * self.shape[1] * self.shape[2]
        self.layers = nn.Sequential(nn.Linear(spec.latent_width, size), Mood(), nn.Tanh())

    def forward(self, latent_NZ):
        return self.layers(latent_NZ).unflatten(1, self.shape)


@hookimpl
def ganlab_networks():
    yield Component(name="moody", role="generator", factory=Moody, summary="One that branches.")
"""


def test_a_network_that_cannot_be_traced_is_named_and_its_weights_are_left(
    ganlab: Ganlab, tiny: dict[str, Any]
) -> None:
    Path("moody.py").write_text(_MOODY)
    recipe = tiny | {"networks": tiny["networks"] | {"generator": {"use": "moody"}}, "steps": 1}
    Path("moody.yaml").write_text(yaml.safe_dump(recipe | {"networks": {**recipe["networks"]}}, sort_keys=False))
    trained = ganlab("--plugin", "moody.py", "train", "moody.yaml", "--run", "moody")
    assert trained.code == 0, trained.err
    outcome: Outcome = ganlab("--plugin", "moody.py", "export", "moody", "--out", "out")
    assert outcome.code == 1
    first, second = outcome.err.strip().splitlines()[-2:]
    assert first.startswith("error: generator: torch.export cannot trace generator.layers.1 (ganlab_plugin_file_moody_")
    assert ".Mood): " in first
    assert "its forward must not branch on values" in first
    assert second == "weights and description are in out all the same"
    assert sorted(path.name for path in Path("out").iterdir()) == [
        "README.md",
        "export.json",
        "generator.safetensors",
        "grid.png",
    ]
    assert snippets() == []
    assert "Left out: generator: torch.export cannot trace" in Path("out/README.md").read_text()


def test_a_folder_that_is_not_empty_is_refused(ganlab: Ganlab, run: Path) -> None:
    Path("out").mkdir()
    Path("out/mine.txt").write_text("mine")
    outcome = ganlab("export", run, "--out", "out")
    assert (outcome.code, outcome.err) == (1, "error: --out out is not empty; name a folder that does not exist\n")
    assert [path.name for path in Path("out").iterdir()] == ["mine.txt"]
