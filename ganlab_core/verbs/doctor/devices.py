"""Which devices torch can compute on here; each is tried, since a driver that is listed may still not work."""

from __future__ import annotations

import platform

import torch

from ganlab_core.interface.check import Finding
from ganlab_core.verbs.doctor.examined import Examined
from ganlab_core.verbs.doctor.units import gibibytes


def look_at_devices(about: Examined) -> list[Finding]:
    """The CPU, each CUDA device, and MPS."""
    found = [_tried("cpu", platform.processor() or platform.machine(), value={})]
    if torch.cuda.is_available():
        found += [_cuda(number) for number in range(torch.cuda.device_count())]
    else:
        built = torch.version.cuda is not None or torch.version.hip is not None
        text = "none that torch can see" if built else "none: this torch was built without it"
        found.append(Finding(name="cuda", text=text))
    if torch.backends.mps.is_available():
        found.append(_tried("mps", "Apple's GPU", value={}))
    else:
        found.append(Finding(name="mps", text="none"))
    return found


def _cuda(number: int) -> Finding:
    facts = torch.cuda.get_device_properties(number)
    value = {"name": facts.name, "memory": facts.total_memory, "capability": [facts.major, facts.minor]}
    text = f"{facts.name}, {gibibytes(facts.total_memory)}, capability {facts.major}.{facts.minor}"
    return _tried(f"cuda:{number}", text, value=value)


def _tried(device: str, text: str, *, value: dict[str, object]) -> Finding:
    try:
        torch.ones(2, device=device).sum().item()
    except RuntimeError as error:
        reason = str(error).splitlines()[0]
        way_out = "install a torch that fits its driver, or give `--device cpu`"
        return Finding(name=device, text=f"{text}: cannot be used ({reason})", state="stops", way_out=way_out)
    return Finding(name=device, text=text, value=value)
