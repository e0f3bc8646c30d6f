"""All workloads."""

from gan.workloads import dcgan, dcgan64, dcgan_wide, points, projection
from vae.workloads import conv, mlp

# Factory, and steps per round: one to four seconds on two cores.
WORKLOADS = {
    "dcgan": (dcgan, 32),
    "dcgan-wide": (dcgan_wide, 6),
    "dcgan64": (dcgan64, 2),
    "projection": (projection, 16),
    "ring": (points, 600),
    "vae": (mlp, 300),
    "conv-vae": (conv, 100),
}
