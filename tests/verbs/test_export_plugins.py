"""`ganlab export` of a plugin's parts: draws that stand in for its own, and a network that no program can be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from ganlab_core.testing.fixtures import Ganlab, Outcome

_NARROW = """
import torch
from ganlab_core import Component, Draw, hookimpl


class Narrow:
    width = recognition_width = 3

    def sample(self, batch_size, *, generator, step=None):
        return Draw(0.1 * torch.randn(batch_size, 3, generator=generator, device=generator.device))

    def fixed(self, value, batch_size, *, device):
        return Draw(torch.full((batch_size, 3), value, device=device))

    def nll(self, parameters_NR, draw, *, target="hard"):
        return (parameters_NR - draw.value_NW).square().sum(dim=1)


@hookimpl
def ganlab_priors():
    yield Component(name="narrow", factory=Narrow, summary="Narrow noise.")
"""


def test_of_a_factor_that_only_a_plugin_can_draw_there_are_some_draws(ganlab: Ganlab, tiny: dict[str, Any]) -> None:
    Path("narrow.py").write_text(_NARROW)
    Path("narrow.yaml").write_text(yaml.safe_dump(tiny | {"prior": {"noise": {"use": "narrow"}}, "steps": 1}))
    trained = ganlab("--plugin", "narrow.py", "train", "narrow.yaml", "--run", "narrow")
    assert trained.code == 0, trained.err
    outcome = ganlab("--plugin", "narrow.py", "export", "narrow", "--out", "out")
    assert outcome.code == 0, outcome.err
    (noise,) = json.loads(Path("out/export.json").read_text())["prior"]
    assert (noise["kind"], np.shape(noise["draws"])) == ("own", (32, 3))
    assert 0.05 < np.std(noise["draws"]) < 0.2
    card = Path("out/README.md").read_text()
    assert 'latent = {"noise": rng.choice(about["prior"][0]["draws"])}' in card
    assert "Only a plugin can draw more of noise" in card


_PAINTERS = """
import torch
from torch import nn
from ganlab_core import Component, hookimpl


class Mood(nn.Module):
    def forward(self, x):
        return x if x.sum().item() > 0 else -x


class Restless(nn.Module):
    def forward(self, x):
        return x + torch.randn_like(x)


class Painter(nn.Module):
    def __init__(self, spec, middle):
        super().__init__()
        self.shape = spec.image_shape
        size = self.shape[0] * self.shape[1] * self.shape[2]
        self.layers = nn.Sequential(nn.Linear(spec.latent_width, size), middle, nn.Tanh())

    def forward(self, latent_NZ):
        return self.layers(latent_NZ).unflatten(1, self.shape)


def moody(spec):
    return Painter(spec, Mood())


def restless(spec):
    return Painter(spec, Restless())


@hookimpl
def ganlab_networks():
    yield Component(name="moody", role="generator", factory=moody, summary="One that branches.")
    yield Component(name="restless", role="generator", factory=restless, summary="One that draws.")
"""


def exported_painter(ganlab: Ganlab, tiny: dict[str, Any], name: str) -> Outcome:
    """The export of a run whose generator is one of the plugin's."""
    Path("painters.py").write_text(_PAINTERS)
    recipe = tiny | {"networks": tiny["networks"] | {"generator": {"use": name}}, "steps": 1}
    Path("recipe.yaml").write_text(yaml.safe_dump(recipe, sort_keys=False))
    trained = ganlab("--plugin", "painters.py", "train", "recipe.yaml", "--run", "run")
    assert trained.code == 0, trained.err
    return ganlab("--plugin", "painters.py", "export", "run", "--out", "out")


def test_a_network_that_cannot_be_traced_is_named_and_its_weights_are_left(
    ganlab: Ganlab, tiny: dict[str, Any]
) -> None:
    outcome = exported_painter(ganlab, tiny, "moody")
    assert outcome.code == 1
    assert outcome.out == "model card           out/README.md\n"
    first, second = outcome.err.strip().splitlines()[-2:]
    assert first.startswith("error: generator: torch.export cannot trace generator.layers.1 (ganlab_plugin_file_")
    assert ".Mood): " in first
    assert "its forward must not branch on values" in first
    assert second == "weights and description are in out all the same"
    assert sorted(path.name for path in Path("out").iterdir()) == [
        "README.md",
        "export.json",
        "generator.safetensors",
        "grid.png",
    ]
    card = Path("out/README.md").read_text()
    assert "```" not in card
    assert "Left out: generator: torch.export cannot trace" in card


def test_a_program_that_differs_from_its_network_is_said_and_left_out(ganlab: Ganlab, tiny: dict[str, Any]) -> None:
    outcome = exported_painter(ganlab, tiny, "restless")
    assert outcome.code == 1
    assert "error: generator: the program differs from the network by " in outcome.err
    assert "may draw at random or keep state in eval mode" in outcome.err
    assert Path("out/generator.safetensors").exists()
    assert not Path("out/generator.pt2").exists()
