"""`StepContext`: what a loss may ask of one training step; each thing is computed at most once, when first asked."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal, Protocol, TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor

from ganlab_core.interface.latent import LatentSample, Recognition
from ganlab_core.interface.networks import Networks
from ganlab_core.interface.prior import Prior
from ganlab_core.interface.randomness import derived_generator

Phase = Literal["discriminator", "generator"]


class View(Protocol):
    """An identity-preserving transformation of a batch: `(N, C, H, W)` in [-1, 1] to the same, each image at random."""

    def __call__(self, images_NCHW: Tensor, *, generator: torch.Generator) -> Tensor: ...


class Collection(Protocol):
    """All images that a run is trained on, for a loss that looks beyond the batch; `len()` says how many.

    Attributes:
        features_ND: what the recipe's frozen feature network says of each image, float32 on `device`; None without one.
    """

    device: torch.device
    features_ND: Tensor | None

    def __len__(self) -> int: ...

    def at(self, indices_N: Tensor) -> Tensor:
        """The images of these indices, `(N, C, H, W)` float32 in [-1, 1], on `device`."""

    def blocks(self, size: int) -> Iterator[Tensor]:
        """All images in order, in blocks of at most `size`, as `at` gives them."""


Source: TypeAlias = Literal["real", "fake"] | View


class StepContext:
    """One phase of one step, as the losses see it.

    Sources are `"real"`, `"fake"`, or a `View`, which stands for the transformed real batch. Sources asked for in one
    call go through the trunk together. In the discriminator's phase the fake images carry no gradient; in the
    generator's phase the trunk's and the discriminator's parameters are frozen.

    Attributes:
        phase: whose phase this is.
        number: the step's number, from 0; `steps`: how many the run has in all.
        repeat: which of the step's `n_critic` discriminator phases this is, from 0.
        data: the whole collection, for a loss that looks beyond the batch.
        real_N: which of its images the real batch is, `(N,)` int64; None where that is not known.
        prior: the run's prior.
        networks: the run's networks, for a loss that needs a pass of its own.
    """

    def __init__(
        self,
        *,
        phase: Phase,
        number: int,
        repeat: int,
        steps: int,
        seed: int,
        data: Collection,
        real_NCHW: Tensor,
        draw: Callable[[], tuple[LatentSample, Tensor]],
        prior: Prior,
        networks: Networks,
        real_N: Tensor | None = None,
    ) -> None:
        self.phase = phase
        self.number = number
        self.repeat = repeat
        self.steps = steps
        self.data = data
        self.real_N = real_N
        self.prior = prior
        self.networks = networks
        self._seed = seed
        self._draw = draw
        self._images: dict[Source, Tensor] = {"real": real_NCHW}
        self._codes: dict[Source, Mapping[str, Tensor]] = {}
        self._known_codes: dict[str, Tensor] = {}
        self._features: dict[Source, Tensor] = {}
        self._logits: dict[Source, Tensor] = {}
        self._recognition_features: dict[Source, Tensor] = {}
        self._recognitions: dict[Source, Recognition] = {}
        self._recorded: dict[str, Tensor] = {}
        self._seen_through: tuple[StepContext, View] | None = None

    def for_generator(self) -> StepContext:
        """The generator's phase of the same step, with the same images and draw and nothing computed yet."""
        return StepContext(
            phase="generator",
            number=self.number,
            repeat=self.repeat,
            steps=self.steps,
            seed=self._seed,
            data=self.data,
            real_NCHW=self._images["real"],
            draw=self._draw,
            prior=self.prior,
            networks=self.networks,
            real_N=self.real_N,
        )

    def showing(self, real_N: Tensor, codes: Mapping[str, Tensor] | None = None) -> StepContext:
        """The same phase with other real images of the collection, and the same draw.

        A loss of its own passes, as for one that wants rare classes to be seen as often as others.

        Args:
            real_N: the images' indices, `(N,)` int64.
            codes: what is known of their codes already, as `codes` gives it; the rest is read when it is asked for.
        """
        if self._seen_through is not None:
            plain, view = self._seen_through
            return plain.showing(real_N, codes).through(view)
        seen = self._copied()
        seen._images = {"fake": self._images["fake"]} if "fake" in self._images else {}
        seen._codes, seen._known_codes, seen.real_N = {}, dict(codes or {}), real_N
        return seen

    def through(self, view: View) -> StepContext:
        """The same phase with real and fake images each seen through a random transformation.

        A loss of its own passes: what the discriminator is shown so that a small collection cannot be learnt by heart
        (Zhao et al. 2020, arXiv 2006.10738), with gradient through the transformation into fake images.
        """
        seen = self._copied()
        seen._images, seen._seen_through = {}, (self, view)
        return seen

    @property
    def latent(self) -> LatentSample:
        """The draw that the fake images are made from."""
        return self._draw()[0]

    def random(self, purpose: str) -> torch.Generator:
        """A generator on the batch's device, seeded by the run's seed, the step, the phase and the purpose."""
        device = self.data.device
        return derived_generator(self._seed, self.number, self.repeat, self.phase, purpose, device=device)

    def images(self, source: Source) -> Tensor:
        """The images `(N, C, H, W)` of a source, in [-1, 1]; fake images and views are made when first asked for."""
        if source not in self._images:
            self._images[source] = self._made(source)
        return self._images[source]

    def _made(self, source: Source) -> Tensor:
        views = sum(not isinstance(key, str) for key in self._images)
        purpose = source if isinstance(source, str) else f"view {views}"
        if self._seen_through is not None:
            plain, view = self._seen_through
            return view(plain.images(source), generator=self.random(f"through {purpose}"))
        if source == "fake":
            fake_NCHW = self._draw()[1]
            return fake_NCHW.detach() if self.phase == "discriminator" else fake_NCHW
        if source == "real":
            assert self.real_N is not None
            return self.data.at(self.real_N)
        assert not isinstance(source, str)
        return source(self.images("real"), generator=self.random(purpose))

    def features(self, *sources: Source) -> list[Tensor]:
        """The trunk's features `(N, D)` of each source."""
        return self._passed(self.networks.features, self._features, sources)

    def codes(self, source: Source) -> Mapping[str, Tensor]:
        """What is known of the categories that a source's images have: `(N, K)` a code over categories, no gradient.

        Of fake images those that were drawn, one-hot; of real ones, and of views of them, the probabilities that the
        recognition head gives them as they are, or what it reads in frozen features where it does (`of_features`).
        """
        if self._seen_through is not None:
            return self._seen_through[0].codes(source)
        of: Source = "fake" if source == "fake" else "real"
        if of not in self._codes:
            self._codes[of] = self._drawn_codes() if of == "fake" else self._read_codes()
        return self._codes[of]

    def told(self, source: Source) -> Mapping[str, Tensor] | None:
        """The `codes` of a source where the discriminator's head is told them, else None."""
        return self.codes(source) if self.networks.takes_codes else None

    def _drawn_codes(self) -> dict[str, Tensor]:
        found = {}
        for name, classes in self.prior.category_counts.items():
            target_N = self.latent.draws[name].target
            assert target_N is not None  # a draw of a code over categories says which
            found[name] = F.one_hot(target_N, classes).float()
        return found

    def _read_codes(self) -> dict[str, Tensor]:
        unknown = [name for name in self.prior.category_counts if name not in self._known_codes]
        if not unknown:
            return self._known_codes
        features_ND = None if self.real_N is None else self.data.features_ND
        of_real_ND = None if features_ND is None else features_ND[self.real_N]
        return self.networks.read_codes(unknown, [self.images("real")], of_real_ND) | self._known_codes

    def logits(self, *sources: Source) -> list[Tensor]:
        """The discriminator's logits `(N,)` of each source, told the source's codes where its head takes them."""
        for source, features_ND in zip(sources, self.features(*sources), strict=True):
            if source not in self._logits:
                self._logits[source] = self.networks.logits(features_ND, self.told(source))
        return [self._logits[source] for source in sources]

    def recognise(self, *sources: Source) -> list[Recognition]:
        """The recognition head's answer for each source; a recipe must have the head (`Component.requires`)."""
        assert self.networks.recognition is not None
        for source, features_ND in zip(sources, self._recognition_inputs(sources), strict=True):
            if source not in self._recognitions:
                self._recognitions[source] = self.networks.recognition(features_ND)
        return [self._recognitions[source] for source in sources]

    def record(self, name: str, value: Tensor) -> None:
        """Log a scalar that explains a loss, such as one of its terms, beside the loss itself."""
        self._recorded[name] = value.detach()

    def take_recorded(self) -> dict[str, Tensor]:
        """What was recorded since the last call; the step logs it under the name of the loss that recorded it."""
        recorded = dict(self._recorded)
        self._recorded.clear()
        return recorded

    def _copied(self) -> StepContext:
        """The same phase, to be given other images: nothing of its passes is known yet."""
        seen = copy.copy(self)
        seen._features, seen._logits = {}, {}
        seen._recognition_features, seen._recognitions = {}, {}
        return seen

    def _recognition_inputs(self, sources: Sequence[Source]) -> list[Tensor]:
        """The shared trunk's features, or those of a trunk that the recognition head has for itself."""
        if self.networks.recognition_trunk is None:
            return self.features(*sources)
        return self._passed(self.networks.recognition_features, self._recognition_features, sources)

    def _passed(
        self,
        pass_through: Callable[[list[Tensor]], list[Tensor]],
        known: dict[Source, Tensor],
        sources: Sequence[Source],
    ) -> list[Tensor]:
        """The sources' features, those that are not known yet computed together."""
        missing = [source for source in dict.fromkeys(sources) if source not in known]
        if missing:
            found = pass_through([self.images(source) for source in missing])
            known.update(zip(missing, found, strict=True))
        return [known[source] for source in sources]
