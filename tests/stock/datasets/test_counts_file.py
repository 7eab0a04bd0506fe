"""Class counts from CSV and `.npy` files, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.image_data import ImageData
from ganlab_core.stock.datasets.counts_file import read_counts
from ganlab_core.stock.datasets.imbalance import Imbalance, draw_imbalanced

PUBLISHED = Path(__file__).parents[2].parent / "shared" / "data" / "elastic_infogan_splits_01_to_10.csv"


def written(folder: Path, text: str) -> str:
    path = folder / "counts.csv"
    path.write_bytes(text.encode())
    return str(path)


@pytest.mark.parametrize(
    ("text", "row", "counts"),
    [
        ("split,a,b\n7,10,20\n3,30,40\n", 3, (30, 40)),
        ("\ufeffSplit,a,b\r\n1,10,20\r\n", 1, (10, 20)),
        ("a,b\n10,20\n30,40\n", 2, (30, 40)),
        ("10,20\n\n30, 40\n", 2, (30, 40)),
    ],
    ids=["by the split column", "with a byte-order mark and CRLF", "by place under a header", "by place"],
)
def test_a_csv_row_is_found(tmp_path: Path, text: str, row: int, counts: tuple[int, ...]) -> None:
    assert read_counts(written(tmp_path, text), row) == counts


@pytest.mark.parametrize(
    ("text", "row", "message"),
    [
        ("split,a\n1,10\n2,20\n", 3, "no single row 3 in .*: 0 of its 2 rows have that number"),
        ("split,a\n1,10\n1,20\n", 1, "no single row 1"),
        ("10,20\n", 2, "no single row 2 in .*1 rows of counts"),
        ("10,20\n", 0, "no single row 0"),
        ("", 1, "0 rows of counts"),
        ("split,a,b\n1,10\n", 1, "has 1 counts under a header of 2"),
        ("split,a\n1,ten\n", 1, "line 2 of .*: its count 1 is no whole number"),
        ("split,a\n1,++5\n", 1, "no whole number"),
        ("split,a\n1,1.5\n", 1, "line 2 of .*: its count 1 is no whole number"),
        ("split,a,b\n1,1,-5\n", 1, "negative"),
    ],
)
def test_a_csv_that_gives_no_counts_says_why(tmp_path: Path, text: str, row: int, message: str) -> None:
    with pytest.raises(GanlabError, match=message):
        read_counts(written(tmp_path, text), row)


def test_a_csv_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "counts.csv").write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(GanlabError, match="cannot be read as CSV"):
        read_counts(str(tmp_path / "counts.csv"), 1)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(GanlabError, match=r"there is no file '.*absent.csv'"):
        read_counts(str(tmp_path / "absent.csv"), 1)


def test_npy_values_are_truncated_to_whole_images(tmp_path: Path) -> None:
    np.save(tmp_path / "counts.npy", np.array([[1.0, 2.0], [3.9, 4.2]]))
    assert read_counts(str(tmp_path / "counts.npy"), 2) == (3, 4)


@pytest.mark.parametrize(
    ("array", "row", "message"),
    [
        (np.array([1, 2, 3]), 1, "2-D array of numbers"),
        (np.array([["a", "b"]]), 1, "2-D array of numbers"),
        (np.array([[{}]], dtype=object), 1, "no .npy array of numbers"),
        (np.array([[1.0, np.nan]]), 1, "not finite"),
        (np.array([[1, 2]]), 2, "no single row 2 .*rows 1 to 1"),
        (np.array([[1, -2]]), 1, "negative"),
    ],
)
def test_a_npy_that_gives_no_counts_says_why(tmp_path: Path, array: Any, row: int, message: str) -> None:
    np.save(tmp_path / "counts.npy", array)
    with pytest.raises(GanlabError, match=message):
        read_counts(str(tmp_path / "counts.npy"), row)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x93NUMPY\x01\x00"], ids=["empty", "zip", "truncated"])
def test_a_file_that_is_no_npy_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "counts.npy").write_bytes(content)
    with pytest.raises(GanlabError, match=r"no \.npy array|2-D array"):
        read_counts(str(tmp_path / "counts.npy"), 1)


def test_a_row_of_another_number_of_classes_is_refused(tmp_path: Path) -> None:
    data = ImageData(
        name="x", images_NCHW=torch.zeros(4, 1, 2, 2, dtype=torch.uint8), labels_N=torch.tensor([0, 1, 0, 1])
    )
    file = written(tmp_path, "split,a,b,c\n1,1,1,1\n")
    with pytest.raises(GanlabError, match=r"row 1 of .* has 3 counts, and there are 2 classes"):
        draw_imbalanced(data, Imbalance(file=file, row=1))
    assert draw_imbalanced(data, Imbalance(file=written(tmp_path, "2,1\n"), row=1)).class_counts == (2, 1)


@pytest.mark.skipif(not PUBLISHED.is_file(), reason="the authors' published splits are not beside this checkout")
def test_the_published_splits_can_be_read() -> None:
    assert read_counts(str(PUBLISHED), 2) == (2034, 5017, 828, 6300, 3957, 1182, 3053, 6136, 2478, 2117)


def test_a_file_in_a_package_is_found_wherever_that_is_installed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "__init__.py").write_text("raise RuntimeError('imported')")
    (tmp_path / "mine" / "splits.csv").write_text("3,4\n5,6\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert read_counts("mine:splits.csv", 2) == (5, 6)
    with pytest.raises(GanlabError, match=r"there is no file 'nobody:splits\.csv'"):
        read_counts("nobody:splits.csv", 1)


def test_the_published_splits_come_with_the_package() -> None:
    assert read_counts("ganlab_elastic:mnist_splits.csv", 1) == (
        6300,
        1585,
        1407,
        6134,
        5812,
        4882,
        2424,
        4785,
        6125,
        3340,
    )


@pytest.mark.parametrize(
    "content",
    [
        b"password=hunter2\n",
        b"split,hunter2\nhunter2,hunter2\n",
        b"1,hunter2\n",
        b"split,a,b\n1,hunter2\n",
        b"-77712,1\n",
        b"hunter2\xff",
        b'"hunter2',
        b"hunter2\0",
    ],
)
@pytest.mark.parametrize("suffix", [".csv", ".npy", ".txt"])
def test_what_a_file_holds_is_never_quoted(tmp_path: Path, content: bytes, suffix: str) -> None:
    path = tmp_path / f"secret{suffix}"
    path.write_bytes(b"\x93NUMPY\x01\x00\x10\x00" + content if suffix == ".npy" else content)
    with pytest.raises(GanlabError) as error:
        read_counts(str(path), 1)
    assert "hunter2" not in str(error.value)
    assert "77712" not in str(error.value)
    assert str(path) in str(error.value)


def test_a_cell_that_is_no_count_is_told_by_its_line_and_place(tmp_path: Path) -> None:
    path = tmp_path / "counts.csv"
    path.write_text("split,a,b\n1,10,20\n\n2,30,x\n")
    with pytest.raises(GanlabError, match=r"line 4 of '.*': its count 2 is no whole number; give as many counts as"):
        read_counts(str(path), 2)
