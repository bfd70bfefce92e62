# SPDX-License-Identifier: Apache-2.0
"""Processes that take part in recipes: tests/e2e/coord/recipe_check.c, spoken to line by line.

Fixtures, to be imported by name: `server` whose sessions may be short, `tree` and `join`.
"""

import collections
import contextlib
import re
import signal
import subprocess
import threading
import time

import pytest

from conftest import BUILD
from coord import servers, wire

CHECK = BUILD / "test-bin" / "coord_recipe_check"
TIMEOUT_MS = 3000  # of sessions
TICK_MS = 250  # of servers, so that sessions end when they are over
PATIENCE_S = 90  # with news that never come
ROOT = "/gale"  # where the client has its root


class Tree:
    """What a bystander sees and does below the root, each time in a session of its own."""

    def __init__(self, server):
        self.server = server

    @contextlib.contextmanager
    def visit(self):
        client = wire.Client(self.server.address)
        yield client
        client.end_session()

    def empty(self):
        with self.visit() as client:
            self._empty(client, "/")
            client.create(ROOT)

    def _empty(self, client, path):
        for name in client.children(path):
            below = path.rstrip("/") + "/" + name
            if below != "/zookeeper":
                self._empty(client, below)
                client.delete(below)

    def create(self, path, text):
        with self.visit() as client:
            client.create(ROOT + path, text.encode())

    def set(self, path, text):
        with self.visit() as client:
            client.set(ROOT + path, text.encode())

    def get(self, path):
        with self.visit() as client:
            client.call(wire.SYNC, wire.text(ROOT + path))
            return client.get(ROOT + path)[0].decode()

    def versions_below(self, path):
        with self.visit() as client:
            children = client.children(ROOT + path)
            return [client.stat(f"{ROOT}{path}/{name}").version for name in children]


class Participant:
    """News are kept by their first word, the recipe; each expect() reads on behind the last."""

    def __init__(self, hosts, name, changed):
        self.name = name
        self.news = collections.defaultdict(list)
        self.read = collections.Counter()
        self.changed = changed
        self.is_over = False
        self.process = subprocess.Popen(
            [CHECK, hosts, name, str(TIMEOUT_MS)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def _listen(self):
        for line in self.process.stdout:
            about, _, rest = line.rstrip("\n").partition(" ")
            with self.changed:
                self.news[about].append(rest)
                self.changed.notify_all()
        with self.changed:
            self.is_over = True
            self.changed.notify_all()

    def do(self, *orders):
        for order in orders:
            self.process.stdin.write(order + "\n")
            self.process.stdin.flush()

    def find(self, about, pattern):
        """The next news about a recipe that match, or None; what lies before them is passed."""
        news = self.news[about]
        for index in range(self.read[about], len(news)):
            match = re.fullmatch(pattern, news[index])
            if match:
                self.read[about] = index + 1
                return match
        assert not self.is_over, f"{self.name} has ended: {dict(self.news)}"
        return None

    def expect(self, about, pattern):
        return first_of([self], about, pattern)[1]

    def expect_number(self, about, pattern):
        return int(self.expect(about, pattern)[1])

    def all(self, about, pattern):
        """What matches among all news so far."""
        with self.changed:
            matches = [re.fullmatch(pattern, news) for news in self.news[about]]
        return [match for match in matches if match]

    def kill(self):
        """What it said before is known afterwards."""
        self.process.kill()
        self.process.wait()
        self.thread.join(PATIENCE_S)

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def finish(self):
        """The status says, too, that no sanitizer has found anything."""
        self.resume()
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        assert self.process.wait(timeout=PATIENCE_S) == 0
        self.thread.join(PATIENCE_S)


def await_that(participants, condition):
    """Waits until condition() is true; it is asked at each news. All share one `changed`."""
    deadline = time.monotonic() + PATIENCE_S
    with participants[0].changed:
        while not (result := condition()):
            left = deadline - time.monotonic()
            told = {participant.name: dict(participant.news) for participant in participants}
            assert left > 0, f"nothing for {PATIENCE_S} s: {told}"
            participants[0].changed.wait(left)
    return result


def first_of(participants, about, pattern):
    """The first who has such news, and the match."""

    def find():
        for participant in participants:
            match = participant.find(about, pattern)
            if match:
                return participant, match
        return None

    return await_that(participants, find)


@contextlib.contextmanager
def joining(hosts):
    """Gives join(name...), a participant or a list of them; in the end all are ended in order."""
    changed = threading.Condition()
    joined = []

    def join(*names):
        made = [Participant(hosts, name, changed) for name in names]
        joined.extend(made)
        return made[0] if len(made) == 1 else made

    try:
        yield join
        for participant in joined:
            if participant.process.returncode is None:
                participant.finish()
    finally:
        for participant in joined:
            participant.process.kill()
            participant.process.wait()


@pytest.fixture(scope="module", params=servers.KINDS)
def server(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("coord")
    with servers.running(request.param, folder, tick_ms=TICK_MS) as server:
        yield server


@pytest.fixture
def tree(server):
    """Empty but for the root."""
    tree = Tree(server)
    tree.empty()
    return tree


@pytest.fixture
def join(server, tree):
    """join("a", "b") starts participants of `server`."""
    with joining(server.hosts) as join:
        yield join
