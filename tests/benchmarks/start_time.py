"""What a start of `ganlab` costs: `--help` beside a bare `import click`, and the verbs that list beside `import torch`.

    python tests/benchmarks/start_time.py

Processor time of whole processes, which other work on the machine disturbs less than the clock; the least of several
rounds in which each command runs once, since disturbance only adds. A line says how much the verb does beside importing
torch, as a share of that import.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
from collections.abc import Mapping, Sequence

BARE = {"import click": ["-c", "import click"], "import torch": ["-c", "import torch"]}
HELP = {"ganlab --help": ["-m", "ganlab_core", "--help"]}
LISTING = {
    "ganlab list": ["-m", "ganlab_core", "list"],
    "ganlab plugins": ["-m", "ganlab_core", "plugins"],
    "ganlab show prior elastic": ["-m", "ganlab_core", "show", "prior", "elastic"],
    "ganlab validate --prior elastic": ["-m", "ganlab_core", "validate", "--prior", "elastic"],
}


def main() -> None:
    """Print a line a command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    seconds = measured(BARE | HELP | LISTING, rounds=parser.parse_args().rounds)
    for name in BARE:
        print(f"{seconds[name]:7.3f} s  {name}")
    for name in HELP:
        print(f"{seconds[name]:7.3f} s  {name:<32} {seconds[name] / seconds['import click']:.2f} times import click")
    torch = seconds["import torch"]
    for name in LISTING:
        print(f"{seconds[name]:7.3f} s  {name:<32} {(seconds[name] - torch) / torch:.0%} of import torch beside it")


def measured(commands: Mapping[str, Sequence[str]], *, rounds: int) -> dict[str, float]:
    """The least processor time of each command; a first round that warms the disk does not count."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, arguments in commands.items():
            spent = processor_time([sys.executable, *arguments])
            if number:
                times[name].append(spent)
    return {name: min(spent) for name, spent in times.items()}


def processor_time(command: Sequence[str]) -> float:
    """Seconds in user and system mode of a process that ends well."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
