"""The judge: what it learns, how it is cached, and weights that do not fit."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from ganlab_core.evaluation.judge.obtain import obtain_judge, require_judge
from ganlab_core.evaluation.judge.training import held_out_mask
from ganlab_core.interface.errors import GanlabError
from ganlab_core.interface.image_data import ImageData, to_unit_range
from ganlab_core.interface.judge import Judge
from ganlab_core.stock.datasets.digits import digits
from ganlab_core.stock.datasets.imbalance import Imbalance, draw_imbalanced
from ganlab_core.system.cache_folder import default_cache


def stripes(count: int = 40, *, size: int = 8, channels: int = 1) -> ImageData:
    """Two classes that anyone can tell apart: bright above or bright below."""
    noise = torch.randint(0, 60, (count, channels, size, size), generator=torch.Generator().manual_seed(0))
    labels_N = torch.arange(count) % 2
    noise[labels_N == 0, :, : size // 2] += 180
    noise[labels_N == 1, :, size // 2 :] += 180
    return ImageData(
        name="stripes", images_NCHW=noise.to(torch.uint8), labels_N=labels_N, class_names=("above", "below")
    )


def obtained(data: ImageData, cache: Path, *, weights: str | None = None) -> Judge:
    judge = obtain_judge(data, cache=cache, weights=weights)
    assert judge is not None
    return judge


def cached_file(cache: Path) -> Path:
    (path,) = cache.rglob("*.safetensors")
    return path


def test_without_labels_there_is_no_judge(tmp_path: Path) -> None:
    assert obtain_judge(replace(stripes(), labels_N=None), cache=tmp_path) is None


@pytest.mark.parametrize(("size", "channels"), [(8, 1), (9, 3), (70, 1)])
def test_a_judge_labels_images_of_any_size(tmp_path: Path, size: int, channels: int) -> None:
    data = stripes(size=size, channels=channels)
    judge = obtained(data, tmp_path)
    labels_N = judge.label(to_unit_range(data.images_NCHW))
    assert (labels_N.dtype, labels_N.shape) == (torch.int64, (40,))
    assert data.labels_N is not None
    assert judge.accuracy >= 0.9
    assert (labels_N == data.labels_N).float().mean() >= 0.9


@pytest.mark.parametrize("size", [9, 70])
def test_features_are_what_the_last_layer_makes_labels_of(size: int) -> None:
    judge = Judge(channels=1, classes=3).train()
    images_NCHW = torch.rand(7, 1, size, size, generator=torch.Generator().manual_seed(0)) * 2 - 1
    features_ND = judge.features(images_NCHW)
    assert features_ND.shape == (7, 512)
    assert not features_ND.requires_grad
    torch.testing.assert_close(judge.layers[-1](features_ND), judge(images_NCHW))


@pytest.mark.slow
def test_a_judge_of_the_digits_is_right_on_most_that_it_never_saw(own_cache: None) -> None:
    judge = obtain_judge(digits())
    assert judge is not None
    assert judge.accuracy >= 0.985


def test_the_accuracy_is_that_on_the_held_out_fifth(tmp_path: Path) -> None:
    data = stripes()
    assert data.labels_N is not None
    judge = obtained(data, tmp_path)
    mask_N = held_out_mask(data.labels_N)
    assert mask_N.sum() == 8
    said_M = judge.label(to_unit_range(data.images_NCHW[mask_N]))
    assert judge.accuracy == pytest.approx((said_M == data.labels_N[mask_N]).double().mean().item())


def test_a_fifth_of_each_class_is_held_out_and_at_least_one() -> None:
    labels_N = torch.tensor([0] * 20 + [1] * 2 + [2])
    mask_N = held_out_mask(labels_N)
    assert [int(mask_N[labels_N == label].sum()) for label in range(3)] == [4, 1, 0]


@pytest.mark.parametrize("labels", [[0, 1, 2, 3], [0, 0]])
def test_too_few_images_to_learn_from_are_refused(tmp_path: Path, labels: list[int]) -> None:
    data = ImageData(
        name="few", images_NCHW=torch.zeros(len(labels), 1, 8, 8, dtype=torch.uint8), labels_N=torch.tensor(labels)
    )
    with pytest.raises(GanlabError, match=f"cannot learn from {len(labels)} labelled images"):
        obtain_judge(data, cache=tmp_path)


def test_an_imbalanced_collection_has_the_judge_of_the_whole_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = stripes()
    judge = obtained(draw_imbalanced(data, Imbalance(counts=(5, 20))), tmp_path)
    monkeypatch.setattr(
        "ganlab_core.evaluation.judge.obtain.train_classifier", None
    )  # the whole one's must come from the cache
    assert same_parameters(judge, obtained(data, tmp_path))
    assert cached_file(tmp_path).name == f"{data.content_hash}-v1.safetensors"
    assert cached_file(tmp_path).parent.name == "judges"


def same_parameters(one: Judge, other: Judge) -> bool:
    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


def test_the_cache_keeps_parameters_and_accuracy_and_nothing_else_is_left(tmp_path: Path) -> None:
    first = obtained(stripes(), tmp_path)
    again = obtained(stripes(), tmp_path)
    assert same_parameters(first, again)
    assert again.accuracy == first.accuracy
    assert not again.training
    with safe_open(cached_file(tmp_path), framework="pt") as file:
        assert file.metadata()["accuracy"] == repr(first.accuracy)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [cached_file(tmp_path).name]


def test_training_is_repeatable_and_leaves_the_global_random_state_alone(tmp_path: Path) -> None:
    before = torch.get_rng_state()
    with torch.no_grad():
        first = obtained(stripes(), tmp_path / "a")
    second = obtained(stripes(), tmp_path / "b")
    assert same_parameters(first, second)
    assert torch.equal(before, torch.get_rng_state())


def test_a_cached_file_that_gives_no_accuracy_is_scored_again(tmp_path: Path) -> None:
    first = obtained(stripes(), tmp_path)
    file = cached_file(tmp_path)
    save_file(load_file(file), file)
    assert obtained(stripes(), tmp_path).accuracy == first.accuracy


def flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-3] ^= 1
    path.write_bytes(content)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:1000])


def pickle_instead(path: Path) -> None:
    torch.save({"accuracy": 1.0}, path)


@pytest.mark.parametrize("damage", [flip_a_bit, cut, pickle_instead])
def test_a_corrupt_cached_file_is_trained_anew_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: object
) -> None:
    first = obtained(stripes(), tmp_path)
    damage(cached_file(tmp_path))  # type: ignore[operator]
    with caplog.at_level(logging.WARNING):
        second = obtained(stripes(), tmp_path)
    assert f"'{cached_file(tmp_path)}' is corrupt" in caplog.text
    assert same_parameters(first, second)
    caplog.clear()
    obtained(stripes(), tmp_path)
    assert not caplog.records


@pytest.mark.parametrize("name", ["file", "x" * 300])
def test_a_cache_that_cannot_be_written_is_a_warning_only(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    (tmp_path / "file").write_text("in the way")
    with caplog.at_level(logging.WARNING):
        assert obtain_judge(stripes(), cache=tmp_path / name) is not None
    assert "is not cached" in caplog.text


def test_a_full_disk_is_a_warning_only_and_leaves_nothing_half_written(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    with caplog.at_level(logging.WARNING):
        assert obtain_judge(stripes(), cache=tmp_path) is not None
    assert "is not cached" in caplog.text
    assert list(tmp_path.rglob("*")) == []


def test_given_weights_are_used_and_scored_on_this_collection(tmp_path: Path) -> None:
    data = stripes()
    trained = obtained(data, tmp_path)
    assert data.labels_N is not None
    swapped = replace(data, labels_N=1 - data.labels_N)
    judge = obtained(swapped, tmp_path, weights=str(cached_file(tmp_path)))
    assert same_parameters(judge, trained)
    assert judge.accuracy == pytest.approx(1 - trained.accuracy)
    assert cached_file(tmp_path)  # and nothing more was cached


def reshaped(state: dict[str, Tensor]) -> dict[str, Tensor]:
    return state | {"layers.0.weight": torch.zeros(32, 3, 3, 3)}


def shortened(state: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor for name, tensor in state.items() if name != "layers.0.weight"}


def not_finite(state: dict[str, Tensor]) -> dict[str, Tensor]:
    return state | {"layers.0.weight": torch.full((32, 1, 3, 3), torch.nan)}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (reshaped, r"layers.0.weight is \(32, 3, 3, 3\) there and must be \(32, 1, 3, 3\)"),
        (shortened, "lacks, or has too much: layers.0.weight"),
        (not_finite, "layers.0.weight is not finite"),
    ],
)
def test_weights_that_do_not_fit_are_named_with_the_reason(tmp_path: Path, change: object, message: str) -> None:
    obtained(stripes(), tmp_path)
    file = tmp_path / "mine.safetensors"
    save_file(change(load_file(cached_file(tmp_path))), file)  # type: ignore[operator]
    with pytest.raises(GanlabError, match=message) as caught:
        obtain_judge(stripes(), weights=str(file))
    assert str(file) in str(caught.value)
    assert "1 channels and 2 classes" in str(caught.value)


def test_a_missing_weights_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(GanlabError, match=r"absent.safetensors' does not fit"):
        obtain_judge(stripes(), weights=str(tmp_path / "absent.safetensors"))


def test_the_default_cache_follows_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GANLAB_CACHE", "/x/own")
    assert default_cache() == Path("/x/own")
    monkeypatch.delenv("GANLAB_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/x/cache")
    assert default_cache() == Path("/x/cache/ganlab")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/x/home")
    assert default_cache() == Path("/x/home/.cache/ganlab")


def test_whether_there_will_be_a_judge_is_known_without_training_one(tmp_path: Path) -> None:
    data = stripes()
    require_judge(data)
    require_judge(replace(data, labels_N=None))
    alone = replace(data, labels_N=torch.arange(len(data)))
    with pytest.raises(GanlabError, match="needs a class with two images"):
        require_judge(alone)
    with pytest.raises(GanlabError, match=r"judge\.weights: .*nope.* does not fit"):
        require_judge(data, weights=str(tmp_path / "nope.safetensors"))
    assert list(tmp_path.iterdir()) == []
