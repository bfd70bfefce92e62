# SPDX-License-Identifier: Apache-2.0
"""gale-coord dies between two of its system calls, wherever they are: from its first to its last.

A fixed list of writes is done one by one. After a death at system call N, and a new start, the tree
must be just as it was after the last write that was acknowledged, or after the one that was under
way: never in between, and never older. tests/support/kill_at.c does the killing.

GALE_COORD_KILLS is how many places are tried, `all` for every one.
"""

import contextlib
import os
import random
import subprocess

import pytest
from conftest import BUILD
from coord import servers, wire

KILL_AT = BUILD / "test-bin" / "kill_at"
KILLS = os.environ.get("GALE_COORD_KILLS", "40")


class Mortal(servers.GaleCoord):
    """Dies at its system call `death`; 0 is never. `calls` is how many it made."""

    def __init__(self, folder, death):
        super().__init__(folder, servers.Settings(tick_ms=60000))
        self.death = death
        self.report = self.folder / "report"

    def command(self):
        if self.death is None:
            return super().command()
        # Leaks cannot be looked for in a process that is being traced.
        leaks = "export ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0"
        script = leaks + ' && exec 3>"$1" && shift && exec "$@"'
        killer = ["sh", "-c", script, "sh", self.report, KILL_AT, self.death]
        return [*killer, *super().command()]

    def kill(self):
        """Whoever is traced dies with its tracer, but a moment later."""
        super().kill()
        with contextlib.suppress(OSError):
            while True:
                wire.Connection(self.address).close()

    @property
    def calls(self):
        return int(self.report.read_text().split()[1])


def multi_of(*parts):
    return wire.MULTI, wire.multi_record(*parts)


# What is done, in order. Each is one request, and one transaction.
WRITES = [
    (wire.CREATE, wire.create_record("/a", b"0")),
    (wire.SET_DATA, wire.set_data_record("/a", b"1")),
    (wire.CREATE, wire.create_record("/a/n", b"", flags=wire.SEQUENTIAL)),
    multi_of(
        (wire.CREATE, wire.create_record("/m", b"m")),
        (wire.SET_DATA, wire.set_data_record("/a", b"2", 1)),
        (wire.CREATE, wire.create_record("/m/x", b"x")),
        (wire.DELETE, wire.versioned_record("/a/n0000000000")),
    ),
    (wire.CREATE, wire.create_record("/a/n", b"", flags=wire.SEQUENTIAL)),
    (wire.SET_DATA, wire.set_data_record("/m", b"m" * 50000)),
    (wire.CREATE, wire.create_record("/mine", b"", flags=wire.EPHEMERAL)),
    (wire.SET_ACL, wire.set_acl_record("/m/x", ((wire.ALL, "ip", "127.0.0.1"),))),
    (wire.DELETE, wire.versioned_record("/m/x")),
    (wire.CLOSE_SESSION, b""),
]


def walk(client, path="/"):
    """The tree as the client sees it, without times."""
    data, stat = client.get(path)
    yield path, data, stat.version, stat.cversion, stat.aversion, bool(stat.owner)
    for name in sorted(client.children(path)):
        if path != "/" or name != "zookeeper":
            yield from walk(client, path.rstrip("/") + "/" + name)


def picture(server):
    client = wire.Client(server.address)
    try:
        return list(walk(client))
    finally:
        client.close()


def connect(server):
    """A client as soon as the server answers; None if the server dies before."""
    while True:
        with contextlib.suppress(OSError):
            client = wire.Client(server.address)
            if client.handshake is not None:
                return client
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.process.wait(timeout=0.02)
            return None


def write_all(server, after_each=lambda: None):
    """How many writes were acknowledged."""
    client = connect(server)
    if client is None:
        return 0
    for number, (op, record) in enumerate(WRITES):
        try:
            reply = client.call(op, record)
        except (OSError, AssertionError):
            return number
        assert reply.err == wire.OK
        after_each()
    return len(WRITES)


def calls_of(folder, work):
    """How many system calls a server makes whose whole life is this work."""
    server = Mortal(folder, 0)
    server.launch()
    server.await_ready()
    work(server)
    assert server.stop() == 0
    return server.calls


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """The tree before the first write, and after each."""
    found = []
    with servers.running("gale", tmp_path_factory.mktemp("life")) as server:
        found.append(picture(server))
        assert write_all(server, lambda: found.append(picture(server))) == len(WRITES)
    assert len(found) == len(WRITES) + 1
    return found


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """Where to die, the same in each run of the test: some while it starts, most while it works."""
    idle = calls_of(tmp_path_factory.mktemp("idle"), lambda server: None)
    busy = calls_of(tmp_path_factory.mktemp("busy"), write_all)
    if KILLS == "all":
        return list(range(1, busy))
    rng, few = random.Random(1), int(KILLS) // 4
    return sorted(rng.sample(range(1, idle), few) + rng.sample(range(idle, busy), 3 * few))


def test_a_death_between_any_two_system_calls_loses_nothing(pictures, places, tmp_path):
    acknowledged = set()
    for death in places:
        server = Mortal(tmp_path / str(death), death)
        server.launch()
        done = write_all(server)
        server.kill()
        server.death = None
        server.restart()
        found = picture(server)
        server.stop()
        assert found in pictures[done : done + 2], f"died at {death} after {done} writes"
        acknowledged.add(done)
    assert len(acknowledged) > len(WRITES) // 2, "the deaths were not spread over the writes"
