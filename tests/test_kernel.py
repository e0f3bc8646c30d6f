"""The progress bar, the live plot and the stop button in a real notebook kernel."""

import queue
import time

import pytest

manager = pytest.importorskip("jupyter_client.manager")

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

LIMIT = 120


class Kernel:
    def __init__(self):
        self.manager, self.client = manager.start_new_kernel(kernel_name="python3")

    def run(self, code, *, interrupt=None):
        """Return the outputs of a cell, stopped after ``interrupt`` seconds."""
        asked, begun, outputs = self.client.execute(code), time.monotonic(), []
        while time.monotonic() - begun < LIMIT:
            if interrupt is not None and time.monotonic() - begun > interrupt:
                self.manager.interrupt_kernel()
                interrupt = None
            try:
                message = self.client.get_iopub_msg(timeout=0.1)
            except queue.Empty:
                continue
            if message["parent_header"].get("msg_id") != asked:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "status" and content["execution_state"] == "idle":
                return outputs
            outputs.append((kind, content))
        raise TimeoutError


@pytest.fixture(scope="module")
def kernel():
    kernel = Kernel()
    kernel.run("import ganvas; X = ganvas.data.load_digits(size=8)")
    yield kernel
    kernel.client.stop_channels()
    kernel.manager.shutdown_kernel(now=True)


def test_the_stop_button_returns_the_model(kernel):
    outputs = kernel.run("gan = ganvas.GanTrainer(random_state=0, epochs=10**5).fit(X)", interrupt=4)
    assert "error" not in dict(outputs)
    assert "partial_fit goes on" in dict(outputs)["stream"]["text"]
    assert [kind for kind, _ in outputs].count("display_data") == 1
    ((_, result),) = kernel.run("gan.interrupted_, gan.partial_fit(X, epochs=2).interrupted_")[-2:][1:]
    assert result["data"]["text/plain"] == "(True, False)"


def test_the_bar_and_the_live_picture_need_no_widget(kernel):
    outputs = kernel.run('_ = ganvas.GanTrainer(random_state=0, epochs=10, progress="live").fit(X)')
    bar, picture = (content for kind, content in outputs if kind == "display_data")
    assert set(bar["data"]) == {"text/html", "text/plain"}
    assert "image/png" in picture["data"]
    of_the_bar = bar["transient"]["display_id"]
    last = [c for kind, c in outputs if kind == "update_display_data" and c["transient"]["display_id"] == of_the_bar][
        -1
    ]
    assert (
        last["data"]["text/plain"].splitlines()[-1].startswith("100 % [####################] 17,920 of 17,920 samples")
    )
