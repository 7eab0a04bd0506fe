"""A run goes on as it began: threads, torch's switches, and a word where the process is another one."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from ganlab_core import GanlabError
from ganlab_core.plugins import Plugins
from ganlab_core.recipe.load import load_recipe
from ganlab_core.system.process_settings import computing_as, settings_now, usable_cores
from ganlab_core.training.run import resume, train

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def _threads() -> Iterator[None]:
    """What a test sets is undone."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture
def wide(tiny: dict[str, Any]) -> dict[str, Any]:
    """Batches that two threads share out, so that their sums differ from those of one."""
    return tiny | {"batch_size": 64}


def weights_of(run: Path, number: int = 4) -> bytes:
    return (run / "checkpoints" / f"{number:08d}" / "weights.safetensors").read_bytes()


def paused(recipe: dict[str, Any], run: Path, plugins: Plugins) -> Path:
    return train(load_recipe(recipe, plugins=plugins), run=run, plugins=plugins, pause=lambda done: done == 2).folder


def changed(run: Path, **settings: str) -> None:
    """What the run says of the process that it began in."""
    found = json.loads((run / "environment.json").read_text())
    found["process"] |= settings
    (run / "environment.json").write_text(json.dumps(found))


def test_a_resume_with_other_threads_comes_to_the_same_bits_and_says_so(
    wide: dict[str, Any], core_plugins: Plugins, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    torch.set_num_threads(2)
    recipe = load_recipe(wide, plugins=core_plugins)
    whole = train(recipe, run=tmp_path / "whole", plugins=core_plugins).folder
    stopped = paused(wide, tmp_path / "stopped", core_plugins)
    torch.set_num_threads(1)
    with caplog.at_level(logging.WARNING):
        resume(stopped, plugins=core_plugins)
    assert weights_of(stopped) == weights_of(whole)
    assert "goes on with as many threads as it began with, 2, to the same bits; --set threads=N" in caplog.text
    assert torch.get_num_threads() == 1


def test_a_resume_with_the_same_threads_says_nothing(
    wide: dict[str, Any], core_plugins: Plugins, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run = paused(wide, tmp_path / "run", core_plugins)
    with caplog.at_level(logging.WARNING):
        resume(run, plugins=core_plugins)
    assert caplog.text == ""


def test_who_asks_for_other_threads_gets_them_and_is_told_that_bits_differ(
    wide: dict[str, Any], core_plugins: Plugins, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    torch.set_num_threads(2)
    run, seen = paused(wide, tmp_path / "run", core_plugins), []
    with caplog.at_level(logging.WARNING):
        resume(
            run,
            overrides=["threads=1"],
            plugins=core_plugins,
            is_over=lambda done: bool(seen.append(torch.get_num_threads())),  # type: ignore[func-returns-value]
        )
    assert set(seen) == {1}
    assert "began with '2' threads and goes on with 1, as its recipe asks, so not to the same bits" in caplog.text
    assert load_recipe(run / "recipe.yaml", plugins=core_plugins).threads == 1


def test_the_command_that_may_be_given_again_goes_on_with_the_threads_of_the_beginning(
    wide: dict[str, Any], core_plugins: Plugins, tmp_path: Path
) -> None:
    recipe = load_recipe(wide, plugins=core_plugins)
    torch.set_num_threads(2)
    whole = train(recipe, run=tmp_path / "whole", plugins=core_plugins).folder
    stopped = paused(wide, tmp_path / "stopped", core_plugins)
    torch.set_num_threads(1)
    train(recipe, run=stopped, or_resume=True, plugins=core_plugins)
    assert weights_of(stopped) == weights_of(whole)


def test_a_fork_goes_on_with_the_threads_of_its_run(
    wide: dict[str, Any], core_plugins: Plugins, tmp_path: Path
) -> None:
    torch.set_num_threads(2)
    whole = train(load_recipe(wide, plugins=core_plugins), run=tmp_path / "whole", plugins=core_plugins).folder
    stopped = paused(wide, tmp_path / "stopped", core_plugins)
    torch.set_num_threads(1)
    fork = resume(stopped, fork=tmp_path / "fork", plugins=core_plugins).folder
    assert weights_of(fork) == weights_of(whole)
    assert json.loads((fork / "environment.json").read_text())["process"]["threads"] == "2"


def test_switches_of_torch_are_set_again_for_the_time_of_the_run(
    tiny: dict[str, Any], core_plugins: Plugins, tmp_path: Path
) -> None:
    torch.set_float32_matmul_precision("high")
    try:
        run, seen = paused(tiny, tmp_path / "run", core_plugins), []
    finally:
        torch.set_float32_matmul_precision("highest")

    def watch(done: int) -> bool:
        seen.append(torch.get_float32_matmul_precision())
        return False

    resume(run, plugins=core_plugins, is_over=watch)
    assert set(seen) == {"high"}
    assert torch.get_float32_matmul_precision() == "highest"


def test_another_torch_processor_or_number_of_processes_is_said(
    tiny: dict[str, Any], core_plugins: Plugins, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run = paused(tiny, tmp_path / "run", core_plugins)
    changed(run, processor="Cray-1", processes="2", device="cuda, H100\x1b[31m")
    found = json.loads((run / "environment.json").read_text())
    found["libraries"]["torch"] = "1.0"
    (run / "environment.json").write_text(json.dumps(found))
    with caplog.at_level(logging.WARNING):
        resume(run, plugins=core_plugins)
    assert "goes on, but not to the same bits: it began with processes '2', and now it is '1'" in caplog.text
    assert "processor 'Cray-1', and now it is " in caplog.text
    assert f"torch '1.0', and now it is '{torch.__version__.partition('+')[0]}" in caplog.text
    assert "\x1b" not in caplog.text


def test_a_run_that_does_not_say_with_how_many_threads_it_began_goes_on_with_a_word(
    tiny: dict[str, Any], core_plugins: Plugins, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run = paused(tiny, tmp_path / "run", core_plugins)
    (run / "environment.json").write_text(json.dumps({"python": "3.10.0", "libraries": {}}))
    with caplog.at_level(logging.WARNING):
        resume(run, plugins=core_plugins)
    assert "does not say with how many threads it began; it goes on with" in caplog.text


@pytest.mark.parametrize("threads", ["0", "-1", "many", "1000000", "9" * 5000, "\u0664"])
def test_threads_that_no_machine_has_are_refused_with_the_way_out(
    tiny: dict[str, Any], core_plugins: Plugins, tmp_path: Path, threads: str
) -> None:
    run = paused(tiny, tmp_path / "run", core_plugins)
    changed(run, threads=threads)
    with pytest.raises(GanlabError, match=r"environment\.json: the run began with '.{1,20}' threads.*--set threads=N"):
        resume(run, plugins=core_plugins)
    resume(run, overrides=["threads=1"], plugins=core_plugins)


def test_a_recipe_cannot_ask_for_more_threads_than_a_machine_could_run(
    tiny: dict[str, Any], core_plugins: Plugins, tmp_path: Path
) -> None:
    recipe = load_recipe(tiny, overrides=["threads=100000"], plugins=core_plugins)
    with pytest.raises(GanlabError, match="threads: 100000 are more than this machine could run; set 1 to"):
        train(recipe, run=tmp_path / "run", plugins=core_plugins)


@pytest.mark.parametrize("threads", ["0", "many", "1.5"])
def test_threads_that_are_no_number_of_such_are_refused(
    tiny: dict[str, Any], core_plugins: Plugins, threads: str
) -> None:
    with pytest.raises(GanlabError, match=r"threads: .*should be"):
        load_recipe(tiny, overrides=[f"threads={threads}"], plugins=core_plugins)


def test_a_switch_that_torch_has_not_is_refused(tiny: dict[str, Any], core_plugins: Plugins, tmp_path: Path) -> None:
    run = paused(tiny, tmp_path / "run", core_plugins)
    changed(run, mkldnn="sometimes")
    with pytest.raises(GanlabError, match="'mkldnn' is one of False, True, not 'sometimes'"):
        resume(run, plugins=core_plugins)


def test_numpys_threads_are_those_of_torch() -> None:
    from threadpoolctl import threadpool_info

    with computing_as({}, threads=2):
        counts = {pool["num_threads"] for pool in threadpool_info()}
    assert counts == {min(2, usable_cores())} or counts == {2}
    assert settings_now(device=CPU, processes=1)["processes"] == "1"
