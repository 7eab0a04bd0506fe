"""Text from outside, as it is shown, and commands, as they are pasted."""

from __future__ import annotations

import subprocess
import unicodedata
from pathlib import Path

import pytest

from ganlab_core import GanlabError, printable, shell_command

ESCAPES = {
    "\x1b[31mred": r"\x1b[31mred",
    "\x1b]8;;http://x\x07link": r"\x1b]8;;http://x\x07link",
    "\x9b31m": r"\x9b31m",
    "a\rb\tc\nd\x00\x7f": r"a\rb\tc\nd\x00\x7f",
    "photo\u202egnp.exe": r"photo\u202egnp.exe",
    "a\u2066b\u200fc\u200bd\ufeff\u2028": r"a\u2066b\u200fc\u200bd\ufeff\u2028",
    "tag\U000e0041": r"tag\U000e0041",
    "no text \udce9": r"no text \udce9",
}


@pytest.mark.parametrize(("text", "shown"), ESCAPES.items(), ids=ESCAPES.values())
def test_what_steers_a_terminal_or_is_not_seen_is_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown
    assert printable(shown) == shown


@pytest.mark.parametrize(
    "text", ["naïve café", "[red]:rat:", "猫 фото", "می\u200cخواهم", "👩\u200d🔬", r"C:\x1b", "a\u00a0b"]
)
def test_letters_of_every_script_stay(text: str) -> None:
    assert printable(text) == text


def test_no_control_character_is_left_of_all_there_are() -> None:
    every = "".join(map(chr, range(0x110000)))
    left = {unicodedata.category(letter) for letter in printable(every) if letter not in "\u200c\u200d"}
    assert not left & {"Cc", "Cf", "Cs", "Zl", "Zp"}


def test_an_error_keeps_the_lines_that_it_was_given_and_no_others() -> None:
    error = GanlabError("no file 'a\nb'", "\x1b[2Jgive another")
    assert str(error) == "no file 'a\\nb'\n\\x1b[2Jgive another"
    assert GanlabError(*error.lines, "more").lines == (*error.lines, "more")


@pytest.mark.parametrize(
    "word",
    [
        "new run (2)",
        "it's",
        '$HOME `id` "x"',
        "~",
        "#2",
        "a\nb",
        "\x1b[31m",
        "\u202ex",
        "é\\x",
        "",
        "!x",
        "a\x07b7",
        "=a",
    ],
)
def test_a_shell_reads_each_word_of_a_command_back(word: str, tmp_path: Path) -> None:
    command = shell_command("printf", "%s", word)
    assert command == printable(command)
    assert subprocess.run(["bash", "-c", command], capture_output=True, check=True).stdout.decode() == word


def test_a_name_that_is_no_text_is_read_back_too() -> None:
    command = shell_command("printf", "%s", "caf\udce9")
    assert subprocess.run(["bash", "-c", command], capture_output=True, check=True).stdout == b"caf\xe9"


def test_a_path_that_begins_with_a_hyphen_is_no_option() -> None:
    assert shell_command("ganlab", "sample", Path("-run")) == "ganlab sample ./-run"
