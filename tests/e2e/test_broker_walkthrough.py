# SPDX-License-Identifier: Apache-2.0
"""docs/log_walkthrough.md does what it says: every command, in order, in one shell, with the output that
it shows. A block of `sh background` is the first terminal: before the next such block, Ctrl-C is pressed
there; a second run kills it instead. The port is another one, for the usual one may be in use."""

import shutil
import signal
import subprocess

import pytest

from broker import servers
from conftest import BUILD, ROOT, uses_librdkafka
from coord.servers import free_port
from test_tutorial import TIMEOUT_S, Shell, blocks

pytestmark = uses_librdkafka

PAGE = ROOT / "docs" / "log_walkthrough.md"


class Terminal:
    """Where the broker runs, one after the other."""

    def __init__(self, home, port):
        self.home = home
        self.port = port
        self.process = None

    def start(self, command):
        words = command.replace("~", str(self.home)).split()
        self.process = subprocess.Popen(
            [BUILD / "bin" / words[0], *words[1:], "--listen", f"127.0.0.1:{self.port}",
             "-c", "broker.register=false"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        servers.await_true(lambda: servers.answers(("127.0.0.1", self.port)), "the broker answers")

    def end(self, number):
        """Whatever it says is shown if it ends in another way than it should."""
        if self.process is None:
            return
        self.process.send_signal(number)
        _, stderr = self.process.communicate(timeout=TIMEOUT_S)
        assert self.process.returncode == (0 if number == signal.SIGINT else -number), stderr
        self.process = None


@pytest.fixture
def terminal(tmp_path):
    it = Terminal(tmp_path, free_port())
    yield it
    if it.process is not None:
        it.process.kill()
        it.process.communicate()


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
def test_the_walk_through_the_log_does_what_it_says(terminal, tmp_path, end):
    assert shutil.which("kcat"), "kcat is missing: apt-get install kcat"
    config = tmp_path / "gale.yaml"
    config.write_text(f"log.brokers: 127.0.0.1:{terminal.port}\n")
    shell = Shell(tmp_path, str(tmp_path / "state"))
    shell.run(f'export PATH="{BUILD}/bin:$PATH" GALE_CONFIG={config}')
    output = None
    texts = 0
    for kind, rest, body in blocks(PAGE):
        if rest == "background":
            terminal.end(end)
            terminal.start(body.strip())
        elif kind == "sh":
            done = shell.run(body.replace("9092", str(terminal.port)))
            output = done.stdout
            assert done.returncode == 0, f"{body}\n{output}"
        elif kind == "text":
            texts += 1
            for line in body.splitlines():
                assert line in output.splitlines(), f"'{line}' is not in:\n{output}"
    assert texts > 5
    terminal.end(signal.SIGINT)
