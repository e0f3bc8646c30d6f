import matplotlib
import pytest

matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def clean_figures():
    """Fail if a plot changes a global setting or leaves a figure open."""
    import matplotlib.pyplot as plt

    before = matplotlib.rcParams.copy()
    yield
    assert matplotlib.rcParams == before
    plt.close("all")
