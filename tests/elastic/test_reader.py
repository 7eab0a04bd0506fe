"""A reader of classes: it says what it was taught, also of images that it was not taught on."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from ganlab_elastic.clusters.reader import Reader, fit_reader
from tests.elastic.test_classes import SIZES, blobs


def test_it_reads_new_images_of_the_same_classes() -> None:
    embedding_ND, labels_N = blobs(SIZES, spread=0.05)
    taught_N = torch.arange(len(labels_N)) % 2 == 0
    reader = fit_reader(embedding_ND[taught_N], F.one_hot(labels_N[taught_N]).float())
    assert torch.equal(reader(embedding_ND[~taught_N]).argmax(dim=1), labels_N[~taught_N])


def test_it_is_as_sure_as_it_was_taught_to_be() -> None:
    embedding_ND, labels_N = blobs(SIZES, spread=0.05)
    taught_NK = 0.6 * F.one_hot(labels_N).float() + 0.1
    read_NK = fit_reader(embedding_ND, taught_NK)(embedding_ND).exp()
    torch.testing.assert_close(read_NK, taught_NK, atol=0.1, rtol=0.0)


def test_its_weights_alone_make_it_again() -> None:
    embedding_ND, labels_N = blobs(SIZES, spread=0.05)
    reader = fit_reader(embedding_ND, F.one_hot(labels_N).float())
    again = Reader(16, 4)
    again.load_state_dict(reader.state_dict())
    assert torch.equal(again(embedding_ND), reader(embedding_ND))
    assert not list(reader.parameters())


def test_images_that_are_all_the_same_are_read_by_how_common_classes_are() -> None:
    taught_NK = torch.tensor([0.75, 0.25]).expand(8, 2)
    torch.testing.assert_close(fit_reader(torch.ones(8, 3), taught_NK)(torch.ones(2, 3)).exp(), taught_NK[:2])
