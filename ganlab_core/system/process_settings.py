"""What in a process decides the bits that it computes: threads, torch's switches, the processor, the device."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from threadpoolctl import threadpool_limits

from ganlab_core.interface.errors import GanlabError

THREADS = "threads"
_POOLS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_NOT_SET = "not set"
_VARIABLES = (
    "CUBLAS_WORKSPACE_CONFIG",
    "DNNL_MAX_CPU_ISA",
    "MKL_CBWR",
    "MKL_ENABLE_INSTRUCTIONS",
    "NVIDIA_TF32_OVERRIDE",
    "ONEDNN_MAX_CPU_ISA",
    "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE",
)


@dataclass(frozen=True)
class _Switch:
    """A setting of torch that holds for the whole process, and the values that it can have."""

    read: Callable[[], Any]
    write: Callable[[Any], object]
    values: tuple[Any, ...] = (False, True)


_SWITCHES: Mapping[str, _Switch] = {
    "default dtype": _Switch(
        torch.get_default_dtype,
        torch.set_default_dtype,
        (torch.float32, torch.float64, torch.bfloat16, torch.float16),
    ),
    "deterministic algorithms": _Switch(torch.are_deterministic_algorithms_enabled, torch.use_deterministic_algorithms),
    "denormals are zero": _Switch(
        lambda: (torch.tensor(1e-40, dtype=torch.float32) * 1.0).item() == 0.0, torch.set_flush_denormal
    ),
    "precision of matrix products": _Switch(
        torch.get_float32_matmul_precision, torch.set_float32_matmul_precision, ("highest", "high", "medium")
    ),
    "cudnn.benchmark": _Switch(
        lambda: torch.backends.cudnn.benchmark, lambda value: setattr(torch.backends.cudnn, "benchmark", value)
    ),
    "cudnn.deterministic": _Switch(
        lambda: torch.backends.cudnn.deterministic, lambda value: setattr(torch.backends.cudnn, "deterministic", value)
    ),
    "mkldnn": _Switch(
        lambda: torch.backends.mkldnn.enabled, lambda value: setattr(torch.backends.mkldnn, "enabled", value)
    ),
}


def settings_now(*, device: torch.device, processes: int) -> dict[str, str]:
    """The settings of this process, each as text by its name; `computing_as` takes the first of them.

    Args:
        device: what it computes on.
        processes: how many compute together.
    """
    return {
        THREADS: str(torch.get_num_threads()),
        **{name: str(switch.read()) for name, switch in _SWITCHES.items()},
        "processes": str(processes),
        "device": _named(device),
        "processor": f"{_processor()}, {torch.backends.cpu.get_cpu_capability()}",
        **{name: os.environ.get(name, _NOT_SET) for name in _VARIABLES},
    }


@contextmanager
def computing_as(settings: Mapping[str, str], *, threads: int) -> Iterator[None]:
    """Inside, this process computes with so many threads, and torch's switches are as they are named.

    Threads are those of torch, and of what numpy, SciPy and scikit-learn compute with, loaded by now or later.

    Args:
        settings: as `settings_now` gives them; what they do not name stays, what cannot be set is passed over.

    Raises:
        GanlabError: a switch has no such value.
    """
    with ExitStack() as stack:
        for name, switch in _SWITCHES.items():
            before = switch.read()
            value = _value(name, switch, settings.get(name, str(before)))
            if value != before:
                stack.callback(switch.write, before)
                switch.write(value)
        stack.enter_context(_variables(dict.fromkeys(_POOLS, str(threads))))
        stack.enter_context(threadpool_limits(threads))
        stack.callback(torch.set_num_threads, torch.get_num_threads())
        torch.set_num_threads(threads)
        yield


def usable_cores() -> int:
    """Those that this process may run on, which can be fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def _variables(values: Mapping[str, str]) -> Iterator[None]:
    """Inside, environment variables have these values, for libraries that are loaded there."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _value(name: str, switch: _Switch, text: str) -> Any:
    values = {str(value): value for value in switch.values}
    if text not in values:
        raise GanlabError(f"{name!r} is one of {', '.join(values)}, not {text[:40]!r}")
    return values[text]


def _named(device: torch.device) -> str:
    return f"cuda, {torch.cuda.get_device_name(device)}" if device.type == "cuda" else device.type


def _processor() -> str:
    """The processor's name, since libraries choose what they compute with by it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())
