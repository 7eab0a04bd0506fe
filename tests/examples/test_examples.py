"""Every recipe, fragment and script in `examples/` and every shipped recipe is checked and run for two steps."""

from __future__ import annotations

import json
import runpy
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest

from ganlab_core import GanlabError, Recipe, load_plugins, load_recipe, train
from ganlab_core.recipe.sources import DEFAULT, list_recipes, read_layers
from tests.conftest import REPOSITORY
from tests.examples.small_folders import WRITERS, write_renderings

EXAMPLES = REPOSITORY / "examples"
FILES = sorted(EXAMPLES.glob("*.yaml"))
FRAGMENTS = [file for file in FILES if file.read_text().startswith("# Fragment: ")]
RECIPES = [file for file in FILES if file.read_text().startswith("# Recipe: ")]
PLUGINS = load_plugins({"GANLAB_PLUGINS": "elastic"})  # packages in `plugins/` test recipes of their own
read = partial(load_recipe, plugins=PLUGINS)
SHIPPED = sorted(list_recipes(PLUGINS))
BASES = {"elastic": EXAMPLES / "elastic-digits.yaml", "categorical": EXAMPLES / "infogan-digits.yaml"}
SMALL = (
    "batch_size=8",
    "steps=2",
    "evaluation.samples_per_code=4",
    "samples.columns=2",
)


@pytest.fixture(autouse=True)
def ignorant_judge(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Judges that learned nothing, in a cache of their own: figures are asked for, not good ones."""
    monkeypatch.setattr("ganlab_core.evaluation.judge.obtain.train_classifier", lambda judge, data: None)
    monkeypatch.setenv("GANLAB_CACHE", str(tmp_path_factory.getbasetemp() / "ignorant"))


def marks_of(file: Path) -> list[pytest.MarkDecorator]:
    """A recipe that names the core's parts alone trains where no plugin is loaded, too."""
    try:
        load_recipe(file, plugins=load_plugins({"GANLAB_PLUGINS": ""}))
    except GanlabError:
        return []
    return [pytest.mark.bare]


def two_steps(recipe: Recipe, run: Path) -> dict[str, Any]:
    """Train a recipe that was cut to two steps; every loss that it logs must be finite."""
    result = train(recipe, run=run, plugins=PLUGINS)
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    losses = [value for name, value in lines[-1].items() if name.startswith("loss/")]
    assert losses
    assert all(abs(value) < 1e6 for value in losses)
    return result.evaluation


def all_losses(recipe: Recipe) -> list[str]:
    """Overrides that let every loss count in both steps, and clusters merge between them."""
    merging = [name for name, loss in recipe.losses.items() if "merge_at" in loss.arguments]
    counting = [f"losses.{name}.{key}" for name in recipe.losses for key in ("starts=0", "ends=2")]
    return [*counting, *(f"losses.{name}.merge_at=1" for name in merging)]


def test_there_are_enough_examples_and_each_says_what_it_is() -> None:
    assert len(FILES) >= 8
    assert len(FRAGMENTS) + len(RECIPES) == len(FILES)


def test_elastic_infogan_written_out_is_what_its_prior_alone_asks_for_metrics_aside() -> None:
    written, merged = read(BASES["elastic"]), read(prior="elastic")
    assert written.model_dump(exclude={"metrics"}) == merged.model_dump(exclude={"metrics"})
    assert set(written.metrics) < set(merged.metrics)


@pytest.mark.parametrize("file", [pytest.param(file, marks=marks_of(file), id=file.stem) for file in RECIPES])
def test_a_recipe_trains_for_two_steps(file: Path, tmp_path: Path) -> None:
    whole = read(file)
    recipe = read(file, overrides=[*SMALL, *narrow_networks(whole), *all_losses(whole)])
    assert "judge_accuracy" in two_steps(recipe, tmp_path / "run")


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("file", FRAGMENTS, ids=lambda file: file.stem)
def test_a_fragment_mixes_with_either_prior(file: Path, base: str, tmp_path: Path) -> None:
    whole = read(BASES[base], file)
    recipe = read(BASES[base], file, overrides=[*SMALL, *narrow_networks(whole), *all_losses(whole)])
    assert recipe.prior["code"].use == base
    evaluation = two_steps(recipe, tmp_path / "run")
    assert 0.0 <= evaluation["nmi"] <= 1.0


def test_adversarial_fragments_replace_the_loss_whole() -> None:
    for name in ("hinge", "least-squares", "wasserstein"):
        assert read(BASES["elastic"], EXAMPLES / f"{name}.yaml").losses["adversarial"].use == name


def test_the_written_out_recipe_is_what_the_shorthand_trains() -> None:
    written, short = read(BASES["elastic"]), read(prior="elastic")
    differing = {key for key in Recipe.model_fields if getattr(written, key) != getattr(short, key)}
    assert differing <= {"metrics"}


def test_the_plugin_ships_the_comparison_of_its_paper() -> None:
    rows = ("uniform", "true", "true-consistent", "learned", "pairwise", "pairwise-no-entropy", "nt-xent")
    sizes = ("digits", "mnist-small", "mnist", "yaleb", "coil", "sprites")
    assert {f"elastic/{size}-{row}" for size in sizes for row in rows} | {f"elastic/{size}" for size in sizes} <= set(
        SHIPPED
    )


@pytest.fixture(scope="module")
def on_small_data(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], list[str]]:
    """Overrides that give a shipped recipe a small folder and narrow networks, where it needs a folder."""

    @cache
    def folder_of(data_set: str) -> tuple[str, ...]:
        return tuple(WRITERS[data_set](tmp_path_factory.mktemp(data_set)))

    def overrides(name: str) -> list[str]:
        data_set = data_set_of(name)
        if data_set not in WRITERS:
            return []
        given = folder_of(data_set)
        return [*given, *narrow_networks(read(name, overrides=given))]

    return overrides


def narrow_networks(recipe: Recipe) -> list[str]:
    """Overrides that leave every network of some width a width of 4."""
    networks = {role: part for role, part in recipe.networks if part is not None}
    return [f"networks.{role}.width=4" for role, part in networks.items() if "width" in part.arguments]


def data_set_of(name: str) -> str:
    """The data set of a recipe, whose arguments may be missing yet."""
    layers = [*read_layers(DEFAULT, PLUGINS), *read_layers(name, PLUGINS)]
    named = [layer.values["dataset"]["use"] for layer in layers if "use" in layer.values.get("dataset", {})]
    found: str = named[-1]
    return found


def test_recipes_of_every_data_set_that_needs_a_folder_are_shipped() -> None:
    assert set(WRITERS) <= {data_set_of(name) for name in SHIPPED}


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_recipe_trains_for_two_steps(
    name: str, tmp_path: Path, on_small_data: Callable[[str], list[str]]
) -> None:
    given = on_small_data(name)
    losses = all_losses(read(name, overrides=given))
    assert "judge_accuracy" in two_steps(read(name, overrides=[*SMALL, *given, *losses]), tmp_path / "run")


@pytest.mark.parametrize("name", [name for name in SHIPPED if data_set_of(name) in ("identity-folder", "image-folder")])
def test_a_shipped_recipe_that_needs_a_folder_asks_for_its_root(name: str) -> None:
    with pytest.raises(GanlabError, match=r"^[^\n]*dataset\.root: must be given$"):
        read(name)


def test_pictures_that_nobody_labelled_train_with_nothing_to_measure(tmp_path: Path) -> None:
    root = tmp_path / "pictures"
    write_renderings(root)
    for picture in list(root.glob("*/*.png")):
        picture.rename(root / picture.name)
    recipe = read("elastic/renderings", overrides=[f"dataset.root={root}"])
    small = [f"dataset.root={root}", *SMALL, *narrow_networks(recipe), *all_losses(recipe)]
    evaluation = two_steps(read("elastic/renderings", overrides=small), tmp_path / "run")
    assert evaluation["judge_accuracy"] is None
    assert "nmi" not in evaluation


def test_the_script_trains_and_writes_images_of_each_class(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["python_api.py"])
    small = read(prior="elastic", overrides=[*SMALL, *all_losses(read(prior="elastic"))])
    script = runpy.run_path(str(EXAMPLES / "python_api.py"))
    monkeypatch.setitem(script["main"].__globals__, "load_recipe", lambda **given: small)
    script["main"]()
    assert len(list(tmp_path.glob("runs/*/classes/*/*.png"))) == 100
    printed = capsys.readouterr().out
    assert "NMI" in printed
    assert "code 0, class " in printed
