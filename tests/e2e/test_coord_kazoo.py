# SPDX-License-Identifier: Apache-2.0
"""Kazoo, a ZooKeeper client that others wrote, and its recipes, against Gale and ZooKeeper."""

import itertools
import threading

import pytest
from kazoo import exceptions
from kazoo.client import KazooClient
from kazoo.protocol.states import EventType, KazooState
from kazoo.recipe.cache import TreeCache, TreeEvent
from kazoo.security import CREATOR_ALL_ACL, OPEN_ACL_UNSAFE, make_acl, make_digest_acl

from coord import servers, wire
from coord.fixtures import server

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:kazoo")

TIMEOUT_S = 60  # of something that never happens


def connected(server, chroot="", timeout=20, **options):
    client = KazooClient(hosts=server.hosts + chroot, timeout=timeout, **options)
    client.start(timeout=TIMEOUT_S)
    return client


class Clients:
    """Makes clients, of which each uses the same chroot, and stops them."""

    numbers = itertools.count()

    def __init__(self, server):
        self.server = server
        self.made = []
        self.chroot = f"/chroot{next(self.numbers)}"
        plain = connected(server)
        plain.create(self.chroot)
        plain.stop()
        plain.close()

    def __call__(self, **options):
        self.made.append(connected(self.server, self.chroot, **options))
        return self.made[-1]

    def stop(self):
        for client in self.made:
            client.stop()
            client.close()


@pytest.fixture
def clients(server):
    made = Clients(server)
    yield made
    made.stop()


@pytest.fixture
def client(clients):
    return clients()


class Threads:
    """Runs functions, and raises what they raised."""

    def __init__(self):
        self.threads = []
        self.errors = []

    def run(self, function, *args):
        def body():
            try:
                function(*args)
            except BaseException as error:  # for the thread that joins
                self.errors.append(error)

        self.threads.append(threading.Thread(target=body, daemon=True))
        self.threads[-1].start()

    def join(self):
        for thread in self.threads:
            thread.join(TIMEOUT_S)
            assert not thread.is_alive(), "a thread does not end"
        if self.errors:
            raise self.errors[0]


@pytest.fixture
def threads():
    return Threads()


class Gathered:
    """Calls of a callback, which can be waited for."""

    def __init__(self):
        self.items = []
        self.changed = threading.Condition()

    def __call__(self, *args):
        with self.changed:
            self.items.append(args if len(args) != 1 else args[0])
            self.changed.notify_all()

    def until(self, condition):
        with self.changed:
            assert self.changed.wait_for(lambda: condition(self.items), TIMEOUT_S), self.items
            return list(self.items)


def expire(server, client):
    """Ends a client's session from outside, in one write so that the client cannot come between."""
    session, password = client.client_id
    while True:
        connection = wire.Connection(server.address)
        request = wire.integer(1) + wire.integer(wire.CLOSE_SESSION)
        record = wire.connect_record(20000, session, password)
        connection.send_bytes(wire.framed(record) + wire.framed(request))
        answer = connection.read_frame()
        done = answer and wire.decode_handshake(answer).session and connection.read_frame()
        connection.close()
        if done:
            return


# The client itself.


def test_nodes_are_made_read_changed_and_deleted(client):
    assert client.create("/a", b"one") == "/a"
    assert client.create("/a/b/c", b"deep", makepath=True) == "/a/b/c"
    data, stat = client.get("/a")
    assert data == b"one" and stat.version == 0 and stat.numChildren == 1
    assert client.set("/a", b"two", version=0).version == 1
    assert client.get("/a")[0] == b"two"
    assert sorted(client.get_children("/")) == ["a"]
    children, stat = client.get_children("/a", include_data=True)
    assert children == ["b"] and stat.numChildren == 1
    assert client.exists("/none") is None
    client.ensure_path("/a/b/x/y")
    assert client.sync("/a") == "/a"
    client.delete("/a", recursive=True)
    assert client.get_children("/") == []


def test_errors_have_their_classes(client):
    client.create("/a/b", makepath=True)
    client.create("/e", ephemeral=True)
    for error, call in (
        (exceptions.NoNodeError, lambda: client.get("/none")),
        (exceptions.NoNodeError, lambda: client.create("/none/x")),
        (exceptions.NodeExistsError, lambda: client.create("/a")),
        (exceptions.BadVersionError, lambda: client.set("/a", b"", version=5)),
        (exceptions.BadVersionError, lambda: client.delete("/a/b", version=5)),
        (exceptions.NotEmptyError, lambda: client.delete("/a")),
        (exceptions.NoChildrenForEphemeralsError, lambda: client.create("/e/x")),
        (exceptions.InvalidACLError, lambda: client.create("/b", acl=[make_acl("no", "x")])),
        (exceptions.BadArgumentsError, lambda: client.create("/b\x01")),
    ):
        with pytest.raises(error):
            call()


def test_sequences_and_ephemerals(clients, client):
    other = clients()
    names = [client.create("/s-", sequence=True) for _ in range(3)]
    assert names == [f"/s-{number:010}" for number in range(3)]
    path = client.create("/e", ephemeral=True)
    assert other.exists(path).ephemeralOwner == client.client_id[0]
    gone = threading.Event()
    assert other.exists(path, watch=lambda event: gone.set())
    client.stop()
    assert gone.wait(TIMEOUT_S)
    assert other.exists(path) is None


def test_data_of_all_sizes_comes_back(client):
    for size in (0, 1, 1000, 900000):
        client.create(f"/{size}", bytes(size))
        assert client.get(f"/{size}")[0] == bytes(size)


def test_many_requests_at_once(client):
    results = [client.create_async(f"/{number:04}", b"x") for number in range(1000)]
    assert [result.get(timeout=TIMEOUT_S) for result in results] == [
        f"/{number:04}" for number in range(1000)
    ]
    results = [client.get_async(f"/{number:04}") for number in range(1000)]
    assert {result.get(timeout=TIMEOUT_S)[0] for result in results} == {b"x"}
    assert len(client.get_children("/")) == 1000


def test_transactions_are_all_or_nothing(client):
    client.create("/a")
    transaction = client.transaction()
    transaction.create("/a/x", b"one")
    transaction.check("/a", version=0)
    transaction.set_data("/a", b"set")
    transaction.create("/a/s", sequence=True)
    transaction.delete("/a/x")
    results = transaction.commit()
    assert results[0] == "/a/x" and results[1] is True and results[4] is True
    assert results[2].version == 1 and results[3] == "/a/s0000000001"
    transaction = client.transaction()
    transaction.create("/b")
    transaction.check("/a", version=7)
    transaction.create("/c")
    results = transaction.commit()
    assert [type(result) for result in results] == [
        exceptions.RolledBackError,
        exceptions.BadVersionError,
        exceptions.RuntimeInconsistency,
    ]
    assert client.get_children("/") == ["a"]


def test_access_lists_keep_others_out(clients, client):
    owner = clients(auth_data=[("digest", "owner:secret")])
    owner.create("/auth", b"x", acl=CREATOR_ALL_ACL)
    owner.create("/digest", acl=[make_digest_acl("friend", "secret", read=True)])
    with pytest.raises(exceptions.NoAuthError):
        client.get("/auth")
    client.add_auth("digest", "friend:secret")
    assert client.get("/digest")[0] == b""
    with pytest.raises(exceptions.NoAuthError):
        client.set("/digest", b"")
    acls, stat = owner.get_acls("/auth")
    assert len(acls) == 1 and acls[0].id.scheme == "digest" and acls[0].perms == 31
    owner.set_acls("/auth", OPEN_ACL_UNSAFE, version=stat.aversion)
    assert client.get("/auth")[0] == b"x"


def test_credentials_are_given_again_after_an_expiry(server, clients):
    owner = clients(auth_data=[("digest", "owner:secret")])
    owner.create("/auth", acl=CREATOR_ALL_ACL)
    states = Gathered()
    owner.add_listener(states)
    expire(server, owner)
    states.until(lambda items: items[-1:] == [KazooState.CONNECTED])
    assert owner.retry(owner.get, "/auth")[0] == b""


def test_four_letter_words(client):
    assert client.command(b"ruok") == "imok"
    assert client.server_version()[0] == 3


# Watches.


def test_watches_fire_once(client):
    events = Gathered()
    assert client.exists("/a", watch=events) is None
    client.create("/a", b"x")
    assert client.get("/a", watch=events)[0] == b"x"
    client.set("/a", b"y")
    client.set("/a", b"z")
    assert client.get_children("/a", watch=events) == []
    client.create("/a/b")
    client.exists("/a/b", watch=events)
    client.delete("/a/b")
    seen = events.until(lambda items: len(items) == 4)
    assert [(event.type, event.path) for event in seen] == [
        (EventType.CREATED, "/a"),
        (EventType.CHANGED, "/a"),
        (EventType.CHILD, "/a"),
        (EventType.DELETED, "/a/b"),
    ]


def test_a_data_watch_follows_a_node(clients, client):
    seen, writer = Gathered(), clients()
    client.DataWatch("/a", lambda data, stat: seen(data))
    seen.until(lambda items: items == [None])
    writer.create("/a", b"0")
    for number in range(1, 20):
        seen.until(lambda items: items[-1] == b"%d" % (number - 1))
        writer.set("/a", b"%d" % number)
    seen.until(lambda items: items[-1] == b"19")
    writer.delete("/a")
    seen.until(lambda items: items[-1] is None)


def test_a_children_watch_follows_a_list(clients, client):
    seen, writer = Gathered(), clients()
    client.create("/a")
    client.ChildrenWatch("/a", lambda names: seen(sorted(names)))
    for number in range(10):
        writer.create(f"/a/{number}")
    seen.until(lambda items: items[-1] == [str(number) for number in range(10)])
    for number in range(9):
        writer.delete(f"/a/{number}")
    seen.until(lambda items: items[-1] == ["9"])


def test_a_tree_cache_follows_a_tree(clients, client):
    seen, writer = Gathered(), clients()
    writer.create("/tree/a", b"0", makepath=True)
    cache = TreeCache(client, "/tree")
    cache.listen(lambda event: seen((event.event_type, getattr(event.event_data, "path", None))))
    cache.start()
    seen.until(lambda items: (TreeEvent.INITIALIZED, None) in items)
    writer.set("/tree/a", b"1")
    writer.create("/tree/a/b", b"2")
    seen.until(lambda items: (TreeEvent.NODE_ADDED, "/tree/a/b") in items)
    writer.delete("/tree/a/b")
    seen.until(lambda items: (TreeEvent.NODE_REMOVED, "/tree/a/b") in items)
    seen.until(lambda items: (TreeEvent.NODE_UPDATED, "/tree/a") in items)
    assert cache.get_data("/tree/a").data == b"1"
    assert cache.get_children("/tree/a") == frozenset()
    cache.close()


# Recipes.


def test_a_lock_is_held_by_one(clients, threads):
    inside, rounds = [], []

    def work(client):
        lock = client.Lock("/lock")
        for _ in range(5):
            with lock:
                inside.append(client)
                assert inside == [client]
                rounds.append(client)
                inside.pop()

    for _ in range(3):
        threads.run(work, clients())
    threads.join()
    assert len(rounds) == 15


def test_a_lock_goes_to_the_next_when_its_holder_expires(server, clients):
    holder, waiter = clients(), clients()
    assert holder.Lock("/lock", "holder").acquire(timeout=TIMEOUT_S)
    lock = waiter.Lock("/lock", "waiter")
    assert not lock.acquire(blocking=False)
    assert lock.contenders() == ["holder"]
    expire(server, holder)
    assert lock.acquire(timeout=TIMEOUT_S)
    assert lock.contenders()[0] == "waiter"


def test_readers_share_and_writers_do_not(clients):
    readers, writer = [clients(), clients()], clients()
    locks = [client.ReadLock("/lock") for client in readers]
    assert all(lock.acquire(timeout=TIMEOUT_S) for lock in locks)
    write = writer.WriteLock("/lock")
    assert not write.acquire(blocking=False)
    for lock in locks:
        lock.release()
    assert write.acquire(timeout=TIMEOUT_S)
    assert not locks[0].acquire(blocking=False)


def test_a_semaphore_lets_so_many_in(clients):
    semaphores = [clients().Semaphore("/semaphore", max_leases=2) for _ in range(3)]
    assert semaphores[0].acquire(timeout=TIMEOUT_S)
    assert semaphores[1].acquire(timeout=TIMEOUT_S)
    assert not semaphores[2].acquire(blocking=False)
    semaphores[0].release()
    assert semaphores[2].acquire(timeout=TIMEOUT_S)


def test_an_election_has_one_leader_after_the_other(clients, threads):
    leaders = Gathered()
    stops = {name: threading.Event() for name in "abc"}

    def lead(name):
        leaders(name)
        assert stops[name].wait(TIMEOUT_S)

    for name in stops:
        threads.run(clients().Election("/election", name).run, lead, name)
    for count in range(1, 4):
        led = leaders.until(lambda items: len(items) == count)
        stops[led[-1]].set()
    threads.join()
    assert sorted(leaders.items) == ["a", "b", "c"]


def test_an_election_follows_an_expiry(server, clients, threads):
    leaders, over = Gathered(), threading.Event()

    def lead(name):
        leaders(name)
        assert over.wait(TIMEOUT_S)

    first, second = clients(), clients()
    threads.run(first.Election("/election", "first").run, lead, "first")
    leaders.until(lambda items: items == ["first"])
    threads.run(second.Election("/election", "second").run, lead, "second")
    expire(server, first)
    leaders.until(lambda items: items == ["first", "second"])
    over.set()
    threads.join()


@pytest.mark.parametrize("kind", ["Party", "ShallowParty"])
def test_a_party_has_its_members(server, clients, kind):
    first, second = clients(), clients()
    one, other = getattr(first, kind)("/party", "one"), getattr(second, kind)("/party", "other")
    one.join()
    other.join()
    assert sorted(one) == sorted(other) == ["one", "other"]
    gone = Gathered()
    second.get_children("/party", watch=gone)
    expire(server, first)
    gone.until(lambda items: items)
    assert list(other) == ["other"]
    other.leave()
    assert len(other) == 0


def test_a_queue_gives_each_item_to_one(clients, threads):
    queue = clients().Queue("/queue")
    for number in range(30):
        queue.put(b"%02d" % number, priority=100 - number // 10)
    taken = [[] for _ in range(3)]

    def take(client, items):
        mine = client.Queue("/queue")
        while (item := mine.get()) is not None:
            items.append(item)

    for items in taken:
        threads.run(take, clients(), items)
    threads.join()
    assert sorted(sum(taken, [])) == [b"%02d" % number for number in range(30)]
    assert len(queue) == 0


def test_a_locking_queue_keeps_what_is_not_consumed(server, clients):
    first, second = clients(), clients()
    queue, other = first.LockingQueue("/queue"), second.LockingQueue("/queue")
    queue.put_all([b"a", b"b"])
    assert queue.get(timeout=TIMEOUT_S) == b"a"
    assert other.get(timeout=TIMEOUT_S) == b"b"
    assert other.consume()
    expire(server, first)
    assert other.get(timeout=TIMEOUT_S) == b"a"
    assert other.consume() and len(other) == 0


def test_a_barrier_opens_for_all(clients, threads):
    keeper = clients().Barrier("/barrier")
    keeper.create()
    passed = Gathered()

    def wait(client):
        assert client.Barrier("/barrier").wait(TIMEOUT_S)
        passed(client)

    for _ in range(3):
        threads.run(wait, clients())
    assert not keeper.wait(0)
    assert passed.items == []
    assert keeper.remove()
    threads.join()
    assert len(passed.items) == 3


def test_a_double_barrier_lets_all_in_and_out_together(clients, threads):
    entered, left = Gathered(), Gathered()

    def work(client):
        barrier = client.DoubleBarrier("/barrier", num_clients=3)
        barrier.enter()
        assert left.items == []
        entered(client)
        barrier.leave()
        assert len(entered.items) == 3
        left(client)

    for _ in range(3):
        threads.run(work, clients())
    threads.join()
    assert len(left.items) == 3


def test_a_counter_loses_nothing(clients, threads):
    def count(client):
        counter = client.Counter("/counter")
        for _ in range(10):
            counter += 1

    for _ in range(3):
        threads.run(count, clients())
    threads.join()
    assert clients().Counter("/counter").value == 30


# The end of sessions, connections and servers.


def test_an_expired_client_is_told_and_starts_anew(server, clients):
    client, other = clients(), clients()
    states = Gathered()
    client.add_listener(states)
    client.create("/e", ephemeral=True)
    before = client.client_id
    expire(server, client)
    states.until(lambda items: KazooState.LOST in items and items[-1] == KazooState.CONNECTED)
    assert client.client_id[0] != before[0]
    assert other.exists("/e") is None
    assert client.retry(client.create, "/e", ephemeral=True) == "/e"


@pytest.mark.parametrize("kind", servers.KINDS)
@pytest.mark.parametrize("end", ["kill", "stop"])
def test_sessions_outlive_the_server(kind, end, tmp_path):
    with servers.running(kind, tmp_path) as server:
        # Not more: who connects to ZooKeeper while it starts is left without an answer.
        client, other = (connected(server, timeout=9) for _ in range(2))
        states, data = Gathered(), Gathered()
        client.add_listener(states)
        client.create("/kept", b"before")
        client.DataWatch("/kept", lambda content, stat: data(content))
        client.create("/e", ephemeral=True)
        lock = client.Lock("/lock", "holder")
        assert lock.acquire(timeout=TIMEOUT_S)
        before = client.client_id
        for _ in range(2):
            states.items.clear()
            getattr(server, end)()
            states.until(lambda items: KazooState.SUSPENDED in items)
            server.restart()
            states.until(lambda items: items[-1] == KazooState.CONNECTED)
        assert KazooState.LOST not in states.items
        assert client.client_id == before
        assert other.retry(other.exists, "/e").ephemeralOwner == before[0]
        assert other.retry(other.Lock("/lock").contenders) == ["holder"]
        other.retry(other.set, "/kept", b"after")
        data.until(lambda items: items[-1] == b"after")
        for one in (client, other):
            one.stop()
            one.close()


@pytest.mark.parametrize("kind", servers.KINDS)
def test_a_paused_server_is_waited_for(kind, tmp_path):
    with servers.running(kind, tmp_path) as server:
        client = connected(server)
        client.create("/a")
        server.pause()
        results = [client.set_async("/a", b"%d" % number) for number in range(10)]
        server.resume()
        assert [result.get(timeout=TIMEOUT_S).version for result in results] == list(range(1, 11))
        client.stop()
        client.close()
