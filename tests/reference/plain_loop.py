"""Training loop of a GAN as in a PyTorch tutorial, with ganvas's latents and order of the data."""

from types import SimpleNamespace

import numpy as np
import philox
import torch
from formulas import (
    N_CRITIC,
    OF_GENERATOR,
    PAIRED,
    PENALTIES,
    TORCH_FORMS,
    WEIGHT_CLIP,
    smoothed,
    surprise,
)
from networks import Chain, run
from torch import nn


class PlainLoop:
    """Starts at the state of `run` and trains independently.

    Attributes
    ----------
    nearest_kink : float
        Minimum absolute input of any ReLU so far, in standard deviations of its layer: close to zero the derivative
        depends on rounding.
    """

    def __init__(self, run, n_critic=None):
        self.run, self.spec = run, run.settings()
        name = self.spec["objective"]
        self.discriminator_loss, self.generator_loss = TORCH_FORMS[name]
        self.clip, self.n_critic = WEIGHT_CLIP.get(name), n_critic or N_CRITIC.get(name, 1)
        self.penalties = [penalty for penalty in self.spec["penalty"] if penalty["name"] != "weight_clip"]
        if self.penalties:
            self.clip = None
        self.memories = {}
        self.networks, self.optimisers, self.gradients = {}, {}, {}
        for player in ("generator", "discriminator"):
            network = Chain(run.network(player), run.state_dict(player)).train()
            lr = self.spec["lr" if player == "generator" else "discriminator_lr"]
            betas = tuple(self.spec["betas"])
            for layer in network.modules():
                if isinstance(layer, nn.ReLU | nn.LeakyReLU):
                    layer.register_forward_pre_hook(self._look_for_kinks)
            self.networks[player] = network
            self.optimisers[player] = torch.optim.Adam(network.parameters(), lr=lr, betas=betas)
        self.average = {name: tensor.detach().clone() for name, tensor in self.tensors("generator").items()}
        self.history = []
        self.steps, self.nearest_kink = 0, np.inf

    def tensors(self, player):
        return self.networks[player].named_tensors()

    def train(self, samples, epochs, labels=None):
        """Train on `samples`, a tensor in the networks' range, for `epochs` epochs; incomplete batches are dropped."""
        size = self.spec["batch_size"]
        self.per_epoch = len(samples) // size
        for epoch in range(epochs):
            rows = []
            order = self.run.order(epoch, len(samples))
            for first in range(0, len(samples) - size + 1, size):
                chosen = order[first : first + size]
                given = self._codes(size) if labels is None else labels[chosen]
                rows.append(self._step(samples[chosen], given))
            names = {name for row in rows for name in row}
            self.history.append({name: np.mean([row[name] for row in rows if name in row]) for name in names})

    def _codes(self, size):
        """Codes of the model, if it has codes."""
        described = self.run.data().words()["labels"]
        if described["kind"] != "codes":
            return None
        categories, continuous = described["categories"], described["continuous"]
        rows = []
        for i in range(size):
            numbers = self._uniform("code", self.steps * size + i, 1 + continuous)
            one = torch.zeros(categories)
            if categories:
                one[int(numbers[0] * categories)] = 1
            rows.append(torch.cat([one, 2 * numbers[1:] - 1]))
        return torch.stack(rows)

    def _uniform(self, stream, index, *size):
        return torch.from_numpy(philox.uniform(self.spec["seed"], stream, index, int(np.prod(size)))).reshape(size)

    def _normal(self, stream, index, *size):
        return torch.from_numpy(philox.normal(self.spec["seed"], stream, index, int(np.prod(size)))).reshape(size)

    def _packed(self, x):
        pac = self.spec["pac"]
        return None if x is None else x.reshape(len(x) // pac, pac * x.shape[1], *x.shape[2:])

    def _seen(self, x, which):
        """Samples as the discriminator's input: with noise, and packed."""
        done = self.steps / self.per_epoch / self.spec["epochs"]
        course = 1.0 if self.spec["instance_noise_schedule"] == "constant" else 1 - 0.99 * done
        noise = self._normal("instance", self.steps << 1 | which, *x.shape)
        return self._packed(x) + self.spec["instance_noise"] * course * self._packed(noise)

    def _verdict(self, x):
        """Scores, and predicted labels."""
        y = self.networks["discriminator"](x, self.packed_labels)
        if self.spec["discriminator_conditioning"] == "auxiliary":
            return y[:, 0], y[:, 1:]
        return y.flatten(), None

    def _auxiliary(self, told, labels):
        classes = 0
        described = self.run.data().words()["labels"]
        if told is None:
            return None
        classes = {"classes": labels.shape[1], "codes": described.get("categories", 0), "numbers": 0}[described["kind"]]
        return self.spec["auxiliary_weight"] * surprise(told, labels, classes)

    def _features(self, x):
        layers = list(self.networks["discriminator"])
        last = max(i for i, layer in enumerate(layers) if any(True for _ in layer.parameters()))
        return run(layers[:last], x, self.packed_labels)

    def _step(self, samples, labels):
        generator = self.networks["generator"]
        self.packed_labels = self._packed(labels)
        latents = self.run.latents(self.steps)
        noise = self._layer_noise(len(samples))
        real, fake = self._seen(samples, 0), self._seen(generator(latents, labels, noise), 1)
        (real_scores, real_told), (fake_scores, fake_told) = self._verdict(real), self._verdict(fake.detach())
        means = {"real_score": real_scores.mean().item(), "fake_score": fake_scores.mean().item()}
        subject = SimpleNamespace(
            critic=lambda x: self._verdict(x)[0],
            features=self._features,
            generator=lambda z: generator(z, labels, noise),
            real=real.detach(),
            fake=fake.detach(),
            latents=latents,
            scores=(real_scores, fake_scores),
        )
        wrong = self._uniform("flip", self.steps, len(real_scores)) < self.spec["label_flip"]
        loss = self._discriminator_loss(
            torch.where(wrong, fake_scores, real_scores), torch.where(wrong, real_scores, fake_scores)
        )
        penalty = self._penalty("discriminator", subject, self.steps)
        given = self.run.data().words()["labels"]["kind"] != "codes"
        told = [self._auxiliary(fake_told, labels), self._auxiliary(real_told, labels) if given else None]
        auxiliary = sum(term for term in told if term is not None) if fake_told is not None else None
        self._descend("discriminator", sum(term for term in (loss, penalty, auxiliary) if term is not None))
        if self.clip is not None:
            with torch.no_grad():
                for parameter in self.networks["discriminator"].parameters():
                    parameter.clamp_(-self.clip, self.clip)
        row = {"discriminator_loss": loss, "penalty": penalty, "auxiliary_loss": auxiliary} | means
        self.steps += 1
        if self.steps % self.n_critic == 0:
            fake_scores, fake_told = self._verdict(fake)
            real_scores = self._verdict(real)[0].detach() if self.spec["objective"] in PAIRED else None
            loss = self.generator_loss(real_scores, fake_scores)
            subject.fake = fake
            penalty = self._penalty("generator", subject, self.steps // self.n_critic - 1)
            terms = loss, penalty, self._auxiliary(fake_told, labels)
            self._descend("generator", sum(term for term in terms if term is not None))
            self._take_average()
            row |= {"generator_loss": loss, "generator_penalty": penalty}
        return {
            name: value if isinstance(value, float) else value.item()
            for name, value in row.items()
            if value is not None
        }

    def _layer_noise(self, count):
        shapes = self.networks["generator"].noise()
        return [self._normal("layer", self.steps << 16 | i, count, *shape) for i, shape in enumerate(shapes)]

    def _discriminator_loss(self, real, fake):
        if self.spec["label_smoothing"]:
            return smoothed(self.spec["objective"], real, fake, self.spec["label_smoothing"])
        return self.discriminator_loss(real, fake)

    def _penalty(self, player, subject, turn):
        terms = []
        for i, spec in enumerate(self.spec["penalty"]):
            name = spec["name"]
            if name == "weight_clip" or (name in OF_GENERATOR) != (player == "generator") or turn % spec["every"]:
                continue
            value, _, kind = PENALTIES[name]
            real = subject.real
            shift = (len(real), 2) if real.dim() == 4 else tuple(real.shape)
            sizes = {"sample": (len(real), *(1,) * (real.dim() - 1)), "shift": shift, None: (0,)}
            # The counter is incremented before the generator step.
            step = self.steps - (player == "generator")
            draw = self._normal if kind == "normal" else self._uniform
            subject.noise = draw("penalty", step << 4 | i, *sizes.get(kind, tuple(real.shape)))
            subject.memory, subject.one_sided = self.memories.setdefault(name, {}), spec["one_sided"]
            terms.append(spec["weight"] * spec["every"] * value(subject))
        return sum(terms) if terms else None

    def _look_for_kinks(self, _, inputs):
        x = inputs[0].detach()
        self.nearest_kink = min(self.nearest_kink, (x.abs().min() / x.std()).item())

    def _descend(self, player, loss):
        self.optimisers[player].zero_grad()
        loss.backward()
        if self.spec["max_grad_norm"]:
            nn.utils.clip_grad_norm_(self.networks[player].parameters(), self.spec["max_grad_norm"])
        # The counter is incremented after the discriminator step.
        done = (self.steps - (player == "generator")) / self.per_epoch / self.spec["epochs"]
        course = {"constant": 1.0, "linear": 1 - 0.99 * done, "warmup": min(1.0, max(0.01, 10 * done))}
        lr = self.spec["lr" if player == "generator" else "discriminator_lr"]
        self.optimisers[player].param_groups[0]["lr"] = lr * course[self.spec["lr_schedule"]]
        parameters = self.networks[player].named_tensors().items()
        self.gradients[player] = {name: value.grad.clone() for name, value in parameters if value.requires_grad}
        self.optimisers[player].step()

    def _take_average(self):
        # The half-life counts samples, and is at most a twentieth of the samples seen.
        size = self.spec["batch_size"]
        half_life = min(self.spec["ema"], 0.05 * self.steps * size)
        kept = 0.5 ** (size * self.n_critic / half_life) if half_life > 0 else 0.0
        with torch.no_grad():
            for name, tensor in self.tensors("generator").items():
                self.average[name] = kept * self.average[name] + (1 - kept) * tensor
