"""Whatever lies where a run's JSON belongs, reading it is done or gives one message, at once and in little memory."""

from __future__ import annotations

import json
import re
import tracemalloc
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import pytest

from ganlab_core.interface.data_facts import DataFacts
from ganlab_core.interface.errors import GanlabError
from ganlab_core.plugins.frozen_files import read_frozen
from ganlab_core.recipe.settings import Checkpoints
from ganlab_core.runs.best import BestCheckpoint
from ganlab_core.runs.checkpoint_files import find_damage
from ganlab_core.runs.data_facts import read_facts, write_facts
from ganlab_core.runs.environment import read_environment, read_made_with, write_environment
from ganlab_core.runs.evaluation import read_evaluation
from ganlab_core.runs.found import read_found
from ganlab_core.runs.rollbacks import Rollback, read_rollbacks
from ganlab_core.system.locking import Holder, LockState, look_at_lock
from ganlab_core.system.regular_files import MOST_BYTES
from ganlab_core.verbs.benchmark.result import read_result
from tests.runs.checkpoint_files import FILES, make_manifest_fit
from tests.runs.hostile_files import CONTENTS, HOSTILE, NO_FILES

T = TypeVar("T")
REPOSITORY = Path(__file__).parents[2]
FACTS = DataFacts(
    name="faces",
    image_shape=(3, 32, 16),
    size=7,
    class_names=("plain", "täxt", "no text: \udcff"),
    class_counts=(3, 2, 2),
    content_hash="ab" * 32,
)


def best_of(path: Path) -> tuple[int, ...]:
    return BestCheckpoint(path.parent, Checkpoints(best="nmi")).numbers


READERS: dict[str, Callable[[Path], object]] = {
    "data.json": read_facts,
    "evaluation.json": read_evaluation,
    "environment.json": read_environment,
    "rollbacks.json": read_rollbacks,
    "best.json": best_of,
    "seed0.json": lambda path: read_result(path, inside=path.parent),
    "found.json": lambda path: read_found(path.parent),
}


def in_little_memory(read: Callable[[Path], T], path: Path) -> T:
    """What is read, at a cost that has nothing to do with the file's size."""
    tracemalloc.start()
    try:
        return read(path)
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 4 * MOST_BYTES


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("name", READERS)
def test_a_hostile_file_is_one_message_that_names_it(tmp_path: Path, name: str, hostile: str) -> None:
    make, reason = HOSTILE[hostile]
    make(tmp_path / name)
    with pytest.raises(GanlabError) as caught:
        in_little_memory(READERS[name], tmp_path / name)
    assert re.match(rf"{re.escape(str(tmp_path / name))} is [a-z ]+ \({reason}.*\); \S+", str(caught.value))


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    """A folder with files that fit their manifest."""
    folder = tmp_path / "00000001"
    folder.mkdir()
    for file in FILES:
        (folder / file).write_text('{"number": 1, "random": {}}')
    make_manifest_fit(folder)
    assert find_damage(folder) is None
    return folder


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("name", [*FILES, "manifest.json"])
def test_a_hostile_file_in_a_checkpoint_is_damage(checkpoint: Path, name: str, hostile: str) -> None:
    (checkpoint / name).unlink()
    make, reason = HOSTILE[hostile]
    make(checkpoint / name)
    damage = in_little_memory(find_damage, checkpoint)
    if name == "weights.safetensors" and hostile == "sparse gigabyte":
        reason = "its header is no JSON"
    elif name in FILES and hostile not in NO_FILES:
        reason = "does not match its checksum"
    assert re.match(f"{name}:? {reason}", str(damage))


@pytest.mark.parametrize("hostile", CONTENTS)
def test_a_hostile_state_whose_checksum_is_right_is_damage(checkpoint: Path, hostile: str) -> None:
    content, reason = CONTENTS[hostile]
    (checkpoint / "state.json").write_bytes(content)
    make_manifest_fit(checkpoint)
    assert re.match(f"state.json: {reason}", str(in_little_memory(find_damage, checkpoint)))


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_index_of_plugin_files_is_one_message(tmp_path: Path, hostile: str) -> None:
    HOSTILE[hostile][0](tmp_path / "plugins.json")
    with pytest.raises(GanlabError, match=r"plugins\.json can't be read; restore it"):
        in_little_memory(read_frozen, tmp_path)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_note_of_a_lock_names_nobody(tmp_path: Path, hostile: str) -> None:
    HOSTILE[hostile][0](tmp_path / ".lock.json")
    assert in_little_memory(look_at_lock, tmp_path) == LockState("stale", Holder("unknown", "unknown"))


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("data.json", asdict(FACTS) | {"image_shape": ["a", 2, 3]}, "image_shape.0: Input should be a valid integer"),
        ("data.json", asdict(FACTS) | {"image_shape": [1, 2]}, "image_shape.2: Field required"),
        ("data.json", asdict(FACTS) | {"class_counts": 3}, "class_counts: Input should be a valid tuple"),
        ("data.json", {"name": "x"}, "image_shape: Field required"),
        ("data.json", asdict(FACTS) | {"size": float("inf")}, "size: Input should be a finite number"),
        ("environment.json", {"\x1b[2J": [1]}, r"'\x1b[2J.str': Input should be a valid string"),
        ("rollbacks.json", [{"to": 1}], "0.reason: Field required"),
        ("rollbacks.json", [3], "0: it holds no mapping"),
        (
            "rollbacks.json",
            [{"to": 1, "reason": "x", "learning_rate_scale": float("nan")}],
            "0.learning_rate_scale: Input should be a finite number",
        ),
        ("best.json", {"number": 1.5, "metric": "nmi", "value": 1}, "number: Input should be a valid integer"),
        ("seed0.json", {}, "label: Field required"),
        ("found.json", {"counts": [3, -1]}, "counts.1: Input should be greater than or equal to 0"),
    ],
)
def test_a_value_of_another_kind_is_named_with_its_place(
    tmp_path: Path, name: str, content: object, reason: str
) -> None:
    (tmp_path / name).write_text(json.dumps(content))
    with pytest.raises(GanlabError, match=re.escape(f"({reason}")) as caught:
        READERS[name](tmp_path / name)
    assert str(caught.value).isprintable()


def test_what_is_missing_is_damage_where_a_run_cannot_do_without_it(tmp_path: Path) -> None:
    with pytest.raises(GanlabError, match=r"data\.json is missing or damaged \(No such file or directory\); the run"):
        read_facts(tmp_path / "data.json")
    assert read_evaluation(tmp_path / "evaluation.json") is None
    assert read_environment(tmp_path / "environment.json") == {}
    assert read_rollbacks(tmp_path / "rollbacks.json") == []
    assert best_of(tmp_path / "best.json") == ()


def test_what_ganlab_writes_is_read_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    write_facts(FACTS, path)
    assert read_facts(path) == FACTS
    write_environment(path, process={"threads": "2"})
    assert {"python", "platform", "libraries.torch"} <= read_environment(path).keys()
    assert read_made_with(path)["threads"] == "2"
    rollback = Rollback(to=3, reason="not finite", learning_rate_scale=0.5)
    path.write_text(json.dumps([asdict(rollback)]))
    assert read_rollbacks(path) == [rollback]
    figures: dict[str, Any] = {"nmi": float("inf"), "matched": [1, None], "seed": 2**64 - 1, "least": -(2**63)}
    path.write_text(json.dumps(figures))
    assert read_evaluation(path) == figures


def test_what_a_later_ganlab_wrote_beside_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "data.json").write_text(json.dumps(asdict(FACTS) | {"colour": "grey"}))
    assert read_facts(tmp_path / "data.json") == FACTS


@pytest.mark.parametrize("value", [float("inf"), 10**30, True])
def test_a_best_figure_of_any_size_can_be_read_again(tmp_path: Path, value: float) -> None:
    best = BestCheckpoint(tmp_path, Checkpoints(best="nmi"))
    assert best.takes({"nmi": value}, 3)
    assert best.numbers == (3,)
    assert not best.takes({"nmi": value}, 4)


def test_json_is_read_in_one_place_and_so_are_its_errors_caught() -> None:
    """`learning_state` reads tensors, whose errors are torch's."""
    allowed = {"json_files.py", "learning_state.py", "snippet.py"}
    sources = [path for package in ("ganlab_core", "ganlab_elastic") for path in (REPOSITORY / package).rglob("*.py")]
    assert len(sources) > 200
    reading = re.compile(r"json\.loads?\(|RecursionError")
    assert {path.name for path in sources if reading.search(path.read_text())} == allowed


def test_a_file_of_a_run_is_named_in_one_place_alone() -> None:
    files = r"(recipe\.yaml|metrics\.jsonl|(environment|data|evaluation|rollbacks|forked_from)\.json"
    named = re.compile(rf'/ "{files}|proportions\.png|assignments\.csv|samples|checkpoints|\.lock[a-z.]*)"')
    sources = [path for package in ("ganlab_core", "ganlab_elastic") for path in (REPOSITORY / package).rglob("*.py")]
    assert {path.name for path in sources if named.search(path.read_text())} == {"folder.py"}
