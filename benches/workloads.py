"""All workloads."""

from gan.workloads import dcgan, points
from vae.workloads import digits

# Maker, and steps of one round: one to four seconds on two cores.
WORKLOADS = {"dcgan": (dcgan, 32), "ring": (points, 600), "vae": (digits, 300)}
