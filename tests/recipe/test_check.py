"""The check of a recipe finds everything that is wrong at once, each with its place and the way out."""

from __future__ import annotations

import pytest

from ganlab_core import GanlabError
from ganlab_core.plugins import Plugins
from ganlab_core.recipe.load import load_recipe
from tests.recipe.conftest import Write


def errors(plugins: Plugins, *args: object, **options: object) -> list[str]:
    with pytest.raises(GanlabError) as error:
        load_recipe(*args, plugins=plugins, **options)  # type: ignore[arg-type]
    return str(error.value).splitlines()


def test_all_errors_are_told_at_once_in_the_order_of_the_file(write: Write, plugins: Plugins) -> None:
    path = write(
        """
        dataset: {use: digitz}
        prior:
          noise: {dims: 3}
          code: {use: categorical, classes: 1}
        losses:
          consistency:
            use: agreement
            wieght: 10
            views: {rotatoin: 3, zoom: [1, x]}
        steps: 2.5
        chekpoint: {every: 3}
        log: {evry: 3}
        """
    )
    assert errors(plugins, path) == [
        "a.yaml:1:11: dataset.use: there is no dataset 'digitz'; did you mean 'digits'? There is cifar10, digits, "
        "fashion-mnist, identity-folder, image-folder, kmnist, mnist",
        "a.yaml:3:11: prior.noise.dims: unknown key; did you mean 'dim'? It takes dim, use",
        "a.yaml:4:28: prior.code.classes: should be greater than or equal to 2, not 1",
        "a.yaml:6:3: losses.consistency: loss agreement needs a recognition network; add `networks: {recognition: "
        "{use: NAME}}`; NAME is one of recognition",
        "a.yaml:8:5: losses.consistency.wieght: unknown key; did you mean 'weight'? It takes temperature, views, use, "
        "weight, starts, ends",
        "a.yaml:9:13: losses.consistency.views.rotatoin: unknown key; did you mean 'rotation'? It takes rotation, zoom",
        "a.yaml:9:36: losses.consistency.views.zoom.1: should be a valid number, not 'x'",
        "a.yaml:10:1: steps: should be a valid integer, not 2.5",
        "a.yaml:11:1: chekpoint: unknown key; did you mean 'checkpoint'? It takes dataset, prior, networks, losses, "
        "metrics, features, players, steps, batch_size, seed, device, threads, precision, n_critic, ema, on_nonfinite, "
        "on_collapse, checkpoint, evaluation, samples, "
        "log, audit, judge",
        "a.yaml:12:7: log.evry: unknown key; did you mean 'every'? It takes every",
    ]


def test_errors_of_several_files_and_options_name_each(write: Write, plugins: Plugins) -> None:
    first, second = write("steps: -1", "a.yaml"), write("ema: 1.0", "b.yaml")
    assert errors(plugins, first, second, {"seed": -1}, overrides=["batch_size=1"]) == [
        "--set batch_size=1: batch_size: should be greater than or equal to 2, not 1",
        "a.yaml:1:1: steps: should be greater than 0, not -1",
        "b.yaml:1:1: ema: should be less than 1, not 1.0",
        "the mapping given as a recipe: seed: should be greater than or equal to 0, not -1",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "losses: {adversarial: {weight: 1e999}}",
            "a.yaml:1:24: losses.adversarial.weight: inf is not a finite",
        ),
        ("prior: {noise: {dim: .nan}}", "a.yaml:1:17: prior.noise.dim: nan is not a finite number"),
        ("seed: 9223372036854775808", "a.yaml:1:1: seed: is a number that does not fit into 64 bits"),
        ("steps: '10'", "a.yaml:1:1: steps: takes a number of steps, or of epochs such as '200 epochs', not '10'"),
        ("steps: true", "a.yaml:1:1: steps: should be a valid integer, not True"),
        ("prior: {noise: {dim: -2}}", "a.yaml:1:17: prior.noise.dim: should be greater than 0, not -2"),
        ("prior: {noise: 3}", "prior.noise: should be an object, not 3"),
        ("prior: [normal]", "a.yaml:1:1: prior: should be an object"),
        ("networks: 3", "a.yaml:1:1: networks: should be an object, not 3"),
        ("networks: {critic: {use: linear}}", "a.yaml:1:12: networks.critic: unknown key. It takes generator, trunk"),
        ("networks: {trunk: {use: linear}}", "there is no network 'linear' for the role trunk ('linear' is a discrim"),
        ("networks: {trunk: null}", "a.yaml:1:12: networks.trunk: must be given"),
        ("prior: {noise: null}", "a.yaml:1:1: prior: must hold 1 or more"),
        ("prior: {a.b: {use: normal}}", 'prior."a.b": String should match pattern'),
        (
            "prior: {code: {classes: 3}}",
            "a.yaml:1:9: prior.code.use: names no component; a component is a",
        ),
        ("prior: {code: {use: 3}}", "a.yaml:1:16: prior.code.use: should be a valid string, not 3"),
        ("precision: fp16", "a.yaml:1:1: precision: should be 'fp32' or 'bf16', not 'fp16'"),
        ("players: {generator: {betas: [0.5]}}", "a.yaml:1:23: players.generator.betas.1: must be given"),
        (
            "players: {generator: {owns: [generater]}}",
            "players.generator.owns.0: there is no 'generater' to own; did",
        ),
        ("players: {generator: {owns: [prior.cod]}}", "prior has no 'cod' to own. It takes noise"),
        ("players: {generator: {owns: [generator, trunk]}}", "owns.1: 'trunk' is already owned by the discriminator"),
        (
            "dataset: {imbalance: {ratio: 0.5}}",
            "a.yaml:1:11: dataset.imbalance: imbalance.ratio is largest",
        ),
        (
            "dataset: {imbalance: {rato: 3}}",
            "dataset.imbalance.rato: unknown key; did you mean 'ratio'? It takes seed, ",
        ),
        ("dataset: {use: mnist}", "a.yaml:1:1: dataset.root: must be given"),
        (
            "losses: {adversarial: {starts: 5, ends: 5}}",
            "a.yaml:1:35: losses.adversarial.ends: ends before step 5, but starts at step 5, so it never counts; "
            "raise losses.adversarial.ends or lower losses.adversarial.starts",
        ),
        (
            "steps: 100\nlosses: {adversarial: {starts: 100}}",
            "a.yaml:2:24: losses.adversarial.starts: starts at step 100, but the run has 100 steps; "
            "raise steps to 101 or more, or lower losses.adversarial.starts",
        ),
        ("complete: maybe", "a.yaml:1:1: complete: is true or left out"),
    ],
)
def test_one_error(write: Write, plugins: Plugins, text: str, message: str) -> None:
    assert message in "\n".join(errors(plugins, write(text)))


def test_an_exception_in_a_plugin_s_own_check_names_the_plugin(write: Write, plugins: Plugins) -> None:
    path = write("networks: {recognition: {use: recognition}}\nlosses: {c: {use: agreement, views: {rotation: 200}}}")
    assert errors(plugins, path) == [
        "a.yaml:2:10: losses.c: RuntimeError in plugin 'fake' (fake-parts 1.2): dizzy",
    ]


def test_a_union_gives_one_error_that_says_each_choice(write: Write, plugins: Plugins) -> None:
    (error,) = errors(plugins, write("prior: {code: {use: categorical, probabilities: even}}"))
    assert error.startswith("a.yaml:1:34: prior.code.probabilities: should be ")
    assert "; or should be a valid " in error


def test_names_of_what_is_there_may_be_owned(write: Write, plugins: Plugins) -> None:
    path = write("players: {generator: {owns: [generator, prior.noise, losses.adversarial]}}")
    assert load_recipe(path, plugins=plugins).players.generator.owns[1] == "prior.noise"


def test_a_loss_may_count_in_the_last_step_alone_and_end_after_the_run(write: Write, plugins: Plugins) -> None:
    path = write("steps: 100\nlosses: {adversarial: {starts: 99, ends: 200}}")
    assert load_recipe(path, plugins=plugins).losses["adversarial"].starts == 99


def test_a_run_made_shorter_than_its_losses_start_says_which_and_what_to_do(write: Write, plugins: Plugins) -> None:
    path = write("losses: {adversarial: {starts: 800, ends: 900}}")
    assert errors(plugins, path, overrides=["steps=100"]) == [
        "a.yaml:1:24: losses.adversarial.starts: starts at step 800, but the run has 100 steps; "
        "raise steps to 801 or more, or lower losses.adversarial.starts"
    ]
