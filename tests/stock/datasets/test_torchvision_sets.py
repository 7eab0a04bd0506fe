"""MNIST and its kin from IDX files written here, CIFAR-10 from pickles written here, and their corrupt forms."""

from __future__ import annotations

import gzip
import hashlib
import pickle
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torchvision import datasets

from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.image_data import ImageData
from ganlab_core.stock.datasets.imbalance import Imbalance
from ganlab_core.stock.datasets.torchvision_sets import cifar10, fashion_mnist, kmnist, mnist

REAL = Path(__file__).parents[2].parent / "shared" / "data"
COUNTS = {"train": 30, "t10k": 10}


def idx(array: np.ndarray[Any, np.dtype[np.uint8]]) -> bytes:
    return struct.pack(f">{array.ndim + 1}I", 0x0800 + array.ndim, *array.shape) + array.tobytes()


def pixels(count: int, side: int = 28) -> np.ndarray[Any, np.dtype[np.uint8]]:
    return np.random.default_rng(count).integers(0, 256, (count, side, side), dtype=np.uint8)


def write_idx_set(folder: Path, *, gzipped: bool) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for prefix, count in COUNTS.items():
        for kind, array in (("images-idx3", pixels(count)), ("labels-idx1", np.arange(count, dtype=np.uint8) % 10)):
            content = idx(array)
            name = f"{prefix}-{kind}-ubyte" + (".gz" if gzipped else "")
            (folder / name).write_bytes(gzip.compress(content) if gzipped else content)
    return folder


@pytest.mark.parametrize("gzipped", [False, True], ids=["plain", "gzipped"])
@pytest.mark.parametrize(
    ("load", "folder"),
    [(mnist, "MNIST/raw"), (fashion_mnist, "FashionMNIST/raw"), (kmnist, "KMNIST/raw"), (mnist, ".")],
)
def test_idx_files_are_read_where_they_lie(
    tmp_path: Path, load: Callable[..., ImageData], folder: str, gzipped: bool
) -> None:
    write_idx_set(tmp_path / folder, gzipped=gzipped)
    before = sorted(tmp_path.rglob("*"))
    data = load(root=str(tmp_path))
    assert np.array_equal(data.images_NCHW.numpy()[:, 0], pixels(30))
    assert data.class_counts == (3,) * 10
    assert sorted(tmp_path.rglob("*")) == before


def test_splits_are_train_test_or_both_in_that_order(tmp_path: Path) -> None:
    write_idx_set(tmp_path, gzipped=False)
    train, test, both = (mnist(root=str(tmp_path), split=split) for split in ("train", "test", "all"))
    assert (len(train), len(test)) == (30, 10)
    assert torch.equal(both.images_NCHW, torch.cat([train.images_NCHW, test.images_NCHW]))


def test_classes_have_the_names_that_the_field_uses(tmp_path: Path) -> None:
    write_idx_set(tmp_path, gzipped=False)
    assert mnist(root=str(tmp_path)).class_names == tuple("0123456789")
    assert fashion_mnist(root=str(tmp_path)).class_names[:2] == ("T-shirt/top", "Trouser")


def test_size_and_imbalance_apply(tmp_path: Path) -> None:
    write_idx_set(tmp_path, gzipped=True)
    data = kmnist(root=str(tmp_path), size=16, imbalance=Imbalance(counts=(3, 2, 1) + (1,) * 7))
    assert data.image_shape == (1, 16, 16)
    assert data.class_counts == (3, 2, 1, 1, 1, 1, 1, 1, 1, 1)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("train-images-idx3-ubyte", idx(pixels(30))[:-5], "truncated or corrupt"),
        ("train-images-idx3-ubyte", b"", "truncated or corrupt"),
        ("train-images-idx3-ubyte", b"<!DOCTYPE html><html>not found</html>", "truncated or corrupt"),
        ("train-images-idx3-ubyte", idx(pixels(30, side=27)), "27 x 27 pixels, not 28 x 28"),
        ("train-images-idx3-ubyte", idx(pixels(29)), "holds 29 images, and .*labels-idx1-ubyte' 30 labels"),
        ("train-labels-idx1-ubyte", idx(np.full(30, 10, dtype=np.uint8)), "holds label 10, and there are 10"),
        ("train-labels-idx1-ubyte", idx(pixels(30)), "truncated or corrupt"),
    ],
    ids=["cut", "empty", "a web page", "other size", "too few", "a label too high", "images as labels"],
)
def test_a_corrupt_idx_file_is_named(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    write_idx_set(tmp_path, gzipped=False)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(GanlabError, match=message) as caught:
        mnist(root=str(tmp_path))
    assert name in str(caught.value)


@pytest.mark.parametrize("damage", [lambda raw: raw[:-20], lambda raw: b"no gzip", lambda raw: raw[:12] + b"\xff" * 80])
def test_a_corrupt_gzip_file_is_named(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    path = write_idx_set(tmp_path, gzipped=True) / "train-images-idx3-ubyte.gz"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(GanlabError, match=r"train-images-idx3-ubyte\.gz' is truncated or corrupt"):
        mnist(root=str(tmp_path))


def test_a_missing_root_or_file_says_where_it_should_lie_and_how_to_fetch_it(tmp_path: Path) -> None:
    with pytest.raises(GanlabError, match=r"absent' does not exist.*MNIST/raw/train-images.*download: true"):
        mnist(root=str(tmp_path / "absent"))
    with pytest.raises(GanlabError, match=r"has no KMNIST/raw/t10k-images-idx3-ubyte\[\.gz\]"):
        kmnist(root=str(tmp_path), split="test")
    with pytest.raises(GanlabError, match=r"has no folder cifar-10-batches-py: unpack .*download: true"):
        cifar10(root=str(tmp_path))


def test_a_download_happens_only_when_asked_and_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Path] = []

    def download(self: datasets.MNIST) -> None:
        asked.append(Path(self.raw_folder))
        write_idx_set(Path(self.raw_folder), gzipped=False)

    monkeypatch.setattr(datasets.MNIST, "download", download)
    for _ in range(2):
        assert len(mnist(root=str(tmp_path), download=True)) == 30
    assert asked == [tmp_path / "MNIST" / "raw"]


@pytest.mark.parametrize("load", [mnist, cifar10])
def test_a_download_that_fails_names_the_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, load: Callable[..., ImageData]
) -> None:
    def download(self: object) -> None:
        raise RuntimeError("no network")

    monkeypatch.setattr(datasets.MNIST, "download", download)
    monkeypatch.setattr(datasets.CIFAR10, "download", download)
    with pytest.raises(GanlabError, match=f"root '{tmp_path}'.*no network"):
        load(root=str(tmp_path), download=True)


@pytest.fixture
def cifar_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A CIFAR-10 of two images a file, whose checksums torchvision takes for the published ones."""
    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()

    def write(name: str, content: object) -> str:
        data = pickle.dumps(content)
        (folder / name).write_bytes(data)
        return hashlib.md5(data).hexdigest()

    def batch(name: str, value: int) -> list[str]:
        rows = np.arange(3, dtype=np.uint8).repeat(1024) + np.uint8(value)
        return [name, write(name, {"data": np.stack([rows, rows]), "labels": [value, 9]})]

    monkeypatch.setattr(datasets.CIFAR10, "train_list", [batch(f"data_batch_{n}", n) for n in range(1, 6)])
    monkeypatch.setattr(datasets.CIFAR10, "test_list", [batch("test_batch", 0)])
    md5 = write("batches.meta", {"label_names": list("abcdefghij")})
    monkeypatch.setattr(datasets.CIFAR10, "meta", {"filename": "batches.meta", "key": "label_names", "md5": md5})
    return tmp_path


def test_cifar10_is_read_with_channels_first(cifar_root: Path) -> None:
    data = cifar10(root=str(cifar_root), split="all")
    assert data.image_shape == (3, 32, 32)
    assert data.images_NCHW[0, :, 5, 5].tolist() == [1, 2, 3]
    assert data.class_counts == (1, 1, 1, 1, 1, 1, 0, 0, 0, 6)
    assert data.class_names == tuple("abcdefghij")
    assert len(cifar10(root=str(cifar_root), split="test")) == 2


class _Bomb:
    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.trace,))


def test_an_altered_cifar10_pickle_is_refused_unopened(cifar_root: Path, tmp_path: Path) -> None:
    trace = tmp_path / "opened"
    (cifar_root / "cifar-10-batches-py" / "data_batch_3").write_bytes(pickle.dumps(_Bomb(trace)))
    with pytest.raises(GanlabError, match=r"corrupted.*unpack the archive anew"):
        cifar10(root=str(cifar_root))
    assert not trace.exists()


@pytest.mark.skipif(not (REAL / "MNIST").is_dir(), reason="MNIST is not beside this checkout")
def test_real_mnist_has_its_known_class_counts() -> None:
    data = mnist(root=str(REAL), split="test")
    assert data.class_counts == (980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009)
