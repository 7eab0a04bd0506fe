"""What verbs print of names, keys and values from anywhere: escaped, in one place for each way of printing."""

from __future__ import annotations

import ast
import io
import json
import logging
import re
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from rich.table import Table
from rich.text import Text

from ganlab_core import GanlabError, json_option, plain_console, say, say_json
from ganlab_core.testing.fixtures import Ganlab
from ganlab_core.verbs.command_line.log import show_log, show_traceback
from tests.conftest import REPOSITORY

pytestmark = pytest.mark.bare

EVIL = "\x1b]0;title\x07\x9b2J\u202e[red]:rat:"
SHOWN = r"\x1b]0;title\x07\x9b2J\u202e[red]:rat:"
SOURCES = [
    path
    for folder in ("ganlab_core", "ganlab_elastic", "plugins")
    for path in sorted((REPOSITORY / folder).rglob("*.py"))
    if not {"templates", "tests", "readme"} & set(path.relative_to(REPOSITORY).parts)
]


def unseen(text: str) -> set[str]:
    return set(re.findall(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text))


def test_a_console_shows_text_tables_and_titles_escaped() -> None:
    console = plain_console()
    console.file, console.width = io.StringIO(), 200
    table = Table(EVIL, title=EVIL)
    table.add_row(EVIL)
    table.add_row(Text(EVIL))
    for what in (EVIL, Text(EVIL), table):
        console.print(what)
    shown = console.file.getvalue()
    assert shown.count(SHOWN) == 4
    assert shown.count("]0;title") == 6
    assert not unseen(shown)


def test_a_table_is_as_wide_as_what_it_shows() -> None:
    console = plain_console()
    console.file, console.width = io.StringIO(), 200
    table = Table("name")
    table.add_row(EVIL)
    table.add_row("x")
    console.print(table)
    assert len({len(line) for line in console.file.getvalue().splitlines()}) == 1


def test_lines_are_one_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    say("a\nerror: b", Path("c\r\x1b[1Ad"))
    assert capsys.readouterr().out == "a\\nerror: b\nc\\r\\x1b[1Ad\n"


def test_json_is_ascii_without_a_control_character(capsys: pytest.CaptureFixture[str]) -> None:
    say_json({EVIL: "\x7f"})
    out = capsys.readouterr().out
    assert json.loads(out) == {EVIL: "\x7f"}
    assert out.isascii()
    assert not unseen(out)


def test_the_log_is_a_line_a_record_and_a_traceback_keeps_its_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    root, stream = logging.getLogger(), io.StringIO()
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr("sys.stderr", stream)
    try:
        show_log()
        logging.getLogger("ganlab.test").warning("skipped %s", f"{EVIL}\nERROR: forged")
        try:
            raise ValueError(EVIL)
        except ValueError:
            logging.getLogger("ganlab.test").exception("failed")
        logging.getLogger("py.warnings").warning("%s", f"file.py:1: UserWarning: {EVIL}\n  the line\n")
    finally:
        logging.captureWarnings(False)
    said = stream.getvalue()
    assert said.startswith(f"WARNING: skipped {SHOWN}\\nERROR: forged\n")
    assert f"\nValueError: {SHOWN}\n" in said
    assert f"UserWarning: {SHOWN}\n  the line\n" in said
    assert not unseen(said)


def test_a_wrong_word_of_the_command_line_is_escaped(ganlab: Ganlab) -> None:
    for words in (["train", "--run", "x", f"--{EVIL}"], [EVIL], ["evaluate", "run", EVIL], ["show", EVIL, "x"]):
        outcome = ganlab(*words)
        assert outcome.code == 2
        assert not unseen(outcome.err)


def test_names_in_errors_of_every_kind_are_escaped(ganlab: Ganlab, tiny_file: Path) -> None:
    name = EVIL.replace("/", "")
    tiny_file.with_name("keys.yaml").write_text(json.dumps({EVIL: 1, "device": EVIL, "dataset": {"use": EVIL}}))
    for words in (
        ["validate", "keys.yaml"],
        ["validate", f"{name}.yaml"],
        ["validate", "tiny.yaml", "--set", f"{EVIL}=1"],
        ["train", "tiny.yaml", "--set", f"device={EVIL}"],
        ["train", "tiny.yaml", "--prior", EVIL],
        ["evaluate", name],
        ["compare", name, name],
        ["--plugin", f"{name}.py", "plugins"],
    ):
        outcome = ganlab(*words)
        assert outcome.code == 1, words
        assert not unseen(outcome.out + outcome.err), words


def test_a_frozen_recipe_is_shown_escaped_and_read_back_equal(ganlab: Ganlab, tiny_file: Path) -> None:
    shown = ganlab("validate", tiny_file, "--set", f"checkpoint.best={EVIL}", "--print")
    assert shown.code == 0, shown.err
    assert not unseen(shown.out)
    tiny_file.with_name("again.yaml").write_text(shown.out)
    assert ganlab("validate", "again.yaml", "--print").out == shown.out


def test_a_traceback_that_nobody_caught_is_escaped_too(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        raise OSError(EVIL)
    except OSError as error:
        show_traceback(OSError, error, error.__traceback__)
    said = capsys.readouterr().err
    assert said.startswith("Traceback (most recent call last):\n")
    assert said.endswith(f"OSError: {SHOWN}\n")


@click.command()
@json_option("JSON.")
def noisy(as_json: bool) -> None:
    """Prints where it should not."""
    print("stray")
    say_json({"a": 1}) if as_json else say("a")


def test_what_a_part_prints_while_a_verb_works_does_not_spoil_its_json() -> None:
    done = CliRunner().invoke(noisy, ["--json"])
    assert json.loads(done.stdout) == {"a": 1}
    assert done.stderr == "stray\n"
    assert CliRunner().invoke(noisy).stdout == "stray\na\n"


def test_an_error_after_json_was_asked_for_leaves_stdout_as_it_was(capfd: pytest.CaptureFixture[str]) -> None:
    @click.command()
    @json_option("JSON.")
    def failing(as_json: bool) -> None:
        """Fails."""
        raise GanlabError("no")

    with pytest.raises(GanlabError):
        failing.main(["--json"], standalone_mode=False)
    print("heard", flush=True)
    assert capfd.readouterr().out == "heard\n"


def calls(source: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            found.add(ast.unparse(node.func))
    return found


def test_verbs_print_through_what_escapes() -> None:
    """`say`, `say_json` and `plain_console`; those print themselves, `main` prints errors, `log` tracebacks."""
    printing = {path.relative_to(REPOSITORY).as_posix() for path in SOURCES if calls(path) & {"click.echo", "print"}}
    own = {f"ganlab_core/verbs/{name}.py" for name in ("main", "ending", "command_line/say", "command_line/log")}
    assert printing <= own | {"ganlab_core/system/outlets.py"}  # which says what a disk refused
    consoles = {path.name for path in SOURCES if calls(path) & {"Console", "rich.print"}}
    assert consoles == set()


_COMMAND = re.compile(
    r"(?:\bganlab (?:train|sample|assign|evaluate|report|export|balance|compare|traverse|doctor|validate|"
    r"benchmark|discover|new|show|list|fid)|\btensorboard --|\bpip install|\btorchrun)[^`]*"
)


def commands_with_holes(source: Path) -> list[str]:
    """f-strings in which a value stands inside a command, rather than that a command stands in them as one value."""
    found = []
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.JoinedStr):
            text = "".join(str(part.value) if isinstance(part, ast.Constant) else "\0" for part in node.values)
            found += [match[0] for match in _COMMAND.finditer(text) if "\0" in match[0].partition(";")[0]]
    return found


ALLOWED = {
    "pip install '\0\0'",
    "pip install ./plugins/\0",
    "pip install 'torch>=\0', or open no run folder of a stranger",
}
"""Names of packages that ganlab itself knows, between quotes."""


def test_no_command_is_put_together_by_hand() -> None:
    made = {f"{path.name}: {one}" for path in SOURCES for one in commands_with_holes(path) if one not in ALLOWED}
    assert made == set(), "put it together with `shell_command`"
