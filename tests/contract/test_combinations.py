"""Random combinations of the components of a GAN."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from registries import choices, names, needs_slopes, smooths, takes

import ganvas
from ganvas.exceptions import ParameterError

pytestmark = pytest.mark.usefixtures("one_thread")
BATCH, STEPS = 4, 3
N = BATCH * STEPS
OBJECTIVES, PENALTIES, NETS = names("objective"), names("penalty"), names("net", "gan")
# Settings that only some nets support.
OF_NETS = {"maxout": 2, "attention": True}
QUIET = {"epochs": 1, "verbose": 0, "progress": False, "random_state": 0, "device": "cpu"}
each = settings(deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))


@st.composite
def data(draw, net):
    numbers = np.random.default_rng(draw(st.integers(0, 99)))
    colours = draw(st.sampled_from([(), (3,)]))
    if takes(net, rows=True) and draw(st.booleans()):
        return numbers.normal(size=(N, draw(st.integers(1, 5)))).astype(np.float32)
    side = draw(st.integers(8, 17))
    return numbers.integers(0, 256, (N, side, side, *colours), dtype=np.uint8)


LABELS = {
    "none": None,
    "classes": np.arange(N) % 3,
    "words": np.array(["cat", "dog"] * (N // 2)),
    "numbers": np.linspace(-1, 5.5, 2 * N).reshape(N, 2),
}


@st.composite
def combinations(draw):
    """Compatible settings, data and labels."""
    net = draw(st.sampled_from(NETS))
    X = draw(data(net))
    y = LABELS[draw(st.sampled_from(sorted(LABELS)))]
    objective = draw(st.sampled_from(OBJECTIVES))
    penalty = draw(st.lists(st.sampled_from(PENALTIES), max_size=3, unique=True))
    norms = [norm for norm in choices(ganvas.GanTrainer, "norm") if takes(net, norm=norm)]
    of_discriminator = [name for name in norms if name != "batch" or not any(map(needs_slopes, penalty))]
    chosen = {
        "net": net,
        "objective": objective,
        "penalty": [{"name": name, "every": draw(st.integers(1, 2))} for name in penalty],
        "norm": draw(st.sampled_from(norms)),
        "discriminator_norm": draw(st.sampled_from(of_discriminator)),
        "spectral_norm": draw(st.booleans()),
        "minibatch_std": draw(st.booleans()),
        "pac": draw(st.sampled_from([1, 1, 2, 4])),
        "n_critic": draw(st.integers(1, 2)),
        "instance_noise": draw(st.sampled_from([None, 0.1])),
        "latent_noise": draw(st.sampled_from([None, 0.1])),
        "label_flip": draw(st.sampled_from([None, 0.2])),
        "label_smoothing": draw(st.sampled_from([None, 0.1])) if smooths(objective) else None,
        "lr_schedule": draw(st.sampled_from(["constant", "linear", "cosine", "warmup"])),
        "max_grad_norm": draw(st.sampled_from([None, 1.0])),
    }
    sizes = {"hidden": (6, 5), "base_channels": 2}
    chosen |= {name: size for name, size in sizes.items() if takes(net, **{name: size})}
    chosen |= {
        name: draw(st.sampled_from([None, value])) for name, value in OF_NETS.items() if takes(net, **{name: value})
    }
    if y is None and chosen["pac"] == 1:
        chosen["codes"] = draw(st.sampled_from([None, 3, (0, 2), (2, 1)]))
    if y is not None:
        discriminators = choices(ganvas.GanTrainer, "discriminator_conditioning")
        # An auxiliary discriminator judges samples one by one.
        discriminators = [name for name in discriminators if name != "auxiliary" or chosen["pac"] == 1]
        chosen["conditioning"] = draw(st.sampled_from(choices(ganvas.GanTrainer, "conditioning")))
        chosen["discriminator_conditioning"] = draw(st.sampled_from(discriminators))
        chosen["balanced"] = y.ndim == 1 and draw(st.booleans())
    return chosen, X, y


@settings(each, max_examples=60)
@given(combinations())
def test_any_combination_trains_saves_loads_and_is_equal(tmp_path_factory, case):
    chosen, X, y = case
    gan = ganvas.GanTrainer(**QUIET, batch_size=BATCH, latent_dim=3, channels="last", **chosen).fit(X, y)
    row = gan.history_.row(-1)
    assert row["samples"] == N
    assert np.isfinite(list(row.values())).all(), row
    file = tmp_path_factory.mktemp("run") / "gan.safetensors"
    gan.save(file)
    loaded = ganvas.GanTrainer.load(file, device="cpu")
    label = None if y is None else y[0]
    for given_label in {None if y is None or y.ndim > 1 else label, None}:
        samples = gan.sample(5, y=given_label)
        assert (samples.shape, samples.dtype) == ((5, *X.shape[1:]), X.dtype)
        assert np.isfinite(samples).all()
        assert np.array_equal(loaded.sample(5, y=given_label), samples)
    assert loaded.get_params() == gan.get_params()
    assert loaded._run.to_bytes("{}") == gan._run.to_bytes("{}")


WRONG = [
    ({"penalty": "r1", "discriminator_norm": "batch"}, "discriminator_norm"),
    ({"penalty": ["gradient", "lecam"], "norm": "batch"}, "discriminator_norm"),
    ({"label_smoothing": 0.1, "objective": "wasserstein"}, "label_smoothing"),
    ({"pac": 3}, "batch_size"),
    ({"pac": 2, "codes": 3}, "pac"),
    ({"pac": 2, "discriminator_conditioning": "auxiliary", "labels": True}, "pac"),
    ({"codes": 3, "labels": True}, "y"),
    ({"codes": 3, "discriminator_conditioning": "concatenation"}, "discriminator_conditioning"),
    ({"conditioning": "modulation"}, "conditioning"),
    ({"balanced": True}, "balanced"),
    ({"maxout": 3}, "maxout"),
    ({"attention": 5}, "attention"),
    ({"auxiliary_weight": 1.0, "discriminator_conditioning": "projection", "labels": True}, "auxiliary_weight"),
    ({"executor": "native", "penalty": "path_length"}, "executor"),
    ({"penalty": "mode_seeking", "batch_size": 1}, "batch_size"),
]


@settings(each, max_examples=40)
@given(combinations(), st.sampled_from(WRONG))
def test_what_does_not_fit_is_refused_whatever_is_beside_it(case, wrong):
    chosen, X, _ = case
    settings, name = dict(wrong[0]), wrong[1]
    y = LABELS["classes"] if settings.pop("labels", False) else None
    kept = ("net", "objective", "lr_schedule", "n_critic", "base_channels", "hidden")
    beside = {key: value for key, value in chosen.items() if key in kept}
    if "maxout" in settings and takes(chosen["net"], maxout=2):
        settings["maxout"] = 1
    gan = ganvas.GanTrainer(**QUIET, channels="last", **{"batch_size": BATCH} | beside | settings)
    with pytest.raises(ParameterError, match=f"^{name}: "):
        gan.fit(X, y)
    assert not hasattr(gan, "history_")
