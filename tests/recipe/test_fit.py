"""Whether networks fit images and machine, found out before any data is read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from ganlab_core import Component
from ganlab_core.interface.errors import GanlabError
from ganlab_core.plugins import Plugins, load_plugins
from ganlab_core.plugins.registry import Entry
from ganlab_core.plugins.status import Giver
from ganlab_core.recipe.fit import image_shape, require_fit
from ganlab_core.recipe.load import load_recipe
from ganlab_core.stock.datasets.room import require_room
from ganlab_core.system.memory import free_memory, in_words, require_memory
from ganlab_core.testing.fixtures import Ganlab

HUGE = 10**18


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("dataset.size=33", "dcgan: images are of size 33: choose 8, 16"),
        ("dataset.size=100000", "dcgan: images are of size 100000: choose 8, 16"),
        ("networks.trunk.width=999999999999999999", r"networks\.trunk\.width: 9+: the model would take more than"),
        (f"prior.noise.dim={HUGE}", r"prior\.noise\.dim: 10+: the model would take more than"),
        ("networks.generator.width=100000", "take .* of memory, and .* are free; set a smaller `networks"),
        ("judge.weights=nope.safetensors", r"judge\.weights: there is no file '.*/nope\.safetensors'"),
    ],
)
def test_what_cannot_be_trained_is_told_before_data_is_read(
    tiny: dict[str, Any], core_plugins: Plugins, override: str, message: str
) -> None:
    recipe = load_recipe(tiny, overrides=[override], plugins=core_plugins)
    with pytest.raises(GanlabError, match=message):
        require_fit(recipe, core_plugins)


def test_validate_asks(ganlab: Ganlab, tiny: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "tiny.yaml").write_text(yaml.safe_dump(tiny))
    assert ganlab("validate", "tiny.yaml").code == 0
    refused = ganlab("validate", "tiny.yaml", "--set", "dataset.size=33")
    assert refused.code == 1
    assert "images are of size 33: choose" in refused.err


def test_a_recipe_that_fits_may_have_what_is_only_known_with_the_data(
    tiny: dict[str, Any], core_plugins: Plugins
) -> None:
    tiny["prior"]["code"] = {"use": "categorical", "classes": 10, "probabilities": "true"}
    require_fit(load_recipe(tiny, plugins=core_plugins), core_plugins)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        (lambda *, side: (3, side, side), (3, 20, 20)),
        (None, None),
        (lambda: (1, 2, 3), None),
        (lambda **arguments: (1, 2), None),
    ],
)
def test_a_data_set_may_say_its_shape_and_one_that_breaks_there_is_passed_over(
    tiny: dict[str, Any], shape: Callable[..., Any] | None, expected: tuple[int, int, int] | None
) -> None:
    plugins = load_plugins({"GANLAB_PLUGINS": ""})

    def blobs(*, side: int = 20) -> None:
        """Blobs."""

    component = Component(name="blobs", factory=blobs, image_shape=shape)
    plugins.registries["dataset"].add(Entry("dataset", component, Giver("tests", "tests", "0")))
    tiny["dataset"] = {"use": "blobs"}
    recipe = load_recipe(tiny, plugins=plugins)
    assert image_shape(recipe, plugins) == expected
    if expected is None:
        require_fit(recipe, plugins)


def test_images_that_do_not_fit_are_told_with_their_size() -> None:
    with pytest.raises(GanlabError, match=r"photos: 60,000 images of 100000 x 100000 x 3 take 3\.6 PB of memory, and"):
        require_room(60_000, size=100_000, channels=3, asked_by="photos")
    require_room(10, size=8, channels=1, asked_by="photos")


def test_memory_is_counted_and_told_in_words() -> None:
    free = free_memory()
    assert free is None or free > 10**6
    assert (in_words(999), in_words(1_000), in_words(3_210_000_000)) == ("999 bytes", "1 kB", "3.21 GB")
    assert in_words(10**60) == "1e+06 EB"
    with pytest.raises(GanlabError, match="these take 2 GB of memory, and 1 GB are free; take fewer"):
        require_memory(2 * 10**9, what="these", way_out="take fewer", free=10**9)
