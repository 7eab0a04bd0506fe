"""What a recognition head promises that reads a frozen network's features too."""

from __future__ import annotations

from typing import Any

import torch

from ganlab_core.interface.latent import Recognition
from ganlab_core.interface.specs import RecognitionSpec
from ganlab_core.testing.network_cases import Case
from ganlab_core.testing.saved import move_parameters, restore


def check_reading_of_features(case: Case) -> None:
    """Parameters of one code of the prior or more, and the same after the head's state was saved and loaded.

    Raises:
        AssertionError: says what it gives and what is asked for; nothing of a head without `of_features`.
    """
    subject, spec = case.subject, case.spec
    head: Any = case.network().eval()
    fresh: Any = case.network(seed=1).eval()
    assert isinstance(spec, RecognitionSpec)
    if not hasattr(head, "of_features"):
        return
    assert spec.frozen_features is not None
    features_ND = torch.randn(6, spec.frozen_features, generator=torch.Generator().manual_seed(0))
    move_parameters(head, seed=2)
    restore(fresh, head)
    with subject.during("`of_features`"):
        recognition, again = head.of_features(features_ND), fresh.of_features(features_ND)
    if not isinstance(recognition, Recognition):
        subject.fail(f"`of_features` gives a {type(recognition).__name__}, not a Recognition")
    found = {code: tuple(parameters_NR.shape) for code, parameters_NR in recognition.parameters.items()}
    wanted = {code: (6, width) for code, width in spec.codes.items()}
    subject.require(
        bool(found) and found.items() <= wanted.items(),
        f"`of_features` gives parameters of shapes {found} where the prior's codes have {wanted}",
    )
    for code, parameters_NR in recognition.parameters.items():
        subject.require(
            torch.equal(parameters_NR, again.parameters[code]),
            f"`of_features` reads {code!r} otherwise after its state was saved and loaded",
        )
