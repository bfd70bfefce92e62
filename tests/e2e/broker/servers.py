# SPDX-License-Identifier: Apache-2.0
"""gale-broker as a process of a test: on loopback, on a port that stays over restarts, with its log in
a folder that the caller names. And a cluster that librdkafka keeps in memory, for faults that no real
broker can be made to have."""

import contextlib
import json
import os
import socket
import struct
import subprocess
import time

from conftest import BUILD, GALE, TIMEOUT_S
from coord.servers import Server

GALE_BROKER = BUILD / "bin" / "gale-broker"
MOCK = BUILD / "test-bin" / "mock_log"
# ApiVersions, version 0, number 1, a client without a name.
QUESTION = struct.pack(">hhih", 18, 0, 1, -1)
SETTINGS = {
    "broker.register": "false",
    "broker.group.initial.rebalance.delay.ms": 0,
    "broker.disk.free.min": 0,
}
DEADLINE_S = 30


def answers(address):
    """Whether a broker answers at (host, port)."""
    try:
        with socket.create_connection(address, timeout=1) as connection:
            connection.sendall(struct.pack(">i", len(QUESTION)) + QUESTION)
            return connection.recv(8, socket.MSG_WAITALL)[4:] == struct.pack(">i", 1)
    except OSError:
        return False


class Broker(Server):
    """Settings have their whole key: Broker(folder, **{"log.partitions": 3})."""

    kind = "gale-broker"

    def __init__(self, folder, **settings):
        super().__init__(folder, {**SETTINGS, **settings})
        self.waiting = []

    def command(self):
        assert GALE_BROKER.exists(), f"not built: {GALE_BROKER}"
        options = [word for key, value in self.settings.items() for word in ("-c", f"{key}={value}")]
        return [GALE_BROKER, "--data", self.data, "--listen", f"127.0.0.1:{self.port}", *options]

    @property
    def data(self):
        return self.folder / "data"

    def is_ready(self):
        return answers(self.address)

    def stop(self):
        """The status must be 0, which also says that no sanitizer found anything."""
        status = super().stop()
        assert status in (0, None), f"gale-broker ended with {status}:\n{self.log_end()}"
        return status

    # ---- the gale command ----

    def words(self, *words):
        return [str(GALE), *map(str, words), "--brokers", self.hosts]

    def run(self, *words, stdin=""):
        """The command to its end; it may fail."""
        return subprocess.run(
            self.words(*words), input=stdin, capture_output=True, text=True, timeout=TIMEOUT_S,
            check=False,
        )

    def gale(self, *words, stdin=""):
        """What it prints; it must succeed."""
        result = self.run(*words, stdin=stdin)
        assert result.returncode == 0, f"{words}: {result.returncode}: {result.stderr}\n{self.log_end()}"
        return result.stdout

    def json(self, *words):
        return json.loads(self.gale(*words, "--json"))

    def begin(self, *words):
        """The command in the background; it is ended with the broker at the latest."""
        process = subprocess.Popen(
            self.words(*words), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True,
        )
        self.waiting.append(process)
        return process

    def read(self, topic, *words):
        """The lines of a topic, sorted."""
        lines = self.gale("consume", topic, "--from-beginning", "--exit-at-end", *words)
        return sorted(lines.splitlines())

    def close(self):
        for process in self.waiting:
            process.kill()
            process.communicate()


@contextlib.contextmanager
def running(folder, **settings):
    """A broker that is stopped at the end as an operator does."""
    broker = Broker(folder, **settings)
    broker.start()
    try:
        yield broker
        broker.close()
        broker.stop()
    finally:
        broker.close()
        if broker.process is not None:
            broker.kill()


@contextlib.contextmanager
def mock(topic="lines", partitions=1, errors=()):
    """The address of a cluster in memory; requests to produce are answered with these errors first."""
    assert MOCK.exists(), f"not built: {MOCK}"
    process = subprocess.Popen(
        [MOCK, f"{topic}:{partitions}", *(f"error={code}" for code in errors)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"},  # what librdkafka leaves is not ours
    )
    try:
        yield process.stdout.readline().strip()
    finally:
        process.stdin.close()
        process.wait(timeout=TIMEOUT_S)
        process.stdout.close()


def await_true(condition, what, timeout_s=DEADLINE_S):
    """What the condition gives when it is true; an error that says `what` when it never is."""
    deadline = time.monotonic() + timeout_s
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, what() if callable(what) else f"not in time: {what}"
