"""What is written beside the code: links lead somewhere, and the workflow tries the Pythons that are promised."""

from __future__ import annotations

import re
from configparser import ConfigParser
from pathlib import Path

import pytest
import yaml

from ganlab_core import load_recipe
from tests.conftest import REPOSITORY

_GITHUB = REPOSITORY / ".github"
_GUIDE = REPOSITORY / "examples" / "guide"
_DOCUMENTS = sorted(
    {
        *REPOSITORY.glob("*.md"),
        *_GITHUB.glob("*.md"),
        *REPOSITORY.glob("ganlab_*/README.md"),
        *REPOSITORY.glob("plugins/**/README.md"),
        *_GUIDE.glob("*.md"),
    }
)


def _relative(path: Path) -> str:
    return str(path.relative_to(REPOSITORY))


def _links(text: str) -> list[str]:
    """Where a document's links lead, but for those to the web and to a place in itself."""
    return [link for link in re.findall(r"\]\(([^)\s]+)\)", text) if not re.match(r"https?:|#", link)]


def test_the_documents_are_found() -> None:
    assert {"README.md", ".github/CONTRIBUTING.md", "ganlab_core/README.md"} <= set(map(_relative, _DOCUMENTS))


@pytest.mark.parametrize("document", _DOCUMENTS, ids=_relative)
def test_every_link_leads_to_a_file(document: Path) -> None:
    links = _links(document.read_text(encoding="utf-8"))
    assert [link for link in links if not (document.parent / link.partition("#")[0]).exists()] == []


def test_the_readme_can_be_read_in_five_minutes() -> None:
    assert len((REPOSITORY / "README.md").read_text(encoding="utf-8").splitlines()) < 200


def test_the_recipe_in_the_readme_is_valid() -> None:
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    (recipe,) = re.findall(r"```yaml\n(.*?)```", text, flags=re.DOTALL)
    assert set(load_recipe(yaml.safe_load(recipe)).losses) == {"adversarial", "information"}


def test_the_guide_names_each_of_its_pages() -> None:
    pages = {page.name for page in _GUIDE.glob("*.md")} - {"README.md"}
    assert len(pages) > 10
    assert pages == {link for link in _links((_GUIDE / "README.md").read_text(encoding="utf-8")) if "/" not in link}


def test_every_room_is_on_the_map() -> None:
    text = (REPOSITORY / "ganlab_core" / "README.md").read_text()
    rooms = [path.parent.name for path in (REPOSITORY / "ganlab_core").glob("*/__init__.py")]
    assert len(rooms) > 10
    assert [room for room in rooms if f"| `{room}/` |" not in text] == []


def test_the_workflow_tries_every_python_that_the_package_promises() -> None:
    workflow = yaml.safe_load((_GITHUB / "workflows" / "ci.yml").read_text())
    package = ConfigParser()
    package.read(REPOSITORY / "setup.cfg")
    promised = re.findall(r"Python :: (3\.\d+)", package["metadata"]["classifiers"])
    assert workflow["jobs"]["checks"]["strategy"]["matrix"]["python"] == promised
    assert workflow["jobs"]["checks"]["steps"][-1] == {"run": ".ci/run"}


def test_forms_and_hooks_can_be_read() -> None:
    files = [*_GITHUB.rglob("*.yml"), REPOSITORY / ".pre-commit-config.yaml"]
    assert len(files) >= 6
    assert all(isinstance(yaml.safe_load(file.read_text()), dict) for file in files)
