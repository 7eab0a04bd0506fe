"""A broken plugin is left out whole, reported once with its name and distribution, and harms nobody else."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from ganlab_core import GanlabError
from ganlab_core.plugins import Plugins, load_plugins
from tests.plugins.conftest import Install

pytestmark = pytest.mark.bare

HEALTHY = """
@hookimpl
def ganlab_priors():
    yield Component(name="healthy", factory=Part)
"""
GIVES = """
@hookimpl
def ganlab_priors():
    yield Component(name="early", factory=Part)

{more}

@hookimpl
def {hook}():
    {body}
"""


def gives(body: str, *, hook: str = "ganlab_losses", more: str = "") -> str:
    return GIVES.format(hook=hook, body=body, more=more)


BROKEN = {
    "raises at import": ("1 / 0", "ZeroDivisionError: division by zero"),
    "leaves at import": ("raise SystemExit(3)", "SystemExit: 3"),
    "syntax error": ("def :", "SyntaxError"),
    "missing dependency": ("import no_such_module", "No module named 'no_such_module'"),
    "no hook": ("x = 1", "it implements no hook"),
    "misspelt hook": (
        "@hookimpl\ndef ganlab_prior(): yield",
        "there is no hook 'ganlab_prior'; did you mean 'ganlab_priors'?",
    ),
    "unmarked hook": ("def ganlab_priors(): yield", "'ganlab_priors' is not marked as a hook: put @hookimpl"),
    "wrong signature": ("@hookimpl\ndef ganlab_priors(registry): yield", "ganlab_priors"),
    "hook raises": (gives("raise KeyError('x')"), "hook 'ganlab_losses': KeyError: 'x'"),
    "hook raises late": (gives("yield Component(name='a', factory=Part); 1 / 0"), "hook 'ganlab_losses': Zero"),
    "returns nothing": (gives("pass"), "hook 'ganlab_losses': returned None, not the Components"),
    "returns text": (gives("return 'hinge'"), "returned 'hinge', not the Components"),
    "returns a component": (gives("return Component(name='a', factory=Part)"), "not the Components that it gives"),
    "gives a class": (gives("yield Part"), "Part'>, not a Component"),
    "bad name": (gives("yield Component(name='../A', factory=Part)"), "'../A': a name is lower-case words"),
    "network without role": (
        gives("yield Component(name='a', factory=Part)", hook="ganlab_networks"),
        "network 'a': a network needs a role (generator, trunk, discriminator, recognition)",
    ),
    "loss with role": (gives("yield Component(name='a', factory=Part, role='trunk')"), "only networks have a role"),
    "loss with headline": (
        gives("yield Component(name='a', factory=Part, headline='nmi')"),
        "only metrics have a headline, and this one has 'nmi'",
    ),
    "headline": (
        gives("yield Component(name='a', factory=Part, headline=3)", hook="ganlab_metrics"),
        "its headline is 3, not the key of a figure",
    ),
    "unknown requirement": (gives("yield Component(name='a', factory=Part, requires=('q',))"), "requires ('q',)"),
    "companion": (gives("yield Component(name='a', factory=Part, companion=['x'])"), "its companion is ['x']"),
    "not callable": (gives("yield Component(name='a', factory=3)"), "its factory is 3, which can't be called"),
    "two positional": (
        gives("yield Component(name='a', factory=bad)", more="def bad(spec, size: int): ..."),
        "loss 'a': its factory has 2 positional parameters",
    ),
    "open keywords": (
        gives("yield Component(name='a', factory=bad)", more="def bad(**rest: int): ..."),
        "takes **rest, which no recipe can be checked against",
    ),
    "no type hint": (
        gives("yield Component(name='a', factory=bad)", more="def bad(*, size=3): ..."),
        "its argument 'size' has no type hint",
    ),
    "unknown type": (
        gives("yield Component(name='a', factory=bad)", more="def bad(*, size: Unheard): ..."),
        "name 'Unheard' is not defined",
    ),
    "uncheckable type": (
        gives("yield Component(name='a', factory=bad)", more="def bad(*, part: Part): ..."),
        "its arguments can't be checked",
    ),
    "bad default": (
        gives("yield Component(name='a', factory=bad)", more="def bad(*, size: int = 'big'): ..."),
        "its argument 'size' has a default that its own type refuses",
    ),
    "no signature": (gives("yield Component(name='a', factory=type)"), "its factory has no readable signature"),
    "default that no file holds": (
        gives("yield Component(name='a', factory=bad)", more="def bad(*, size: object = object()): ..."),
        "its defaults can't be written to a recipe",
    ),
    "reserved argument": (
        gives("yield Component(name='a', factory=bad)", more="def bad(*, weight: float = 1.0): ..."),
        "its argument 'weight' has a name that recipes need",
    ),
    "twice in itself": (
        gives("yield from [Component(name='a', factory=Part)] * 2"),
        "hook 'ganlab_losses': gives loss a twice",
    ),
    "the core's name": (
        gives("yield Component(name='hinge', factory=Part)"),
        "loss hinge is already given by plugin 'core' (ganlab ",
    ),
}


def load(*names: str, **environ: str) -> Plugins:
    return load_plugins({"GANLAB_PLUGINS": ",".join(names), **environ})


@pytest.mark.parametrize(("source", "reason"), BROKEN.values(), ids=BROKEN)
def test_is_left_out_whole_and_reported_once(
    install: Install, caplog: pytest.LogCaptureFixture, source: str, reason: str
) -> None:
    install("broken", source)
    install("other", HEALTHY)
    plugins = load("broken", "other")
    statuses = {status.name: status for status in plugins.statuses}
    warnings = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(warnings) == 1
    assert warnings[0].startswith("plugin 'broken' (fake-broken 1.2) is left out: ")
    assert reason in warnings[0]
    assert not statuses["broken"].healthy
    assert reason in statuses["broken"].reason
    assert statuses["broken"].parts == ()
    assert statuses["other"].healthy
    assert statuses["other"].parts == ("prior healthy",)
    assert "early" not in plugins.registries["prior"].names()


@pytest.mark.parametrize(("source", "reason"), BROKEN.values(), ids=BROKEN)
def test_is_fatal_when_strict(install: Install, source: str, reason: str) -> None:
    install("broken", source)
    with pytest.raises(GanlabError) as error:
        _ = load("broken", GANLAB_STRICT_PLUGINS="1").registries
    assert "plugin 'broken' (fake-broken 1.2)" in str(error.value)
    assert reason in str(error.value)


def test_is_quoted_when_a_name_is_not_found(install: Install) -> None:
    install("broken", "1 / 0")
    with pytest.raises(GanlabError) as error:
        load("broken").registries["prior"].get("laplace")
    assert "there is no prior 'laplace'" in str(error.value)
    assert "plugin 'broken' (fake-broken 1.2) is left out: ZeroDivisionError" in str(error.value)


def test_of_two_givers_of_a_name_the_later_is_refused_whole_and_both_are_named(install: Install) -> None:
    install("a", "@hookimpl\ndef ganlab_losses(): yield Component(name='tv', factory=Part)")
    install("b", gives("yield Component(name='tv', factory=Part)"))
    plugins = load("a", "b")
    reason = {status.name: status.reason for status in plugins.statuses}["b"]
    assert reason == (
        "hook 'ganlab_losses': loss tv is already given by plugin 'a' (fake-a 1.2); uninstall one of the two"
    )
    assert plugins.registries["loss"].get("tv").giver.plugin == "a"
    assert "early" not in plugins.registries["prior"].names()


def test_of_two_plugins_of_a_name_the_later_is_refused_and_both_distributions_are_named(install: Install) -> None:
    install("same", HEALTHY, distribution="fake-first")
    install("same", HEALTHY, distribution="fake-second")
    _, first, second = load("same").statuses
    assert first.healthy
    assert (second.distribution, second.healthy) == ("fake-second", False)
    assert second.reason == "its name is already that of plugin 'same' (fake-first 1.2); uninstall one of the two"


def test_an_installation_without_metadata_is_called_unknown(install: Install, tmp_path: Path) -> None:
    install("bare", "1 / 0")
    next(tmp_path.glob("*/*.dist-info/METADATA")).unlink()
    assert str(load("bare").statuses[1]) == "plugin 'bare' (unknown distribution unknown version)"


def test_a_name_with_a_path_in_it_is_refused(install: Install) -> None:
    install("../up", HEALTHY, distribution="fake-up")
    assert "a plugin's name is lower-case words" in load("../up").statuses[1].reason
