"""Autoencoders of scores."""

import pickle

import numpy as np
import pytest

import ganvas
from ganvas import AutoencoderTrainer, GanTrainer, Score, VaeTrainer
from ganvas.exceptions import DataError, DtypeError, IgnoredWarning, ParameterError, UnknownNameError

PARAMS = {"width": 32, "latent_dim": 8, "epochs": 2, "batch_size": 16, "random_state": 0, "verbose": 0}


def melody(seed, steps=16):
    """A melody of two bars, in eighths."""
    random = np.random.default_rng(seed)
    start = random.integers(60, 70)
    pitches = start + np.cumsum(random.choice([-2, 0, 2, 4], steps))
    return Score([(i / 2, 0.5, int(pitch)) for i, pitch in enumerate(pitches)], length=steps / 2, resolution=2)


MELODIES = [melody(seed) for seed in range(64)]


@pytest.fixture(scope="module")
def model():
    return VaeTrainer(net="lstm", **PARAMS).fit(MELODIES)


def test_results_are_scores_like_those_of_the_fit(model):
    assert (model.net_, model.likelihood_, model.transform(MELODIES[:3]).shape) == ("lstm", "categorical", (3, 8))
    for scores in (
        model.sample(3, random_state=0),
        model.reconstruct(MELODIES[:3]),
        model.inverse_transform(model.transform(MELODIES[:3])),
        model.interpolate(MELODIES[0], MELODIES[1], steps=3),
        model.traverse(MELODIES[0], 0, steps=3),
    ):
        assert len(scores) == 3
        assert all(isinstance(score, Score) and score.meter == "4/4" and score.tempo == 120 for score in scores)
    assert model.score_samples(MELODIES[:2]).shape == (2,)
    assert "64 scores of up to" in model._summary(1)


@pytest.mark.slow
def test_scores_of_many_epochs_are_rebuilt():
    few = [melody(seed, 6) for seed in range(4)]
    model = VaeTrainer(
        net="gru", **{**PARAMS, "width": 48, "epochs": 1000, "lr": 4e-3, "beta": 0.01, "batch_size": 4}
    ).fit(few)
    rebuilt = model.reconstruct(few)
    # Repeated pitches are one longer note.
    same = [np.array_equal(a.roll(2), b.roll(2)) for a, b in zip(rebuilt, few, strict=True)]
    assert np.mean(same) > 0.7
    assert model.interpolate(few[0], few[1], steps=4)[0] == rebuilt[0]


def test_instruments_meters_and_tempos_come_from_the_scores():
    def waltz(seed):
        high = melody(seed, 12).notes[:, :3].tolist()
        return Score({"violin": high, "bass": [(0, 3, 40), (3, 3, 43)]}, meter="3/4", tempo=90, resolution=480)

    model = VaeTrainer(**PARAMS).fit([waltz(seed) for seed in range(16)])
    assert (model.net_, model._layout.kind.words(model._run.data(), None)[:9]) == ("lstm", "16 scores")
    [sample] = model.sample(1, random_state=0)
    assert sample.tempo == 90
    assert {track.instrument for track in sample.tracks} <= {"violin", "acoustic bass"}
    merged = VaeTrainer(vocabulary="frames", **PARAMS).fit([waltz(seed) for seed in range(16)])
    assert merged.sample(1, random_state=0)[0].meter == "3/4"


def test_labels_and_files(tmp_path):
    y = ["low" if i % 2 else "high" for i in range(len(MELODIES))]
    model = VaeTrainer(net="lstm", **PARAMS).fit(MELODIES, y)
    assert len(model.sample(2, y="low")) == 2
    model.save(tmp_path / "model.safetensors")
    for other in (VaeTrainer.load(tmp_path / "model.safetensors"), pickle.loads(pickle.dumps(model))):
        np.testing.assert_array_equal(other.transform(MELODIES[:3], y[:3]), model.transform(MELODIES[:3], y[:3]))
        assert other.sample(2, y="low", random_state=1) == model.sample(2, y="low", random_state=1)
    assert other.partial_fit(MELODIES[:16], y[:16]).history_["epoch"][-1] == 3
    assert AutoencoderTrainer(**PARAMS).fit(MELODIES).reconstruct(MELODIES[:1])[0].bars >= 0


def test_a_folder_of_music_is_read_as_scores(tmp_path):
    for i, score in enumerate(MELODIES[:8]):
        score.to_midi(tmp_path / f"{i}.mid")
    model = VaeTrainer(**{**PARAMS, "batch_size": 8}).fit(tmp_path)
    assert isinstance(model.sample(1)[0], Score)
    assert model.transform(str(tmp_path)).shape == (8, 8)


def test_plots_draw_piano_rolls(model):
    ax = model.plot_samples(n=4, random_state=0)
    assert ax.images
    assert model.plot_reconstructions(MELODIES[:3]).images
    rolls = model._drawn_as(model._read(MELODIES[:2])[0])
    assert rolls.shape[0] == 2
    assert rolls.shape[2:] == (16, 1)
    # The first step of the first melody, from the highest pitch on.
    lowest, highest = model._layout.kind._layout.pitches
    pitches = MELODIES[0].notes[:, 2]
    assert highest + 2 - int(np.argmin(rolls[0, :, 0, 0])) == pitches[0]
    assert lowest <= pitches.min()


def test_scores_without_notes_are_left_out_with_a_warning():
    silent = Score([], length=4)
    with pytest.warns(IgnoredWarning, match="X: 2 scores have no notes, and are left out"):
        VaeTrainer(**PARAMS).fit([*MELODIES, silent, silent])
    with pytest.raises(DataError, match="X: expected scores with notes, got 2 without"):
        VaeTrainer(**PARAMS).fit([silent, silent])


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: VaeTrainer(**PARAMS).fit(MELODIES[:1]), DataError, "X: expected at least 2 scores that are not empty"),
        (lambda: VaeTrainer(vocabulary="bpe").fit(MELODIES), UnknownNameError, 'unknown vocabulary "bpe"'),
        (
            lambda: VaeTrainer(vocabulary_size=9).fit(MELODIES),
            ParameterError,
            "vocabulary_size: expected None for",
        ),
        (lambda: VaeTrainer(channels="last").fit(MELODIES), ParameterError, "channels: expected None for scores"),
        (lambda: VaeTrainer(kind="text").fit(MELODIES), ParameterError, "kind: expected None for scores, got 'text'"),
        (lambda: VaeTrainer(anomaly_score="typicality").fit(MELODIES), ParameterError, 'or "bound" for scores, got'),
        (lambda: GanTrainer().fit(MELODIES), DtypeError, "X: expected numbers, got Score"),
    ],
    ids=["one score", "bpe", "vocabulary_size", "channels", "kind", "anomaly_score", "gan"],
)
def test_what_scores_do_not_have_is_refused(call, error, text):
    with pytest.raises(error) as raised:
        call()
    assert text in str(raised.value)


def test_samples_of_another_kind_are_refused(model):
    with pytest.raises(DtypeError, match="a: expected a Score, got str"):
        model.interpolate("a man", MELODIES[0])
    with pytest.raises(DtypeError, match="X: expected a path, scores or piano rolls, got int"):
        model.transform(3)
    with pytest.raises(ParameterError, match="differences of values need numbers, this model was fitted on scores"):
        model.anomaly_map(MELODIES[:2])
    with pytest.raises(AttributeError, match="fitted without texts"):
        VaeTrainer(net="mlp", epochs=1, verbose=0).fit(ganvas.data.ring(64)).vocabulary_  # noqa: B018
