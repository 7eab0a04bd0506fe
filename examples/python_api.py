"""Train Elastic-InfoGAN from Python, load the run again, and write ten images of each class that it found.

python examples/python_api.py [--steps N]
"""

from __future__ import annotations

import argparse
from pathlib import Path

from ganlab_core import Proportions, load_recipe, load_run, save_images, train


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=2800)
    steps = parser.parse_args().steps

    recipe = load_recipe(prior="elastic", overrides=[f"steps={steps}"])
    result = train(recipe)
    print(f"NMI {result.evaluation['nmi']:.3f}")
    proportions = Proportions.of(result.evaluation)
    for pair in proportions.pairs() if proportions else ():
        print(f"code {pair.code}, class {pair.label}: learned {pair.learned:.3f}, true {pair.true:.3f}")

    run = load_run(result.folder)
    for code in range(10):
        folder = Path(result.folder) / "classes" / str(code)
        save_images(run.sample(10, code=code), folder)
        print(folder)


if __name__ == "__main__":
    main()
