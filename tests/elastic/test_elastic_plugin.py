"""What the plugin gives, and that asking for its module alone loads nothing heavy."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from pydantic import ValidationError

from ganlab_core import load_recipe
from ganlab_core.interface.component import Component
from ganlab_core.plugins.arguments import arguments_model, call_values
from ganlab_core.recipe.reader import read_file
from ganlab_elastic import plugin

GIVEN = {
    "priors": {"elastic"},
    "networks": {"over-clustering", "taught"},
    "losses": {"mutual-information", "consistency", "prior-matching", "discovery", "linkage", "taught", "augmented"},
    "metrics": {"nmi", "ent", "purity", "prior-rmse", "codes-used", "read-back", "real-clustering"},
}
NEEDED: dict[str, dict[str, Any]] = {"discovery": {"merge_at": 800}, "linkage": {"find_at": 800}}


def components(kind: str) -> dict[str, Component]:
    return {component.name: component for component in getattr(plugin, f"ganlab_{kind}")()}


def test_importing_the_plugin_imports_no_torch() -> None:
    program = "import sys, ganlab_elastic.plugin; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_it_gives_the_parts_of_elastic_infogan() -> None:
    assert {kind: set(components(kind)) for kind in GIVEN} == GIVEN


def test_each_part_has_a_summary_and_keyword_arguments_with_types_and_documentation_and_few_without_default() -> None:
    for component in (part for kind in GIVEN for part in components(kind).values()):
        documentation = inspect.getdoc(component.factory)
        assert documentation, component.name
        assert len(documentation.splitlines()[0]) > 20
        called = component.factory.__init__ if inspect.isclass(component.factory) else component.factory
        hints = get_type_hints(called, include_extras=True)
        for parameter in inspect.signature(component.factory).parameters.values():
            if parameter.kind is parameter.KEYWORD_ONLY:
                needed = parameter.name in NEEDED.get(component.name, {})
                assert needed == (parameter.default is parameter.empty)
                assert parameter.name in hints
                assert f"{parameter.name}: " in documentation


def arguments(kind: str, name: str, **written: Any) -> dict[str, Any]:
    """What the factory gets for what a recipe says."""
    model = arguments_model(components(kind)[name].factory, name=name)
    return call_values(model.model_validate_json(json.dumps(written), strict=True))


def test_every_part_s_arguments_can_be_checked_and_left_out_but_for_the_needed_ones() -> None:
    for kind, names in GIVEN.items():
        for name in names:
            assert isinstance(arguments(kind, name, **NEEDED.get(name, {})), dict)


def test_nested_settings_of_a_recipe_become_dataclasses() -> None:
    from ganlab_elastic.prior.temperature import TemperatureSchedule
    from ganlab_elastic.views.views import Views

    schedule = {"start": 1, "end": 0.1, "steps": 100}
    prior = arguments("priors", "elastic", temperature=schedule, warm_up=10)
    assert prior["temperature"] == TemperatureSchedule(start=1.0, end=0.1, steps=100)
    loss = arguments("losses", "consistency", views={"zoom": [0.8, 1], "flip": True})
    assert loss["views"] == Views(zoom=(0.8, 1.0), flip=True)


def test_information_over_no_code_at_all_is_refused() -> None:
    with pytest.raises(ValidationError, match="at least 1 item"):
        arguments("losses", "mutual-information", codes=[])


def test_the_prior_s_companion_uses_the_plugin_s_own_parts() -> None:
    recipe = load_recipe(prior="elastic")
    assert {part.use for part in recipe.losses.values()} <= GIVEN["losses"]
    assert {part.use for part in recipe.metrics.values()} == GIVEN["metrics"] | {"diversity"}
    assert recipe.networks.recognition is not None
    assert recipe.networks.recognition.use in GIVEN["networks"]


@pytest.mark.parametrize("steps", [2, 7, 50, 2800, 5601])
def test_the_companion_s_losses_begin_where_discovery_ends(steps: int) -> None:
    losses = dict(load_recipe(prior="elastic", overrides=[f"steps={steps}"]).losses)
    found = losses.pop("discovery")
    assert found.ends == found.arguments["merge_at"]
    assert {part.starts for part in losses.values()} == {found.ends}


@pytest.mark.parametrize("steps", [2, 7, 2800])
def test_where_features_teach_the_other_losses_begin_when_the_lessons_end(steps: int) -> None:
    fragment = Path(plugin.__file__).parent / "recipes" / "parts" / "taught.yaml"
    recipe = load_recipe(fragment, overrides=[f"steps={steps}"])
    losses = dict(recipe.losses)
    lessons = losses.pop("taught")
    assert recipe.networks.recognition is not None
    assert recipe.networks.recognition.use == lessons.use == "taught"
    assert set(losses) == {"adversarial", "information", "prior_matching"}
    assert {part.starts for part in losses.values()} == {lessons.ends}


def discovery_steps(recipe: str, *overrides: str) -> set[int | None]:
    losses = dict(load_recipe(recipe, overrides=overrides).losses)
    found = losses.pop("discovery")
    return {found.ends, found.arguments["merge_at"], *(part.starts for part in losses.values())}


def test_shipped_recipes_have_the_steps_that_they_were_measured_with() -> None:
    assert discovery_steps("elastic/digits") == discovery_steps("elastic/digits-codes-20") == {800}
    assert discovery_steps("elastic/mnist-small") == discovery_steps("elastic/mnist") == {800}
    assert discovery_steps("elastic/faces", "dataset.root=none") == {4000}
    assert discovery_steps("elastic/renderings", "dataset.root=none") == {2000}


def test_losses_that_read_codes_require_and_bring_a_recognition_head() -> None:
    reading = components("losses")
    del reading["augmented"]
    for component in reading.values():
        assert component.requires == ("recognition",)
        assert isinstance(component.companion, Path)
        assert "recognition" in read_file(component.companion).values["networks"]
