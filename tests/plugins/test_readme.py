"""The guide for plugin authors says what the code says."""

from __future__ import annotations

from pathlib import Path

import pytest

from ganlab_core.interface.kinds import KINDS
from ganlab_core.verbs.new.scaffold import SCAFFOLD_KINDS, ScaffoldKind
from plugins.readme.__main__ import README, updated
from plugins.readme.costs import cost
from plugins.readme.hooks import hooks, hooks_reference, users
from plugins.readme.kind_costs import cost_of_kind, kind_costs

COUNTED_BY_HAND: dict[ScaffoldKind, tuple[int, int, int]] = {
    "network": (10, 9, 4),
    "prior": (15, 6, 4),
    "loss": (5, 2, 4),
    "dataset": (9, 7, 4),
}


def test_hooks_and_costs_are_in_step_with_the_code() -> None:
    text = README.read_text(encoding="utf-8")
    assert updated(text) == text, "run `python -m plugins.readme`"


def test_every_hook_is_in_the_reference_with_a_signature_and_somebody_who_uses_it() -> None:
    assert len(hooks()) == 14
    for name in hooks():
        assert f"### `{name}(" in hooks_reference()
        assert users(name), name


def test_those_who_use_a_hook_are_found_in_the_code() -> None:
    assert ("ganlab", "../ganlab_core/stock/plugin.py") in users("ganlab_datasets")
    assert ("ganlab-fid", "ganlab-fid/ganlab_fid/plugin.py") in users("ganlab_verbs")


def test_what_a_build_leaves_beside_the_sources_uses_no_hook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plugins.readme.hooks.REPOSITORY", tmp_path)
    package = tmp_path / "plugins" / "ganlab-mine"
    for folder in (package / "build" / "lib", package):
        (folder / "mine").mkdir(parents=True)
        (folder / "mine" / "plugin.py").write_text("@hookimpl\ndef ganlab_losses(): ...\n")
    (package / "setup.cfg").touch()
    assert users("ganlab_losses") == [("ganlab-mine", "ganlab-mine/mine/plugin.py")]


def test_a_new_kind_of_part_costs_a_record_a_hook_and_a_section() -> None:
    assert cost_of_kind("metric") == (1, 2, 1)
    assert cost_of_kind("loss") == (9, 2, 5)
    assert all(1 <= lines <= 10 for kind in KINDS for lines in cost_of_kind(kind))
    assert "| metric | 1 | 2 | 1 |" in kind_costs()


@pytest.mark.parametrize("kind", SCAFFOLD_KINDS)
def test_a_new_part_costs_fifteen_lines_or_fewer_beside_its_mathematics(kind: ScaffoldKind) -> None:
    assert cost(kind) == COUNTED_BY_HAND[kind]
    assert cost(kind)[0] <= 15


def test_a_readme_without_its_markers_is_refused() -> None:
    with pytest.raises(ValueError, match="has lost its markers"):
        updated("# A guide\n")
