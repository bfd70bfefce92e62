# SPDX-License-Identifier: Apache-2.0
"""The page over a real cluster: `gale up` with gale-ui, and word_count_log, which is fed with lines all
the time. What is done in the browser is in tests/ui/cluster.test.mjs; with GALE_UI_SHOTS=FOLDER pictures of all
pages are taken instead (tests/ui/shots.mjs)."""

import json
import os
import signal
import subprocess
import threading

import pytest

from cluster.cluster import BAD_LINES, await_true
from conftest import BUILD, GALE, ROOT, TIMEOUT_S, run_gale, uses_librdkafka
from page_packages import install_packages, node, told

pytestmark = uses_librdkafka

TESTS = ROOT / "tests" / "ui"
LINES = [
    "in the beginning was the word",
    "to be or not to be that is the question",
    "all that glitters is not gold",
    "the rest is silence",
]
PAUSE_S = 0.05  # between two handfuls of lines
HANDFUL = 40
HANDFULS = {"stop": 0, "go": 1, "much": 250}


class Feed(threading.Thread):
    """Writes lines into the topic, all the time, as the file says: none, some, or so many that workers have to work."""

    def __init__(self, config, file):
        super().__init__(daemon=True)
        self.file = file
        self.over = threading.Event()
        file.write_text("go")
        self.process = subprocess.Popen(
            [GALE, "produce", "lines", "--quiet"], stdin=subprocess.PIPE, env={**os.environ, "GALE_CONFIG": config}
        )

    def run(self):
        handful = ("\n".join(LINES * (HANDFUL // len(LINES))) + "\n").encode()
        while not self.over.wait(PAUSE_S):
            self.process.stdin.write(handful * HANDFULS.get(self.file.read_text(), 1))
            self.process.stdin.flush()

    def end(self):
        self.over.set()
        self.join(TIMEOUT_S)
        self.process.communicate(timeout=TIMEOUT_S)
        assert self.process.returncode == 0


class Up:
    """`gale up`, and how it is asked."""

    def __init__(self, folder):
        self.state = folder / "state"
        self.process = subprocess.Popen(
            [GALE, "up", "--dir", self.state, "--supervisors", "2", "--slots", "3", "--json", "-c", "broker.disk.free.min=0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        line = self.process.stdout.readline()
        assert line, self.process.communicate()[1]
        self.ready = json.loads(line)

    def gale(self, *words):
        result = run_gale(*words, env={"GALE_CONFIG": self.ready["config"]})
        assert result.returncode == 0, result.stderr
        return result.stdout

    def end(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        _, complaints = self.process.communicate(timeout=TIMEOUT_S)
        return complaints

    def expect_no_complaints(self):
        for path in self.state.rglob("*log*"):
            if path.is_file() and path.suffix != ".index":
                text = path.read_text(errors="replace")
                for word in BAD_LINES:
                    assert word not in text, f"{path}:\n{text[-8000:]}"


@pytest.fixture
def counting(tmp_path):
    """A cluster that counts words."""
    up = Up(tmp_path)
    feed = None
    try:
        up.gale("topic", "create", "lines", "--partitions", "2")
        up.gale("topic", "create", "counts", "--partitions", "2", "--config", "cleanup.policy=compact")
        tasks = [f"{name}.{what}=2" for name in ("reader", "splitter", "counter", "writer") for what in ("tasks", "executors")]
        settings = [word for setting in ("topology.workers=2", *tasks) for word in ("-c", setting)]
        up.gale("submit", BUILD / "topologies" / "word_count_log.so", *settings)
        feed = Feed(up.ready["config"], tmp_path / "feed")
        feed.start()
        await_true(lambda: "2 of 2 workers run" in up.gale("status", "word-count-log"), "the workers run")
        yield up, feed
    finally:
        if feed is not None:
            feed.end()
        up.end()
    up.expect_no_complaints()


def run_node(up, feed, script, *options):
    environment = {
        **os.environ,
        "GALE_CONFIG": up.ready["config"],
        "GALE_PROGRAM": str(GALE),
        "GALE_UI_FEED": str(feed.file),
        "GALE_UI_ORIGIN": up.ready["ui"],
        "GALE_UI_TIMEOUT_MS": "90000",
    }
    install_packages()
    return subprocess.run([node(), *options, TESTS / script], capture_output=True, text=True, timeout=800, env=environment, check=False)


def test_the_page_of_a_real_cluster(counting, capsys):
    up, feed = counting
    assert up.ready["ui"], "gale up has started gale-ui"
    if "GALE_UI_SHOTS" in os.environ:
        result = run_node(up, feed, "shots.mjs")
    else:
        result = run_node(up, feed, "cluster.test.mjs", "--test", "--test-reporter=tap")
    with capsys.disabled():
        for line in told(result.stdout):
            print(f"\n{line}", end=" ")
    assert result.returncode == 0, result.stdout[-16000:] + result.stderr[-4000:]
