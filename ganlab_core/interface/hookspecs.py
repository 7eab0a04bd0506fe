"""The hooks that a plugin may implement; each docstring holds an example that runs.

Part-giving hooks yield `Component`s. Lifecycle hooks are called during a run and only read.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    import click

    from ganlab_core.interface.check import Check
    from ganlab_core.interface.component import Component
    from ganlab_core.interface.events import CheckpointSaved, RunFinished, RunStarted, StepFinished
    from ganlab_core.interface.verb import Verb

hookspec = pluggy.HookspecMarker("ganlab")
hookimpl = pluggy.HookimplMarker("ganlab")


@hookspec
def ganlab_networks() -> Iterable[Component]:  # type: ignore[empty-body]
    """Give networks; each `Component` names the role that its factory fills.

    Called once, when the first recipe is read or parts are listed; import what is heavy inside.

    >>> from ganlab_core import Component, hookimpl
    >>> @hookimpl
    ... def ganlab_networks():
    ...     from mine.networks import Generator
    ...     yield Component(name="mine", role="generator", factory=Generator)
    """


@hookspec
def ganlab_priors() -> Iterable[Component]:  # type: ignore[empty-body]
    """Give prior factors: factories of a `Factor`.

    Called once, when the first recipe is read or parts are listed; import what is heavy inside.

    >>> from ganlab_core import Component, hookimpl
    >>> @hookimpl
    ... def ganlab_priors():
    ...     from mine.priors import Laplace
    ...     yield Component(name="laplace", factory=Laplace)
    """


@hookspec
def ganlab_losses() -> Iterable[Component]:  # type: ignore[empty-body]
    """Give losses: factories of an object with `discriminator(step)`, `generator(step)`, or both.

    Called once, when the first recipe is read or parts are listed; import what is heavy inside.

    >>> from ganlab_core import Component, hookimpl
    >>> @hookimpl
    ... def ganlab_losses():
    ...     from mine.losses import FeatureMatching
    ...     yield Component(name="feature-matching", factory=FeatureMatching)
    """


@hookspec
def ganlab_datasets() -> Iterable[Component]:  # type: ignore[empty-body]
    """Give data sets: factories of an `ImageData`.

    Called once, when the first recipe is read or parts are listed; import what is heavy inside.

    >>> from ganlab_core import Component, hookimpl
    >>> @hookimpl
    ... def ganlab_datasets():
    ...     from mine.data import blobs
    ...     yield Component(name="blobs", factory=blobs)
    """


@hookspec
def ganlab_metrics() -> Iterable[Component]:  # type: ignore[empty-body]
    """Give metrics: factories of a callable from an `Evaluation` to figures by name, `Proportions` among them.

    Called once, when the first recipe is read or parts are listed; import what is heavy inside.

    >>> from ganlab_core import Component, hookimpl
    >>> @hookimpl
    ... def ganlab_metrics():
    ...     from mine.metrics import Sharpness
    ...     yield Component(name="sharpness", factory=Sharpness)
    """


@hookspec
def ganlab_features() -> Iterable[Component]:  # type: ignore[empty-body]
    """Give frozen feature networks: factories of a `FeatureNetwork`, which says in numbers what an image shows.

    Called once, when the first recipe is read or parts are listed; import what is heavy inside the factory. One whose
    arguments all have defaults is usable as it is, and must then bring its weights.

    >>> from ganlab_core import Component, hookimpl
    >>> @hookimpl
    ... def ganlab_features():
    ...     from mine.features import backbone
    ...     yield Component(name="mine", factory=backbone)
    """


@hookspec
def ganlab_verbs() -> Iterable[Verb]:  # type: ignore[empty-body]
    """Give verbs of the command line; each `Verb` names where its `click.Command` is.

    Called at every start of `ganlab`; the command is imported when the verb is called.

    >>> from ganlab_core import Verb, hookimpl
    >>> @hookimpl
    ... def ganlab_verbs():
    ...     yield Verb(name="morph", summary="Turn one class into another.", command="mine.verbs:morph")
    """


@hookspec
def ganlab_commands(cli: click.Group) -> None:
    """Add commands that are made at the start; `ganlab_verbs` is the way for all others.

    Called at every start of `ganlab`, so import nothing heavy before a verb runs.

    >>> from ganlab_core import hookimpl
    >>> @hookimpl
    ... def ganlab_commands(cli):
    ...     from mine.verbs import morph
    ...     cli.add_command(morph)
    """


@hookspec
def ganlab_observers(run: RunStarted) -> Iterable[object]:  # type: ignore[empty-body]
    """Give objects that watch one run: with any of the lifecycle hooks below as methods, and state of their own.

    Called each time that its steps begin, before `ganlab_run_started`: at the start, at a resume, and where it goes
    back to a checkpoint. Those with a method `close()` are closed when its steps end, however that comes.

    >>> from ganlab_core import hookimpl
    >>> class LongestStep:
    ...     @hookimpl
    ...     def ganlab_step_finished(self, event):
    ...         self.last = event.number
    >>> @hookimpl
    ... def ganlab_observers(run):
    ...     yield LongestStep()
    """


@hookspec
def ganlab_checks() -> Iterable[Check]:  # type: ignore[empty-body]
    """Give what `ganlab doctor` looks at; each `Check` names the function that looks.

    Called when the doctor is; the function gets an `Examined` and gives `Finding`s.

    >>> from ganlab_core import Check, hookimpl
    >>> @hookimpl
    ... def ganlab_checks():
    ...     yield Check(section="weights", look="mine.checks:look_at_weights")
    """


@hookspec
def ganlab_run_started(event: RunStarted) -> None:
    """A run begins.

    Called before its first step, and before its first one after a resume; `first_step` is then one less where the step
    of the checkpoint was not told, which follows.

    >>> from ganlab_core import hookimpl
    >>> @hookimpl
    ... def ganlab_run_started(event):
    ...     print(event.folder)
    """


@hookspec
def ganlab_step_finished(event: StepFinished) -> None:
    """A step has ended.

    Called after those that are logged, evaluated or drawn (`log.every` and so on), and after the last. Only logged ones
    carry losses.

    >>> from ganlab_core import hookimpl
    >>> @hookimpl
    ... def ganlab_step_finished(event):
    ...     print(event.number, event.scalars.get("loss/generator"))
    """


@hookspec
def ganlab_checkpoint_saved(event: CheckpointSaved) -> None:
    """A checkpoint was written.

    Called when it is on the disk, whole: as `checkpoint.every` says, at a new best, and when the run ends or stops. Of
    a step that is due to be saved it comes before `ganlab_step_finished`.

    >>> from ganlab_core import hookimpl
    >>> @hookimpl
    ... def ganlab_checkpoint_saved(event):
    ...     print(event.folder)
    """


@hookspec
def ganlab_run_finished(event: RunFinished) -> None:
    """A run has ended well.

    Called after its last step and evaluation.

    >>> from ganlab_core import hookimpl
    >>> @hookimpl
    ... def ganlab_run_finished(event):
    ...     print(event.evaluation.get("diversity"))
    """
