"""Messages of libtorch errors are preserved, also for operators with scalar arguments."""

import numpy as np
import pytest
import torch

import ganvas
from ganvas.exceptions import TorchError

pytestmark = pytest.mark.usefixtures("one_thread")
MEMORY = r"DefaultCPUAllocator: can't allocate memory: you tried to allocate \d+ bytes"


def test_a_failed_allocation_in_an_operator_with_a_scalar_keeps_its_message():
    # 2^50 scores that share one value in memory: `1 - score` is the first operation that allocates all of them.
    scores = torch.zeros(1).expand(2**50)
    with pytest.raises(TorchError, match=MEMORY) as error:
        ganvas.objectives.hinge(scores, scores)
    assert "\n" not in str(error.value)
    assert [loss.item() for loss in ganvas.objectives.hinge(torch.ones(2), -torch.ones(2))] == [0.0, 1.0]


def test_an_estimator_works_after_such_an_error():
    gan = ganvas.GanTrainer(net="mlp", hidden=(2,), latent_dim=2, epochs=1, random_state=0, verbose=0)
    gan.fit(ganvas.data.ring(64, random_state=0))
    before = gan.sample(3, random_state=0)
    with pytest.raises(TorchError, match=MEMORY):
        gan.generator_(torch.zeros(1, 2).expand(2**45, 2))
    np.testing.assert_array_equal(gan.sample(3, random_state=0), before)
    gan.partial_fit(ganvas.data.ring(64, random_state=0))
