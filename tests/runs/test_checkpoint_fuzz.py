"""Whatever a checkpoint's files hold, reading them is done, or gives one message: never a traceback."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ganlab_core.interface.errors import GanlabError
from ganlab_core.runs.checkpoint import load_weights, newest_checkpoint, save_checkpoint
from ganlab_core.training.learning_state import learning_state, load_learning_state
from ganlab_core.training.session import Session
from tests.conftest import BuildSession
from tests.runs.checkpoint_files import FILES, make_manifest_fit

EXAMPLES = int(os.environ.get("GANLAB_FUZZ_EXAMPLES", "30"))
EDITS = st.lists(st.tuples(st.floats(0.0, 1.0), st.binary(min_size=1, max_size=8)), max_size=6)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scratch")


@pytest.fixture
def saved(build_session: BuildSession, tmp_path: Path) -> tuple[Session, Path]:
    """A session, and a checkpoint of it."""
    session = build_session()
    folder = save_checkpoint(
        tmp_path / "whole", number=1, model=session.state.model, learning=learning_state(session.state.players), keep=3
    )
    return session, folder


@pytest.fixture
def answered(saved: tuple[Session, Path], scratch: Path) -> Callable[[Callable[[Path], None]], bool]:
    """Damages a copy of the checkpoint and reads it; False where it is refused with a message."""
    session, whole = saved

    def read(damage: Callable[[Path], None]) -> bool:
        shutil.rmtree(scratch / "checkpoints", ignore_errors=True)
        copy = scratch / "checkpoints" / whole.name
        shutil.copytree(whole, copy)
        damage(copy)
        try:
            checkpoint = newest_checkpoint(copy.parent)
            assert checkpoint is not None
            load_weights(checkpoint, session.state.model)
            load_learning_state(checkpoint.folder, session.state.players)
        except GanlabError as error:
            return not str(error)
        return True

    return read


Answered = Callable[[Callable[[Path], None]], bool]


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(name=st.sampled_from([*FILES, "manifest.json"]), edits=EDITS, cut=st.floats(0.5, 1.2), fit=st.booleans())
def test_any_bytes(answered: Answered, name: str, edits: list[tuple[float, bytes]], cut: float, fit: bool) -> None:
    def damage(checkpoint: Path) -> None:
        content = bytearray((checkpoint / name).read_bytes())
        for place, new in edits:
            at = int(place * len(content))
            content[at : at + len(new)] = new
        (checkpoint / name).write_bytes(content[: int(cut * len(content))])
        if fit and name != "manifest.json":
            make_manifest_fit(checkpoint)

    assert answered(damage) in (True, False)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.integers(1 << 62, 1 << 80),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["python", "numpy", "x"]), inner),
    max_leaves=8,
)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(states=JSON | st.fixed_dictionaries({"python": JSON, "numpy": JSON}), number=st.just(1) | JSON)
def test_any_random_states(answered: Answered, states: object, number: object) -> None:
    def damage(checkpoint: Path) -> None:
        (checkpoint / "state.json").write_text(json.dumps({"number": number, "random": states}))
        make_manifest_fit(checkpoint)

    assert answered(damage) in (True, False)


def test_a_number_beyond_all_and_a_place_beyond_numpy_s_memory_are_damage(answered: Answered, saved: Any) -> None:
    kept = json.loads((saved[1] / "state.json").read_text())
    name, keys, _, *rest = kept["random"]["numpy"]
    beyond = kept | {"random": kept["random"] | {"numpy": [name, keys, 10**9, *rest]}}
    for state in (json.dumps(kept | {"number": float("inf")}), json.dumps(beyond)):

        def damage(checkpoint: Path, state: str = state) -> None:
            (checkpoint / "state.json").write_text(state)
            make_manifest_fit(checkpoint)

        assert not answered(damage)


def test_a_whole_one_is_taken(answered: Answered) -> None:
    assert answered(lambda checkpoint: None)
