"""The reader that is trained for a metric: what it learns, that it is always the same, and that it finds tricks out."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from ganlab_core.stock.datasets.digits import digits
from ganlab_core.testing import check_metric
from ganlab_elastic import plugin
from ganlab_elastic.metrics.fresh_reader import train_reader

CPU = torch.device("cpu")


def reader(**changes: Any) -> Any:
    data = digits(size=8)
    assert data.labels_N is not None
    given: dict[str, Any] = {"codes": 10, "seed": 0, "device": CPU, "steps": 60}
    return train_reader(data.images_NCHW[:600], data.labels_N[:600], **given | changes)


def test_it_reads_codes_in_images_that_it_has_not_seen() -> None:
    assert reader().accuracy > 0.8


def test_it_is_the_same_at_each_training_and_another_of_another_seed() -> None:
    one, same, other = reader(steps=3), reader(steps=3), reader(steps=3, seed=1)
    for name, value in one.state_dict().items():
        assert torch.equal(value, same.state_dict()[name])
    assert not torch.equal(one.layers[0].weight, other.layers[0].weight)


def test_a_code_of_one_image_or_of_none_does_no_harm() -> None:
    images_NCHW = torch.randint(0, 256, (12, 3, 16, 16), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    codes_N = torch.tensor([0] * 11 + [2])
    found = train_reader(images_NCHW, codes_N, codes=4, seed=0, device=CPU, steps=2)
    assert found.label(torch.zeros(2, 3, 16, 16)).shape == (2,)


def test_the_metric_keeps_its_promises_with_a_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    assert train_reader.__kwdefaults__ is not None
    monkeypatch.setitem(train_reader.__kwdefaults__, "steps", 2)
    (component,) = (one for one in plugin.ganlab_metrics() if one.name == "read-back")
    check_metric(component, afresh=True)
