"""Recipe files: YAML 1.2 values with their places, and every kind of file that is refused."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganlab_core import GanlabError
from ganlab_core.recipe.freeze import write_values
from ganlab_core.recipe.located import Place
from ganlab_core.recipe.reader import read_file, read_text, read_value
from tests.recipe.conftest import Write


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2e-4", 2e-4),
        ("1e5", 1e5),
        ("1E+2", 100.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("-0.25", -0.25),
        ("10", 10),
        ("010", 10),
        ("-7", -7),
        ("+7", 7),
        ("0o17", 15),
        ("0x1F", 31),
        ("true", True),
        ("FALSE", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("no", "no"),
        ("on", "on"),
        ("Yes", "Yes"),
        ("1:30", "1:30"),
        ("1_000", "1_000"),
        ("0b1", "0b1"),
        ("2024-01-01", "2024-01-01"),
        ("e5", "e5"),
        ("'10'", "10"),
        ('"true"', "true"),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        ("[1, {a: no}]", [1, {"a": "no"}]),
    ],
)
def test_scalars_are_read_as_yaml_1_2_does(text: str, value: Any) -> None:
    found = read_value(text, "here")
    assert found == value
    assert type(found) is type(value)


def test_not_a_number_is_read_as_such() -> None:
    assert math.isnan(read_value(".nan", "here"))


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.text(st.characters(codec="utf-8")),
    st.sampled_from(["1e3", "no", "0o7", "null", "1_0", ".5", "~", "", "a: b", "# x", "- x", "2e-4", " x "]),
)


TREES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text("ab."), inner), max_leaves=6)


@given(TREES)
def test_what_is_frozen_is_read_back(value: Any) -> None:
    found = read_text(write_values({"value": value}), "frozen").values["value"]
    assert found == value
    assert repr(found) == repr(value)


def test_every_value_keeps_its_place(write: Write) -> None:
    path = write(
        """
        prior:
          code: {use: categorical, classes: 4}
        audit:
          allow:
            - trunk
            - generator
        """
    )
    recipe = read_file(path)
    assert recipe.places["prior",] == Place("a.yaml", 1, 1)
    assert recipe.places["prior", "code", "classes"] == Place("a.yaml", 2, 28)
    assert recipe.places["audit", "allow", 1] == Place("a.yaml", 6, 7)
    assert str(recipe.place(("prior", "code", "hidden"))) == "a.yaml:2:3"


def test_aliases_repeat_a_value_and_a_byte_order_mark_is_passed_over(write: Write) -> None:
    recipe = read_file(write("\ufeffa: &x {b: 1}\nc: *x\n"))
    assert recipe.values == {"a": {"b": 1}, "c": {"b": 1}}


BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n" for before, name in zip("abcdef", "bcdefg", strict=True)
)
REFUSED = {
    "unclosed": ("a: [1, 2", "a.yaml:1:9: while parsing a flow sequence"),
    "bad indent": ("a:\n  b: 1\n c: 2\n", "a.yaml:3:2: "),
    "tab": ("a:\n\tb: 1\n", "a.yaml:2:1: "),
    "duplicate key": ("a: 1\nb: {c: 1, c: 2}\n", "a.yaml:2:11: 'c' is given twice, first at a.yaml:2:5; keep one"),
    "python tag": ("a: !!python/object/apply:os.system [ls]\n", "a.yaml:1:4: the tag 'tag:yaml.org,2002:python/object"),
    "own tag": ("a: !secret x\n", "a.yaml:1:4: the tag '!secret' is refused"),
    "core tag": ("a: !!str 1\n", "the tag 'tag:yaml.org,2002:str' is refused"),
    "3,000 lists deep": ("a: " + "[" * 3000 + "]" * 3000, "a.yaml:1:36: more than 32 levels deep"),
    "3,000 mappings deep": ("{a: " * 3000 + "1" + "}" * 3000, "more than 32 levels deep"),
    "3,000 blocks deep": ("".join(" " * i + "a:\n" for i in range(300)), "more than 32 levels deep"),
    "alias bomb": (BOMB, "aliases make this more than 20,000 values or 32 levels"),
    "endless alias": ("a: &a [*a]\n", "aliases make this more than 20,000 values or 32 levels"),
    "unknown alias": ("a: *b\n", "a.yaml:1:4: found undefined alias 'b'"),
    "10 MB": ("a: 1\n# " + "x" * 10_000_000, "a.yaml: can't be read: it is longer than 256 KiB"),
    "not UTF-8": (b"a: \xff\xfe\n", "a.yaml: is not UTF-8 text (byte 3: invalid start byte)"),
    "UTF-16": ("a: 1\n".encode("utf-16"), "a.yaml: is not UTF-8 text (byte 0"),
    "control character": ("a: \x07\n", "a.yaml: unacceptable character #x0007"),
    "NUL": (b"a: \x00\n", "a.yaml: unacceptable character #x0000"),
    "half a surrogate pair": ('a: "\\ud800"\n', "a.yaml:1:1: holds half a surrogate pair"),
    "huge number": ("a: " + "9" * 5000, "a.yaml:1:1: a number of 5,000 digits"),
    "list as key": ("? [a, b]\n: 1\n", "a.yaml:1:3: a key must be text"),
    "two documents": ("a: 1\n---\nb: 2\n", "a.yaml:2:1: expected a single document"),
    "empty": ("", "a.yaml: is empty; a recipe is a mapping"),
    "comments only": ("# nothing\n", "a.yaml: is empty"),
    "a list": ("- a\n", "a.yaml: is not a mapping; a recipe is a mapping such as"),
    "a scalar": ("digits\n", "a.yaml: is not a mapping"),
}


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED)
def test_is_refused_with_its_place_and_within_seconds(write: Write, text: str | bytes, message: str) -> None:
    path, start = write(text), time.monotonic()
    with pytest.raises(GanlabError) as error:
        read_file(path)
    assert message in str(error.value)
    assert len(str(error.value)) < 300
    assert time.monotonic() - start < 5


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("nowhere.yaml", "nowhere.yaml: can't be read: No such file or directory"),
        (".", ".: can't be read: it is no regular file"),
        ("a\0b.yaml", r"'a\x00b.yaml': can't be read: embedded null byte"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(write: Write, path: str, message: str) -> None:
    write("a: 1")
    with pytest.raises(GanlabError) as error:
        read_file(Path(path))
    assert message in str(error.value)
