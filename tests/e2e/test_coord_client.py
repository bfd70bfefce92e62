# SPDX-License-Identifier: Apache-2.0
"""The client of coord against real servers: the cases of coord/client_check.c.

A case asks, with a line on its standard output, for what only a test can do to a server or to the
process itself, and goes on when it gets a line back.
"""

import os
import signal
import subprocess

import pytest

from conftest import BUILD
from coord import servers, wire

CHECK = BUILD / "test-bin" / "coord_client_check"
TICK_MS = 250  # so that a session of four seconds is allowed, and is over when it is over
TIMEOUT_S = 90  # of a case that hangs


def cases():
    listed = subprocess.run([CHECK], capture_output=True, text=True, timeout=TIMEOUT_S, check=True)
    return listed.stdout.split()


@pytest.fixture(scope="module", params=servers.KINDS)
def server(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("coord")
    with servers.running(request.param, folder, tick_ms=TICK_MS) as server:
        yield server


def empty(client, path="/"):
    """Deletes all nodes but ZooKeeper's own; a path of tests is not deep."""
    for name in client.children(path):
        below = path.rstrip("/") + "/" + name
        if below != "/zookeeper":
            empty(client, below)
            client.delete(below)


def sessions_of(server):
    """The ids of all sessions, in hexadecimal, as the word dump tells them."""
    return wire.ask(server.address, "dump").split()


def has_session(server, session):
    return any(word.split(":")[0].rstrip(":") == session for word in sessions_of(server))


def await_end_of(server, session):
    """Polls; a session ends by itself, or TIMEOUT_S ends the test."""
    while has_session(server, session):
        pass


def freeze(server, process, session):
    """Stops the process until the server has given up its session."""
    assert has_session(server, session)
    process.send_signal(signal.SIGSTOP)
    try:
        await_end_of(server, session)
    finally:
        process.send_signal(signal.SIGCONT)


def grant(server, process, word, *arguments):
    """Does what a case asks for."""
    if word == "freeze":
        freeze(server, process, *arguments)
    elif word == "gone":
        # ZooKeeper tells of it a moment later than it answers; an expiry would take seconds.
        assert not all(has_session(server, *arguments) for _ in range(100))
    elif word == "alive":
        assert has_session(server, *arguments)
    else:
        {
            "kill": server.kill,
            "restart": server.restart,
            "pause": server.pause,
            "resume": server.resume,
        }[word](*arguments)


def talk(server, process):
    for line in process.stdout:
        grant(server, process, *line.split())
        process.stdin.write("done\n")
        process.stdin.flush()
    assert process.wait(timeout=TIMEOUT_S) == 0


@pytest.mark.parametrize("case", cases())
def test_client(server, case):
    if server.process is None:
        server.restart()
    client = wire.Client(server.address)
    empty(client)
    client.end_session()
    process = subprocess.Popen(
        [CHECK, server.hosts, case],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ,
    )
    try:
        talk(server, process)
    finally:
        process.kill()
        process.wait()
