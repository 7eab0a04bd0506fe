"""A checkpoint is whole or it is not there; damage is found, named and passed over."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
import torch

from ganlab_core.interface.errors import GanlabError
from ganlab_core.runs.checkpoint import load_weights, newest_checkpoint, save_checkpoint
from ganlab_core.runs.checkpoint_files import find_damage
from ganlab_core.training.learning_state import learning_state
from ganlab_core.training.session import Session
from ganlab_core.training.step import train_step
from tests.conftest import BuildSession


def save(session: Session, folder: Path, number: int, keep: int = 3) -> Path:
    state = session.state
    return save_checkpoint(folder, number=number, model=state.model, learning=learning_state(state.players), keep=keep)


def test_weights_come_back_as_they_were(build_session: BuildSession, tmp_path: Path) -> None:
    trained, fresh = build_session(), build_session("seed=1")
    train_step(trained.state, 0)
    save(trained, tmp_path, 1)
    checkpoint = newest_checkpoint(tmp_path)
    assert checkpoint is not None
    assert checkpoint.number == 1
    load_weights(checkpoint, fresh.state.model)
    for name, module in trained.state.model.state_modules().items():
        loaded = fresh.state.model.state_modules()[name].state_dict()
        assert all(torch.equal(value, loaded[key]) for key, value in module.state_dict().items())


def test_only_the_newest_are_kept(build_session: BuildSession, tmp_path: Path) -> None:
    session = build_session()
    for number in (1, 2, 3, 4):
        save(session, tmp_path, number, keep=2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["00000003", "00000004"]


def test_the_newest_are_those_of_most_steps_however_many_digits_these_have(
    build_session: BuildSession, tmp_path: Path
) -> None:
    session = build_session()
    for number in (99_999_998, 99_999_999, 100_000_000):
        save(session, tmp_path, number, keep=2)
    assert {path.name for path in tmp_path.iterdir()} == {"99999999", "100000000"}
    newest = newest_checkpoint(tmp_path)
    assert newest is not None
    assert newest.number == 100_000_000


def test_what_a_killed_save_left_is_not_a_checkpoint_and_is_cleared(
    build_session: BuildSession, tmp_path: Path
) -> None:
    (tmp_path / ".writing-00000007").mkdir()
    assert newest_checkpoint(tmp_path) is None
    save(build_session(), tmp_path, 8)
    assert [path.name for path in tmp_path.iterdir()] == ["00000008"]


@pytest.mark.parametrize("name", ["weights.safetensors", "optimisers.pt", "state.json"])
def test_any_flipped_bit_is_found(build_session: BuildSession, tmp_path: Path, name: str) -> None:
    file = save(build_session(), tmp_path, 1) / name
    whole = file.read_bytes()
    draw = random.Random(0)
    for _ in range(20):
        damaged = bytearray(whole)
        damaged[draw.randrange(len(whole))] ^= 1 << draw.randrange(8)
        file.write_bytes(damaged)
        assert find_damage(file.parent) == f"{name} does not match its checksum"
    file.write_bytes(whole)
    assert find_damage(file.parent) is None


@pytest.mark.parametrize("name", ["weights.safetensors", "optimisers.pt", "state.json", "manifest.json"])
def test_a_missing_or_cut_file_is_found(build_session: BuildSession, tmp_path: Path, name: str) -> None:
    file = save(build_session(), tmp_path, 1) / name
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    assert find_damage(file.parent) is not None
    file.unlink()
    assert find_damage(file.parent) is not None


def test_a_damaged_newest_checkpoint_gives_way_to_the_one_before_and_is_named(
    build_session: BuildSession, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    session = build_session()
    save(session, tmp_path, 1)
    (save(session, tmp_path, 2) / "weights.safetensors").write_bytes(b"")
    checkpoint = newest_checkpoint(tmp_path)
    assert checkpoint is not None
    assert checkpoint.number == 1
    assert "00000002 is damaged (weights.safetensors does not match its checksum)" in caplog.text


def test_nothing_but_damage_is_an_error_that_names_it(build_session: BuildSession, tmp_path: Path) -> None:
    (save(build_session(), tmp_path, 2) / "manifest.json").write_text("{}")
    with pytest.raises(GanlabError, match=r"every checkpoint is damaged.*00000002"):
        newest_checkpoint(tmp_path)


def test_weights_of_another_recipe_are_refused(build_session: BuildSession, tmp_path: Path) -> None:
    save(build_session(), tmp_path, 1)
    checkpoint = newest_checkpoint(tmp_path)
    assert checkpoint is not None
    with pytest.raises(GanlabError, match="does not fit its recipe"):
        load_weights(checkpoint, build_session("networks.generator.width=8").state.model)


def test_a_save_that_fails_leaves_the_old_checkpoint_and_nothing_half_written(
    build_session: BuildSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = build_session()
    save(session, tmp_path, 1)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ganlab_core.runs.checkpoint_files.save_file", full)
    with pytest.raises(GanlabError, match=r"00000002 cannot be written.*No space left on device.*earlier.*whole"):
        save(session, tmp_path, 2)
    assert [path.name for path in tmp_path.iterdir()] == ["00000001"]
    assert find_damage(tmp_path / "00000001") is None


def test_the_manifest_names_every_file(build_session: BuildSession, tmp_path: Path) -> None:
    folder = save(build_session(), tmp_path, 1)
    sums = json.loads((folder / "manifest.json").read_text())
    assert sums.keys() | {"manifest.json"} == {file.name for file in folder.iterdir()}
