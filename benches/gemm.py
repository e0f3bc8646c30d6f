"""What a training step asks of the processor and what the processor can do, in floating point operations.

A step is counted by PyTorch's own counter while the tuned loop makes one: convolutions, transposed convolutions and
linear layers, a multiplication and an addition being two operations, windows at the edge counted as whole ones. What
nobody needs is not computed and not counted. In one step of a GAN that leaves

- the generator's way forward, and the discriminator's three times: on real, on fake, on the same fake once more;
- the discriminator's gradients on real and on fake: of all weights, and of all inputs but the pictures;
- in the generator's step the gradients of all the discriminator's inputs and of none of its weights, and the
  generator's: of all weights, and of all inputs but the latents.

Activations, normalisation, losses and Adam are not matrix products and count for nothing. Both are float32.
"""

import time

import torch
from contenders import Tuned
from torch.utils.flop_counter import FlopCounterMode

# Larger ones are not faster; the best of some calls is what no other process disturbed.
SIZE, CALLS = 2048, 5


def flop_per_step(contender: Tuned) -> int:
    """Count one step; the contender makes it."""
    workload = contender.workload
    real = workload.scaled(contender.data[: contender.batch], contender.dtype)
    with FlopCounterMode(display=False) as counter:
        contender.step(real, torch.randn(contender.batch, contender.latent_dim, device=contender.device))
    return counter.get_total_flops()


class Peak:
    """The fastest product of large square matrices, on the threads that torch uses."""

    def __init__(self) -> None:
        self.left, self.right, self.product = torch.randn(3, SIZE, SIZE)

    def measure(self) -> float:
        """Give the rate now, in 10^9 operations a second."""
        return max(self._call() for _ in range(CALLS))

    def _call(self) -> float:
        begun = time.perf_counter()
        torch.mm(self.left, self.right, out=self.product)
        return 2 * SIZE**3 / (time.perf_counter() - begun) / 1e9
