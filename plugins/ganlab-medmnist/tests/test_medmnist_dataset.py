"""Archives written as MedMNIST publishes them, read back: what they hold, what they lack, and no network."""

from __future__ import annotations

import dataclasses
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ganlab_medmnist
import numpy as np
import pytest
import torch
from ganlab_medmnist.dataset import medmnist

from ganlab_core import Component, GanlabError, Imbalance, Plugins
from ganlab_core.testing import check_dataset, run_recipe

RECIPES = Path(ganlab_medmnist.__file__).parent / "recipes"
COMPONENT = Component(name="medmnist", factory=medmnist)
Write = Callable[..., Path]


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here may open a connection."""

    def refuse(*_: object) -> None:
        raise AssertionError("a test opened a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)


def test_colour_images_and_their_labels_are_read_as_stored(write: Write) -> None:
    path = write("bloodmnist.npz")
    data = medmnist(name="bloodmnist", root=str(path.parent), split="test")
    with np.load(path) as stored:
        assert np.array_equal(data.images_NCHW.numpy(), stored["test_images"].transpose(0, 3, 1, 2))
        assert data.labels_N is not None
        assert data.labels_N.tolist() == stored["test_labels"][:, 0].tolist()
    assert data.image_shape == (3, 28, 28)
    assert data.class_names[:2] == ("basophil", "eosinophil")
    assert (data.name, data.class_counts) == ("bloodmnist", (2,) * 8)


def test_grey_images_of_a_larger_size_have_an_archive_of_their_own(write: Write) -> None:
    path = write("organamnist_64.npz", size=64, channels=1, classes=11)
    data = medmnist(name="organamnist", root=str(path.parent), size=64)
    assert data.images_NCHW.shape == (24, 1, 64, 64)
    assert len(data.class_names) == 11


@pytest.mark.parametrize(("split", "count"), [("train", 24), ("val", 8), ("test", 16), ("all", 48)])
def test_splits_are_as_published_and_all_joins_them(write: Write, split: Any, count: int) -> None:
    assert len(medmnist(name="bloodmnist", root=str(write("bloodmnist.npz").parent), split=split)) == count


def test_imbalance_keeps_the_whole_collection_for_the_judge(write: Write) -> None:
    root = str(write("bloodmnist.npz").parent)
    data = medmnist(name="bloodmnist", root=root, imbalance=Imbalance(counts=(3, 2, 1, 1, 1, 1, 1, 1)))
    assert data.class_counts == (3, 2, 1, 1, 1, 1, 1, 1)
    assert data.full is not None
    assert len(data.full) == 24


def test_it_keeps_what_data_sets_promise(write: Write) -> None:
    root = write("bloodmnist.npz").parent
    before = sorted(root.iterdir())
    check_dataset(COMPONENT, name="bloodmnist", root=str(root), imbalance={"ratio": 2.0})
    assert sorted(root.iterdir()) == before


def test_grades_of_a_disease_are_classes_too(write: Write) -> None:
    root = str(write("retinamnist.npz", classes=5).parent)
    assert medmnist(name="retinamnist", root=root).class_names == ("0", "1", "2", "3", "4")


@pytest.mark.parametrize(
    ("size", "name"), [(28, "bloodmnist.npz"), (128, "bloodmnist_128.npz")], ids=["original", "larger"]
)
def test_a_missing_archive_is_named_with_where_to_get_it(tmp_path: Path, size: Any, name: str) -> None:
    with pytest.raises(GanlabError) as caught:
        medmnist(name="bloodmnist", root=str(tmp_path), size=size)
    text = str(caught.value)
    assert text.startswith(f"medmnist: there is no file '{tmp_path / name}': fetch https://")
    assert f"/{name}" in text.split("fetch", 1)[1]
    assert text.endswith(" and put it there, or set `download: true`")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("organmnist3d", "organmnist3d cannot be used: its images are volumes, and networks here draw flat ones; take"),
        ("chestmnist", "chestmnist cannot be used: its images show several classes at once, and here each image has"),
        ("BloodMNIST", "medmnist has no data set 'BloodMNIST'; did you mean 'bloodmnist'? There is pathmnist, derma"),
        ("cells", "medmnist has no data set 'cells'. There is pathmnist, dermamnist"),
    ],
)
def test_collections_that_are_of_no_use_are_refused_with_the_reason(name: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(GanlabError) as caught:
        medmnist(name=name, root=str(tmp_path))
    assert str(caught.value).startswith(message)
    assert "chestmnist," not in str(caught.value)


def test_a_wrong_name_is_found_before_anything_runs_with_its_place(plugins: Plugins, tmp_path: Path) -> None:
    from ganlab_core import load_recipe

    file = tmp_path / "mine.yaml"
    file.write_text("dataset:\n  use: medmnist\n  name: chestmnist\n  root: data\n")
    with pytest.raises(GanlabError, match=r"mine\.yaml:3:3: dataset\.name: chestmnist cannot be used: its images show"):
        load_recipe(file, plugins=plugins)


OBJECTS = np.array([{"runs": "code"}], dtype=object)


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"train_images": OBJECTS}, r"cannot be read \(Object arrays cannot be loaded when allow_pickle=False\)"),
        (
            {"train_images": np.zeros((24, 28, 28), np.uint8)},
            r"holds images uint8 \(24, 28, 28\), not uint8 \(N, 28, 28",
        ),
        ({"train_images": np.zeros((24, 28, 28, 3))}, r"holds images float64"),
        ({"train_images": np.zeros((23, 28, 28, 3), np.uint8)}, r"holds 23 images and 24 labels in train"),
        (
            {"train_labels": np.zeros((24, 14), np.uint8)},
            r"holds labels uint8 \(24, 14\), not one whole number",
        ),
        ({"train_labels": np.full((24, 1), 8, np.uint8)}, r"holds labels from 8 to 8, and 8 classes"),
        (
            {"train_images": np.zeros((0, 28, 28, 3), np.uint8), "train_labels": np.zeros((0, 1), np.uint8)},
            r"holds no image in train",
        ),
    ],
)
def test_an_archive_that_is_another_one_is_named(write: Write, other: dict[str, Any], message: str) -> None:
    path = write("bloodmnist.npz", **other)
    with pytest.raises(GanlabError, match=rf"^medmnist: '.*bloodmnist\.npz' .*{message}.*fetch it again$"):
        medmnist(name="bloodmnist", root=str(path.parent))


def damaged(path: Path, damage: str) -> None:
    """Archives as broken downloads leave them."""
    whole = path.read_bytes()
    if damage == "cut":
        path.write_bytes(whole[: len(whole) // 2])
    elif damage == "flipped":
        start, end = len(whole) // 4, len(whole) // 4 + 99
        path.write_bytes(whole[:start] + bytes(byte ^ 255 for byte in whole[start:end]) + whole[end:])
    elif damage == "page":
        path.write_text("<html>Not found</html>")
    else:
        path.write_bytes(b"")


@pytest.mark.parametrize("damage", ["cut", "flipped", "page", "empty"])
def test_a_broken_archive_is_one_message(write: Write, damage: str) -> None:
    path = write("bloodmnist.npz")
    damaged(path, damage)
    with pytest.raises(GanlabError, match=r"^medmnist: '.*bloodmnist\.npz' cannot be read \(.*\); fetch it again$"):
        medmnist(name="bloodmnist", root=str(path.parent), split="all")


def test_an_array_that_is_not_there_is_named(tmp_path: Path) -> None:
    np.savez(tmp_path / "bloodmnist.npz", images=np.zeros(3))
    with pytest.raises(GanlabError, match="it holds no array train_images; fetch it again"):
        medmnist(name="bloodmnist", root=str(tmp_path))


def test_the_shipped_fragments_train_on_a_small_archive(write: Write, plugins: Plugins) -> None:
    root = write("bloodmnist_64.npz", size=64).parent
    files = sorted(RECIPES.glob("*.yaml"))
    assert files
    for file in files:
        narrow = ("networks.generator.width=4", "networks.trunk.width=4", f"dataset.root={root}")
        result = run_recipe(file, overrides=narrow, plugins=plugins)
        assert result.evaluation["diversity"] > 0.0


def test_equal_archives_are_equal_collections_and_splits_are_not(write: Write) -> None:
    root = str(write("bloodmnist.npz").parent)
    train, again, test = (medmnist(name="bloodmnist", root=root, split=split) for split in ("train", "train", "test"))
    assert train.content_hash == again.content_hash != test.content_hash
    assert dataclasses.replace(train, labels_N=torch.zeros(24, dtype=torch.int64)).content_hash != train.content_hash
