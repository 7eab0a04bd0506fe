"""`Networks`: the networks of a run by role, and the joint pass of several batches through one trunk."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby

import torch
from torch import Tensor, nn

from ganlab_core.interface.latent import Recognition


class Networks(nn.Module):
    """Generator, trunk, discriminator head and, where the recipe has them, a recognition head and a trunk of its own.

    Without a `recognition_trunk` the recognition head reads the features of the trunk that it shares with the
    discriminator, as InfoGAN's does.
    """

    def __init__(
        self,
        *,
        generator: nn.Module,
        trunk: nn.Module,
        discriminator: nn.Module,
        recognition: nn.Module | None = None,
        recognition_trunk: nn.Module | None = None,
    ) -> None:
        super().__init__()
        self.generator = generator
        self.trunk = trunk
        self.discriminator = discriminator
        self.recognition = recognition
        self.recognition_trunk = recognition_trunk

    def features(self, batches: Sequence[Tensor]) -> list[Tensor]:
        """The trunk's features `(N, D)` of each batch, the same as one pass a batch, in order, gives."""
        return joint_pass(self.trunk, batches)

    @property
    def takes_codes(self) -> bool:
        """Whether the discriminator's head is told codes: its `forward` has an argument `codes`."""
        return "codes" in inspect.signature(self.discriminator.forward).parameters

    def logits(self, features_ND: Tensor, codes: Mapping[str, Tensor] | None = None) -> Tensor:
        """The discriminator's logits `(N,)` of a trunk's features, and of codes where its head takes them."""
        told = {} if codes is None else {"codes": codes}
        logits_N: Tensor = self.discriminator(features_ND, **told)
        return logits_N

    def recognition_features(self, batches: Sequence[Tensor]) -> list[Tensor]:
        """What the recognition head reads of each batch."""
        return joint_pass(self.recognition_trunk or self.trunk, batches)

    @property
    def reads_features(self) -> bool:
        """Whether the recognition head has a reading of a frozen network's features, a method `of_features`."""
        return callable(getattr(self.recognition, "of_features", None))

    def recognise_features(self, features_ND: Tensor) -> Recognition:
        """What the recognition head says of images by a frozen network's features of them, where it reads those."""
        of_features: Callable[[Tensor], Recognition] = getattr(self.recognition, "of_features")  # noqa: B009
        return of_features(features_ND)

    def recognise(self, batches: Sequence[Tensor]) -> list[Recognition]:
        """What the recognition head says of each batch; a recipe must have the head (`Component.requires`)."""
        assert self.recognition is not None
        return [self.recognition(features_ND) for features_ND in self.recognition_features(batches)]

    @torch.no_grad()
    def read_codes(
        self, codes: Collection[str], images: Iterable[Tensor], features_ND: Tensor | None = None
    ) -> dict[str, Tensor]:
        """The probabilities `(N, K)` of these codes' categories in real images, without gradient, nothing changed.

        Args:
            codes: names of categorical codes.
            images: real images in batches; looked at only for codes that the head does not read in frozen features.
            features_ND: what a frozen network says of these images, for a head that reads that (`of_features`).
        """
        with held(self):
            read: dict[str, Tensor] = {}
            if features_ND is not None and self.reads_features:
                read |= self.recognise_features(features_ND).parameters
            if not read.keys() >= set(codes):
                found = [self.recognise([images_NCHW])[0].parameters for images_NCHW in images]
                read = {code: torch.cat([one[code] for one in found]) for code in codes} | read
        return {code: read[code].float().softmax(dim=1) for code in codes}


@contextmanager
def held(network: nn.Module) -> Iterator[None]:
    """Inside, a network is in eval mode and nothing of it learns; afterwards all is as it was, module by module.

    For a loss or a metric that asks a network for something and must not change it: batch statistics stay as they are,
    and gradients pass through to the input alone.
    """
    modes = [(module, module.training) for module in network.modules()]
    learning = [parameter for parameter in network.parameters() if parameter.requires_grad]
    network.eval()
    for parameter in learning:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for module, mode in modes:
            module.training = mode
        for parameter in learning:
            parameter.requires_grad_(True)


def joint_pass(trunk: nn.Module, batches: Sequence[Tensor]) -> list[Tensor]:
    """A trunk's features `(N, D)` of each batch, the same as one pass a batch, in order, gives.

    A trunk whose `forward` takes `groups` gets neighbouring batches of one size as one, and must keep their statistics
    apart (`GroupedBatchNorm`): this halves the number of kernels and fills the cores better. A batch that carries a
    gradient does not join one that carries none, whose backward pass would be wasted work, unless the trunk itself
    learns, so that both have one anyway.
    """
    takes_groups = "groups" in inspect.signature(trunk.forward).parameters
    learns = any(parameter.requires_grad for parameter in trunk.parameters())
    found: list[Tensor] = []
    for _, group in groupby(batches, key=lambda batch: (batch.shape, learns or batch.requires_grad)):
        alike = list(group)
        if takes_groups and len(alike) > 1:
            joint_ND: Tensor = trunk(torch.cat(alike), groups=len(alike))
            found += joint_ND.chunk(len(alike))
        else:
            found += [trunk(batch_NCHW) for batch_NCHW in alike]
    return found
