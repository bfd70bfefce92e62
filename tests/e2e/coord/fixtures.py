# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the tests that speak to one server; each test runs against Gale and ZooKeeper.

Import them by name: `server` is started once for a file, `connect` gives sessions that end with
the test, `client` is one of them and `root` a node of the test's own. `ensemble` needs
`whole_ensemble` as well.
"""

import base64
import contextlib
import hashlib

import pytest

from coord import servers, wire


def digest_of(user_and_password):
    """What ZooKeeper keeps of "user:password"."""
    sha = hashlib.sha1(user_and_password.encode()).digest()
    return user_and_password.split(":")[0] + ":" + base64.b64encode(sha).decode()


SUPER = "super:secret of the operators"


@pytest.fixture(scope="module", params=servers.KINDS)
def server(request, tmp_path_factory):
    """Containers and TTL nodes are looked at ten times a second."""
    folder = tmp_path_factory.mktemp("coord")
    options = {"container_check_ms": 100, "super_digest": digest_of(SUPER)}
    with servers.running(request.param, folder, **options) as server:
        yield server


@pytest.fixture(scope="module", params=servers.KINDS)
def quick(request, tmp_path_factory):
    """A server whose sessions may be short: from half a second to five."""
    folder = tmp_path_factory.mktemp("quick")
    options = {"tick_ms": 250, "handshake_timeout_ms": 1000}
    with servers.running(request.param, folder, **options) as server:
        yield server


@pytest.fixture(scope="module")
def whole_ensemble(tmp_path_factory):
    with servers.running_ensemble(tmp_path_factory.mktemp("ensemble"), tick_ms=500) as ensemble:
        yield ensemble


@pytest.fixture
def ensemble(whole_ensemble):
    """Three ZooKeepers: `hosts`, kill(i), restart(i), leader(), followers(); all run at first."""
    whole_ensemble.heal()
    return whole_ensemble


@contextlib.contextmanager
def connecting():
    """Gives connect(server, ...), whose sessions end with the context."""
    clients = []

    def connect(server, *args, **options):
        clients.append(wire.Client(server.address, *args, **options))
        return clients[-1]

    try:
        yield connect
    finally:
        for client in clients:
            with contextlib.suppress(OSError):
                client.send(wire.CLOSE_SESSION)
            client.close()


@pytest.fixture
def connect(server):
    """connect(...) makes one more client of `server`."""
    with connecting() as connect:
        yield lambda *args, **options: connect(server, *args, **options)


@pytest.fixture
def connect_to():
    """connect_to(server, ...)."""
    with connecting() as connect:
        yield connect


@pytest.fixture
def client(connect):
    return connect()


@pytest.fixture
def root(client):
    return client.create("/test", flags=wire.SEQUENTIAL)


def differing(server, zookeeper, gale):
    """Where Gale differs from ZooKeeper on purpose: what each does, stated at one place."""
    return {"zookeeper": zookeeper, "gale": gale}[server.kind]
