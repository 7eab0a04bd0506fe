"""Row 8: recipes that are malformed, hostile or drawn at random."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from ganlab_core import GanlabError, load_recipe
from ganlab_core.plugins import load_plugins
from tests.faults.harness import Bench, ganlab
from tests.recipe.test_fuzz import OVERRIDES, RECIPES

_LAUGHS = "\n".join(["a0: &a0 [x, x]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}]" for n in range(1, 30))])
_WRONG: dict[str, tuple[bytes, tuple[str, ...]]] = {
    "malformed": (b"steps: [4\nbatch_size: 8\n", ("bad.yaml:2:",)),
    "unknown key": (b"stepps: 4\n", ("bad.yaml:1:1", "did you mean 'steps'")),
    "wrong type": (b"steps: many\n", ("bad.yaml:1:1", "steps")),
    "1e999": (b"losses: {adversarial: {weight: 1e999}}\n", ("bad.yaml:1:",)),
    "NaN": (b"losses: {adversarial: {weight: .nan}}\n", ("bad.yaml:1:",)),
    "negative sizes": (b"batch_size: -8\n", ("bad.yaml:1:1", "batch_size")),
    "duplicate key": (b"steps: 4\nsteps: 5\n", ("bad.yaml:2:1", "given twice")),
    "a Python object": (b"steps: !!python/object/apply:os.mkdir [marker]\n", ("bad.yaml:1:8", "refused")),
    "a Python name": (b"a: !!python/name:os.system\n", ("bad.yaml:1:4", "refused")),
    "3,000 deep": (b"a: " + b"[" * 3000 + b"]" * 3000, ("bad.yaml:1:", "deep")),
    "alias bomb": (_LAUGHS.encode(), ("bad.yaml", "aliases")),
    "10 MB": (b"a: b\n" * 2_000_000, ("bad.yaml", "longer than")),
    "not UTF-8": (b"steps: \xff\xfe\n", ("bad.yaml", "not UTF-8")),
    "several errors at once": (b"stepps: 4\nbatch_size: -1\nema: 7\n", ("bad.yaml:1:", "bad.yaml:2:", "bad.yaml:3:")),
}


def recipes(bench: Bench) -> None:
    """One message with the place, within seconds; and at random, a recipe or a message."""
    folder = bench.new("recipes")
    ganlab(folder, "validate", "tiny.yaml").require_done()
    for name, (content, parts) in _WRONG.items() if bench.long else ():
        with bench.case(name):
            (folder / "bad.yaml").write_bytes(content)
            outcome = ganlab(folder, "train", "bad.yaml", "--run", "run")
            outcome.require_message(*parts)
            assert not (folder / "run").exists()
            assert not (folder / "marker").exists(), "it ran"
            assert outcome.seconds < 5.0, f"it took {outcome.seconds:.0f} s"
    if bench.long:
        _at_random(bench)


def _at_random(bench: Bench) -> None:
    plugins = load_plugins()

    @seed(bench.random.randrange(1 << 30))
    @settings(
        max_examples=1000,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(recipe=RECIPES, overrides=st.lists(OVERRIDES, max_size=2))
    def load(recipe: dict[str, object], overrides: list[str]) -> None:
        with bench.case(f"{recipe} {overrides}"), suppress(GanlabError):
            load_recipe(recipe, overrides=overrides, plugins=plugins)

    load()
