"""`ganlab export`: weights, programs and a card whose snippet draws without ganlab."""

from __future__ import annotations

import json
import re
import shutil
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

from ganlab_core import export_run, load_run
from ganlab_core.testing.fixtures import Ganlab
from tests.verbs.coded_run import coded_run

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


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with a class code and a recognition head, of the core's parts."""
    networks = {role: {"use": "dcgan", "width": 4} for role in ("generator", "trunk")}
    recipe = {"prior": {"noise": {"dim": 4}}, "networks": networks, "losses": {"adversarial": {"use": "nonsaturating"}}}
    settings = {"batch_size": 8, "device": "cpu", "evaluation": {"samples_per_code": 50}}
    return coded_run(recipe | settings, tmp_path_factory.mktemp("export") / "run")


@pytest.fixture(scope="module")
def made(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run's export, without ONNX."""
    return export_run(load_run(run), str(tmp_path_factory.mktemp("export") / "out")).folder


@pytest.fixture
def out(ganlab: Ganlab, made: Path) -> Path:
    """A copy of the export in the folder where `ganlab` is called."""
    shutil.copytree(made, "out")
    return Path("out")


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


def assert_drawn(path: Path, run: Path, latent_Z: np.ndarray[Any, Any]) -> None:
    """Check that a picture shows what the run's generator makes of a latent vector, but for rounding."""
    with torch.no_grad():
        image_CHW = load_run(run).generator(torch.from_numpy(latent_Z.astype(np.float32))[None])[0]
    with Image.open(path) as picture:
        pixels = torch.from_numpy(np.array(picture)).float().reshape(picture.height, picture.width, -1)
    torch.testing.assert_close(pixels, (image_CHW.permute(1, 2, 0) + 1) * 127.5, rtol=0, atol=0.51)


def test_help_has_an_example(ganlab: Ganlab) -> None:
    assert "Examples: `ganlab export RUN --out model`" in ganlab("export", "--help").out


def test_weights_are_those_of_the_run(out: Path, run: Path) -> None:
    loaded = load_run(run)
    generator = load_file(out / "generator.safetensors")
    wanted = {f"generator.{name}": value for name, value in loaded.generator.state_dict().items()}
    assert generator.keys() == wanted.keys()
    assert all(torch.equal(generator[name], value) for name, value in wanted.items())
    recognition = load_file(out / "recognition.safetensors")
    assert {name.split(".")[0] for name in recognition} == {"trunk", "recognition"}
    assert (out / "generator.safetensors").stat().st_mode == (out / "export.json").stat().st_mode


def test_the_description_says_how_a_latent_vector_is_put_together(out: Path) -> None:
    about = json.loads((out / "export.json").read_text())
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


@pytest.mark.slow
def test_the_cards_snippet_draws_a_class_without_ganlab(out: Path, run: Path) -> None:
    (snippet,) = snippets()
    assert len(snippet.splitlines()) == 10
    run_without_ganlab(snippet.replace("np.eye(3)[0]", "np.eye(3)[2]"))
    assert_drawn(out / "code-0.pgm", run, np.concatenate([np.random.default_rng(0).standard_normal(4), [0, 0, 1]]))


def test_onnx_files_give_the_same_and_draw_without_ganlab(ganlab: Ganlab, run: Path) -> None:
    pytest.importorskip("onnxscript")
    pytest.importorskip("onnxruntime")
    said = exported(ganlab, run, "--onnx")
    files = ["generator.pt2", "generator.onnx", "recognition.pt2", "recognition.onnx"]
    assert list(said["differences"]) == files
    assert max(said["differences"].values()) < 1e-4
    _, snippet = snippets()
    assert "torch" not in snippet
    run_without_ganlab(snippet)
    latent_Z = np.concatenate([np.random.default_rng(0).standard_normal(4), [1, 0, 0]])
    assert_drawn(Path("out/code-0.pgm"), run, latent_Z)


def test_onnx_that_is_not_installed_is_one_line(ganlab: Ganlab, run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    monkeypatch.setitem(sys.modules, "onnx", None)
    outcome = ganlab("export", run, "--out", "out", "--onnx")
    assert outcome.code == 1
    assert re.fullmatch(
        r"error: --onnx needs onnx, (onnxscript, )?onnxruntime: pip install 'ganlab\[onnx\]'\n", outcome.err
    )
    assert not Path("out").exists()


def test_the_card_tells_of_data_proportions_metrics_and_versions(out: Path, run: Path) -> None:
    card = (out / "README.md").read_text(encoding="utf-8")
    evaluation = json.loads((run / "evaluation.json").read_text())
    assert "`digits`: 887 images, content hash `" in card
    assert "| 2 | 0.333 |" in card
    assert f"| `diversity` | {evaluation['diversity']:.4g} |" in card
    assert f"- torch {torch.__version__.split('+')[0]}" in card
    assert "load only those that you made yourself" in card
    with Image.open(out / "grid.png") as grid:
        assert grid.size == (502, 152)


def test_what_a_run_folder_says_is_no_markup_in_the_card(ganlab: Ganlab, run: Path) -> None:
    run = shutil.copytree(run, Path("run"))
    facts = json.loads((run / "data.json").read_text())
    facts["name"] = "`x` | <script>alert(1)</script>\n# heading"
    facts["class_names"][0] = "![seen](http://example.org/pixel) *a*|_b_"
    (run / "data.json").write_text(json.dumps(facts))
    (run / "evaluation.json").write_text(json.dumps({"matched_classes": [99, "a", None], "nmi": 0.5}))
    exported(ganlab, run)
    card = Path("out/README.md").read_text(encoding="utf-8")
    assert "<script>" not in card
    assert "\n# heading" not in card
    assert r"!\[seen\](http://example.org/pixel) \*a\*\|\_b\_" in card
    assert "| `nmi` | 0.5 |" in card


@pytest.mark.slow
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
    assert_drawn(Path("out/image.ppm"), Path("rgb"), latent_Z)


def test_a_folder_that_is_not_empty_is_refused(ganlab: Ganlab, run: Path) -> None:
    Path("out").mkdir()
    Path("out/mine.txt").write_text("mine")
    outcome = ganlab("export", run, "--out", "out")
    assert (outcome.code, outcome.err) == (1, "error: --out out is not empty; name a folder that does not exist\n")
    assert [path.name for path in Path("out").iterdir()] == ["mine.txt"]
