"""What the metrics accept: containers, dtypes and shapes; and what they do not change."""

import numpy as np
import pandas
import pytest
import torch
from sklearn.neighbors import KNeighborsClassifier

import ganvas
from ganvas import metrics
from ganvas.exceptions import DataError

RNG = np.random.default_rng(0)
BYTES, OTHER = RNG.integers(0, 256, (2, 40, 4, 4)).astype(np.uint8)
MODES = RNG.integers(0, 256, (3, 4, 4)).astype(np.uint8)

# Each as a function of two sets of samples.
PAIRS = {
    "frechet_distance": metrics.frechet_distance,
    "kernel_distance": metrics.kernel_distance,
    "mmd": metrics.mmd,
    "sliced_wasserstein": metrics.sliced_wasserstein,
    "precision_recall": metrics.precision_recall,
    "density_coverage": metrics.density_coverage,
    "diversity": metrics.diversity,
    "mode_histogram": lambda x, y: metrics.mode_histogram(x, y)[1:],
    "memorisation": lambda x, y: metrics.memorisation(x, y, y)[:9],
    "two_sample_test": lambda x, y: metrics.two_sample_test(x, y, KNeighborsClassifier(3), permutations=99),
    "train_on_synthetic": lambda x, y: metrics.train_on_synthetic(x, np.arange(40) % 2, y, np.arange(40) % 2),
}

every_pair = pytest.mark.parametrize("metric", PAIRS.values(), ids=PAIRS)


@every_pair
def test_bytes_are_floats_in_0_to_1_and_shapes_do_not_matter(metric):
    # Up to rounding, which may depend on where arrays lie in memory.
    expected = pytest.approx(metric(BYTES, OTHER), rel=1e-9, abs=1e-12)
    rows, others = (x.reshape(40, 16) / 255 for x in (BYTES, OTHER))
    assert metric(rows, others) == expected
    assert metric(BYTES, OTHER / 255) == expected
    assert metric(BYTES.reshape(40, 2, 2, 2, 2), OTHER.reshape(40, 2, 2, 2, 2)) == expected
    assert metric(torch.from_numpy(rows).requires_grad_(), pandas.DataFrame(others)) == expected
    assert metric(rows.tolist(), others.astype(object)) == expected
    assert metric(np.asfortranarray(rows)[::-1][::-1], np.ma.masked_array(others)) == expected


@every_pair
def test_arguments_are_not_changed_and_numpys_random_state_is_not_used(metric):
    x, y = BYTES.reshape(40, 16) / 255 + 5, OTHER.reshape(40, 16) / 255 + 5
    for array in (x, y):
        array.setflags(write=False)
    before = np.random.get_state()[1].copy()
    assert metric(x, y) == pytest.approx(metric(x.copy(), y.copy()), rel=1e-9, abs=1e-12)
    np.testing.assert_array_equal(np.random.get_state()[1], before)


@every_pair
def test_masked_values_are_refused(metric):
    with pytest.raises(DataError, match="1 of 640 values are masked"):
        metric(np.ma.masked_array(BYTES, mask=np.arange(640).reshape(BYTES.shape) == 3), OTHER)


@pytest.mark.parametrize("metric", [metrics.sliced_wasserstein, metrics.mmd, metrics.frechet_distance])
def test_single_numbers_are_samples_of_one_feature(metric):
    x, y = RNG.random((2, 30))
    assert metric(x, y) == metric(x[:, None], y[:, None])


def test_results_are_plain_numbers():
    for metric in (metrics.frechet_distance, metrics.kernel_distance, metrics.mmd, metrics.sliced_wasserstein):
        assert type(metric(BYTES, OTHER)) is float
    for result in (
        metrics.precision_recall(BYTES, OTHER),
        metrics.diversity(BYTES),
        metrics.density_coverage(BYTES, OTHER),
    ):
        assert {type(value) for value in result} == {float}
    result = metrics.memorisation(BYTES, OTHER, BYTES)
    assert type(result.memorised) is bool
    assert {type(value) for value in result[1:9]} == {float}
    assert result.pairs.dtype == np.int64
    assert type(metrics.mode_histogram(BYTES, MODES).found) is int


def test_the_module_is_reached_from_the_package():
    assert ganvas.metrics is metrics
    assert sorted(metrics.__all__) == metrics.__all__ == dir(metrics)
