"""The training loop of a GAN as a PyTorch tutorial writes it, with ganvas's latents and order of the data."""

import json

import numpy as np
import philox
import torch
from formulas import N_CRITIC, PAIRED, PENALTIES, TORCH_FORMS, WEIGHT_CLIP
from networks import Chain
from torch import nn


class PlainLoop:
    """Starts where `run` is, and goes its own way from there.

    Attributes
    ----------
    nearest_kink : float
        Smallest input of any ReLU so far, in deviations of its layer: rounding decides the derivative close to zero.
    """

    def __init__(self, run, n_critic=None):
        self.run, self.spec = run, json.loads(run.spec())
        name = self.spec["objective"]
        self.discriminator_loss, self.generator_loss = TORCH_FORMS[name]
        self.clip, self.n_critic = WEIGHT_CLIP.get(name), n_critic or N_CRITIC.get(name, 1)
        self.penalties = [penalty for penalty in self.spec["penalty"] if penalty["name"] != "weight_clip"]
        if self.penalties:
            self.clip = None
        self.means = torch.zeros(2)
        self.networks, self.optimisers, self.gradients = {}, {}, {}
        for player in ("generator", "discriminator"):
            network = Chain(run.network(player), run.state_dict(player)).train()
            lr = self.spec["lr" if player == "generator" else "discriminator_lr"]
            betas = tuple(self.spec["betas"])
            for layer in network:
                if isinstance(layer, nn.ReLU | nn.LeakyReLU):
                    layer.register_forward_pre_hook(self._look_for_kinks)
            self.networks[player] = network
            self.optimisers[player] = torch.optim.Adam(network.parameters(), lr=lr, betas=betas)
        self.average = {name: tensor.detach().clone() for name, tensor in self.tensors("generator").items()}
        self.history = []
        self.steps, self.nearest_kink = 0, np.inf

    def tensors(self, player):
        return self.networks[player].named_tensors()

    def train(self, samples, epochs):
        """Go through `samples`, a tensor in the networks' range, `epochs` times; the rest of a pass is left out."""
        size = self.spec["batch_size"]
        self.per_epoch = len(samples) // size
        for epoch in range(epochs):
            rows = []
            order = self.run.order(epoch, len(samples))
            for first in range(0, len(samples) - size + 1, size):
                rows.append(self._step(samples[order[first : first + size]]))
            names = rows[0] | rows[-1]
            self.history.append({name: np.mean([row[name] for row in rows if name in row]) for name in names})

    def _step(self, real):
        generator, discriminator = self.networks["generator"], self.networks["discriminator"]
        fake = generator(self.run.latents(self.steps))
        self.steps += 1
        real_scores = discriminator(real).flatten()
        fake_scores = discriminator(fake.detach()).flatten()
        loss = self.discriminator_loss(real_scores, fake_scores)
        penalty = self._penalty(real, fake.detach(), (real_scores, fake_scores))
        self._descend("discriminator", loss if penalty is None else loss + penalty)
        self.means = 0.99 * self.means + 0.01 * torch.stack([real_scores.mean(), fake_scores.mean()]).detach()
        if self.clip is not None:
            with torch.no_grad():
                for parameter in discriminator.parameters():
                    parameter.clamp_(-self.clip, self.clip)
        row = {
            "discriminator_loss": loss.item(),
            "real_score": real_scores.mean().item(),
            "fake_score": fake_scores.mean().item(),
        }
        if penalty is not None:
            row["penalty"] = penalty.item()
        if self.steps % self.n_critic == 0:
            fake_scores = discriminator(fake).flatten()
            real_scores = discriminator(real).flatten().detach() if self.spec["objective"] in PAIRED else None
            loss = self.generator_loss(real_scores, fake_scores)
            self._descend("generator", loss)
            self._take_average()
            row["generator_loss"] = loss.item()
        return row

    def _penalty(self, real, fake, scores):
        critic = self.networks["discriminator"]
        terms = []
        for i, spec in enumerate(self.spec["penalty"]):
            if spec["name"] == "weight_clip" or (self.steps - 1) % spec["every"]:
                continue
            value, _, shape = PENALTIES[spec["name"]]
            sizes = {"sample": (len(real), *(1,) * (real.dim() - 1)), "value": tuple(real.shape), None: (0,)}[shape]
            numbers = philox.uniform(self.spec["seed"], "penalty", (self.steps - 1) << 4 | i, int(np.prod(sizes)))
            noise = torch.from_numpy(numbers).reshape(sizes)
            terms.append(spec["weight"] * spec["every"] * value(critic, real, fake, scores, self.means, noise))
        return sum(terms) if terms else None

    def _look_for_kinks(self, _, inputs):
        x = inputs[0].detach()
        self.nearest_kink = min(self.nearest_kink, (x.abs().min() / x.std()).item())

    def _descend(self, player, loss):
        self.optimisers[player].zero_grad()
        loss.backward()
        if self.spec["max_grad_norm"]:
            nn.utils.clip_grad_norm_(self.networks[player].parameters(), self.spec["max_grad_norm"])
        if self.spec["lr_schedule"] == "linear":
            done = (self.steps - 1) / self.per_epoch / self.spec["epochs"]
            group = self.optimisers[player].param_groups[0]
            group["lr"] = self.spec["lr"] * (1 - 0.99 * done)
        parameters = self.networks[player].named_tensors().items()
        self.gradients[player] = {name: value.grad.clone() for name, value in parameters if value.requires_grad}
        self.optimisers[player].step()

    def _take_average(self):
        # The half-life counts samples, and is at most a twentieth of those seen so far.
        size = self.spec["batch_size"]
        half_life = min(self.spec["ema"], 0.05 * self.steps * size)
        kept = 0.5 ** (size * self.n_critic / half_life) if half_life > 0 else 0.0
        with torch.no_grad():
            for name, tensor in self.tensors("generator").items():
                self.average[name] = kept * self.average[name] + (1 - kept) * tensor
