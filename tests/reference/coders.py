"""Autoencoders in plain PyTorch: model, losses and training loop, with ganvas's weights, order and noise."""

import math

import numpy as np
import torch
from networks import Chain
from philox import normal, uniform
from runs import Silent
from torch.distributions import Categorical, Independent, Laplace, MixtureSameFamily, Normal, kl_divergence
from torch.nn import functional as F

from ganvas._data.arrays import measure, read
from ganvas._data.labels import Labels
from ganvas._run.running import NAMES

NAMES = set(NAMES)
BUFFERS = "bottleneck.codebook"
MMD_WIDTHS = (0.1, 0.2, 0.5, 1, 2, 5, 10)


def new_coder(trainer, X, y=None, seed=0):
    """The run of ``trainer.fit(X, y)`` with its initial weights, and the arrays that it is trained on."""
    array, layout = read(trainer, X, trainer.channels, None)
    labels, y = Labels.learn(y, len(array))
    options = {name: value for name, value in trainer.get_params(deep=False).items() if name not in NAMES}
    shape = measure([array], layout, array.shape[1:]).labelled(labels.describe())
    return trainer._create(options | {"seed": seed}, shape, array, "cpu"), array, y


def train(run, array, epochs, y=None):
    """Train until `epochs` epochs are completed in total."""
    run.train(array, epochs, Silent(), resume=False, call="fit", y=y)


def in_range(run, array):
    """Samples in the network's range."""
    data, x = run.data().words(), torch.from_numpy(np.array(array)).double()
    if "low" in data:
        x = (x - data["low"]) / (data["high"] - data["low"]) * 2 - 1
        return x.movedim(-1, 1).float()
    return ((x - torch.tensor(data["mean"])) / torch.tensor(data["deviation"])).float()


def encoded_labels(run, y):
    """Labels as passed to the networks: one-hot in the order of the classes, or standardised."""
    if y is None:
        return None
    labels = run.data().words()["labels"]
    if labels["kind"] == "classes":
        return torch.eye(len(labels["shares"]))[torch.from_numpy(y)]
    return ((torch.from_numpy(y) - torch.tensor(labels["mean"])) / torch.tensor(labels["deviation"])).float()


class PlainCoder:
    """The current model of `run`, in float32 or, with `double`, in float64."""

    def __init__(self, run):
        self.run, self.spec = run, run.settings()
        self.networks = {name: Chain(run.network(name), run.state_dict(name)) for name in ("encoder", "decoder")}
        parts = {name: tensor.detach().clone() for name, tensor in run.state_dict("parts").items()}
        self.buffers = {name: parts.pop(name) for name in list(parts) if name.startswith(BUFFERS)}
        self.parts = {name: tensor.requires_grad_() for name, tensor in parts.items()}
        labels = run.data().words()["labels"]
        self.width = len(labels.get("shares", labels.get("mean", [])))
        self.usual = 1 / self.width if "shares" in labels else 0.0

    def double(self):
        for network in self.networks.values():
            network.double()
        self.parts = {name: tensor.detach().double() for name, tensor in self.parts.items()}
        return self

    def parameters(self):
        return [p for network in self.networks.values() for p in network.parameters()] + list(self.parts.values())

    def tensors(self):
        """All tensors that training changes, by network."""
        tensors = {name: network.named_tensors() for name, network in self.networks.items()}
        return tensors | {"parts": self.parts | self.buffers}

    # Latents

    def encode(self, x, labels, noise):
        """Latents ``(k, b, ...)``, their log density ``(k, b)`` or None, their Gaussian or None, a penalty or None."""
        features, spec = self.networks["encoder"](x, labels), self.spec
        if spec["bottleneck"] == "plain":
            penalty = spec["l2"] * features.square().sum(1).mean() if spec["l2"] else None
            return features[None], None, None, penalty
        if spec["bottleneck"] == "vector_quantized":
            return self._quantised(features)
        dim = spec["latent_dim"]
        gaussian = Normal(features[:, :dim], (features[:, dim : 2 * dim] / 2).exp())
        z = gaussian.mean + gaussian.stddev * noise
        density = gaussian.log_prob(z).sum(-1)
        if spec["bottleneck"] == "gaussian":
            return z, density, gaussian, None
        z, moved = self.flow(z, features[:, 2 * dim :])
        return z, density - moved, None, None

    def flow(self, z, context):
        """Two gated autoregressive steps in opposite orders, and their log determinant."""
        dim, total = z.shape[-1], 0.0
        for step in (1, 2):
            own = {name.split(".", 2)[2]: t for name, t in self.parts.items() if f".step{step}." in name}
            z = z.flip(-1)
            units = len(own["hidden.bias"])
            sees = torch.tensor([[i < unit % dim for i in range(dim)] for unit in range(units)])
            feeds = torch.tensor([[unit % dim <= i for unit in range(units)] for i in range(dim)])
            hidden = z @ (own["hidden.weight"] * sees).T + context @ own["hidden.context"].T + own["hidden.bias"]
            out = F.elu(hidden) @ (own["out.weight"] * feeds.repeat(2, 1)).T + own["out.bias"]
            gate = (out[..., :dim] + 1.5).sigmoid()
            z = gate * z + (1 - gate) * out[..., dim:]
            total = total + gate.log().sum(-1)
        return z, total

    def _quantised(self, features):
        vectors = features.detach().permute(0, 2, 3, 1).reshape(-1, features.shape[1])
        self.restart(vectors)
        book = self.buffers["bottleneck.codebook"]
        nearest = torch.cdist(vectors.double(), book.double()).argmin(1)
        codes = book[nearest].view(len(features), *features.shape[2:], -1).permute(0, 3, 1, 2)
        self.follow(vectors, nearest)
        penalty = self.spec["commitment"] * (features - codes).square().sum((1, 2, 3)).mean()
        return (features + (codes - features).detach())[None], None, None, penalty

    def restart(self, vectors):
        """Reset rarely used codes to vectors that are represented badly; returns how many."""
        book, sums, counts = (self.buffers[f"{BUFFERS}{end}"] for end in ("", "_sum", "_count"))
        even, dead = len(vectors) / len(book), 0
        error = (vectors[:, None] - book).square().sum(2).min(1).values
        worst = error.argsort(descending=True, stable=True)
        for code in range(len(book)):
            if counts[code] < 0.05 * even:
                vector = vectors[worst[code * max(len(vectors) // 2 // len(book), 1) % len(vectors)]]
                book[code], sums[code], counts[code] = vector, vector * even / 10, even / 10
                dead += 1
        return dead

    def follow(self, vectors, nearest):
        """Update the moving averages of the codes by a hundredth."""
        book, sums, counts = (self.buffers[f"{BUFFERS}{end}"] for end in ("", "_sum", "_count"))
        for code in range(len(book)):
            mine = vectors[nearest == code]
            counts[code] = 0.99 * counts[code] + 0.01 * len(mine)
            sums[code] = 0.99 * sums[code] + 0.01 * mine.sum(0)
            book[code] = sums[code] / counts[code]

    def prior(self):
        """The prior distribution of latents."""
        dim = self.spec["latent_dim"]
        if self.spec["prior"] in (None, "standard_normal"):
            return Independent(Normal(torch.zeros(dim), torch.ones(dim)), 1)
        if self.spec["prior"] == "gaussian_mixture":
            mean, log_variance = self.parts["prior.mean"], self.parts["prior.log_variance"]
            logits = self.parts["prior.logit"]
        else:
            pseudo, data = self.parts["prior.pseudo_inputs"], self.run.data().words()
            if "low" in data:
                pseudo = pseudo.tanh().view(-1, data["channels"], *data["sides"])
            # Pseudo-inputs have no labels: use the mean label.
            labels = torch.full((len(pseudo), self.width), self.usual, dtype=pseudo.dtype) if self.width else None
            mean, log_variance = self.networks["encoder"](pseudo, labels).chunk(2, 1)
            logits = torch.zeros(len(pseudo))
        gaussians = Independent(Normal(mean, (log_variance / 2).exp()), 1)
        return MixtureSameFamily(Categorical(logits=logits), gaussians)

    # Samples

    def log_likelihood(self, z, x, labels):
        """log p(x | z) of latents ``(k, b, ...)``, ``(k, b)``, in the network's range."""
        k, b = z.shape[:2]
        labels = None if labels is None else labels.repeat(k, 1)
        out = self.networks["decoder"](z.flatten(0, 1), labels)
        channels, name = x.shape[1], self.spec["likelihood"]
        x = x.reshape(1, b, channels, -1).expand(k, -1, -1, -1)
        if name == "categorical":
            levels = self.spec["levels"]
            out = out.reshape(k, b, levels, channels, -1).movedim(2, -1)
            level = ((x + 1) / 2 * (levels - 1)).round().long()
            return Categorical(logits=out).log_prob(level).sum((2, 3))
        out = out.reshape(k, b, channels, -1)
        if name == "bernoulli":
            return -F.binary_cross_entropy_with_logits(out, (x + 1) / 2, reduction="none").sum((2, 3))
        if name == "discretised_logistic":
            return self._logistic(out, x).sum((2, 3))
        variance = self.spec["variance"]
        if name == "gaussian":
            learnt = variance is None
            variance = (
                self.parts["likelihood.log_variance"].exp() + 1e-5 if learnt else torch.full([channels], variance)
            )
            return Normal(out, variance.sqrt()[:, None]).log_prob(x).sum((2, 3))
        learnt = variance is None
        scale = (
            self.parts["likelihood.log_scale"].exp() + 1e-3 if learnt else torch.full([channels], variance / 2) ** 0.5
        )
        return Laplace(out, scale[:, None]).log_prob(x).sum((2, 3))

    def _logistic(self, out, x):
        # In double precision, where the difference of two sigmoids is accurate.
        levels, out = self.spec["levels"], out.double()
        scale = (self.parts["likelihood.log_scale"].double() - 2).exp()[:, None]
        level = ((x.double() + 1) / 2 * (levels - 1)).round()
        centre, half = level / (levels - 1) * 2 - 1, 1 / (levels - 1)
        upper = torch.where(level == levels - 1, 1.0, ((centre + half - out) / scale).sigmoid())
        lower = torch.where(level == 0, 0.0, ((centre - half - out) / scale).sigmoid())
        return (upper - lower).clamp(min=1e-300).log().to(x.dtype)

    # Bounds

    def loss(self, x, labels, noise, prior_noise=None, weight=1.0, capacity=None):
        """The loss, and its terms in the history."""
        spec, (z, density, gaussian, penalty) = self.spec, self.encode(x, labels, noise)
        log_likelihood = self.log_likelihood(z, x, labels)
        terms = {"reconstruction": -log_likelihood.mean()}
        closed = None
        if density is not None:
            ratio = density - self.prior().log_prob(z)
            if gaussian is not None and spec["prior"] == "standard_normal":
                closed = kl_divergence(gaussian, Normal(torch.zeros(()), torch.ones(()))).mean(0)
            terms["kl"] = ratio.mean() if closed is None else closed.sum()
        loss = terms["reconstruction"]
        if spec["bound"] == "elbo" and density is not None:
            free = spec["free_bits"]
            kl = terms["kl"] if closed is None else closed.clamp(min=free).sum()
            kl = kl.clamp(min=free * z.shape[-1]) if free and closed is None else kl
            loss = loss + weight * (kl if capacity is None else (kl - capacity).abs())
        if spec["bound"] == "importance_weighted":
            loss = -((log_likelihood - weight * ratio).logsumexp(0) - math.log(len(z))).mean()
        if spec["bound"] == "doubly_reparameterized":
            fixed = Normal(gaussian.mean.detach(), gaussian.stddev.detach())
            log_weight = log_likelihood - weight * (fixed.log_prob(z).sum(-1) - self.prior().log_prob(z))
            loss = -(log_weight.logsumexp(0) - math.log(len(z))).mean()
            paths = (1 - weight + weight * log_weight.detach().softmax(0))[..., None]
            if z.requires_grad:
                z.register_hook(lambda slope: slope * paths)
        if spec["bound"] == "total_correlation":
            terms["total_correlation"] = self._correlation(z[0], gaussian)
            loss = loss + terms["kl"] + (weight - 1) * terms["total_correlation"]
        if spec["bound"] == "mmd":
            terms["mmd"] = mmd(z[0], self.draw(prior_noise))
            loss = loss + weight * terms["mmd"]
        if penalty is not None:
            name = "commitment" if spec["bottleneck"] == "vector_quantized" else "l2"
            terms[name] = penalty
            loss = loss + penalty
        return loss, {"loss": loss} | terms

    def _correlation(self, z, gaussian):
        by_dimension = Normal(gaussian.mean[None], gaussian.stddev[None]).log_prob(z[:, None])
        joint = by_dimension.sum(2).logsumexp(1) - math.log(len(z))
        single = (by_dimension.logsumexp(1) - math.log(len(z))).sum(1)
        return (joint - single).mean()

    def draw(self, noise):
        """Draw latents from the prior, given normal numbers, the last of which selects the component."""
        prior, dim = self.prior(), self.spec["latent_dim"]
        if not isinstance(prior, MixtureSameFamily):
            return noise[:, :dim]
        ends = prior.mixture_distribution.probs.cumsum(0)
        which = torch.searchsorted(ends, Normal(0.0, 1.0).cdf(noise[:, dim])).clamp(max=len(ends) - 1)
        gaussians = prior.component_distribution.base_dist
        return gaussians.mean[which] + gaussians.stddev[which] * noise[:, :dim]


def mmd(a, b):
    """Unbiased squared MMD with inverse multiquadratic kernels (Tolstikhin et al., 2018)."""

    def kernel(x, y):
        squares = (x[:, None] - y[None]).square().sum(2)
        return sum(2 * x.shape[1] * w / (2 * x.shape[1] * w + squares) for w in MMD_WIDTHS)

    n = len(a)
    apart = 1 - torch.eye(n, dtype=a.dtype)
    within = ((kernel(a, a) + kernel(b, b)) * apart).sum() / (n * (n - 1))
    return within - 2 * kernel(a, b).mean()


class CoderLoop(PlainCoder):
    """Training loop of an autoencoder as in a PyTorch tutorial. Starts at the state of `run`."""

    def __init__(self, run):
        super().__init__(run)
        self.adam = torch.optim.Adam(self.parameters(), lr=self.spec["lr"], betas=tuple(self.spec["betas"]))
        self.steps, self.history, self.rates = 0, [], []

    def train(self, x, epochs, labels=None):
        """Train until `epochs` epochs are completed in total; incomplete batches are dropped."""
        size, spec = self.spec["batch_size"], self.spec
        per_epoch = len(x) // size
        for epoch in range(len(self.history), epochs):
            rows, order = [], self.run.order(epoch, len(x))
            for i in range(per_epoch):
                chosen = order[i * size : (i + 1) * size]
                passed = epoch + i / per_epoch
                for group in self.adam.param_groups:
                    group["lr"] = spec["lr"] * course(spec["lr_schedule"], passed / spec["epochs"])
                own = None if labels is None else labels[chosen]
                rows.append(self.step(x[chosen], own, passed))
            self.history.append({name: np.mean([row[name] for row in rows]) for name in rows[0]})

    def step(self, x, labels, passed):
        spec, capacity, weight = self.spec, None, self.spec["beta"]
        if weight is not None:
            weight = weight * course(spec["beta_schedule"], passed / (spec["warmup_epochs"] or 1))
        if spec["capacity"] is not None:
            capacity = spec["capacity"] * course("warmup", passed / spec["warmup_epochs"])
        if spec["binarize"]:
            white = uniform(spec["seed"], "binarize", self.steps, x.numel())
            x = ((x + 1) / 2 > torch.from_numpy(white).view(x.shape)).float() * 2 - 1
        noise = self.run.latents(self.steps)
        noise = noise[None] if noise.dim() == 2 else noise
        prior_noise = None
        if spec["bound"] == "mmd":
            used, count = noise.numel(), len(x) * (spec["latent_dim"] + 1)
            both = torch.from_numpy(normal(spec["seed"], "latent", self.steps, used + count))
            torch.testing.assert_close(both[:used].view(noise.shape), noise)
            prior_noise = both[used:].view(len(x), -1)
        loss, terms = self.loss(x, labels, noise, prior_noise, weight, capacity)
        self.adam.zero_grad()
        loss.backward()
        self.gradients = {player: _gradients(tensors) for player, tensors in self.tensors().items()}
        self.adam.step()
        self.steps += 1
        return {name: term.item() for name, term in terms.items()}


def _gradients(tensors):
    # Kernels are stored channels-last; unused parameters have a gradient of 0.
    found = [torch.zeros_like(t) if t.grad is None else t.grad for t in tensors.values() if t.requires_grad]
    return torch.cat(
        [g.permute(0, 2, 3, 1).flatten() if g.dim() == 4 else g.flatten() for g in found] or [torch.zeros(0)]
    )


def course(schedule, done):
    """Factor of a schedule after `done` lengths."""
    if schedule == "linear":
        return 1 - 0.99 * min(done, 1)
    if schedule == "cosine":
        return 0.01 + 0.99 * (1 + math.cos(math.pi * min(done, 1))) / 2
    if schedule == "warmup":
        return min(done, 1)
    if schedule == "cyclical":
        return min(done % 2, 1)
    return 1.0
