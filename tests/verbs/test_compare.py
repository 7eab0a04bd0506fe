"""`ganlab compare`: what differs between two short runs, for a person and for a program."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ganlab_core.testing.fixtures import Ganlab
from ganlab_core.verbs.compare.comparison import short_names

pytestmark = pytest.mark.bare


@pytest.fixture
def runs(ganlab: Ganlab, tiny_file: Path) -> tuple[str, str]:
    """Two runs whose seed and width differ."""
    for name, options in (("first", []), ("second", ["--seed", 7, "--set", "networks.generator.width=6"])):
        trained = ganlab("train", tiny_file, "--steps", 2, "--run", name, *options)
        assert trained.code == 0, trained.err
    return "first", "second"


def test_what_differs_is_listed_and_what_is_the_same_is_not(ganlab: Ganlab, runs: tuple[str, str]) -> None:
    compared = ganlab("compare", *runs)
    assert compared.code == 0, compared.err
    rows = {line.split("│")[1].strip(): line for line in compared.out.splitlines() if line.startswith("│")}
    assert [cell.strip() for cell in rows["networks.generator.width"].split("│")[2:4]] == ["4", "6"]
    assert [cell.strip() for cell in rows["seed"].split("│")[2:4]] == ["0", "7"]
    assert "batch_size" not in compared.out
    assert "made with: no difference" in compared.out


def test_a_program_reads_the_same_as_json(ganlab: Ganlab, runs: tuple[str, str]) -> None:
    evaluation = Path("second", "evaluation.json")
    evaluation.write_text(json.dumps({"nmi": 0.5, "seconds": 3.0, "learned_prior": [0.5, 0.5]}))
    Path("first", "evaluation.json").write_text(json.dumps({"nmi": 0.25, "purity": 1}))
    environment = Path("first", "environment.json")
    environment.write_text(environment.read_text().replace('"python": "', '"python": "2.'))
    compared = ganlab("compare", *runs, "--json")
    assert compared.code == 0, compared.err
    found = json.loads(compared.out)
    assert found["runs"] == ["first", "second"]
    assert found["recipe"] == {"networks.generator.width": [4, 6], "seed": [0, 7]}
    assert list(found["made_with"]) == ["python"]
    assert found["metrics"] == {"nmi": [0.25, 0.5], "purity": [1, None]}


def test_a_run_that_is_not_at_its_end_is_named(ganlab: Ganlab, runs: tuple[str, str]) -> None:
    Path("second", "evaluation.json").unlink()
    compared = ganlab("compare", *runs)
    assert compared.code == 0
    assert "second has no evaluation; a run writes it at its end" in compared.out


def test_what_is_no_run_or_damaged_is_one_line(ganlab: Ganlab, runs: tuple[str, str]) -> None:
    outcome = ganlab("compare", "first", "nowhere")
    assert outcome.code == 1
    assert outcome.err.startswith("error: nowhere holds no run (there is no recipe.yaml)")
    Path("second", "evaluation.json").write_text("{")
    damaged = ganlab("compare", *runs)
    assert damaged.code == 1
    assert damaged.err.startswith("error: second/evaluation.json is damaged (")
    assert damaged.err.endswith("bring it back from a copy, or delete it\n")
    Path("second", "evaluation.json").write_text("[]")
    assert "evaluation.json is damaged (it holds no mapping)" in ganlab("compare", *runs).err


def test_one_run_is_no_comparison_and_the_help_has_an_example(ganlab: Ganlab) -> None:
    outcome = ganlab("compare", "alone")
    assert outcome.code == 2
    assert "takes two runs or more; name another RUN" in outcome.err
    assert "ganlab compare runs/digits-elastic-seed0 runs/digits-elastic-seed1" in ganlab("compare", "--help").out


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["runs/a", "runs/b"], ("a", "b")),
        (["x/seed4", "y/seed4"], ("x/seed4", "y/seed4")),
        (["x/1/seed4", "y/1/seed4", "z"], ("x/1/seed4", "y/1/seed4", None)),
        (["runs/a", "runs/a"], ("a (1)", "a (2)")),
    ],
)
def test_names_are_as_short_as_tells_runs_apart(paths: list[str], names: tuple[str | None, ...]) -> None:
    found = short_names([Path(path) for path in paths])
    assert len(set(found)) == len(paths)
    assert all(name is None or name == one for name, one in zip(names, found, strict=True))
