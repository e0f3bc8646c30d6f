import matplotlib
import pytest

matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def clean_figures():
    """Fail where a plot changes a global setting; leave no figure open."""
    import matplotlib.pyplot as plt

    before = matplotlib.rcParams.copy()
    yield
    assert matplotlib.rcParams == before
    plt.close("all")
