# SPDX-License-Identifier: Apache-2.0
"""Clients of an ensemble of three ZooKeepers, of which one is killed meanwhile."""

import threading

import pytest
from kazoo.client import KazooClient
from kazoo.exceptions import ConnectionLoss, NodeExistsError, OperationTimeoutError
from kazoo.exceptions import SessionExpiredError
from kazoo.handlers.threading import KazooTimeoutError
from kazoo.protocol.states import KazooState

from coord import wire
from coord.fixtures import connect_to, ensemble, whole_ensemble
from coord.wire import Event

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:kazoo")

TIMEOUT_S = 90  # of something that never happens
LOST = (ConnectionLoss, OperationTimeoutError, SessionExpiredError, KazooTimeoutError)


@pytest.fixture
def clients(ensemble):
    made = []

    def connected(hosts=None):
        made.append(KazooClient(hosts=hosts or ensemble.hosts, timeout=9))
        made[-1].start(timeout=TIMEOUT_S)
        return made[-1]

    yield connected
    for client in made:
        client.stop()
        client.close()


class Writer:
    """Makes numbered nodes below a path, again and again until each is known to be there."""

    def __init__(self, client, top):
        self.client = client
        self.top = top
        self.done = 0
        self.error = None
        self.changed = threading.Condition()
        self.over = threading.Event()
        client.ensure_path(top)
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        try:
            while not self.over.is_set():
                self._make(f"{self.top}/{self.done}")
                with self.changed:
                    self.done += 1
                    self.changed.notify_all()
        except BaseException as error:  # for the thread that joins
            self.error = error

    def _make(self, path):
        while True:
            try:
                self.client.create(path, path.encode())
                return
            except NodeExistsError:  # an answer was lost
                return
            except LOST:
                self.client.retry(self.client.exists, "/")

    def until(self, count):
        with self.changed:
            reached = self.changed.wait_for(lambda: self.done >= count, TIMEOUT_S)
        assert reached and not self.error, (self.done, self.error)

    def stop(self):
        """How many nodes are known to be there."""
        self.over.set()
        self.thread.join(TIMEOUT_S)
        assert not self.thread.is_alive()
        if self.error:
            raise self.error
        return self.done


def expect_all(client, writer):
    client.sync("/")
    count = writer.done
    names = {int(name) for name in client.get_children(writer.top)}
    assert set(range(count)) <= names
    for number in (0, count // 2, count - 1):
        path = f"{writer.top}/{number}"
        assert client.get(path)[0] == path.encode()


def test_what_one_server_took_another_has(ensemble, clients):
    by_server = [clients(member.hosts) for member in ensemble.members]
    for number, client in enumerate(by_server):
        path = client.create("/seen-", b"%d" % number, sequence=True)
        for other in by_server:
            other.sync(path)
            assert other.get(path)[0] == b"%d" % number


@pytest.mark.parametrize("victim", ["leader", "follower"])
def test_nothing_acknowledged_is_lost(ensemble, clients, victim):
    index = ensemble.leader() if victim == "leader" else ensemble.followers()[0]
    # One writer is at the victim for certain.
    writers = [
        Writer(clients(hosts), f"/{victim}{number}")
        for number, hosts in enumerate([ensemble.members[index].hosts, ensemble.hosts])
    ]
    writers[0].client.set_hosts(ensemble.hosts)
    for writer in writers:
        writer.until(50)
    ensemble.kill(index)
    for writer in writers:
        writer.until(writer.done + 100)
    counts = [writer.stop() for writer in writers]
    assert min(counts) >= 150
    for number, member in enumerate(ensemble.members):
        if number != index:
            client = clients(member.hosts)
            for writer in writers:
                expect_all(client, writer)
    ensemble.restart(index)
    late = clients(ensemble.members[index].hosts)
    for writer in writers:
        expect_all(late, writer)


def test_sessions_and_locks_outlive_the_leader(ensemble, clients):
    leader = ensemble.leader()
    client = clients(ensemble.members[leader].hosts)
    client.set_hosts(ensemble.hosts)
    states = []
    client.add_listener(states.append)
    client.create("/mine", ephemeral=True)
    lock = client.Lock("/lock", "holder")
    assert lock.acquire(timeout=TIMEOUT_S)
    before = client.client_id
    ensemble.kill(leader)
    other = clients(ensemble.members[ensemble.followers()[0]].hosts)
    assert client.retry(client.exists, "/mine").ephemeralOwner == before[0]
    assert client.client_id == before and KazooState.LOST not in states
    other.sync("/")
    assert other.exists("/mine").ephemeralOwner == before[0]
    assert other.Lock("/lock").contenders() == ["holder"]
    lock.release()
    client.stop()
    other.sync("/")
    assert other.exists("/mine") is None


def test_a_watch_is_told_of_what_happened_during_the_failure(ensemble, clients):
    victim = ensemble.followers()[0]
    watcher = clients(ensemble.members[victim].hosts)
    watcher.set_hosts(ensemble.hosts)
    writer = clients(ensemble.members[ensemble.leader()].hosts)
    writer.create("/watched", b"before")
    seen, changed = [], threading.Condition()

    def note(data, stat):
        with changed:
            seen.append(data)
            changed.notify_all()

    watcher.DataWatch("/watched", note)
    ensemble.kill(victim)
    writer.retry(writer.set, "/watched", b"after")
    with changed:
        assert changed.wait_for(lambda: seen[-1:] == [b"after"], TIMEOUT_S), seen


def test_a_session_moves_to_another_server(ensemble, connect_to):
    first, second = (ensemble.members[index] for index in ensemble.followers())
    owner = connect_to(first, 9000)
    path = owner.create("/moved", flags=wire.EPHEMERAL)
    again = connect_to(second, 9000, owner.session, owner.password, last_zxid=0)
    assert (again.session, again.password) == (owner.session, owner.password)
    again.call(wire.SYNC, wire.text("/"))
    assert again.stat(path).owner == owner.session
    # What still comes over the old connection is for nobody.
    owner.send(wire.CREATE, wire.create_record("/stale"))
    assert owner.is_closed()
    again.call(wire.SYNC, wire.text("/"))
    assert again.exists("/stale") is None
    again.exists(path, watch=True)
    again.delete(path)
    assert again.took() == [Event(wire.DELETED, path)]


def test_a_server_that_is_behind_sends_its_client_away(ensemble, connect_to):
    """As a client of a lagging server has seen more than that server."""
    connection = wire.Connection(ensemble.members[0].address)
    connection.send_frame(wire.connect_record(9000, last_zxid=2**62))
    assert connection.read_frame() is None
    connection.close()
    assert connect_to(ensemble.members[0], 9000).session != 0
