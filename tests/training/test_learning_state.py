"""What learning goes on from: tensors beside JSON, checked before they are read; and pickles of earlier versions."""

from __future__ import annotations

import json
import re
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.model import Model, WeightedLoss
from ganlab_core.plugins import Plugins
from ganlab_core.recipe.load import load_recipe
from ganlab_core.runs.checkpoint import load_weights, newest_checkpoint, save_checkpoint
from ganlab_core.runs.module_states import require_storable
from ganlab_core.training.learning_state import learning_state, load_learning_state
from ganlab_core.training.run import resume, train
from ganlab_core.training.session import Session
from ganlab_core.training.step import train_step
from tests.conftest import REPOSITORY, BuildSession
from tests.faults.compare import difference, state_of
from tests.runs.checkpoint_files import make_manifest_fit, put_earlier_optimisers, read_tensors


@pytest.fixture
def run(tiny: dict[str, Any], core_plugins: Plugins, tmp_path: Path) -> Path:
    """A finished run of four steps."""
    tiny |= {"samples": {"every": 0, "columns": 3}}
    return train(load_recipe(tiny, plugins=core_plugins), run=tmp_path / "run", plugins=core_plugins).folder


def test_nothing_of_ganlab_or_its_plugins_unpickles() -> None:
    sources = [
        path
        for folder in ("ganlab_core", "ganlab_elastic", "plugins")
        for path in (REPOSITORY / folder).rglob("*.py")
        if not {"tests", "build"} & set(path.parts)
    ]
    assert len(sources) > 250
    unpickling = re.compile(
        r"torch\.load\(|pickle\.loads?\(|Unpickler|allow_pickle=True|torch\.save\(|weights_only=False"
    )
    assert [path.name for path in sources if unpickling.search(path.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize("name", ["adam", "adamw", "nadam", "rmsprop", "sgd"])
def test_every_optimiser_comes_back_as_it_was(build_session: BuildSession, tmp_path: Path, name: str) -> None:
    overrides = [f"players.{player}.optimiser={name}" for player in ("discriminator", "generator")]
    session, fresh = build_session(*overrides), build_session(*overrides)
    for number in range(2):
        train_step(session.state, number)
    save(session, tmp_path)
    load_learning_state(tmp_path / "00000001", fresh.state.players)
    for player, state in session.state.players.items():
        found = fresh.state.players[player].optimiser.state_dict()
        assert found["state"]
        assert difference(found, state.optimiser.state_dict()) is None


def save(session: Session, folder: Path) -> None:
    state = session.state
    save_checkpoint(folder, number=1, model=state.model, learning=learning_state(state.players), keep=3)


def test_a_run_of_an_earlier_version_goes_on_to_the_same_bits_and_says_what_it_read(
    run: Path, core_plugins: Plugins, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    earlier = Path(shutil.copytree(run, tmp_path / "earlier"))
    put_earlier_optimisers(earlier / "checkpoints" / "00000004")
    resume(run, steps=6, plugins=core_plugins)
    assert "pickle" not in caplog.text
    resume(earlier, steps=6, plugins=core_plugins)
    assert "00000004 has its optimisers in a pickle" in caplog.text
    caplog.clear()
    one, other = (state_of(path / "checkpoints" / "00000006") for path in (run, earlier))
    assert difference(one, other) is None
    resume(earlier, steps=7, plugins=core_plugins)
    assert "pickle" not in caplog.text


def with_other_shape(checkpoint: Path) -> None:
    tensors = read_tensors(checkpoint)
    name = next(name for name in tensors if name.endswith(".exp_avg"))
    save_file(tensors | {name: torch.zeros(7)}, checkpoint / "optimisers.pt")


def with_more_parameters(checkpoint: Path) -> None:
    tensors = read_tensors(checkpoint)
    save_file(tensors | {"generator.99.exp_avg": torch.zeros(())}, checkpoint / "optimisers.pt")


def with_a_long_header(checkpoint: Path) -> None:
    header = b'{"a":"' + b" " * (50 << 20) + b'"}'
    (checkpoint / "optimisers.pt").write_bytes(struct.pack("<Q", len(header)) + header)


def without_random_state(checkpoint: Path) -> None:
    tensors = read_tensors(checkpoint)
    del tensors["rng"]
    save_file(tensors, checkpoint / "optimisers.pt")


def with_edited(edit: Callable[[dict[str, Any]], object]) -> Callable[[Path], None]:
    def damage(checkpoint: Path) -> None:
        state = json.loads((checkpoint / "state.json").read_text())
        edit(state)
        (checkpoint / "state.json").write_text(json.dumps(state))

    return damage


DAMAGES: dict[str, tuple[Callable[[Path], None], str]] = {
    "a shape that is another": (with_other_shape, r"exp_avg of .* has shape \(7,\)"),
    "a parameter too many": (with_more_parameters, "index out of range"),
    "a long header": (with_a_long_header, "bytes, which is more than its optimisers keep"),
    "no random state": (without_random_state, "rng"),
    "no record": (with_edited(lambda state: state["optimisers"].pop("generator")), "generator"),
    "groups that are none": (
        with_edited(lambda state: state["optimisers"]["generator"].update(groups=[])),
        "zip",
    ),
    "numbers that are none": (
        with_edited(lambda state: state["optimisers"]["generator"].update(numbers={"0": {"a": "b"}})),
        "optimisers.generator.numbers",
    ),
    "a number of no parameter": (
        with_edited(lambda state: state["optimisers"]["generator"].update(numbers={"99": {"a": 1}})),
        "generator has no parameter 99",
    ),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_what_does_not_fit_is_one_message(build_session: BuildSession, tmp_path: Path, name: str) -> None:
    session = build_session()
    train_step(session.state, 0)
    save(session, tmp_path)
    damage, reason = DAMAGES[name]
    damage(tmp_path / "00000001")
    make_manifest_fit(tmp_path / "00000001")
    with pytest.raises(GanlabError, match=reason):
        load_learning_state(tmp_path / "00000001", session.state.players)


class Remembering(torch.nn.Module):
    """A loss with a state of its own, of which JSON holds what `kept` is if it can."""

    def __init__(self, kept: object) -> None:
        super().__init__()
        self.register_buffer("total", torch.tensor(3.0))
        self.kept = kept

    def get_extra_state(self) -> object:
        return self.kept

    def set_extra_state(self, state: object) -> None:
        self.kept = state


def with_loss(model: Model, kept: object) -> Model:
    return Model(model.networks, model.prior, {"mine": WeightedLoss(Remembering(kept))}, model.average)  # type: ignore[arg-type]


def test_a_part_may_keep_plain_values_beside_tensors(build_session: BuildSession, tmp_path: Path) -> None:
    session, kept = build_session(), {"seen": [1, 2.5, "ü", None, True], "far": float("inf")}
    learning = learning_state(session.state.players)
    save_checkpoint(tmp_path, number=1, model=with_loss(session.state.model, kept), learning=learning, keep=1)
    checkpoint, model = newest_checkpoint(tmp_path), with_loss(build_session().state.model, None)
    assert checkpoint is not None
    load_weights(checkpoint, model)
    assert model.learners()["losses"].mine.kept == kept  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "kept", [{1: 2}, (1, 2), {3}, torch.nn.ReLU(), {"a": [torch.ones(1)]}, 1 << 80, "x" * (2 << 20)]
)
def test_a_part_whose_state_no_checkpoint_holds_is_named(
    build_session: BuildSession, tmp_path: Path, kept: object
) -> None:
    session = build_session()
    with pytest.raises(GanlabError, match=r"^losses\.mine keeps .*register_buffer"):
        save_checkpoint(
            tmp_path,
            number=1,
            model=with_loss(session.state.model, kept),
            learning=learning_state(session.state.players),
            keep=1,
        )
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(GanlabError, match=r"^losses\.mine keeps"):
        require_storable(with_loss(session.state.model, kept))


def test_more_beside_tensors_than_is_read_again_is_not_written(
    build_session: BuildSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ganlab_core.runs.checkpoint_files.MOST_BYTES", 1 << 10)
    with pytest.raises(GanlabError, match=r"state\.json of step 1 would be longer"):
        save(build_session(), tmp_path)
    assert list(tmp_path.iterdir()) == []
