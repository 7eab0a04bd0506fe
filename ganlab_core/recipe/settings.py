"""`Recipe`: the typed shape of a checked recipe. These models document every key that is not a component's.

A component's own arguments are checked against its factory's signature (`recipe/check.py`), not here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    GetPydanticSchema,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    PrivateAttr,
    Tag,
)
from pydantic_core import core_schema

from ganlab_core.interface.share import PositiveStep, Step
from ganlab_core.recipe.optimisers import OPTIMISERS

Fraction = Annotated[float, Field(ge=0.0, lt=1.0)]
NAME_PATTERN = "^[A-Za-z0-9_-]+$"  # a name becomes part of parameters' and log entries' names
Name = Annotated[str, Field(pattern=NAME_PATTERN)]


_EPOCHS = "^[1-9][0-9]{0,8} epochs?$"


def _as_epochs(text: str) -> str:
    if not re.search(_EPOCHS, text):
        raise ValueError(f"takes a number of steps, or of epochs such as '200 epochs', not {text!r}")
    return text


Steps = Annotated[
    Annotated[PositiveInt, Tag("steps")]
    | Annotated[str, AfterValidator(_as_epochs), Field(json_schema_extra={"pattern": _EPOCHS}), Tag("epochs")],
    Discriminator(lambda value: "epochs" if isinstance(value, str) else "steps"),
]
"""A number of steps, or of passes over the data set, such as `200 epochs`."""

OptimiserName = Annotated[str, GetPydanticSchema(lambda _, __: core_schema.literal_schema(list(OPTIMISERS)))]
"""A key of `OPTIMISERS`."""


class Section(BaseModel):
    """Settings with no unknown keys, no coercion and no change after reading."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class Part(BaseModel):
    """A component by name and its arguments: every key beside `use` goes to the factory."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True)
    use: str

    @property
    def arguments(self) -> dict[str, Any]:
        """What the factory gets."""
        return dict(self.model_extra or {})


class LossPart(Part):
    """A loss, its weight in the sum that a player minimises, and the steps (from 0) in which it counts.

    It begins with step `starts` and is over before step `ends`, each a number or a share of the run such as `30 %`. A
    phase that no loss takes part in is left out whole.
    """

    weight: float = Field(default=1.0, allow_inf_nan=False)
    starts: Step = 0
    ends: PositiveStep | None = None


class NetworkParts(Section):
    """A network for each role; `recognition` only where a loss reads codes back.

    The recognition head reads the features of `trunk`, or of a trunk of its own where there is a `recognition_trunk`.
    """

    generator: Part
    trunk: Part
    discriminator: Part
    recognition: Part | None = None
    recognition_trunk: Part | None = None


class ParameterGroup(Section):
    """What differs for a group of parameters; the rest is as the player has it."""

    learning_rate: PositiveFloat | None = None
    betas: tuple[Fraction, Fraction] | None = None
    weight_decay: Annotated[float, Field(ge=0.0)] | None = None


class Player(Section):
    """One player: what it owns and how it learns.

    `groups` gives parts of what it owns settings of their own, by name or prefix: `prior.code: {learning_rate: 2e-3}`.
    """

    owns: tuple[str, ...]
    optimiser: OptimiserName = "adam"
    learning_rate: PositiveFloat = 2e-4
    betas: tuple[Fraction, Fraction] = (0.5, 0.999)
    weight_decay: Annotated[float, Field(ge=0.0)] = 0.0
    groups: dict[str, ParameterGroup] = {}


class Players(Section):
    """The two players. A parameter that belongs to neither, or to both, is an error."""

    discriminator: Player = Player(owns=("trunk", "discriminator"))
    generator: Player = Player(owns=("generator", "recognition", "recognition_trunk", "prior", "losses"))


class Checkpoints(Section):
    """A checkpoint every so many steps (0: at the end only), the newest `keep` of which stay.

    With `best`, the key of an evaluation's figure such as `diversity`, the checkpoint of the best evaluation stays as
    well; `best_mode` says whether the highest or the lowest is best. A figure that rests on labels chooses by labels.
    """

    every: NonNegativeInt = 500
    keep: PositiveInt = 3
    best: str | None = None
    best_mode: Literal["max", "min"] = "max"


class EvaluationSettings(Section):
    """Metrics every so many steps (0: at the end only), on so many generated images a category."""

    every: NonNegativeInt = 0
    samples_per_code: Annotated[int, Field(ge=1, le=10_000_000)] = 1000


class SampleGrids(Section):
    """A grid every so many steps (0: at the end only): a row a category of the class code, a column a noise vector."""

    every: NonNegativeInt = 500
    columns: Annotated[int, Field(ge=1, le=1000)] = 10


class Log(Section):
    """Scalars to the console, `metrics.jsonl` and TensorBoard every so many steps."""

    every: PositiveInt = 50


class Audit(Section):
    """Parameters, by name or prefix, that may have no optimiser or no gradient."""

    allow: tuple[str, ...] = ()


class JudgeSettings(Section):
    """Who labels generated images: a CNN trained on the data set's labels and cached, or a safetensors file."""

    weights: str | None = None


class Recipe(Section):
    """A whole run. Mappings rather than lists, so that every value has an address for `--set`.

    `features` is a frozen network that looks at the data once, for losses and heads that ask for what it says.
    `on_nonfinite`: at a loss or gradient that is not finite, stop, leave the update out, or go back to the last
    checkpoint with lower learning rates. `on_collapse`: what to do when an evaluation finds the generator or the prior
    collapsed.
    """

    dataset: Part
    prior: Annotated[dict[Name, Part], Field(min_length=1)]
    networks: NetworkParts
    losses: Annotated[dict[Name, LossPart], Field(min_length=1)]
    metrics: dict[Name, Part] = {}
    features: Part | None = None
    players: Players = Players()
    steps: Steps = 2000
    batch_size: Annotated[int, Field(ge=2)] = 64
    seed: NonNegativeInt = 0
    device: str = "auto"
    precision: Literal["fp32", "bf16"] = "fp32"
    n_critic: PositiveInt = 1
    ema: Fraction = 0.999
    on_nonfinite: Literal["stop", "skip", "rollback"] = "stop"
    on_collapse: Literal["warn", "stop"] = "warn"
    checkpoint: Checkpoints = Checkpoints()
    evaluation: EvaluationSettings = EvaluationSettings()
    samples: SampleGrids = SampleGrids()
    log: Log = Log()
    audit: Audit = Audit()
    judge: JudgeSettings = JudgeSettings()
    _shares: frozenset[str] = PrivateAttr(frozenset())

    def __eq__(self, other: object) -> bool:
        """Whether both say the same, however they were written."""
        return isinstance(other, Recipe) and self.model_dump() == other.model_dump()

    @property
    def shares(self) -> frozenset[str]:
        """The keys of the numbers that were given as shares of the run, such as `losses.information.starts`."""
        return self._shares

    def noting(self, shares: Iterable[str]) -> Recipe:
        """The same recipe, with the keys of what was given as shares."""
        recipe = self.model_copy()
        recipe._shares = frozenset(shares)
        return recipe

    @property
    def total_steps(self) -> int:
        """The steps of a recipe that does not count in epochs, or no longer does (`in_steps`)."""
        if isinstance(self.steps, str):
            raise ValueError(f"{self.steps} are so many steps only once the size of the data set is known")
        return self.steps


def part_model(section: str) -> type[Part]:
    """The model of a part in this section of a recipe."""
    annotation = Recipe.model_fields[section].annotation
    found: type[Part] = get_args(annotation)[1] if get_origin(annotation) is dict else Part
    return found
